"""An evening spread over processes: the same files, the same words, the same exit codes."""

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from multiprocessing import AuthenticationError, current_process
from multiprocessing.connection import Client, Listener
from threading import Event, Thread

import pytest

from cli.homes import make_export
from conftest import TODAY
from hrvctl.errors import ExitCode, Locked
from hrvctl.pipeline import runner
from hrvctl.pipeline.instance import open_instance
from hrvctl.pipeline.multiprocess import processes
from hrvctl.store.database import open_store
from hrvctl.store.home import Home
from hrvctl.store.ledger import load_guesses
from hrvctl.store.lock import run_lock
from hrvctl.usecases.workspace import PrivateInputs
from pipeline.made_up import NIGHTS, NOTE, nights, write_table

pytestmark = pytest.mark.slow

QUIET = {"tags": {}, "on_stage": lambda _: None}
MULTI = ("--executor", "multiprocess")

# What differs from one run of the same evening to the next: which run, when, and hashes of these.
OF_THE_RUN = re.compile(
    r'"(?:run_id|written_at|created_at|made_at|ended_at)": "[^"]*"'
    r"|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
    r"|\b\d{4}-\d\d-\d\dT[0-9:.]+\+\d\d:\d\d\b"
    r"|\b[0-9a-f]{64}\b"
)


def artifacts_of(home):
    """Every artifact, without what differs from run to run."""
    return {
        path.name: OF_THE_RUN.sub("", path.read_text(encoding="utf-8"))
        for path in home.artifacts("me").iterdir()
        if path.is_file()  # what makes the next run faster lies in a folder beside them
    }


def evening_in(hrvctl, root, export, *words):
    """The evening of a made-up person with a journal and a guess; the home it was in."""
    here = ("--home", root)
    assert hrvctl(*here, "journal", "add", NOTE, "--tag", "alcohol=2").code == 0
    assert hrvctl(*here, "daily", "--import", export, "--guess", "61.1375", *words).code == 0
    return Home(root)


@pytest.mark.parametrize("seed", [4, 5])
def test_the_artifacts_are_the_same_to_the_byte(hrvctl, tmp_path, seed):
    """Times and run ids aside; and what the person said lies in no file of Dagster's."""
    export = make_export(tmp_path / "export", last_day=TODAY, seed=seed)
    here = evening_in(hrvctl, tmp_path / "here", export)
    spread = evening_in(hrvctl, tmp_path / "spread", export, *MULTI, "--max-concurrent", "2")
    assert artifacts_of(spread) == artifacts_of(here)
    assert len(artifacts_of(here)) == 8
    with open_store(spread, write=False) as store:
        assert [guess.hrv_ms for guess in load_guesses(store, "me")] == [61.1375]
    files = [path for path in spread.dagster.rglob("*") if path.is_file()]
    outside = [path for path in files if spread.artifacts("me") not in path.parents]
    assert any(path.parent.parent.parent.name == "storage" for path in outside)
    for path in outside:
        assert not path.stat().st_mode & 0o077, path
        for word in (NOTE, "alcohol", "61.1375"):
            assert word.encode() not in path.read_bytes(), path


def test_independent_stages_run_side_by_side(home_with_two_runs, workspace):
    """Neither tracking nor intelligence waits for the other to end."""
    run_id = runner.run_job("hrv_daily_job", workspace, ops={}, **QUIET, n_processes=2)
    with open_instance(home_with_two_runs, now=workspace.clock()) as instance:
        events = [entry.dagster_event for entry in instance.all_logs(run_id) if entry.dagster_event]
    both = {"tracking_op", "intelligence_op"}
    started, done = (
        [events.index(e) for e in events if e.step_key in both and e.event_type_value == kind]
        for kind in ("STEP_WORKER_STARTING", "STEP_SUCCESS")
    )
    assert len(started) == len(done) == 2
    assert max(started) < min(done)


def test_a_fault_a_person_can_mend_is_told_as_in_one_process(home_with_two_runs, hrvctl):
    """The stage, the words, what to do and the code."""
    after = TODAY + timedelta(days=1)
    for words in (("--guess", "5000"), ("--bedtime", "23:00")):
        here, spread = (hrvctl("daily", *words, *more, on=after) for more in ((), MULTI))
        assert (here.code, here.err, here.out) == (spread.code, spread.err, spread.out)
        assert here.code in (ExitCode.FAILED, ExitCode.USAGE)
    assert spread.err.startswith("hrvctl: fitting the models: a bedtime needs last night's sleep")
    home_with_two_runs.artifacts("me").rename(home_with_two_runs.dagster / "aside")
    home_with_two_runs.artifacts("me").write_text("in the way")
    assert hrvctl("daily", *MULTI).code == ExitCode.HOME
    (error,) = hrvctl("--json", "daily", *MULTI).json["errors"]
    assert (error["stage"], error["code"]) == ("ingest_op", "bad_home")


def test_a_damaged_value_is_named_with_the_stage_that_found_it(home_with_two_runs, hrvctl):
    """In the same words as in one process."""
    with sqlite3.connect(home_with_two_runs.database) as connection:
        connection.execute("UPDATE measurements SET start_at = 'at noon' WHERE rowid = 1")
    connection.close()
    here, spread = hrvctl("daily"), hrvctl("daily", *MULTI)
    assert spread.err.startswith("hrvctl: fitting the models: the database ")
    assert "table measurements, row 1, column start_at has 'at noon'" in spread.err
    assert (spread.code, spread.err) == (ExitCode.HOME, here.err)


