"""Each night lies on its wake date, in the sleeper's own calendar: every format, every journey."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, timedelta

import pytest

from hrvctl.records import Measurement, Metric
from hrvctl.sources import registry
from hrvctl.sources.kit.main_sleep import FIRST_UNSURE_UTC_HOUR
from sources.formats_abroad import FORMATS
from sources.nights_abroad import Format, Night, night

BERLIN, AUCKLAND = "Europe/Berlin", "Pacific/Auckland"
LINE_ISLANDS, HAWAII = "Pacific/Kiritimati", "Pacific/Honolulu"
MACHINES = ("UTC", LINE_ISLANDS, HAWAII)

JOURNEYS: Mapping[str, Sequence[Night]] = {
    "utc_plus_14": [night("2025-05-03T22:40", "2025-05-04T06:00", LINE_ISLANDS)],
    "utc_minus_10": [night("2025-05-03T22:40", "2025-05-04T06:50", HAWAII)],
    "berlin_spring": [night("2025-03-29T23:15", "2025-03-30T07:10", BERLIN)],
    "berlin_spring_short": [night("2025-03-30T00:40", "2025-03-30T05:10", BERLIN)],
    "berlin_autumn": [night("2025-10-25T23:15", "2025-10-26T07:10", BERLIN)],
    "berlin_autumn_short": [night("2025-10-26T00:40", "2025-10-26T05:10", BERLIN)],
    "auckland_spring": [night("2025-09-27T23:05", "2025-09-28T07:30", AUCKLAND)],
    # Home from New Zealand: 4 May is lived twice, and its first night was the longer.
    "date_lived_twice": [
        night("2025-05-02T22:10", "2025-05-03T06:50", AUCKLAND, 41),
        night("2025-05-03T22:30", "2025-05-04T06:30", AUCKLAND, 52),
        night("2025-05-03T23:30", "2025-05-04T06:00", HAWAII, 63),
        night("2025-05-04T22:20", "2025-05-05T06:40", HAWAII, 74),
    ],
    # And out again: who leaves on 4 May arrives on the 5th, and wakes on the 6th.
    "date_skipped": [
        night("2025-05-03T22:30", "2025-05-04T06:30", HAWAII, 41),
        night("2025-05-05T22:10", "2025-05-06T06:40", AUCKLAND, 52),
    ],
    # Asleep in the air, one wakes before the date one fell asleep on, or two dates after it.
    "asleep_flying_east": [night("2025-05-06T00:30", "2025-05-05T08:00", AUCKLAND, 50, HAWAII)],
    "asleep_flying_west": [night("2025-05-04T23:30", "2025-05-06T05:20", HAWAII, 50, AUCKLAND)],
    "after_midnight": [night("2025-05-04T00:50", "2025-05-04T08:10", BERLIN)],
    "before_midnight": [night("2025-05-03T21:40", "2025-05-04T06:00", BERLIN)],
    "two_onsets_on_one_date": [
        night("2025-05-04T00:50", "2025-05-04T08:10", BERLIN, 41),
        night("2025-05-04T23:20", "2025-05-05T07:00", BERLIN, 52),
    ],
}


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Move the computer to a zone; afterwards it is back where it was."""
    with monkeypatch.context() as patch:

        def move(zone: str) -> None:
            patch.setenv("TZ", zone)
            time.tzset()

        yield move
    time.tzset()


def read(form: Format, nights: Sequence[Night]) -> list[Measurement]:
    """Write the nights in a format, and read them as an import on their last day would."""
    documents = form.make(nights)
    today = max(n.day for n in nights)
    for document in documents:
        assert registry.identify(document)[0].name == form.source
    found = registry.read_all(documents, today=today)
    assert found.unread == {}
    assert [problem for reading in found.readings for problem in reading.problems] == []
    own = [m for reading in found.readings for m in reading.measurements if m.metric is form.metric]
    n_warnings = sum(len(reading.warnings) for reading in found.readings)
    assert form.has_zone or n_warnings  # a day guessed, or left out, is told
    return own


def night_of(form: Format, m: Measurement, nights: Sequence[Night]) -> Night:
    """The night a value was measured in; no two nights have the same."""
    if not form.is_parted:
        return next(n for n in nights if n.day == m.day)
    told = {(n.asleep_min if form.metric is Metric.ASLEEP_MIN else n.hrv): n for n in nights}
    assert len(told) == len(nights)
    return told[round(m.value)]


def is_unsure(n: Night) -> bool:
    """Whether UTC alone cannot tell the date of a morning."""
    edges = n.wake, n.measured
    return any(edge.astimezone(UTC).hour >= FIRST_UNSURE_UTC_HOUR for edge in edges)


@pytest.mark.parametrize("journey", JOURNEYS)
@pytest.mark.parametrize("form", FORMATS)
def test_each_night_lies_on_its_wake_date(
    form: str, journey: str, machine: Callable[[str], None]
) -> None:
    """The local date of waking, and the instants of the hours, wherever the computer stands."""
    own, nights = FORMATS[form], JOURNEYS[journey]
    for place in MACHINES:
        machine(place)
        found = read(own, nights)
        for m in found:
            n = night_of(own, m, nights)
            assert m.day == n.day
            told = {"window": (n.onset, n.wake), "start": (n.measured, m.end_at)}
            assert (m.start_at, m.end_at) == told.get(own.kept, (None, None))
        due = {n.day for n in nights if own.has_zone or not is_unsure(n)}
        assert {m.day for m in found} == due


@pytest.mark.parametrize("form", [name for name, form in FORMATS.items() if form.has_length])
@pytest.mark.parametrize("step", [1, -1])
def test_of_a_date_lived_twice_the_longer_night_counts(form: str, step: int) -> None:
    """One night a date, in whichever order the file has them."""
    nights = JOURNEYS["date_lived_twice"][::step]
    found = [night_of(FORMATS[form], m, nights) for m in read(FORMATS[form], nights)]
    twice = [n for n in found if n.day == nights[1].day]
    assert [n.asleep_min for n in twice] == [8 * 60]


@pytest.mark.parametrize("form", ["garmin_hrv_data", "garmin_push"])
@pytest.mark.parametrize("step", [1, -1])
def test_of_a_date_lived_twice_the_later_night_counts_where_no_length_is_told(
    form: str, step: int
) -> None:
    """Later as time goes; its clock on the wall may well show less."""
    nights = JOURNEYS["date_lived_twice"][::step]
    found = {m.day: m.value for m in read(FORMATS[form], nights)}
    assert [found[n.day] for n in nights if n.zones[1] == HAWAII] == [63, 74][::step]


def test_every_source_has_its_nights_here() -> None:
    """A source that is new, and reads nights, must keep the promise as well."""
    assert {form.source for form in FORMATS.values()} == {s.name for s in registry.SOURCES}


def test_a_journey_is_what_its_name_says() -> None:
    """The clocks do change, and the dates are lived twice or not at all."""
    lengths = {name: nights[0].wake - nights[0].onset for name, nights in JOURNEYS.items()}
    assert lengths["berlin_spring"] == timedelta(hours=6, minutes=55)
    assert lengths["berlin_autumn"] == timedelta(hours=8, minutes=55)
    assert lengths["auckland_spring"] == timedelta(hours=7, minutes=25)
    days = [[n.day.day for n in JOURNEYS[name]] for name in ("date_lived_twice", "date_skipped")]
    assert days == [[3, 4, 4, 5], [4, 6]]
    for name in ("asleep_flying_east", "asleep_flying_west"):
        assert timedelta(hours=4) < lengths[name] < timedelta(hours=10)
