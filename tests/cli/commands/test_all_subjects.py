"""`hrvctl daily --all-subjects`: everybody's evening, one after the other."""

import itertools
import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from cli.conftest import speak
from cli.homes import make_export, tree
from conftest import TODAY, Result
from hrvctl.domain import training
from hrvctl.domain.series import History
from hrvctl.errors import DataError, ExitCode
from hrvctl.pipeline import runner
from hrvctl.store.database import open_store
from hrvctl.store.home import Home
from hrvctl.store.ledger import load_sealed
from hrvctl.store.lock import run_lock

pytestmark = pytest.mark.slow

Hrvctl = Callable[..., Result]
PEOPLE = ("ana", "ben", "cyd")
# Stages of the log, then a person's evening, in seconds; a slow machine takes ten times as long.
PATIENCE_S = 60.0


@pytest.fixture(scope="session")
def _everybody(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("everybody") / "home"
    for number, name in enumerate(PEOPLE):
        export = make_export(root.parent / name, last_day=TODAY, seed=number)
        speak(root, "import", str(export), "--subject", name, day=TODAY)
    return root


@pytest.fixture
def everybody(home: Home, _everybody: Path) -> Home:
    """The test's home, with the nights of three people in it."""
    shutil.copytree(_everybody, home.root)
    return home


def sealed(home: Home) -> set[str]:
    """The people of whom a forecast is sealed."""
    with open_store(home, write=False) as store:
        return {row.subject for row in load_sealed(store)}


def content(home: Home, subject: str, artifact: str) -> dict[str, Any]:
    """An artifact without what differs from run to run."""
    found = json.loads((home.artifacts(subject) / f"{artifact}.json").read_text())
    return {key: found[key] for key in found.keys() - {"run_id", "written_at"}}


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException, *numbers: int) -> None:
    """Have the training of the evenings of these places fail."""
    train, place = training.train, itertools.count()

    def may_fail(history: History, **options: object) -> training.Training:
        if next(place) in numbers:
            raise error
        return train(history, **options)

    monkeypatch.setattr(training, "train", may_fail)


def test_everybody_gets_the_evening_they_would_get_alone(
    hrvctl: Hrvctl, everybody: Home, tmp_path: Path
) -> None:
    """A line and a run of the history each; the forecasts are those of `daily --subject`."""
    alone = Home(tmp_path / "alone")
    shutil.copytree(everybody.root, alone.root)
    done = hrvctl("daily", "--all-subjects")
    assert done.code == 0
    lines = done.out.splitlines()
    assert [line.split()[:2] for line in lines[:3]] == [[name, "about"] for name in PEOPLE]
    assert lines[3] == "3 evenings: 3 done"
    runs = hrvctl("runs", "--json").data["runs"]
    assert [run["tags"]["hrvctl/subject"] for run in runs] == [*reversed(PEOPLE)]
    assert sealed(everybody) == set(PEOPLE)
    assert hrvctl("ledger", "verify").code == 0
    speak(alone.root, "daily", "--subject", "ben", day=TODAY)
    for artifact in ("model_predictions", "intelligence_summary"):
        ours, theirs = (content(one, "ben", artifact) for one in (everybody, alone))
        assert ours == theirs


