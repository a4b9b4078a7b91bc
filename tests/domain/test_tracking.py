"""The ledger's rules: before the morning, one chain, the last row counts."""

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrvctl.domain import tracking
from hrvctl.domain.series import NAN, History
from hrvctl.errors import SealRefused
from hrvctl.records import NO_HASH, Forecast, Metric, Outcome

ZONE = timezone(timedelta(hours=13))
EVENING = datetime(2026, 3, 10, 21, 0, tzinfo=ZONE)
TOMORROW = date(2026, 3, 11)
EMPTY = (0, NO_HASH)


def forecast(source="naive", mean_ms=60.0, target=TOMORROW, **quantiles):
    return Forecast(
        target=target,
        horizon_days=1,
        source=source,
        mean_ms=mean_ms,
        quantiles_ms=quantiles or {0.1: mean_ms - 9, 0.5: mean_ms, 0.9: mean_ms + 9},
    )


def occasion(at=EVENING):
    return tracking.SealContext(
        subject="me",
        metric=Metric.HRV_RMSSD_MS,
        measured_by="whoop",
        as_of=at.date(),
        sealed_at=at,
        run_id="run",
    )


def chain_of(rows):
    return [(*row.stored(), row.hash) for row in rows]


def head_of(rows):
    return (len(rows), rows[-1].hash) if rows else EMPTY


def sealed_one_by_one(means):
    rows = []
    for i, mean_ms in enumerate(means):
        rows += tracking.seal(
            [(forecast(mean_ms=mean_ms), f"inputs {i}")],
            occasion(),
            head=head_of(rows),
            sealed=rows,
        )
    return rows


@given(st.lists(st.floats(1, 400), max_size=12))
def test_a_chain_as_it_was_sealed_verifies(means):
    """Whatever was sealed, in whatever number, the chain is whole."""
    rows = sealed_one_by_one(means)
    assert tracking.verify(chain_of(rows), head_of(rows)) == ()


@given(st.data())
def test_any_change_to_a_row_is_found(data):
    """Change one column of one row in any way: verifying names a fault."""
    rows = sealed_one_by_one([50.0, 60.0, 70.0, 80.0])
    chain = [list(row) for row in chain_of(rows)]
    row = data.draw(st.integers(0, 3))
    column = data.draw(st.integers(0, len(chain[0]) - 1))
    before = chain[row][column]
    kind = st.text() if isinstance(before, str) else st.floats() | st.integers()
    chain[row][column] = data.draw(kind.filter(lambda new: repr(new) != repr(before)))
    assert tracking.verify(chain, head_of(rows))


@pytest.mark.parametrize("gone", range(4))
def test_a_removed_row_is_found(gone):
    """Take any row out, the last one included: verifying names a fault."""
    rows = sealed_one_by_one([50.0, 60.0, 70.0, 80.0])
    chain = chain_of(rows)
    del chain[gone]
    assert tracking.verify(chain, head_of(rows))


def test_a_row_that_was_added_behind_the_back_is_found():
    """A well-made row that hrvctl did not note as its last one does not pass."""
    rows = sealed_one_by_one([50.0, 60.0])
    more = [
        *rows,
        *tracking.seal([(forecast("agent"), "x")], occasion(), head=head_of(rows), sealed=rows),
    ]
    assert tracking.verify(chain_of(more), head_of(rows))


def test_the_same_inputs_twice_add_no_row():
    """A second run on the same evening with the same data seals nothing."""
    first = tracking.seal([(forecast(), "a")], occasion(), head=EMPTY, sealed=[])
    again = tracking.seal([(forecast(), "a")], occasion(), head=head_of(first), sealed=first)
    assert len(first) == 1
    assert again == ()


