"""The graph, and what Dagster's own tools make of it."""

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from conftest import ZONE
from hrvctl.pipeline import definitions
from hrvctl.pipeline.definitions import build
from hrvctl.pipeline.jobs import JOB_GRAPHS, build_job
from hrvctl.pipeline.multiprocess.executors import unlocked_executor
from hrvctl.settings import load_settings
from hrvctl.store.database import open_store
from hrvctl.store.home import create_home
from hrvctl.store.ledger import load_sealed
from pipeline.made_up import hrv_on, write_table

pytestmark = pytest.mark.slow

MODULE = "hrvctl.pipeline.definitions"


def dagster(*words, home, dagster_home):
    """Dagster's own command, as a person runs it after `eval "$(hrvctl env)"`."""
    return subprocess.run(
        [sys.executable, "-m", "dagster", *map(str, words)],
        capture_output=True,
        text=True,
        env={**os.environ, "HRVCTL_HOME": str(home), "DAGSTER_HOME": str(dagster_home)},
        check=False,
        timeout=120,
    )


@pytest.fixture
def scratch(tmp_path):
    folder = tmp_path / "dagster-home"
    folder.mkdir()
    return folder


def after(job, op):
    """The ops an op waits for."""
    dependencies = job.graph.dependencies
    (inputs,) = [inputs for node, inputs in dependencies.items() if node.name == op]
    nodes = [node for given in inputs.values() for node in given.get_node_dependencies()]
    return {node.node for node in nodes}


def test_the_daily_job_is_wired_as_designed(workspace):
    """Tracking stands beside intelligence and agent; reconcile comes last, after both."""
    job = build_job("hrv_daily_job", workspace)
    assert {node.name for node in job.graph.nodes} == {
        "ingest_op",
        "journal_op",
        "training_op",
        "tracking_op",
        "intelligence_op",
        "agent_op",
        "reconcile_op",
    }
    assert after(job, "journal_op") == {"ingest_op"}
    assert after(job, "training_op") == {"journal_op"}
    assert after(job, "tracking_op") == {"training_op"}
    assert after(job, "intelligence_op") == {"training_op"}
    assert after(job, "agent_op") == {"intelligence_op"}
    assert after(job, "reconcile_op") == {"tracking_op", "agent_op"}


def test_the_other_jobs_are_what_their_names_say(workspace):
    """Reconcile stands alone; the greeting is made, then logged."""
    assert {n.name for n in build_job("hrv_reconcile_job", workspace).graph.nodes} == {
        "reconcile_op"
    }
    assert after(build_job("greeting_job", workspace), "log_greeting") == {"greet"}


def test_building_everything_touches_nothing(home, workspace):
    """Definitions are only words: no home is made by loading them."""
    defs = build(workspace)
    for name in JOB_GRAPHS:
        assert defs.resolve_job_def(name).name == name
    assert not home.root.exists()


def test_the_home_is_read_when_dagster_loads_the_definitions(monkeypatch, tmp_path):
    """Not when the module is imported: a test or a tool may import it for another home."""
    monkeypatch.setenv("HRVCTL_HOME", str(tmp_path / "another"))
    (sensor,) = definitions.defs().sensors
    with dg.build_sensor_context() as context:
        message = sensor.evaluate_tick(context).skip_message
    assert str(tmp_path / "another") in message


def test_every_setting_of_the_jobs_has_a_default_and_is_explained(workspace):
    """A run from Dagster's launchpad needs no config, and every field says what it is."""
    explained = set()
    for name in ("hrv_daily_job", "hrv_reconcile_job"):
        job = build_job(name, workspace)
        assert dg.validate_run_config(job, {})
        for op in (node.definition for node in job.graph.nodes):
            for key, field in getattr(op.config_field.config_type, "fields", {}).items():
                assert not field.is_required, f"{op.name}.{key}"
                assert field.description, f"{op.name}.{key}"
                explained.add(key)
    assert {"as_of", "paths", "guess_ms", "model", "profile", "first", "reason"} <= explained


