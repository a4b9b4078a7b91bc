"""Each op by itself, and the evening as the ops make it, without any run around them."""

import csv
import json
import shutil
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import dagster as dg
import pytest

from conftest import TODAY, ZONE
from hrvctl.domain.agent import decide
from hrvctl.domain.artifacts.intelligence import IntelligenceSummary
from hrvctl.domain.artifacts.training import ModelPredictions
from hrvctl.domain.reconcile import Reconciliation
from hrvctl.errors import DataError, SealRefused, UsageError
from hrvctl.pipeline import fork_ops, ops
from hrvctl.store.database import open_store
from hrvctl.store.home import Home, create_home
from hrvctl.store.ledger import load_guesses, load_sealed
from hrvctl.store.measurements import load_measurements
from hrvctl.usecases import seals
from hrvctl.usecases.workspace import PrivateInputs, Workspace
from pipeline.made_up import TOMORROW, hrv_on, nights, write_table

ARTIFACTS = {
    "ingest_report",
    "journal_features",
    "model_predictions",
    "training_metrics",
    "intelligence_summary",
    "agent_forecast",
    "reconciliation",
}


def call(workspace, op, *given, **config):
    """One op as a function, in a job of its own; what it raises without Dagster's wrapping."""
    inputs = dict(zip(op.input_dict, given, strict=False))
    alone = dg.GraphDefinition(
        name="alone",
        node_defs=[op],
        input_mappings=[
            dg.InputMapping(
                graph_input_name=name, mapped_node_name=op.name, mapped_node_input_name=name
            )
            for name in inputs
        ],
    )
    try:
        result = alone.execute_in_process(
            resources={"workspace": workspace},
            run_config={"ops": {op.name: {"config": config}}} if config else {},
            input_values=inputs,
        )
    except dg.Failure as failure:
        raise failure.__cause__ from None
    return result.output_for_node(op.name)


def live(workspace, *, guess_ms=None, paths=(), as_of=""):
    """The whole evening, op after op."""
    given = replace(workspace.private, paths=tuple(str(path) for path in paths))
    evening = call(replace(workspace, private=given), ops.ingest_op, as_of=as_of)
    evening = call(workspace, ops.journal_op, evening, guess_ms=guess_ms)
    evening = call(workspace, ops.training_op, evening)
    tracked = call(workspace, ops.tracking_op, evening)
    decided = call(workspace, ops.agent_op, call(workspace, ops.intelligence_op, evening))
    return call(workspace, ops.reconcile_op, [tracked, decided])


@pytest.fixture
def table(tmp_path):
    return write_table(tmp_path / "mine.csv", nights(TODAY, 30))


def test_every_artifact_is_valid_json_with_a_schema_number_and_says_whose_it_is(workspace, table):
    """Seven JSON artifacts, each with schema, name, subject, evening and run."""
    evening = live(workspace, paths=[table])
    folder = workspace.folder(evening)
    assert {path.stem for path in folder.glob("*.json")} == ARTIFACTS
    for name in ARTIFACTS:
        content = json.loads((folder / f"{name}.json").read_text(), parse_constant=pytest.fail)
        assert content["schema"] == 1
        assert content["artifact"] == name
        assert (content["subject"], content["as_of"]) == ("me", TODAY.isoformat())
        assert content["run_id"]
        assert datetime.fromisoformat(content["written_at"]).tzinfo is not None


def test_the_registry_has_one_row_for_each_sealed_forecast(workspace, table):
    """The CSV for spreadsheets is the ledger: a row a forecast, chained by its hash."""
    evening = live(workspace, paths=[table])
    with (workspace.folder(evening) / "predictions_registry.csv").open() as file:
        rows = list(csv.DictReader(file))
    with open_store(workspace.home, write=False) as store:
        sealed = load_sealed(store, of_tomorrow=False)
    assert {row["hash"] for row in rows} == {row.hash for row in sealed}
    of_tomorrow = {row["target"] for row in rows if row["lead"] == "1"}
    assert of_tomorrow == {TOMORROW.isoformat()}
    later = {(row["lead"], row["target"]) for row in rows if row["lead"] != "1"}
    assert later == {(str(n), str(TODAY + timedelta(days=n))) for n in range(2, 8)}
    assert {"naive", "ma7", "agent"} <= {row["source"] for row in rows}


def test_what_passes_between_ops_is_a_small_key(workspace, table):
    """An evening: whose, until when, and whether it is tonight's; no value of a person's."""
    evening = live(workspace, paths=[table])
    assert (evening.subject, evening.as_of, evening.is_live) == ("me", TODAY, True)
    assert set(evening.__slots__) == {"subject", "as_of", "is_live", "ends_at"}


