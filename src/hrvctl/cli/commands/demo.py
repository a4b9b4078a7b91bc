"""``hrvctl demo``: a made-up person, to try things on."""

from pathlib import Path
from typing import Annotated

import typer

from hrvctl.cli.session import Outcome, Session
from hrvctl.pipeline.house import House
from hrvctl.store.home import Home, create_home

# Half a year: long enough for a normal range and a fair choice of model.
DEMO_DAYS = 180
DEMO_SEED = 7

ExportOption = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="Where to write the made-up export.")
]
DaysOption = Annotated[int, typer.Option("--days", min=1, max=3650, help="How many days.")]
SeedOption = Annotated[int, typer.Option("--seed", help="Another number, another person.")]


def demo(
    session: Session,
    folder: ExportOption,
    days: DaysOption = DEMO_DAYS,
    seed: SeedOption = DEMO_SEED,
) -> Outcome:
    """Write a made-up person's WHOOP export, to try the import and the forecast on.

    `hrvctl daily --demo` does it all at once in a throw-away home.
    """
    from hrvctl.samples import people, simulation, whoop_export

    (traits,) = people.people(1, seed)
    person = simulation.simulate_until(traits, last_day=session.today(), n_days=days, seed=seed)
    folder.mkdir(parents=True, exist_ok=True)
    paths = whoop_export.write_export(person, folder, close_last=True)
    return Outcome(
        data={"files": paths, "days": days, "seed": seed},
        text="\n".join(
            [*(str(path) for path in paths), f"Now try: hrvctl --home /tmp/try import {folder}"]
        ),
    )


def make_demo_home(session: Session) -> House:
    """A throw-away home with a made-up person's export in its inbox."""
    import tempfile

    home = Home(Path(tempfile.mkdtemp(prefix="hrvctl-demo-")))
    create_home(home)
    demo(session, home.inbox / "made-up-whoop-export", DEMO_DAYS, DEMO_SEED)
    return House(home, session.clock)
