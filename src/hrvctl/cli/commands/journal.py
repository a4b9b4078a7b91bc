"""``hrvctl journal`` and ``hrvctl guess``: what a person says of the day and of tomorrow."""

import datetime as dt
import re
from typing import Annotated

import typer

from hrvctl.cli import render
from hrvctl.cli.command import DryRunOption
from hrvctl.cli.session import Outcome, Session, parse_day
from hrvctl.domain.journal import check_guess
from hrvctl.errors import ExitCode, UsageError
from hrvctl.records import Guess, JournalEntry
from hrvctl.store.database import open_store
from hrvctl.store.ledger import save_guess
from hrvctl.store.measurements import load_journal, save_journal

# Tags become column names and option values: lower case, digits, underscores.
TAG = re.compile(r"[a-z][a-z0-9_]{0,39}")
WORDS = {"yes": 1.0, "no": 0.0, "true": 1.0, "false": 0.0}

TagOption = Annotated[
    list[str],
    typer.Option("--tag", metavar="NAME[=VALUE]", help="For example alcohol=2, sick, caffeine=no."),
]
DayOption = Annotated[
    str | None, typer.Option("--date", metavar="DATE", help="The day spoken of (default: today).")
]
NoteOption = Annotated[str, typer.Option("--note", metavar="TEXT", help="Words to keep with it.")]
GuessArgument = Annotated[float, typer.Argument(metavar="MS", help="The HRV you expect, ms.")]
ForOption = Annotated[
    str | None, typer.Option("--for", metavar="DATE", help="The morning (default: tomorrow).")
]


def add(
    session: Session,
    tag: TagOption,
    date: DayOption = None,
    note: NoteOption = "",
    dry_run: DryRunOption = False,
) -> Outcome:
    """Write down what you did on a day.

    A tag alone means yes; =no means you say it was not so; a tag you leave out stays unanswered.
    """
    day = session.today() if date is None else parse_day(date)
    if day > session.today():
        raise UsageError(f"{day} lies ahead", hint="the journal is for days that were lived")
    entries = [_entry(text, day, note) for text in tag]
    if twice := [e.tag for e in entries if [other.tag for other in entries].count(e.tag) > 1]:
        raise UsageError(f"{twice[0]} is said more than once", hint="give each tag one value")
    settings, house = session.settings(), session.house()
    if not dry_run:
        with open_store(house.home, write=True) as store, store.transaction():
            save_journal(store, settings["subject"], entries, at=house.clock())
    return Outcome(
        data={"day": day, "entries": entries, "is_dry_run": dry_run},
        text=f"{render.day_name(day)}: " + ", ".join(f"{e.tag} {e.value:g}" for e in entries),
    )


def list_entries(session: Session, date: DayOption = None) -> Outcome:
    """List what the journal holds."""
    day = None if date is None else parse_day(date)
    settings, house = session.settings(), session.house()
    with open_store(house.home, write=False) as store:
        entries = [
            e
            for e in load_journal(store, settings["subject"], until=day)
            if day is None or e.day == day
        ]
    rows = [(e.day.isoformat(), e.tag, f"{e.value:g}", e.source, e.note) for e in entries]
    text = render.columns(rows, header=("day", "tag", "value", "source", "note"))
    return Outcome(data={"entries": entries}, text=text if rows else "The journal is empty.")


def guess(
    session: Session, ms: GuessArgument, for_: ForOption = None, dry_run: DryRunOption = False
) -> Outcome:
    """Say what HRV you expect tomorrow; it is sealed and scored beside the models.

    The guess is locked once its morning has begun; until then the last one counts.
    """
    from hrvctl.domain.tracking import check_morning
    from hrvctl.pipeline.sealing import seal_guess

    settings, house = session.settings(), session.house()
    now = house.clock()
    target = now.date() + dt.timedelta(days=1) if for_ is None else parse_day(for_)
    made = Guess(target=target, hrv_ms=check_guess(ms), made_at=now)
    check_morning(target, now)
    evening = house.evening(settings["subject"])
    n_sealed = 0
    if not dry_run:
        with open_store(house.home, write=True) as store, store.transaction():
            save_guess(store, settings["subject"], made)
            n_sealed = seal_guess(store, house, evening, target)
    return Outcome(
        data={"guess": made, "n_sealed": n_sealed, "is_dry_run": dry_run},
        text=f"Your guess for {render.day_name(target)}: {render.ms(ms)}",
        code=ExitCode.DONE,
    )


def _entry(text: str, day: dt.date, note: str) -> JournalEntry:
    name, sign, value = text.partition("=")
    tag = name.strip().casefold().replace("-", "_").replace(" ", "_")
    if not TAG.fullmatch(tag):
        raise UsageError(
            f"{name!r} is not a tag", hint="begin with a letter; use letters, digits and _"
        )
    try:
        amount = WORDS.get(value.strip().casefold()) if sign else 1.0
        amount = float(value) if amount is None else amount
    except ValueError as error:
        raise UsageError(
            f"{text!r}: {value!r} is neither a number nor yes or no",
            hint="for example --tag alcohol=2 or --tag caffeine=no",
        ) from error
    if not 0 <= amount < float("inf"):
        raise UsageError(f"{text!r}: an amount is zero or more", hint="for example alcohol=2")
    return JournalEntry(day=day, tag=tag, value=amount, text=text, source="user", note=note)
