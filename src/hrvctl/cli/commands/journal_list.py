"""``hrvctl journal list``: list the journal, by default its latest days."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

import typer

from hrvctl.cli import render
from hrvctl.cli.options import day_option
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import UsageError, count
from hrvctl.records import TAG, Feature, JournalEntry
from hrvctl.safe_text import one_line
from hrvctl.store.notes import Note

# Days listed unless more is asked for (own choice: two weeks fit on a screen).
LISTED_DAYS = 14
# Of a text as many characters are shown (own choice: three lines of a terminal); all are kept.
SHOWN_CHARACTERS = 240
# What a person writes into their vocabulary, with one of their own words in it.
EXAMPLE = """[tags.{tag}]  # a tag of your own, or one there is, such as alcohol
words = ["{word}"]"""
HEADER = ("day", "tag", "value", "unit", "at", "source", "words")

DateOption = Annotated[dt.date | None, day_option("--date", "This day alone.")]
DaysOption = Annotated[
    int | None,
    typer.Option("--days", metavar="N", min=1, help=f"The last N days (default: {LISTED_DAYS})."),
]
AllOption = Annotated[bool, typer.Option("--all", help="Every day.")]
WordsOption = Annotated[
    bool,
    typer.Option("--words", help="Count the words that were not understood, over all days."),
]


def list_entries(
    session: Session,
    date: DateOption = None,
    days: DaysOption = None,
    all_: AllOption = False,
    words: WordsOption = False,
) -> CommandResult:
    """List the journal's answers and the words they were read from, newest last."""
    if sum((date is not None, days is not None, all_)) > 1:
        raise UsageError("--date, --days and --all exclude each other", hint="give one of them")
    if words:
        return _unknown_words(session, *_span(session, date, days))
    first, last = _span(session, date, None if all_ else days or LISTED_DAYS)
    return _answers(session, first, last, is_one=date is not None)


def value_text(entry: JournalEntry | Feature) -> str:
    """Format the value of an answer: an amount, a share, or yes or no."""
    from hrvctl.domain.journal_text.reader import TONE
    from hrvctl.domain.journal_text.vocabulary import scale_tags
    from hrvctl.usecases.journal import FOLDER, USER

    # A device asks "stressed?" (yes or no); a person writes how much.
    is_read = entry.source in ("", USER, FOLDER)
    is_share = entry.tag == TONE or (is_read and entry.tag in scale_tags())
    if is_share:
        return f"{round(10 * entry.value, 1):g}/10"
    if entry.unit or entry.value not in (0.0, 1.0):
        return f"{entry.value:g}"
    return "yes" if entry.value else "no"


def unit_text(entry: JournalEntry | Feature) -> str:
    """Format the unit of an answer: one drink, two drinks."""
    is_plural = entry.unit.endswith("s") and not entry.unit.endswith("ss")
    return entry.unit[:-1] if entry.value == 1 and is_plural else entry.unit


def note_objects(notes: Iterable[Note]) -> list[Mapping[str, object]]:
    """Notes for ``--json``."""
    return [{"day": n.day, "text": n.text, "written_at": n.written_at} for n in notes]


def line(text: str) -> str:
    """Format a text for a line of a terminal, without control characters and cut if it is long."""
    whole = one_line(text)
    return whole if len(whole) <= SHOWN_CHARACTERS else f"{whole[:SHOWN_CHARACTERS]} ..."


def _answers(session: Session, first: dt.date, last: dt.date, *, is_one: bool) -> CommandResult:
    from hrvctl.usecases.journal import list_journal

    subject = session.settings().subject
    listing = list_journal(session.workspace(), subject, first=first, last=last)
    n_earlier = listing.n_earlier_days
    rows = _rows(listing.entries, listing.notes)
    lines = [render.columns(rows, header=HEADER, to_right=("value",))] if rows else []
    if is_one:
        lines += [] if rows else [f"Nothing in the journal for {render.day_name(first)}."]
    elif n_earlier:
        lines += ["", *_earlier(n_earlier)] if rows else _earlier(n_earlier, since=first)
    elif not rows:
        lines.append('The journal is empty: hrvctl journal add "2 beers, slept badly"')
    return CommandResult(
        data={
            "entries": listing.entries,
            "notes": note_objects(listing.notes),
            "n_earlier_days": n_earlier,
        },
        text="\n".join(lines),
    )


def _earlier(n_days: int, *, since: dt.date | None = None) -> list[str]:
    """How many days are not shown, and how to see them."""
    days = count(n_days, "earlier day is", "earlier days are")
    nothing = [] if since is None else [f"Nothing since {render.day_name(since)}."]
    return [*nothing, f"{days} not shown: hrvctl journal list --all, or --days N."]


def _rows(entries: Sequence[JournalEntry], notes: Sequence[Note]) -> list[tuple[str, ...]]:
    """The answers by day, and the notes of days without any answer."""
    from hrvctl.usecases.journal import USER

    rows = [
        (e.day.isoformat(), e.tag, value_text(e), unit_text(e), e.at, e.source, _words_of(e))
        for e in entries
    ]
    read = {entry.day for entry in entries if entry.source == USER}
    rows += [
        (n.day.isoformat(), "-", "", "", "", USER, line(n.text)) for n in notes if n.day not in read
    ]
    return sorted(rows, key=lambda row: row[0])


def _unknown_words(session: Session, first: dt.date, last: dt.date) -> CommandResult:
    from hrvctl.usecases.journal import unknown_words
    from hrvctl.usecases.vocabulary import vocabulary_file

    settings = session.settings()
    path = vocabulary_file(settings)
    counted = unknown_words(session.workspace(), settings.subject, first=first, last=last)
    data = {"words": [{"word": word, "n": n} for word, n in counted], "vocabulary": path}
    if not counted:
        return CommandResult(data=data, text="Every word was understood.")
    table = render.columns([(n, word) for word, n in counted], header=("n", "word"))
    word = counted[0][0]
    example = EXAMPLE.format(word=word, tag=word if TAG.fullmatch(word) else "my_tag")
    return CommandResult(data=data, text=f"{table}\n\nTo teach them, add to {path}:\n\n{example}")


def _span(session: Session, date: dt.date | None, days: int | None) -> tuple[dt.date, dt.date]:
    if date is not None:
        return date, date
    if days is None:
        return dt.date.min, dt.date.max
    today = session.today()
    return today - dt.timedelta(days=min(days, today.toordinal()) - 1), today


def _words_of(entry: JournalEntry) -> str:
    return f"{entry.text} ({entry.note})" if entry.note else entry.text
