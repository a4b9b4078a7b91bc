"""Text from outside through every input of the command line: no output has it raw."""

import itertools
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conftest import Result
from hrvctl.store.home import Home

Hrvctl = Callable[..., Result]

# One of each kind, none of which a file's name cannot have.
HOSTILE = (
    "\x1b[2J",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x9b31m",
    "a\u202etxt",
    "a\rb",
    "a\nhrvctl: all is well",
    "=cmd|calc",
    "<img src=x>",
    "[x](javascript:y)",
    "50 % of it",
    "\x7f\u2028\ufdd0",
)


def raw(text: str) -> list[str]:
    """The signs that a terminal may act on; our own texts have line ends and tabs."""
    unsafe = {"Cc", "Cf", "Zl", "Zp"}
    return [s for s in text if s not in "\n\t\u200c\u200d" and unicodedata.category(s) in unsafe]


def nights(first: str = "hrv_ms") -> str:
    """A table of a person's own, one more column in it."""
    cells = ",1" * (first.count(",") + 1)
    rows = "".join(f"2026-02-{day:02},{50 + day}{cells}\n" for day in range(1, 29))
    return f"date,hrv_ms,{first}\n{rows}"


def calls(text: str, folder: Path, home: Home) -> Iterator[tuple[str, ...]]:
    """Every way in."""
    table = folder / f"{text.replace('/', '_')}.csv"
    table.write_text(nights(f'"{text}"'), encoding="utf-8")
    (folder / f"bad {table.name}").write_text(f"{text},b\n1,2\n", encoding="utf-8")
    archive = folder / "a.zip"
    with zipfile.ZipFile(archive, "w") as members:
        members.writestr(f"{text}.csv", nights(f'"{text}"'))
        members.writestr(f"bad {text}.csv", f"{text},b\n1,2\n")
    yield "import", str(table)
    yield "import", str(folder / f"bad {table.name}")
    yield "import", str(folder / f"gone {table.name}")
    yield "import", str(archive), "--force"
    yield "-v", "import", str(archive), "--source", text
    yield "import", str(table), "--column", f"hrv_ms={text}"
    home.inbox.mkdir(exist_ok=True)
    (home.inbox / f"in {table.name}").write_text(f"{text},b\n1,2\n", encoding="utf-8")
    yield "journal", "add", f"2 beers {text}"
    yield "journal", "add", f"slept badly {text}", "--tag", text
    yield "journal", "list"
    yield "journal", "list", "--words"
    yield "journal", "undo", "--dry-run"
    yield "data", "list"
    yield "data", "exclude", "2026-02-09", "--reason", "sensor", "--note", text
    yield "data", "exclude", "2026-02-10", "--reason", text
    yield "ledger", "exclude", "2026-02-09", "--reason", text
    yield "data", "days"
    yield "data", "why", "2026-02-09"
    yield "data", "prefer", text
    yield "config", "set", "on_success", f"true {text}"
    yield "config", "set", "llm_model", text
    yield "config", "set", text, text
    yield "config", "show"
    yield "config", "get", text
    yield "config", "check"
    yield "-v", "--subject", text, "status"
    yield "guess", text
    yield "reconcile", "--date", text
    yield "explain", text
    yield "backup", str(folder / f"{text}.db")
    yield "restore", str(table)
    yield "restore", str(folder / f"none {table.name}")
    yield "export", str(table)
    yield "demo", str(table)
    yield (text,)
    yield "status", text
    yield "status", f"--{text}"
    yield "doctor"
    yield "runs"
    yield "schedule", "install", "--with", "cron", "--at", text, "--dry-run"


@pytest.mark.parametrize("text", HOSTILE, ids=map(ascii, HOSTILE))
def test_no_output_has_text_from_outside_raw(
    hrvctl: Hrvctl, home: Home, tmp_path: Path, text: str
) -> None:
    """Result, error, traceback and log, of commands that succeed and of commands that fail."""
    folder = tmp_path / "outside"
    folder.mkdir()
    for words in itertools.chain([("import", "nothing")], calls(text, folder, home)):
        done = hrvctl(*words)
        assert not raw(done.out + done.err), words
        assert "\nhrvctl: all is well" not in done.out + done.err, words
        as_json = hrvctl("--json", *words)
        assert not raw(as_json.out + as_json.err), words
    if home.log.exists():
        assert not raw(home.log.read_text(encoding="utf-8"))


def test_a_table_of_a_million_columns_names_the_first(hrvctl: Hrvctl, tmp_path: Path) -> None:
    """And says how many more there are."""
    table = tmp_path / "wide.csv"
    table.write_text(nights(",".join(f"c{n}" for n in range(1000))), encoding="utf-8")
    done = hrvctl("import", str(table))
    assert "and 980 more" in done.out + done.err
    assert len(done.out) < 1000
