"""A home of its own for every test, a clock that stands where the test puts it, made-up nights."""

import io
import json
import os
import subprocess
import sys
import time as time_module
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from hrvctl.cli.main import run
from hrvctl.store.home import Home

settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("dev", deadline=None)
settings.register_profile("fresh", deadline=None, derandomize=False, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")

# Fixtures that need what this file defines.
pytest_plugins = ["pipeline.homes"]

# Two hours ahead of UTC: a date taken in the wrong zone shows.
ZONE = timezone(timedelta(hours=2))
TODAY = date(2026, 3, 10)


@dataclass(frozen=True)
class Result:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The envelope on stdout."""
        return json.loads(self.out)

    @property
    def data(self) -> dict[str, Any]:
        """The envelope's data."""
        return self.json["data"]


BEGAN = time_module.monotonic()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run end early without breaking off a test."""
    parser.addoption("--stop-after", type=float, metavar="SECONDS", help="then start no other test")


def pytest_runtest_teardown(item: pytest.Item) -> None:
    """End the session once its seconds are over."""
    limit_s = item.config.getoption("--stop-after")
    if limit_s and time_module.monotonic() - BEGAN > limit_s:
        item.session.shouldstop = "its seconds are over"


@pytest.fixture(autouse=True)
def _own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in list(os.environ):
        if name.startswith("HRVCTL_") or name == "DAGSTER_HOME":
            monkeypatch.delenv(name)
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "surroundings"))
    return


class Authority:
    """An authority that signs certificates.

    Attributes:
        file: Its own certificate, for whoever trusts it.
    """

    def __init__(self, folder: Path) -> None:
        from trustme import CA

        self._ca = CA()
        self.file = folder / "authority.pem"
        self._ca.cert_pem.write_to_path(self.file)
        self.issue_cert = self._ca.issue_cert


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority that no system knows."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def real_today() -> Iterator[date]:
    """Today by the real clock, in a zone where it is about noon: no test runs past midnight."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", f"NOON{datetime.now(UTC).hour - 12:+d}")
        time_module.tzset()
        yield datetime.now().astimezone().date()
    time_module.tzset()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home that does not exist yet."""
    return Home(tmp_path / "home")


@pytest.fixture
def evening() -> Callable[[date], Callable[[], datetime]]:
    """Make a clock that stands at nine in the evening of a day."""
    return lambda day: lambda: datetime.combine(day, time(21), tzinfo=ZONE)


@pytest.fixture
def hrvctl(home: Home, evening: Callable[[date], Callable[[], datetime]]) -> Callable[..., Result]:
    """Run a command through the real boundary, on the evening of a day, in the test's home.

    Or ``at`` an instant.
    """

    def call(*argv: object, on: date = TODAY, at: datetime | None = None) -> Result:
        out, err = io.StringIO(), io.StringIO()
        words = ["--home", str(home.root), *(str(word) for word in argv)]
        with redirect_stdout(out), redirect_stderr(err):
            code = run(words, clock=(lambda: at) if at else evening(on))
        return Result(int(code), out.getvalue(), err.getvalue())

    return call


@pytest.fixture
def program(home: Home, real_today: date) -> Callable[..., Result]:
    """Run the program as a person does, about noon: a process of its own."""
    del real_today  # sets the zone

    def call(*argv: object, **variables: str) -> Result:
        done = subprocess.run(
            [sys.executable, "-m", "hrvctl", "--home", str(home.root), *map(str, argv)],
            capture_output=True,
            text=True,
            env={**os.environ, **variables},
            check=False,
            timeout=120,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    return call
