"""The console blocks of the README and docs/: each can be typed, and prints what it shows.

One person types a page's blocks from top to bottom: the README's with nothing but an export, those
of another page with a home that has two evenings in it.
"""

import io
import json
import re
import shlex
import shutil
import tomllib
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import datetime, time, timedelta
from itertools import groupby
from pathlib import Path

import platformdirs
import pytest

from cli.homes import make_export
from conftest import TODAY, Result
from hrvctl.cli.main import run
from hrvctl.network.vendors import DESCRIPTIONS
from hrvctl.records.choices import Vendor
from network.endpoint import says
from network.endpoint import serving as endpoint_at_work
from vendors.fake import KEY, FakeVendor
from vendors.fake import serving as vendor_at_work

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]

Say = Callable[[list[str]], Result]

# Commands that wait for somebody, need another past, or are another program's: the file that runs
# each, and how it is written there. The README's bash blocks are run word for word by .ci/run.
ELSEWHERE = {
    "hrvctl ui": ("tests/browser/pages.py", '"ui", *options'),
    "hrvctl ui --may-run --daemon": ("tests/browser/pages.py", '"--daemon", "--may-run"'),
    "hrvctl receive --lan 192.168.1.20 --cert cert.pem --key key.pem": (
        "tests/vendors/test_receive.py",
        "--lan 192.168.1.20",
    ),
    "hrvctl ledger exclude 2027-12-04 --reason 'the clock was a year ahead'": (
        "tests/cli/commands/test_ledger.py",  # in a home whose clock was
        '("ledger", "exclude", AHEAD, "--reason", "the clock was a year ahead")',
    ),
    "eval '$(hrvctl env)'": ("tests/cli/commands/test_config.py", 'eval "$('),
    "dagster definitions validate -m hrvctl.pipeline.definitions": (
        "tests/pipeline/test_definitions.py",
        '"definitions", "validate"',
    ),
    "dagster job execute -m hrvctl.pipeline.definitions -j greeting_job"
    " --config examples/dagster/greeting.yaml": (
        "tests/pipeline/test_definitions.py",
        '"greeting_job", "--config"',
    ),
    "pip install '.[ui]'": ("examples/container/Dockerfile", "/source[ui]"),
    "ruff format --check .": (".ci/run", "\nruff format --check .\n"),
    "ruff check .": (".ci/run", "\nruff check .\n"),
    "mypy": (".ci/run", "\nmypy\n"),
    "lint-imports": (".ci/run", "\nlint-imports\n"),
    "pytest -n auto": ("README.md", "python3 -m pytest -n auto"),
    ".ci/run": (".ci/run", "#!/usr/bin/env bash"),
}
# What the language model of the page about it answers.
OF_THE_LLM = {
    "mean_ms": 57.0,
    "adjust_reason": "an ordinary day",
    "confidence": "low",
    "sentences": ["Expect 57 ms."],
    "suggestion": None,
}
# What else than 0 a command may end with, where the page is about that.
ENDS = {"hrvctl config check": 12}


def shown(page: Path) -> list[tuple[str, list[str]]]:
    """Each line that is typed, with the lines shown as its answer."""
    text = page.read_text(encoding="utf-8")
    lines: list[tuple[str, list[str]]] = []
    for block in re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                lines.append((line[2:], []))
            else:
                lines[-1][1].append(line)
    return lines


def commands(line: str) -> Iterator[list[str]]:
    """The words of each command of a line, without its comment."""
    words = shlex.split(line, comments=True)
    for is_between, found in groupby(words, lambda word: word == "&&"):
        if not is_between:
            yield list(found)


