"""What is exported is what hrvctl's own importer reads back, on the days it speaks of."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from hrvctl.records import Metric, Reading
from hrvctl.samples.days import Person, Wear
from hrvctl.samples.people import draw_people
from hrvctl.samples.simulation import simulate
from hrvctl.samples.whoop_export import write_export
from hrvctl.sources.kit.documents import open_documents
from hrvctl.sources.registry import read_all
from whoop_zip import write_zip

FIRST = date(2024, 1, 1)
TODAY = FIRST + timedelta(days=499)


@pytest.fixture(scope="module", params=range(8))
def person(request: pytest.FixtureRequest) -> Person:
    """Five hundred days of eight people in different zones, who travel and lose nights."""
    who: int = request.param
    return simulate(draw_people(8, 21)[who], first_day=FIRST, n_days=500, seed=who)


@pytest.fixture(scope="module")
def readings(person: Person, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Reading]:
    """The export of the last evening, written to a folder and read by the importer, by kind."""
    folder = tmp_path_factory.mktemp("export")
    write_export(person, folder)
    return read(folder)


def read(path: Path) -> dict[str, Reading]:
    """Read an export by kind of file; every file must be understood."""
    files = read_all(open_documents(path), today=TODAY)
    assert not files.unread
    return {reading.kind: reading for reading in files.readings}


def imported(readings: dict[str, Reading], metric: Metric) -> dict[date, float]:
    """One metric of the cycles file by day."""
    return {m.day: m.value for m in readings["cycles"].measurements if m.metric is metric}


def test_the_importer_finds_no_fault(readings: dict[str, Reading]) -> None:
    """All four files are identified as WHOOP's, without a problem or a warning."""
    assert readings.keys() == {"cycles", "sleeps", "workouts", "journal"}
    for reading in readings.values():
        assert not reading.problems
        assert not reading.warnings


def test_hrv_comes_back_on_its_wake_date(person: Person, readings: dict[str, Reading]) -> None:
    """Each recorded night has its HRV on the day it ended, and no other day has one."""
    nights = {day.day: day.hrv_ms for day in person.days if day.hrv_ms is not None}
    assert imported(readings, Metric.HRV_RMSSD_MS) == nights


def test_strain_comes_back_on_the_day_it_was_lived(
    person: Person, readings: dict[str, Reading]
) -> None:
    """Strain of each recorded day, sleepless ones too; the open last day has none."""
    closed = [day for day in person.days[:-1] if day.wear is not Wear.OFF]
    assert imported(readings, Metric.STRAIN) == {day.day: day.strain for day in closed}


def test_vitals_come_back(person: Person, readings: dict[str, Reading]) -> None:
    """Resting HR, temperature and cycle length are the simulated ones, to the last digit."""
    nights = [day for day in person.days if day.wear is Wear.NIGHT]
    assert imported(readings, Metric.RESTING_HR_BPM) == {d.day: d.vitals.resting_hr for d in nights}
    warm = {d.day: d.vitals.skin_temp_c for d in nights if d.vitals.skin_temp_c is not None}
    assert imported(readings, Metric.SKIN_TEMP_C) == warm
    length = imported(readings, Metric.CYCLE_MIN)
    for day in nights[:-1]:
        minutes = (day.cycle_end_at - day.cycle_start_at) / timedelta(minutes=1)
        assert length[day.day] == pytest.approx(minutes)


def test_instants_come_back(person: Person, readings: dict[str, Reading]) -> None:
    """Onset and waking are the same instants, through summer time and journeys."""
    for m in readings["cycles"].measurements:
        if m.metric is Metric.HRV_RMSSD_MS:
            assert m.start_at == person.on(m.day).onset_at
            assert m.end_at == person.on(m.day).wake_at


def test_answers_come_back_on_the_day_they_speak_of(
    person: Person, readings: dict[str, Reading]
) -> None:
    """Every answer before a recorded night, on its own day; none for a question not asked."""
    nights = {day.day for day in person.days if day.wear is Wear.NIGHT}
    told = {
        (day.day, tag): float(answer)
        for day in person.days
        if day.day + timedelta(days=1) in nights
        for tag, answer in day.answers.items()
    }
    assert {(e.day, e.tag): e.value for e in readings["journal"].journal} == told


def test_workouts_and_naps_come_back(person: Person, readings: dict[str, Reading]) -> None:
    """As many as there were on days with the strap on, at their own instants."""
    worn = [day for day in person.days if day.wear is not Wear.OFF]
    workouts = {w.start_at: w.strain for w in readings["workouts"].workouts}
    assert workouts == {a.start_at: a.strain for day in worn for a in day.activities}
    naps = {m.day: m.value for m in readings["sleeps"].measurements if m.metric is Metric.NAP_MIN}
    assert naps == {day.day: sum(nap.asleep_min for nap in day.naps) for day in worn if day.naps}


def test_a_zip_reads_as_the_folder_does(
    person: Person, readings: dict[str, Reading], tmp_path: Path
) -> None:
    """WHOOP sends a zip; it holds the same measurements and answers."""
    zipped = read(write_zip(person, tmp_path / "my_whoop_data_2025_05_14.zip"))
    assert zipped["cycles"].measurements == readings["cycles"].measurements
    assert zipped["journal"].journal == readings["journal"].journal
