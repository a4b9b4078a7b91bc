"""The export is, byte by byte in its manners, what the WHOOP app writes."""

import csv
import io
import re
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from hrvctl.samples.days import Person, Wear
from hrvctl.samples.people import Traits
from hrvctl.samples.simulation import simulate
from hrvctl.samples.whoop_export import export_files, write_export
from whoop_zip import write_zip

FIRST = date(2024, 1, 1)
LONDON = Traits(
    home_zone="Europe/London",
    trip_zones=("America/New_York", "Europe/Berlin"),
    gap_probability=0.08,
    nap_probability=0.2,
    alcohol_probability=(0.3,) * 7,
    trips_per_year=4.0,
)
STAMP = "%Y-%m-%d %H:%M:%S"


@pytest.fixture(scope="module")
def person() -> Person:
    """A year and a half of a Londoner who travels, naps and loses nights."""
    return simulate(LONDON, first_day=FIRST, n_days=550, seed=12)


def rows(content: bytes) -> list[dict[str, str]]:
    """The rows of one file, by header."""
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def cycles(person: Person, **options) -> list[dict[str, str]]:
    """The rows of the cycles file."""
    return rows(export_files(person, **options)["physiological_cycles.csv"])


def test_headers_are_verbatim(person: Person) -> None:
    """Each file opens with the line a real export opens with."""
    first_lines = {
        name: content.split(b"\n", 1)[0].decode() for name, content in export_files(person).items()
    }
    assert first_lines == {
        "physiological_cycles.csv": "Cycle start time,Cycle end time,Cycle timezone,"
        "Recovery score %,Resting heart rate (bpm),Heart rate variability (ms),"
        "Skin temp (celsius),Blood oxygen %,Day Strain,Energy burned (cal),Max HR (bpm),"
        "Average HR (bpm),Sleep onset,Wake onset,Sleep performance %,Respiratory rate (rpm),"
        "Asleep duration (min),In bed duration (min),Light sleep duration (min),"
        "Deep (SWS) duration (min),REM duration (min),Awake duration (min),Sleep need (min),"
        "Sleep debt (min),Sleep efficiency %,Sleep consistency %",
        "sleeps.csv": "Cycle start time,Cycle end time,Cycle timezone,Sleep onset,Wake onset,"
        "Sleep performance %,Respiratory rate (rpm),Asleep duration (min),In bed duration (min),"
        "Light sleep duration (min),Deep (SWS) duration (min),REM duration (min),"
        "Awake duration (min),Sleep need (min),Sleep debt (min),Sleep efficiency %,"
        "Sleep consistency %,Nap",
        "workouts.csv": "Cycle start time,Cycle end time,Cycle timezone,Workout start time,"
        "Workout end time,Duration (min),Activity name,Activity Strain,Energy burned (cal),"
        "Max HR (bpm),Average HR (bpm),HR Zone 1 %,HR Zone 2 %,HR Zone 3 %,HR Zone 4 %,"
        "HR Zone 5 %,GPS enabled,Distance (meters),Altitude gain (meters),"
        "Altitude change (meters)",
        "journal_entries.csv": "Cycle start time,Cycle end time,Cycle timezone,Question text,"
        "Answered yes,Notes",
    }


def test_bytes_are_utf8_with_lf_and_a_final_newline(person: Person) -> None:
    """No BOM, no CR, no blank line at the end, every row as wide as its header."""
    for content in export_files(person).values():
        assert content.endswith(b"\n")
        assert not content.endswith(b"\n\n")
        assert b"\r" not in content
        assert len({len(line) for line in csv.reader(io.StringIO(content.decode()))}) == 1


def test_the_newest_cycle_is_open_and_has_its_hrv(person: Person) -> None:
    """On the evening of a day its HRV and sleep are known; end, strain and heart rates are not."""
    day = next(d for d in reversed(person.days[:300]) if d.wear is Wear.NIGHT)
    newest, *older = cycles(person, as_of=day.day)
    assert newest["Heart rate variability (ms)"] == str(day.hrv_ms)
    assert newest["Wake onset"].startswith(str(day.day))
    blank = (
        "Cycle end time", "Day Strain", "Energy burned (cal)", "Max HR (bpm)", "Average HR (bpm)",
    )  # fmt: skip
    assert [newest[column] for column in blank] == [""] * 5
    assert all(row[column] for row in older for column in blank)


