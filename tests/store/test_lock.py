"""One process at a time writes to a home; another one is told which holds the lock."""

import os
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hrvctl.errors import Locked
from hrvctl.store.home import Home, create_home
from hrvctl.store.lock import run_lock

NOW = datetime(2026, 3, 10, 21, tzinfo=UTC)

# Takes the lock, says so, and holds it until its input ends.
HOLDER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from hrvctl.store.home import Home
from hrvctl.store.lock import run_lock

with run_lock(Home(Path(sys.argv[1])), now=datetime(2026, 3, 10, 20, 59, 1, tzinfo=UTC)):
    print("held", flush=True)
    sys.stdin.read()
"""


def hold(root: Path) -> "subprocess.Popen[str]":
    """Another process that is at work in the home."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_process_is_refused_with_holder_and_time(home: Home) -> None:
    """Process, machine and time; and the lock is free as soon as the first has ended."""
    create_home(home)
    with hold(home.root) as holder:
        with pytest.raises(Locked) as refused, run_lock(home, now=NOW):
            pass
        holder.communicate()
    who = f"process {holder.pid} on {socket.gethostname()} since 2026-03-10T20:59:01+00:00"
    assert who in refused.value.message
    with run_lock(home, now=NOW):
        assert f'"pid": {os.getpid()}' in home.lock_holder.read_text()
    assert not home.lock_holder.exists()


def test_the_lock_of_a_dead_process_is_taken_over(home: Home) -> None:
    """A kill leaves its name behind and nothing in the way."""
    create_home(home)
    with hold(home.root) as holder:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    assert f'"pid": {holder.pid}' in home.lock_holder.read_text()
    with run_lock(home, now=NOW):
        assert f'"pid": {os.getpid()}' in home.lock_holder.read_text()


def test_a_short_write_waits_for_a_run_to_end(home: Home) -> None:
    """Whoever has patience gets in once the first is done."""
    create_home(home)
    with hold(home.root) as holder:
        assert holder.stdin is not None
        subprocess.run(["sleep", "0.2"], check=True)
        holder.stdin.close()
        with run_lock(home, now=NOW, wait_s=10):
            assert f'"pid": {os.getpid()}' in home.lock_holder.read_text()


def test_the_lock_is_held_even_without_the_holder_file(home: Home) -> None:
    """Without its signature the second is refused all the same."""
    create_home(home)
    with run_lock(home, now=NOW):
        home.lock_holder.unlink()
        with pytest.raises(Locked, match="another run is at work"), run_lock(home, now=NOW):
            pass
