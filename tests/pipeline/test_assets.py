"""The artifacts on Dagster's pages: plotted over time, checked, and nothing a person wrote."""

import re
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import get_args

import dagster as dg
import pytest

from conftest import TODAY
from hrvctl.domain.artifacts.agent import AgentForecast
from hrvctl.domain.artifacts.training import ModelPredictions
from hrvctl.pipeline import run_config
from hrvctl.pipeline.asset_metadata import Registry, metadata_of
from hrvctl.pipeline.assets import ASSETS, CHECKS, asset_key
from hrvctl.pipeline.definitions import build
from hrvctl.pipeline.instance import open_instance
from hrvctl.records.choices import Agent, Model, Profile
from hrvctl.usecases.rebuild import EVENING_ARTIFACTS
from hrvctl.usecases.workspace import Evening, Workspace

# Numbers the pages must be able to draw over time.
PLOTTED = {
    "model_predictions": {"nights", "forecast_ms", "width_80_ms", "width_95_ms"},
    "training_metrics": {"mae_ms", "coverage_80", "width_80_ms", "naive_mae_ms"},
    "predictions_registry": {"dagster/row_count"},
    "intelligence_summary": {"mean7_ms", "low_ms", "high_ms", "nights"},
    "agent_forecast": {"forecast_ms", "width_80_ms"},
    "reconciliation": {"mae_ms", "mornings"},
}


def told(workspace, key):
    """The metadata of every time an asset was made, newest first."""
    with open_instance(workspace.home, now=workspace.clock()) as instance:
        records = instance.fetch_materializations(dg.AssetKey(key), limit=50).records
    return [record.asset_materialization.metadata for record in records]


def found(workspace):
    """What every check found in the latest run that asked, and the words it said."""
    with open_instance(workspace.home, now=workspace.clock()) as instance:
        (run, *_) = instance.get_runs(limit=1)
        entries = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    events = [entry.dagster_event.event_specific_data for entry in entries]
    return {event.check_name: event for event in events}


def test_every_artifact_is_an_asset_whose_numbers_can_be_plotted(home_with_two_runs, workspace):
    """Two evenings, two points, and each number is that of its file."""
    for name, wanted in PLOTTED.items():
        latest, first, *_ = told(workspace, name)
        assert wanted <= {k for k, v in latest.items() if isinstance(v.value, int | float)}, name
        assert first["path"].value.endswith(latest["path"].value.rpartition("/")[2])
    forecast = workspace.load(workspace.evening("me"), AgentForecast).forecast
    (latest, *_) = told(workspace, "agent_forecast")
    low, high = forecast.interval(80)
    assert latest["forecast_ms"].value == round(forecast.mean_ms, 2)
    assert latest["width_80_ms"].value == pytest.approx(high - low, abs=0.005)
    assert "| morning | forecast_ms |" in latest["intervals"].value
    assert len(told(workspace, "model_predictions")[0]["week"].value.records) == 7
    assert {one.content.artifact for one in ASSETS} == {
        path.stem for path in home_with_two_runs.artifacts("me").iterdir() if path.is_file()
    }


def test_the_page_on_dagster_names_every_figure_that_the_run_history_holds(
    home_with_two_runs, workspace
):
    """Who reads it knows what lies in Dagster's files: the forecasts and the normal range too."""
    page = (Path(__file__).parents[2] / "docs/dagster.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", page, re.MULTILINE))
    common = {"path", "as_of", "subject", "dagster/row_count", "in_words"}
    for asset in ASSETS:
        name = asset.content.artifact
        held = {key for metadata in told(workspace, name) for key in metadata} - common
        assert {key for key in held if f"`{key}`" not in rows[name]} == set(), name
    assert home_with_two_runs.exists()


def test_every_artifact_is_told_in_a_sentence(home_with_two_runs, workspace):
    """With the numbers of its file, in full sentences."""
    said = {
        asset.content.artifact: told(workspace, asset.content.artifact)[0][
            "in_words"
        ].value.replace("\\", "")
        for asset in ASSETS
    }
    forecast = workspace.load(workspace.evening("me"), AgentForecast).forecast
    low, high = forecast.interval(80)
    assert said["agent_forecast"] == (
        f"About {forecast.mean_ms:.0f} ms is forecast for {forecast.target} by rules, "
        f"80 % between {low:.0f} and {high:.0f} ms."
    )
    assert re.match(
        r"The final forecast was \d+\.\d ms off on average on 1 morning", said["reconciliation"]
    )
    assert all(re.fullmatch(r"[A-Z0-9].*\.", one) for one in said.values())
    assert home_with_two_runs.exists()


def test_what_comes_from_outside_stays_text_in_a_sentence(home_with_two_runs, workspace):
    """No link, picture or HTML on the pages, whatever a name holds."""
    predictions = workspace.load(workspace.evening("me"), ModelPredictions)
    trap = "![x](http://evil.example/?a)<img src=x>`a`"
    said = metadata_of(replace(predictions, served=trap))["in_words"].value
    assert "evil" in said
    assert not re.search(r"(?<!\\)[\[\]<>`!(:]", said)
    assert home_with_two_runs.exists()


