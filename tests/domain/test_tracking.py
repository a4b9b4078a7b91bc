"""The ledger's rules: before the morning, one chain, the last row counts."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrvctl.domain import tracking
from hrvctl.domain.series import NAN, History
from hrvctl.errors import SealRefused
from hrvctl.records import NO_HASH, Forecast, Measurement, Metric, Outcome, day_at
from hrvctl.records.chain import Kind, make_entry

ZONE = timezone(timedelta(hours=13))
EVENING = datetime(2026, 3, 10, 21, 0, tzinfo=ZONE)
TOMORROW = date(2026, 3, 11)
EMPTY = (0, NO_HASH)
FOUR = time(4)


def forecast(source="naive", mean_ms=60.0, target=TOMORROW, **quantiles):
    return Forecast(
        target=target,
        horizon_days=1,
        source=source,
        mean_ms=mean_ms,
        quantiles_ms=quantiles or {0.1: mean_ms - 9, 0.5: mean_ms, 0.9: mean_ms + 9},
    )


def occasion(at=EVENING, day_starts_at=FOUR):
    return tracking.SealContext(
        subject="me",
        metric=Metric.HRV_RMSSD_MS,
        measured_by="whoop",
        as_of=day_at(at, day_starts_at),
        sealed_at=at,
        day_starts_at=day_starts_at,
        new_salt=lambda: "salt",
        run_id="run",
    )


def chain_of(rows):
    return [row.entry().stored() for row in rows]


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
    assert list(tracking.counting(rows, {}).values()) == rows[-1:]


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 3, 11, 4, 0, tzinfo=ZONE),
        datetime(2026, 3, 11, 7, 0, tzinfo=ZONE),
        datetime(2026, 3, 12, 7, 0, tzinfo=ZONE),
    ],
)
def test_a_morning_that_has_begun_is_refused(at):
    """From four o'clock on the person's own clock nothing can be forecast any more."""
    with pytest.raises(SealRefused, match="2026-03-11 has begun"):
        tracking.seal([(forecast(), "a")], occasion(at), head=EMPTY, sealed=[])


def test_a_minute_before_the_morning_is_in_time():
    """Until the hour set, by the person's own clock; midnight where that was set."""
    late = datetime(2026, 3, 11, 3, 59, tzinfo=ZONE)
    assert tracking.seal([(forecast(), "a")], occasion(late), head=EMPTY, sealed=[])
    with pytest.raises(SealRefused) as caught:
        tracking.seal([(forecast(), "a")], occasion(late, time(0)), head=EMPTY, sealed=[])
    assert "until 00:00 of it" in caught.value.hint


# Zones with half hours, with changes at midnight, over half an hour or two, and on the date line.
ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "America/Havana",
    "America/Santiago",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
]
zones = st.sampled_from(ZONES).map(ZoneInfo)
# Seconds from 2012 to 2035.
instants = st.integers(1_325_500_000, 2_082_000_000).map(lambda s: datetime.fromtimestamp(s, UTC))
starts = st.times(max_value=time(11, 59))


@given(instant=instants, hours=st.floats(0, 30), zone=zones, day_starts_at=starts)
def test_days_follow_each_other_in_every_zone(instant, hours, zone, day_starts_at):
    """Over every change of the clocks: no day comes twice, and each is that date or the next."""
    later = instant + timedelta(hours=hours)
    here, there = instant.astimezone(zone), later.astimezone(zone)
    assert day_at(here, day_starts_at) <= day_at(there, day_starts_at)
    assert (here.date() - day_at(here, day_starts_at)).days in (0, 1)
    assert day_at(here, time(0)) == here.date()


@pytest.mark.parametrize(
    ("instant", "zone", "day"),
    [
        # Clocks go from two to three: half past two never comes, and three is past it.
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "Europe/Berlin", 28),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "Europe/Berlin", 29),
        # From three back to two: half past two comes twice, and the first one begins the day.
        (datetime(2026, 10, 25, 0, 29, tzinfo=UTC), "Europe/Berlin", 24),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Europe/Berlin", 25),
        (datetime(2026, 10, 25, 1, 10, tzinfo=UTC), "Europe/Berlin", 25),
    ],
)
def test_change_of_the_clocks_over_the_start_of_a_day(instant, zone, day):
    """A day that starts at half past two, on the nights of both changes."""
    assert day_at(instant.astimezone(ZoneInfo(zone)), time(2, 30)).day == day


