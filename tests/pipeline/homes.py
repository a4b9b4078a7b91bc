"""A home with two runs in it, made once and copied for every test that needs one."""

import shutil
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from conftest import TODAY, ZONE, Result
from hrvctl.cli.main import run
from hrvctl.store.home import Home
from hrvctl.usecases.workspace import Workspace
from pipeline.made_up import GUESS_MS, NIGHTS, NOTE, nights, write_table


@pytest.fixture(scope="session")
def two_runs_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two evenings of a person with forty nights, who keeps a journal and guesses."""
    root = tmp_path_factory.mktemp("lived-in")
    home = root / "home"
    note = ["journal", "add", NOTE, "--tag", "alcohol=2"]
    for day, words in ((TODAY - timedelta(days=1), []), (TODAY, ["--guess", str(GUESS_MS)])):
        table = write_table(root / f"{day}.csv", nights(day, NIGHTS))
        for argv in (["import", str(table)], note, ["daily", *words]):
            at = datetime.combine(day, time(21), tzinfo=ZONE)
            assert run(["--home", str(home), "-q", *argv], clock=lambda at=at: at) == 0
    return home


@pytest.fixture
def home_with_two_runs(home: Home, two_runs_template: Path) -> Home:
    """The test's own copy of the lived-in home."""
    shutil.copytree(two_runs_template, home.root)
    return home


@pytest.fixture
def workspace(home: Home, evening: Callable[[date], Callable[[], datetime]]) -> Workspace:
    """The test's home on the evening of today."""
    return Workspace(home, evening(TODAY))


@pytest.fixture
def run_evening(hrvctl: Callable[..., Result], tmp_path: Path) -> Callable[..., Result]:
    """Import nights and run an evening: `lives(nights, on=day)`."""

    def call(known: Mapping[date, float], *words: object, on: date = TODAY) -> Result:
        if known:
            table = write_table(tmp_path / f"nights-{on}.csv", known)
            assert hrvctl("import", table, on=on).code in (0, 4)
        return hrvctl("--json", "daily", *words, on=on)

    return call
