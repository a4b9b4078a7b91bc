"""A pull downloads what is new into the inbox, once, and forgives a vendor everything it can."""

import json
import re
import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import TODAY, Result
from hrvctl.errors import ExitCode
from hrvctl.records import FIRST_PLAUSIBLE_DAY
from hrvctl.records.choices import Vendor
from hrvctl.store.home import Home
from hrvctl.usecases.pull import pull
from hrvctl.usecases.pull_pace import Pace
from hrvctl.usecases.workspace import Workspace
from vendors.fake import KEY, FakeVendor

Hrvctl = Callable[..., Result]


def in_inbox(home: Home) -> list[Path]:
    """The files that wait for the next import."""
    return sorted(path for path in home.inbox.glob("pull.*/*") if path.is_file())


def test_a_first_pull_takes_all_and_the_evening_imports_it(
    hrvctl: Hrvctl, with_key: FakeVendor
) -> None:
    """A hundred days are there: all of them are stored, and each says which request it is from."""
    with_key.nights |= {TODAY - timedelta(days=n): (60.0, 50) for n in range(30, 100)}
    done = hrvctl("pull")
    assert (done.code, done.err) == (0, "")
    assert "100 records" in done.out
    assert hrvctl("morning").code == 0
    assert hrvctl("status", "--json").data["n_nights"] == 100
    why = hrvctl("data", "why", TODAY).out
    assert "pull.me.intervals." in why
    assert "intervals_wellness_2025-12-11_2026-03-10.json" in why


def test_a_second_pull_without_news_leaves_the_inbox_empty(
    hrvctl: Hrvctl, with_key: FakeVendor, home: Home
) -> None:
    """The last 14 days are read again, all known, and nothing is handed over."""
    hrvctl("pull")
    n_files, n_asked = len(in_inbox(home)), len(with_key.asked)
    again = hrvctl("pull")
    assert again.code == ExitCode.NOTHING_NEW
    assert len(in_inbox(home)) == n_files
    (request,) = with_key.asked[n_asked:]
    assert request.query == {"oldest": "2026-02-25", "newest": "2026-03-10"}


def test_a_night_that_the_vendor_scored_again_is_revised(
    hrvctl: Hrvctl, with_key: FakeVendor
) -> None:
    """Ten days late, as the vendor does it."""
    hrvctl("pull")
    hrvctl("morning")
    with_key.nights[TODAY - timedelta(days=10)] = (44.0, 49)
    assert hrvctl("pull").code == 0
    hrvctl("morning")
    shown = hrvctl("data", "why", TODAY - timedelta(days=10), "--json").data
    assert "44.0" in json.dumps(shown)


def test_a_night_that_was_deleted_at_the_vendor_is_withdrawn(
    hrvctl: Hrvctl, with_key: FakeVendor, home: Home
) -> None:
    """It counts no more, and its history says so; an older pull that lacked it takes nothing."""
    late = TODAY - timedelta(days=4)
    came_late = with_key.nights.pop(late)
    hrvctl("pull")
    hrvctl("morning")
    with_key.nights[late] = came_late
    gone = TODAY - timedelta(days=6)
    del with_key.nights[gone]
    assert hrvctl("pull").code == 0
    hrvctl("morning")
    assert hrvctl("status", "--json").data["n_nights"] == len(with_key.nights)
    assert "withdrawn" in hrvctl("data", "why", gone).out
    first, *_ = sorted(home.done.glob("pull.*"))
    hrvctl("import", first)
    assert hrvctl("status", "--json").data["n_nights"] == len(with_key.nights) + 1
    assert "withdrawn" not in hrvctl("data", "why", late).out


def test_nothing_is_withdrawn_by_a_pull_that_lacks_a_list(
    with_app: FakeVendor, hrvctl: Hrvctl
) -> None:
    """What one list failed to date is still there."""
    hrvctl("pull")
    hrvctl("morning")
    n_nights = hrvctl("status", "--json").data["n_nights"]
    with_app.broken = {"sleep"}
    with_app.nights[TODAY - timedelta(days=3)] = (44.0, 70)
    done = hrvctl("pull")
    assert "sleep: the server answered 410" in done.err
    hrvctl("morning")
    assert hrvctl("status", "--json").data["n_nights"] == n_nights
    assert "the last pull failed" in hrvctl("status").out
    with_app.broken = set()
    assert hrvctl("pull").code == 0
    assert "the last pull failed" not in hrvctl("status").out


