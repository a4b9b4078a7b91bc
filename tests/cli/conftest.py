"""What the tests of commands share: an export, and homes at three points of their life."""

import os
import shutil
from contextlib import redirect_stdout
from datetime import date, datetime, time, timedelta
from io import StringIO
from pathlib import Path

import pytest

from cli.homes import make_export
from conftest import TODAY, ZONE
from hrvctl.cli.main import run
from hrvctl.store.home import Home


@pytest.fixture(scope="session")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up person's export up to the evening of the tests."""
    return make_export(tmp_path_factory.mktemp("exports") / "mine", last_day=TODAY)


def speak(root: Path, *words: str, day: date) -> None:
    """Give a command that ends well, on the evening of a day, whatever the surroundings."""

    def clock() -> datetime:
        return datetime.combine(day, time(20), tzinfo=ZONE)

    with pytest.MonkeyPatch.context() as patch, redirect_stdout(StringIO()):
        for name in [name for name in os.environ if name.startswith("HRVCTL_")]:
            patch.delenv(name)
        assert run(["--home", str(root), *words], clock=clock) == 0


@pytest.fixture(scope="session")
def _lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("home_with_two_runs") / "home"
    for day in (TODAY - timedelta(days=1), TODAY):
        upto = make_export(root.parent / f"export-{day}", last_day=day)
        speak(root, "import", str(upto), day=day)
        speak(root, "daily", day=day)
    return root


@pytest.fixture(scope="session")
def _imported(tmp_path_factory: pytest.TempPathFactory, export: Path) -> Path:
    root = tmp_path_factory.mktemp("imported") / "home"
    speak(root, "import", str(export), day=TODAY)
    return root


@pytest.fixture
def home_with_two_runs(home: Home, _lived: Path) -> Home:
    """The test's home, with two evenings in it: yesterday's, which came true, and today's."""
    shutil.copytree(_lived, home.root)
    return home


@pytest.fixture
def imported(home: Home, _imported: Path) -> Home:
    """The test's home, with the export in it and no run yet."""
    shutil.copytree(_imported, home.root)
    return home
