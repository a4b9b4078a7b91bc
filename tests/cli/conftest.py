"""What the tests of commands share: an export, and homes at three points of their life."""

import os
import shutil
from collections.abc import Callable
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


@pytest.fixture(scope="session")
def _lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("lived") / "home"
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(StringIO()):
        for name in [name for name in os.environ if name.startswith("HRVCTL_")]:
            patch.delenv(name)
        for day in (TODAY - timedelta(days=1), TODAY):

            def clock(day: date = day) -> datetime:
                return datetime.combine(day, time(20), tzinfo=ZONE)

            upto = make_export(root.parent / f"export-{day}", last_day=day)
            assert run(["--home", str(root), "import", str(upto)], clock=clock) == 0
            assert run(["--home", str(root), "daily"], clock=clock) == 0
    return root


@pytest.fixture
def lived(home: Home, _lived: Path) -> Home:
    """The test's home, with two evenings in it: yesterday's, which came true, and today's."""
    shutil.copytree(_lived, home.root)
    return home


@pytest.fixture
def imported(home: Home, export: Path, hrvctl: Callable[..., object]) -> Home:
    """The test's home, with the export in it and no run yet."""
    hrvctl("import", export)
    return home
