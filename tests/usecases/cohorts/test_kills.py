"""Kills of a cohort's evening, by real processes: nothing lost, one root, said what happened."""

import os
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hrvctl.engines.loop import Loop
from hrvctl.errors import ExitCode
from hrvctl.records.cohort_seals import evening_root
from hrvctl.store.cohorts.evenings import load_failures, load_plan
from hrvctl.store.cohorts.folder import CohortFolder, load_cohort
from hrvctl.store.cohorts.nights import bucket_of
from hrvctl.store.cohorts.seals import load_seal
from hrvctl.usecases.cohorts.evening import Options, forecast_evening, plan_evening
from hrvctl.usecases.cohorts.verification import verify_cohort
from usecases.cohorts.made_up import table_of
from waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.slow

N_PEOPLE, BUCKETS = 8, 4
TAMPERED = Path(__file__).with_name("tampered.py")  # imported, it would tamper here


class Evening:
    """A cohort whose evening is run by processes that can be held and killed.

    Attributes:
        folder: The cohort's.
        as_of: Tonight.
        run: Runs it in this process.
        held: While this file is there, ``held_person`` is not forecast.
        held_person: In the chunk that is planned last.
    """

    def __init__(self, tmp_path, hrvctl) -> None:
        # Where it is about noon: no test runs into the morning.
        zone = f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"
        path, self.root = tmp_path / "nights.csv", tmp_path / "lions"
        self.now = datetime.now(UTC)
        self.home = tmp_path / "home"
        today = (self.now - timedelta(hours=self.now.hour - 12)).date()
        table_of(N_PEOPLE, 40, last=today - timedelta(days=1)).to_csv(path, index=False)
        words = ("cohort", "import", path, self.root, "--zone", zone, "--buckets", BUCKETS)
        assert hrvctl(*words, at=self.now).code == ExitCode.DONE
        self.folder = CohortFolder(str(self.root))
        self.settings = load_cohort(self.folder)
        self.as_of = self.settings.today(self.now)
        people = [f"p{number:03d}" for number in range(N_PEOPLE)]
        self.run = lambda: hrvctl("cohort", "run", self.root, at=self.now)
        self.held_person = max(people, key=lambda each: bucket_of(each, BUCKETS))
        self.held = tmp_path / "held"
        self.processes: list[subprocess.Popen[str]] = []

    def start(self, *words, **environment):
        """Start a run, in a group of processes of its own."""
        command = [sys.executable, str(TAMPERED), "--home", str(self.home), "cohort", "run"]
        process = subprocess.Popen(
            [*command, str(self.root), *map(str, words)],
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.processes.append(process)
        return process

    def start_held(self, *words):
        """Start a run that stops in the middle."""
        self.held.touch()
        return self.start(*words, HOLD=f"{self.held_person}:{self.held}")

    def held_process(self, *, but=()) -> int:
        """The id of the process that is held, once it is."""
        found: set[int] = set()

        def is_held():
            found.update(int(path.suffix[1:]) for path in self.held.parent.glob("held.*"))
            return found.difference(but)

        wait_until(is_held)
        return found.difference(but).pop()

    def reference_root(self) -> str:
        """The root that a loop comes to in a copy of the cohort."""
        copy = CohortFolder(str(self.root.with_name("copy")))
        shutil.copytree(self.root, copy.address)
        shutil.rmtree(Path(copy.address) / "evenings", ignore_errors=True)
        plan = plan_evening(copy, self.settings, self.as_of, Options(), now=self.now)
        done = forecast_evening(copy, plan, Loop())
        return evening_root([bytes.fromhex(chunk.root) for chunk in done.chunks])

    def sealed_root(self) -> str:
        """The root that was sealed, after a look at everything below it."""
        seal = load_seal(self.folder, self.as_of)
        assert seal is not None
        assert verify_cohort(self.folder).faults == ()
        return seal.forecasts_root

    def end(self) -> None:
        """Kill whatever is left."""
        for process in self.processes:
            if group_is_alive(process.pid):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


@pytest.fixture
def lions(tmp_path, hrvctl):
    """An evening of eight people in four chunks."""
    evening = Evening(tmp_path, hrvctl)
    yield evening
    evening.end()


def test_an_evening_whose_worker_and_then_driver_were_killed_goes_on(lions) -> None:
    expected = lions.reference_root()
    first = lions.start_held("--engine", "pool", "--workers", 2)
    worker = lions.held_process()
    os.kill(worker, signal.SIGKILL)
    lions.held_process(but=[worker])  # it is done again, by another
    assert first.poll() is None
    first.kill()
    first.wait()
    wait_until(lambda: not group_is_alive(first.pid))  # no worker goes on alone
    chunks = sorted((lions.root / "evenings" / str(lions.as_of) / "forecasts").glob("*.parquet"))
    assert 0 < len(chunks) < BUCKETS
    written = [path.stat().st_mtime_ns for path in chunks]
    lions.held.unlink()
    second = lions.run()
    assert second.code == ExitCode.DONE, second.err
    assert "8 people forecast, 0 failed" in second.out
    assert [path.stat().st_mtime_ns for path in chunks] == written
    assert lions.sealed_root() == expected


def test_a_chunk_that_kills_every_worker_costs_its_people_alone(lions) -> None:
    words = ("--engine", "pool", "--workers", 2)
    out, err = (run := lions.start(*words, DIE=lions.held_person)).communicate(timeout=PATIENCE_S)
    assert run.returncode == ExitCode.PARTIAL, err
    number = bucket_of(lions.held_person, BUCKETS)
    failures = load_failures(lions.folder, lions.as_of, number)
    assert lions.held_person in failures
    assert {each.message for each in failures.values()} == {"its worker died 3 times"}
    assert f"{N_PEOPLE - len(failures)} people forecast, {len(failures)} failed" in out
    assert f"Chunks that could not be done: {number}." in out
    root = lions.sealed_root()
    # The seal stands: what it was made without is not added, though it could be done now.
    again = lions.run()
    assert again.code == ExitCode.PARTIAL, again.err
    assert "Sealed before, and it stands" in again.out
    assert load_failures(lions.folder, lions.as_of, number) == failures
    assert lions.sealed_root() == root


def test_two_drivers_of_one_evening_come_to_one_seal(lions) -> None:
    expected = lions.reference_root()
    drivers = [lions.start_held() for _ in range(2)]
    one = lions.held_process()
    lions.held_process(but=[one])
    lions.held.unlink()
    ended = [(process, *process.communicate(timeout=PATIENCE_S)) for process in drivers]
    codes = sorted(process.returncode for process, _, _ in ended)
    assert codes in ([ExitCode.DONE, ExitCode.NOTHING_NEW], [ExitCode.DONE, ExitCode.LOCKED]), ended
    for process, out, err in ended:
        if process.returncode == ExitCode.LOCKED:
            assert "another run sealed the evening" in err
        elif process.returncode == ExitCode.NOTHING_NEW:
            assert "Sealed before, and it stands" in out
        else:
            assert "Sealed: 24 forecasts" in out
    assert lions.sealed_root() == expected


@pytest.mark.parametrize(
    ("number", "engine", "code"),
    [
        (signal.SIGINT, "pool", ExitCode.INTERRUPTED),
        (signal.SIGTERM, "loop", ExitCode.TERMINATED),
    ],
)
def test_a_stopped_evening_leaves_no_process_and_goes_on(lions, number, engine, code) -> None:
    run = lions.start_held("--engine", engine, "--workers", 2)
    lions.held_process()
    if number is signal.SIGINT:
        os.killpg(run.pid, number)  # as a terminal does: to every process
    else:
        run.send_signal(number)
    out, err = run.communicate(timeout=PATIENCE_S)
    assert (run.returncode, out) == (code, ""), err
    assert len(err.splitlines()) == 1
    assert "stopped" in err
    wait_until(lambda: not group_is_alive(run.pid))
    lions.held.unlink()
    plan = load_plan(lions.folder, lions.as_of)
    assert plan is not None
    done = forecast_evening(lions.folder, plan, Loop())
    assert done.n_people == N_PEOPLE
    assert done.n_new < BUCKETS


def group_is_alive(leader: int) -> bool:
    """Whether a process of a group is left."""
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True
