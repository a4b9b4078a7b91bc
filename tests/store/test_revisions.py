"""Every revision of a value is kept, and a load as of an instant sees none that came later."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrvctl.records import JournalEntry, Measurement, Metric, Outcome
from hrvctl.store.curation import (
    SENSOR,
    Excluded,
    load_excluded,
    load_preference,
    remove_excluded,
    save_excluded,
    save_preference,
)
from hrvctl.store.database import Store, open_store
from hrvctl.store.home import Home, create_home
from hrvctl.store.ledger import append_outcomes
from hrvctl.store.measurements import (
    Imported,
    load_journal,
    load_measurements,
    save_import,
    save_journal,
    save_measurements,
)
from hrvctl.store.provenance import trace_revisions
from hrvctl.store.revisions import count_later, withdraw_answers, withdraw_measurements
from hrvctl.store.schema import APPLICATION_ID, MIGRATIONS

AT = datetime(2026, 3, 10, 20, tzinfo=UTC)
DAY = date(2026, 3, 9)
ONE = timedelta(days=1)
RMSSD = Metric.HRV_RMSSD_MS
FILE = Imported(file="x.csv", source="whoop", kind="cycles", n_new=1, n_revised=0)

# What happens to one of three nights, an hour after what happened before: a value or a withdrawal.
events = st.lists(st.tuples(st.integers(0, 2), st.none() | st.floats(20, 120)), max_size=10)


def hour(n: float) -> datetime:
    """The n-th hour of the tests."""
    return AT + timedelta(hours=n)


def night(day: date, value: float) -> Measurement:
    """One value of one night."""
    return Measurement(day, RMSSD, value, "whoop")


def save(store: Store, value: float, *, at: datetime, day: date = DAY) -> None:
    """Import one night."""
    number = save_import(store, "me", FILE, at=at)
    save_measurements(store, "me", [night(day, value)], import_id=number, at=at)


def values(store: Store, seen_by: datetime | None = None, *, by_date: bool = False) -> list[float]:
    """The values loaded as of an instant."""
    found = load_measurements(store, "me", seen_by=seen_by, later_by_date=by_date)
    return [m.value for m in found]


def answer(value: float) -> JournalEntry:
    """One answer."""
    return JournalEntry(day=DAY, tag="alcohol", value=value, text="wine", source="user")


def outcome(value: float, origin: str, *, at: datetime) -> Outcome:
    """The first outcome of the night."""
    return Outcome(
        day=DAY,
        metric=RMSSD,
        measured_by="whoop",
        revision=1,
        value_ms=value,
        recorded_at=at,
        origin=origin,
        reason="",
    )


@settings(max_examples=25, deadline=None)
@given(history=events, cut=st.floats(-1, 11))
def test_newest_and_as_of_are_replayed_from_the_revisions(
    tmp_path_factory: pytest.TempPathFactory,
    history: list[tuple[int, float | None]],
    cut: float,
) -> None:
    """The newest values equal all events replayed; those as of an instant, the events until it."""
    home = Home(tmp_path_factory.mktemp("home"))
    stands: dict[date, float] = {}
    stood: dict[date, float] = {}
    with open_store(home, write=True) as store:
        for n, (which, value) in enumerate(history):
            day = DAY + timedelta(days=which)
            if value is not None:
                save(store, value, at=hour(n), day=day)
                stands[day] = value
            elif day in stands:
                withdraw_measurements(store, "me", [(day, RMSSD, "whoop")], at=hour(n))
                del stands[day]
            if hour(n) <= hour(cut):
                stood = dict(stands)
        newest = {m.day: m.value for m in load_measurements(store, "me")}
        known = {m.day: m.value for m in load_measurements(store, "me", seen_by=hour(cut))}
        n_rows = store.connection.execute("SELECT count(*) FROM measurement_revisions").fetchone()
    assert newest == stands
    assert known == stood
    assert n_rows[0] == sum(value is not None for _, value in history)


def test_journal_answers_keep_their_revisions(home: Home) -> None:
    """An answer that changed or is no longer read from the text stood until then."""
    with open_store(home, write=True) as store:
        save_journal(store, "me", [answer(1)], at=hour(0))
        save_journal(store, "me", [answer(3)], at=hour(2))
        withdraw_answers(store, "me", DAY, "user", ["alcohol"], at=hour(4))
        found = [load_journal(store, "me", seen_by=hour(n)) for n in (-1, 0, 1, 2, 3, 4)]
        assert load_journal(store, "me") == []
    assert found == [[], [answer(1)], [answer(1)], [answer(3)], [answer(3)], []]


def test_what_covers_the_whole_day_is_not_taken_by_its_date_on_its_own_evening(home: Home) -> None:
    """A past imported at once: strain and WHOOP's answers of the day came after its evening."""
    strain = [Measurement(DAY - ONE * n, Metric.STRAIN, 12, "whoop") for n in (1, 0)]
    asked = [replace(answer(1), day=m.day, source="whoop") for m in strain]
    with open_store(home, write=True) as store:
        number = save_import(store, "me", FILE, at=hour(5))
        rows = [*strain, night(DAY, 50)]
        save_measurements(store, "me", rows, import_id=number, at=hour(5))
        save_journal(store, "me", [*asked, answer(1)], at=hour(5))
        late: dict[str, Any] = {"until": DAY, "seen_by": hour(4), "later_by_date": True}
        assert [(m.day, m.metric) for m in load_measurements(store, "me", **late)] == [
            (DAY - ONE, Metric.STRAIN),
            (DAY, RMSSD),
        ]
        assert load_journal(store, "me", **late) == [asked[0], answer(1)]
        late["seen_by"] = hour(5)
        assert len(load_measurements(store, "me", **late)) == 3
        assert len(load_journal(store, "me", **late)) == 3


