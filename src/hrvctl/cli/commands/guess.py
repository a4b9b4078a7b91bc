"""``hrvctl guess``: what a person expects of tomorrow."""

import datetime as dt
from typing import Annotated

import typer

from hrvctl.cli import render
from hrvctl.cli.registration import DRY_RUN, DryRunOption
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import UsageError
from hrvctl.records import Guess
from hrvctl.usecases.workspace import parse_day, writing

# How far ahead a guess may be, days (own choice: as far as the models look; beyond it is a slip).
MOST_DAYS = 7

GuessArgument = Annotated[float, typer.Argument(metavar="MS", help="The HRV you expect, ms.")]
ForOption = Annotated[
    str | None, typer.Option("--for", metavar="DATE", help="The morning (default: tomorrow).")
]


def guess(
    session: Session, ms: GuessArgument, for_: ForOption = None, dry_run: DryRunOption = False
) -> CommandResult:
    """Record the HRV you expect tomorrow; it is sealed and scored like the models' forecasts.

    The guess is locked once its morning has begun; until then the last one counts.
    """
    from hrvctl.domain.journal import check_guess
    from hrvctl.domain.tracking import check_morning
    from hrvctl.usecases.journal import is_new_guess, take_guess

    settings, workspace = session.settings(), session.workspace()
    now = workspace.clock()
    target = now.date() + dt.timedelta(days=1) if for_ is None else parse_day(for_)
    made = Guess(target=target, hrv_ms=check_guess(ms), made_at=now)
    check_morning(target, now)
    if (ahead := (target - now.date()).days) > MOST_DAYS:
        raise UsageError(
            f"{target} lies {ahead} days ahead",
            hint=f"a guess is for one of the next {MOST_DAYS} mornings",
        )
    n_sealed, becomes = 0, ""
    if not dry_run:
        with writing(workspace) as store:
            is_new = is_new_guess(store, settings.subject, target, ms)
            n_sealed = take_guess(store, workspace, settings.subject, made)
        becomes = f"; {_becomes(n_sealed, is_new=is_new)}"
    said = f"Your guess for {render.day_name(target)}: {ms:g} ms{becomes}."
    return CommandResult(
        data={"guess": made, "n_sealed": n_sealed, "is_dry_run": dry_run},
        text=f"{said}\n{DRY_RUN}" if dry_run else said,
    )


def _becomes(n_sealed: int, *, is_new: bool) -> str:
    if n_sealed:
        return "sealed"
    return "the evening's run will seal it" if is_new else "it is the one that counts already"
