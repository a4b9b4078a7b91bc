"""One evening in several ways: each as if it were alone, and nothing that counts is touched."""

import hashlib
import json
import pickle
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import dagster as dg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import TODAY
from hrvctl.domain.scenarios.branches import BASE, parse_branches
from hrvctl.errors import DataError, HomeError, UsageError
from hrvctl.pipeline import fork_ops, runner
from hrvctl.records import JournalEntry
from hrvctl.store.database import open_store
from hrvctl.store.json_values import plain
from hrvctl.store.ledger import load_head
from hrvctl.store.measurements import save_journal
from hrvctl.usecases import fork as forking
from hrvctl.usecases.workspace import Evening, PrivateInputs
from pipeline.made_up import TOMORROW, nights, write_table
from pipeline.test_definitions import MODULE, dagster
from pipeline.test_examples import EXAMPLES

YESTERDAY = TODAY - timedelta(days=1)
# One of each kind; the journal of the lived-in home knows alcohol alone.
TEXTS = (
    "dry:alcohol=0,model=hierarchical",
    "three:alcohol=3,model=hierarchical",
    "ses:model=ses",
    "short:window=20,hrv=45",
    "plews:profile=plews",
)
ARTIFACTS = {
    "agent_forecast.json",
    "intelligence_summary.json",
    "model_predictions.json",
    "training_metrics.json",
}


def call(workspace, op, *given, **config):
    """One op as a function."""
    inputs = dict(zip(op.input_dict, given, strict=False))
    if op is fork_ops.load_checkpoint_op:
        inputs["config"] = fork_ops.ForkConfig(**config)
    with dg.build_op_context(resources={"workspace": workspace}) as context:
        if op is fork_ops.fork_op:  # it yields, and takes no context
            return list(op(**inputs, workspace=workspace))
        try:
            return op(context, **inputs)
        except dg.Failure as failure:
            raise failure.__cause__ from None


STAGES = (fork_ops.branch_training_op, fork_ops.branch_intelligence_op, fork_ops.branch_agent_op)


def fork(workspace, *texts, **config):
    """The whole fork, op after op; what it compared."""
    evening = call(workspace, fork_ops.load_checkpoint_op, branches=list(texts), **config)
    keys = [output.value for output in call(workspace, fork_ops.fork_op, evening)]
    for op in STAGES:
        keys = [call(workspace, op, key) for key in keys]
    evening = call(workspace, fork_ops.compare_op, list(reversed(keys)))
    return json.loads(
        (forking.fork_folder(workspace, evening) / "fork_comparison.json").read_text()
    )


def alone(workspace, text):
    """One branch without any op or file, as JSON."""
    checkpoint = forking.take_checkpoint(workspace, "me", None, forking.ForkDefaults())
    *_, branch = parse_branches([text] if text else [])
    return without_difference(plain(forking.run_branch(workspace, checkpoint, branch)))


def without_difference(row):
    return {name: value for name, value in row.items() if name != "difference"}


def tree(root, *, but="forks"):
    """Every file below and its hash, the forks left out."""
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and but not in path.relative_to(root).parts
    }


def stored(home):
    """Everything in the database, as SQL."""
    with closing(sqlite3.connect(home.database)) as connection:
        return list(connection.iterdump())


@given(texts=st.lists(st.sampled_from(TEXTS), unique=True, min_size=2, max_size=3))
@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_branch_is_what_it_is_alone(home_with_two_runs, workspace, texts):
    """Whatever runs beside it, in whatever order: the same as one branch run directly."""
    assert home_with_two_runs.exists()
    rows = fork(workspace, *texts)["branches"]
    assert [row["name"] for row in rows] == [BASE, *(t.partition(":")[0] for t in texts)]
    for row, text in zip(rows, ["", *texts], strict=True):
        assert without_difference(row) == alone(workspace, text)


def test_a_fork_of_many_is_the_same_as_a_fork_of_one(home_with_two_runs, workspace):
    """Down to the difference to the base."""
    assert home_with_two_runs.exists()
    many = {row["name"]: row for row in fork(workspace, *TEXTS[:3])["branches"]}
    base, one = fork(workspace, TEXTS[1])["branches"]
    assert (one, base) == (many[one["name"]], many[BASE])
    assert many["three"]["difference"]["total_ms"] < many["dry"]["difference"]["total_ms"]


