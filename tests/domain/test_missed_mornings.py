"""Mornings nobody can have forecast: named, and never made up for."""

from datetime import date, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from hrvctl.domain.tracking import missed_mornings
from hrvctl.records import Forecast, Metric, SealedForecast

FIRST = date(2026, 3, 2)
DAY = timedelta(days=1)
OFFSETS = st.sets(st.integers(0, 40))


def row(target: date, source: str = "ses") -> SealedForecast:
    """A sealed forecast of a morning."""
    forecast = Forecast(target=target, horizon_days=1, source=source, mean_ms=60.0)
    return SealedForecast(
        seq=1,
        subject="me",
        forecast=forecast,
        metric=Metric.HRV_RMSSD_MS,
        measured_by="whoop",
        as_of=target - DAY,
        created_at=datetime(2026, 3, 1, 21, tzinfo=timezone(timedelta(hours=1))),
        run_id="run",
        inputs_sha256="0" * 64,
        prev_hash="0" * 64,
    )


@given(sealed=OFFSETS, ran=OFFSETS, until=st.integers(-3, 45))
def test_a_morning_is_forecast_or_had_a_run_or_is_missed(
    sealed: set[int], ran: set[int], until: int
) -> None:
    """Exactly one of the three for every morning from the first one forecast on."""
    last = FIRST + until * DAY
    rows = [row(FIRST + n * DAY) for n in sealed]
    evenings = {FIRST + (n - 1) * DAY for n in ran}
    missed = missed_mornings(rows, evenings, until=last)
    begun = range(min(sealed), until + 1) if sealed else ()
    assert missed == tuple(FIRST + n * DAY for n in begun if n not in sealed and n not in ran)


def test_a_guess_alone_is_no_run() -> None:
    """Said by hand, it leaves the morning without a forecast; and nothing begins with it."""
    guessed = [row(FIRST, "guess"), row(FIRST + DAY), row(FIRST + 2 * DAY, "guess")]
    assert missed_mornings(guessed, set(), until=FIRST + 2 * DAY) == (FIRST + 2 * DAY,)
