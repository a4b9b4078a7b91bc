"""What the doctor looks at: a check tells what it found, or raises what is wrong and its cure."""

import os
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from hrvctl.cli.last_run import LastRun, find_last_run
from hrvctl.cli.schedulers import find_planned
from hrvctl.cli.session import Session
from hrvctl.errors import ExitCode, HrvctlError
from hrvctl.settings import Settings
from hrvctl.store.database import Store, open_store
from hrvctl.store.home import check_home
from hrvctl.store.inspection import last_written, night_offsets
from hrvctl.store.ledger import damage, load_chain, load_head
from hrvctl.store.lock import read_holder
from hrvctl.store.schema import SCHEMA
from hrvctl.usecases.workspace import Workspace, load_nights

# Twice what five years of data and a year of run history take.
NEEDED_BYTES = 200 * 2**20
# Longest a run or a short write holds the home, hours (own choice: an import of ten years of beats
# takes minutes).
MAX_HELD = timedelta(hours=6)
# Two clocks that agree may differ by so much (own choice; NTP keeps them within a second).
CLOCK_SLACK = timedelta(minutes=2)
# From so many hours between the machine's zone and the nights' on, "tonight" may be another date
# at the usual time of a run (own choice: 21:30 and three hours is past midnight).
ZONE_SLACK = timedelta(hours=3)
# Nights that must agree before a zone counts as wrong: shorter is a journey (own choice).
ZONE_NIGHTS = 7
# A schedule that runs once a day and did not for so long has missed an evening (own choice: half
# a day of grace for a machine that slept).
MAX_SILENCE = timedelta(hours=36)
# Nights older than this make a forecast stale: the one before last has no part in tomorrow's.
FRESH_DAYS = 1
# Ways a run ends that a person should look at.
BAD_ENDS = (ExitCode.FAILED, ExitCode.USAGE, ExitCode.PARTIAL, ExitCode.HOME, ExitCode.CONFIG)
# What may hold a secret: shown as its host, or as set.
ADDRESSES, COMMANDS = ("ping_url", "llm_url"), ("on_success", "on_failure")


def configuration(session: Session) -> str:
    """Every value in force; what may hold a secret is told by its host, or as set."""
    settings = session.settings()
    for key in ("journal_folder", "vocabulary"):
        # What is relative lies beside the config file, whatever folder hrvctl is called from.
        value = settings.text(key)
        if value and not (settings.config_path.parent / Path(value).expanduser()).exists():
            raise HrvctlError(
                f"{key}: there is no {value}", hint=f"hrvctl config set {key} PATH, or '' for none"
            )
    return ", ".join(f"{key} {shown(settings, key)}".rstrip() for key in settings.values)


def shown(settings: Settings, key: str) -> str:
    """A setting's value as it may be shown to others."""
    value = settings.text(key)
    if key in ADDRESSES:
        return urlsplit(value).hostname or ""
    return ("set" if value else "") if key in COMMANDS else value


def home(workspace: Workspace) -> str:
    """The home is where it can be, and its owner's alone."""
    root = workspace.home.root
    check_home(workspace.home)
    if not root.exists():
        return f"{root} (not made yet; the first import or run makes it)"
    if not os.access(root, os.W_OK):
        raise HrvctlError(
            f"{root} is not writable", hint="make it writable, or name another with --home"
        )
    for path in (root, workspace.home.database, workspace.home.log):
        if path.exists() and path.stat().st_mode & 0o077:
            mode = "700" if path.is_dir() else "600"
            raise HrvctlError(f"{path} can be read by others", hint=f"chmod {mode} {path}")
    return str(root)


def schema(workspace: Workspace) -> str:
    """The database is of this version's schema."""
    with open_store(workspace.home, write=False):
        return f"number {SCHEMA}"


def database(workspace: Workspace) -> str:
    """SQLite finds no damage in the file."""
    with open_store(workspace.home, write=False) as store:
        if faults := damage(store):
            hint = "hrvctl restore FILE --force, with one of hrvctl backup"
            raise HrvctlError("it is damaged", problems=faults, hint=hint)
    return "intact"


def ledger(workspace: Workspace) -> str:
    """The chain of sealed forecasts is unbroken."""
    from hrvctl.domain.tracking import verify

    with open_store(workspace.home, write=False) as store:
        head = load_head(store)
        faults = verify(load_chain(store), head)
    if faults:
        hint = "hrvctl restore FILE --force, with one of hrvctl backup"
        raise HrvctlError("it does not verify", problems=faults, hint=hint)
    return f"{head[0]} rows, unbroken"


