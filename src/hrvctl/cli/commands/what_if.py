"""``hrvctl what-if``: tomorrow's forecast, and what it would be if the day had been different."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from hrvctl.cli import render
from hrvctl.cli.fork_report import (
    changed_drivers,
    exit_code,
    fork_defaults,
    no_nights,
    notes_of,
    signed_ms,
)
from hrvctl.cli.options import day_option
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import UsageError, count
from hrvctl.records.choices import Agent
from hrvctl.settings import Settings
from hrvctl.store.memory import check_address_space

if TYPE_CHECKING:
    from hrvctl.domain.artifacts.fork import BranchResult, Evidence
    from hrvctl.domain.scenarios.branches import Branch

ChangesArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="CHANGE",
        help='For example "alcohol=0, strain=14", or as in the journal "3 beers, no caffeine".',
    ),
]
AsOfOption = Annotated[
    date | None,
    day_option("--as-of", "Use that evening (default: today's)."),
]

# The name of the branch in messages.
NAME = "what-if"


def what_if(session: Session, changes: ChangesArgument, as_of: AsOfOption = None) -> CommandResult:
    """Show tomorrow's forecast if today had been different; nothing is written.

    A CHANGE is what `hrvctl fork` takes. The rules make the forecast, unless you add agent=llm.
    """
    check_address_space()
    from hrvctl.usecases import fork

    # Two answers of an LLM would differ by chance as well.
    workspace, settings = session.workspace(), session.settings(agent=Agent.RULES)
    subject = settings.subject
    branch, unknown = _read(changes, settings)
    if not workspace.home.exists():
        return no_nights(subject)
    checkpoint = fork.take_checkpoint(workspace, subject, as_of, fork_defaults(settings))
    if not checkpoint.n_nights:
        return no_nights(subject, as_of)
    compared = fork.what_if(workspace, checkpoint, branch)
    base, other = compared.branches
    return CommandResult(
        data={
            "subject": subject,
            "as_of": checkpoint.evening.as_of,
            "branches": compared.branches,
            "failed": compared.failed,
            "note": compared.note,
        },
        text="\n".join([*_lines(base, other), _evidence(compared.note, other.learned_from)]),
        notes=(f"Not understood: {', '.join(unknown)}.",) if unknown else (),
        code=exit_code(base),
    )


def _read(words: Sequence[str], settings: Settings) -> tuple["Branch", tuple[str, ...]]:
    """The changes, with commas between them, and the words that were not understood.

    Text other than ``KEY=VALUE`` is read as the journal reads it.

    Raises:
        UsageError: A change cannot be read, or nothing in the other words was understood.
    """
    from hrvctl.domain.scenarios.branches import parse_changes, with_answers
    from hrvctl.usecases.fork import read_answers

    parts = [each for part in " ".join(words).split(",") for each in _spaced(part.strip())]
    changes = [part for part in parts if "=" in part]
    text = ", ".join(part for part in parts if part and "=" not in part)
    branch = parse_changes(NAME, changes)
    if not text and changes:
        return branch, ()
    answers, unknown = read_answers(text, settings)
    if not answers:
        raise UsageError(
            f"{text!r}: nothing in it was understood",
            hint='for example hrvctl what-if "alcohol=3, strain=12" or "3 beers, no caffeine"',
        )
    return with_answers(branch, answers), unknown


def _spaced(part: str) -> list[str]:
    """Several changes with nothing but spaces between them; else the part as it is."""
    tokens = part.split()
    return tokens if all("=" in token for token in tokens) else [part]


def _lines(base: "BranchResult", other: "BranchResult") -> list[str]:
    forecast, difference = base.forecast, other.difference
    if forecast is None:
        return list(base.sentences)
    changes = ", ".join(other.changes)
    rows = [(name, *_row(branch)) for name, branch in (("as it is", base), (changes, other))]
    if difference is not None:
        rows.append(("difference", signed_ms(difference.total_ms), changed_drivers(difference)))
    return [
        f"{render.day_name(forecast.target)}:",
        render.columns(rows, header=("", "HRV", ""), to_right=("HRV",)),
        *(f"Note: {note}." for branch in (base, other) for note in notes_of(branch, base)),
    ]


def _row(branch: "BranchResult") -> tuple[str, str]:
    if branch.forecast is None:
        return "-", branch.withheld
    return render.ms(branch.forecast.mean_ms), render.intervals(branch.forecast)


def _evidence(note: str, learned_from: "Sequence[Evidence]") -> str:
    """What the comparison does not show, and how many evenings the model learned from."""
    parts = [
        f"{row.name} on {count(row.evenings, 'evening')}"
        if row.n_with is None
        else f"{row.name} on {count(row.n_with, 'evening')}, none on {row.n_without}"
        for row in learned_from
        if row.evenings
    ]
    return f"{note}{': ' if parts else ''}{'; '.join(parts)}."
