"""Running a job: one at a time, silent, its failures named, and a kill leaves nothing stuck."""

import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import pytest

from conftest import TODAY
from hrvctl.domain import training
from hrvctl.errors import ExitCode, HomeError, Interrupted, Locked, RunFailed
from hrvctl.pipeline import runner
from hrvctl.pipeline.instance import open_instance
from hrvctl.pipeline.run_history import list_runs
from hrvctl.pipeline.run_tags import MODE, STARTED_FROM
from hrvctl.store.home import create_home
from hrvctl.store.lock import run_lock
from pipeline.made_up import NIGHTS, nights, write_table

pytestmark = pytest.mark.slow

GREET = {"greet": {"inputs": {"name": {"value": "runner"}}}}


def greet(workspace, *, on_stage=lambda _: None, **tags):
    return runner.run_job("greeting_job", workspace, ops=GREET, tags=tags, on_stage=on_stage)


def evening_of(workspace, **ingest):
    return runner.run_job(
        "hrv_daily_job",
        workspace,
        ops={"ingest_op": {"config": ingest}},
        tags={},
        on_stage=lambda _: None,
    )


def statuses(workspace):
    return {run.run_id: run.status for run in list_runs(workspace, limit=100)}


def test_stages_are_told_as_they_start(workspace):
    """The progress line hears each stage, in order."""
    heard = []
    greet(workspace, on_stage=heard.append)
    assert heard == ["greet", "log_greeting"]


def test_a_run_is_silent(workspace, capfd):
    """Not a word on stdout or stderr, from Dagster or its helpers."""
    greet(workspace)
    assert capfd.readouterr() == ("", "")


def test_a_run_is_listed_under_its_code_location(workspace):
    """Its tags let Dagster's pages find the job, and `hrvctl runs` whose it was."""
    run_id = greet(workspace, **{"hrvctl/subject": "me"})
    with open_instance(workspace.home, now=workspace.clock()) as instance:
        run = instance.get_run_by_id(run_id)
    origin = run.remote_job_origin
    location = "__repository__@hrvctl.pipeline.definitions"
    assert (origin.repository_origin.get_label(), origin.job_name) == (location, "greeting_job")
    assert run.tags["hrvctl/subject"] == "me"


def test_the_latest_runs_come_first(workspace):
    """Newest first, how each ended and how long it took."""
    first, second = greet(workspace), greet(workspace)
    found = list_runs(workspace, limit=10)
    assert [run.run_id for run in found] == [second, first]
    assert [run.status for run in found] == ["success", "success"]
    assert all(run.seconds >= 0 for run in found)


def test_one_run_at_a_time(workspace):
    """While the home is locked another run is refused, and is not in the history."""
    create_home(workspace.home)
    with (
        run_lock(workspace.home, now=workspace.clock()),
        pytest.raises(Locked, match="another run"),
    ):
        greet(workspace)
    assert statuses(workspace) == {}


@pytest.fixture
def bug(monkeypatch):
    """A bug in the training stage; called, it is mended."""

    def broken(*_, **__):
        raise ValueError("no such value")

    sound = training.train
    monkeypatch.setattr(training, "train", broken)
    return lambda: monkeypatch.setattr(training, "train", sound)


@pytest.mark.usefixtures("bug")
def test_a_bug_names_its_stage_and_keeps_its_traceback(home_with_two_runs, workspace):
    """The stage, one clear line, the traceback in the log, a failed run."""
    with pytest.raises(RunFailed, match=r"^training_op failed: \w+Error: ") as caught:
        evening_of(workspace)
    assert str(home_with_two_runs.log) in caught.value.hint
    log = home_with_two_runs.log.read_text()
    assert "Traceback (most recent call last)" in log
    assert caught.value.message.removeprefix("training_op failed: ") in log
    assert next(iter(statuses(workspace).values())) == "failure"


def test_a_fault_a_person_can_mend_names_its_stage_and_keeps_its_code(home_with_two_runs, hrvctl):
    """A file where a folder should be: the home is at fault, found by the first stage."""
    shutil.rmtree(home_with_two_runs.artifacts("me"))
    home_with_two_runs.artifacts("me").write_text("in the way")
    result = hrvctl("--json", "daily")
    assert result.code == ExitCode.HOME
    assert result.json["errors"][0]["stage"] == "ingest_op"
    assert result.json["errors"][0]["code"] == HomeError.code


@pytest.mark.usefixtures("bug")
def test_a_failing_stage_is_told_on_the_command_line(home_with_two_runs, hrvctl):
    """Exit 1, the stage first, where the details are last; no traceback on the terminal."""
    result = hrvctl("daily")
    assert result.code == ExitCode.FAILED
    assert result.err.startswith("hrvctl: training_op failed: ValueError: ")
    assert str(home_with_two_runs.log) in result.err
    assert "Traceback" not in result.err
    assert result.out == ""


