"""`hrvctl bug-report`: enough to find a bug, and nothing of the person's."""

import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import pytest

from cli.homes import tree
from conftest import TODAY, Result
from hrvctl.pipeline.jobs import JOB_GRAPHS, log_names
from hrvctl.store.home import Home, append_log
from hrvctl.usecases.log_redaction import redacted_log

Hrvctl = Callable[..., Result]

AT = "2026-03-10 21:00:01,123"
RUN_ID = "00000000-0000-4000-8000-000000000000"

# Every one of them is planted somewhere the report is made from.
SECRETS = ("swordfish", "hunter2", "opensesame", "token-in-path")
WORDS = ("zanzibar", "chlamydia", "nightcap", "mistress")
VALUES = ("61.1375", "63.21", "4711.5")


@pytest.fixture
def planted(
    home_with_two_runs: Home, hrvctl: Hrvctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Home:
    """A home with health data and secrets wherever a person or a program may leave them."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-hunter2")
    address = "me:swordfish@127.0.0.1:9/token-in-path?k=hunter2"
    monkeypatch.setenv("HRVCTL_PING_URL", f"http://{address}")
    for key, value in {
        "llm_url": "https://me:hunter2@llm.example.org/opensesame/v1",
        "llm_model": "swordfish-model",
        "on_success": "curl -H 'X: opensesame' https://example.org",
        "on_failure": "mail mistress",
    }.items():
        assert hrvctl("config", "set", key, value).code == 0
    hrvctl("journal", "add", "a zanzibar nightcap, chlamydia")
    hrvctl("guess", "61.1375")
    hrvctl("reconcile", "--date", TODAY, "--actual", "63.21", "--reason", "mistress")
    hrvctl("data", "exclude", "2026-03-01", "--reason", "sick", "--note", "chlamydia")
    wrong = tmp_path / "zanzibar-clinic.csv"
    wrong.write_text("date,hrv_ms\n2026-03-01,4711.5\n")
    (home_with_two_runs.inbox / "chlamydia.csv").write_text("date,hrv_ms\nmistress,4711.5\n")
    assert hrvctl("daily", "--import", wrong).code == 3
    for trace in TRACES:
        append_log(home_with_two_runs, trace)
    return home_with_two_runs


TRACES = (
    "2026-03-10 21:00:00+02:00 ERROR Traceback (most recent call last):\n"
    '  File "/home/mistress/lib/python3.11/site-packages/hrvctl/cli/main.py", line 71, in run\n'
    "    note = 'zanzibar'\n"
    "ValueError: 4711.5 is no number for chlamydia\n",
    "2026-03-10 21:00:01,123 ERROR hrv_daily_job - 00000000-0000-4000-8000-000000000000 - 12 -"
    " journal_op - STEP_FAILURE - zanzibar nightcap 61.1375\n",
    "2026-03-10 21:00:01,124 DEBUG branch_training_op[zanzibar] - STEP_START - nightcap\n",
    "2026-03-10 21:00:01,125 DEBUG zanzibar - nightcap - 61.1375\n",
    "2026-03-10 21:00:02+02:00 INFO daily of mistress ended with 1 (failed)\n",
    "2026-03-10 21:00:02+02:00 INFO daily of me ended with 4711 (chlamydia)\n",
    '  File "/home/mistress/src/zanzibar/chlamydia.py", line 1, in hunter2\n',
    "ZanzibarError: nightcap\n",
    "nightcap\n",
)


@pytest.mark.usefixtures("planted")
def test_no_secret_or_health_data_are_in_it(hrvctl: Hrvctl, tmp_path: Path) -> None:
    """No word, value, name, path, key or address beyond its host."""
    file = tmp_path / "report.txt"
    assert hrvctl("bug-report", file).code == 0
    text = file.read_text(encoding="utf-8")
    for planted in (*SECRETS, *WORDS, *VALUES, str(tmp_path), "sk-", "@"):
        assert planted not in text.casefold(), planted
    assert "ping_url: 127.0.0.1 (from environment)" in text
    assert "llm_url: llm.example.org (from config file)" in text
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("planted")
def test_what_is_needed_to_find_a_bug_is_in_it(hrvctl: Hrvctl, tmp_path: Path) -> None:
    """Versions, schema, rows, how runs ended, and the way an error took through the packages."""
    text = hrvctl("bug-report", tmp_path / "report.txt", "--json").data["content"]
    for part in (
        "python 3.",
        "dagster 1.",
        "on_success: set (from config file)",
        "  model: auto (from default)",
        "  notes: 1 rows",
        "  hrv_daily_job: success",
        "    hrvctl/cli/main.py:71 run",
        "    ValueError",
        "ERROR hrv_daily_job journal_op STEP_FAILURE",
        "DEBUG branch_training_op STEP_START",
        "INFO daily ended with 3",
        "INFO daily ended with 1",
    ):
        assert part in text, part


def test_no_number_of_a_measurement_is_in_it(
    home_with_two_runs: Home, hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """Of all values with a fraction that are stored, none stands in the report."""
    text = hrvctl("bug-report", tmp_path / "report.txt", "--json").data["content"]
    numbers = set(re.findall(r"\d+\.\d+", text))
    with closing(connect(home_with_two_runs.database)) as database:
        stored = {
            repr(row[0])
            for query in ("SELECT value FROM measurements", "SELECT mean_ms FROM ledger")
            for row in database.execute(query)
            if row[0] % 1
        }
    assert stored
    # Seconds a run took are such numbers too; they stand before "s".
    assert not stored & (numbers - set(re.findall(r"(\d+\.\d+) s\n", text)))


@pytest.mark.parametrize("damage", ["no home", "no database", "bad config"])
def test_it_is_written_whatever_is_broken(
    home: Home, hrvctl: Hrvctl, tmp_path: Path, damage: str
) -> None:
    """A report of a bug does not end in one, and does not quote what is broken."""
    if damage != "no home":
        home.root.mkdir()
        broken = {"no database": "hrvctl.db", "bad config": "config.toml"}[damage]
        (home.root / broken).write_text('ping_url = "ftp://swordfish"\n' * 100)
    done = hrvctl("bug-report", tmp_path / "report.txt")
    assert done.code == 0
    text = (tmp_path / "report.txt").read_text()
    assert "python 3." in text
    assert "swordfish" not in text


def test_a_dry_run_shows_it_and_a_file_is_never_written_over(
    home: Home, hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """Somebody may want to read it before it is anywhere."""
    assert hrvctl("bug-report", tmp_path / "report.txt", "--dry-run").out.startswith("hrvctl bug")
    assert tree(tmp_path) == {}
    (tmp_path / "mine").write_text("mine")
    assert hrvctl("bug-report", tmp_path / "mine").code == 1
    assert (tmp_path / "mine").read_text() == "mine"
    assert not home.root.exists()


def test_a_line_of_unknown_form_is_left_out(tmp_path: Path) -> None:
    """The rule is what may stay; a format of the future tells nothing by accident."""
    log = tmp_path / "log"
    log.write_text("".join(f"{'x' * n}zanzibar: {n}.5 ms\n" for n in range(50)))
    assert list(redacted_log(log, n=20, names=frozenset())) == ["(20 lines left out)"]


def test_every_job_op_and_event_is_shown(tmp_path: Path) -> None:
    """The names are those of the graphs: an op added to one appears in reports by itself."""
    lines, shown = [], []
    for job, graph in JOB_GRAPHS.items():
        for op in (node.name for node in graph.node_defs):
            lines.append(f"{AT} DEBUG {job} - {RUN_ID} - 12 - {op} - STEP_START - of 63.21 ms\n")
            shown.append(f"{AT} DEBUG {job} {op} STEP_START")
    log = tmp_path / "log"
    log.write_text("".join(lines))
    *kept, _ = redacted_log(log, n=1000, names=log_names())
    assert kept == shown
    assert len(kept) > 10


def test_a_name_that_is_not_of_the_code_is_not_shown(tmp_path: Path) -> None:
    """A line of the same form with a person's words in it."""
    log = tmp_path / "log"
    log.write_text(
        f"{AT} DEBUG zanzibar - {RUN_ID} - nightcap - chlamydia - x\n"
        f"{AT} ERROR zanzibar failed\n"
        f"{AT} ERROR hrv_daily_job failed\n"
    )
    assert list(redacted_log(log, n=10, names=log_names())) == [
        f"{AT} DEBUG ? ? ?",
        f"{AT} ERROR ...",
        f"{AT} ERROR hrv_daily_job failed",
        "(0 lines left out)",
    ]
