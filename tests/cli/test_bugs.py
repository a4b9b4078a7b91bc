"""A bug ends in one clear line; its traceback goes to the log, and to stderr when asked for."""

import json
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import datetime
from io import StringIO

import pytest

from conftest import TODAY, Result
from hrvctl.cli.main import run
from hrvctl.errors import ExitCode
from hrvctl.store.home import Home, create_home

Evening = Callable[..., Callable[[], datetime]]


@pytest.fixture
def buggy(home: Home, evening: Evening) -> Callable[..., Result]:
    """Run `status` with a clock that breaks when it is first asked."""

    def call(*words: str) -> Result:
        def faults() -> Iterator[datetime]:
            yield from ()
            raise RuntimeError("the spring\nis broken")

        broken, now = faults(), evening(TODAY)

        def clock() -> datetime:
            return next(broken, now())

        out, err = StringIO(), StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = run(["--home", str(home.root), *words, "status"], clock=clock)
        return Result(code, out.getvalue(), err.getvalue())

    return call


def test_bug_is_one_line_and_what_to_do(home: Home, buggy: Callable[..., Result]) -> None:
    """Exit 1, no traceback, no result, and no home made for the log."""
    done = buggy()
    assert (done.code, done.out) == (ExitCode.FAILED, "")
    assert done.err.startswith("hrvctl: a bug: RuntimeError: the spring")
    assert "-v" in done.err
    assert "Traceback" not in done.err
    assert not home.root.exists()


def test_bug_leaves_its_traceback_in_the_log(home: Home, buggy: Callable[..., Result]) -> None:
    """With the instant, for the owner alone, after what the log held before."""
    create_home(home)
    home.log.write_text("before\n")
    home.log.chmod(0o600)
    buggy()
    log = home.log.read_text(encoding="utf-8")
    assert log.startswith("before\n2026-03-10 21:00:00+02:00 ERROR Traceback")
    assert "RuntimeError: the spring" in log
    assert home.log.stat().st_mode & 0o777 == 0o600


def test_verbose_shows_the_traceback(buggy: Callable[..., Result]) -> None:
    """On stderr, after the line that says what happened."""
    done = buggy("-v")
    assert done.err.index("a bug: RuntimeError") < done.err.index("Traceback (most recent")


def test_bug_has_the_envelope(buggy: Callable[..., Result]) -> None:
    """A program that reads us is told in the form it knows."""
    done = buggy("--json")
    (error,) = json.loads(done.out)["errors"]
    assert (error["code"], done.err) == ("failed", "")
    assert "RuntimeError" in error["message"]


def test_fault_of_the_person_is_no_bug(home: Home, hrvctl: Callable[..., Result]) -> None:
    """What a person can mend is not written into the log as an error of the program."""
    create_home(home)
    assert hrvctl("guess", "5000").code == 1
    assert not home.log.exists()
