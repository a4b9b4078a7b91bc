"""The texts of a schedule: lines of a crontab, systemd units, a launchd agent."""

import hashlib
import os
import plistlib
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from pathlib import Path

# The comments before and after our lines in a crontab; the entry's name follows.
BEGIN, END = "# >>> hrvctl daily", "# <<< hrvctl daily"
# Hexadecimal digits of the hash of a home's path (own choice: a person has few homes).
FINGERPRINT = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A command to run every evening.

    Attributes:
        name: Unique to this home and subject: letters, digits, dashes.
        at: Local time of day.
        words: The command, the program's absolute path first.
        path: The PATH it runs with.
        home: The home it works in.
    """

    name: str
    at: time
    words: tuple[str, ...]
    path: str
    home: Path


def cron_lines(entry: Entry) -> list[str]:
    """The lines of a crontab, with a PATH: cron itself sets a very short one.

    A per cent sign would end the command (crontab(5)).
    """
    command = shlex.join(entry.words).replace("%", r"\%")
    path = shlex.quote(f"PATH={entry.path}").replace("%", r"\%")
    return [
        f"{BEGIN} {entry.name}",
        f"{entry.at.minute} {entry.at.hour} * * * env {path} {command}",
        f"{END} {entry.name}",
    ]


def add_to_crontab(crontab: str, entry: Entry) -> str:
    """Add our lines at the end of a crontab, in place of older ones of the same name."""
    kept = remove_from_crontab(crontab, entry.name)
    if kept and not kept.endswith("\n"):
        kept += "\n"
    return kept + "\n".join(cron_lines(entry)) + "\n"


def remove_from_crontab(crontab: str, name: str) -> str:
    """Remove our lines from a crontab; every other character stays as it was."""
    kept: list[str] = []
    inside = False
    for line in crontab.splitlines(keepends=True):
        if line.strip() == f"{BEGIN} {name}":
            inside = True
        if not inside:
            kept.append(line)
        if line.strip() == f"{END} {name}":
            inside = False
    # The closing comment is missing: better to leave all lines than to remove too many.
    return crontab if inside else "".join(kept)


def find_in_crontab(crontab: str, name: str) -> str:
    """Find our line in a crontab; empty where there is none."""
    lines = crontab.splitlines()
    mark = f"{BEGIN} {name}"
    found = [lines[i + 1] for i, line in enumerate(lines[:-1]) if line.strip() == mark]
    return found[0] if found else ""


def time_in_cron(line: str) -> time | None:
    """When one of our own crontab lines runs; ``None`` where it was changed by hand."""
    found = re.match(r"(\d{1,2}) (\d{1,2}) \* \* \* ", line)
    return _time(found[2], found[1]) if found else None


def time_in_timer(text: str) -> time | None:
    """When one of our own timers runs."""
    found = re.search(r"^OnCalendar=\*-\*-\* (\d\d):(\d\d):00$", text, re.MULTILINE)
    return _time(found[1], found[2]) if found else None


def time_in_plist(content: bytes) -> time | None:
    """When one of our own launch agents runs."""
    try:
        at = plistlib.loads(content)["StartCalendarInterval"]
        return _time(at["Hour"], at["Minute"])
    except (plistlib.InvalidFileException, ValueError, KeyError, TypeError):
        return None


def systemd_units(entry: Entry) -> dict[str, str]:
    """File name to content of a user's service and its timer (systemd.service(5), .timer(5)).

    ``Persistent`` runs what was missed while the machine slept.
    """
    service = f"""\
# Written by `hrvctl schedule install`; `hrvctl schedule remove` removes it.
[Unit]
Description=Forecast tomorrow's HRV ({entry.name})

[Service]
Type=oneshot
Environment={_systemd_word(f"PATH={entry.path}")}
ExecStart={" ".join(_systemd_word(word.replace("$", "$$")) for word in entry.words)}
# Nothing new (4) and stale data (5) are not failures of the service.
SuccessExitStatus=4 5
"""
    timer = f"""\
# Written by `hrvctl schedule install`; `hrvctl schedule remove` removes it.
[Unit]
Description=Forecast tomorrow's HRV every evening ({entry.name})

[Timer]
OnCalendar=*-*-* {entry.at:%H:%M}:00
Persistent=true

[Install]
WantedBy=timers.target
"""
    return {f"hrvctl-{entry.name}.service": service, f"hrvctl-{entry.name}.timer": timer}


def launchd_plist(entry: Entry) -> tuple[str, bytes]:
    """File name and content of a launch agent (launchd.plist(5)); it runs on waking if missed."""
    label = f"org.hrvctl.{entry.name}"
    content = {
        "Label": label,
        "ProgramArguments": list(entry.words),
        "EnvironmentVariables": {"PATH": entry.path},
        "StartCalendarInterval": {"Hour": entry.at.hour, "Minute": entry.at.minute},
        "StandardErrorPath": str(entry.home / "schedule.log"),
        "StandardOutPath": str(entry.home / "schedule.log"),
        "ProcessType": "Background",
    }
    return f"{label}.plist", plistlib.dumps(content)


def entry_name(subject: str, home: Path, *, is_default: bool) -> str:
    """A name for a schedule: the subject, and the home's path where it is not the default one.

    A path that the name does not spell in full (blanks, capitals, umlauts) adds a hash, so that
    two homes never share a schedule.
    """
    if is_default:
        return subject
    place = re.sub(r"[^A-Za-z0-9]+", "-", str(home)).strip("-").casefold()
    if "/" + place.replace("-", "/") != str(home):
        place += "-" + hashlib.sha256(os.fsencode(home)).hexdigest()[:FINGERPRINT]
    return f"{subject}-{place}"


def _time(hour: str | int, minute: str | int) -> time | None:
    try:
        return time(int(hour), int(minute))
    except ValueError:
        return None


def _systemd_word(word: str) -> str:
    """Quote one word of a unit file, where a per cent sign has a meaning.

    A dollar sign has one in commands alone, not in ``Environment`` (systemd.exec(5)).
    """
    plain = word.replace("%", "%%")
    if re.fullmatch(r"[A-Za-z0-9_@%+=:,./$-]+", plain):
        return plain
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def words_of(program: Sequence[str], home: Path | None, subject: str) -> tuple[str, ...]:
    """The command of an evening: it prints nothing unless something needs a person.

    Args:
        program: How to start this program.
        home: ``None`` for the default one: naming it would leave out the person's own
            configuration, which is elsewhere.
        subject: Whose evening.
    """
    place = () if home is None else ("--home", str(home))
    return (*program, *place, "--subject", subject, "--quiet", "daily", "--catch-up")