@given(instant=instants, zone=zones, day_starts_at=starts, ahead=st.integers(0, 2))
def test_rows_are_sealed_until_their_morning_in_every_zone(instant, zone, day_starts_at, ahead):
    """Refused from the start of the target's day on; what is sealed is before its noon."""
    now = instant.astimezone(zone)
    target = now.date() + timedelta(days=ahead)
    made = [(forecast(target=target), "a")]
    if day_at(now, day_starts_at) < target:
        (row,) = tracking.seal(made, occasion(now, day_starts_at), head=EMPTY, sealed=[])
        assert row.as_of < target
        assert row.created_at.isoformat() < f"{target}T12:00"
    else:
        with pytest.raises(SealRefused):
            tracking.seal(made, occasion(now, day_starts_at), head=EMPTY, sealed=[])


def night(start, end):
    """The night of the morning forecast; times in a zone the person travelled to."""
    there = timezone(timedelta(hours=-10))
    times = [at and at.astimezone(there) for at in (start, end)]
    return Measurement(TOMORROW, Metric.HRV_RMSSD_MS, 60.0, "whoop", *times)


@pytest.mark.parametrize(
    ("source", "slept", "late", "counts"),
    [
        ("ses", (1, 9), "", True),
        ("ses", (-1, 9), "asleep", True),
        ("agent", (-1, 9), "asleep", True),
        ("ses", (-9, -1), "awake", False),
        ("guess", (1, 9), "", True),
        ("guess", (-1, 9), "asleep", False),
        ("guess", (-9, -1), "awake", False),
    ],
)
def test_row_sealed_late_is_marked_or_does_not_count(source, slept, late, counts):
    """By the instants at which the night began and ended, hours from the seal."""
    rows = tracking.seal([(forecast(source), "a")], occasion(), head=EMPTY, sealed=[])
    nights = {rows[0].morning: night(*(EVENING + timedelta(hours=h) for h in slept))}
    assert tracking.lateness(rows[0], nights) == late
    assert list(tracking.counting(rows, nights).values()) == (list(rows) if counts else [])
    (published,) = tracking.registry(rows, [], nights)
    named = dict(zip(tracking.REGISTRY_COLUMNS, published, strict=True))
    assert (named["counts"], named["sealed_late"]) == ("yes" if counts else "no", late)


def test_row_sealed_in_time_counts_if_a_later_one_came_too_late():
    """The last one in time is *the* forecast."""
    rows = sealed_one_by_one([60.0])
    rows += tracking.seal(
        [(forecast(mean_ms=70.0), "b")],
        occasion(EVENING + timedelta(hours=6)),
        head=head_of(rows),
        sealed=rows,
    )
    nights = {rows[0].morning: night(EVENING + timedelta(hours=1), EVENING + timedelta(hours=5))}
    assert list(tracking.counting(rows, nights).values()) == rows[:1]


def test_without_times_of_the_sleep_the_start_of_the_day_decides():
    """A source that has no times: whatever was sealed counts."""
    rows = sealed_one_by_one([60.0, 61.0])
    nights = {rows[0].morning: night(None, None)}
    assert list(tracking.counting(rows, nights).values()) == rows[1:]


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


def test_a_vital_sign_sealed_after_its_night_does_not_count():
    """Only HRV has the times of the night: they are those of every value of it."""
    bpm = replace(occasion(), metric=Metric.RESTING_HR_BPM)
    (row,) = tracking.seal([(forecast(), "a")], bpm, head=EMPTY, sealed=[])
    slept = night(EVENING - timedelta(hours=9), EVENING - timedelta(hours=1))
    nights = {(TOMORROW, Metric.HRV_RMSSD_MS, "whoop"): slept}
    assert tracking.lateness(row, nights) == "awake"
    assert tracking.counting([row], nights) == {}


def test_the_registry_has_the_week_ahead_and_the_vital_signs_in_their_units():
    """Of HRV first; each with the outcome of its own metric."""
    early = replace(occasion(), as_of=TOMORROW - timedelta(days=3))
    bpm = replace(occasion(), metric=Metric.RESTING_HR_BPM)
    rows = tracking.seal([(forecast(mean_ms=55.0), "a")], bpm, head=EMPTY, sealed=[])
    rows += tracking.seal([(forecast(), "a")], early, head=head_of(rows), sealed=rows)
    resting = replace(outcome(54.0, 1), metric=Metric.RESTING_HR_BPM)
    named = [
        dict(zip(tracking.REGISTRY_COLUMNS, row, strict=True))
        for row in tracking.registry(rows, [outcome(63.0, 1), resting], {})
    ]
    shown = [(row["metric"], row["unit"], row["lead"], row["actual"]) for row in named]
    assert shown == [("hrv_rmssd_ms", "ms", 3, 63.0), ("resting_hr_bpm", "bpm", 1, 54.0)]


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
    (row,) = tracking.registry(rows, [outcome(63.0, 2), outcome(50.0, 1)], {})
    named = dict(zip(tracking.REGISTRY_COLUMNS, row, strict=True))
    assert named["first_seen"] == 50.0
    assert named["actual"] == 63.0
    assert named["error"] == -3.0
    assert named["p10"] == 51.0
    assert named["p2_5"] is None


