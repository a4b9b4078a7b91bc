"""Simulate a made-up person's WHOOP export, and a throw-away home to try hrvctl in."""

import tempfile
from datetime import date
from pathlib import Path

from hrvctl.errors import HomeError
from hrvctl.samples.days import Person
from hrvctl.samples.people import draw_people
from hrvctl.samples.simulation import simulate_until
from hrvctl.samples.whoop_export import export_files, write_export
from hrvctl.store.database import open_store
from hrvctl.store.home import Home, create_home
from hrvctl.store.output_folder import write_files
from hrvctl.usecases.journal import save_notes
from hrvctl.usecases.vocabulary import load_vocabulary
from hrvctl.usecases.workspace import Clock, Workspace


def write_demo_export(
    folder: Path, *, today: date, n_days: int, seed: int, force: bool = False
) -> list[Path]:
    """Write the export of a made-up person whose last day is today; returns its files.

    Args:
        folder: New, empty, or with an earlier such export.
        today: The person's last day.
        n_days: How many days they have.
        seed: Another number gives another person.
        force: Replace an earlier export of this function.

    Raises:
        UsageError: The folder has other files, or an earlier export and ``force`` is false.
        HomeError: The folder cannot be written.
    """
    files = export_files(_person(today, n_days, seed))
    try:
        return write_files(folder, files, force=force)
    except OSError as error:
        raise HomeError(
            f"cannot write {folder}: {error.strerror or error}",
            hint="free some space, or name a folder you may write to",
        ) from error


def make_demo_home(clock: Clock, subject: str, *, n_days: int, seed: int) -> Workspace:
    """Create a temporary home with a made-up export in its inbox and today's journal.

    A WHOOP export has the answers of a day only after the night that follows, so today's are
    added as notes.
    """
    home = Home(Path(tempfile.mkdtemp(prefix="hrvctl-demo-")))
    create_home(home)
    workspace = Workspace(home, clock)
    today = workspace.today()
    person = _person(today, n_days, seed)
    write_export(person, home.inbox / "made-up-whoop-export")
    notes = [f"{tag}={float(value):g}" for tag, value in person.on(today).answers.items()]
    with open_store(home, write=True) as store:
        save_notes(store, workspace, subject, today, notes, load_vocabulary(""))
    return workspace


def _person(today: date, n_days: int, seed: int) -> Person:
    (traits,) = draw_people(1, seed)
    return simulate_until(traits, last_day=today, n_days=n_days, seed=seed)
