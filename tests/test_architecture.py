"""The architecture: who may import whom, which commands stay light, and what is documented."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path

import pytest
import typer
from platformdirs.macos import MacOS
from platformdirs.unix import Unix

from hrvctl.cli.app import app
from hrvctl.domain import baseline
from hrvctl.domain.forecast.registry import CANDIDATES
from hrvctl.records.choices import Agent, Model, Profile
from hrvctl.setting_values import as_text
from hrvctl.settings import KEYS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.glob("*.md")])
HEAVY = (
    "dagster",
    "fsspec",
    "jinja2",
    "matplotlib",
    "numba",
    "numpy",
    "pandas",
    "pyarrow",
    "requests",
    "scipy",
    "statsmodels",
)
MAX_LINES = 400
# Packages whose module has another name, and modules that a package brings and is used with:
# Dagster's database and server, Jinja's text, the rest of Dask.
MODULES = {"pyyaml": "yaml"}
BROUGHT = {"sqlalchemy", "uvicorn", "markupsafe", "dask"}
# What is for benchmarks and documentation alone, and what is looked up by its name.
NOT_IMPORTED = {"statsforecast", "zensical", "numba"}

# Words after `hrvctl --home HOME`, one call a line; a light command must not load what is heavy.
LIGHT = """
--help
--version
status
show forecast
show ledger
show metrics
show trend
journal list
journal add two beers --tag sick
journal edit
journal list --words
journal undo
guess 60
config show
config path
config get model
config set model ses
config unset model
config edit
config check
env
ledger verify
""".strip().splitlines()

# Runs each call in turn in one fresh process and tells the first that loads something heavy.
PROBE = """
import contextlib, io, json, os, sys
from datetime import datetime, timezone
from hrvctl.cli.main import run

def evening():
    return datetime(2026, 3, 10, 21, tzinfo=timezone.utc)


os.environ["VISUAL"] = "true"  # an editor that changes nothing
home, heavy, calls = json.loads(sys.argv[1])
codes = []
for call in calls:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        codes.append(run(["--home", home, *call.split()], clock=evening))
    loaded = [name for name in heavy if name in sys.modules]
    assert not loaded, f"{call!r} loads {loaded}"
print(json.dumps(codes))
"""


def commands(group: typer.Typer, before: str = "") -> Iterator[tuple[str, str]]:
    """Every command as it is typed, and its help."""
    for command in group.registered_commands:
        yield f"{before}{command.name}", command.help or ""
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        yield from commands(inner.typer_instance, f"{before}{inner.name} ")


def options(group: typer.Typer) -> Iterator[tuple[str, set[str]]]:
    """Every command with its long options."""
    command = typer.main.get_command(group)
    for name, one in command.commands.items():  # type: ignore[attr-defined]
        if hasattr(one, "commands"):
            for inner, function in one.commands.items():
                yield f"{name} {inner}", {o for p in function.params for o in p.opts}
        else:
            yield name, {o for p in one.params for o in p.opts}


COMMANDS = dict(commands(app))
OPTIONS = dict(options(app))


def probe(home: Path, calls: list[str]) -> list[int]:
    """The exit codes of light calls; fails when one of them is not."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps([str(home), HEAVY, calls])],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_import_contracts_hold() -> None:
    """import-linter finds no forbidden import, and no module outside a layer."""
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout


def test_light_commands_load_nothing_heavy_where_nothing_is(tmp_path: Path) -> None:
    """On a home that is not there."""
    assert set(probe(tmp_path / "home", LIGHT)) <= {0, 4, 10}


def test_light_commands_load_nothing_heavy_where_data_is(tmp_path: Path) -> None:
    """On a home with three weeks of nights, a journal, a guess."""
    table = tmp_path / "nights.csv"
    nights = "".join(f"2026-02-{day:02},{50 + day}\n" for day in range(1, 29))
    table.write_text(f"date,hrv_ms\n{nights}")
    codes = probe(tmp_path / "home", [f"import {table}", *LIGHT])
    by_call = dict(zip(["import", *LIGHT], codes, strict=True))
    assert by_call["import"] == by_call["status"] == by_call["guess 60"] == 0
    assert by_call["show ledger"] == by_call["journal list"] == by_call["ledger verify"] == 0


def test_help_of_every_command_loads_nothing_heavy(tmp_path: Path) -> None:
    """Help comes at once, also for the commands that compute."""
    assert set(probe(tmp_path / "home", [f"{name} --help" for name in COMMANDS])) == {0}


def test_every_command_has_help_and_is_documented() -> None:
    """A newcomer finds each in both places; the help begins with a full sentence."""
    page = (DOCS / "commands.md").read_text(encoding="utf-8")
    assert len(COMMANDS) > 15
    for name, text in COMMANDS.items():
        assert re.match(r"[A-Z].*[.]$", text.split("\n\n")[0].replace("\n", " ")), name
        assert re.search(rf"^\| `hrvctl {name}[` ]", page, re.MULTILINE), name