def test_the_base_is_what_daily_says(home_with_two_runs, hrvctl):
    """The same forecast as the replay of that evening, sources and all."""
    assert home_with_two_runs.exists()
    said = hrvctl("--json", "daily", "--as-of", YESTERDAY).data
    done = hrvctl("--json", "fork", "--as-of", YESTERDAY, "--branch", "dry:alcohol=0")
    assert done.code == 0
    base, dry = done.data["branches"]
    assert base["forecast"] == said["agent"]["forecast"]
    assert base["forecast"]["target"] == TODAY.isoformat()
    assert base["difference"]["total_ms"] == 0
    assert base["sentences"] == said["sentences"]
    assert dry["difference"]["total_ms"] == pytest.approx(
        dry["forecast"]["mean_ms"] - base["forecast"]["mean_ms"], abs=1e-5
    )


def test_a_fork_changes_nothing_that_counts(home_with_two_runs, workspace):
    """The database to the byte, the ledger, and every live and replayed file."""
    before = (
        tree(home_with_two_runs.artifacts("me")),
        home_with_two_runs.database.read_bytes(),
        stored(home_with_two_runs),
    )
    with open_store(home_with_two_runs, write=False) as store:
        head = load_head(store)
    fork(workspace, TEXTS[3], "broken:model=nope")
    after = (
        tree(home_with_two_runs.artifacts("me")),
        home_with_two_runs.database.read_bytes(),
        stored(home_with_two_runs),
    )
    assert after == before
    with open_store(home_with_two_runs, write=False) as store:
        assert load_head(store) == head


def test_every_artifact_has_its_head_and_its_place(home_with_two_runs, workspace):
    """A folder a branch under the evening's own, each file as those of a live run."""
    fork(workspace, "dry:alcohol=0", as_of=YESTERDAY.isoformat())
    folder = home_with_two_runs.artifacts("me") / "forks" / YESTERDAY.isoformat()
    assert {path.name for path in folder.iterdir()} == {
        "base",
        "dry",
        "checkpoint.json",
        "fork_comparison.json",
    }
    for branch in ("base", "dry"):
        assert {path.name for path in (folder / branch).iterdir()} == ARTIFACTS
    for path in folder.rglob("*.json"):
        content = json.loads(path.read_text(), parse_constant=pytest.fail)
        assert (content["schema"], content["artifact"]) == (1, path.stem)
        assert (content["subject"], content["as_of"]) == ("me", YESTERDAY.isoformat())
        assert content["run_id"]
    assert {p.stat().st_mode & 0o777 for p in folder.rglob("*.json")} == {0o600}


def test_a_new_fork_of_the_same_evening_takes_the_place_of_the_old(home_with_two_runs, workspace):
    """No branch of before is left to be taken for one of now; other evenings stay."""
    fork(workspace, "dry:alcohol=0", as_of=YESTERDAY.isoformat())
    fork(workspace, "old:agent=nope", "broken:model=nope")
    fork(workspace, "new:model=nope")
    forks = home_with_two_runs.artifacts("me") / "forks"
    names = {path.name for path in (forks / TODAY.isoformat()).iterdir() if path.is_dir()}
    assert names == {"base", "new"}
    assert (forks / YESTERDAY.isoformat() / "dry").is_dir()


@pytest.mark.parametrize(
    ("change", "stage", "code", "words"),
    [
        ("model=nope", "branch_training_op", "usage", "no model is called 'nope'"),
        ("strain=99", "branch_training_op", "bad_data", "strain=99 is not a value"),
        ("bedtime=23:00", "branch_training_op", "not_enough_data", "last night's sleep"),
        ("profile=nope", "branch_intelligence_op", "usage", "no baseline is called 'nope'"),
        ("agent=nope", "branch_agent_op", "usage", "no agent is called 'nope'"),
    ],
)
def test_a_branch_that_fails_fails_alone(home_with_two_runs, workspace, change, stage, code, words):
    """At whatever stage: it is named with what is wrong and what to do; the others are whole."""
    assert home_with_two_runs.exists()
    content = fork(workspace, f"broken:{change}", "dry:alcohol=0")
    assert [row["name"] for row in content["branches"]] == [BASE, "dry"]
    (row,) = content["failed"]
    assert (row["branch"], row["stage"], row["code"]) == ("broken", stage, code)
    assert words in row["message"]
    assert row["hint"]
    assert row["changes"] == [change]
    assert without_difference(content["branches"][1]) == alone(workspace, "dry:alcohol=0")


