"""``hrvctl ledger``: verify the sealed forecasts, and make them again."""

import datetime as dt
from typing import Annotated

from hrvctl.cli import render
from hrvctl.cli.options import day_option
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import count

FirstOption = Annotated[dt.date | None, day_option("--from", "First morning (default: all).")]
LastOption = Annotated[dt.date | None, day_option("--to", "Last morning (default: all).")]


def verify(session: Session) -> CommandResult:
    """Walk the ledger's chain and name every row that was changed, removed or inserted."""
    from hrvctl.usecases.ledger import verify_ledger

    n_rows, head = verify_ledger(session.workspace())
    return CommandResult(
        data={"n_rows": n_rows, "head": head},
        text=f"The ledger is intact: {count(n_rows, 'row')}, head {head[:16]}.",
    )


def reproduce(
    session: Session, first: FirstOption = None, last: LastOption = None
) -> CommandResult:
    """Make sealed forecasts again from what was stored when they were sealed.

    The models' and the rules agent's, to the last digit. What cannot be made again is counted
    apart; what differs is named, with what was changed.
    """
    from hrvctl.usecases.reproduction import TOLERANCE_MS, reproduce_rows

    is_quiet = session.quiet or session.json
    done = reproduce_rows(
        session.workspace(),
        session.settings().subject,
        first=first or dt.date.min,
        last=last or dt.date.max,
        steps=lambda n: render.progress_bar(n, is_quiet=is_quiet),
    )
    lines = [
        f"Made again, equal to the last digit: {done.n_equal} rows, {done.n_evenings} evenings."
    ]
    if done.n_close:
        where = "; ".join(done.environments)
        lines.append(
            f"Sealed elsewhere, equal within {TOLERANCE_MS:g} ms: {done.n_close} ({where})."
        )
    lines += [f"Not made again, {reason}: {n}." for reason, n in sorted(done.apart.items())]
    return CommandResult(
        data={
            "n_evenings": done.n_evenings,
            "n_equal": done.n_equal,
            "n_close": done.n_close,
            "environments": done.environments,
            "apart": done.apart,
        },
        text="\n".join(lines),
    )
