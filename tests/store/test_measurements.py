"""What was measured comes back as it was written; a revision keeps when it was first seen."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrvctl.records import JournalEntry, Measurement, Metric, Outcome, Workout
from hrvctl.store.database import ROWS_AT_ONCE, open_store
from hrvctl.store.home import Home
from hrvctl.store.ledger import append_outcomes
from hrvctl.store.measurements import (
    Imported,
    load_as_imported,
    load_journal,
    load_measurements,
    load_workouts,
    save_import,
    save_journal,
    save_measurements,
    save_workouts,
)

AT = datetime(2026, 3, 10, 20, tzinfo=UTC)
FILE = Imported(file="x\udcff.csv", source="whoop", kind="cycles", n_new=1, n_revised=0)
NIGHT = Measurement(day=date(2026, 3, 9), metric=Metric.HRV_RMSSD_MS, value=55.0, source="whoop")

days = st.dates(date(2020, 1, 1), date(2026, 1, 1))
zones = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))
instants = st.builds(
    lambda minutes, zone: (AT - timedelta(minutes=minutes)).astimezone(zone),
    st.integers(0, 10**6),
    zones,
)
amounts = st.floats(0, 1e4)
words = st.text(st.characters(codec="utf-8"), max_size=12)
measurements = st.lists(
    st.builds(
        Measurement,
        day=days,
        metric=st.sampled_from(Metric),
        value=amounts,
        source=st.sampled_from(["whoop", "table"]),
        start_at=st.none() | instants,
        end_at=st.none() | instants,
    ),
    unique_by=lambda m: (m.day, m.metric, m.source),
    max_size=8,
)
entries = st.lists(
    st.builds(
        JournalEntry,
        day=days,
        tag=st.sampled_from(["alcohol", "sick"]),
        value=amounts,
        text=words,
        source=st.sampled_from(["user", "whoop"]),
        note=words,
    ),
    unique_by=lambda e: (e.day, e.tag, e.source),
    max_size=8,
)
workouts = st.lists(
    st.builds(
        Workout,
        day=days,
        start_at=instants,
        end_at=instants,
        name=words,
        source=st.just("whoop"),
        strain=st.none() | amounts,
        energy_kcal=st.none() | amounts,
        average_hr_bpm=st.none() | amounts,
        max_hr_bpm=st.none() | amounts,
    ),
    unique_by=lambda w: w.start_at,
    max_size=5,
)


@settings(max_examples=25)
@given(measured=measurements, said=entries, done=workouts)
def test_what_is_written_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    measured: list[Measurement],
    said: list[JournalEntry],
    done: list[Workout],
) -> None:
    """Every field of every row, time zone included, in the order promised; of one subject only."""
    home = Home(tmp_path_factory.mktemp("home"))
    with open_store(home, write=True) as store:
        with store.transaction():
            number = save_import(store, "me", FILE, at=AT)
            save_measurements(store, "me", measured, import_id=number, at=AT)
            save_journal(store, "me", said, at=AT)
            save_workouts(store, "me", done, at=AT)
        in_order = sorted(measured, key=lambda m: (m.day, m.metric, m.source))
        assert load_measurements(store, "me") == load_as_imported(store, "me") == in_order
        assert load_journal(store, "me") == sorted(said, key=lambda e: (e.day, e.tag, e.source))
        assert load_workouts(store, "me") == sorted(done, key=lambda w: w.start_at)
        assert load_measurements(store, "other") == []
        for m in measured[:1]:
            until = load_measurements(store, "me", until=m.day)
            assert until == [other for other in in_order if other.day <= m.day]


@pytest.mark.parametrize("n_days", [ROWS_AT_ONCE - 1, ROWS_AT_ONCE, 2 * ROWS_AT_ONCE + 1])
def test_no_row_is_lost_where_many_are_written_at_once(home: Home, n_days: int) -> None:
    """All of them come back; of a night that is told twice the later telling counts."""
    nights = [
        Measurement(day=NIGHT.day - timedelta(n), metric=NIGHT.metric, value=n, source="whoop")
        for n in range(n_days)
    ]
    with open_store(home, write=True) as store, store.transaction():
        number = save_import(store, "me", FILE, at=AT)
        save_measurements(store, "me", [NIGHT, *nights], import_id=number, at=AT)
        assert load_measurements(store, "me") == nights[::-1]


def test_revision_keeps_when_it_was_first_seen(home: Home) -> None:
    """Writing a night again revises its value; when it was first seen stays."""
    later = AT + timedelta(days=1)
    revised = Measurement(day=NIGHT.day, metric=NIGHT.metric, value=57.0, source="whoop")
    with open_store(home, write=True) as store:
        for night, at in ((NIGHT, AT), (revised, later)):
            number = save_import(store, "me", FILE, at=at)
            save_measurements(store, "me", [night], import_id=number, at=at)
        (row,) = store.connection.execute("SELECT * FROM measurements").fetchall()
        assert (row["value"], row["first_seen_at"], row["revised_at"], row["import_id"]) == (
            57.0,
            AT.isoformat(),
            later.isoformat(),
            2,
        )


def test_correction_by_hand_counts_in_place_of_the_device(home: Home) -> None:
    """What the history is made of is the newest revision; an import compares with the device's."""
    wrong = {"metric": NIGHT.metric, "measured_by": "whoop", "recorded_at": AT}
    with open_store(home, write=True) as store:
        number = save_import(store, "me", FILE, at=AT)
        save_measurements(store, "me", [NIGHT], import_id=number, at=AT)
        revisions = [
            Outcome(day=NIGHT.day, revision=1, value_ms=55, origin="import", reason="", **wrong),
            Outcome(day=NIGHT.day, revision=2, value_ms=63, origin="manual", reason="s", **wrong),
        ]
        append_outcomes(store, "me", revisions)
        assert [m.value for m in load_measurements(store, "me")] == [63]
        assert [m.value for m in load_as_imported(store, "me")] == [55]


def test_night_entered_by_hand_counts_where_the_device_said_nothing(home: Home) -> None:
    """A sensor that failed all night: the value a person enters is that night, newest first."""
    with open_store(home, write=True) as store:
        for revision, value_ms in ((1, 60.0), (2, 63.0)):
            outcome = Outcome(
                day=NIGHT.day,
                metric=NIGHT.metric,
                measured_by="whoop",
                revision=revision,
                value_ms=value_ms,
                recorded_at=AT,
                origin="manual",
                reason="chest strap",
            )
            append_outcomes(store, "me", [outcome])
        (night,) = load_measurements(store, "me")
        assert (night.day, night.value, night.source) == (NIGHT.day, 63.0, "whoop")
        assert load_measurements(store, "me", until=NIGHT.day - timedelta(days=1)) == []
        assert load_measurements(store, "you") == []
        assert load_as_imported(store, "me") == []
