"""``hrvctl ledger``: verify the sealed forecasts, note their hash, and make them again."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from hrvctl.cli import render
from hrvctl.cli.options import DryRunOption, day_argument, day_option, dry_note
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import ExitCode, count
from hrvctl.safe_text import one_line
from hrvctl.store.memory import check_address_space

HeadOption = Annotated[
    list[str] | None,
    typer.Option("--head", metavar="HASH", help="A hash noted earlier; 16 digits are enough."),
]
AgainstOption = Annotated[
    list[Path] | None,
    typer.Option("--against", metavar="BACKUP", help="Every row of this backup must be in it."),
]
AnchorsOption = Annotated[
    list[Path] | None,
    typer.Option("--anchors", metavar="FILE", help="Every line of this anchor file must hold."),
]
AnchorArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="The file of anchors; made when missing.")
]
UNSEEN = (
    "Not seen from here: a chain rewritten or cut together with ledger-heads.txt beside it, or an"
    " older home\nput in its place. Compare with what was seen: --head HASH, --against BACKUP,"
    " --anchors FILE."
)
DaysArgument = Annotated[
    list[dt.date],
    day_argument("DATE", "A day on which the clock was wrong, as it had it; one or more."),
]
ReasonOption = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept in the ledger.")
]
FirstOption = Annotated[dt.date | None, day_option("--from", "First morning (default: all).")]
LastOption = Annotated[dt.date | None, day_option("--to", "Last morning (default: all).")]


def verify(
    session: Session,
    head: HeadOption = None,
    against: AgainstOption = None,
    anchors: AnchorsOption = None,
) -> CommandResult:
    """Walk the ledger's chain and name every row that was changed, removed or inserted.

    A chain that was rewritten as a whole verifies by itself: compare it with a hash that you or
    someone else noted, a backup, or a file of anchors.
    """
    from hrvctl.usecases.exclusions import exclude_command
    from hrvctl.usecases.ledger import verify_ledger
    from hrvctl.usecases.witness import noted_hash, read_anchors, read_backup

    workspace = session.workspace()
    seen = [noted_hash(text) for text in head or []]
    for file in against or []:
        seen += read_backup(file)
    for file in anchors or []:
        seen += read_anchors(file)
    found = verify_ledger(workspace, seen)
    lines = [f"The ledger is intact: {count(found.n_rows, 'row')}, head {found.head[:16]}."]
    if found.n_forgotten:
        one = count(found.n_forgotten, "row was", "rows were")
        lines.append(f"{one} forgotten: the content is gone, a receipt and the hashes stand.")
    if found.n_unchained:
        one = count(found.n_unchained, "outcome")
        lines.append(f"{one} of an older version: not in the chain until the next evening.")
    if head or against or anchors:
        lines.append(f"It has every row that was seen of it: {found.n_seen}.")
    else:
        lines.append(UNSEEN)
    if found.in_question:
        lines.append(
            f"A wrong clock sealed on {', '.join(map(str, found.in_question))}. If the clock is"
            f" right now, leave them out:\n  {exclude_command(found.in_question)}"
        )
    lines += [
        f"Note: {one}."
        for one in (*(lost.described for lost in found.lost), *found.excluded, *found.oddities)
    ]
    return CommandResult(
        data={
            "n_rows": found.n_rows,
            "head": found.head,
            "n_seen": found.n_seen,
            "oddities": found.oddities,
            "in_question": found.in_question,
            "excluded": found.excluded,
            "lost": found.lost,
            "n_unchained": found.n_unchained,
            "n_forgotten": found.n_forgotten,
        },
        text="\n".join(lines),
    )


def anchor(session: Session, file: AnchorArgument) -> CommandResult:
    """Append the ledger's length and last hash to a file.

    Keep the file where you cannot quietly change it: a git repository, a synced folder, another
    person's machine. The hash says nothing about your data.
    """
    from hrvctl.usecases.witness import append_anchor

    n_rows, head = append_anchor(session.workspace(), file)
    return CommandResult(
        data={"n_rows": n_rows, "head": head, "file": file},
        text=f"Added to {file}: {count(n_rows, 'row')}, head {head}.",
    )


def exclude(
    session: Session, days: DaysArgument, reason: ReasonOption, dry_run: DryRunOption = False
) -> CommandResult:
    """Leave what a wrong clock sealed out of every score, with the reason.

    Only what contradicts the other rows, or now, can be left out. It stays in the ledger, and is
    counted and named by `hrvctl score` and `hrvctl ledger verify`.
    """
    return _exclude(session, days, reason, dry_run=dry_run)


def include(
    session: Session, days: DaysArgument, reason: ReasonOption, dry_run: DryRunOption = False
) -> CommandResult:
    """Count again what was left out by `hrvctl ledger exclude`."""
    return _exclude(session, days, reason, is_undone=True, dry_run=dry_run)


def _exclude(
    session: Session, days: list[dt.date], reason: str, *, is_undone: bool = False, dry_run: bool
) -> CommandResult:
    from hrvctl.usecases.exclusions import exclude_evenings

    done = exclude_evenings(
        session.workspace(), days, reason=reason, is_undone=is_undone, dry_run=dry_run
    )
    what = "counted again" if is_undone else "left out of every score"
    rows, listed = count(len(done.rows), "sealed row"), ", ".join(map(str, done.days))
    text = (
        one_line(f"{listed}: {rows} {what} ({reason}).")
        if done.days
        else "Nothing to do: it was so."
    )
    return CommandResult(
        data={
            "days": done.days,
            "n_rows": len(done.rows),
            "reason": reason,
            "is_dry_run": dry_run,
        },
        text="\n".join([text, *dry_note(dry_run)]),
        code=ExitCode.DONE if done.days else ExitCode.NOTHING_NEW,
    )


def reproduce(
    session: Session, first: FirstOption = None, last: LastOption = None
) -> CommandResult:
    """Make sealed forecasts again from what was stored when they were sealed.

    The models' and the rules agent's, to the last digit. What cannot be made again is counted
    apart; what differs is named, with what was changed.
    """
    check_address_space()
    from hrvctl.usecases.reproduction import TOLERANCE, reproduce_rows

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
        lines.append(f"Sealed elsewhere, equal within {TOLERANCE:g}: {done.n_close} ({where}).")
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
