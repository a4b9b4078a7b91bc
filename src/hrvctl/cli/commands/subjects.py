"""``hrvctl subjects``: the people this home holds data of."""

from hrvctl.cli import render
from hrvctl.cli.session import CommandResult, Session
from hrvctl.store.database import open_store
from hrvctl.store.subjects import summarise_subjects


def subjects(session: Session) -> CommandResult:
    """List the people this home has data of: nights, journal, sealed evenings."""
    with open_store(session.workspace().home, write=False) as store:
        found = summarise_subjects(store)
    rows = [
        (
            one.subject,
            one.n_nights,
            one.first_night,
            one.last_night,
            one.n_journal_days,
            one.n_evenings,
        )
        for one in found
    ]
    header = ("subject", "nights", "first", "last", "journal days", "evenings sealed")
    return CommandResult(
        data={"subjects": found},
        text=render.columns(rows, header=header) if rows else "Nothing is stored of anybody.",
    )
