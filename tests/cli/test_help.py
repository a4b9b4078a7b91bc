"""The help of every command, words people try instead of one, and what the Tab key offers."""

import io
import os
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable
from contextlib import redirect_stdout
from importlib.resources import files

import pytest
import typer

from conftest import Result
from hrvctl.cli import main
from hrvctl.cli.app import app
from hrvctl.cli.help import MEANT, examples
from hrvctl.cli.main import run
from hrvctl.cli.session import Session
from hrvctl.cli.summaries import SUMMARIES
from hrvctl.records.choices import Agent, Model, Profile
from hrvctl.store.home import Home

Hrvctl = Callable[..., Result]
ROOT = typer.main.get_command(app)
COMMANDS = [
    " ".join(filter(None, [name, inner]))
    for name, one in ROOT.commands.items()  # type: ignore[attr-defined]
    for inner in getattr(one, "commands", [""])
]
# Names of Python types that say nothing to a person, as Typer shows them.
TYPES = ("<bool>", "<str>", "<int>", "<float>", "<Path>", "<list", "[[", "......")
# Words of the screens of `daily`, `status`, `score`, `effects` and `reconcile`.
SEEN = (
    "7-day-mean HRV-CV trend light green amber red normal-range robust60 drivers label rough plain"
    " sealed hash late ledger MAE bias skill pinball held RMSSE lead horizon placebo credible"
    " served withheld stale replay as-of guess baseline RMSSD SDNN interval"
)


def test_help_shows_what_to_type_and_no_type_of_python(hrvctl: Hrvctl) -> None:
    """Each has an example that can be typed as it is, and `-h` is `--help`."""
    for name in COMMANDS:
        shown = hrvctl(*name.split(), "-h")
        assert (shown.code, shown.err) == (0, "")
        assert not [one for one in TYPES if one in shown.out], name
        words = " ".join(shown.out.split())
        assert examples(name), name
        for line in examples(name):
            assert " ".join(line.split()[:3]) in words, line
            parse(line)


def parse(line: str) -> None:
    """Parse a line as the program would, without running it."""
    group, words = ROOT, shlex.split(line.removeprefix('eval "$(').removesuffix(')"'))[1:]
    context = typer.Context(group, info_name="hrvctl", obj=Session())
    while hasattr(group, "commands"):
        group = group.commands[words.pop(0)]
        context = typer.Context(group, parent=context, info_name=group.name)
    group.parse_args(context, words)


def test_summaries_are_the_first_sentences_of_the_commands() -> None:
    """The list of commands is shown without loading them, and says what each says of itself."""
    for path, summary in SUMMARIES.items():
        command = ROOT
        for word in path.split():
            command = command.commands[word]  # type: ignore[attr-defined]
        assert " ".join((command.help or "").split("\n\n")[0].split()) == summary, path


@pytest.mark.parametrize("group", ["", "journal", "ledger"])
def test_help_of_a_group_is_the_same_with_all_commands_loaded(hrvctl: Hrvctl, group: str) -> None:
    """Whether the shell asks for completions, which loads them, or a person for the list."""
    shown = hrvctl(*group.split(), "--help")
    every = [word for name in COMMANDS for word in name.split()]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(main, "_words", lambda _: frozenset(every))
        assert hrvctl(*group.split(), "--help") == shown


def test_help_is_a_word_too(hrvctl: Hrvctl) -> None:
    """`hrvctl help` and `hrvctl help daily` show what `--help` does."""
    assert hrvctl("help").out == hrvctl("--help").out
    assert hrvctl("help", "journal", "add").out == hrvctl("journal", "add", "--help").out
    assert hrvctl("journal", "help").out == hrvctl("journal", "--help").out


