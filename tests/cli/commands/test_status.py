"""`hrvctl status`: the week, the range and the light at a glance."""

import json
import math
import os
import socket
import statistics
import subprocess
import sys
from datetime import timedelta

import pytest

from conftest import TODAY


def test_the_week_is_that_of_the_seven_days_before_today(tmp_path, hrvctl):
    """Mean, HRV-CV and trends stand beside the range, and equal those computed by hand."""
    nights = {TODAY - timedelta(days=i): 55 + (i * 7) % 13 for i in range(80)}
    table = tmp_path / "nights.csv"
    table.write_text("\n".join(["date,hrv_ms", *(f"{d},{v}" for d, v in nights.items())]))
    hrvctl("import", table)
    result = hrvctl("status")
    week = [math.log(nights[TODAY - timedelta(days=i)]) for i in range(1, 8)]
    mean, cv = statistics.fmean(week), 100 * statistics.stdev(week) / statistics.fmean(week)
    assert f"7-day mean {math.exp(mean):.0f} ms, HRV-CV {cv:.1f} %" in result.out
    assert "14-day trend" in result.out
    assert "60-day trend" in result.out
    assert "light" in result.out


def test_without_a_night_lately_it_says_not_yet(tmp_path, hrvctl):
    """Old data alone make no week, and no number stands in for one."""
    table = tmp_path / "nights.csv"
    old = [TODAY - timedelta(days=300 + i) for i in range(30)]
    table.write_text("\n".join(["date,hrv_ms", *(f"{day},60" for day in old)]))
    hrvctl("import", table)
    result = hrvctl("status")
    assert "7-day mean, HRV-CV and trend: not yet" in result.out
    assert "the last one 300 days ago" in result.out
    assert "run `hrvctl daily`" not in result.out


def test_old_data_lead_to_what_can_be_done_with_them(tmp_path, hrvctl):
    """The commands to type are named, and work as they are."""
    table = tmp_path / "nights.csv"
    old = [TODAY - timedelta(days=300 + i) for i in range(30)]
    table.write_text("\n".join(["date,hrv_ms", *(f"{day},{60 + day.day % 7}" for day in old)]))
    hrvctl("import", table)
    words = f"hrvctl daily --as-of {old[0]}, or hrvctl backtest"
    assert hrvctl("daily").code == 5
    for command in ("daily", "status", "show forecast", "show metrics"):
        assert words in hrvctl(*command.split()).out, command
    assert hrvctl("daily", "--as-of", old[0]).code == 0
    assert hrvctl("backtest").code == 0
    absent = hrvctl("status", on=old[0] + timedelta(days=20)).out
    assert "Your nights end" not in absent
    assert f"The nights after {old[0]} are missing: hrvctl import FILE" in absent


def test_it_has_the_facts_of_the_morning_and_of_the_inbox(home_with_two_runs, hrvctl):
    """Last night beside its forecast, as `hrvctl` says it; what waits is counted."""
    said, morning = hrvctl("status"), hrvctl()
    for line in morning.out.splitlines()[:2]:
        assert line in said.out
    assert said.out.count("Normal range") == 1
    assert "In the inbox" not in said.out
    (home_with_two_runs.inbox / "new.csv").write_text("date,hrv_ms\n2026-03-10,60\n")
    assert "In the inbox 1 export waits: the next run imports it." in hrvctl("status").out
    assert hrvctl("status", "--json").data["n_waiting"] == 1


@pytest.mark.usefixtures("home_with_two_runs")
def test_what_is_sealed_is_of_the_series_that_counts(tmp_path, hrvctl):
    """After `data prefer` it says of tomorrow what the morning says."""
    nights = [TODAY - timedelta(days=i) for i in range(20)]
    table = tmp_path / "strap.csv"
    table.write_text("\n".join(["date,hrv_ms", *(f"{day},{70 + day.day % 5}" for day in nights)]))
    hrvctl("import", table)
    told = []
    for source in ("whoop", "table"):
        assert hrvctl("data", "prefer", source).code == 0
        sealed, said = hrvctl("status", "--json").data["sealed_for_tomorrow"], hrvctl("status").out
        assert sealed == hrvctl("--json").data["sealed_for_tomorrow"]
        assert ("Sealed for Wed 11 Mar 2026" in said) == bool(sealed)
        assert ("Nothing is sealed for tomorrow yet" in said) == (not sealed)
        told.append(bool(sealed))
    assert told == [True, False]


def test_it_says_how_the_last_run_ended(home_with_two_runs, hrvctl):
    """When, in words and as a code; a run that found the home locked is not one."""
    assert "Last run: Tue 10 Mar 2026 20:00, done (0)." in hrvctl("status").out
    assert hrvctl("daily").code == 4
    with home_with_two_runs.log.open("a") as log:
        log.write("2026-03-10 23:00:00+02:00 INFO daily of me ended with 11 (locked)\n")
        log.write("2026-03-10 23:00:00+02:00 INFO daily of ana ended with 1 (failed)\n")
    assert "Last run: Tue 10 Mar 2026 21:00, nothing new (4)." in hrvctl("status").out
    told = hrvctl("status", "--json").data["last_run"]
    assert told == {"at": "2026-03-10T21:00:00+02:00", "code": 4, "said": "nothing new"}


def test_a_failed_run_is_told_as_one(home_with_two_runs, hrvctl):
    """Whatever ended it, the code it ended with is there; a rehearsal is no run."""
    tomorrow = TODAY + timedelta(days=1)
    # Last night is missing, which only the run can tell.
    assert hrvctl("daily", "--bedtime", "23:00", on=tomorrow).code == 1
    assert hrvctl("daily", "--dry-run", on=tomorrow).code == 5
    assert hrvctl("daily", "--as-of", "2026-03-05", on=tomorrow).code == 0
    assert "failed (1)" in hrvctl("status", on=tomorrow).out
    assert home_with_two_runs.exists()


def test_it_says_who_is_at_work_and_who_died(home_with_two_runs, hrvctl):
    """Without waiting for them."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    for pid, said in ((os.getpid(), "is at work"), (process.pid, "died at work")):
        holder = {"pid": pid, "host": socket.gethostname(), "since": "2026-03-10T20:59:00+02:00"}
        home_with_two_runs.lock_holder.write_text(json.dumps(holder))
        assert f"Process {pid} on {socket.gethostname()} {said}" in hrvctl("status").out


@pytest.mark.parametrize(("hour", "when"), [("20:15", "Wed 11"), ("22:15", "Tue 10")])
@pytest.mark.usefixtures("home_with_two_runs")
def test_it_says_when_the_next_run_comes(hrvctl, tmp_path, monkeypatch, hour, when):
    """Where one is scheduled: this evening, or the next when this one's hour has passed."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert "Next run" not in hrvctl("status").out
    units = tmp_path / "systemd" / "user"
    units.mkdir(parents=True)
    words = ("schedule", "install", "--with", "systemd", "--at", hour, "--dry-run", "--json")
    for path, text in hrvctl(*words).data["written"].items():
        (units / path.rpartition("/")[2]).write_text(text)
    assert f"Next run: {when} Mar 2026 {hour}, by systemd." in hrvctl("status").out


def test_a_mistyped_subject_is_noticed(home_with_two_runs, hrvctl):
    """Whom the home does hold is named; one's own name is not."""
    assert home_with_two_runs.exists()
    assert (
        "Nothing is stored of mee yet; this home has me."
        in hrvctl("status", "--subject", "mee").err
    )
    assert hrvctl("status", "--json").data["subjects"] == ["me"]
    assert "this home has" not in hrvctl("status").out
