"""What came true beside what was said, and every correction of it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrvctl.domain import reconcile
from hrvctl.errors import DataError
from hrvctl.records import Forecast, Measurement, Metric, SealedForecast

DAY = date(2026, 3, 10)
NOW = datetime(2026, 3, 10, 21, tzinfo=UTC)
MORNING = (DAY, Metric.HRV_RMSSD_MS, "whoop")


def measured(value, day=DAY):
    return Measurement(day=day, metric=Metric.HRV_RMSSD_MS, value=value, source="whoop")


def sealed(mean_ms, *, source="agent", day=DAY, width=None):
    quantiles = (
        {}
        if width is None
        else {
            0.025: mean_ms - 2 * width,
            0.1: mean_ms - width,
            0.5: mean_ms,
            0.9: mean_ms + width,
            0.975: mean_ms + 2 * width,
        }
    )
    return SealedForecast(
        seq=1,
        subject="me",
        forecast=Forecast(
            target=day, horizon_days=1, source=source, mean_ms=mean_ms, quantiles_ms=quantiles
        ),
        metric=Metric.HRV_RMSSD_MS,
        measured_by="whoop",
        as_of=day - timedelta(days=1),
        created_at=NOW - timedelta(days=1),
        run_id="run",
        inputs_sha256="x",
        prev_hash="y",
    )


def revise(values):
    """The vendor says one value after another."""
    outcomes = []
    for value in values:
        outcomes += reconcile.new_outcomes([MORNING], {MORNING: measured(value)}, outcomes, at=NOW)
    return outcomes


def correct(outcomes=(), *, reason="slipped"):
    """The person says 63 of a morning that was measured as 48."""
    return reconcile.correction(
        MORNING,
        63.0,
        reason,
        imported={MORNING: measured(48)},
        outcomes=outcomes,
        at=NOW,
        today=NOW.date(),
    )


@given(st.lists(st.integers(20, 120), min_size=1, max_size=8))
def test_an_outcome_is_added_only_when_the_vendor_says_something_new(values):
    """Importing the same value again adds no revision; each change adds exactly one."""
    changes = [v for i, v in enumerate(values) if i == 0 or v != values[i - 1]]
    outcomes = revise(values)
    assert [o.value_ms for o in outcomes] == changes
    assert [o.revision for o in outcomes] == list(range(1, len(changes) + 1))


def test_a_correction_keeps_what_was_measured():
    """A person's correction becomes a second revision, even when none was recorded before."""
    outcomes = correct(reason="sensor slipped")
    assert [(o.value_ms, o.origin, o.reason) for o in outcomes] == [
        (48, "import", ""),
        (63.0, "manual", "sensor slipped"),
    ]


def test_the_same_export_again_does_not_undo_a_correction():
    """The vendor repeating itself is no news; the correction stays the newest."""
    outcomes = correct()
    again = reconcile.new_outcomes([MORNING], {MORNING: measured(48)}, outcomes, at=NOW)
    rescored = reconcile.new_outcomes([MORNING], {MORNING: measured(50)}, outcomes, at=NOW)
    assert again == []
    assert [(o.revision, o.value_ms) for o in rescored] == [(3, 50)]


def test_the_same_correction_twice_is_one():
    """Saying the same again adds nothing."""
    outcomes = correct()
    assert not correct(outcomes)


@pytest.mark.parametrize(
    ("actual", "reason", "day", "says"),
    [
        (0.0, "x", DAY, "cannot be"),
        (5000.0, "x", DAY, "cannot be"),
        (60.0, "  ", DAY, "needs a reason"),
        (60.0, "x", DAY + timedelta(days=1), "has not come yet"),
    ],
)
def test_a_correction_that_cannot_be_is_refused(actual, reason, day, says):
    """An impossible value, no reason, a morning to come: each is refused with its own words."""
    with pytest.raises(DataError, match=says):
        reconcile.correction(
            (day, *MORNING[1:]), actual, reason, imported={}, outcomes=[], at=NOW, today=NOW.date()
        )


def test_scores_use_the_newest_and_show_the_first_seen():
    """Error before and after the correction stand side by side."""
    outcomes = correct()
    done = reconcile.reconcile([sealed(60.0, width=5)], outcomes, first=DAY, last=DAY, today=DAY)
    (row,) = done.rows
    assert (row.first_seen_ms, row.actual_ms, row.n_revisions) == (48, 63.0, 2)
    assert (row.error_first_seen_ms, row.error_ms) == (12.0, -3.0)
    assert row.inside_80 is True
    assert done.records[0].mae_ms == 3.0


def test_records_count_every_morning_whatever_was_asked():
    """Asking about one morning lists one; the record is that of all."""
    days = [DAY - timedelta(days=i) for i in range(5)]
    outcomes = []
    for day in days:
        morning = (day, *MORNING[1:])
        outcomes += reconcile.new_outcomes([morning], {morning: measured(60, day)}, [], at=NOW)
    rows = [sealed(60.0 + i, day=day, width=2) for i, day in enumerate(days)]
    done = reconcile.reconcile(rows, outcomes, first=DAY, last=DAY, today=DAY)
    (record,) = done.records
    assert [row.target for row in done.rows] == [DAY]
    assert (record.n, record.mae_ms, record.bias_ms) == (5, 2.0, 2.0)
    assert (record.coverage_80.inside, record.coverage_80.n) == (3, 5)
    assert (record.coverage_95.inside, record.coverage_95.n) == (5, 5)


def test_a_morning_without_a_night_waits_and_says_so():
    """Nothing is scored on a missing night, and a morning to come does not wait."""
    rows = [sealed(60.0), sealed(60.0, day=DAY + timedelta(days=1))]
    done = reconcile.reconcile(rows, [], first=DAY, last=DAY + timedelta(days=1), today=DAY)
    assert done.rows == ()
    assert dict(done.waiting) == {"2026-03-10": "no night from whoop for 2026-03-10 yet"}


def test_another_device_is_not_the_outcome():
    """A forecast of one device's HRV is never scored on another device's."""
    other = measured(60)._replace(source="oura")
    outcomes = reconcile.new_outcomes(
        [(DAY, Metric.HRV_RMSSD_MS, "oura")],
        {(DAY, Metric.HRV_RMSSD_MS, "oura"): other},
        [],
        at=NOW,
    )
    done = reconcile.reconcile([sealed(60.0)], outcomes, first=DAY, last=DAY, today=DAY)
    assert done.rows == ()


def test_a_forecast_without_an_interval_has_no_coverage():
    """A guess states no interval: no inside, no outside, no pinball."""
    outcomes = revise([60])
    done = reconcile.reconcile(
        [sealed(60.0, source="guess")], outcomes, first=DAY, last=DAY, today=DAY
    )
    assert done.rows[0].inside_80 is None
    assert done.records[0].coverage_80 is None
    assert done.records[0].pinball_ms is None
