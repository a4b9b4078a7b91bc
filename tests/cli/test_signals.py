"""SIGINT and SIGTERM stop the program wherever it is."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hrvctl.cli.signals import watch_signals

pytestmark = pytest.mark.slow

# Longest that a stopped program may go on, seconds.
PROMPT_S = 2.0
PROBE = """
import signal, sys
from hrvctl.cli.signals import watch_signals
with watch_signals():
    try:
        exec("signal.raise_signal(signal.SIGINT)")
    except KeyboardInterrupt:
        pass
sys.exit(130)
"""


class _Finalised:
    """Is asked for the end while it is thrown away: what is raised there ends nothing."""

    def __init__(self, number: signal.Signals) -> None:
        self.number = number

    def __del__(self) -> None:
        signal.raise_signal(self.number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_ignored_interrupt_is_raised_again(number: signal.Signals) -> None:
    """An interrupt in a finaliser is swallowed by Python; the program stops all the same."""
    began = time.monotonic()
    with watch_signals() as was_terminated:
        with pytest.raises(KeyboardInterrupt):
            _finalise_and_work(number)
        assert was_terminated() is (number is signal.SIGTERM)
    assert time.monotonic() - began < PROMPT_S


def _finalise_and_work(number: signal.Signals) -> None:
    _Finalised(number)
    until = time.monotonic() + 2 * PROMPT_S
    while time.monotonic() < until:
        time.sleep(0.01)


def test_other_errors_of_finalisers_are_still_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only interrupts are taken; whoever listened for the rest hears it."""
    seen: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda it: seen.append(it.exc_type))

    class Broken:
        def __del__(self) -> None:
            raise ValueError

    with watch_signals():
        Broken()
    assert seen == [ValueError]


def test_the_exit_code_is_130_even_after_an_interrupt_in_exec(tmp_path: Path) -> None:
    """CPython would kill `python -m` for an interrupt in an `exec`, though it was caught."""
    (tmp_path / "probe.py").write_text(PROBE, encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "probe"], cwd=tmp_path, check=False, timeout=60)
    assert done.returncode == 130


def test_previous_handlers_are_restored() -> None:
    """What another had set for the signals is set again afterwards."""
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with watch_signals():
        assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] != before
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == before