def test_inputs_that_come_back_are_sealed_again():
    """Guess 60, then 65, then 60 again: three rows, and the last one counts."""
    rows = []
    for inputs, mean_ms in (("60", 60.0), ("65", 65.0), ("60", 60.0)):
        rows += tracking.seal(
            [(forecast("guess", mean_ms), inputs)], occasion(), head=head_of(rows), sealed=rows
        )
    assert [row.forecast.mean_ms for row in rows] == [60.0, 65.0, 60.0]
    assert tracking.counting(rows)["me", TOMORROW, "guess"] is rows[-1]


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 3, 11, 0, 0, tzinfo=ZONE),
        datetime(2026, 3, 11, 7, 0, tzinfo=ZONE),
        datetime(2026, 3, 12, 7, 0, tzinfo=ZONE),
    ],
)
def test_a_morning_that_has_begun_is_refused(at):
    """From midnight, on the person's own clock, nothing can be said in advance any more."""
    with pytest.raises(SealRefused, match="2026-03-11 has begun"):
        tracking.seal([(forecast(), "a")], occasion(at), head=EMPTY, sealed=[])


def test_a_minute_before_midnight_is_in_time():
    """The date is the person's own: in UTC+13 it is still the tenth although UTC agrees too."""
    late = datetime(2026, 3, 10, 23, 59, tzinfo=ZONE)
    assert tracking.seal([(forecast(), "a")], occasion(late), head=EMPTY, sealed=[])


HISTORY = History(
    first=date(2026, 3, 1),
    metric=Metric.HRV_RMSSD_MS,
    measured_by="whoop",
    hrv=(60.0, NAN, 62.0),
    measured={Metric.STRAIN: (10.0, NAN, 12.5)},
    journal={"alcohol": (1.0, NAN, 0.0)},
)


@pytest.mark.parametrize(
    "other",
    [
        replace(HISTORY, hrv=(60.0, NAN, 63.0)),
        replace(HISTORY, hrv=(60.0, 0.0, 62.0)),
        replace(HISTORY, first=date(2026, 3, 2)),
        replace(HISTORY, measured_by="oura"),
        replace(HISTORY, metric=Metric.HRV_SDNN_MS),
        replace(HISTORY, measured={Metric.STRAIN: (10.0, NAN, 12.4)}),
        replace(HISTORY, measured={}),
        replace(HISTORY, journal={"alcohol": (1.0, NAN, NAN)}),
    ],
)
def test_the_fingerprint_sees_every_input(other):
    """Any other night, measurement or answer gives another fingerprint; the same gives the same."""
    assert tracking.fingerprint(HISTORY) == tracking.fingerprint(replace(HISTORY))
    assert tracking.fingerprint(HISTORY) != tracking.fingerprint(other)
    assert tracking.fingerprint(HISTORY, model="a") != tracking.fingerprint(HISTORY, model="b")


def outcome(value_ms, revision):
    return Outcome(
        day=TOMORROW,
        metric=Metric.HRV_RMSSD_MS,
        measured_by="whoop",
        revision=revision,
        value_ms=value_ms,
        recorded_at=EVENING,
        origin="import",
        reason="",
    )


def test_the_registry_scores_the_newest_and_shows_the_first_seen():
    """A corrected outcome: the error is against the correction, the first value stays in sight."""
    rows = sealed_one_by_one([60.0])
    (row,) = tracking.registry(rows, [outcome(63.0, 2), outcome(50.0, 1)])
    named = dict(zip(tracking.REGISTRY_COLUMNS, row, strict=True))
    assert named["first_seen_ms"] == 50.0
    assert named["actual_ms"] == 63.0
    assert named["error_ms"] == -3.0
    assert named["p10_ms"] == 51.0
    assert named["p2_5_ms"] is None


def test_the_registry_says_which_row_counts():
    """Every sealed row is published; only the last one for its morning counts."""
    rows = sealed_one_by_one([60.0, 61.0])
    named = [
        dict(zip(tracking.REGISTRY_COLUMNS, row, strict=True))
        for row in tracking.registry(rows, [])
    ]
    assert [row["counts"] for row in named] == ["no", "yes"]
    assert [row["error_ms"] for row in named] == [None, None]
