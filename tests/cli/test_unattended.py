"""Evenings that run by themselves for years: nights and calendars that are not like the others."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from datetime import date, datetime, timedelta, timezone
from io import StringIO
from zoneinfo import ZoneInfo

import pytest

from conftest import Result
from hrvctl.cli.main import run
from hrvctl.store.database import open_store
from hrvctl.store.home import Home
from hrvctl.store.ledger import load_sealed
from pipeline.made_up import nights, write_table

pytestmark = pytest.mark.slow

At = Callable[..., Result]
BERLIN, AUCKLAND, HONOLULU = (
    ZoneInfo(name) for name in ("Europe/Berlin", "Pacific/Auckland", "Pacific/Honolulu")
)
DAY = timedelta(days=1)


def instant(day: date, zone: ZoneInfo, hour: int = 21) -> datetime:
    """An evening as a machine's clock tells it: with the offset of that moment alone."""
    there = datetime(day.year, day.month, day.day, hour, 30, tzinfo=zone)
    return there.replace(tzinfo=timezone(there.utcoffset() or timedelta()))


@pytest.fixture
def at(home: Home) -> Iterator[At]:
    """Give a command at an instant; afterwards the ledger must verify and hold nothing twice."""

    def call(now: datetime, *words: object, upto: date | None = None) -> Result:
        if upto is not None:
            write_table(home.inbox / f"nights-{upto}.csv", nights(upto, 60))
        out, err = StringIO(), StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = run(["--home", str(home.root), *map(str, words)], clock=lambda: now)
        return Result(int(code), out.getvalue(), err.getvalue())

    yield call
    assert call(datetime.now().astimezone(), "ledger", "verify").code == 0
    keys = [(t, s, i) for t, s, i in sealed_keys(home)]
    assert len(keys) == len(set(keys))


def sealed_keys(home: Home) -> list[tuple[date, str, str]]:
    """What is sealed: morning, source, and the fingerprint of what it was made from."""
    with open_store(home, write=False) as store:
        return [
            (row.forecast.target, row.forecast.source, row.inputs_sha256)
            for row in load_sealed(store)
        ]


def horizons(home: Home) -> Mapping[date, set[int]]:
    """Days ahead, by the morning a forecast is for."""
    found: dict[date, set[int]] = {}
    with open_store(home, write=False) as store:
        for row in load_sealed(store):
            found.setdefault(row.forecast.target, set()).add(row.forecast.horizon_days)
    return found


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(date(2026, 3, 28), id="clocks-go-forward"),
        pytest.param(date(2026, 10, 24), id="clocks-go-back"),
        pytest.param(date(2028, 2, 28), id="leap-day"),
        pytest.param(date(2026, 12, 31), id="new-year"),
    ],
)
def test_every_morning_is_forecast_once_and_comes_true(home: Home, at: At, first: date) -> None:
    """Over the night the clocks change, over a leap day, into a new year: one day is one day."""
    evenings = [first + i * DAY for i in range(3)]
    for evening in evenings:
        done = at(instant(evening, BERLIN), "daily", "--catch-up", "--json", upto=evening)
        assert (done.code, done.data["missed_mornings"]) == (0, [])
    assert horizons(home) == {evening + DAY: {1} for evening in evenings}
    true = {row["target"] for row in done.data["reconciled"]}
    assert true == {str(evening) for evening in evenings[1:]}


def test_a_clock_set_back_a_day_seals_nothing_for_a_morning_that_was(home: Home, at: At) -> None:
    """The run goes through, the doctor names the clock, and the next right evening is as always."""
    today = date(2026, 5, 20)
    assert at(instant(today, BERLIN), "daily", upto=today).code == 0
    before = sealed_keys(home)
    back = instant(today - DAY, BERLIN)
    assert at(back, "daily").code in (0, 4)
    assert sealed_keys(home) == before
    (said,) = [c for c in at(back, "doctor", "--json").data["checks"] if c["name"] == "clock"]
    assert not said["is_well"]
    assert "2026-05-20 21:30 +0200" in said["finding"]
    assert "clock" in said["cure"]
    after = today + DAY
    assert at(instant(after, BERLIN), "daily", upto=after).code == 0
    assert horizons(home) == {today + DAY: {1}, after + DAY: {1}}


