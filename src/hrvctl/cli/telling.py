"""Telling others how an evening ended: a command of the person's own, a ping to a monitor."""

import http.client
import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from hrvctl.errors import ExitCode, HrvctlError
from hrvctl.settings import Settings
from hrvctl.store.home import Home

# How long a monitor or a command may hold up the evening, seconds (own choice).
PING_TIMEOUT_S = 10
COMMAND_TIMEOUT_S = 60
# What a monitor is sent of the log after a failure, bytes (healthchecks.io keeps 100 kB; own
# choice: the last run's lines fit).
TAIL_BYTES = 10_000
# Ways an evening ends that need nobody.
WELL = (ExitCode.DONE, ExitCode.NOTHING_NEW)


@dataclass
class Telling:
    """How the evening ended so far, and what went wrong in telling it.

    Attributes:
        code: Set it before the end; what is told.
        notes: Warnings for the person: a failing ping is never a failing evening.
    """

    code: ExitCode = ExitCode.FAILED
    notes: list[str] = field(default_factory=list)


@contextmanager
def telling(settings: Settings, home: Home, *, is_on: bool) -> Iterator[Telling]:
    """Ping at the start and at the end, and run the person's command, where they are configured.

    The monitor's protocol is that of healthchecks.io: ``URL/start``, then ``URL/<exit code>``, 0
    for an evening that needs nobody, with the tail of the log as the body of a failure.

    Args:
        settings: ``ping_url``, ``on_success`` and ``on_failure``, each empty when off.
        home: Whose log is sent.
        is_on: Whether this run is one to tell of; a rehearsal or a replay is not.
    """
    told = Telling()
    if not is_on:
        yield told
        return
    _ping(settings["ping_url"], "start", b"", told)
    try:
        yield told
    except HrvctlError as error:
        told.code = error.exit_code
        raise
    finally:
        is_well = told.code in WELL
        body = b"" if is_well else _tail(home)
        _ping(settings["ping_url"], str(0 if is_well else int(told.code)), body, told)
        _run(settings["on_success" if is_well else "on_failure"], told)


def _ping(url: str, what: str, body: bytes, told: Telling) -> None:
    if not url:
        return
    place = f"{url.rstrip('/')}/{what}"
    try:
        # The setting is checked to be http or https.
        request = urllib.request.Request(place, data=body, method="POST")  # noqa: S310
        with urllib.request.urlopen(request, timeout=PING_TIMEOUT_S):  # noqa: S310
            pass
    except (OSError, http.client.HTTPException, ValueError) as error:
        # A monitor's address is a secret: only its host is told, and no words that may quote it.
        why = error if isinstance(error, OSError) else type(error).__name__
        if isinstance(error, urllib.error.HTTPError):
            error.close()  # it is the answer, and holds the connection
        told.notes.append(f"hrvctl: the ping to {urlsplit(url).hostname} failed: {why}")


def _run(command: str, told: Telling) -> None:
    if not command:
        return
    # Not named HRVCTL_: a command that calls hrvctl again would have an unknown setting.
    surroundings = {**os.environ, "HRV_EXIT_CODE": str(int(told.code))}
    try:
        # The person's own words from their own config, for their own shell.
        done = subprocess.run(  # noqa: S602
            command,
            shell=True,
            env=surroundings,
            timeout=COMMAND_TIMEOUT_S,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        told.notes.append(f"hrvctl: {command!r} could not be run: {error}")
        return
    if done.returncode:
        why = done.stderr.strip().splitlines()[-1:] or ["it gave no reason"]
        told.notes.append(f"hrvctl: {command!r} ended with {done.returncode}: {why[0]}")


def _tail(home: Home) -> bytes:
    try:
        with home.log.open("rb") as log:
            log.seek(0, os.SEEK_END)
            log.seek(max(log.tell() - TAIL_BYTES, 0))
            return log.read()
    except OSError:
        return b""