def test_nothing_of_a_later_day_is_in_an_earlier_export(person: Person) -> None:
    """The export of an evening is the tail of a later one, but for its open cycle."""
    early = export_files(person, as_of=FIRST + timedelta(days=200))
    late = export_files(person)
    for name, content in early.items():
        closed = [row for row in rows(content) if row["Cycle end time"]]
        everything = rows(late[name])
        assert closed == everything[len(everything) - len(closed) :]


def test_rows_come_newest_first(person: Person) -> None:
    """Starts fall from row to row, as in every real file, clock changes aside."""
    starts = [
        datetime.strptime(row["Cycle start time"], STAMP)  # noqa: DTZ007
        for row in cycles(person)
    ]
    assert starts == sorted(starts, reverse=True)


def test_zones_are_written_as_whoop_writes_them(person: Person) -> None:
    """London is UTCZ in winter and UTC+01:00 in summer; a trip has its own offset."""
    zones = {row["Cycle timezone"] for row in cycles(person)}
    assert {"UTCZ", "UTC+01:00"} < zones
    assert all(re.fullmatch(r"UTC(Z|[+-]\d\d:\d\d)", zone) for zone in zones)


def test_a_day_without_sleep_is_a_midnight_row_with_strain_alone(person: Person) -> None:
    """HRV, recovery and sleep stand or fall together; the day's strain is kept."""
    sleepless = [row for row in cycles(person)[1:] if not row["Sleep onset"]]
    known = [d for d in person.days if d.wear is Wear.NO_SLEEP]
    assert [row["Cycle start time"] for row in sleepless] == [
        f"{day.day} 00:00:00" for day in reversed(known)
    ]
    assert len(known) > 5
    for row in sleepless:
        assert row["Day Strain"]
        assert not row["Heart rate variability (ms)"]
        assert not row["Recovery score %"]


def test_days_without_the_strap_have_no_row(person: Person) -> None:
    """What was not worn is not exported, and never filled."""
    worn = [day for day in person.days if day.wear is not Wear.OFF]
    assert len(worn) < len(person.days)
    assert len(cycles(person)) == len(worn)


def test_each_cycle_with_sleep_has_one_sleep_and_naps_stand_beside_it(person: Person) -> None:
    """The main sleep repeats the cycle's values; a nap carries its parent's start."""
    files = export_files(person)
    nights = {row["Cycle start time"]: row for row in cycles(person) if row["Sleep onset"]}
    sleeps = rows(files["sleeps.csv"])
    main = {row["Cycle start time"]: row for row in sleeps if row["Nap"] == "false"}
    naps = [row for row in sleeps if row["Nap"] == "true"]
    assert main.keys() == nights.keys()
    for start, row in main.items():
        assert {k: row[k] for k in row if k != "Nap"}.items() <= nights[start].items()
    assert len(naps) > 20
    assert all(row["Sleep consistency %"] == "" for row in naps)


def test_answers_stand_under_the_cycle_whose_sleep_follows_their_day(person: Person) -> None:
    """An answer's row has the wake date of the day after the one it speaks of."""
    files = export_files(person)
    wake = {row["Cycle start time"]: row["Wake onset"][:10] for row in cycles(person)}
    entries = rows(files["journal_entries.csv"])
    drinks = {
        date.fromisoformat(wake[row["Cycle start time"]]) - timedelta(days=1): row["Answered yes"]
        for row in entries
        if row["Question text"] == "Have any alcoholic drinks?"
    }
    assert len(drinks) > 300
    for day, answer in drinks.items():
        assert answer == ("true" if person.on(day).alcohol else "false")
    assert any(row["Question text"] == "Have any caffeine? " for row in entries)
    assert b',true,"two glasses, late"\n' in files["journal_entries.csv"]


def test_folder_and_zip_hold_the_same_bytes(person: Person, tmp_path: Path) -> None:
    """However it is written, it is the same export, and the same zip each time."""
    files = export_files(person)
    paths = write_export(person, tmp_path / "made" / "here")
    assert {path.name: path.read_bytes() for path in paths} == files
    first, second = (write_zip(person, tmp_path / f"{name}.zip") for name in "ab")
    with zipfile.ZipFile(first) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files
    assert first.read_bytes() == second.read_bytes()


def test_before_the_first_day_there_are_headers_alone(person: Person) -> None:
    """An export of a time without data is empty, not an error."""
    files = export_files(person, as_of=FIRST - timedelta(days=1))
    assert all(content.count(b"\n") == 1 for content in files.values())