def test_words_people_try_lead_to_a_command(hrvctl: Hrvctl) -> None:
    """None of them is a command, and what is offered in its place is one."""
    for word, meant in MEANT.items():
        done = hrvctl(word, "--json")
        (error,) = done.json["errors"]
        assert (done.code, error["hint"]) == (2, f"try `hrvctl {meant}`")
        plain = meant.partition("--")[0].strip()
        assert any(name.startswith(plain) for name in COMMANDS), meant


def test_every_option_of_all_commands_may_follow_it(hrvctl: Hrvctl, tmp_path) -> None:
    """`--home` too, and it says when a day starts before a date is read."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "config.toml").write_text('subject = "ann"\n')
    assert hrvctl("config", "get", "subject", "--home", other).out == "ann\n"
    assert hrvctl("config", "get", "subject", "--subject", "bob").out == "bob\n"
    assert "Traceback" in hrvctl("restore", "nothing", "--verbose").err
    assert hrvctl("status", "--home", "").code == 2


def test_every_word_on_a_screen_is_explained(hrvctl: Hrvctl) -> None:
    """By the topic that has it, in any case and with blanks or dashes; each word by one."""
    for word in (*SEEN.split(), *Model, *Profile, *Agent):
        assert hrvctl("explain", *word.split("-")).code == 0, word
    topics = tomllib.loads((files("hrvctl.cli") / "topics.toml").read_text(encoding="utf-8"))
    words = [word for topic in topics.values() for word in topic["words"]]
    assert len(words) == len(set(words))


@pytest.fixture
def complete(home: Home, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """What the Tab key offers at the end of the words, in bash."""

    def call(words: str) -> list[str]:
        typed = f"hrvctl --home {home.root} {words}"
        monkeypatch.setenv("_HRVCTL_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", typed)
        monkeypatch.setenv("COMP_CWORD", str(len(typed.split(" ")) - 1))
        out = io.StringIO()
        with redirect_stdout(out), pytest.raises(SystemExit):
            run([])
        monkeypatch.delenv("_HRVCTL_COMPLETE")
        return out.getvalue().split()

    return call


def test_tab_completes_values(complete: Callable[[str], list[str]], hrvctl: Hrvctl) -> None:
    """Subjects and tags of the home, models, sources, topics, reasons and dates."""
    assert complete("status --subject ") == []
    assert hrvctl("--subject", "ann", "journal", "add", "--tag", "tuba").code == 0
    for words, offered in {
        "status --subject ": "ann",
        "journal add --tag tub": "tuba",
        "journal add --tag alcoh": "alcohol",
        "sources show kub": "kubios",
        "import --source trainingp": "trainingpeaks",
        "daily --as-of yes": "yesterday",
        "daily --model hier": "hierarchical",
        "backtest --models ses,na": "ses,naive",
        "explain stale": "staleness",
        "data exclude 2026-01-01 --reason tr": "travel",
        "config set keep_r": "keep_runs",
        "journal remove tub": "tuba",
        "data forget --subject ann --source us": "user",
        "schedule install --report wed": "wednesday",
        "schedule remove morn": "morning",
    }.items():
        assert complete(words) == [offered], words


def test_tab_completes_the_number_of_an_import(
    complete: Callable[[str], list[str]], imported: Home
) -> None:
    """That of the person's own imports."""
    assert imported.exists()
    assert complete("data forget --import ") == ["1"]


def test_tab_loads_nothing_that_computes(home: Home, hrvctl: Hrvctl) -> None:
    """It answers at once."""
    assert hrvctl("--subject", "ann", "journal", "add", "--tag", "tuba").code == 0
    words = ["hrvctl", "--home", str(home.root), "journal", "add", "--tag", "tub"]
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "from hrvctl.cli.main import main; main()"],
        env={
            **os.environ,
            "COMP_WORDS": " ".join(words),
            "COMP_CWORD": str(len(words) - 1),
            "_HRVCTL_COMPLETE": "complete_bash",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert done.stdout.split() == ["tuba"]
    assert not {"pandas", "dagster", "numpy"} & loaded
