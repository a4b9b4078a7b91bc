"""`hrvctl ui`: the pages answer, a run started there is an evening like any other; then it ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from cli.homes import make_export
from conftest import Result
from hrvctl.store.home import Home
from hrvctl.store.lock import run_lock

pytestmark = pytest.mark.slow

Hrvctl = Callable[..., Result]

# A page of Dagster's comes after 4 to 8 s; a machine that has other things to do takes longer.
PATIENCE_S = 90

DAILY = {
    "repositoryLocationName": "hrvctl.pipeline.definitions",
    "repositoryName": "__repository__",
}
LAUNCH = """mutation($params: ExecutionParams!) { launchRun(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on RunConfigValidationInvalid { errors { message } }
} }"""
REPEAT = """mutation($params: ReexecutionParams!) {
    launchRunReexecution(reexecutionParams: $params) {
        ... on LaunchRunSuccess { run { runId } }
        ... on PythonError { message }
    } }"""
RUNS = """{ runsOrError { ... on Runs { results {
    runId jobName status tags { key value }
    repositoryOrigin { repositoryName repositoryLocationName }
} } } }"""
EVENTS = """query($id: ID!) { logsForRun(runId: $id) { ... on EventConnection {
    events { __typename ... on MessageEvent { message } }
} } }"""
START = """mutation($of: ScheduleSelector!) { startSchedule(scheduleSelector: $of) {
    ... on ScheduleStateResult { scheduleState { status } }
} }"""
DAEMON = '{ instance { daemonHealth { daemonStatus(daemonType: "SCHEDULER") { healthy } } } }'


class Pages:
    """Dagster's pages as the person's own browser asks them for what they show."""

    def __init__(self, url: str) -> None:
        self.url, _, query = url.partition("/?")
        self.token = query.removeprefix("token=")
        with closing(HTTPConnection(self.url.removeprefix("http://"), timeout=60)) as connection:
            connection.request("GET", f"/?{query}")
            answer = connection.getresponse()
        assert answer.status == 200
        self.cookie, _, attributes = (answer.getheader("set-cookie") or "").partition("; ")
        assert attributes == "Path=/; HttpOnly; SameSite=Strict"
        assert self.token not in self.cookie

    def status(self, method: str, path: str, body: str = "", **headers: str) -> int:
        """The status of any request, by default with the cookie."""
        named = {"cookie": self.cookie, **{k.replace("_", "-"): v for k, v in headers.items()}}
        sent = {name: value for name, value in named.items() if value}
        with closing(HTTPConnection(self.url.removeprefix("http://"), timeout=60)) as connection:
            connection.request(method, path, body or None, sent)
            return connection.getresponse().status

    def ask(self, question: str, **variables: object) -> dict[str, Any]:
        """The answer to a GraphQL question."""
        body = json.dumps({"query": question, "variables": variables}).encode()
        place = self.url.removeprefix("http://")
        with closing(HTTPConnection(place, timeout=60)) as connection:
            headers = {"content-type": "application/json", "cookie": self.cookie}
            connection.request("POST", "/graphql", body, headers)
            told = json.loads(connection.getresponse().read())
        assert "errors" not in told, told
        return told["data"]

    def launch(self, config: dict[str, Any]) -> dict[str, Any]:
        """Press Launch Run on the daily job's Launchpad."""
        selector = {**DAILY, "jobName": "hrv_daily_job"}
        params = {"selector": selector, "runConfigData": config}
        return self.ask(LAUNCH, params=params)["launchRun"]

    def runs(self) -> dict[str, dict[str, Any]]:
        """Every run, by its id."""
        return {run["runId"]: run for run in self.ask(RUNS)["runsOrError"]["results"]}

    def statuses(self) -> dict[str, str]:
        """How every run ended."""
        return {run_id: run["status"] for run_id, run in self.runs().items()}


def until(wanted: Callable[[], Any]) -> Any:
    """What is wanted, as soon as it is there."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if found := wanted():
            return found
        time.sleep(0.1)
    pytest.fail(f"waited {PATIENCE_S} s in vain")


def processes_of(home: Home) -> list[str]:
    """The command lines of all processes that were given this home."""
    mark = f"DAGSTER_HOME={home.dagster}\0".encode()
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (place / "environ").read_bytes() + b"\0":
                found.append((place / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue  # it has just ended, or is somebody else's
    return [line for line in found if line]


@pytest.fixture
def lived_today(home: Home, tmp_path: Path, hrvctl: Hrvctl, real_today: date) -> Home:
    """A home whose nights end today: the pages go by the real clock."""
    today = real_today
    yesterday = today - timedelta(days=1)
    early, late = (make_export(tmp_path / str(day), last_day=day) for day in (yesterday, today))
    assert hrvctl("import", early, on=yesterday).code == 0
    assert hrvctl("daily", "--guess", "61.25", on=yesterday).code == 0
    assert hrvctl("import", late, on=today).code == 0
    return home


@pytest.fixture
def serve(home: Home, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start the program; whatever a test does, it is stopped."""
    started: list[subprocess.Popen[str]] = []

    def start(*before: str, words: tuple[str, ...] = (), **variables: str) -> Any:
        argv = [sys.executable, "-m", "hrvctl", "--home", str(home.root), *before, "ui", *words]
        process = subprocess.Popen(
            argv,
            env={**os.environ, **variables},
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=PATIENCE_S)