def test_the_schedule_is_every_evening_in_the_persons_own_zone(workspace):
    """21:30 on their clock, one run a day, switched off until they switch it on."""
    (schedule,) = build(workspace, zone="America/New_York").schedules
    assert (schedule.cron_schedule, schedule.execution_timezone) == (
        "30 21 * * *",
        "America/New_York",
    )
    assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED
    moment = datetime(2026, 3, 10, 21, 30, tzinfo=ZONE)
    with dg.build_schedule_context(scheduled_execution_time=moment) as context:
        (request,) = schedule.evaluate_tick(context).run_requests
    assert request.run_config == {}


def test_the_schedule_and_the_sensor_ask_for_what_the_settings_ask_for(home, workspace):
    """As `hrvctl daily` does, and as they are at that moment; the pages show the same at first."""
    create_home(home)
    config = home.root / "config.toml"
    config.write_text('subject = "ana"\nmodel = "ses"\njournal_folder = "notes"\n')
    defs = build(workspace, settings=lambda: load_settings(home=home.root, options={}))
    (schedule,), (sensor,) = defs.schedules, defs.sensors
    (home.inbox / "new.csv").write_text("date,hrv_ms\n")
    with dg.build_schedule_context() as context:
        (by_schedule,) = schedule.evaluate_tick(context).run_requests
    with dg.build_sensor_context() as context:
        (by_sensor,) = sensor.evaluate_tick(context).run_requests
    asked = by_schedule.run_config["ops"]
    assert asked["ingest_op"]["config"]["subject"] == "ana"
    assert asked["training_op"]["config"]["model"] == "ses"
    # Folder, vocabulary and the llm's endpoint come from the settings when the op runs.
    assert asked["journal_op"]["config"] == {}
    assert set(asked["agent_op"]["config"]) == {"agent", "may_send"}
    job = defs.resolve_job_def("hrv_daily_job")
    assert by_sensor.run_config == by_schedule.run_config == job.run_config
    assert dg.validate_run_config(job, by_schedule.run_config)
    assert {key.path[0] for key in defs.resolve_asset_graph().get_all_asset_keys()} == {"ana"}
    config.write_text('model = "ma7"\n')
    with dg.build_schedule_context() as context:
        (later,) = schedule.evaluate_tick(context).run_requests
    assert later.run_config["ops"]["training_op"]["config"]["model"] == "ma7"


def test_the_schedule_runs_at_the_time_of_the_settings(home, workspace):
    """`schedule_at` is the minute and hour of the cron expression, and is in the description."""
    create_home(home)
    (home.root / "config.toml").write_text('schedule_at = "22:05"\n')
    defs = build(workspace, settings=lambda: load_settings(home=home.root, options={}))
    (schedule,) = defs.schedules
    assert schedule.cron_schedule == "5 22 * * *"
    assert "at 22:05" in schedule.description


def test_faulty_settings_do_not_keep_the_pages_from_opening(home, workspace):
    """The schedule says what is wrong with them when it comes to it."""
    create_home(home)
    (home.root / "config.toml").write_text('model = "nope"\n')
    defs = build(workspace, settings=lambda: load_settings(home=home.root, options={}))
    assert defs.resolve_job_def("hrv_daily_job").run_config is None
    (schedule,) = defs.schedules
    with (
        dg.build_schedule_context() as context,
        pytest.raises(dg.DagsterError) as caught,
    ):
        schedule.evaluate_tick(context)
    assert "the configuration has 1 fault" in str(caught.value.__cause__)


@pytest.mark.parametrize(
    ("op", "config", "said"),
    [
        ("training_op", {"model": "nope"}, "local_level"),
        ("intelligence_op", {"profile": "nope"}, "javaloyes"),
        ("agent_op", {"agent": "nope"}, "rules"),
        ("ingest_op", {"subjekt": "me"}, "subjekt"),
        ("ingest_op", {"paths": "one.csv"}, "paths"),
    ],
)
def test_a_wrong_config_is_refused_before_a_run_begins(workspace, op, config, said):
    """It names the field, and what could stand there."""
    job = build(workspace).resolve_job_def("hrv_daily_job")
    with pytest.raises(dg.DagsterInvalidConfigError, match=said):
        dg.validate_run_config(job, {"ops": {op: {"config": config}}})


