"""``hrvctl what-if``: tomorrow as it stands, and had this one day gone otherwise."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hrvctl.cli import render
from hrvctl.cli.commands.fork import choices, code_of, moved, notes_of, nothing_yet, signed_ms
from hrvctl.cli.session import CommandResult, Session, parse_day
from hrvctl.errors import UsageError
from hrvctl.records.choices import Agent
from hrvctl.settings import Settings

if TYPE_CHECKING:
    from hrvctl.domain.scenarios.branches import Branch

ChangesArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="CHANGE[, CHANGE]...",
        help='For example "alcohol=0, strain=14", or as in the journal "3 beers, no caffeine".',
    ),
]
AsOfOption = Annotated[
    str | None, typer.Option(metavar="DATE", help="Use that evening (default: today's).")
]

# What the branch is called in messages.
NAME = "what-if"


def what_if(session: Session, changes: ChangesArgument, as_of: AsOfOption = None) -> CommandResult:
    """Show tomorrow's forecast if today had been different; nothing is written.

    A CHANGE is what `hrvctl fork` takes. The rules speak, not the llm, unless agent=llm is said.
    """
    from hrvctl.domain.scenarios import comparison
    from hrvctl.domain.scenarios.branches import BASE, Branch
    from hrvctl.usecases.fork import run_branch, take_checkpoint

    if as_of is not None:
        parse_day(as_of)
    # Asked twice, an llm would differ by its moods as well.
    workspace, settings = session.workspace(), session.settings(agent=Agent.RULES)
    subject = settings.subject
    branch, unknown = _read(changes, settings)
    if not workspace.home.exists():
        return nothing_yet(subject)
    checkpoint = take_checkpoint(workspace, subject, as_of or "", choices(settings))
    if not checkpoint.n_nights:
        return nothing_yet(subject, as_of)
    made = [run_branch(workspace, checkpoint, each) for each in (Branch(name=BASE), branch)]
    base, other = comparison.compare(made)
    return CommandResult(
        data={
            "subject": subject,
            "as_of": checkpoint.evening.as_of,
            "branches": [base, other],
            "failed": [],
            "note": comparison.ASSOCIATION,
        },
        text="\n".join([*_lines(base, other), _honest(comparison.ASSOCIATION, other)]),
        notes=(f"Not understood: {', '.join(unknown)}.",) if unknown else (),
        code=code_of((base, other)),
    )


def _read(words: Sequence[str], settings: Settings) -> tuple["Branch", tuple[str, ...]]:
    """The changes, with commas between them, and the words that were not understood.

    What is no ``KEY=VALUE`` is read as the journal reads it.

    Raises:
        UsageError: A change cannot be read, or nothing in the other words was understood.
    """
    from hrvctl.domain.scenarios.branches import parse_changes, with_answers

    parts = [each for part in " ".join(words).split(",") for each in _spaced(part.strip())]
    changes = [part for part in parts if "=" in part]
    text = ", ".join(part for part in parts if part and "=" not in part)
    branch = parse_changes(NAME, changes)
    if not text and changes:
        return branch, ()
    answers, unknown = _told(text, settings)
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


def _told(text: str, settings: Settings) -> tuple[dict[str, float], tuple[str, ...]]:
    from hrvctl.domain.journal_text.reader import read_text
    from hrvctl.usecases.vocabulary import load_vocabulary, own_vocabulary

    told = read_text(text, load_vocabulary(own_vocabulary(settings)))
    return {feature.tag: feature.value for feature in told.features}, tuple(told.unknown)


def _lines(base: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    forecast, difference = base["forecast"], other["difference"]
    if forecast is None:
        return list(base["sentences"])
    changes = ", ".join(other["changes"])
    rows = [(name, *_said(branch)) for name, branch in (("as it is", base), (changes, other))]
    if difference is not None:
        rows.append(("difference", signed_ms(difference["total_ms"]), moved(difference)))
    return [
        f"{render.day_name(forecast['target'])}:",
        render.columns(rows, header=("", "HRV", ""), to_right=("HRV",)),
        *(f"Note: {note}." for branch in (base, other) for note in notes_of(branch, base)),
    ]


def _said(branch: Mapping[str, Any]) -> tuple[str, str]:
    forecast = branch["forecast"]
    if forecast is None:
        return "-", branch["withheld"]
    return render.ms(forecast["mean_ms"]), render.intervals(forecast["quantiles_ms"])


def _honest(association: str, branch: Mapping[str, Any]) -> str:
    """That nobody was told by lot what to do, and from how many evenings the model speaks."""
    parts = [
        f"{row['name']} on {_evenings(row['with'])}, none on {row['without']}"
        if "with" in row
        else f"{row['name']} on {_evenings(row['evenings'])}"
        for row in branch["learned_from"]
        if row["evenings"]
    ]
    return f"{association}{': ' if parts else ''}{'; '.join(parts)}."


def _evenings(n: int) -> str:
    return "1 evening" if n == 1 else f"{n} evenings"