def end(process: subprocess.Popen[str], number: int) -> tuple[int, float, str]:
    """Stop it: its exit code, how long that took, and what it said on stderr."""
    begun = time.monotonic()
    process.send_signal(number)
    _, err = process.communicate(timeout=PATIENCE_S)
    return process.returncode, time.monotonic() - begun, err


def test_pages_show_runs_and_start_them(
    lived_today: Home, serve: Callable[..., Any], tmp_path: Path
) -> None:
    """The port is taken, so the next one; a run from the Launchpad waits for the home's lock."""
    opened = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}; cp "${{1#file://}}" {opened}.html\n')
    browser.chmod(0o755)
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        process = serve(words=("--port", str(taken), "--may-run"), BROWSER=str(browser))
        line = process.stdout.readline()
    assert line.startswith("Dagster's pages: http://127.0.0.1:"), process.communicate()
    pages = Pages(line.split()[-1])
    assert pages.url != f"http://127.0.0.1:{taken}"
    # Other users see the command line of a browser: it holds a private file that leads there.
    assert pages.token not in opened.read_text()
    entry = Path(opened.read_text().strip().removeprefix("file://"))
    assert entry.stat().st_mode & 0o077 == 0
    assert f"url={line.split()[-1]}" in Path(f"{opened}.html").read_text()

    (before,) = pages.statuses().items()
    assert before[1] == "SUCCESS"
    refused = pages.launch({"ops": {"training_op": {"config": {"model": "nope"}}}})
    assert "local_level" in refused["errors"][0]["message"]
    with run_lock(lived_today, now=datetime.now().astimezone()):
        asked = {"ops": {"intelligence_op": {"config": {"profile": "plews"}}}}
        run_id = pages.launch(asked)["run"]["runId"]
        until(lambda: pages.statuses()[run_id] == "STARTED")
        events = pages.ask(EVENTS, id=run_id)["logsForRun"]["events"]
        assert "ExecutionStepStartEvent" not in {event["__typename"] for event in events}
    until(lambda: pages.statuses()[run_id] == "SUCCESS")
    summary = json.loads((lived_today.artifacts("me") / "intelligence_summary.json").read_text())
    assert (summary["run_id"], summary["baseline"]["profile"]) == (run_id, "plews")

    # The Overview lists a run by its origin; one of the command line like one from these pages.
    runs = pages.runs()
    assert [run["repositoryOrigin"] for run in runs.values()] == [DAILY] * 2
    command, launched = (
        {tag["key"]: tag["value"] for tag in runs[one]["tags"]} for one in (before[0], run_id)
    )
    ours = {"hrvctl/subject": "me", "hrvctl/mode": "live"}
    assert command.items() >= ours.items()
    assert launched.items() >= {**ours, "hrvctl/as_of": summary["as_of"]}.items()

    # The guess of the command line is in no run history: a repetition runs without it, and says so.
    params = {"parentRunId": before[0], "strategy": "ALL_STEPS"}
    again = pages.ask(REPEAT, params=params)["launchRunReexecution"]["run"]["runId"]
    until(lambda: pages.statuses()[again] == "SUCCESS")
    messages = [e["message"] for e in pages.ask(EVENTS, id=again)["logsForRun"]["events"]]
    assert any(message.endswith("runs without guess_ms") for message in messages), messages
    features = json.loads((lived_today.artifacts("me") / "journal_features.json").read_text())
    assert (features["run_id"], features["guess"]) == (again, None)

    assert processes_of(lived_today)
    for kept in lived_today.dagster.rglob("*.db*"):
        assert pages.token.encode() not in kept.read_bytes()
    code, seconds, err = end(process, signal.SIGINT)
    assert (code, err) == (0, f"Port {taken} is taken; using {pages.url[17:]}.\n")
    assert seconds < 20
    assert processes_of(lived_today) == []
    assert not entry.exists()