@pytest.mark.parametrize("name", ["../other", "", "Ana Maria"])
def test_a_subject_that_is_no_name_is_refused(workspace, name):
    """Written into a page it could otherwise lead out of the home."""
    job = build_job("hrv_daily_job", workspace, executor=unlocked_executor())
    with pytest.raises(dg.Failure, match="lower-case letters"):
        job.execute_in_process(run_config={"ops": {"ingest_op": {"config": {"subject": name}}}})
    assert not workspace.home.root.exists()


def sense(workspace):
    (sensor,) = build(workspace).sensors
    with dg.build_sensor_context() as context:
        return sensor.evaluate_tick(context)


def test_the_sensor_wakes_for_a_new_file_alone(home, workspace):
    """No inbox, an empty one, and what was done already: nothing. A new file: one run."""
    assert sense(workspace).run_requests == []
    create_home(home)
    (home.done / "old.csv").write_text("imported long ago")
    (home.inbox / ".half.csv").write_text("still being copied")
    asleep = sense(workspace)
    assert asleep.run_requests == []
    assert str(home.inbox) in asleep.skip_message
    (home.inbox / "new.csv").write_text("date,hrv_ms\n")
    (request,) = sense(workspace).run_requests
    (again,) = sense(workspace).run_requests
    assert request.run_key == again.run_key
    os.utime(home.inbox / "new.csv", (0, 0))
    assert sense(workspace).run_requests[0].run_key != request.run_key


@pytest.mark.parametrize("name", ["CLI", {"value": "CLI"}])
def test_the_greeting_takes_its_name_in_both_ways_of_writing_it(workspace, name):
    """An input may be written bare or as a value."""
    result = build_job("greeting_job", workspace).execute_in_process(
        run_config={"ops": {"greet": {"inputs": {"name": name}}}}
    )
    assert result.output_for_node("greet") == "Hello, CLI!"


def test_dagsters_own_command_runs_the_greeting(home, scratch):
    """`dagster job execute` with the example's config greets, and makes no home."""
    config = Path(__file__).parents[2] / "examples" / "dagster" / "greeting.yaml"
    words = ["job", "execute", "-m", MODULE, "-j", "greeting_job", "--config", config]
    done = dagster(*words, home=home.root, dagster_home=scratch)
    assert done.returncode == 0, done.stderr
    assert "Hello, CLI!" in done.stdout + done.stderr
    assert not home.root.exists()


def test_dagsters_own_command_runs_an_evening(home, scratch, tmp_path, real_today):
    """`hrv_daily_job` from a config file, on a home with data: it seals for the real tomorrow."""
    today = real_today
    known = {today - timedelta(days=i): hrv_on(today - timedelta(days=i)) for i in range(9)}
    create_home(home)
    table = write_table(home.inbox / "mine.csv", known)
    config = tmp_path / "evening.json"
    config.write_text(json.dumps({"ops": {"ingest_op": {"config": {"paths": [str(table)]}}}}))
    words = ["job", "execute", "-m", MODULE, "-j", "hrv_daily_job", "--config", config]
    done = dagster(*words, home=home.root, dagster_home=scratch)
    assert done.returncode == 0, done.stderr
    with open_store(home, write=False) as store:
        targets = {row.forecast.target for row in load_sealed(store, "me")}
    assert targets == {today + timedelta(days=1)}


def test_dagsters_own_command_finds_nothing_wrong(home, scratch, tmp_path):
    """`dagster definitions validate`, through a workspace.yaml that names the module."""
    workspace = tmp_path / "workspace.yaml"
    workspace.write_text(f"load_from:\n  - python_module: {MODULE}\n")
    words = ["definitions", "validate", "-w", workspace]
    done = dagster(*words, home=home.root, dagster_home=scratch)
    assert done.returncode == 0, done.stderr
    assert "All code locations passed validation" in done.stdout + done.stderr
    assert not home.root.exists()
