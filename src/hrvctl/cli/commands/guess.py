"""``hrvctl guess``: what a person expects of tomorrow."""

import datetime as dt
from typing import Annotated

import typer

from hrvctl.cli import render
from hrvctl.cli.command import DryRunOption
from hrvctl.cli.session import Outcome, Session, parse_day
from hrvctl.domain.journal import check_guess
from hrvctl.errors import ExitCode
from hrvctl.pipeline.house import writing
from hrvctl.records import Guess

GuessArgument = Annotated[float, typer.Argument(metavar="MS", help="The HRV you expect, ms.")]
ForOption = Annotated[
    str | None, typer.Option("--for", metavar="DATE", help="The morning (default: tomorrow).")
]


def guess(
    session: Session, ms: GuessArgument, for_: ForOption = None, dry_run: DryRunOption = False
) -> Outcome:
    """Say what HRV you expect tomorrow; it is sealed and scored beside the models.

    The guess is locked once its morning has begun; until then the last one counts.
    """
    from hrvctl.domain.tracking import check_morning
    from hrvctl.pipeline.journaling import take_guess

    settings, house = session.settings(), session.house()
    now = house.clock()
    target = now.date() + dt.timedelta(days=1) if for_ is None else parse_day(for_)
    made = Guess(target=target, hrv_ms=check_guess(ms), made_at=now)
    check_morning(target, now)
    n_sealed = 0
    if not dry_run:
        with writing(house) as store:
            n_sealed = take_guess(store, house, settings["subject"], made)
    return Outcome(
        data={"guess": made, "n_sealed": n_sealed, "is_dry_run": dry_run},
        text=f"Your guess for {render.day_name(target)}: {render.ms(ms)}",
        code=ExitCode.DONE,
    )
