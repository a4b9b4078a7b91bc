"""The ledger in SQL: rows are only ever added, and never once the morning can be known."""

import sqlite3
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrvctl.errors import SealRefused
from hrvctl.records import (
    LEVELS,
    NO_HASH,
    Forecast,
    Guess,
    Measurement,
    Metric,
    Outcome,
    SealedForecast,
)
from hrvctl.store.database import Store, open_store
from hrvctl.store.home import Home
from hrvctl.store.ledger import (
    append_outcomes,
    append_sealed,
    damage,
    load_chain,
    load_guesses,
    load_head,
    load_outcomes,
    load_sealed,
    load_targets,
    save_guess,
)
from hrvctl.store.measurements import Imported, save_import, save_measurements

# Half past eleven in the evening, five hours behind UTC: there the next day has begun already.
EVENING = datetime(2026, 3, 10, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
MORNING = date(2026, 3, 11)
DAY = timedelta(days=1)
ROW = SealedForecast(
    seq=1,
    subject="me",
    forecast=Forecast(
        target=MORNING,
        horizon_days=1,
        source="ses",
        mean_ms=61.5,
        quantiles_ms={0.1: 50.25, 0.5: 61.5, 0.9: 75.0},
    ),
    metric=Metric.HRV_RMSSD_MS,
    measured_by="whoop",
    as_of=EVENING.date(),
    created_at=EVENING,
    run_id="run",
    inputs_sha256="f" * 64,
    prev_hash=NO_HASH,
    salt="salt",
)
ROW = replace(ROW, hash=ROW.computed_hash())
OUTCOME = Outcome(
    day=MORNING,
    metric=Metric.HRV_RMSSD_MS,
    measured_by="whoop",
    revision=1,
    value_ms=58.0,
    recorded_at=EVENING + timedelta(days=1),
    origin="import",
    reason="",
)


def measure(store: Store, *, metric: Metric, source: str) -> None:
    """Store a value of the morning."""
    file = Imported(file="x", source=source, kind="cycles", n_new=1, n_revised=0)
    night = Measurement(day=MORNING, metric=metric, value=58.0, source=source)
    number = save_import(store, "me", file, at=EVENING)
    save_measurements(store, "me", [night], import_id=number, at=EVENING)


def test_row_comes_back_as_it_was_sealed(home: Home) -> None:
    """Every field, the time zone of the evening included, and the head knows the last one."""
    with open_store(home, write=True) as store:
        assert load_head(store) == (0, NO_HASH)
        append_sealed(store, [ROW])
        assert load_sealed(store) == load_sealed(store, "me") == [ROW]
        assert load_sealed(store, "other") == []
        assert load_head(store) == (1, ROW.hash)
        assert load_chain(store) == [ROW.entry().stored()]
        assert damage(store) == []


def test_only_a_model_of_the_evening_before_makes_a_morning_forecast(home: Home) -> None:
    """Not a guess, which is said by hand; nor an earlier evening, nor a vital sign."""
    others = (
        ROW,
        replace(ROW, forecast=replace(ROW.forecast, source="guess", target=MORNING + DAY)),
        replace(ROW, forecast=replace(ROW.forecast, target=MORNING + 2 * DAY), lead=3),
        replace(
            ROW,
            forecast=replace(ROW.forecast, target=MORNING + 3 * DAY),
            metric=Metric.RESTING_HR_BPM,
        ),
    )
    with open_store(home, write=True) as store:
        for n, row in enumerate(others, 1):
            draft = replace(row, seq=n, prev_hash=load_head(store)[1], hash="")
            append_sealed(store, [replace(draft, hash=draft.computed_hash())])
        assert load_targets(store, "me") == {MORNING}
        assert load_targets(store, "other") == set()


def test_the_forecasts_of_some_forecasters_are_those_among_all(home: Home) -> None:
    """In order, from the rows of the old format as from the entries."""
    made = ("naive", "ses", "agent", "naive")
    with open_store(home, write=True) as store:
        store.connection.execute("DROP TRIGGER ledger_v1_closed")
        for n, source in enumerate(made, 1):
            forecast = replace(ROW.forecast, source=source, target=MORNING + n * DAY)
            is_old = n <= 2
            draft = replace(
                ROW,
                seq=n,
                v=1 if is_old else ROW.v,
                salt="" if is_old else ROW.salt,
                forecast=forecast,
                prev_hash=load_head(store)[1],
                hash="",
            )
            row = replace(draft, hash=draft.computed_hash())
            if is_old:
                store.write_rows("INSERT INTO ledger_v1 VALUES {rows}", [(*row.stored(), row.hash)])
            else:
                append_sealed(store, [row])
        everything = load_sealed(store, "me")
        assert [row.v for row in everything] == [1, 1, 2, 2]
        for sources in (("naive",), ("agent", "ses"), ("guess",), made):
            of_them = load_sealed(store, "me", sources=sources)
            assert of_them == [row for row in everything if row.forecast.source in sources]


def test_one_subject_is_loaded_by_the_index(home: Home) -> None:
    """The rows of all other subjects stay unread: time does not grow with their number."""
    with open_store(home, write=True) as store:
        append_sealed(store, [ROW])
        seen: list[str] = []
        store.connection.set_trace_callback(seen.append)
        assert load_sealed(store, "me") == [ROW]
        store.connection.set_trace_callback(None)
        query = seen[-1]
        plan = store.connection.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
    assert any("USING INDEX entries_by_target" in row["detail"] for row in plan)


@settings(max_examples=25)
@given(
    mean=st.floats(1, 400),
    quantiles=st.dictionaries(st.sampled_from(LEVELS), st.floats(1, 400)),
    horizon=st.integers(1, 14),
)
def test_every_number_round_trips_exactly(
    tmp_path_factory: pytest.TempPathFactory,
    mean: float,
    quantiles: dict[float, float],
    horizon: int,
) -> None:
    """What was hashed is what is read: not one bit of a number is lost."""
    forecast = replace(ROW.forecast, mean_ms=mean, quantiles_ms=quantiles, horizon_days=horizon)
    row = replace(ROW, forecast=forecast)
    with open_store(Home(tmp_path_factory.mktemp("home")), write=True) as store:
        append_sealed(store, [row])
        assert load_sealed(store)[0].entry() == row.entry()
        assert load_chain(store) == [row.entry().stored()]


@pytest.mark.parametrize("table", ["entries", "outcomes", "guesses"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET rowid = 9", "DELETE FROM {}"])
def test_record_refuses_to_be_changed(home: Home, table: str, verb: str) -> None:
    """SQL itself keeps sealed rows, outcomes and guesses as they are."""
    with open_store(home, write=True) as store:
        append_sealed(store, [ROW])
        append_outcomes(store, "me", [OUTCOME])
        save_guess(store, "me", Guess(target=MORNING, hrv_ms=60, made_at=EVENING))
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            store.connection.execute(verb.format(table))


@pytest.mark.parametrize(
    "late",
    [
        replace(ROW, created_at=EVENING + timedelta(hours=12, minutes=30)),
        replace(ROW, as_of=MORNING),
        replace(ROW, forecast=replace(ROW.forecast, horizon_days=0)),
        replace(ROW, forecast=replace(ROW.forecast, target=EVENING.date())),
    ],
    ids=["at noon", "knows the morning", "no horizon", "for a day that began"],
)
def test_seal_is_refused_once_the_morning_has_begun(home: Home, late: SealedForecast) -> None:
    """By the person's own calendar, in SQL itself, whatever the code above believes."""
    with open_store(home, write=True) as store:
        with pytest.raises(SealRefused, match="was not sealed"), store.transaction():
            append_sealed(store, [late])
        assert (load_sealed(store), load_head(store)) == ([], (0, NO_HASH))


def test_seal_is_refused_when_the_outcome_was_measured(home: Home) -> None:
    """Once the device has spoken of the morning nothing can be forecast any more."""
    with open_store(home, write=True) as store:
        measure(store, metric=Metric.HRV_RMSSD_MS, source="whoop")
        with pytest.raises(SealRefused, match="outcome is already known"):
            append_sealed(store, [ROW])


def test_seal_is_refused_when_the_outcome_was_entered_by_hand(home: Home) -> None:
    """A value given with `reconcile --actual` is known as well."""
    with open_store(home, write=True) as store:
        append_outcomes(store, "me", [replace(OUTCOME, origin="manual", reason="read it")])
        with pytest.raises(SealRefused, match="outcome is already known"):
            append_sealed(store, [ROW])


def test_another_device_does_not_close_the_morning(home: Home) -> None:
    """Only the metric and the source that will be scored count."""
    with open_store(home, write=True) as store:
        measure(store, metric=Metric.HRV_RMSSD_MS, source="table")
        measure(store, metric=Metric.RESTING_HR_BPM, source="whoop")
        append_sealed(store, [ROW])
        assert load_head(store)[0] == 1


def test_two_rows_cannot_have_one_place(home: Home) -> None:
    """A second row with a place or a hash that is taken is refused."""
    with open_store(home, write=True) as store:
        append_sealed(store, [ROW])
        for twin in (replace(ROW, salt="other"), ROW):
            with pytest.raises(SealRefused):
                append_sealed(store, [twin])


def test_guess_is_locked_at_noon_at_the_latest(home: Home) -> None:
    """SQL refuses what no setting allows, by the person's own clock."""
    kept = Guess(target=MORNING, hrv_ms=60.5, made_at=EVENING)
    late = replace(kept, made_at=EVENING + timedelta(hours=12, minutes=30))
    with open_store(home, write=True) as store:
        save_guess(store, "me", kept)
        with pytest.raises(SealRefused, match="its morning has begun"):
            save_guess(store, "me", late)
        assert load_guesses(store, "me") == [kept]


def test_outcomes_are_only_revised(home: Home) -> None:
    """Every revision stays, in order; the same revision cannot be written twice."""
    corrected = replace(OUTCOME, revision=2, value_ms=63.0, origin="manual", reason="slipped")
    with open_store(home, write=True) as store:
        append_outcomes(store, "me", [OUTCOME])
        append_outcomes(store, "me", [corrected])
        assert load_outcomes(store, "me") == [OUTCOME, corrected]
        with pytest.raises(sqlite3.IntegrityError):
            append_outcomes(store, "me", [replace(corrected, value_ms=70.0)])


def test_damaged_text_is_read_and_not_tripped_over(home: Home) -> None:
    """Bytes that are no text any more reach the one who verifies."""
    with open_store(home, write=True) as store:
        append_sealed(store, [ROW])
        store.connection.execute("DROP TRIGGER entries_no_update")
        store.connection.execute("UPDATE entries SET payload = CAST(x'7b2261223a22ff227d' AS TEXT)")
        assert load_chain(store)[0][1] == '{"a":"\udcff"}'


def test_payload_can_be_erased_and_nothing_else(home: Home) -> None:
    """Its hash stays; a forecast that was erased is not loaded, and cannot come back."""
    with open_store(home, write=True) as store:
        append_sealed(store, [ROW])
        store.connection.execute("UPDATE entries SET salt = NULL, payload = NULL WHERE seq = 1")
        assert (load_sealed(store), load_head(store)) == ([], (1, ROW.hash))
        assert load_chain(store) == [(None, None, *ROW.entry().header, ROW.hash)]
        for change in ("payload = '{}', salt = 'x'", "payload = NULL, created_at = ''"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                store.connection.execute(f"UPDATE entries SET {change}")  # noqa: S608
