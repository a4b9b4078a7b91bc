"""A cohort's evening on a real Dask cluster: a scheduler and workers as processes of their own."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from conftest import TODAY
from engines.work import die_at_three
from hrvctl.engines.dask_cluster import DaskEngine
from hrvctl.engines.loop import Loop
from hrvctl.engines.protocol import Done, Lost
from hrvctl.errors import ConfigError, ExitCode
from hrvctl.usecases.cohorts.chunks import versions
from hrvctl.usecases.cohorts.evening import Options, forecast_evening, plan_evening
from usecases.cohorts.made_up import AS_OF, NOW, make_cohort, table_of
from waiting import wait_until

pytestmark = pytest.mark.slow

# In the chunk of a cohort of three parts that is planned last.
HELD = "p003"
LOCAL = ("--host", "127.0.0.1", "--no-dashboard")
TAMPERED = Path(__file__).with_name("tampered.py")  # imported, it would tamper here
WITHOUT_HRVCTL = Path(__file__).parents[2] / "engines" / "without_hrvctl.py"


class Cluster:
    """A Dask scheduler on this machine, and workers of one thread.

    Attributes:
        scheduler: Its process.
        address: Of it.
        held: While this file is there, a worker does not forecast ``HELD``.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "scheduler.json"
        self._started: list[subprocess.Popen[bytes]] = []
        self.held = folder / "held"
        self.scheduler = self.start(
            "scheduler", "--port", "0", "--scheduler-file", self._file, "--no-show"
        )
        wait_until(self._file.exists)
        self.address = json.loads(self._file.read_text())["address"]

    def start_worker(self, preload=TAMPERED, **environment):
        """Start a worker."""
        words = ("--nthreads", "1", "--no-nanny", "--preload", preload)
        environment |= {"HOLD": f"{HELD}:{self.held}"}
        return self.start("worker", self.address, *words, **environment)

    @contextmanager
    def worker(self, *preload, **environment):
        """A worker for a while."""
        process = self.start_worker(*preload, **environment)
        yield
        process.kill()
        process.wait()

    def start(self, *words, **environment):
        """Start a program of Dask's."""
        with (self._folder / f"{len(self._started)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *map(str, words), *LOCAL],
                env={**os.environ, **environment},
                cwd=self._folder,
                stdout=log,
                stderr=log,
            )
        self._started.append(process)
        return process

    def stop(self) -> None:
        """End everything; pytest shows the logs of a test that failed."""
        for process in reversed(self._started):
            process.kill()
            process.wait()
        for log in sorted(self._folder.glob("*.log")):
            sys.stdout.write(f"-- {log.name}\n{log.read_text()}")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A scheduler without workers."""
    cluster = Cluster(tmp_path_factory.mktemp("dask"))
    yield cluster
    cluster.stop()


def test_the_same_root_though_a_worker_is_killed_in_the_middle(cluster, tmp_path) -> None:
    folder, settings, _ = make_cohort(tmp_path, table_of(6, 40))
    plan = plan_evening(folder, settings, AS_OF, Options(), now=NOW)
    cluster.held.touch()
    workers = [cluster.start_worker() for _ in range(2)]
    engine = DaskEngine(versions, address=cluster.address)
    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(forecast_evening, folder, plan, engine)
        held = wait_until(lambda: held_by(cluster.held))
        os.kill(held.pop(), signal.SIGKILL)
        wait_until(lambda: len(held_by(cluster.held)) == 2)  # the other one takes it over
        cluster.held.unlink()
        by_dask = running.result(timeout=60)
    for worker in workers:
        worker.kill()
        worker.wait()
    assert by_dask.lost == {}
    plan = plan_evening(folder, settings, AS_OF, Options(), now=NOW, fresh=True)
    by_loop = forecast_evening(folder, plan, Loop())
    assert [chunk.root for chunk in by_dask.chunks] == [chunk.root for chunk in by_loop.chunks]


def held_by(file):
    """The ids of the processes that were held."""
    return {int(path.suffix[1:]) for path in file.parent.glob("held.*")}


def test_a_worker_of_another_version_is_refused_before_the_first_chunk(
    cluster, hrvctl, tmp_path
) -> None:
    folder, _, _ = make_cohort(tmp_path, table_of(2, 40, last=TODAY))
    with cluster.worker(VERSION="0.0.1"):
        found = hrvctl("cohort", "run", folder.address, "--scheduler", cluster.address)
    assert found.code == ExitCode.CONFIG
    assert "has hrvctl 0.0.1, here it is" in found.err
    assert not list(tmp_path.rglob("forecasts"))


def test_a_worker_without_the_program_is_said_in_words(cluster) -> None:
    engine = DaskEngine(versions, address=cluster.address)
    with (
        cluster.worker(WITHOUT_HRVCTL),
        pytest.raises(ConfigError, match="a Dask worker cannot run hrvctl"),
    ):
        next(engine.run(len, [""]))


def test_what_does_not_answer_is_said_in_words(cluster) -> None:
    engine = DaskEngine(versions, address=cluster.address, patience_s=0.5)
    with pytest.raises(ConfigError, match="has no worker"):
        next(engine.run(len, [""]))
    for address in ("tcp://127.0.0.1:1", "nonsense://1", "tcp://"):
        engine = DaskEngine(versions, address=address, patience_s=0.5)
        with pytest.raises(ConfigError, match="no Dask scheduler answers at"):
            next(engine.run(len, [""]))


def test_a_scheduler_that_is_killed_in_the_middle_is_said_in_words(tmp_path) -> None:
    cluster = Cluster(tmp_path)
    cluster.start_worker()
    ended = DaskEngine(versions, address=cluster.address).run(time.sleep, [0, 60])
    assert next(ended) == Done(0, None)
    cluster.scheduler.kill()
    with pytest.raises(ConfigError, match=f"scheduler {cluster.address} went away"):
        next(ended)
    cluster.stop()


def test_a_task_that_kills_every_worker_is_lost_alone() -> None:
    """On workers of this machine, which are started again."""
    ended = list(DaskEngine(dict, n_workers=2).run(die_at_three, range(4)))
    assert [each.reason for each in ended if isinstance(each, Lost)] == ["its worker died 3 times"]
    assert len(ended) == 4