def test_what_passes_between_ops_is_a_small_key(home_with_two_runs, workspace):
    """An evening, a number, a flag: no name, no value; and it travels to another process."""
    assert home_with_two_runs.exists()
    evening = call(workspace, fork_ops.load_checkpoint_op, branches=["okapi:alcohol=3"])
    outputs = call(workspace, fork_ops.fork_op, evening)
    assert [output.mapping_key for output in outputs] == ["branch_0", "branch_1"]
    key = outputs[1].value
    assert key == fork_ops.BranchKey(Evening("me", TODAY, is_live=False), 1)
    assert pickle.loads(pickle.dumps(key)) == key  # noqa: S301 - our own
    assert b"okapi" not in pickle.dumps(key)


def test_data_that_changed_under_a_fork_is_noticed(home_with_two_runs, workspace):
    """A branch made from more than the checkpoint knew would be held against another evening."""
    checkpoint = forking.take_checkpoint(workspace, "me", None, forking.ForkDefaults())
    late = JournalEntry(day=TODAY, tag="alcohol", value=5.0, text="five", source="folder")
    with open_store(home_with_two_runs, write=True) as store:
        save_journal(store, "me", [late], at=workspace.clock())
    with pytest.raises(DataError, match="changed while its branches ran"):
        forking.run_branch(workspace, checkpoint, parse_branches([])[0])


def test_faulty_branches_leave_an_older_fork_as_it_was(home_with_two_runs, workspace):
    """Nothing is cleared for words that cannot be read, or an evening that has not come."""
    fork(workspace, "dry:alcohol=0")
    before = tree(home_with_two_runs.root, but="")
    with pytest.raises(UsageError, match="branch 'dry'"):
        fork(workspace, "dry:alcohol=0", "dry:alcohol=1")
    with pytest.raises(UsageError, match="in the future"):
        fork(workspace, "dry:alcohol=0", as_of=TOMORROW.isoformat())
    assert tree(home_with_two_runs.root, but="") == before


def test_a_fork_needs_a_store(home, workspace):
    """Without one it says so, and makes none."""
    with pytest.raises(HomeError, match="nothing stored yet"):
        fork(workspace, "dry:alcohol=0")
    assert not home.root.exists()


def test_branches_said_with_the_command_count_without_being_in_the_config(
    home_with_two_runs, workspace
):
    """What a person says of their body reaches the op by memory, not by run config."""
    assert home_with_two_runs.exists()
    told = replace(workspace, private=PrivateInputs(branches=("dry:alcohol=0", "wet:alcohol=2")))
    evening = call(told, fork_ops.load_checkpoint_op)
    # Only the first op is told; those after it may run in another process.
    _, branches = forking.load_checkpoint(workspace, evening)
    assert [branch.name for branch in branches] == [BASE, "dry", "wet"]


def test_the_run_history_keeps_nothing_of_what_was_said(home_with_two_runs, workspace):
    """Run by Dagster: name and answer of a branch lie in its artifacts alone."""
    runner.run_job(
        "fork_compare_job",
        workspace,
        ops={"load_checkpoint_op": {"config": {"branches": ("okapi:alcohol=61.13751942",)}}},
        tags={},
        on_stage=lambda _: None,
    )
    folder = home_with_two_runs.artifacts("me") / "forks" / TODAY.isoformat()
    content = json.loads((folder / "fork_comparison.json").read_text())
    assert [row["name"] for row in content["branches"]] == [BASE, "okapi"]
    others = [
        p for p in home_with_two_runs.root.rglob("*") if p.is_file() and folder not in p.parents
    ]
    assert len(others) > 10
    for path in others:
        raw = path.read_bytes()
        assert b"okapi" not in raw, path
        # No clock shows 61 seconds, and what is computed is written with fewer digits.
        assert b"61.13751942" not in raw, path


def test_the_example_runs_as_it_stands(home, tmp_path, hrvctl, real_today):
    """`dagster job execute` with fork.yaml: four branches beside the base, one of them broken."""
    today = real_today
    table = write_table(tmp_path / "mine.csv", nights(today, 20))
    assert hrvctl("import", table, on=today).code == 0
    scratch = tmp_path / "dagster-home"
    scratch.mkdir()
    config = EXAMPLES / "dagster" / "fork.yaml"
    words = ["job", "execute", "-m", MODULE, "-j", "fork_compare_job", "--config", config]
    done = dagster(*words, home=home.root, dagster_home=scratch)
    assert done.returncode == 0, done.stderr
    folder = home.artifacts("me") / "forks" / today.isoformat()
    content = json.loads((folder / "fork_comparison.json").read_text())
    assert [row["name"] for row in content["branches"]] == [BASE, "dry", "three", "ses", "short"]
    assert [row["branch"] for row in content["failed"]] == ["broken"]
