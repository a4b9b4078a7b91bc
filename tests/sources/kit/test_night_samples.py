"""Samples inside nights: which sleep is one, and which source writes a value a day."""

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import pytest

from hrvctl.sources.kit.main_sleep import SleepPeriod
from hrvctl.sources.kit.night_samples import mean_by_night, writes_one_a_day

DAY = date(2025, 5, 4)
START = datetime(2025, 5, 4, 1, tzinfo=UTC)


class Sample(NamedTuple):
    """A value and its instant."""

    at: datetime
    value: float


@pytest.mark.parametrize(("minutes", "n"), [(179, 0), (180, 1)])
def test_a_sleep_shorter_than_three_hours_is_no_night(minutes: int, n: int) -> None:
    """Its samples are outside every night."""
    end = START + timedelta(minutes=minutes)
    nights = {DAY: SleepPeriod(day=DAY, asleep_min=minutes, start_at=START, end_at=end)}
    means, outside = mean_by_night([Sample(START + timedelta(hours=1), 40)], nights)
    assert (len(means), len(outside)) == (n, 1 - n)


def test_one_value_a_day_is_known_from_two_days_on() -> None:
    """A second value on any date shows a device that makes several."""
    days = [DAY + timedelta(days=n) for n in range(3)]
    assert writes_one_a_day(days)
    assert not writes_one_a_day(days[:1])
    assert not writes_one_a_day([*days, DAY])
