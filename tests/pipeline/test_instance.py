"""Run history: private, silent, expendable, and never in the way of an evening."""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy
import yaml

from hrvctl.errors import HomeError
from hrvctl.pipeline.instance import open_instance
from pipeline.made_up import GUESS_MS, NOTE

pytestmark = pytest.mark.slow

HISTORIES = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")


def n_runs(workspace):
    with open_instance(workspace.home, now=workspace.clock()) as instance:
        return len(instance.get_run_records())


def health_in(folder):
    """Every file under a Dagster home that holds something the person wrote or said."""
    artifacts = folder / "artifacts"
    words = [NOTE, "alcohol", str(GUESS_MS), "sensor-slipped", "63.4375"]
    files = [path for path in folder.rglob("*") if path.is_file()]
    outside = [path for path in files if not path.is_relative_to(artifacts)]
    assert len(outside) > 5
    return {
        f"{path.relative_to(folder)}: {word}"
        for path in outside
        for word in words
        if word.encode() in path.read_bytes()
    }


def test_nothing_a_person_wrote_or_said_lies_in_run_history(home_with_two_runs, hrvctl):
    """Not the note, the tag, the guess, nor a correction: only the artifacts have them."""
    words = ["--actual", "63.4375", "--reason", "sensor-slipped"]
    assert hrvctl("reconcile", "--date", "2026-03-10", *words).code == 0
    assert "63.4375" in hrvctl("--json", "reconcile", "--date", "2026-03-10").out
    assert health_in(home_with_two_runs.dagster) == set()


def test_what_passes_between_ops_is_never_written(home_with_two_runs):
    """Databases, a settings file and a lock: no pickles, no captured output."""
    home = home_with_two_runs
    ours = {home.artifacts("me"), home.cache("me"), home.verified_chain}
    files = [
        p for p in home.dagster.rglob("*") if p.is_file() and not ours.intersection([p, *p.parents])
    ]
    assert {p.suffix for p in files} == {".db", ".yaml", ".lock"}


def test_telemetry_is_off_from_the_first_moment(workspace):
    """Nothing leaves the machine: the file Dagster reads says so, and so does Dagster."""
    with open_instance(workspace.home, now=workspace.clock()) as instance:
        assert instance.telemetry_enabled is False
    settings = yaml.safe_load((workspace.home.dagster / "dagster.yaml").read_text())
    assert settings["telemetry"] == {"enabled": False}
    assert settings["nux"] == {"enabled": False}


