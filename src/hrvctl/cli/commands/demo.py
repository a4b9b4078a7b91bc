"""``hrvctl demo``: a made-up person, to try things on."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hrvctl.cli.session import CommandResult, Session
from hrvctl.store.database import open_store
from hrvctl.store.home import Home, create_home
from hrvctl.usecases.workspace import Workspace

if TYPE_CHECKING:
    from hrvctl.samples.days import Person

# Half a year: long enough for a normal range and a fair choice of model.
DEMO_DAYS = 180
# A person with an ordinary HRV whose last night is there, whatever day it is today.
DEMO_SEED = 33

ExportOption = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="Where to write the made-up export.")
]
DaysOption = Annotated[int, typer.Option("--days", min=1, max=3650, help="How many days.")]
SeedOption = Annotated[int, typer.Option("--seed", help="Another number gives another person.")]


def demo(
    session: Session,
    folder: ExportOption,
    days: DaysOption = DEMO_DAYS,
    seed: SeedOption = DEMO_SEED,
) -> CommandResult:
    """Write a made-up person's WHOOP export, for trying the import and the forecast.

    `hrvctl daily --demo` does it all at once in a throw-away home.
    """
    from hrvctl.samples import whoop_export

    person = _person(session, days, seed)
    folder.mkdir(parents=True, exist_ok=True)
    paths = whoop_export.write_export(person, folder, close_last=True)
    return CommandResult(
        data={"files": paths, "days": days, "seed": seed},
        text="\n".join(
            [*(str(path) for path in paths), f"Now try: hrvctl --home /tmp/try import {folder}"]
        ),
    )


def make_demo_home(session: Session) -> Workspace:
    """A throw-away home with a made-up person's export in its inbox and a journal of today.

    A WHOOP export speaks of a day only after the night that follows it, so the person writes
    today's answers down themselves.
    """
    import tempfile

    from hrvctl.samples import whoop_export
    from hrvctl.usecases.journal import take_notes
    from hrvctl.usecases.vocabulary import load_vocabulary

    home = Home(Path(tempfile.mkdtemp(prefix="hrvctl-demo-")))
    create_home(home)
    person = _person(session, DEMO_DAYS, DEMO_SEED)
    whoop_export.write_export(person, home.inbox / "made-up-whoop-export", close_last=True)
    today = session.today()
    texts = [f"{tag}={float(value):g}" for tag, value in person.on(today).answers.items()]
    subject, workspace = session.settings().subject, Workspace(home, session.clock)
    with open_store(home, write=True) as store:
        take_notes(store, workspace, subject, today, texts, load_vocabulary(""))
    return workspace


def _person(session: Session, days: int, seed: int) -> "Person":
    from hrvctl.samples import people, simulation

    (traits,) = people.draw_people(1, seed)
    return simulation.simulate_until(traits, last_day=session.today(), n_days=days, seed=seed)
