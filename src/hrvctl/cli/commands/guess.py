"""``hrvctl guess``: record the HRV a person expects of a morning."""

from datetime import date
from typing import Annotated

import typer

from hrvctl.cli import render
from hrvctl.cli.options import DRY_RUN, DryRunOption, day_option
from hrvctl.cli.session import CommandResult, Session
from hrvctl.cli.values import parse_ms

GuessArgument = Annotated[
    float, typer.Argument(parser=parse_ms, metavar="MS", help="The HRV you expect, ms.")
]
ForOption = Annotated[
    date | None, day_option("--for", "The morning (default: tomorrow).", lean="future")
]


def guess(
    session: Session, ms: GuessArgument, for_: ForOption = None, dry_run: DryRunOption = False
) -> CommandResult:
    """Record the HRV you expect tomorrow; it is sealed and scored like the models' forecasts.

    The guess is locked once its morning has begun; until then the last one counts.
    """
    from hrvctl.usecases.clock import seal_warnings
    from hrvctl.usecases.guesses import guess_morning

    workspace = session.workspace()
    warnings = seal_warnings(workspace)
    result = guess_morning(workspace, session.settings().subject, ms, target=for_, dry_run=dry_run)
    text = f"Your guess for {render.day_name(result.guess.target)}: {ms:g} ms"
    if result.before_ms is not None and result.is_new:
        text += f", instead of {result.before_ms:g} ms"
    if dry_run:
        text += f".\n{DRY_RUN}"
    elif result.n_sealed:
        text += "; sealed."
    elif result.is_new:
        text += "; the evening's run will seal it."
    else:
        text += "; it is the one that counts already."
    return CommandResult(
        data={"guess": result.guess, "n_sealed": result.n_sealed, "is_dry_run": dry_run},
        text=text,
        notes=() if for_ else session.late_notes(),
        warnings=warnings,
    )
