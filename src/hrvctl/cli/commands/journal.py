"""``hrvctl journal``: what a person says of their days, in their own words."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from hrvctl.cli import render
from hrvctl.cli.commands.journal_list import line, said_unit, said_value, told
from hrvctl.cli.editor import edit_text
from hrvctl.cli.registration import DRY_RUN, DryRunOption
from hrvctl.cli.session import CommandResult, Session, rehearsal
from hrvctl.errors import ExitCode, UsageError
from hrvctl.records import TAG, JournalEntry
from hrvctl.store.json_values import plain
from hrvctl.store.notes import Note
from hrvctl.usecases.workspace import parse_day, writing

if TYPE_CHECKING:
    from hrvctl.usecases.journal import FoundGuess, Written

# Amounts are written down as digits that are read again as they are, never as 1e+09 (own choice: a
# thousand million of anything is a slip).
TOO_MUCH, DECIMALS, DIGITS = 1e9, 4, 11
WORDS = {"yes": 1.0, "no": 0.0, "true": 1.0, "false": 0.0}

TextArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="TEXT", help='In your own words: "two beers, late dinner".'),
]
TagOption = Annotated[
    list[str] | None,
    typer.Option("--tag", metavar="NAME[=VALUE]", help="For example alcohol=2, sick, caffeine=no."),
]
DayOption = Annotated[
    str | None, typer.Option("--date", metavar="DATE", help="The day it is about (default: today).")
]


def add(
    session: Session,
    text: TextArgument = None,
    tag: TagOption = None,
    date: DayOption = None,
    dry_run: DryRunOption = False,
) -> CommandResult:
    """Write down what you did on a day, in your own words.

    What is not said stays unanswered: it is not "no". A tag alone means yes; =no means you say it
    was not so. A guess of tomorrow's HRV in it is sealed as hrvctl guess does.
    """
    from hrvctl.usecases.journal import take_notes
    from hrvctl.usecases.vocabulary import load_vocabulary, own_vocabulary

    day = _lived_day(session, date)
    texts = _texts(text or [], tag or [])
    settings = session.settings()
    vocabulary = load_vocabulary(own_vocabulary(settings))
    with rehearsal(session.workspace(), dry_run=dry_run) as workspace, writing(workspace) as store:
        written = take_notes(store, workspace, settings.subject, day, texts, vocabulary)
    return CommandResult(
        data={**plain(written), "is_dry_run": dry_run},
        text="\n".join([*_written_lines(written), *_dry(dry_run)]),
    )


def edit(session: Session, date: DayOption = None, dry_run: DryRunOption = False) -> CommandResult:
    """Open a day's notes in your editor, and read them again when you save.

    It is the one in VISUAL or EDITOR. What stood there before is withdrawn, and hrvctl journal undo
    brings it back.
    """
    from hrvctl.usecases.journal import day_notes, joined, rewrite_notes
    from hrvctl.usecases.vocabulary import load_vocabulary, own_vocabulary

    day = _lived_day(session, date)
    settings = session.settings()
    vocabulary = load_vocabulary(own_vocabulary(settings))
    shown = day_notes(session.workspace(), settings.subject, day)
    after = edit_text(joined(shown)).strip()
    if after == joined(shown).strip():
        return CommandResult(
            data={"day": day, "is_dry_run": dry_run},
            text=f"{render.day_name(day)}: unchanged.",
            code=ExitCode.NOTHING_NEW,
        )
    with rehearsal(session.workspace(), dry_run=dry_run) as workspace, writing(workspace) as store:
        written = rewrite_notes(
            store, workspace, settings.subject, day, after, vocabulary, instead_of=shown
        )
    gone = [f"{render.day_name(day)}: every note is withdrawn."]
    lines = _written_lines(written) if after else gone
    return CommandResult(
        data={**plain(written), "is_dry_run": dry_run}, text="\n".join([*lines, *_dry(dry_run)])
    )


def undo(session: Session, dry_run: DryRunOption = False) -> CommandResult:
    """Undo the last thing you wrote into the journal.

    Once more takes back the one before it. A guess that was sealed stays: the ledger only grows.
    """
    from hrvctl.usecases.journal import undo_notes
    from hrvctl.usecases.vocabulary import load_vocabulary, own_vocabulary

    settings = session.settings()
    vocabulary = load_vocabulary(own_vocabulary(settings))
    undone = None
    if session.workspace().home.exists():
        with (
            rehearsal(session.workspace(), dry_run=dry_run) as workspace,
            writing(workspace) as store,
        ):
            undone = undo_notes(store, workspace, settings.subject, vocabulary)
    data = {
        "taken_back": told(undone.notes.taken_back if undone else ()),
        "brought_back": told(undone.notes.brought_back if undone else ()),
        "entries": undone.entries if undone else (),
        "is_dry_run": dry_run,
    }
    if undone is None:
        text = "There is nothing left to take back."
        return CommandResult(data=data, text=text, code=ExitCode.NOTHING_NEW)
    lines = [f"Taken back: {_quoted(note)}" for note in undone.notes.taken_back]
    lines += [f"Brought back: {_quoted(note)}" for note in undone.notes.brought_back]
    if undone.has_guess:
        lines.append("A guess in it stays: it is never taken back, only followed by another.")
    return CommandResult(data=data, text="\n".join([*lines, *_dry(dry_run)]))


def _lived_day(session: Session, date: str | None) -> dt.date:
    day = session.today() if date is None else parse_day(date)
    if day > session.today():
        raise UsageError(f"{day} lies ahead", hint="the journal is for days that were lived")
    return day


def _texts(words: Sequence[str], tags: Sequence[str]) -> list[str]:
    """What is kept: the words as one text, each tag as a line that always reads the same."""
    text = " ".join(words).strip()
    said = [_tag(tag) for tag in tags]
    names = [name for name, _ in said]
    if twice := [name for name in names if names.count(name) > 1]:
        raise UsageError(f"{twice[0]} is said more than once", hint="give each tag one value")
    if not text and not said:
        raise UsageError(
            "there is nothing to write down",
            hint='say it in your own words, "two beers", or with --tag alcohol=2',
        )
    return [*([text] if text else []), *(f"{name}={value}" for name, value in said)]


def _tag(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    tag = name.strip().casefold().replace("-", "_").replace(" ", "_")
    if not TAG.fullmatch(tag):
        raise UsageError(
            f"{name!r} is not a tag", hint="begin with a letter; use letters, digits and _"
        )
    if not sign:
        return tag, "yes"
    if (said := WORDS.get(value.strip().casefold())) is not None:
        return tag, "yes" if said else "no"
    try:
        amount = float(value)
    except ValueError as error:
        raise UsageError(
            f"{text!r}: {value!r} is neither a number nor yes or no",
            hint="for example --tag alcohol=2 or --tag caffeine=no",
        ) from error
    if not 0 <= amount < TOO_MUCH:
        raise UsageError(
            f"{text!r}: an amount is zero or more, and less than {TOO_MUCH:,.0f}",
            hint="for example alcohol=2",
        )
    return tag, f"{round(amount, DECIMALS):.{DIGITS}g}"


def _written_lines(written: "Written") -> list[str]:
    lines = [render.day_name(written.day)]
    lines += [f"  {_said(entry)}" for entry in written.entries]
    if not written.is_understood:
        lines.append("  Nothing in it was understood; the words are kept as they are.")
    if written.unknown:
        lines.append(f"  Not understood: {line(', '.join(written.unknown))}")
    if written.guess:
        lines.append(f"  {_guess_line(written.guess)}")
    return lines


def _dry(is_dry: bool) -> list[str]:
    return [DRY_RUN] if is_dry else []


def _said(entry: JournalEntry) -> str:
    amount = " ".join(filter(None, [entry.tag, said_value(entry), said_unit(entry)]))
    at = f" at {entry.at}" if entry.at else ""
    return f'{amount}{at}  (from "{line(entry.text)}")'


def _guess_line(guess: "FoundGuess") -> str:
    said = f"{guess.hrv_ms:g} ms for {render.day_name(guess.target)}"
    if not guess.is_taken:
        return f"Your guess of {said} was not taken: {guess.why}."
    sealed = "sealed" if guess.n_sealed else "the evening's run will seal it"
    return f"Your guess: {said}; {sealed}."


def _quoted(note: Note) -> str:
    return f"{render.day_name(note.day)}: {line(note.text)}"
