"""Whatever the order of imports, guesses and corrections, the store keeps every one of them."""

import shutil
import tempfile
from collections.abc import Iterable
from contextlib import redirect_stderr, redirect_stdout
from datetime import date, datetime, time, timedelta
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from conftest import TODAY, ZONE
from hrvctl.cli.main import run
from hrvctl.domain import tracking
from hrvctl.records import Metric
from hrvctl.store.database import open_store
from hrvctl.store.home import Home
from hrvctl.store.ledger import load_chain, load_head, load_outcomes, load_sealed
from hrvctl.store.measurements import load_measurements

HRV = st.integers(20, 120).map(float)
AGE = st.integers(0, 3)  # days before today


class StoreHistory(RuleBasedStateMachine):
    """One person at the command line, and beside them what the store should hold.

    Attributes:
        measured: Day to the value of the newest import.
        outcomes: Day to its revisions, as (origin, value), of mornings that were forecast.
        guesses: Target to the guess that was made last.
    """

    @initialize()
    def start(self) -> None:
        """Begin with one night."""
        self.folder = Path(tempfile.mkdtemp())
        self.home = Home(self.folder / "home")
        self.today = TODAY
        self.measured: dict[date, float] = {}
        self.outcomes: dict[date, list[tuple[str, float]]] = {}
        self.guesses: dict[date, float] = {}
        self.sealed: list[object] = []
        self.import_night(age=0, hrv_ms=60.0)

    def teardown(self) -> None:
        """Take the home away."""
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)

    def command(self, *words: object, codes: Iterable[int] = (0, 4)) -> int:
        """Give a command at nine in the evening; it must end with one of the codes."""
        at = datetime.combine(self.today, time(21), tzinfo=ZONE)
        argv = ["--home", str(self.home.root), "-q", *map(str, words)]
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()) as err:
            code = run(argv, clock=lambda: at)
        assert code in codes, (words, code, err.getvalue())
        return code

    @rule(age=AGE, hrv_ms=HRV)
    def import_night(self, age: int, hrv_ms: float) -> None:
        """Import a night, or another value for it; the same value again is nothing new."""
        day = self.today - timedelta(days=age)
        table = self.folder / "night.csv"
        table.write_text(f"date,hrv_ms\n{day},{hrv_ms}\n", encoding="utf-8")
        assert self.command("import", table) == (4 if self.measured.get(day) == hrv_ms else 0)
        self.measured[day] = hrv_ms

    @rule(hrv_ms=HRV)
    def guess(self, hrv_ms: float) -> None:
        """Guess tomorrow; the guess is sealed beside what was sealed before."""
        self.command("guess", hrv_ms)
        self.guesses[self.today + timedelta(days=1)] = hrv_ms

    @rule()
    def reconcile(self) -> None:
        """Note what came true on the mornings that were forecast."""
        self.command("reconcile")
        for day in self.guesses:
            self.note(day)

    @rule(age=AGE, hrv_ms=HRV)
    def correct(self, age: int, hrv_ms: float) -> None:
        """Correct a morning by hand; it is one more revision, and the device's value stays."""
        day = self.today - timedelta(days=age)
        words = ("--date", day, "--actual", hrv_ms, "--reason", "the sensor slipped")
        self.command("reconcile", *words)
        for target in {*self.guesses, day}:
            self.note(target)
        revisions = self.outcomes.setdefault(day, [])
        if not revisions or revisions[-1][1] != hrv_ms:
            revisions.append(("manual", hrv_ms))

    @precondition(lambda self: self.today < TODAY + timedelta(days=6))
    @rule()
    def sleep(self) -> None:
        """Another day."""
        self.today += timedelta(days=1)

    def note(self, day: date) -> None:
        """What reconciling adds: the device's value, where it is not the one noted last."""
        if day not in self.measured:
            return
        revisions = self.outcomes.setdefault(day, [])
        imported = [value for origin, value in revisions if origin == "import"]
        if not imported or imported[-1] != self.measured[day]:
            revisions.append(("import", self.measured[day]))

    @invariant()
    def nothing_is_lost_or_changed(self) -> None:
        """The chain verifies and only grows; the last guess before a morning counts."""
        with open_store(self.home, write=False) as store:
            assert tracking.verify(load_chain(store), load_head(store)) == ()
            rows = load_sealed(store, "me")
            outcomes = load_outcomes(store, "me")
            nights = load_measurements(store, "me", metrics=[Metric.HRV_RMSSD_MS])
        assert rows[: len(self.sealed)] == self.sealed
        self.sealed = list(rows)
        counting = tracking.counting(rows, {}).values()
        assert {row.forecast.target: row.forecast.mean_ms for row in counting} == self.guesses
        found: dict[date, list[tuple[str, float]]] = {}
        for outcome in outcomes:
            found.setdefault(outcome.day, []).append((outcome.origin, outcome.value_ms))
        assert found == {day: revisions for day, revisions in self.outcomes.items() if revisions}
        last = {day: revisions[-1] for day, revisions in found.items()}
        by_hand = {day: value for day, (origin, value) in last.items() if origin == "manual"}
        assert {m.day: m.value for m in nights} == {**self.measured, **by_hand}


StoreHistory.TestCase.settings = settings(
    max_examples=6, stateful_step_count=12, suppress_health_check=list(HealthCheck)
)
TestStoreHistory = pytest.mark.slow(StoreHistory.TestCase)
