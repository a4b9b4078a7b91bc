"""Check everything an unattended evening depends on, and say how to fix what fails."""

import os
import platform
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from hrvctl.errors import ExitCode, HrvctlError
from hrvctl.records.choices import Agent
from hrvctl.settings import Settings
from hrvctl.store.database import open_store
from hrvctl.store.erasure import load_leftovers
from hrvctl.store.home import check_home, check_not_lost, list_backups
from hrvctl.store.inspection import night_offsets, schema_faults
from hrvctl.store.ledger import damage
from hrvctl.store.lock import read_holder
from hrvctl.store.memory import is_out_of_memory
from hrvctl.store.schema import SCHEMA
from hrvctl.usecases.agent import agent_settings, check_endpoint
from hrvctl.usecases.clock import clock_behind, wrong_days
from hrvctl.usecases.connections import states
from hrvctl.usecases.exclusions import days_in_question, exclude_command
from hrvctl.usecases.history import load_nights
from hrvctl.usecases.last_run import LastRun, find_last_run
from hrvctl.usecases.ledger import verify_ledger
from hrvctl.usecases.workspace import Workspace

# Packages whose versions are shown.
PACKAGES = ("hrvctl", "dagster", "typer", "pandas", "statsmodels", "numpy")
# Free disk space below this is reported, bytes: twice what five years of data and a year of run
# history take.
NEEDED_BYTES = 200 * 2**20
# Longest a run or a short write holds the lock (own choice: importing ten years of heart beats
# takes minutes).
MAX_HELD = timedelta(hours=6)
# From this difference between the machine's zone and the nights' on, a run at the usual time may
# forecast for another date (own choice: three hours after 21:30 is past midnight).
ZONE_SLACK = timedelta(hours=3)
# Nights that must agree before a zone counts as wrong: fewer may be a journey (own choice).
ZONE_NIGHTS = 7
# A daily schedule without a run for this long has missed an evening (own choice: half a day of
# grace for a machine that was asleep).
MAX_SILENCE = timedelta(hours=36)
# Nights older than this, in days, make a forecast stale.
FRESH_DAYS = 1
# Exit codes of a last run that a person should look at.
BAD_CODES = (ExitCode.FAILED, ExitCode.USAGE, ExitCode.PARTIAL, ExitCode.HOME, ExitCode.CONFIG)
# Dagster's statuses of a run that has not ended.
UNFINISHED = ("not_started", "starting", "started")
# Settings that may contain a secret: of an address the host is shown, of a command that it is set.
ADDRESSES, COMMANDS = ("ping_url", "llm_url"), ("on_success", "on_failure", "notify_url")


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One line of the report.

    Attributes:
        name: What was checked.
        is_well: Whether it passed.
        is_doubtful: Whether it passed and a person should still look at it.
        finding: What was found.
        cure: How to fix it; empty where nothing needs fixing.
    """

    name: str
    is_well: bool
    finding: str
    cure: str = ""
    is_doubtful: bool = False


class Doubt(HrvctlError):
    """Something that is a fault on some machines and right on others."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When the system starts the next evening's run.

    Attributes:
        system: Name of the scheduler.
        at: Local time of day.
        next_at: The next start.
    """

    system: str
    at: time
    next_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Probes:
    """What the checks ask of the layers above: configuration, Dagster and the scheduler.

    Attributes:
        settings: Loads the settings; raises what is wrong with them.
        run_statuses: Statuses of the latest runs in Dagster's history.
        schedule: Finds the schedule of this home; ``None`` when there is none.
        smoke_test: Runs a small job through the runner; returns a line about it.
    """

    settings: Callable[[], Settings]
    run_statuses: Callable[[], Sequence[str]]
    schedule: Callable[[], Schedule | None]
    smoke_test: Callable[[], str]


def run_checks(workspace: Workspace, subject: str | None, probes: Probes) -> Iterator[CheckResult]:
    """Run all checks in order; a check that fails does not stop the others.

    Args:
        workspace: The home, which need not exist or be usable, and the clock.
        subject: Used where the settings cannot be loaded.
        probes: What else is needed.
    """
    settings = _settings_or_none(probes)
    who = settings.subject if settings else subject or Settings.subject
    yield CheckResult("python", True, platform.python_version())
    yield CheckResult("versions", True, versions())
    yield _run("configuration", partial(_check_configuration, probes))
    home = _run("home", partial(_check_home, workspace))
    yield home
    if workspace.home.exists():
        schema = _run("schema", partial(_check_schema, workspace))
        yield schema
        if schema.is_well:  # else no table can be read
            yield _run("database", partial(_check_database, workspace))
            yield _run("ledger", partial(_check_ledger, workspace))
            yield _run("clock", partial(_check_clock, workspace, who))
            yield _run("data", partial(_check_data, workspace, who))
        yield _run("backups", partial(_check_backups, workspace))
        yield _run("runs", partial(_check_runs, workspace, probes))
        yield _run("lock", partial(_check_lock, workspace))
        yield _run("last run", partial(_check_last_run, workspace, who))
    if home.is_well:
        for one in states(workspace, who):
            yield CheckResult(f"connection {one.vendor}", one.is_well, one.finding, one.cure)
    if settings and home.is_well:
        yield _run("schedule", partial(_check_schedule, workspace, who, probes))
    yield _run("disk", partial(_check_disk, workspace))
    yield _run("job", probes.smoke_test)
    if settings and settings.agent is Agent.LLM:
        yield _run("llm", lambda: check_endpoint(agent_settings(settings)))


def versions() -> str:
    """Versions of hrvctl and of the packages it depends on most."""
    return ", ".join(f"{name} {version(name)}" for name in PACKAGES)


def shown(settings: Settings, key: str) -> str:
    """The value of a setting without what may be a secret."""
    value = settings.text(key)
    if key in ADDRESSES:
        return urlsplit(value).hostname or ""
    return ("set" if value else "") if key in COMMANDS else value


def _run(name: str, check: Callable[[], str]) -> CheckResult:
    try:
        return CheckResult(name, True, check())
    except Doubt as error:
        return CheckResult(name, True, error.message, error.hint, is_doubtful=True)
    except HrvctlError as error:
        return CheckResult(name, False, "; ".join((error.message, *error.problems)), error.hint)
    except Exception as error:  # noqa: BLE001 - an error in one check must not stop the others
        if is_out_of_memory(error):
            finding, cure = "there is not enough memory to check it", "ulimit -v unlimited"
            return CheckResult(name, False, finding, cure)
        finding = f"could not be checked: {type(error).__name__}: {error}"
        return CheckResult(name, False, finding, "run hrvctl bug-report and report this")


def _settings_or_none(probes: Probes) -> Settings | None:
    try:
        return probes.settings()
    except HrvctlError:  # the configuration has a check of its own
        return None


def _check_configuration(probes: Probes) -> str:
    settings = probes.settings()
    for key in ("journal_folder", "vocabulary"):
        # A relative path starts at the config file, whatever the current folder is.
        value = settings.text(key)
        if value and not (settings.config_path.parent / Path(value).expanduser()).exists():
            raise HrvctlError(
                f"{key}: {value} does not exist",
                hint=f"hrvctl config set {key} PATH, or '' for none",
            )
    return ", ".join(f"{key} {shown(settings, key)}".rstrip() for key in settings.values)


def _check_home(workspace: Workspace) -> str:
    root = workspace.home.root
    check_home(workspace.home)
    check_not_lost(workspace.home)
    if not root.exists():
        return f"{root} (does not exist yet; the first import or run creates it)"
    if not os.access(root, os.W_OK):
        raise HrvctlError(
            f"{root} is not writable", hint="make it writable, or choose another with --home"
        )
    for path in (root, workspace.home.database, workspace.home.log):
        if path.exists() and path.stat().st_mode & 0o077:
            mode = "700" if path.is_dir() else "600"
            raise HrvctlError(f"{path} can be read by others", hint=f"chmod {mode} {path}")
    return str(root)


def _check_schema(workspace: Workspace) -> str:
    with open_store(workspace.home, write=False):
        return f"number {SCHEMA}"


def _check_database(workspace: Workspace) -> str:
    with open_store(workspace.home, write=False) as store:
        if faults := [*damage(store), *schema_faults(store)]:
            hint = "restore a backup: hrvctl restore FILE --force"
            raise HrvctlError("the database is damaged", problems=faults, hint=hint)
        if left := load_leftovers(store):
            raise HrvctlError(
                f"`hrvctl data forget` was stopped before it had deleted {', '.join(left)}",
                hint="run it again; the next run does it too",
            )
    return "intact"


def _check_backups(workspace: Workspace) -> str:
    newest = next(iter(list_backups(workspace.home)), None)
    if newest is None:
        return "none yet; hrvctl backup makes one, and an evening a week does"
    at = datetime.fromtimestamp(newest.stat().st_mtime, tz=workspace.clock().tzinfo)
    return f"the newest is of {at:%Y-%m-%d %H:%M}: {newest}"


def _check_ledger(workspace: Workspace) -> str:
    found = verify_ledger(workspace)
    notes = [one.described for one in found.lost] + [*found.excluded]
    if found.in_question:
        days = ", ".join(map(str, found.in_question))
        notes.append(f"a wrong clock sealed on {days}: {exclude_command(found.in_question)}")
    return "; ".join([f"{found.n_rows} rows, unbroken", *notes])


def _check_runs(workspace: Workspace, probes: Probes) -> str:
    if not workspace.home.has_runs():
        return "none yet"
    statuses = probes.run_statuses()
    n_dead = sum(status in UNFINISHED for status in statuses)
    # Any next run closes them, the smoke test of these checks among them.
    if n_dead and read_holder(workspace.home) is None:
        return f"{n_dead} left by a process that died; the next run closes them as failed"
    return f"{len(statuses)} kept"


def _check_lock(workspace: Workspace) -> str:
    holder = read_holder(workspace.home)
    if holder is None:
        return "free"
    if holder.is_dead():
        return f"left by {holder.described}, which died; it is free, and the next run clears it"
    if workspace.clock() - datetime.fromisoformat(holder.since) > MAX_HELD:
        raise HrvctlError(
            f"held by {holder.described}", hint=f"if that process hangs: kill {holder.pid}"
        )
    return f"held by {holder.described}"


def _check_clock(workspace: Workspace, subject: str) -> str:
    zone = os.environ.get("TZ", "").removeprefix(":")
    if "/" in zone and not Path(zone).is_absolute() and zone not in available_timezones():
        raise HrvctlError(
            f"TZ={zone!r} is no time zone, and the system takes it for UTC",
            hint="set TZ to a zone such as Europe/Berlin, or unset it",
        )
    now = workspace.clock()
    with open_store(workspace.home, write=False) as store:
        offsets = night_offsets(store, subject, n=ZONE_NIGHTS)
        behind = clock_behind(store, now, but=wrong_days(store))
        in_question = days_in_question(store, now) if behind else ()
    if behind:
        raise HrvctlError(
            f"{behind}; days in question: {', '.join(map(str, in_question))}",
            hint="set this machine's clock; or, if it is right now and was wrong then:"
            f" {exclude_command(in_question)}",
        )
    here = now.utcoffset() or timedelta()
    if len(offsets) == ZONE_NIGHTS and all(abs(o - here) >= ZONE_SLACK for o in offsets):
        raise Doubt(
            f"this machine is at UTC{now:%z}, the last {ZONE_NIGHTS} nights were slept at"
            f" {_zone(offsets[0])}: the date may be off by one on this machine",
            hint="unless you travel, set the machine's time zone, or TZ in the schedule",
        )
    return f"{now:%Y-%m-%d %H:%M %z}"


def _check_data(workspace: Workspace, subject: str) -> str:
    evening = workspace.evening(subject)
    with open_store(workspace.home, write=False) as store:
        nights = load_nights(store, evening).observed
    if not nights:
        return "no nights yet"
    age = (evening.as_of - nights[-1]).days
    if age > FRESH_DAYS:
        raise HrvctlError(
            f"the last night is {nights[-1]}, {age} days ago",
            hint=f"hrvctl import FILE, or put a new export into {workspace.home.inbox}",
        )
    n = len(nights)
    return f"{n} night{'s' if n > 1 else ''}, the last one {nights[-1]}"


def _check_last_run(workspace: Workspace, subject: str) -> str:
    last = find_last_run(workspace.home, subject)
    if last is None:
        return "none yet"
    if last.code in BAD_CODES:
        raise HrvctlError(
            _described(last),
            hint=f"see {workspace.home.log} for the reason, or run `hrvctl daily` again",
        )
    return _described(last)


def _check_schedule(workspace: Workspace, subject: str, probes: Probes) -> str:
    schedule = probes.schedule()
    if schedule is None:
        return "none (hrvctl schedule install sets one)"
    found = f"{schedule.system} at {schedule.at:%H:%M}"
    last = find_last_run(workspace.home, subject)
    if last and workspace.clock() - last.at > MAX_SILENCE:
        raise HrvctlError(
            f"{found}, but the last run was {_described(last)}",
            hint=f"check that {schedule.system} is running and the machine awake at that time;"
            " hrvctl schedule install writes the schedule again",
        )
    return f"{found}, next {schedule.next_at:%Y-%m-%d %H:%M}"


def _check_disk(workspace: Workspace) -> str:
    root = workspace.home.root
    place = next(path for path in (root, *root.parents) if path.exists())
    free = shutil.disk_usage(place).free
    if free < NEEDED_BYTES:
        raise HrvctlError(
            f"{free // 2**20} MB free on {place}",
            hint=f"free {NEEDED_BYTES // 2**20} MB; hrvctl prune removes old runs",
        )
    return f"{free // 2**30} GB free"


def _described(last: LastRun) -> str:
    return f"{last.at:%Y-%m-%d %H:%M}, {last.code_words} ({last.code.value})"


def _zone(offset: timedelta) -> str:
    hours, minutes = divmod(abs(round(offset.total_seconds() / 60)), 60)
    return f"UTC{'-' if offset < timedelta() else '+'}{hours:02}{minutes:02}"
