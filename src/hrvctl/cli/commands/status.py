"""``hrvctl status``: the age of the data, what is sealed, and the last and the next run."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from hrvctl.cli import render, trend_picture
from hrvctl.cli.commands.morning import morning_lines
from hrvctl.cli.daily_report import baseline_line
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import ExitCode, count
from hrvctl.store.json_values import plain
from hrvctl.store.lock import read_holder

if TYPE_CHECKING:
    from pathlib import Path

    from hrvctl.domain.baseline import Baseline
    from hrvctl.usecases.connections import ConnectionState
    from hrvctl.usecases.workspace import Evening, Workspace

# Nights that ended more days ago are missing, and not only last night's.
FRESH_DAYS = 1


def status(session: Session) -> CommandResult:
    """Show the age of your data, your normal range, what is sealed, and how the last run ended."""
    settings, workspace = session.settings(), session.workspace()
    evening = workspace.evening(settings.subject)
    connections = _connections(workspace, settings.subject)
    connected = [f"{one.vendor}: {one.finding}" for one in connections]
    if not workspace.home.exists():
        hint = (
            "Pull your nights: hrvctl pull && hrvctl daily"
            if connected
            else "Import an export: hrvctl import FILE (or look at `hrvctl daily --demo`)."
        )
        nothing = f"Nothing stored yet in {workspace.home.root}."
        return CommandResult(
            data={"home": workspace.home.root, "n_nights": 0, "connections": connections},
            text="\n".join([nothing, *connected, hint]),
            code=ExitCode.NOTHING_NEW,
        )
    from hrvctl.usecases.last_run import find_last_run
    from hrvctl.usecases.morning import load_morning
    from hrvctl.usecases.schedule import find_planned

    found = load_morning(workspace, evening, settings.profile.value)
    nights, base, tomorrow = found.nights, found.baseline, found.tomorrow
    last, holder = find_last_run(workspace.home, evening.subject), read_holder(workspace.home)
    waiting = _waiting(workspace, evening)
    planned, now = find_planned(settings), workspace.clock()
    data = {
        "home": workspace.home.root,
        "subject": evening.subject,
        "n_nights": len(nights),
        "first_night": nights[0] if nights else None,
        "last_night": nights[-1] if nights else None,
        "metric": found.history.metric,
        "measured_by": found.history.measured_by,
        "baseline": base,
        "hrv_ms": found.hrv_ms,
        "forecast": found.forecast,
        "guess_ms": found.guess_ms,
        "n_sealed": found.n_sealed,
        "subjects": found.subjects,
        "sealed_for_tomorrow": tomorrow,
        "last_run": {"at": last.at, "code": last.code, "said": last.code_words} if last else None,
        "connections": connections,
        "n_waiting": len(waiting),
        "at_work": {**plain(holder), "is_dead": holder.is_dead()} if holder else None,
        "next_run": {"at": planned.after(now), "with": planned.system} if planned else None,
    }
    lines = [_nights(evening, found.history.measured_by, nights)]
    if found.hrv_ms is not None:
        lines += morning_lines(found)
    if nights:
        lines += [baseline_line(base), _week(base)]
        lines += render.old_data(nights[-1], evening.as_of)
    if tomorrow:
        lines.append(
            f"Sealed for {render.day_name(tomorrow.target)}: {render.ms(tomorrow.mean_ms)}"
        )
    elif nights and not render.old_data(nights[-1], evening.as_of):
        lines.append("Nothing is sealed for tomorrow yet: run `hrvctl daily` in the evening.")
    if nights and FRESH_DAYS < (evening.as_of - nights[-1]).days <= render.OLD_DAYS:
        lines.append(
            f"The nights after {nights[-1]} are missing: hrvctl import FILE, or hrvctl pull"
        )
    if waiting:
        files = count(len(waiting), "export waits", "exports wait")
        lines.append(f"In the inbox {files}: the next run imports it.")
    if last:
        lines.append(f"Last run: {_minute(last.at)}, {last.code_words} ({last.code}).")
    lines += connected
    if holder:
        what = "died at work" if holder.is_dead() else "is at work"
        lines.append(f"Process {holder.pid} on {holder.host} {what}, begun {holder.since}.")
    if planned:
        lines.append(f"Next run: {_minute(planned.after(now))}, by {planned.system}.")
    lines.append(f"Ledger: {found.n_sealed} rows. Home: {workspace.home.root}")
    lines += trend_picture.on_terminal(session, found)
    code = ExitCode.DONE if nights else ExitCode.NOTHING_NEW
    return CommandResult(data=data, text="\n".join(lines), code=code)


def _connections(workspace: "Workspace", subject: str) -> "list[ConnectionState]":
    """How the person's connections are."""
    if not any((workspace.home.connections / subject).glob("*.json")):
        return []
    from hrvctl.usecases.connections import states  # the vendors, which load slowly

    return states(workspace, subject)


def _waiting(workspace: "Workspace", evening: "Evening") -> "list[Path]":
    """What the next run imports from the inbox."""
    inbox = workspace.home.inbox
    if not inbox.is_dir() or all(path == workspace.home.done for path in inbox.iterdir()):
        return []
    from hrvctl.usecases.ingest import list_inbox  # the sources, which load slowly

    return list_inbox(workspace, evening.subject)


def _minute(at: datetime) -> str:
    return f"{render.day_name(at.date())} {at:%H:%M}"


def _week(base: "Baseline") -> str:
    """The last week's mean and spread, and the trends."""
    figures = (
        ("7-day mean {:.0f} ms", base.mean7_ms),
        ("HRV-CV {:.1f} %", base.cv_pct),
        ("14-day trend {:+.1f} % a week", base.trend_14d_pct_week),
        ("60-day trend {:+.1f} % a week", base.trend_60d_pct_week),
    )
    known = [text.format(value) for text, value in figures if value is not None]
    return ", ".join(known) or "7-day mean, HRV-CV and trend: not yet"


def _nights(evening: "Evening", source: str, nights: tuple[date, ...]) -> str:
    if not nights:
        return f"{evening.subject}: have 0 nights, need 1. Import an export: hrvctl import FILE"
    last = nights[-1]
    age = (evening.as_of - last).days
    ago = "today" if age == 0 else "yesterday" if age == 1 else f"{age} days ago"
    return f"{evening.subject}: {len(nights)} nights from {source}, the last one {ago} ({last})"