def test_every_setting_is_documented() -> None:
    """Each key with its default and every value it can have."""
    page = (DOCS / "settings.md").read_text(encoding="utf-8")
    for key in KEYS.values():
        default = f"`{as_text(key.default)}` " if key.default else ""
        assert f"| `{key.name}` | {default}|" in page
    for value in (*Model, *Profile, *Agent):
        assert f"`{value}`" in page


def code_in(page: Path) -> Iterator[str]:
    """What a page shows as code: spans between backticks, and lines of a console."""
    text = page.read_text(encoding="utf-8")
    for block in re.findall(r"^```(?:console|bash)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        yield from block.splitlines()
    yield from re.findall(r"`([^`]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))


def test_pages_name_only_commands_and_options_that_exist() -> None:
    """Every `hrvctl ...` in the documentation can be typed as it is written there."""
    groups = {name.split()[0] for name in COMMANDS if " " in name}
    shared = {"--home", "--subject", "--json", "--quiet", "--verbose", "--version"}
    for page in PAGES:
        for code in (one.replace("\n", " ") for one in code_in(page)):
            found = re.match(
                r"(?:\$ )?hrvctl (?:--\w+ (?:/\S+ )?)*([a-z][a-z-]*)(?: ([a-z][a-z-]*))?", code
            )
            if not found:
                continue
            first, second = found.groups()
            if first in groups and second is None:  # the whole group
                continue
            name = f"{first} {second}" if first in groups else first
            assert name in COMMANDS, f"{page.name}: {code}"
            options = set(re.findall(r" (--[a-z-]+)", code.partition("#")[0])) - shared
            assert options <= OPTIONS[name] | {"--help"}, f"{page.name}: {code}"


def test_links_between_pages_lead_somewhere() -> None:
    """Each page, picture and section that is linked exists, and the index lists every page."""
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert "://" in target or (page.parent / target).exists(), f"{page.name}: {target}"
    pages = {page.name for page in DOCS.glob("*.md")}
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    assert all(f"({name})" in index for name in pages - {"README.md"})
    site = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]
    assert sorted(name for entry in site["nav"] for name in entry.values()) == sorted(pages)


def test_the_page_about_installing_names_every_extra_and_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The extras that add something for people; where Linux and macOS keep what is theirs."""
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name)
    page = (DOCS / "install.md").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    # `llm` is an old name of `keyring`; the others are for work on hrvctl itself.
    for_people = set(project["optional-dependencies"]) - {"llm", "bench", "dev", "docs"}
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == for_people
    linux, macos = (system("hrvctl", appauthor=False) for system in (Unix, MacOS))
    for kind in ("data", "config"):
        rows = [str(getattr(one, f"user_{kind}_path")) for one in (linux, macos)]
        shown = [row.replace(str(Path.home()), "~") for row in rows]
        assert re.search(rf"\| `{shown[0]}` \| `{shown[1]}` \|", page), kind


def test_what_is_installed_is_what_is_imported() -> None:
    """No dependency that nothing uses, and no import of a package that nobody asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    asked = [
        *project["dependencies"],
        *(one for name in extras if name != "dev" for one in extras[name]),
    ]
    names = {re.split(r"[<>=]", one)[0] for one in asked} - NOT_IMPORTED
    modules = {name: MODULES.get(name, name.replace("-", "_")) for name in names}
    imported = {
        alias.partition(".")[0]
        for path in (ROOT / "src").rglob("*.py")
        for alias in _imports(path.read_text(encoding="utf-8"))
    }
    theirs = imported - sys.stdlib_module_names - {"hrvctl", "_typeshed"}
    assert theirs == {*modules.values(), *BROUGHT}


def _imports(code: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_settings_offer_what_the_domain_has() -> None:
    """Names are repeated in the settings to stay light; they must be the domain's own."""
    assert set(Model) - {Model.AUTO} == {candidate.name for candidate in CANDIDATES}
    assert set(Profile) == set(baseline.PROFILES)


def test_version_is_that_of_the_changelog() -> None:
    """One version, pyproject's: the newest dated heading has it, and the program says it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", changelog, re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    released = [re.fullmatch(r"\[(\d+)\.(\d+)\.(\d+)\] - (\S+)", one) for one in headings[1:]]
    cut = [
        (tuple(map(int, one.groups()[:3])), date.fromisoformat(one[4])) for one in released if one
    ]
    assert len(cut) == len(released) > 0
    assert cut == sorted(cut, reverse=True)
    assert ".".join(map(str, cut[0][0])) == project["version"] == version("hrvctl")


def test_only_the_output_module_writes_to_the_streams() -> None:
    """So that no text from outside reaches a terminal as it is."""
    writes = re.compile(r"\bprint\(|\becho\(|\bsecho\(|print_exc|sys\.std(?:out|err)\.write")
    found = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "src").rglob("*.py")
        if path.name != "output.py" and writes.search(path.read_text(encoding="utf-8"))
    }
    assert not found, found


def test_no_module_is_longer_than_400_lines() -> None:
    """A module longer than that does more than one thing."""
    long = {
        str(path.relative_to(ROOT)): n
        for path in (ROOT / "src").rglob("*.py")
        if (n := len(path.read_text(encoding="utf-8").splitlines())) > MAX_LINES
    }
    assert not long, long
