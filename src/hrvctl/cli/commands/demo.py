"""``hrvctl demo``: write a made-up person's WHOOP export."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from hrvctl.cli.session import CommandResult, Session
from hrvctl.safe_text import one_line

# Half a year: long enough for a normal range and a fair choice of model.
DEMO_DAYS = 180
# A person with an average HRV whose last night was recorded, whatever day it is today.
DEMO_SEED = 33

ExportOption = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="Where to write the made-up export.")
]
DaysOption = Annotated[int, typer.Option("--days", min=1, max=3650, help="How many days.")]
SeedOption = Annotated[
    int, typer.Option("--seed", min=0, help="Another number gives another person.")
]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace an earlier made-up export.")]


def demo(
    session: Session,
    folder: ExportOption,
    days: DaysOption = DEMO_DAYS,
    seed: SeedOption = DEMO_SEED,
    force: ForceOption = False,
) -> CommandResult:
    """Write a made-up person's WHOOP export, for trying the import and the forecast.

    A folder with other files is refused.

    `hrvctl daily --demo` does it all at once in a throw-away home.
    """
    from hrvctl.usecases.demo import write_demo_export

    files = write_demo_export(folder, today=session.today(), n_days=days, seed=seed, force=force)
    lines = [*map(str, files), f"Now try: hrvctl --home /tmp/try import {shlex.quote(str(folder))}"]
    text = "\n".join(map(one_line, lines))
    return CommandResult(data={"files": files, "days": days, "seed": seed}, text=text)