def test_value_stored_later_is_left_out_or_taken_by_its_date(home: Home) -> None:
    """By its date it has its first value, not one it was revised to."""
    with open_store(home, write=True) as store:
        save(store, 50, at=hour(5))
        save(store, 60, at=hour(6))
        assert values(store, hour(4)) == []
        assert values(store, hour(4), by_date=True) == [50]
        assert values(store, hour(5.5), by_date=True) == [50]
        later = count_later(store, "me", until=DAY, seen_by=hour(4))
        assert (later.n_days, later.n_all, later.n_unknown) == (1, 1, 0)


def test_corrections_made_later_are_not_seen(home: Home) -> None:
    """A manual correction counts from when it was recorded."""
    with open_store(home, write=True) as store:
        save(store, 50, at=hour(0))
        append_outcomes(store, "me", [outcome(70.0, "manual", at=hour(3))])
        assert [values(store, hour(n)) for n in (2, 3)] == [[50], [70]]
        assert values(store) == [70]


def test_rescored_night_is_used_before_it_is_reconciled(home: Home) -> None:
    """An outcome noted from an import never hides what a newer import says."""
    with open_store(home, write=True) as store:
        save(store, 50, at=hour(0))
        append_outcomes(store, "me", [outcome(50.0, "import", at=hour(1))])
        save(store, 64, at=hour(2))
        assert values(store) == [64]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM measurements",
        "DELETE FROM measurement_history",
        "UPDATE measurement_history SET seen_at = '2020-01-01T00:00:00+00:00'",
        "UPDATE measurements SET first_seen_at = '2020-01-01T00:00:00+00:00'",
    ],
)
def test_no_revision_is_deleted_or_rewritten(home: Home, statement: str) -> None:
    """The database refuses it, and a value that is overwritten stays in the history."""
    with open_store(home, write=True) as store:
        save(store, 50, at=hour(0))
        save(store, 60, at=hour(1))
        with pytest.raises(sqlite3.IntegrityError):
            store.connection.execute(statement)
        store.connection.execute("UPDATE measurements SET value = 99")
        assert [r.value for r in trace_revisions(store, "me", DAY)] == [50, 60]


def test_choices_are_known_as_they_stood(home: Home) -> None:
    """A day left out, and the series preferred, at any instant."""
    out = Excluded(day=DAY, reason=SENSOR, note="", marked_at=hour(1))
    with open_store(home, write=True) as store:
        save_excluded(store, "me", [out])
        save_preference(store, "me", (RMSSD, "oura"), at=hour(2))
        remove_excluded(store, "me", [DAY], at=hour(3))
        save_preference(store, "me", None, at=hour(4))
        excluded = [bool(load_excluded(store, "me", seen_by=hour(n))) for n in range(5)]
        preferred = [load_preference(store, "me", seen_by=hour(n)) for n in range(5)]
        assert load_excluded(store, "me") == {}
        assert load_preference(store, "me") is None
    assert excluded == [False, True, True, False, False]
    assert preferred == [None, None, (RMSSD, "oura"), (RMSSD, "oura"), None]


def test_older_home_keeps_every_row(home: Home) -> None:
    """A home of schema 4 opens with all its values; a value it overwrote is known to be unknown."""
    create_home(home)
    with closing(sqlite3.connect(home.database, isolation_level=None)) as old:
        for migration in MIGRATIONS[:4]:
            old.executescript(migration)
        old.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        old.execute("PRAGMA user_version = 4")
        old.execute("INSERT INTO imports VALUES (1, 'me', 'x', 'whoop', 'cycles', ?, 2, 0)", ["x"])
        for day, value, revised in ((DAY, 60.0, hour(5)), (DAY + timedelta(days=1), 50.0, None)):
            old.execute(
                "INSERT INTO measurements VALUES ('me', ?, ?, 'whoop', ?, NULL, NULL, 1, ?, ?)",
                [
                    day.isoformat(),
                    RMSSD,
                    value,
                    hour(0).isoformat(),
                    revised and revised.isoformat(),
                ],
            )
        old.execute(
            "INSERT INTO journal (subject, day, tag, source, value, text, note, first_seen_at)"
            " VALUES ('me', ?, 'alcohol', 'user', 1, 'wine', '', ?)",
            [DAY.isoformat(), hour(0).isoformat()],
        )
    with open_store(home, write=True) as store:
        assert values(store) == [60, 50]
        # What stood before the revision was not kept: the value known next is used, and counted.
        assert values(store, hour(1)) == [60, 50]
        assert count_later(store, "me", until=DAY, seen_by=hour(1)).n_unknown == 1
        assert count_later(store, "me", until=DAY, seen_by=hour(5)).n_unknown == 0
        assert load_journal(store, "me") == [answer(1)]
        assert [r.value for r in trace_revisions(store, "me", DAY)] == [None]