def test_run_history_is_for_its_owner_alone(home_with_two_runs):
    """Every file 0600, every folder 0700, Dagster's own included."""
    for path in [home_with_two_runs.dagster, *home_with_two_runs.dagster.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


def test_an_ambient_dagster_home_is_ignored(workspace, tmp_path, monkeypatch):
    """Another Dagster's home on this machine is neither read nor written."""
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.setenv("DAGSTER_HOME", str(other))
    assert n_runs(workspace) == 0
    assert list(other.iterdir()) == []


@pytest.mark.parametrize("name", HISTORIES)
@pytest.mark.parametrize("damage", ["garbage", "cut short", "overwritten"])
def test_a_damaged_history_is_moved_aside(home_with_two_runs, workspace, name, damage):
    """Whichever of its files is damaged and however, the next opening begins a new history."""
    path = home_with_two_runs.dagster / name
    content = path.read_bytes()
    path.write_bytes(
        {
            "garbage": b"x" * 5000,
            "cut short": content[:5000],
            "overwritten": content[:4096] + b"\xff" * (len(content) - 4096),
        }[damage]
    )
    artifacts = sorted(p.name for p in home_with_two_runs.artifacts("me").iterdir())
    assert n_runs(workspace) == 0
    (aside,) = home_with_two_runs.dagster.glob("damaged-*")
    assert (aside / name).exists()
    assert sorted(p.name for p in home_with_two_runs.artifacts("me").iterdir()) == artifacts


def test_a_history_damaged_twice_in_one_second_is_moved_aside_twice(home_with_two_runs, workspace):
    """The first one moved aside is not written over."""
    for n in (1, 2):
        (home_with_two_runs.dagster / HISTORIES[0]).write_bytes(b"x" * 5000)
        assert n_runs(workspace) == 0
        assert len(list(home_with_two_runs.dagster.glob("damaged-*"))) == n


def test_a_creation_that_two_began_at_once_is_moved_aside(home_with_two_runs, workspace):
    """Two heads of Dagster's own migrations, the mark of an unguarded race, are no dead end."""
    with sqlite3.connect(home_with_two_runs.dagster / HISTORIES[0]) as connection:
        connection.execute("INSERT INTO alembic_version VALUES ('5771160a95ad')")
    connection.close()
    assert n_runs(workspace) == 0
    assert len(list(home_with_two_runs.dagster.glob("damaged-*"))) == 1


def test_a_history_that_cannot_be_opened_just_now_is_left_where_it_is(
    home_with_two_runs, workspace
):
    """A file that is not damaged is not moved: it says what is wrong instead."""
    path = home_with_two_runs.dagster / HISTORIES[0]
    path.unlink()
    path.mkdir()
    with pytest.raises(HomeError, match="run history"):
        n_runs(workspace)
    assert not list(home_with_two_runs.dagster.glob("damaged-*"))


def test_an_evening_goes_on_after_its_history_was_damaged(home_with_two_runs, hrvctl):
    """The run says nothing of it, and the ledger is untouched."""
    before = hrvctl("--json", "show", "ledger").data
    (home_with_two_runs.dagster / HISTORIES[1]).write_bytes(b"x" * 5000)
    assert hrvctl("daily").code == 4
    assert hrvctl("--json", "show", "ledger").data == before


def test_losing_run_history_loses_nothing_of_ours(home_with_two_runs, hrvctl):
    """Dagster's folder deleted: the next evening makes everything anew, and seals nothing twice."""
    shutil.rmtree(home_with_two_runs.dagster)
    assert hrvctl("daily").code == 4
    assert (home_with_two_runs.artifacts("me") / "agent_forecast.json").exists()


def test_only_run_history_is_spared_the_disk_syncs(home, workspace, tmp_path):
    """Our own database, and any other, keeps syncing."""
    with open_instance(home, now=workspace.clock()):
        found = {}
        for path in (home.dagster / "history" / "runs.db", tmp_path / "other.db"):
            engine = sqlalchemy.create_engine(f"sqlite:///{path}")
            with engine.connect() as connection:
                pragma = sqlalchemy.text("PRAGMA synchronous")
                found[path.name] = connection.execute(pragma).scalar()
            engine.dispose()
    assert found == {"runs.db": 0, "other.db": 2}


def test_two_first_openings_at_once_both_work(home):
    """Two processes make the same history in the same moment; it opens ever after."""
    script = (
        "import sys; from datetime import datetime; from pathlib import Path;"
        "from hrvctl.pipeline.instance import open_instance; from hrvctl.store.home import Home;"
        "sys.stdout.write('ready'); sys.stdout.flush(); sys.stdin.read();\n"
        "with open_instance(Home(Path(sys.argv[1])), now=datetime.now()) as instance:\n"
        "    instance.get_run_records()"
    )
    words = [sys.executable, "-c", script, str(home.root)]
    home.root.mkdir()
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    both = [subprocess.Popen(words, env=dict(os.environ), **pipes) for _ in range(2)]
    for process in both:
        assert process.stdout.read(5) == b"ready"
    for process in both:
        process.stdin.close()
    for process in both:
        assert process.wait(timeout=60) == 0, process.stderr.read()
        process.stdout.close()
        process.stderr.close()
    assert not list(Path(home.dagster).glob("damaged-*"))
