"""Whatever happens between a vendor and a machine, in the end both have the same nights.

A state machine lives through evenings with each vendor: nights come late, are scored again and are
deleted, tokens end, answers are lost, and the program dies at any point.
"""

import tempfile
from contextlib import ExitStack
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from conftest import TODAY, ZONE
from hrvctl.network.vendors import DESCRIPTIONS
from hrvctl.records import Metric
from hrvctl.records.choices import Vendor
from hrvctl.store.connections import Connection, ConnectionFile
from hrvctl.store.database import open_store
from hrvctl.store.home import Home
from hrvctl.store.measurements import load_measurements
from hrvctl.usecases.intake import take_in
from hrvctl.usecases.pull import pull
from hrvctl.usecases.pulled import Outcome
from hrvctl.usecases.sign_in import connect_key
from hrvctl.usecases.workspace import Workspace
from vendors.fake import KEY, FakeVendor, paste_sign_in, serving

BUDGET_S = 20.0
# Of the heart rates of the last days, which are never asked for again.
OF_RECENT_DAYS = (Metric.WAKING_HR_BPM, Metric.EVENING_HR_BPM)
DATA_MOODS = [
    "well", "500", "503", "429", "429 tomorrow", "429 negative", "401", "403", "410", "422",
    "truncated", "html", "html 403", "redirect", "another form", "204", "null", "closed",
]  # fmt: skip
TOKEN_MOODS = ["well", "500", "html", "html 403", "429", "closed", "lost", "truncated"]


class Killed(BaseException):
    """The process ends here."""


class Machine:
    """A home on a machine with a clock, at which the program may be killed."""

    def __init__(self, root: Path, vendor: FakeVendor, name: Vendor) -> None:
        self.vendor, self.name = vendor, name
        self.home = Home(root)
        self.at = datetime.combine(TODAY, time(21), tzinfo=ZONE)
        self.lives: int | None = None
        self.workspace = Workspace(self.home, self.clock)

    def clock(self) -> datetime:
        """The time; reading it may be the last thing the program does."""
        if self.lives is not None:
            self.lives -= 1
            if self.lives < 0:
                raise Killed
        return self.at

    def sign_in(self) -> None:
        """As the person does it."""
        if DESCRIPTIONS[self.name].oauth is None:
            connect_key(self.workspace, "me", self.name, KEY, address=self.vendor.url)
        else:
            paste_sign_in(self.workspace, self.name, self.vendor.url)

    def pull(self) -> Outcome:
        """One pull."""
        (done,) = pull(self.workspace, "me", [self.name], budget_s=BUDGET_S, sleep=lambda _: None)
        return done.outcome

    def stored(self) -> Connection:
        """The connection on the disk."""
        connection = ConnectionFile(self.home, "me", self.name).load()
        assert connection is not None
        return connection

    def view(self) -> list[tuple[object, ...]]:
        """The newest value of every day and measure that is asked for of all days."""
        take_in(self.workspace, self.workspace.evening("me"))
        with open_store(self.home, write=False) as store:
            return sorted(
                (m.day, m.metric, m.source, m.value)
                for m in load_measurements(store, "me")
                if self.name is Vendor.WHOOP or m.metric not in OF_RECENT_DAYS
            )


