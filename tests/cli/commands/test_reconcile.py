"""`hrvctl reconcile`: forecasts against outcomes, and the correction of a morning."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from cli.homes import rows
from conftest import TODAY, Result
from hrvctl.store.home import Home

Hrvctl = Callable[..., Result]
YESTERDAY = str(TODAY - timedelta(days=1))


def test_correction_shows_before_and_after_and_loses_nothing(
    home_with_two_runs: Home, hrvctl: Hrvctl
) -> None:
    """First seen and revised, both scores, and the reason; the first value stays in the store."""
    first = hrvctl("reconcile", "--date", TODAY, "--json").data["rows"][0]["actual_ms"]
    done = hrvctl("reconcile", "--date", TODAY, "--actual", 63, "--reason", "sensor slipped")
    assert done.code == 0
    assert f"first seen {first:.0f} ms, revised to 63 ms (sensor slipped)" in done.out
    for row in hrvctl("reconcile", "--date", TODAY, "--json").data["rows"]:
        assert (row["first_seen_ms"], row["actual_ms"], row["n_revisions"]) == (first, 63, 2)
        assert row["error_first_seen_ms"] == pytest.approx(row["mean_ms"] - first, abs=1e-5)
        assert row["error_ms"] == pytest.approx(row["mean_ms"] - 63, abs=1e-5)
    assert hrvctl("ledger", "verify").code == 0
    assert home_with_two_runs.exists()


def test_correction_of_a_morning_nobody_forecast_is_recorded_and_said(
    imported: Home, hrvctl: Hrvctl
) -> None:
    """It is done, although there is no score to show; the device's own value stays as well."""
    done = hrvctl("reconcile", "--date", YESTERDAY, "--actual", 63, "--reason", "slipped")
    assert done.code == 0
    assert f"{YESTERDAY} is taken as 63 ms from now on (slipped)." in done.out
    kept = [row for row in rows(imported) if row.startswith('INSERT INTO "outcomes"')]
    assert [("'import'" in row, "'manual'" in row) for row in kept] == [
        (True, False),
        (False, True),
    ]


def test_reconciliation_has_the_keys_scripts_rely_on(
    home_with_two_runs: Home, hrvctl: Hrvctl
) -> None:
    """Rows, mornings that wait, and a record per source with the fields of one scorer."""
    assert home_with_two_runs.exists()
    data = hrvctl("reconcile", "--json").data
    assert set(data) == {"rows", "waiting", "records", "correction", "is_dry_run"}
    for record in data["records"]:
        assert list(record) == [
            "source",
            "n",
            "mae_ms",
            "bias_ms",
            "pinball_ms",
            "coverage_80",
            "coverage_95",
        ]