def test_a_guess_is_recorded_and_sealed_beside_the_models(workspace, table):
    """The guess of the evening stands in the ledger under its own name."""
    live(workspace, paths=[table], guess_ms=66.0)
    with open_store(workspace.home, write=False) as store:
        (row,) = [row for row in load_sealed(store) if row.forecast.source == "guess"]
    assert row.forecast.mean_ms == 66.0
    assert row.forecast.quantiles_ms == {}
    assert row.forecast.target == TOMORROW


def test_a_guess_said_with_the_command_counts_without_being_in_the_config(workspace, table):
    """What a person says of their body reaches the op by memory, not by run config."""
    live(replace(workspace, private=PrivateInputs(guess_ms=67.0)), paths=[table])
    with open_store(workspace.home, write=False) as store:
        assert [guess.hrv_ms for guess in load_guesses(store, "me")] == [67.0]


def test_a_replay_takes_no_guess(workspace, table):
    """Nobody guesses after the fact."""
    with pytest.raises(SealRefused, match="live evening"):
        live(workspace, paths=[table], guess_ms=66.0, as_of="2026-03-08")


def test_an_impossible_guess_is_refused(workspace):
    """A guess of 5000 ms is no HRV a person can have."""
    with pytest.raises(DataError, match="5000"):
        live(workspace, guess_ms=5000.0)


def test_an_evening_that_has_not_come_cannot_be_replayed(workspace):
    """Tomorrow's evening holds nothing yet."""
    with pytest.raises(UsageError, match="in the future"):
        call(workspace, ops.ingest_op, as_of=TOMORROW.isoformat())
    with pytest.raises(UsageError, match="not a date"):
        call(workspace, ops.ingest_op, as_of="2026-13-01")


def test_a_run_that_crosses_into_the_morning_seals_nothing(home, table):
    """Begun before four, at the ledger after it: the morning has begun."""
    instants = [datetime.combine(TOMORROW, time(3, 59, 59), tzinfo=ZONE)]
    workspace = Workspace(home, lambda: instants[0])
    given = PrivateInputs(paths=(str(table),))
    evening = call(replace(workspace, private=given), ops.ingest_op)
    evening = call(workspace, ops.training_op, call(workspace, ops.journal_op, evening))
    instants[0] += timedelta(seconds=2)
    with pytest.raises(SealRefused, match="has begun"):
        call(workspace, ops.tracking_op, evening)
    with open_store(home, write=False) as store:
        assert load_sealed(store) == []


@pytest.fixture
def before_sealing(home, table):
    """A home a second before its morning, with everything made and nothing sealed; the evening."""
    workspace = Workspace(home, lambda: BEFORE)
    given = replace(workspace, private=PrivateInputs(paths=(str(table),), guess_ms=66.0))
    evening = call(given, ops.journal_op, call(given, ops.ingest_op))
    evening = call(workspace, ops.intelligence_op, call(workspace, ops.training_op, evening))
    return workspace, evening


BEFORE = datetime.combine(TOMORROW, time(3, 59, 59), tzinfo=ZONE)
AFTER = BEFORE + timedelta(minutes=5)


def seal(home, evening, order, clock):
    """Seal models and agent in some order; all that is sealed, and which was refused."""
    workspace = Workspace(home, clock)
    predictions = workspace.load(evening, ModelPredictions)
    decided = decide(workspace.load(evening, IntelligenceSummary))
    refused = []
    for one in order:
        with open_store(home, write=True) as store:
            try:
                if one == "models":
                    seals.seal_models(store, workspace, evening, predictions, run_id="run")
                else:
                    seals.seal_agent(store, workspace, evening, decided, predictions, run_id="run")
            except SealRefused:
                refused.append(one)
    with open_store(home, write=False) as store:
        return load_sealed(store), refused