def test_an_evening_pulls_first_where_the_setting_says_so(
    hrvctl: Hrvctl, with_key: FakeVendor
) -> None:
    """And tells the vendor nothing but the key and the dates."""
    hrvctl("config", "set", "pull", "intervals")
    done = hrvctl("daily", "--json")
    assert done.data["pulled"][0]["outcome"] == "pulled"
    assert done.data["agent"]["forecast"] is not None
    assert {one.method for one in with_key.asked} == {"GET"}
    assert not [one for one in with_key.asked if KEY in f"{one.path}{one.query}"]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Sockets are denied; what tried to open one, or to look up a name."""
    tried: list[str] = []

    def deny(name: str) -> Callable[..., None]:
        def call(*_: object, **__: object) -> None:
            tried.append(name)
            raise OSError("denied")

        return call

    for name in ("connect", "connect_ex", "bind", "sendto"):
        monkeypatch.setattr(socket.socket, name, deny(name))
    for name in ("getaddrinfo", "create_connection"):
        monkeypatch.setattr(socket, name, deny(name))
    return tried


@pytest.mark.usefixtures("with_key")
def test_without_the_setting_no_socket_is_opened(hrvctl: Hrvctl, opened: list[str]) -> None:
    """A vendor that is connected is not asked before the person says so."""
    for words in ("daily", "morning", "status", "doctor", "connect list", "pull --dry-run"):
        assert hrvctl(*words.split()).code in (0, 1, ExitCode.NOTHING_NEW), words
        assert opened == [], words
    assert hrvctl("pull").code == ExitCode.FAILED
    assert opened


def test_a_replay_a_rehearsal_and_a_refusal_pull_nothing(
    hrvctl: Hrvctl, with_key: FakeVendor
) -> None:
    """An evening that is over, a dry run, and --no-pull."""
    hrvctl("config", "set", "pull", "intervals")
    for words in (("--as-of", TODAY - timedelta(days=3)), ("--dry-run",), ("--no-pull",)):
        hrvctl("daily", *words)
    assert with_key.asked == []


def test_a_dry_run_lists_the_requests_and_makes_none(hrvctl: Hrvctl, with_key: FakeVendor) -> None:
    """With what would be asked, and without the key."""
    done = hrvctl("pull", "--dry-run", "--since", "2026-03-01")
    assert (done.code, with_key.asked) == (0, [])
    assert "oldest=2026-03-01 newest=2026-03-10" in done.out
    assert KEY not in done.out


@pytest.mark.usefixtures("with_key")
def test_what_was_pulled_for_one_person_is_never_imported_for_another(
    hrvctl: Hrvctl, home: Home
) -> None:
    """The inbox is one for all; a pulled folder belongs to its person."""
    hrvctl("pull")
    waiting = in_inbox(home)
    hrvctl("morning", "--subject", "ana")
    assert in_inbox(home) == waiting
    assert hrvctl("status", "--subject", "ana", "--json").data["n_nights"] == 0


@pytest.mark.parametrize("mood", ["500", "429 negative", "429 reset", "truncated"])
def test_a_bad_moment_is_waited_out(hrvctl: Hrvctl, with_key: FakeVendor, mood: str) -> None:
    """One bad answer, then a good one."""
    with_key.moods = [mood]
    assert hrvctl("pull").code == 0


@pytest.mark.parametrize(
    ("moods", "word"),
    [
        (["429 tomorrow"], "429"),
        (["html"] * 2, "web page"),
        (["redirect"], "302"),
        (["NaN"] * 2, "not JSON"),
        (["1e400"] * 2, "not JSON"),
        (["another form"], "not a list"),
        (["410"], "410"),
        (["403"], "membership"),
        (["422"] * 2, "422"),
    ],
)
def test_a_bad_day_is_told_and_changes_nothing(
    hrvctl: Hrvctl, with_key: FakeVendor, home: Home, moods: list[str], word: str
) -> None:
    """The next day's pull goes on as if it had not been."""
    with_key.moods = moods
    done = hrvctl("pull")
    assert done.code == ExitCode.FAILED
    assert word in done.err
    assert in_inbox(home) == []
    assert hrvctl("pull").code == 0


@pytest.mark.parametrize("mood", ["204", "nothing", "null"])
def test_no_content_is_no_data(hrvctl: Hrvctl, with_key: FakeVendor, mood: str) -> None:
    """Whichever way it is said."""
    with_key.nights.clear()
    with_key.moods = [mood]
    assert hrvctl("pull").code == ExitCode.NOTHING_NEW


