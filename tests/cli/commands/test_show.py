"""`hrvctl show`: what the last run wrote, read back."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from conftest import TODAY, Result
from hrvctl.store.home import Home

Hrvctl = Callable[..., Result]


def test_the_forecast_is_that_of_the_last_run(home_with_two_runs: Home, hrvctl: Hrvctl) -> None:
    """Tomorrow from the final forecast, six more days from the model, intervals by name."""
    data = hrvctl("show", "forecast", "--json").data
    assert data["as_of"] == TODAY.isoformat()
    written = home_with_two_runs.artifacts("me") / "agent_forecast.json"
    assert data["forecast"] == json.loads(written.read_text(encoding="utf-8"))["forecast"]
    forecast, quantiles = data["forecast"], data["forecast"]["quantiles_ms"]
    assert (forecast["low_80_ms"], forecast["high_80_ms"]) == (quantiles["0.1"], quantiles["0.9"])
    assert [day["target"] for day in data["week"]] == [
        (TODAY + timedelta(days=n)).isoformat() for n in range(1, 8)
    ]
    done = hrvctl("show", "forecast")
    assert f"Forecast on the evening of {TODAY} by {data['served']}." in done.out


def test_the_metrics_have_every_model_and_the_head_of_the_file(
    home_with_two_runs: Home, hrvctl: Hrvctl
) -> None:
    """As the artifact has them, key by key."""
    written = home_with_two_runs.artifacts("me") / "training_metrics.json"
    data = hrvctl("show", "metrics", "--json").data
    assert data == json.loads(written.read_text(encoding="utf-8"))
    assert {row["name"] for row in data["candidates"]} >= {"naive", "ma7", "hierarchical"}


def test_a_damaged_artifact_is_named_with_its_field(
    home_with_two_runs: Home, hrvctl: Hrvctl
) -> None:
    """The file, the path to the field, what it holds, and the command that writes it again."""
    path = home_with_two_runs.artifacts("me") / "model_predictions.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["forecast"]["mean_ms"] = "sixty"
    path.write_text(json.dumps(content), encoding="utf-8")
    done = hrvctl("show", "forecast")
    assert done.code == 1
    assert f"{path} is damaged: forecast.mean_ms: 'sixty' is not a number" in done.err
    assert "hrvctl daily" in done.err


@pytest.mark.parametrize("what", ["forecast", "metrics"])
def test_before_the_first_run_there_is_nothing_to_show(what: str, hrvctl: Hrvctl) -> None:
    """It names the command that makes it."""
    done = hrvctl("show", what)
    assert done.code == 10
    assert "run `hrvctl daily` first" in done.err


def test_the_record_of_the_last_days_alone(home_with_two_runs, hrvctl):
    """The mornings from then on; without the option all of them."""
    assert home_with_two_runs.exists()
    words, tomorrow = ("show", "ledger", "--json"), TODAY + timedelta(days=1)

    def mornings(*days: object) -> set[str]:
        rows = hrvctl(*words, *days, on=tomorrow).data["rows"]
        return {row["morning"] for row in rows}

    assert mornings() == mornings("--days", 10**9) == {str(TODAY), str(tomorrow)}
    assert mornings("--days", 1) == {str(tomorrow)}