def runs(workspace: Workspace) -> str:
    """Runs whose process died; the next one closes them, the doctor's own among others."""
    if not (workspace.home.dagster / "history").is_dir():
        return "none yet"
    from hrvctl.pipeline.runner import list_runs

    listed = list_runs(workspace, limit=100)
    dead = [run for run in listed if run["status"] in ("not_started", "starting", "started")]
    if dead and read_holder(workspace.home) is None:
        return f"{len(dead)} left by a process that died, closed as failed by the next run"
    return f"{len(listed)} kept"


def lock(workspace: Workspace) -> str:
    """Nobody has held the home for longer than any work takes."""
    holder = read_holder(workspace.home)
    if holder is None:
        return "free"
    if holder.is_dead():
        return f"left by {holder.said}, which died; it is free, and the next run clears it"
    if workspace.clock() - datetime.fromisoformat(holder.since) > MAX_HELD:
        raise HrvctlError(f"held by {holder.said}", hint=f"is it stuck? then: kill {holder.pid}")
    return f"held by {holder.said}"


def clock_behind(store: Store, now: datetime) -> str:
    """Why the clock is behind what it was when the home was last written; empty when it is not."""
    written = last_written(store)
    if written is None or written[1] - now <= CLOCK_SLACK:
        return ""
    table, at = written
    return (
        f"the last row of {table} was written on {at:%Y-%m-%d %H:%M %z}, and it is only"
        f" {now:%Y-%m-%d %H:%M %z} here"
    )


def clock(workspace: Workspace, subject: str) -> str:
    """Nothing was written in the future, and the nights were slept in this machine's zone."""
    now = workspace.clock()
    with open_store(workspace.home, write=False) as store:
        offsets = night_offsets(store, subject, n=ZONE_NIGHTS)
        behind = clock_behind(store, now)
    if behind:
        raise HrvctlError(
            behind,
            hint="set this machine's clock; forecasts sealed by a wrong one stay as they are",
        )
    here = now.utcoffset() or timedelta()
    if len(offsets) == ZONE_NIGHTS and all(abs(o - here) >= ZONE_SLACK for o in offsets):
        raise HrvctlError(
            f"this machine is at UTC{now:%z}, the last {ZONE_NIGHTS} nights were slept at"
            f" {_zone(offsets[0])}: the evening may bear another date here",
            hint="set the machine's time zone, or TZ where the evening is scheduled",
        )
    return f"{now:%Y-%m-%d %H:%M %z}"


def data(workspace: Workspace, subject: str) -> str:
    """Last night is there."""
    evening = workspace.evening(subject)
    with open_store(workspace.home, write=False) as store:
        nights = load_nights(store, evening).observed
    if not nights:
        return "no night yet"
    age = (evening.as_of - nights[-1]).days
    if age > FRESH_DAYS:
        raise HrvctlError(
            f"the last night is of {nights[-1]}, {age} days ago",
            hint=f"hrvctl import FILE, or put a new export into {workspace.home.inbox}",
        )
    return f"{len(nights)} nights, the last of {nights[-1]}"


def last_run(workspace: Workspace, subject: str) -> str:
    """The last evening ended in a way that needs nobody."""
    last = find_last_run(workspace.home, subject)
    if last is None:
        return "none yet"
    if last.code in BAD_ENDS:
        raise HrvctlError(
            f"{_run(last)}",
            hint=f"{workspace.home.log} says why; run `hrvctl daily` to see it again",
        )
    return _run(last)


def scheduled(session: Session, workspace: Workspace, subject: str) -> str:
    """A schedule that stands does run."""
    planned = find_planned(session)
    if planned is None:
        return "none (hrvctl schedule install sets one)"
    said = f"{planned.system} at {planned.at:%H:%M}"
    last = find_last_run(workspace.home, subject)
    if last and workspace.clock() - last.at > MAX_SILENCE:
        raise HrvctlError(
            f"{said}, but the last run was {_run(last)}",
            hint=f"is {planned.system} running, and the machine awake then?"
            " hrvctl schedule install writes it anew",
        )
    return f"{said}, next {planned.after(workspace.clock()):%Y-%m-%d %H:%M}"


def disk(workspace: Workspace) -> str:
    """There is room for years."""
    root = workspace.home.root
    place = next(path for path in (root, *root.parents) if path.exists())
    free = shutil.disk_usage(place).free
    if free < NEEDED_BYTES:
        raise HrvctlError(
            f"{free // 2**20} MB free on {place}",
            hint=f"make {NEEDED_BYTES // 2**20} MB free; hrvctl prune takes old runs away",
        )
    return f"{free // 2**30} GB free"


def _run(last: LastRun) -> str:
    return f"{last.at:%Y-%m-%d %H:%M}, {last.said} ({last.code.value})"


def _zone(offset: timedelta) -> str:
    hours, minutes = divmod(abs(round(offset.total_seconds() / 60)), 60)
    return f"UTC{'-' if offset < timedelta() else '+'}{hours:02}{minutes:02}"
