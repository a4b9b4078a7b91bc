"""Mornings nobody can have forecast: named, and never made up for."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hrvctl.domain.tracking import missed_mornings

FIRST = date(2026, 3, 2)
DAY = timedelta(days=1)
OFFSETS = st.sets(st.integers(0, 40))


@given(sealed=OFFSETS, ran=OFFSETS, until=st.integers(-3, 45))
def test_a_morning_is_forecast_or_had_a_run_or_is_missed(
    sealed: set[int], ran: set[int], until: int
) -> None:
    """Exactly one of the three for every morning from the first one forecast on."""
    last = FIRST + until * DAY
    forecast_for = {FIRST + n * DAY for n in sealed}
    evenings = {FIRST + (n - 1) * DAY for n in ran}
    missed = missed_mornings(forecast_for, evenings, until=last)
    begun = range(min(sealed), until + 1) if sealed else ()
    assert missed == tuple(FIRST + n * DAY for n in begun if n not in sealed and n not in ran)
