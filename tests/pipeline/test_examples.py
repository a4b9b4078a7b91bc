"""The examples work as they stand."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from hrvctl.pipeline.instance import DAGSTER_YAML, open_instance
from hrvctl.pipeline.jobs import JOB_GRAPHS
from hrvctl.store.database import open_store
from hrvctl.store.measurements import load_as_imported, load_journal

pytestmark = pytest.mark.slow

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


def yaml_of(name):
    return yaml.safe_load((EXAMPLES / name).read_text(encoding="utf-8"))


def test_the_dagster_yaml_is_what_hrvctl_writes_and_a_little_more(workspace):
    """Dagster takes it, and nothing leaves the machine with it either."""
    shown, written = yaml_of("dagster/dagster.yaml"), yaml.safe_load(DAGSTER_YAML)
    assert {key: shown[key] for key in written} == written
    workspace.home.dagster.mkdir(parents=True)
    shutil.copy(EXAMPLES / "dagster" / "dagster.yaml", workspace.home.dagster)
    with open_instance(workspace.home, now=workspace.clock()) as instance:
        assert instance.telemetry_enabled is False


def test_the_workspace_leads_to_the_jobs(home, tmp_path):
    """Dagster's own tool finds every job through it, and makes no home."""
    words = ["dagster", "job", "list", "-w", EXAMPLES / "dagster" / "workspace.yaml"]
    done = subprocess.run(
        [PROGRAMS / words[0], *words[1:]],
        env={**bare(home), "DAGSTER_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    assert done.returncode == 0, done.stderr
    assert {f"Job: {name}" for name in JOB_GRAPHS} <= set(done.stdout.splitlines())
    assert not home.root.exists()


def instructions():
    """The Dockerfile's instructions, each with the rest of its line."""
    text = (EXAMPLES / "container" / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [tuple(line.split(maxsplit=1)) for line in lines]


def test_the_container_is_not_root_and_keeps_the_home_on_its_volume():
    """What is built is this package with its extra; the last user is the one it runs as."""
    said = instructions()
    assert said[0] == ("FROM", "python:3.12-slim")
    assert [rest for word, rest in said if word == "USER"] == ["hrvctl"]
    after = said[said.index(("USER", "hrvctl")) :]
    assert not [word for word, _ in after if word == "RUN"]
    (install,) = [rest for word, rest in said if word == "RUN" and rest.startswith("pip")]
    assert install.endswith("'/source[ui]'")
    for word, rest in said:
        if word == "COPY":
            for source in rest.split()[1:-1]:
                assert (EXAMPLES.parent / source).exists(), source
    environment = dict(pair.split("=") for w, r in said if w == "ENV" for pair in r.split())
    assert environment == {"HRVCTL_HOME": "/data", "DAGSTER_HOME": "/data/dagster"}
    for service in yaml_of("container/compose.yaml")["services"].values():
        assert service["volumes"] == ["home:/data"]


def commands():
    """Every command of the containers, as the words a shell would see."""
    (ours,) = [json.loads(rest) for word, rest in instructions() if word == "CMD"]
    yield ours
    for service in yaml_of("container/compose.yaml")["services"].values():
        yield service["command"]


def test_every_command_of_the_containers_exists_and_knows_its_options():
    """Each program is one that pip installs with the package, each option one of its help."""
    programs = set()
    for command in commands():
        # In a compose file two dollar signs stand for one.
        words = (
            shlex.split(command[2].replace("$$", "$").split("||")[0])
            if command[0] == "sh"
            else command
        )
        program, *rest = words
        programs.add(program)
        subcommands = [word for word in rest[:1] if word in ("run", "ui")]
        done = subprocess.run(
            [PROGRAMS / program, *subcommands, "--help"], capture_output=True, text=True, check=True
        )
        for option in (word for word in rest if word.startswith("-")):
            assert re.search(rf"(?<![\w-]){option}\b", done.stdout), (program, option)
    assert programs == {"hrvctl", "dagster-daemon"}


def test_the_pages_are_open_to_this_machine_alone():
    """`hrvctl ui` with its token on the loopback address; no port is published."""
    services = yaml_of("container/compose.yaml")["services"]
    assert services["webserver"]["command"][:2] == ["hrvctl", "ui"]
    assert services["webserver"]["network_mode"] == "host"
    assert not any("ports" in service for service in services.values())
    for name in ("webserver", "daemon"):
        # Two first openings at once would break the run history.
        assert services[name]["depends_on"]["home"]["condition"] == "service_completed_successfully"
