"""The examples work as they stand."""

import os
import subprocess
import sys
from pathlib import Path

from hrvctl.store.database import open_store
from hrvctl.store.measurements import load_as_imported, load_journal

EXAMPLES = Path(__file__).parents[2] / "examples"
# Where `pip install` put the program.
PROGRAMS = Path(sys.executable).parent


def bare(home):
    """What cron gives a command: next to nothing."""
    path = os.pathsep.join([str(PROGRAMS), "/usr/bin", "/bin"])
    return {"PATH": path, "HOME": str(home.root.parent), "HRVCTL_HOME": str(home.root)}


def crontab():
    """The schedule and the command of the one line that is neither comment nor setting."""
    lines = (EXAMPLES / "crontab").read_text(encoding="utf-8").splitlines()
    (line,) = [line for line in lines if line and not line.startswith("#") and " " in line]
    *schedule, command = line.split(maxsplit=5)
    return schedule, command


def test_the_crontab_line_is_once_every_evening():
    """Minute, hour, and every day; cron would cut the command at a bare percent sign."""
    schedule, command = crontab()
    assert schedule == ["30", "21", "*", "*", "*"]
    assert "%" not in command


def test_the_crontab_command_is_silent_when_nothing_needs_a_person(home):
    """Under cron, on a home without data: nothing new is no failure, and no mail is sent."""
    _, command = crontab()
    done = subprocess.run(
        ["/bin/sh", "-c", command], env=bare(home), capture_output=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert (home.artifacts("me") / "agent_forecast.json").exists()


def test_the_table_is_imported(home, hrvctl):
    """Every night of the table, and what was measured beside it."""
    result = hrvctl("--json", "import", EXAMPLES / "hrv.csv")
    assert result.code == 0
    (file,) = result.data["files"]
    lines = (EXAMPLES / "hrv.csv").read_text(encoding="utf-8").splitlines()
    assert (file["n_rows"], file["unknown_columns"]) == (len(lines) - 1, [])
    with open_store(home, write=False) as store:
        stored = load_as_imported(store, "me")
    first = {m.metric.value: m.value for m in stored if m.day.isoformat() == "2025-04-01"}
    assert (first["hrv_rmssd_ms"], first["resting_hr_bpm"]) == (65, 54)


def test_the_journal_script_writes_a_few_evenings(home):
    """Run as a person runs it, in one go; what it left out stays unanswered."""
    done = subprocess.run(
        ["/bin/sh", str(EXAMPLES / "journal.sh")],
        env=bare(home),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "birthday" in done.stdout
    with open_store(home, write=False) as store:
        entries = {(e.day.isoformat(), e.tag): e.value for e in load_journal(store, "me")}
    assert entries["2026-03-06", "alcohol"] == 2
    assert entries["2026-03-07", "alcohol"] == 0
    assert ("2026-03-08", "alcohol") not in entries


def test_every_example_is_spoken_of():
    """Each file has its line in the table of examples."""
    spoken = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    for path in EXAMPLES.rglob("*.*"):
        name = path.relative_to(EXAMPLES).as_posix()
        assert name == "README.md" or f"`{name}`" in spoken, name
    assert "`crontab`" in spoken