@pytest.mark.parametrize("order", [("models", "agent"), ("agent", "models")])
def test_a_morning_that_begins_between_two_seals_leaves_neither_half_nor_double(
    before_sealing, tmp_path, order
):
    """Whichever look at the clock is the first after four: all of the run is sealed, or nothing."""
    workspace, evening = before_sealing
    whole = None
    for n_looks in (9, 2, 1, 0):
        home = Home(tmp_path / f"copy-{n_looks}")
        shutil.copytree(workspace.home.root, home.root)
        looks = iter([BEFORE] * n_looks)
        rows, refused = seal(home, evening, order, lambda looks=looks: next(looks, AFTER))
        keys = [(row.forecast.source, row.forecast.target, row.metric, row.lead) for row in rows]
        whole = keys if whole is None else whole
        assert {"agent", "guess", "naive"} <= {source for source, *_ in whole}
        assert len(set(keys)) == len(keys)
        if n_looks:
            assert (sorted(keys), refused) == (sorted(whole), [])
            assert {row.created_at for row in rows} <= {BEFORE, AFTER}  # never dated back
        else:
            assert (keys, refused) == ([], list(order))


def test_a_machine_that_slept_between_two_seals_seals_nothing_in_the_morning(before_sealing):
    """Half an hour later it is another morning, and the person may be awake."""
    workspace, evening = before_sealing
    looks = iter([BEFORE])
    late = BEFORE + timedelta(minutes=30)
    rows, refused = seal(workspace.home, evening, ("models", "agent"), lambda: next(looks, late))
    assert refused == ["agent"]
    assert {row.created_at for row in rows} == {BEFORE}


def test_reconcile_alone_lists_the_last_week(workspace, table):
    """Without dates the mornings of the last seven days are looked at."""
    live(workspace, paths=[table])
    evening = call(workspace, ops.reconcile_op)
    listed = workspace.load(evening, Reconciliation)
    assert listed.first == TODAY - timedelta(days=6)
    assert listed.last == TODAY


def test_reconcile_of_one_day_lists_that_day(workspace):
    """A first morning without a last is that morning alone."""
    evening = call(workspace, ops.reconcile_op, first="2026-03-02")
    listed = workspace.load(evening, Reconciliation)
    assert (listed.first, listed.last) == (date(2026, 3, 2), date(2026, 3, 2))


def test_a_correction_needs_a_reason(workspace, table):
    """A value without a reason is refused, and nothing is recorded."""
    live(workspace, paths=[table])
    with pytest.raises(DataError, match="needs a reason"):
        call(workspace, ops.reconcile_op, first=str(TODAY), actual_ms=63.0)


def test_the_next_forecast_is_made_from_last_nights_value(workspace, table):
    """The naive forecast of tomorrow is this morning's own HRV."""
    evening = live(workspace, paths=[table])
    week = workspace.load(evening, ModelPredictions).week
    assert week["naive"][0].mean_ms == pytest.approx(hrv_on(TODAY), abs=1e-6)
    assert week["naive"][0].target == TOMORROW


def test_the_config_of_a_run_names_files_of_the_inbox_and_journal_folder_alone(workspace, table):
    """Whoever starts a run on Dagster's pages writes it; a link out of the inbox is refused too."""
    create_home(workspace.home)
    link = workspace.home.inbox / "link.csv"
    link.symlink_to(table)
    for path in (table, link, workspace.home.inbox / ".." / ".." / table.name):
        with pytest.raises(UsageError, match="neither in the inbox nor in the journal folder"):
            call(workspace, ops.ingest_op, paths=[str(path)])
    link.unlink()
    notes = replace(workspace, private=PrivateInputs(folder=str(table.parent)))
    call(notes, ops.ingest_op, paths=[str(table)])
    with open_store(workspace.home, write=False) as store:
        assert load_measurements(store, "me", until=TODAY)


def test_the_key_goes_to_the_endpoint_of_the_settings_alone(workspace, table, monkeypatch):
    """The config of a run cannot name another one, nor another folder or vocabulary."""
    asked = []

    def decide(summary, chosen):
        asked.append((chosen.url, chosen.model, chosen.timeout_s))
        return rules(summary, replace(chosen, agent="rules"))

    rules = ops.agent.decide
    monkeypatch.setattr(ops.agent, "decide", decide)
    personal = PrivateInputs(llm_url="https://mine.example/v1", llm_model="m", llm_timeout_s=3)
    evening = live(replace(workspace, read_private=lambda: personal), paths=[table])
    assert asked == [("https://mine.example/v1", "m", 3)]
    for op, name in (
        (ops.agent_op, "llm_url"),
        (ops.agent_op, "llm_model"),
        (ops.agent_op, "llm_timeout_s"),
        (ops.journal_op, "folder"),
        (ops.journal_op, "vocabulary"),
        (fork_ops.load_checkpoint_op, "llm_url"),
    ):
        inputs = [evening for _ in op.input_dict]
        with pytest.raises(dg.DagsterInvalidConfigError, match=name):
            call(workspace, op, *inputs, **{name: "https://evil.example"})