@pytest.mark.usefixtures("home_with_two_runs")
def test_a_stage_that_failed_seals_nothing_and_the_next_run_works(hrvctl, bug):
    """What was sealed before stays as it was; mended, the evening goes on."""
    before = hrvctl("--json", "show", "ledger").data
    assert hrvctl("daily").code == ExitCode.FAILED
    assert hrvctl("--json", "show", "ledger").data == before
    bug()
    assert hrvctl("daily").code == ExitCode.NOTHING_NEW


def test_the_log_of_many_runs_stays_small(home_with_two_runs, workspace):
    """It turns over at a megabyte, and three old ones are kept, each its owner's alone."""
    for n in range(runner.LOG_FILES + 2):
        home_with_two_runs.log.write_text(f"{n}" * (runner.LOG_BYTES - 10))
        greet(workspace)
    logs = {path.name: path for path in home_with_two_runs.root.glob("hrvctl.log*")}
    assert sorted(logs) == ["hrvctl.log", "hrvctl.log.1", "hrvctl.log.2", "hrvctl.log.3"]
    assert logs["hrvctl.log.3"].read_text().startswith("2222")
    for path in logs.values():
        assert path.stat().st_size <= runner.LOG_BYTES
        assert not path.stat().st_mode & 0o077


def test_the_log_tells_what_every_run_did(workspace):
    """Every stage's start and success, and what an op itself logged."""
    greet(workspace)
    log = workspace.home.log.read_text()
    assert "greet - STEP_START" in log
    assert "Hello, runner!" in log
    assert "RUN_SUCCESS" in log
    assert logging.getLogger("hrvctl").handlers == []


def interrupt(_stage):
    raise KeyboardInterrupt


def test_a_run_that_is_interrupted_is_marked_as_cancelled(workspace):
    """Ctrl-C in a stage: cancelled, and no other run is touched."""
    done = greet(workspace)
    with pytest.raises(Interrupted):
        greet(workspace, on_stage=interrupt)
    found = statuses(workspace)
    assert found.pop(done) == "success"
    assert list(found.values()) == ["canceled"]


def test_an_interrupt_before_there_is_a_run_touches_no_run(workspace):
    """The run before it stays a success."""
    done = greet(workspace)
    with open_instance(workspace.home, now=workspace.clock()) as instance:
        runner._mark_cancelled(instance, "never-begun")
    assert statuses(workspace) == {done: "success"}


def test_a_run_whose_process_was_killed_is_marked_by_the_next(workspace):
    """Nobody sees a dead run as running for ever; a run of Dagster's own tools is left alone."""
    job = dg.GraphDefinition(name="anything").to_job()
    with open_instance(workspace.home, now=workspace.clock()) as instance:
        started = {"job_def": job, "status": dg.DagsterRunStatus.STARTED}
        ours, theirs, tagged = [
            instance.create_run_for_job(**started, tags=tags).run_id
            for tags in ({MODE: "live"}, {}, {MODE: "live", STARTED_FROM: "dagster"})
        ]
        again = instance.create_run_for_job(
            **started, tags={MODE: "live"}, root_run_id=ours, parent_run_id=ours
        ).run_id
    greet(workspace)
    found = statuses(workspace)
    assert found.pop(ours) == "failure"
    assert [found.pop(run_id) for run_id in (theirs, tagged, again)] == ["started"] * 3
    assert list(found.values()) == ["success"]


@pytest.mark.parametrize("words", ["training_op - STEP_START", "training_op - STEP_INPUT"])
def test_ctrl_c_in_a_running_evening(home, hrvctl, tmp_path, words):
    """A process of its own, stopped in the middle: 130, one line, cancelled; the next one works."""
    table = write_table(tmp_path / "mine.csv", nights(TODAY, NIGHTS))
    argv = [sys.executable, "-m", "hrvctl", "--home", home.root, "daily", "--import", table]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen(list(map(str, argv)), env=dict(os.environ), **pipes)
    wait_for(words, home.log, process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (ExitCode.INTERRUPTED, "")
    assert len(err.splitlines()) == 1
    assert err.startswith("hrvctl: stopped")
    assert [run["status"] for run in hrvctl("--json", "runs").data["runs"]] == ["canceled"]
    assert hrvctl("daily").code == ExitCode.DONE


def wait_for(words, log, process):
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        if log.exists() and words in Path(log).read_text():
            return
        time.sleep(0.005)
    pytest.fail(f"{words!r} was never logged: {process.communicate()}")
