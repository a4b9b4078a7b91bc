"""What the Tab key offers for a value; each loads no more than it has to, and never fails."""

import contextlib
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

import typer

from hrvctl.errors import HrvctlError
from hrvctl.store.home import Home

if TYPE_CHECKING:
    from hrvctl.store.database import Store

# Dates that are offered beside the words, from today back (own choice: a week fits on a line).
OFFERED_DAYS = 7


def subjects(context: typer.Context, incomplete: str) -> list[str]:
    """People in the home."""
    from hrvctl.store.subjects import load_subjects

    return _of_home(context, incomplete, load_subjects)


def tags(context: typer.Context, incomplete: str) -> list[str]:
    """Tags of the vocabulary, and those of the person's journal."""
    from hrvctl.domain.journal_text.vocabulary import shipped

    def stored(store: "Store") -> Iterable[str]:
        rows = store.connection.execute("SELECT DISTINCT tag FROM journal")
        return [row["tag"] for row in rows]

    return sorted(
        {*_starting(shipped()["tags"], incomplete), *_of_home(context, incomplete, stored)}
    )


def stored_sources(context: typer.Context, incomplete: str) -> list[str]:
    """Sources of whom something of the person is stored."""
    from hrvctl.store.selection import load_sources

    return _of_home(context, incomplete, lambda store: load_sources(store, _subject(context)))


def import_numbers(context: typer.Context, incomplete: str) -> list[str]:
    """Numbers of the person's imports."""
    from hrvctl.store.import_history import list_imports

    def numbers(store: "Store") -> Iterable[str]:
        return [str(one.number) for one in list_imports(store, _subject(context))]

    return _of_home(context, incomplete, numbers)


def days(context: typer.Context, incomplete: str) -> list[str]:
    """Words for a date, and the last days."""
    from hrvctl.cli.dates import WORDS

    today = context.find_root().obj.today()
    last = [(today - timedelta(days=n)).isoformat() for n in range(OFFERED_DAYS)]
    return _starting([*WORDS, *last], incomplete)


def sources(incomplete: str) -> list[str]:
    """Exports that can be imported."""
    from hrvctl.sources.registry import SOURCES

    return _starting([source.name for source in SOURCES], incomplete)


def models(incomplete: str) -> list[str]:
    """Models, after the last comma of a list of them."""
    from hrvctl.records.choices import Model

    before, comma, last = incomplete.rpartition(",")
    names = [model.value for model in Model if model is not Model.AUTO]
    return [f"{before}{comma}{name}" for name in _starting(names, last)]


def topics(incomplete: str) -> list[str]:
    """Topics of ``hrvctl explain``."""
    import tomllib
    from importlib.resources import files

    text = (files("hrvctl.cli") / "topics.toml").read_text(encoding="utf-8")
    return _starting(tomllib.loads(text), incomplete)


def reasons(incomplete: str) -> list[str]:
    """Reasons to leave a day out."""
    from hrvctl.store.curation import REASONS

    return _starting(REASONS, incomplete)


def _subject(context: typer.Context) -> str:
    """The person, by an option before or after the command, else by the settings."""
    root = context.find_root()
    given = context.params.get("of_subject") or root.params.get("subject")
    return str(given or root.obj.sound_settings().subject)


def _of_home(
    context: typer.Context, incomplete: str, load: "Callable[[Store], Iterable[str]]"
) -> list[str]:
    from hrvctl.store.database import open_store

    with contextlib.suppress(HrvctlError):
        home = Home(context.find_root().obj.sound_settings().home_path)
        with open_store(home, write=False) as store:
            return _starting(load(store), incomplete)
    return []


def _starting(words: Iterable[str], incomplete: str) -> list[str]:
    return [word for word in words if word.startswith(incomplete)]