def test_what_the_servers_print_is_shown_line_by_line_and_cannot_act_on_a_terminal(
    home: Home, serve: Callable[..., Any], tmp_path: Path
) -> None:
    """With `-v`: a library that prints escape sequences, as a name of a file may hold."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "if 'hrvctl' not in sys.orig_argv:  # in the servers, not in the command itself\n"
        "    print('\\x1b]52;c;Zm9v\\x07 \\x9b2J', file=sys.stderr)\n"
    )
    process = serve("-v", words=("--no-open", "--port", str(free_port())), PYTHONPATH=str(tmp_path))
    assert process.stdout.readline().startswith("Dagster's pages: ")
    _, _, err = end(process, signal.SIGTERM)
    assert "\\x1b]52;c;Zm9v\\x07 \\x9b2J\n" in err
    assert "dagster.code_server - INFO - " in err
    assert all(line.isprintable() for line in err.splitlines())
    assert processes_of(home) == []


def test_nobody_else_reads_or_changes_anything(serve: Callable[..., Any]) -> None:
    """A page of another origin, a rebound name, another user, and the pages' own read-only mode."""
    process = serve(words=("--no-open", "--port", str(free_port())))
    pages = Pages(process.stdout.readline().split()[-1])
    assert pages.status("GET", "/") == 200
    assert "daemonHealth" in pages.ask("{ instance { daemonHealth { id } } }")["instance"]
    read, json_type = '{"query": "{ version }"}', "application/json"
    assert pages.status("POST", "/graphql", read, content_type=json_type) == 200

    evil = "http://evil.example"
    mutation = "/graphql?query=mutation%7BreloadWorkspace%7B__typename%7D%7D"
    assert pages.status("GET", mutation) == 405
    assert pages.status("HEAD", mutation) == 405
    assert pages.status("POST", mutation) == 415  # what a form of another page can send
    for method, path in (("GET", "/"), ("GET", mutation), ("POST", "/graphql")):
        assert pages.status(method, path, origin=evil) == 403
        assert pages.status(method, path, sec_fetch_site="cross-site") == 403
        assert pages.status(method, path, sec_fetch_site="same-site") == 403
        assert pages.status(method, path, host="rebind.evil.example:80") == 403
        assert pages.status(method, path, cookie="") == 403
        assert pages.status(method, path, cookie=pages.cookie[:-1] + "x") == 403
    assert pages.status("GET", "/?token=another", cookie="") == 403

    upgrade = {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec_websocket_version": "13",
        "sec_websocket_key": "dGhlIHNhbXBsZSBub25jZQ==",
        "sec_websocket_protocol": "graphql-ws",
    }
    assert pages.status("GET", "/graphql", **upgrade, origin=pages.url) == 101
    assert pages.status("GET", "/graphql", **upgrade, origin=evil) == 403
    assert pages.status("GET", "/graphql", **upgrade, cookie="") == 403

    launched = pages.launch({})
    assert launched["__typename"] == "UnauthorizedError"
    asset = "/report_asset_materialization/agent_forecast"
    assert pages.status("POST", asset, "{}", content_type=json_type) == 403
    assert pages.runs() == {}


def test_the_schedule_is_switched_on_there(home: Home, serve: Callable[..., Any]) -> None:
    """With the daemon at work, in an empty home; the envelope comes first, SIGTERM ends all."""
    process = serve(
        "--json", words=("--no-open", "--daemon", "--may-run", "--port", str(free_port()))
    )
    decoder = json.JSONDecoder()
    said = ""
    while not said.endswith("}\n") or "errors" not in said:
        line = process.stdout.readline()
        assert line, process.communicate()
        said += line
    envelope = decoder.decode(said)
    assert (envelope["status"], envelope["data"]["has_daemon"]) == ("done", True)
    pages = Pages(envelope["data"]["url"])
    on = pages.ask(START, of={**DAILY, "scheduleName": "daily_schedule"})
    assert on["startSchedule"]["scheduleState"]["status"] == "RUNNING"
    health = until(lambda: pages.ask(DAEMON)["instance"]["daemonHealth"]["daemonStatus"]["healthy"])
    assert health
    assert len([line for line in processes_of(home) if "_daemon" in line]) >= 1
    code, seconds, err = end(process, signal.SIGTERM)
    assert (code, err) == (0, "")
    assert seconds < 20
    assert processes_of(home) == []
    # Run history and what every home has; no data, and no artifact.
    assert not home.exists()
    assert not (home.dagster / "artifacts").exists()


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def test_without_the_extra_it_says_how_to_install_it(home: Home) -> None:
    """A clear line and the command; nothing is made."""
    script = (
        "import sys; sys.modules['dagster_webserver'] = None; from hrvctl.cli.main import run;"
        "sys.exit(run(sys.argv[1:]))"
    )
    words = [sys.executable, "-c", script, "--home", str(home.root), "ui"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "hrvctl: Dagster's web server is not installed\n  pip install 'hrvctl[ui]'\n"
    )
    assert not home.root.exists()


def test_a_dry_run_starts_and_makes_nothing(home: Home, hrvctl: Hrvctl) -> None:
    """It says where the pages would be."""
    done = hrvctl("ui", "--dry-run", "--port", "3456")
    assert done.code == 0
    assert done.out == "Dagster's pages: http://127.0.0.1:3456\nDry run: nothing was started.\n"
    assert not home.root.exists()


def test_a_server_that_cannot_start_shows_what_it_said(
    lived_today: Home, serve: Callable[..., Any], tmp_path: Path
) -> None:
    """Its own last words, and no process left."""
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "dagster_webserver.py").write_text("raise SystemExit('no pages today')\n")
    process = serve(words=("--no-open",), PYTHONPATH=str(broken))
    out, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, out) == (1, "")
    assert err.startswith("hrvctl: Dagster's web server ended by itself (1)\n  no pages today\n")
    assert processes_of(lived_today) == []
