"""Reading back what an earlier stage wrote into its artifact."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from hrvctl.records import Forecast


def forecast_from(written: Mapping[str, Any]) -> Forecast:
    """Read a forecast back from an artifact."""
    return Forecast(
        target=date.fromisoformat(written["target"]),
        horizon_days=written["horizon_days"],
        source=written["source"],
        mean_ms=written["mean_ms"],
        quantiles_ms={float(level): ms for level, ms in written["quantiles_ms"].items()},
        missing=tuple(written["missing"]),
    )