@pytest.fixture
def ana(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's own folder, with files as the pages name them, and an editor that adds a line."""
    folder = tmp_path / "home" / "ana"
    (folder / "Sync" / "health").mkdir(parents=True)
    export = make_export(tmp_path / "export", last_day=TODAY)
    shutil.make_archive(str(folder / f"my_whoop_data_{TODAY:%Y_%m_%d}"), "zip", export)
    (folder / "mine.csv").write_text("Datum;HFV\n2026-03-01;52\n2026-03-02;57\n")
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "1 coffee at 8am" >> "$1"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(editor))
    monkeypatch.setenv("HOME", str(folder))
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def say(
    tmp_path: Path,
    ana: Path,
    monkeypatch: pytest.MonkeyPatch,
    evening: Callable[..., Callable[[], datetime]],
) -> Iterator[Say]:
    """Give a command in ana's folder, a minute after the other, on the evening of the tests.

    `hrvctl morning` is the next morning's, when she has put her newest export into the inbox. The
    vendor that is asked knows her key.
    """
    assert Path.cwd() == ana
    # Few nights: her device is the one whose export she has.
    nights = {TODAY - timedelta(days=n): (50.0 + n, 52) for n in range(3)}
    with vendor_at_work(FakeVendor(nights=nights)) as vendor:
        here = DESCRIPTIONS[Vendor.INTERVALS].at(vendor.url)
        monkeypatch.setitem(DESCRIPTIONS, Vendor.INTERVALS, here)
        at = evening(TODAY)()

        def call(words: list[str]) -> Result:
            nonlocal at
            at += timedelta(minutes=1)
            if words == ["morning"]:
                at = datetime.combine(at.date() + timedelta(days=1), time(7, 30), at.tzinfo)
                home = platformdirs.user_data_path("hrvctl", appauthor=False)
                make_export(home / "inbox" / "of the night", last_day=at.date())
            monkeypatch.setattr("sys.stdin", io.StringIO(f"{KEY}\n"))
            out, err = io.StringIO(), io.StringIO()
            with redirect_stdout(out), redirect_stderr(err):
                code = run(words, clock=lambda: at)
            said = (stream.getvalue().replace(str(tmp_path), "") for stream in (out, err))
            return Result(int(code), *said)

        yield call


@pytest.fixture
def page(
    request: pytest.FixtureRequest, ana: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A page, and what it speaks of: a language model that answers, or a misspelt configuration."""
    if request.param != README:
        lived = request.getfixturevalue("_lived")
        shutil.copytree(lived, platformdirs.user_data_path("hrvctl", appauthor=False))
    if request.param.name == "settings.md":
        config = platformdirs.user_config_path("hrvctl", appauthor=False) / "config.toml"
        assert config.is_relative_to(ana)
        config.parent.mkdir(parents=True)
        config.write_text('subject = "me"\nkeep_runs = 0\n')
        monkeypatch.setenv("HRVCTL_MODLE", "ses")
    with endpoint_at_work(says(OF_THE_LLM)) as endpoint:
        if request.param.name == "agent.md":
            monkeypatch.setenv("HRVCTL_LLM_URL", endpoint.url)
        yield request.param


def piped(words: list[str], say: Say) -> Result:
    """A command as it is typed; `jq PATH` behind a pipe gives what is at that place."""
    if "|" not in words:
        return say(words[1:])
    *before, pipe, program, path = words
    assert (pipe, program) == ("|", "jq")
    result = say(before[1:])
    value = json.loads(result.out)
    for key in path.removeprefix(".").split("."):
        value = value[key]
    return Result(result.code, f"{json.dumps(value)}\n", result.err)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if shown(page)], ids=lambda page: page.name, indirect=True
)
def test_a_page_can_be_typed_from_top_to_bottom(page: Path, say: Say) -> None:
    """Every command ends well, and the lines that are shown are printed, in that order."""
    for line, answer in shown(page):
        for words in commands(line):
            typed = shlex.join(words)
            if typed in ELSEWHERE:
                file, how = ELSEWHERE[typed]
                assert how in (ROOT / file).read_text(encoding="utf-8"), typed
                continue
            assert words[0] == "hrvctl", f"{page.name}: nobody runs {typed!r}"
            result = piped(words, say)
            assert result.code == ENDS.get(typed, 0), f"{page.name}: {line}\n{result.err}"
            printed = iter(f"{result.out}{result.err}".splitlines())
            for expected in answer:
                assert expected in printed, (
                    f"{page.name}: {line}\n{expected}\n{result.out}{result.err}"
                )


def test_the_readme_is_read_in_one_go() -> None:
    """What is longer goes to docs/."""
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 120


def test_an_extra_that_a_page_names_exists() -> None:
    """Where a page says `pip install '.[NAME]'`, or one of the tools for programs."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    named = {
        extra
        for page in PAGES
        for found in re.findall(
            r"'(?:hrvctl|\.|[^' ]*/)\[([a-z,]+)\]'", page.read_text(encoding="utf-8")
        )
        for extra in found.split(",")
    }
    assert named
    assert named <= set(extras)
