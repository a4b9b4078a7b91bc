"""The texts of a schedule: lines of a crontab, systemd units, a launchd agent."""

import os
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from itertools import groupby
from pathlib import Path

from hrvctl.records.choices import Weekday

# The comments before and after our lines in a crontab; the entry's name follows.
BEGIN, END = "# >>> hrvctl daily", "# <<< hrvctl daily"
# Hexadecimal digits of the hash of a home's path (own choice: a person has few homes).
FINGERPRINT = 8
# How often the morning looks for the night, minutes (own choice: phones send a night within minutes
# of waking, and a pull asks each vendor once).
LOOK_MIN = 15
WEEKDAYS = tuple(Weekday)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A command to run every day, once or again and again, or every week.

    Attributes:
        name: Unique to this home, subject and job: letters, digits, dashes, a dot before the job.
        what: What it does, for a person who reads the file.
        at: Local time of day.
        until: Until then it is run every ``LOOK_MIN`` minutes; ``None`` for once.
        weekday: The day of the week; ``None`` for every day.
        words: The command, the program's absolute path first.
        path: The PATH it runs with.
        home: The home it works in.
    """

    name: str
    at: time
    words: tuple[str, ...]
    path: str
    home: Path
    what: str = "Forecast tomorrow's HRV"
    until: time | None = None
    weekday: Weekday | None = None

    @property
    def times(self) -> list[time]:
        """Every time of the day at which it is run."""
        first, last = (60 * at.hour + at.minute for at in (self.at, self.until or self.at))
        minutes = sorted({*range(first, last + 1, LOOK_MIN), last})
        return [time(*divmod(minute, 60)) for minute in minutes]


def cron_lines(entry: Entry) -> list[str]:
    """The lines of a crontab, with a PATH: cron itself sets a very short one.

    A per cent sign would end the command (crontab(5)).
    """
    command = shlex.join(entry.words).replace("%", r"\%")
    path = shlex.quote(f"PATH={entry.path}").replace("%", r"\%")
    # Cron counts the days of the week from Sunday, 0.
    day = "*" if entry.weekday is None else (WEEKDAYS.index(entry.weekday) + 1) % 7
    return [
        f"{BEGIN} {entry.name}",
        *(f"{minutes} {hours} * * {day} env {path} {command}" for minutes, hours in _runs(entry)),
        f"{END} {entry.name}",
    ]


def _runs(entry: Entry) -> list[tuple[str, str]]:
    """The minutes and hours of each crontab line: hours with the same minutes are one."""
    by_hour = {
        hour: ",".join(str(at.minute) for at in times)
        for hour, times in groupby(entry.times, key=lambda at: at.hour)
    }
    runs = []
    for minutes, group in groupby(by_hour, key=lambda hour: by_hour[hour]):
        hours = list(group)
        runs.append((minutes, f"{hours[0]}-{hours[-1]}" if len(hours) > 1 else str(hours[0])))
    return runs


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
    """Find our lines in a crontab, without the comments around them; empty where there are none."""
    lines = [line.strip() for line in crontab.splitlines()]
    begin, end = f"{BEGIN} {name}", f"{END} {name}"
    if begin not in lines:
        return ""
    after = lines[lines.index(begin) + 1 :]
    return "\n".join(after[: after.index(end)] if end in after else after[:1])


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
    import plistlib  # noqa: PLC0415 - slow to load, and used on one system alone

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
Description={entry.what} ({entry.name})

[Service]
Type=oneshot
Environment={_systemd_word(f"PATH={entry.path}")}
ExecStart={" ".join(_systemd_word(word.replace("$", "$$")) for word in entry.words)}
# Nothing new (4) and stale data (5) are not failures of the service.
SuccessExitStatus=4 5
"""
    day = "" if entry.weekday is None else f"{entry.weekday[:3].capitalize()} "
    calendar = "\n".join(f"OnCalendar={day}*-*-* {at:%H:%M}:00" for at in entry.times)
    # A morning that was missed is told by the next one.
    persistent = "true" if entry.until is None else "false"
    timer = f"""\
# Written by `hrvctl schedule install`; `hrvctl schedule remove` removes it.
[Unit]
Description={entry.what}, by schedule ({entry.name})

[Timer]
{calendar}
Persistent={persistent}

[Install]
WantedBy=timers.target
"""
    return dict(zip(unit_names(entry), (service, timer), strict=True))


def unit_names(entry: Entry) -> tuple[str, str]:
    """The file names of a service and its timer."""
    return f"hrvctl-{entry.name}.service", f"hrvctl-{entry.name}.timer"


def launchd_plist(entry: Entry) -> tuple[str, bytes]:
    """File name and content of a launch agent (launchd.plist(5)); it runs on waking if missed."""
    # launchd counts the days of the week from Sunday, 0.
    day = {} if entry.weekday is None else {"Weekday": (WEEKDAYS.index(entry.weekday) + 1) % 7}
    intervals = [{"Hour": at.hour, "Minute": at.minute, **day} for at in entry.times]
    content = {
        "Label": _label(entry),
        "ProgramArguments": list(entry.words),
        "EnvironmentVariables": {"PATH": entry.path},
        "StartCalendarInterval": intervals[0] if len(intervals) == 1 else intervals,
        "StandardErrorPath": str(entry.home / "schedule.log"),
        "StandardOutPath": str(entry.home / "schedule.log"),
        "ProcessType": "Background",
    }
    import plistlib  # noqa: PLC0415 - as above

    return agent_name(entry), plistlib.dumps(content)


def agent_name(entry: Entry) -> str:
    """The file name of a launch agent."""
    return f"{_label(entry)}.plist"


def _label(entry: Entry) -> str:
    return f"org.hrvctl.{entry.name}"


def entry_name(subject: str, home: Path, *, is_default: bool) -> str:
    """A name for a schedule: the subject, and the home's path where it is not the default one.

    A path that the name does not spell in full (blanks, capitals, umlauts) adds a hash, so that
    two homes never share a schedule.
    """
    if is_default:
        return subject
    place = re.sub(r"[^A-Za-z0-9]+", "-", str(home)).strip("-").casefold()
    if "/" + place.replace("-", "/") != str(home):
        import hashlib  # noqa: PLC0415 - as in hrvctl.records.chain

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


def words_of(
    program: Sequence[str],
    home: Path | None,
    subject: str,
    command: Sequence[str] = ("daily", "--catch-up"),
) -> tuple[str, ...]:
    """The scheduled command; an evening and a report print nothing unless something needs a person.

    Args:
        program: How to start this program.
        home: ``None`` for the default one: naming it would leave out the person's own
            configuration, which is elsewhere.
        subject: Whose; empty for a command of everybody's.
        command: What is run.
    """
    place = () if home is None else ("--home", str(home))
    quiet = () if "--once" in command else ("--quiet",)  # it is to speak once
    whose = ("--subject", subject) if subject else ()
    return (*program, *place, *whose, *quiet, *command)