def test_the_home_is_locked_until_all_processes_are_done(home_with_two_runs, workspace):
    """The parent holds the lock; its children do not ask for it."""
    refused = []

    def look(_stage):
        with pytest.raises(Locked), run_lock(home_with_two_runs, now=workspace.clock()):
            pytest.fail("two writers")
        refused.append(_stage)

    runner.run_job("hrv_daily_job", workspace, ops={}, tags={}, on_stage=look, n_processes=2)
    assert len(refused) == 7
    with run_lock(home_with_two_runs, now=workspace.clock()):
        pass


def test_ctrl_c_stops_every_process(home, hrvctl, tmp_path):
    """130, one line, a cancelled run, nothing of what was said; the next evening works."""
    table = write_table(tmp_path / "mine.csv", nights(TODAY, NIGHTS))
    words = ["--home", home.root, "daily", "--import", table, *MULTI]
    process = subprocess.Popen(
        [sys.executable, "-m", "hrvctl", *map(str, words)],
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_for("ingest_op - STEP_START", home.log, process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (ExitCode.INTERRUPTED, ""), err
    assert len(err.splitlines()) == 1
    assert err.startswith("hrvctl: stopped")
    until = time.monotonic() + 10
    while group_is_alive(process.pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert not group_is_alive(process.pid)
    assert [run["status"] for run in hrvctl("--json", "runs").data["runs"]] == ["canceled"]
    assert hrvctl("daily", "--import", table).code == ExitCode.DONE


def test_nobody_waits_for_what_goes_on_importing():
    """The process that others are forked from outlives a stopped program; its stdout does not."""
    code = (
        "import os; from hrvctl.pipeline.multiprocess import forkserver;"
        "forkserver.start_importing(); os._exit(0)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.wait(timeout=60) == 0
        began = time.monotonic()
        process.communicate(timeout=60)
        assert time.monotonic() - began < 1


def test_a_child_process_that_dies_while_it_asks_does_not_end_the_others(workspace):
    """The parent goes on answering; who does not know the key is told nothing."""
    given = replace(workspace, private=PrivateInputs(guess_ms=61.1375))
    with processes._served(given) as address:
        with socket.socket(socket.AF_UNIX) as dying:
            dying.connect(address)
        with pytest.raises(AuthenticationError):
            Client(address, authkey=b"another key")
        with Client(address, authkey=current_process().authkey) as connection:
            now, _, private, _ = connection.recv()
    assert (now, private) == (given.clock(), given.private)
    with pytest.raises(OSError, match=r"."):
        Client(address, authkey=current_process().authkey)


def test_end_of_a_run_does_not_wait_for_an_answer_that_never_comes():
    """The client that wakes the answering thread is accepted, also when the run is over by then."""
    key, is_over = current_process().authkey, Event()
    is_over.set()
    with Listener(authkey=key) as listener:
        thread = Thread(target=processes._answer, args=(listener, (), is_over), daemon=True)
        thread.start()
        Client(listener.address, authkey=key).close()
        thread.join(timeout=60)
    assert not thread.is_alive()


def group_is_alive(leader):
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for(words, log, process):
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        if log.exists() and words in log.read_text():
            return
        time.sleep(0.01)
    pytest.fail(f"{words!r} was never logged: {process.communicate()}")


def test_private_inputs_an_earlier_version_left_are_deleted_by_the_next_run(
    home_with_two_runs, workspace
):
    """It wrote them to a file for the child processes, which stayed when it was killed."""
    left = home_with_two_runs.dagster / ".said-left.json"
    left.write_text(json.dumps({"said": {"guess_ms": 61.1375}}))
    runner.run_job("greeting_job", workspace, ops={"greet": {"inputs": {"name": "me"}}}, **QUIET)
    assert not left.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--executor", "cloud"), "in-process, multiprocess"),
        (("--max-concurrent", "2"), "belongs to --executor multiprocess"),
        (("--executor", "in-process", "--max-concurrent", "2"), "belongs to"),
        (("--executor", "in_process", "--max-concurrent", "2"), "belongs to"),
        ((*MULTI, "--max-concurrent", "0"), "the least is 1"),
    ],
)
def test_words_that_make_no_sense_are_refused(hrvctl, home, words, said):
    """Exit 2, before anything is made."""
    done = hrvctl("daily", *words)
    assert done.code == ExitCode.USAGE
    assert said in done.err
    assert not home.root.exists()


@pytest.mark.parametrize("name", ["in-process", "in_process"])
def test_the_executor_is_spelled_as_an_option_or_as_dagster_spells_it(hrvctl, home, name):
    """A dry run of an empty home: accepted, nothing new."""
    assert hrvctl("daily", "--dry-run", "--executor", name).code == ExitCode.NOTHING_NEW
    shown = hrvctl("daily", "--help").out.replace("│", " ")
    assert "in-process (default)" in " ".join(shown.split())
    assert not home.root.exists()
