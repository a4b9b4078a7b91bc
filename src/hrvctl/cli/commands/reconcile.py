"""``hrvctl reconcile``: list forecasts with their outcomes, and correct a morning."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from hrvctl.cli import render
from hrvctl.cli.daily_report import outcome
from hrvctl.cli.options import DryRunOption, FullOption, day_option
from hrvctl.cli.session import CommandResult, Session, rehearsal
from hrvctl.errors import ExitCode, UsageError, count
from hrvctl.records import AGENT, AGENT_LLM, GUESS

if TYPE_CHECKING:
    from hrvctl.domain.reconcile import Reconciled, Reconciliation

# Whose forecasts are final ones.
FINAL = (AGENT, AGENT_LLM)
DateOption = Annotated[dt.date | None, day_option("--date", "The morning to list or correct.")]
FromOption = Annotated[dt.date | None, day_option("--from", "First morning.")]
ToOption = Annotated[dt.date | None, day_option("--to", "Last morning.")]
ActualOption = Annotated[
    float | None,
    typer.Option("--actual", metavar="MS", help="The correct value, ms; needs --date."),
]
ReasonOption = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="Why you correct it; needs --actual.")
]


def reconcile(
    session: Session,
    date: DateOption = None,
    from_: FromOption = None,
    to: ToOption = None,
    actual: ActualOption = None,
    reason: ReasonOption = "",
    full: FullOption = False,
    dry_run: DryRunOption = False,
) -> CommandResult:
    """Compare forecasts with what happened; correct a morning that was measured wrongly.

    A correction never overwrites: what was first seen stays, and both scores are shown.
    """
    first, last = _span(session, date, from_, to)
    if actual is not None and date is None:
        raise UsageError("--actual needs the morning it is for", hint="add --date YYYY-MM-DD")
    if actual is None and reason:
        raise UsageError("--reason needs the value it explains", hint="add --actual MS")
    if actual is not None and not reason.strip():
        raise UsageError("--actual needs a reason", hint='add --reason "sensor slipped"')
    settings, workspace = session.settings(), session.workspace()
    with rehearsal(workspace, dry_run=dry_run) as workspace:
        config = {
            "subject": settings.subject,
            "first": first,
            "last": last,
            "actual_ms": actual,
            "reason": reason,
        }
        from hrvctl.domain.reconcile import Reconciliation
        from hrvctl.pipeline.runner import run_job

        with render.progress(is_quiet=session.quiet) as on_stage:
            run_job(
                "hrv_reconcile_job",
                workspace,
                ops={"reconcile_op": {"config": config}},
                tags={"hrvctl/subject": settings.subject, "hrvctl/mode": "reconcile"},
                on_stage=on_stage,
            )
        done = workspace.load(workspace.evening(settings.subject), Reconciliation)
    correction = None if actual is None else {"day": first, "actual_ms": actual, "reason": reason}
    text = _text(done, is_full=full)
    if correction and not done.rows:
        text += f"\n{first} is taken as {render.ms(actual)} from now on ({reason})."
    return CommandResult(
        data={
            "rows": done.rows,
            "waiting": done.waiting,
            "records": done.records,
            "correction": correction,
            "is_dry_run": dry_run,
        },
        text=text,
        code=ExitCode.DONE if done.rows or correction else ExitCode.NOTHING_NEW,
    )


def _span(
    session: Session, date: dt.date | None, first: dt.date | None, last: dt.date | None
) -> tuple[str, str]:
    if date is not None and (first, last) != (None, None):
        raise UsageError("--date and --from/--to exclude each other", hint="use one of them")
    begin = first if date is None else date
    if begin is None:
        if last is not None:
            raise UsageError("--to needs --from", hint="add --from YYYY-MM-DD")
        return "", ""
    end = begin if date is not None else last or session.today()
    for day in (begin, end):
        if day > session.today():
            raise UsageError(f"{day} has not come yet", hint="choose a past morning")
    if end < begin:
        raise UsageError(f"{begin} is after {end}", hint="exchange --from and --to")
    return begin.isoformat(), end.isoformat()


def _text(done: "Reconciliation", *, is_full: bool) -> str:
    final = [row for row in done.rows if row.source in FINAL]
    lines = [_verdict(final)] if final else []
    lines += dict.fromkeys(_corrected(row) for row in done.rows if row.n_revisions > 1)
    if done.rows:
        own = [row for row in done.rows if row.source in (*FINAL, GUESS)]
        shown = done.rows if is_full or not own else own
        lines += ["", _table(shown), ""]
        if len(shown) < len(done.rows):
            lines.append("The models' forecasts: hrvctl reconcile --full")
    lines += [f"{day}: {why}" for day, why in done.waiting.items()]
    if not lines:
        return f"No forecast was sealed for {done.first} to {done.last}."
    return "\n".join(lines)


def _verdict(final: "Sequence[Reconciled]") -> str:
    """The newest morning, and how the others were."""
    newest = max(final, key=lambda row: row.target)
    text = f"{outcome(newest)}."
    held = [row.inside_80 for row in final if row.inside_80 is not None]
    if len(final) > 1 and held:
        off = sum(abs(row.error_ms) for row in final) / len(final)
        text += (
            f" Over {count(len(final), 'forecast')} the mean error was {off:.1f} ms, and"
            f" {sum(held)} of {len(held)} mornings lay in the 80 % interval."
        )
    return text


def _corrected(row: "Reconciled") -> str:
    why = f" ({row.reason})" if row.reason else ""
    return (
        f"{row.target}: first seen {render.ms(row.first_seen_ms)},"
        f" revised to {render.ms(row.actual_ms)}{why}"
    )


def _table(rows: "Sequence[Reconciled]") -> str:
    return render.columns(
        [
            (
                row.target.isoformat(),
                row.source,
                row.mean_ms,
                row.first_seen_ms,
                row.actual_ms,
                row.error_first_seen_ms,
                row.error_ms,
                {True: "yes", False: "no", None: "-"}[row.inside_80],
            )
            for row in rows
        ],
        header=(
            "morning",
            "source",
            "forecast",
            "first seen",
            "actual",
            "error before",
            "error now",
            "in 80 %",
        ),
        n_keys=2,
    )
