"""`hrvctl status`: the week, the range and the light at a glance."""

import math
import statistics
from datetime import timedelta

from conftest import TODAY


def test_the_week_is_that_of_the_seven_days_before_today(tmp_path, hrvctl):
    """Mean, HRV-CV and trends stand beside the range, and equal those computed by hand."""
    nights = {TODAY - timedelta(days=i): 55 + (i * 7) % 13 for i in range(80)}
    table = tmp_path / "nights.csv"
    table.write_text("\n".join(["date,hrv_ms", *(f"{d},{v}" for d, v in nights.items())]))
    hrvctl("import", table)
    result = hrvctl("status")
    week = [math.log(nights[TODAY - timedelta(days=i)]) for i in range(1, 8)]
    mean, cv = statistics.fmean(week), 100 * statistics.stdev(week) / statistics.fmean(week)
    assert f"7-day mean {math.exp(mean):.0f} ms, HRV-CV {cv:.1f} %" in result.out
    assert "14-day trend" in result.out
    assert "60-day trend" in result.out
    assert "light" in result.out


def test_without_a_night_lately_it_says_not_yet(tmp_path, hrvctl):
    """Old data alone make no week, and no number stands in for one."""
    table = tmp_path / "nights.csv"
    old = [TODAY - timedelta(days=300 + i) for i in range(30)]
    table.write_text("\n".join(["date,hrv_ms", *(f"{day},60" for day in old)]))
    hrvctl("import", table)
    result = hrvctl("status")
    assert "7-day mean, HRV-CV and trend: not yet" in result.out
    assert "the last one 300 days ago" in result.out