class Histories(RuleBasedStateMachine):
    """Evenings with a vendor.

    Attributes:
        name: Which.
    """

    name = Vendor.WHOOP

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        nights = {TODAY - timedelta(days=n): (50.0 + n, 52) for n in range(3)}
        self.vendor = self.stack.enter_context(
            serving(FakeVendor(nights=nights, life_s=3600.0, account="1"))
        )
        way = DESCRIPTIONS[self.name].oauth
        self.vendor.is_rotating = bool(way and way.is_single_use)
        self.vendor.has_grace = self.name is Vendor.WITHINGS
        self.machine = Machine(self.folder / "home", self.vendor, self.name)
        self.vendor.now = lambda: self.machine.at
        self.machine.sign_in()

    @rule(is_scored=st.booleans())
    def a_day_passes(self, is_scored: bool) -> None:
        """With a night, whose score may be late."""
        self.machine.at += timedelta(days=1)
        day = self.machine.at.date()
        self.vendor.nights[day] = (40.0 + day.day, 50)
        if not is_scored:
            self.vendor.pending.add(day)

    @rule(n=st.integers(0, 9), hrv=st.integers(20, 120))
    def a_night_is_scored(self, n: int, hrv: int) -> None:
        """For the first time or again."""
        day = self.machine.at.date() - timedelta(days=n)
        if day in self.vendor.nights:
            self.vendor.nights[day] = (float(hrv), 49)
            self.vendor.pending.discard(day)
            self.vendor.versions[day] = self.vendor.versions.get(day, 0) + 1

    @precondition(lambda self: len(self.vendor.nights.keys() - self.vendor.pending) > 3)
    @rule(data=st.data())
    def a_night_is_deleted(self, data: st.DataObject) -> None:
        """At the vendor's, between others; an answer that merely has no more is not believed."""
        _, *inner, _, _ = sorted(self.vendor.nights.keys() - self.vendor.pending)
        del self.vendor.nights[data.draw(st.sampled_from(inner))]

    @rule(moods=st.lists(st.sampled_from(DATA_MOODS), max_size=5))
    def answers_go_bad(self, moods: list[str]) -> None:
        """Some of the next ones."""
        # Tokens that are refused again and again when they are new count as ended.
        self.vendor.moods = [m for i, m in enumerate(moods) if m != "401" or "401" not in moods[:i]]

    @rule(mood=st.sampled_from(TOKEN_MOODS))
    def a_renewal_goes_bad(self, mood: str) -> None:
        """The next one."""
        self.vendor.token_moods = [mood]

    @rule()
    def the_person_withdraws_it(self) -> None:
        """At the vendor's, without a word here."""
        self.vendor.refresh, self.vendor.refresh_before, self.vendor.alive = "", "", {}

    @rule(lives=st.none() | st.integers(0, 40))
    def an_evening(self, lives: int | None) -> None:
        """A pull, which may be killed anywhere, and the import of what came."""
        self.machine.lives = lives
        try:
            self.machine.pull()
        except Killed:
            pass
        finally:
            self.machine.lives = None

    @rule()
    def an_import(self) -> None:
        """Of what is in the inbox."""
        self.machine.view()

    @precondition(lambda self: self.machine.stored().ended)
    @rule()
    def another_sign_in(self) -> None:
        """Once the program has asked for it."""
        self.vendor.token_moods, self.vendor.moods = [], []
        self.machine.sign_in()

    @invariant()
    def a_dead_sign_in_is_never_tried_again(self) -> None:
        """Vendors block whoever goes on."""
        assert self.vendor.n_dead_tries == 0

    @invariant()
    def no_living_connection_is_given_up(self) -> None:
        """A connection ends only where the vendor would not honour it."""
        connection = self.machine.stored()
        if connection.ended:
            # A key is good for ever here.
            assert connection.tokens is not None
            assert connection.tokens.refresh != self.vendor.refresh

    def teardown(self) -> None:
        """The vendor is well again: both sides have the same nights."""
        try:
            self.vendor.moods, self.vendor.token_moods = [], []
            outcomes = [self.machine.pull() for _ in range(2)]
            if Outcome.SIGN_IN in outcomes or Outcome.SIGNED_OUT in outcomes:
                self.machine.sign_in()
                outcomes = [self.machine.pull() for _ in range(2)]
            assert outcomes[1] in (Outcome.PULLED, Outcome.NOTHING_NEW)
            fresh = Machine(self.folder / "fresh", self.vendor, self.name)
            fresh.at = self.machine.at
            fresh.sign_in()
            fresh.pull()
            expected = fresh.view()
            assert expected
            assert self.machine.view() == expected
        finally:
            self.stack.close()


@pytest.mark.parametrize("name", Vendor)
def test_in_the_end_both_sides_have_the_same_nights(name: Vendor) -> None:
    """After any history, with any vendor; most often with the one that forgives least."""
    run_state_machine_as_test(
        type("Histories", (Histories,), {"name": name}),
        settings=settings(
            max_examples=12 if name is Vendor.WHOOP else 4,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