def test_the_registry_says_which_row_counts():
    """Every sealed row is published; only the last one for its morning counts."""
    rows = sealed_one_by_one([60.0, 61.0])
    named = [
        dict(zip(tracking.REGISTRY_COLUMNS, row, strict=True))
        for row in tracking.registry(rows, [], {})
    ]
    assert [row["counts"] for row in named] == ["no", "yes"]
    assert [row["error"] for row in named] == [None, None]


def test_leads_and_metrics_are_sealed_side_by_side():
    """None replaces another; *the* forecast is that of HRV on the evening before."""
    bpm = replace(occasion(), metric=Metric.RESTING_HR_BPM)
    rows = tracking.seal([(forecast(), "a")], occasion(), head=EMPTY, sealed=[])
    rows += tracking.seal([(forecast(), "a")], bpm, head=head_of(rows), sealed=rows)
    early = replace(occasion(), as_of=TOMORROW - timedelta(days=3))
    rows += tracking.seal([(forecast(), "b")], early, head=head_of(rows), sealed=rows)
    assert [(row.lead, row.metric.unit) for row in rows] == [(1, "ms"), (1, "bpm"), (3, "ms")]
    assert list(tracking.counting(rows, {}).values()) == list(rows)
    assert [row.is_of_tomorrow for row in rows] == [True, False, False]
    assert tracking.verify(chain_of(rows), head_of(rows)) == ()


def old_rows(means):
    """Rows of the format before, as they were chained."""
    rows, last_hash = [], NO_HASH
    for row in sealed_one_by_one(means):
        draft = replace(row, v=1, salt="", prev_hash=last_hash)
        last_hash = draft.computed_hash()
        rows.append(replace(draft, hash=last_hash))
    return rows


def test_chain_runs_on_over_rows_of_the_format_before():
    """Both are verified, and a change in either is found."""
    rows = old_rows([50.0, 60.0])
    rows += tracking.seal([(forecast(), "new")], occasion(), head=head_of(rows), sealed=rows)
    chain = [(*row.stored(), row.hash) for row in rows[:2]] + chain_of(rows[2:])
    assert tracking.verify(chain, head_of(rows)) == ()
    changed = [list(row) for row in chain]
    changed[0][7] += 0.001
    assert tracking.verify(changed, head_of(rows)) == ("row 1: changed after it was sealed",)
    changed = [list(row) for row in chain]
    changed[2][1] = changed[2][1].replace("60.0", "60.1")
    assert tracking.verify(changed, head_of(rows)) == (
        "row 3: its content was changed after it was sealed",
    )


@given(st.lists(st.floats(20, 200), min_size=2, max_size=6), st.data())
def test_end_of_a_chain_verifies_after_the_row_before(means, data):
    """From any row on; a change before it is not seen, one after it is."""
    chain = chain_of(rows := sealed_one_by_one(means))
    n = data.draw(st.integers(1, len(rows) - 1))
    after = n, rows[n - 1].hash
    assert tracking.verify(chain[n:], head_of(rows), after=after) == ()
    assert tracking.verify(chain[n:], head_of(rows), after=(n, NO_HASH))
    changed = [*chain[-1][:1], "{}", *chain[-1][2:]]
    assert tracking.verify([*chain[n:-1], changed], head_of(rows), after=after)


def test_erased_row_needs_a_receipt():
    """Without salt and payload the chain is whole, if a receipt names the row."""
    rows = sealed_one_by_one([50.0, 60.0])
    chain = [list(row) for row in chain_of(rows)]
    chain[0][:2] = None, None
    assert tracking.verify(chain, head_of(rows)) == (
        "row 1: its content is gone without a receipt",
    )
    receipt = make_entry(
        Kind.RECEIPT,
        {"erased": [1], "reason": "asked"},
        seq=3,
        created_at=EVENING.isoformat(),
        prev_hash=rows[-1].hash,
        salt="salt",
    )
    assert tracking.verify([*chain, receipt.stored()], (3, receipt.hash)) == ()
