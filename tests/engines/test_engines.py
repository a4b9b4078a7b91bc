"""Whatever runs the tasks: each ends once, and one that kills its worker costs itself alone."""

import os
import signal
import time
from pathlib import Path

import pytest

from engines.work import die_at_three, die_once, double, fail_at_three, tell_process
from hrvctl.engines.loop import Loop
from hrvctl.engines.pool import Pool
from hrvctl.engines.protocol import Done, Lost


def outcome(engine, work, tasks):
    """Task to its result, or to why it has none."""
    return {
        each.task: each.result if isinstance(each, Done) else each.reason
        for each in engine.run(work, tasks)
    }


@pytest.mark.parametrize("engine", [Loop(), Pool(2)])
def test_every_task_ends_once(engine) -> None:
    ended = list(engine.run(double, list(range(7))))
    assert sorted((each.task, each.result) for each in ended) == [(n, 2 * n) for n in range(7)]


@pytest.mark.parametrize("engine", [Loop(), Pool(2)])
def test_a_task_that_raises_is_lost_alone(engine) -> None:
    found = outcome(engine, fail_at_three, list(range(5)))
    assert found == {0: 0, 1: 1, 2: 2, 3: "ValueError: three", 4: 4}


def test_a_task_that_kills_its_worker_each_time_is_lost_alone() -> None:
    found = outcome(Pool(2), die_at_three, list(range(6)))
    assert found == {0: 0, 1: 1, 2: 2, 3: "its worker died 3 times", 4: 4, 5: 5}


def test_a_task_whose_worker_was_killed_once_is_done(tmp_path: Path) -> None:
    tasks = [str(tmp_path / name) for name in "abc"]
    ended = list(Pool(2).run(die_once, tasks))
    assert not [each for each in ended if isinstance(each, Lost)]
    assert sorted(each.task for each in ended) == tasks


def test_a_worker_killed_while_it_has_nothing_to_do_costs_nothing() -> None:
    ended = []
    for each in Pool(1).run(tell_process, [1, 2, 3]):
        ended.append(each.task)
        os.kill(each.result, signal.SIGKILL)
        time.sleep(0.2)  # until the pool knows of it
    assert ended == [1, 2, 3]
