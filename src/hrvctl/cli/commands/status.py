"""``hrvctl status``: where things stand, at a glance."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from hrvctl.cli import render
from hrvctl.cli.daily_report import baseline_line
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import ExitCode, HomeError
from hrvctl.store.artifacts import plain
from hrvctl.store.database import open_store
from hrvctl.store.ledger import load_head, load_sealed
from hrvctl.store.lock import read_holder
from hrvctl.usecases.last_run import find_last_run
from hrvctl.usecases.schedule import find_planned
from hrvctl.usecases.workspace import Evening, Workspace, load_nights


def status(session: Session) -> CommandResult:
    """Show the age of your data, your normal range, what is sealed, and how the last run ended."""
    from hrvctl.domain.baseline import baseline

    settings, workspace = session.settings(), session.workspace()
    evening = workspace.evening(settings.subject)
    if not workspace.home.exists():
        return CommandResult(
            data={"home": workspace.home.root, "n_nights": 0},
            text=f"Nothing stored yet in {workspace.home.root}.\n"
            "Import an export: hrvctl import FILE (or look at `hrvctl daily --demo`).",
            code=ExitCode.NOTHING_NEW,
        )
    with open_store(workspace.home, write=False) as store:
        history = load_nights(store, evening)
        n_sealed, _ = load_head(store)
        sealed = {
            row.forecast.source: row.forecast
            for row in load_sealed(store, evening.subject, after=evening.as_of)
        }
    nights = history.observed
    base = plain(
        baseline((history.first, history.ordinary), day=evening.as_of, profile=settings.profile)
    )
    runs = _runs(session, workspace, evening.subject)
    tomorrow = sealed.get(_final_source(workspace, evening), sealed.get("agent"))
    data = {
        "home": workspace.home.root,
        "subject": evening.subject,
        "n_nights": len(nights),
        "first_night": nights[0] if nights else None,
        "last_night": nights[-1] if nights else None,
        "metric": history.metric,
        "measured_by": history.measured_by,
        "baseline": base,
        "n_sealed": n_sealed,
        "sealed_for_tomorrow": tomorrow,
        **runs,
    }
    lines = [_nights(evening, history.measured_by, nights)]
    if nights:
        lines.append(baseline_line(base))
        lines.append(_week(base))
    lines.append(
        f"Sealed for {render.day_name(tomorrow.target)}: {render.ms(tomorrow.mean_ms)}"
        if tomorrow
        else "Nothing is sealed for tomorrow yet: run `hrvctl daily` in the evening."
    )
    lines += _run_lines(runs)
    lines.append(f"Ledger: {n_sealed} rows. Home: {workspace.home.root}")
    return CommandResult(data=data, text="\n".join(lines))


def _final_source(workspace: Workspace, evening: Evening) -> str:
    """Whose forecast the latest run gave as the final word; the rules' where none has."""
    try:
        final = workspace.load(evening, "agent_forecast")["forecast"]
    except HomeError:
        return "agent"
    return str(final["source"]) if final else "agent"


def _runs(session: Session, workspace: Workspace, subject: str) -> dict[str, Any]:
    """How the last run ended, who is at work or died at it, and when the next one comes."""
    last, holder = find_last_run(workspace.home, subject), read_holder(workspace.home)
    planned = find_planned(session.settings())
    ended = {"at": last.at, "code": last.code, "said": last.code_words} if last else None
    held = {**plain(holder), "is_dead": holder.is_dead()} if holder else None
    return {
        "last_run": ended,
        "at_work": held,
        "next_run": {"at": planned.after(workspace.clock()), "with": planned.system}
        if planned
        else None,
    }


def _run_lines(runs: Mapping[str, Any]) -> list[str]:
    last, held, next_run = runs["last_run"], runs["at_work"], runs["next_run"]
    lines = [f"Last run: {_minute(last['at'])}, {last['said']} ({last['code']})."] if last else []
    if held:
        what = "died at work" if held["is_dead"] else "is at work"
        lines.append(f"Process {held['pid']} on {held['host']} {what}, begun {held['since']}.")
    if next_run:
        lines.append(f"Next run: {_minute(next_run['at'])}, by {next_run['with']}.")
    return lines


def _minute(at: datetime) -> str:
    return f"{render.day_name(at.date())} {at:%H:%M}"


def _week(base: Mapping[str, Any]) -> str:
    """The last week's mean and spread, and where the weeks are heading."""
    texts = {
        "mean7_ms": "7-day mean {:.0f} ms",
        "cv_pct": "HRV-CV {:.1f} %",
        "trend_14d_pct_week": "14-day trend {:+.1f} % a week",
        "trend_60d_pct_week": "60-day trend {:+.1f} % a week",
    }
    said = [text.format(base[name]) for name, text in texts.items() if base[name] is not None]
    return ", ".join(said) or "7-day mean, HRV-CV and trend: not yet"


def _nights(evening: Evening, source: str, nights: tuple[date, ...]) -> str:
    if not nights:
        return f"{evening.subject}: have 0 nights, need 1. Import an export: hrvctl import FILE"
    last = nights[-1]
    age = (evening.as_of - last).days
    ago = "today" if age == 0 else "yesterday" if age == 1 else f"{age} days ago"
    return f"{evening.subject}: {len(nights)} nights from {source}, the last one {ago} ({last})"
