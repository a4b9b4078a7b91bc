"""Withings: the status is inside of the answer, and a lost renewal is forgiven."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from conftest import TODAY
from hrvctl.records.choices import Vendor
from hrvctl.store.connections import Connection, ConnectionFile
from hrvctl.store.home import Home
from hrvctl.usecases.pull import pull
from hrvctl.usecases.pulled import Outcome, Pulled
from hrvctl.usecases.workspace import Workspace
from vendors.fake import FakeVendor, paste_sign_in

Pull = Callable[..., Pulled]


@pytest.fixture
def connected(vendor: FakeVendor, home: Home, evening: Callable) -> FakeVendor:
    """A home that is signed in."""
    vendor.has_grace = True
    paste_sign_in(Workspace(home, evening(TODAY)), Vendor.WITHINGS, vendor.url)
    vendor.asked.clear()
    return vendor


@pytest.fixture
def slept() -> list[float]:
    """How long was waited, seconds."""
    return []


@pytest.fixture
def again(connected: FakeVendor, home: Home, evening: Callable, slept: list[float]) -> Pull:
    """Pull, some days later by both clocks."""

    def call(*, days: int = 0, budget_s: float = 600) -> Pulled:
        at = evening(TODAY)() + timedelta(days=days)
        connected.now = lambda: at
        workspace = Workspace(home, lambda: at)
        (done,) = pull(workspace, "me", [Vendor.WITHINGS], budget_s=budget_s, sleep=slept.append)
        return done

    return call


def stored(home: Home) -> Connection:
    """The connection on the disk."""
    connection = ConnectionFile(home, "me", Vendor.WITHINGS).load()
    assert connection is not None
    return connection


def test_a_renewal_whose_answer_was_lost_is_forgiven(
    connected: FakeVendor, again: Pull, home: Home
) -> None:
    """The old token is good until the new one is used; the next pull tries it."""
    connected.token_moods = ["lost"]
    assert again(days=1).outcome is Outcome.FAILED
    assert stored(home).renewing_since is not None
    assert again(days=1).outcome is Outcome.PULLED
    assert stored(home).renewing_since is None
    assert connected.used == ["refresh-Secret-1"] * 2


def test_a_refresh_token_that_has_ended_is_told_once(
    connected: FakeVendor, again: Pull, home: Home
) -> None:
    """Withings calls it a wrong parameter, by HTTP's 200."""
    connected.refresh = connected.refresh_before = ""
    assert again(days=1).outcome is Outcome.SIGN_IN
    n_asked = len(connected.asked)
    assert again(days=2).outcome is Outcome.SIGNED_OUT
    assert (len(connected.asked), connected.n_dead_tries) == (n_asked, 0)
    assert stored(home).ended == "the sign-in is no longer accepted"


@pytest.mark.parametrize("mood", ["wrapped 601", "wrapped 503", "wrapped 9999", "html", "NaN"])
def test_any_other_fault_of_a_renewal_ends_nothing(
    connected: FakeVendor, again: Pull, mood: str
) -> None:
    """It is made by the next pull."""
    connected.token_moods = [mood]
    assert again(days=1).outcome is Outcome.FAILED
    assert again(days=1).outcome is Outcome.PULLED


def test_asked_too_often_it_gets_a_minute_twice(
    connected: FakeVendor, again: Pull, slept: list[float]
) -> None:
    """Where there is time; then the next pull goes on."""
    connected.moods = ["well", "wrapped 601", "wrapped 601"]
    assert again().outcome is Outcome.PULLED
    assert slept == [60.0, 60.0]
    connected.moods = ["wrapped 601"]
    done = again(budget_s=30)
    assert (done.outcome, slept) == (Outcome.FAILED, [60.0, 60.0])
    assert "601" in done.faults[0]
    connected.moods = ["wrapped 601"] * 3
    assert again().outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("moods", "outcome", "word"),
    [
        (["wrapped 401"], Outcome.PULLED, ""),
        (["wrapped 277"], Outcome.FAILED, "membership"),
        (["wrapped 503"], Outcome.FAILED, "503"),
        (["wrapped 9999"], Outcome.FAILED, "9999"),
        (["another form"], Outcome.FAILED, "no status"),
    ],
)
def test_the_status_inside_counts(
    connected: FakeVendor, again: Pull, moods: list[str], outcome: Outcome, word: str
) -> None:
    """As HTTP's own would."""
    connected.moods = moods
    done = again()
    assert done.outcome is outcome
    assert word in "".join(done.faults)


def test_the_person_is_known_by_the_tokens(again: Pull, home: Home, connected: FakeVendor) -> None:
    """The profile has no number; another one's nights are not mixed in."""
    assert again().outcome is Outcome.PULLED
    assert stored(home).account == connected.account


def test_a_night_that_goes_on_comes_later(
    connected: FakeVendor, again: Pull, home: Home, hrvctl: Callable
) -> None:
    """It is there, but not a night yet."""
    connected.pending = {TODAY}
    again()
    assert hrvctl("morning").code == 4
    connected.pending.clear()
    assert again().outcome is Outcome.PULLED
    assert hrvctl("morning", "--json").data["hrv_ms"] == connected.nights[TODAY][0]
    assert datetime.fromisoformat(str(stored(home).progress.pulled_at)) == connected.now()
