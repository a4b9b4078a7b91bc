"""Killed around a renewal: nothing is lost that the vendor would still honour."""

import random
from pathlib import Path

import pytest

from hrvctl.usecases.pulled import Outcome
from vendors.kills import POINTS, patient

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("point", POINTS)
def test_a_process_that_is_killed_around_a_renewal(tmp_path: Path, point: str) -> None:
    """It goes on, or its end is named once; the vendor never sees a dead token again."""
    with patient(tmp_path) as made:
        for seed in range(3):
            made.kill_at(point, random.Random(seed))  # noqa: S311 - no secret
            made.recover()
        assert (made.n_lost, made.vendor.n_dead_tries) == (0, 0)
        if point in ("asked", "data"):
            assert made.n_ended == 0
        if point == "renewed":
            assert made.n_ended == 3


def test_after_a_lost_answer_the_end_is_named(tmp_path: Path) -> None:
    """With the time at which it was cut off."""
    with patient(tmp_path) as made:
        made.kill_at("renewed", random.Random(1))  # noqa: S311 - no secret
        assert made.finish() is Outcome.SIGN_IN
        assert made.stored().ended.startswith("its renewal was cut off at 2026-03-11 00:00")
        n_asked = len(made.vendor.asked)
        assert made.finish() is Outcome.SIGNED_OUT
        assert len(made.vendor.asked) == n_asked


def test_two_processes_at_once_renew_once(tmp_path: Path) -> None:
    """The second waits, reads the file again, and both have what they need."""
    with patient(tmp_path) as made:
        made.kill_at("asked", random.Random(1))  # noqa: S311 - no secret
        made.vendor.used.clear()
        both = [made.start(wait_s=20) for _ in range(2)]
        for process in both:
            process.join(60)
        assert [process.exitcode for process in both] == [0, 0]
        assert len(made.vendor.used) == 1
        assert made.is_honoured()
        assert made.stored().progress.newest_night == made.at.date()
