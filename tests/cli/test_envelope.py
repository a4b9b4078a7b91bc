"""`--json` on every command: one envelope on stdout, on success and on each kind of failure."""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import filelock
import pytest
import typer

from conftest import Result
from hrvctl.cli.app import app
from hrvctl.records.choices import Vendor
from hrvctl.store.home import Home, create_home

Hrvctl = Callable[..., Result]
KEYS = {"schema", "command", "status", "data", "errors"}
ERROR_KEYS = {"code", "message", "hint"}

# One way to call every command so that it ends well on a home that was lived in.
CALLS = {
    "daily": (),
    "reconcile": (),
    "import": ("{export}",),
    "export": ("{scratch}-export", "--dry-run"),
    "connect list": (),
    "receive": ("--dry-run",),
    "connect forget": ("oura",),
    "guess": ("62",),
    "status": (),
    "morning": (),
    "report": ("{scratch}-report.html", "--dry-run"),
    "score": (),
    "backtest": ("--models", "naive"),
    "effects": (),
    "explain": (),
    "fork": ("--branch", "dry:alcohol=0"),
    "what-if": ("alcohol=3",),
    "backup": ("--dry-run",),
    "restore": ("{saved}", "--force", "--dry-run"),
    "prune": (),
    "rebuild": (),
    "bug-report": ("{scratch}-report", "--dry-run"),
    "runs": (),
    "ui": ("--dry-run",),
    "doctor": (),
    "demo": ("{scratch}",),
    "env": (),
    "journal add": ("two beers", "--tag", "alcohol=2"),
    "journal edit": (),
    "journal remove": ("alcohol",),
    "journal undo": (),
    "journal list": (),
    "data list": (),
    "data prefer": ("auto",),
    "data exclude": ("2026-03-01", "--reason", "sick"),
    "data include": ("2026-03-01",),
    "data days": (),
    "data why": ("2026-03-01",),
    "data imports": (),
    "data forget": ("--source", "whoop", "--dry-run"),
    "subjects": (),
    "sources list": (),
    "sources show": ("whoop",),
    "schedule install": ("--with", "launchd", "--dry-run"),
    "schedule show": (),
    "schedule remove": (),
    "show forecast": (),
    "show ledger": (),
    "show metrics": (),
    "show trend": (),
    "ledger verify": (),
    "ledger anchor": ("{scratch}",),
    "ledger exclude": ("2027-03-10", "--reason", "a year ahead"),
    "ledger include": ("2027-03-10", "--reason", "a slip"),
    "ledger reproduce": (),
    "config show": (),
    "config set": ("model", "ses"),
    "config get": ("model",),
    "config unset": ("keep_runs",),
    "config edit": (),
    "config check": (),
    "config path": (),
}
# In vendors/test_connect.py, with a vendor.
WITH_A_VENDOR = {"pull", "connect test", *(f"connect {vendor}" for vendor in Vendor)}

# In commands/test_cohort*.py, with a cohort.
WITH_A_COHORT = {
    *("cohort import", "cohort run", "cohort show", "cohort score", "cohort verify"),
    *("cohort effects", "cohort learn-prior", "cohort export", "cohort backtest"),
    *("cohort proof", "cohort why", "cohort withdraw", "cohort chunk", "cohort warm"),
}


def names(group: typer.Typer, before: str = "") -> Iterator[str]:
    """Every command, with the word of its group."""
    for command in group.registered_commands:
        yield f"{before}{command.name}"
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        yield from names(inner.typer_instance, f"{before}{inner.name} ")


def check(result: Result, *, command: str, status: str) -> dict[str, object]:
    """The envelope, if it is one and stdout holds nothing else."""
    envelope = json.loads(result.out)
    assert set(envelope) == KEYS
    assert (envelope["schema"], envelope["command"], envelope["status"]) == (1, command, status)
    assert all(set(error) >= ERROR_KEYS for error in envelope["errors"])
    return envelope


def test_every_command_is_tried_here() -> None:
    """A new command must be added to the calls above."""
    assert set(names(app)) == set(CALLS) | WITH_A_VENDOR | WITH_A_COHORT


@pytest.mark.parametrize("command", CALLS)
def test_command_has_the_envelope(
    home_with_two_runs: Home,
    hrvctl: Hrvctl,
    export: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
) -> None:
    """With `--json` before the command and after it; nothing else is on stdout or stderr."""
    monkeypatch.setenv("VISUAL", "true")
    saved = tmp_path / "saved.db"
    if command == "restore":
        assert hrvctl("backup", saved).code == 0
    if command == "ledger exclude":
        assert hrvctl("guess", "60", on=date(2027, 3, 10)).code == 0
    places = {"export": export, "scratch": tmp_path / "demo", "saved": saved}
    words = [word.format(**places) for word in CALLS[command]]
    before = hrvctl("--json", *command.split(), *words)
    shutil.rmtree(places["scratch"], ignore_errors=True)  # the demo writes over nothing
    after = hrvctl(*command.split(), *words, "--json")
    for result in (before, after):
        status = "nothing_new" if result.code == 4 else "done"
        assert check(result, command=command, status=status)["errors"] == []
        assert result.err == ""
    assert set(before.data) == set(after.data)
    assert home_with_two_runs.root.is_dir()