def test_days_without_any_measurement_are_not_handed_over(
    hrvctl: Hrvctl, with_key: FakeVendor, home: Home
) -> None:
    """Every day has a fitness, which no source reads."""
    with_key.nights.clear()
    assert hrvctl("pull").code == ExitCode.NOTHING_NEW
    assert in_inbox(home) == []


def test_a_watch_that_gives_only_sdnn(hrvctl: Hrvctl, with_key: FakeVendor) -> None:
    """Its series is SDNN; a field without a value is left out of the answer."""
    with_key.hrv_name = "hrvSDNN"
    assert hrvctl("pull").code == 0
    hrvctl("morning")
    status = hrvctl("status", "--json").data
    assert (status["n_nights"], status["metric"]) == (30, "hrv_sdnn_ms")


def test_a_window_that_is_too_long_is_halved(hrvctl: Hrvctl, with_key: FakeVendor) -> None:
    """Once; both halves are asked for."""
    with_key.moods = ["422"]
    assert hrvctl("pull", "--since", "2026-03-01").code == 0
    asked = [(one.query["oldest"], one.query["newest"]) for one in with_key.asked[-2:]]
    assert asked == [("2026-03-01", "2026-03-05"), ("2026-03-06", "2026-03-10")]


def test_a_vendor_that_is_down_does_not_hold_back_the_forecast(
    hrvctl: Hrvctl, with_key: FakeVendor
) -> None:
    """It is made from what is there, and the outage is said once."""
    hrvctl("config", "set", "pull", "intervals")
    hrvctl("daily")
    with_key.moods = ["429 tomorrow"]
    done = hrvctl("daily", on=TODAY + timedelta(days=1))
    assert done.err.count("429") == 1
    assert "about" in done.out


def test_first_pull_goes_on_where_it_stopped(hrvctl: Hrvctl, with_key: FakeVendor) -> None:
    """The newest nights come first; a failure among older ones does not take them back."""
    with_key.nights |= {TODAY - timedelta(days=n): (60.0, 50) for n in range(30, 300)}
    with_key.moods = ["well", "well", "410"]
    first = hrvctl("pull")
    assert first.code == 0
    assert "comes with the next pull" in first.err
    n_asked = len(with_key.asked)
    second = hrvctl("pull")
    assert (second.code, second.err) == (0, "")
    # The last days again, then what was missing, and not what had come.
    oldest = [one.query["oldest"] for one in with_key.asked[n_asked:]]
    assert oldest[0] == "2026-02-25"
    assert max(oldest[1:]) < first.err.split("data before ")[1][:10]
    hrvctl("morning")
    assert hrvctl("status", "--json").data["n_nights"] == 300


def test_a_first_pull_says_how_far_it_is_and_how_long_the_rest_takes(
    with_key: FakeVendor, home: Home, evening: Callable
) -> None:
    """And one that goes on says so from where it was."""
    with_key.nights |= {TODAY - timedelta(days=n): (60.0, 50) for n in range(30, 300)}
    with_key.moods = ["well", "well", "well", "410"]
    workspace = Workspace(home, evening(TODAY))
    heard: list[list[str]] = []
    for _ in range(2):
        heard.append([])
        pull(workspace, "me", [Vendor.INTERVALS], budget_s=60, on_progress=heard[-1].append)
    first, second = heard
    assert first[:2] == ["intervals", "intervals: 90 days, back to 2025-12-11"]
    assert first[2].startswith("intervals: 180 days, back to 2025-09-12; the rest takes ")
    assert second[1] == first[-1].partition(";")[0]
    assert len(second) > 3


@given(n_days=st.integers(1, 3000), seconds=st.floats(0, 3600))
def test_the_estimate_is_that_of_the_days_left_at_the_pace_so_far(
    n_days: int, seconds: float
) -> None:
    """Half of the days in an hour leave another hour."""
    times = iter([0.0, seconds])
    pace = Pace(TODAY, TODAY, clock=lambda: next(times))
    reached = TODAY - timedelta(days=n_days)
    left_s = seconds / n_days * (reached - FIRST_PLAUSIBLE_DAY).days
    (said,) = re.findall(r"takes (\d+) (s|min) at most", pace.line(reached))
    unit_s = {"s": 1, "min": 60}[said[1]]
    assert abs(int(said[0]) * unit_s - left_s) <= unit_s / 2 + 1e-6
    assert (said[1] == "min") == (left_s >= 90)