def test_replays_and_other_people_have_plots_of_their_own(home_with_two_runs, workspace, hrvctl):
    """A point of an evening long gone, or of somebody else, would spoil the curve."""
    before = len(told(workspace, "agent_forecast"))
    yesterday = TODAY - timedelta(days=1)
    assert hrvctl("daily", "--as-of", yesterday).code == 0
    assert hrvctl("--subject", "ana", "daily").code == 4
    assert len(told(workspace, "agent_forecast")) == before
    assert len(told(workspace, ["replays", "agent_forecast"])) == 1
    assert len(told(workspace, ["ana", "agent_forecast"])) == 1
    assert asset_key(Evening("ana", TODAY, is_live=False), "x").path == ["ana", "replays", "x"]
    assert home_with_two_runs.exists()


def test_every_materialised_asset_is_declared(home_with_two_runs, workspace, hrvctl):
    """Live, in a replay and in a fork, of the subject whose pages they are."""
    assert hrvctl("daily", "--as-of", TODAY).code == 0
    assert hrvctl("fork", "--branch", "ses:model=ses").code == 0
    declared = build(workspace).resolve_asset_graph().get_all_asset_keys()
    with open_instance(workspace.home, now=workspace.clock()) as instance:
        assert set(instance.all_asset_keys()) == declared
    assert home_with_two_runs.exists()


def test_an_evening_is_checked(home_with_two_runs, workspace, hrvctl):
    """Fresh data, a normal range, an interval that holds, an intact ledger: each with its why."""
    assert hrvctl("daily").code == 4
    checks = found(workspace)
    assert set(checks) == {check.name for check in CHECKS}
    assert {name for name, event in checks.items() if event.passed} >= {
        "data_fresh",
        "baseline_ready",
        "ledger_intact",
    }
    assert checks["data_fresh"].metadata["stale_days"].value == 0
    assert checks["ledger_intact"].metadata["rows"].value > 0
    assert home_with_two_runs.exists()


def test_a_check_that_fails_says_why_and_stops_nothing(home_with_two_runs, workspace, hrvctl):
    """Old data is worth knowing; a ledger that was touched is a fault."""
    with sqlite3.connect(home_with_two_runs.database) as connection:
        for (trigger,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'entries'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute("UPDATE entries SET payload = '{}' WHERE seq = 1")
    connection.close()
    # The days after TODAY's week: an old row is walked again once a week.
    assert hrvctl("daily", on=TODAY + timedelta(days=7)).code == 5
    checks = found(workspace)
    assert not checks["data_fresh"].passed
    assert checks["data_fresh"].severity is dg.AssetCheckSeverity.WARN
    assert not checks["ledger_intact"].passed
    assert checks["ledger_intact"].severity is dg.AssetCheckSeverity.ERROR
    assert "1" in checks["ledger_intact"].description


def test_checks_can_be_run_by_hand(home_with_two_runs, workspace, hrvctl):
    """On the pages, at any time; they find what the evening found."""
    assert hrvctl("daily").code == 4
    in_run = {name: event.passed for name, event in found(workspace).items()}
    job = build(workspace).resolve_implicit_global_asset_job_def()
    result = job.execute_in_process()
    by_hand = {e.check_name: e.passed for e in result.get_asset_check_evaluations()}
    assert by_hand == in_run
    assert home_with_two_runs.exists()


def test_the_catalogue_lists_every_artifact_with_what_it_came_from(workspace: Workspace):
    """Without any run; loading it makes no home."""
    graph = build(workspace).resolve_asset_graph()
    live = {one.content.artifact for one in ASSETS}
    assert {key.to_user_string() for key in graph.get_all_asset_keys()} == {
        *live,
        *(f"replays/{name}" for name in live),
        "fork_comparison",
    }
    parents = {
        node.key.to_user_string(): {p.to_user_string() for p in node.parent_keys}
        for node in graph.asset_nodes
    }
    assert parents["agent_forecast"] == {"intelligence_summary"}
    assert parents["reconciliation"] == {"predictions_registry"}
    assert parents["replays/reconciliation"] == {"replays/predictions_registry"}
    assert parents["fork_comparison"] == {"ingest_report", "journal_features"}
    assert len(graph.asset_check_keys) == len(CHECKS)
    assert not workspace.home.root.exists()


def test_every_asset_is_rebuilt_or_the_registry():
    """An artifact that is written has an asset, and is kept to be written again."""
    kinds = {one.content for one in ASSETS}
    assert kinds == {*EVENING_ARTIFACTS, Registry}
    assert all(set(one.deps) < kinds for one in ASSETS)


def test_a_first_evening_without_data_is_told_as_it_is(workspace, hrvctl):
    """No forecast, no number in its place; what cannot be told yet is not checked."""
    assert hrvctl("daily").code == 4
    (latest,) = told(workspace, "agent_forecast")
    assert "forecast_ms" not in latest
    checks = found(workspace)
    assert "coverage_in_band" not in checks
    assert not checks["data_fresh"].passed
    assert "have 0 nights" in checks["baseline_ready"].description


def test_the_pages_offer_the_names_the_settings_know():
    """A name that is none is refused before a run begins, with those there are."""
    assert get_args(run_config.ModelName) == tuple(Model)
    assert get_args(run_config.ProfileName) == tuple(Profile)
    assert get_args(run_config.AgentName) == tuple(Agent)