def test_a_laptop_asleep_for_nine_days_says_which_mornings_it_missed(home: Home, at: At) -> None:
    """What was forecast comes true, what was not stays without, and nothing is made up."""
    asleep, awake = date(2026, 5, 20), date(2026, 5, 29)
    at(instant(asleep, BERLIN), "daily", upto=asleep)
    done = at(instant(awake, BERLIN), "daily", "--catch-up", upto=awake)
    assert done.code == 0
    assert "8 mornings have no forecast" in done.err
    assert "2026-05-22 to 2026-05-29" in done.err
    told = at(instant(awake, BERLIN), "daily", "--catch-up", "--json").data
    assert told["missed_mornings"] == [f"2026-05-{day}" for day in range(22, 30)]
    assert set(horizons(home)) == {asleep + DAY, awake + DAY}
    listed = at(instant(awake, BERLIN), "reconcile", "--from", "2026-05-20", "--json").data["rows"]
    assert {row["target"] for row in listed} == {"2026-05-21"}


def test_the_missed_mornings_are_named_only_when_asked_for(at: At) -> None:
    """By hand the evening is about tomorrow."""
    asleep, awake = date(2026, 5, 20), date(2026, 5, 23)
    at(instant(asleep, BERLIN), "daily", upto=asleep)
    assert "no forecast" not in at(instant(awake, BERLIN), "daily", upto=awake).err


def test_an_evening_without_a_forecast_had_a_run_all_the_same(at: At) -> None:
    """With data too old to forecast from, the morning has none, but not for want of a run."""
    first = date(2026, 1, 10)
    at(instant(first, BERLIN), "daily", upto=first)
    late = first + timedelta(days=200)
    for evening in (late, late + DAY):
        at(instant(evening, BERLIN), "daily")
    told = at(instant(late + DAY, BERLIN), "daily", "--json").data["missed_mornings"]
    assert str(late) in told
    assert str(late + DAY) not in told


def test_an_evening_may_come_thirteen_hours_after_the_last(home: Home, at: At) -> None:
    """East over the zones the next date comes early; each morning still has one forecast."""
    today = date(2026, 5, 20)
    at(instant(today, BERLIN), "daily", upto=today)
    there = today + DAY
    assert at(instant(there, AUCKLAND), "daily", upto=there).code == 0
    assert horizons(home) == {today + DAY: {1}, there + DAY: {1}}


def test_the_same_evening_may_come_twice(home: Home, at: At) -> None:
    """West over the date line: the same inputs add nothing, and what was sealed stays."""
    today = date(2026, 5, 20)
    at(instant(today, AUCKLAND), "daily", upto=today)
    before = sealed_keys(home)
    again = at(instant(today, HONOLULU), "daily")
    assert (again.code, sealed_keys(home)) == (4, before)
    next_day = today + DAY
    assert at(instant(next_day, HONOLULU), "daily", upto=next_day).code == 0
    assert horizons(home) == {today + DAY: {1}, next_day + DAY: {1}}


def test_a_clock_set_back_is_told_though_nothing_failed(at: At) -> None:
    """A machine that lost its clock would say "nothing new" for years, and quietly."""
    first = date(2026, 3, 10)
    assert at(instant(first, BERLIN), "--quiet", "daily", upto=first).code == 0
    late = at(instant(first - 5 * DAY, BERLIN), "--quiet", "daily")
    assert (late.code, late.out) == (4, "")
    assert "clock is at 2026-03-05 21:30 +0100\n  set this machine's clock" in late.err
    assert at(instant(first, BERLIN, hour=22), "--quiet", "daily").err == ""


@pytest.mark.parametrize("words", [("daily",), ("guess", "61"), ("journal", "add", "2 beers")])
def test_a_clock_that_is_odd_is_told_whenever_something_is_sealed_by_it(
    at: At, words: tuple[str, ...]
) -> None:
    """One set back, which would seal a row before the last one, and one in a zone far away."""
    first = date(2026, 3, 10)
    assert at(instant(first, BERLIN), "daily", upto=first).err == ""
    back = at(instant(first, BERLIN, hour=16), *words)
    assert "was written on 2026-03-10 21:30 +0100" in back.err
    away = at(instant(first + DAY, AUCKLAND), "--quiet", *words)
    assert "the last forecast was sealed at UTC+0100, and this machine is at UTC+1300" in away.err