def test_the_failure_of_one_stops_nobody_else(
    hrvctl: Hrvctl, everybody: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 3; the entry of the one says what failed, and their run is a failed one."""
    failing(monkeypatch, ValueError("a bug"), 1)
    done = hrvctl("daily", "--all-subjects", "--json")
    assert done.code == ExitCode.PARTIAL
    assert [(one["subject"], one["status"]) for one in done.data["subjects"]] == [
        ("ana", "done"),
        ("ben", "failed"),
        ("cyd", "done"),
    ]
    (fault,) = done.json["errors"]
    assert (fault["subject"], fault["stage"]) == ("ben", "training_op")
    assert "a bug" in fault["message"]
    assert sealed(everybody) == {"ana", "cyd"}
    statuses = [run["status"] for run in hrvctl("runs", "--json").data["runs"]]
    assert statuses == ["success", "failure", "success"]
    again = hrvctl("daily", "--all-subjects")
    assert again.code == 0
    assert "3 evenings: 2 nothing new, 1 done" in again.out


def test_when_everybody_fails_it_has_failed(
    hrvctl: Hrvctl, everybody: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 1, with a line and a reason for each."""
    failing(monkeypatch, DataError("no night"), 0, 1, 2)
    done = hrvctl("daily", "--all-subjects")
    assert done.code == ExitCode.FAILED
    assert done.out.count("failed: fitting the models: no night") == 3
    assert done.err.count("no night") == 3
    assert sealed(everybody) == set()


def test_a_failed_evening_is_named_as_it_would_be_alone(
    hrvctl: Hrvctl, everybody: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stage that its message names is not named twice."""
    failing(monkeypatch, ValueError("a bug"), 0, 1, 2, 3)
    alone = hrvctl("daily", "--subject", "ana").err.splitlines()
    done = hrvctl("daily", "--all-subjects")
    assert done.out.startswith("ana  failed: training_op failed: ValueError: a bug\n")
    first = alone[0].replace("hrvctl: ", "hrvctl: ana: ")
    assert done.err.splitlines()[: len(alone)] == [first, *alone[1:]]
    assert sealed(everybody) == set()


def test_an_entry_has_what_the_command_says_of_one_alone(
    hrvctl: Hrvctl, everybody: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has the keys of that envelope; the run history is opened once for all of them."""
    opened = Mock(wraps=runner.open_instance)
    monkeypatch.setattr(runner, "open_instance", opened)
    entries = hrvctl("daily", "--all-subjects", "--json").data["subjects"]
    assert opened.call_count == 1
    alone = hrvctl("daily", "--subject", "ana", "--json")
    assert set(entries[0]) == {"subject", "status", "data", "errors"}
    assert set(entries[0]["data"]) == set(alone.data)
    assert entries[0]["data"]["agent"]["forecast"] == alone.data["agent"]["forecast"]
    assert entries[2]["data"]["artifacts"] == str(everybody.artifacts("cyd"))


@pytest.mark.parametrize(
    "words",
    [
        ("--subject", "ana"),
        ("--guess", "60"),
        ("--bedtime", "23:00"),
        ("--demo",),
        ("--show-prompt",),
        ("--import", "."),
        ("--executor", "multiprocess"),
    ],
)
def test_what_is_of_one_person_is_refused(
    hrvctl: Hrvctl, everybody: Home, words: tuple[str, ...]
) -> None:
    """Before anything is done."""
    before = tree(everybody.root)
    done = hrvctl("daily", "--all-subjects", *words)
    assert done.code == ExitCode.USAGE
    assert words[0] in done.err
    assert tree(everybody.root) == before


def test_what_lies_in_the_inbox_is_of_the_subject_of_the_settings(
    hrvctl: Hrvctl, everybody: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read once, for them; what was pulled for another is theirs, and so are nobody's notes."""
    monkeypatch.setenv("HRVCTL_SUBJECT", "ben")
    tomorrow = TODAY + timedelta(days=1)
    row = f"date,hrv_ms\n{tomorrow},61\n"
    (everybody.inbox / "mine.csv").write_text(row)
    pulled = everybody.inbox / "pull.cyd.whoop.20260311T210000.1"
    pulled.mkdir()
    (pulled / "mine.csv").write_text(row)
    notes = everybody.root / "notes"
    notes.mkdir()
    (notes / f"{tomorrow}.md").write_text("3 beers\n")
    hrvctl("config", "set", "journal_folder", notes)
    done = hrvctl("daily", "--all-subjects", "--json", on=tomorrow)
    data = {one["subject"]: one["data"] for one in done.data["subjects"]}
    assert {name: len(one["imported"]) for name, one in data.items()} == {
        "ana": 0,
        "ben": 1,
        "cyd": 1,
    }
    for name, n_answers in (("ana", 0), ("ben", 1), ("cyd", 0)):
        assert len(content(everybody, name, "journal_features")["features"]) == n_answers


def test_a_new_home_has_the_subject_of_the_settings(hrvctl: Hrvctl) -> None:
    """As without the option: nothing to forecast from yet."""
    done = hrvctl("daily", "--all-subjects")
    assert done.code == ExitCode.NOTHING_NEW
    assert done.out.startswith("me  no forecast: have 0 nights, need 1")


def test_a_replay_and_a_dry_run_are_of_everybody(hrvctl: Hrvctl, everybody: Home) -> None:
    """Neither seals anything, and a dry run leaves no trace at all."""
    before = tree(everybody.root)
    dry = hrvctl("daily", "--all-subjects", "--dry-run")
    assert dry.code == 0
    assert "nothing was written" in dry.out
    assert tree(everybody.root) == before
    yesterday = TODAY - timedelta(days=1)
    assert hrvctl("daily", "--all-subjects", "--as-of", yesterday).code == 0
    assert all((everybody.artifacts(name) / "replays" / f"{yesterday}").is_dir() for name in PEOPLE)
    assert sealed(everybody) == set()


def test_the_commands_of_the_settings_run_for_each(
    hrvctl: Hrvctl, everybody: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each is told whose evening it was, and the log has a line of each."""
    failing(monkeypatch, DataError("no night"), 1)
    said = tmp_path / "said"
    hrvctl("config", "set", "on_success", f"echo well $HRV_SUBJECT >> {said}")
    hrvctl("config", "set", "on_failure", f"echo ill $HRV_SUBJECT $HRV_EXIT_CODE >> {said}")
    assert hrvctl("daily", "--all-subjects").code == ExitCode.PARTIAL
    assert said.read_text().splitlines() == ["well ana", "ill ben 1", "well cyd"]
    log = everybody.log.read_text()
    assert [line for line in log.splitlines() if "INFO daily of" in line] == [
        f"2026-03-10 21:00:00+02:00 INFO daily of {name} ended with {code}"
        for name, code in (("ana", "0 (done)"), ("ben", "1 (failed)"), ("cyd", "0 (done)"))
    ]


def test_the_monitor_is_told_once_of_all(
    hrvctl: Hrvctl, everybody: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each by itself, the next success would hide a failure."""
    del everybody
    failing(monkeypatch, DataError("no night"), 0)
    told = Mock()
    monkeypatch.setattr("hrvctl.usecases.notifications.HttpClient.post", told)
    hrvctl("config", "set", "ping_url", "https://example.org/check")
    assert hrvctl("daily", "--all-subjects").code == ExitCode.PARTIAL
    assert [call.args[0] for call in told.call_args_list] == [
        "https://example.org/check/start",
        "https://example.org/check/3",
    ]


def test_while_another_run_is_at_work_none_begins(
    hrvctl: Hrvctl, everybody: Home, evening: Callable[[date], Callable[[], datetime]]
) -> None:
    """Exit code 11, as for one person."""
    with run_lock(everybody, now=evening(TODAY)()):
        done = hrvctl("daily", "--all-subjects")
    assert done.code == ExitCode.LOCKED
    assert sealed(everybody) == set()


def test_an_interrupt_ends_it_and_says_who_is_done(
    hrvctl: Hrvctl, everybody: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The evenings before stay; the one at work is marked as cancelled."""
    failing(monkeypatch, KeyboardInterrupt(), 1)
    done = hrvctl("daily", "--all-subjects", "--json")
    assert done.code == ExitCode.INTERRUPTED
    (fault,) = done.json["errors"]
    assert fault["message"] == "stopped: 1 of 3 evenings had ended"
    assert fault["problems"] == ["ended: ana", "not run, or not to the end: ben, cyd"]
    assert sealed(everybody) == {"ana"}
    statuses = [run["status"] for run in hrvctl("runs", "--json").data["runs"]]
    assert statuses == ["canceled", "success"]


def test_a_service_manager_stops_it_the_same_way(everybody: Home) -> None:
    """SIGTERM to the program: 143, and the lock is free for the next."""
    words = [sys.executable, "-m", "hrvctl", "--home", str(everybody.root)]
    with subprocess.Popen(
        [*words, "daily", "--all-subjects"], stderr=subprocess.PIPE, text=True
    ) as process:
        until = time.monotonic() + PATIENCE_S
        while "daily of ana ended" not in _log(everybody) and time.monotonic() < until:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == ExitCode.TERMINATED
    assert "of 3 evenings had ended" in err
    assert "ended: ana" in err
    assert not everybody.lock_holder.exists()


def _log(home: Home) -> str:
    return home.log.read_text() if home.log.exists() else ""