@pytest.mark.parametrize(
    ("words", "command", "status", "code"),
    [
        (("nonsense",), "", "usage", "usage"),
        (("--colour", "status"), "", "usage", "usage"),
        (("journal",), "", "usage", "usage"),
        (("journal", "nonsense"), "", "usage", "usage"),
        (("journal", "add"), "journal add", "usage", "usage"),
        (("guess", "abc"), "guess", "usage", "usage"),
        (("guess", "5000"), "guess", "failed", "bad_data"),
        (("guess", "60", "--for", "2026-03-10"), "guess", "failed", "seal_refused"),
        (("reconcile", "--date", "2026-13-01"), "reconcile", "usage", "usage"),
        (("import", "gone.csv"), "import", "failed", "bad_data"),
        (("show", "ledger"), "show ledger", "home", "bad_home"),
        (("--subject", "Not Me", "status"), "status", "config", "bad_config"),
        (
            ("reconcile", "--date", "2026-03-09", "--actual", "6", "--reason", "x"),
            "reconcile",
            "failed",
            "not_enough_data",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_every_failure_has_the_envelope(
    hrvctl: Hrvctl, words: tuple[str, ...], command: str, status: str, code: str
) -> None:
    """Also when the words were not understood; the text stays off stderr."""
    result = hrvctl("--json", *words)
    (error,) = check(result, command=command, status=status)["errors"]
    assert error["code"] == code
    assert error["message"]
    assert result.code == {"failed": 1, "usage": 2, "home": 10, "config": 12}[status]
    assert result.err == ""


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (("status", "--json", "--colour"), "status"),
        (("guess", "abc", "--json"), "guess"),
        (("journal", "list", "--from", "x", "--json"), "journal list"),
        (("nonsense", "--json"), ""),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_usage_error_comes_as_asked_for_after_the_command_too(
    hrvctl: Hrvctl, words: tuple[str, ...], command: str
) -> None:
    """`--json` counts wherever it stands, even when what stands beside it is wrong."""
    assert check(hrvctl(*words), command=command, status="usage")["errors"]


def test_json_as_a_value_is_no_option(hrvctl: Hrvctl) -> None:
    """A note that reads `--json` is a note."""
    done = hrvctl("journal", "add", "--tag", "sick", "--", "--json")
    assert done.out.startswith("Tue 10 Mar 2026\n  sick yes  ")


def test_stage_that_failed_is_named(hrvctl: Hrvctl) -> None:
    """A fault met inside the job says at which stage, in the envelope and in the text."""
    words = ("daily", "--bedtime", "23:30")
    (error,) = check(hrvctl(*words, "--json"), command="daily", status="failed")["errors"]
    assert (error["stage"], error["code"]) == ("training_op", "not_enough_data")
    assert hrvctl(*words).err.startswith("hrvctl: fitting the models: a bedtime needs last night")


def test_files_that_failed_stand_beside_what_was_done(
    hrvctl: Hrvctl, export: Path, tmp_path: Path
) -> None:
    """Partial: the data of what was done, and an error for each file that was not."""
    (tmp_path / "empty.csv").touch()
    result = hrvctl("import", tmp_path / "empty.csv", export, "--json")
    envelope = check(result, command="import", status="partial")
    assert "empty.csv" in envelope["errors"][0]["message"]
    assert result.data["n_changed"] > 0


def test_locked_home_has_the_envelope(home: Home, hrvctl: Hrvctl) -> None:
    """A second run is told in the same form."""
    create_home(home)
    with filelock.FileLock(home.root / "lock"):
        (error,) = check(hrvctl("--json", "daily"), command="daily", status="locked")["errors"]
    assert error["code"] == "locked"


@pytest.mark.parametrize("words", [("--subject", "ana", "status"), ("status", "--subject", "ana")])
def test_subject_stands_before_the_command_and_after_it(
    imported: Home, hrvctl: Hrvctl, words: tuple[str, ...]
) -> None:
    """The data of one subject is not that of another."""
    assert (hrvctl(*words, "--json").data["subject"], imported.exists()) == ("ana", True)
    assert hrvctl(*words, "--json").data["n_nights"] == 0
    assert hrvctl("status", "--json").data["n_nights"] > 0


def test_subject_after_the_command_wins(imported: Home, hrvctl: Hrvctl) -> None:
    """What stands nearer to the command counts; an empty name is a fault, not the default."""
    assert imported.exists()
    assert (
        hrvctl("--subject", "ben", "status", "--subject", "ana", "--json").data["subject"] == "ana"
    )
    assert hrvctl("status", "--subject", "").code == 12


def test_envelope_is_ascii_whatever_the_note(hrvctl: Hrvctl) -> None:
    """Any terminal and any pipe can carry it, and it says the same."""
    hrvctl("journal", "add", "zwölf 🍺")
    result = hrvctl("journal", "list", "--json")
    assert result.out.isascii()
    assert result.data["notes"][0]["text"] == "zwölf 🍺"
