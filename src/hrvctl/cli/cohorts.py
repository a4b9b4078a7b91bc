"""What the commands of ``hrvctl cohort`` have in common: options, the folder, the engine."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from hrvctl.cli import render
from hrvctl.cli.completion import models
from hrvctl.cli.session import Session
from hrvctl.cli.values import parse_path
from hrvctl.errors import ConfigError, count

if TYPE_CHECKING:
    from hrvctl.engines.protocol import Engine
    from hrvctl.store.cohorts.evenings import Failure
    from hrvctl.store.cohorts.folder import CohortFolder, CohortSettings
    from hrvctl.usecases.cohorts.fan_out import OnBucket

# People who failed that are listed one by one; own choice: they fit on a screen.
MAX_FAILED_SHOWN = 10
INSTALL = "pip install 'hrvctl[cohort]'"

CohortArgument = Annotated[
    str,
    typer.Argument(metavar="COHORT", help="Its folder, or an address such as s3://bucket/lions."),
]
SubjectArgument = Annotated[str, typer.Argument(metavar="SUBJECT", help="The person.")]
ModelsOption = Annotated[
    str,
    typer.Option(
        "--models",
        metavar="A,B",
        autocompletion=models,
        help="Only these models; `all` for every one.",
    ),
]
EngineOption = Annotated[
    str, typer.Option("--engine", metavar="NAME", help="auto, loop, pool or dask.")
]
WorkersOption = Annotated[
    int | None,
    typer.Option("--workers", min=1, metavar="N", help="Processes at once (default: as needed)."),
]
SchedulerOption = Annotated[
    str,
    typer.Option("--scheduler", metavar="ADDRESS", help="Run on the workers of a Dask scheduler."),
]
CsvOption = Annotated[
    Path | None,
    typer.Option("--csv", parser=parse_path, metavar="FILE", help="Write a line a person."),
]


@contextmanager
def needed_extra() -> Iterator[None]:
    """Say how the extra is installed where an import needs a package of it.

    Raises:
        ConfigError: A package is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise ConfigError(f"cohorts need the package {error.name}", hint=INSTALL) from error


def open_cohort(address: str) -> "CohortFolder":
    """Open a cohort's folder.

    Raises:
        ConfigError: The extra is not installed.
        DataError: No installed package knows such an address.
    """
    with needed_extra():
        from hrvctl.store.cohorts.folder import CohortFolder
        from hrvctl.usecases.cohorts import chunks  # noqa: F401 - whatever it needs is there
    return CohortFolder(address)


def load(folder: "CohortFolder") -> "CohortSettings":
    """The settings of a cohort; errors as of ``load_cohort``."""
    from hrvctl.store.cohorts.folder import load_cohort

    return load_cohort(folder)


class FanOut(NamedTuple):
    """What runs the buckets of a cohort, how their loops run, and what is called as they end."""

    engine: "Engine"
    loops: str
    on_bucket: "OnBucket"


@contextmanager
def fan_out(
    session: Session,
    folder: "CohortFolder",
    settings: "CohortSettings",
    evening: date,
    engine: str,
    workers: int | None,
    scheduler: str,
    *,
    seconds_a_night: float | None = None,
) -> Iterator[FanOut]:
    """What does the work for everybody of a cohort, with a bar on the terminal."""
    from hrvctl.usecases.cohorts.engine_choice import choose_engine, choose_loops
    from hrvctl.usecases.cohorts.evening import find_chunks

    chunks = find_chunks(folder, settings, evening)
    chosen = choose_engine(
        engine,
        chunks=chunks,
        n_workers=workers,
        scheduler=scheduler,
        seconds_a_night=seconds_a_night,
    )
    with render.progress_bar(len(chunks), is_quiet=session.quiet or session.json) as step:
        step("starting")
        yield FanOut(chosen, choose_loops(chunks), lambda n, total: step(f"{n} of {total}"))


def lost_notes(lost: Mapping[str, str]) -> tuple[str, ...]:
    """How many people could not be looked at, and why the first of them."""
    if not lost:
        return ()
    n = count(len(lost), "person", "people")
    return (f"Not looked at: {n}, for example {next(iter(lost))}: {next(iter(lost.values()))}",)


def failed_notes(failed: "Mapping[str, Failure]") -> tuple[str, ...]:
    """Who failed and why, the first few one by one."""
    lines = [f"{who}: {why.message}" for who, why in list(failed.items())[:MAX_FAILED_SHOWN]]
    if len(failed) > MAX_FAILED_SHOWN:
        lines.append(f"and {len(failed) - MAX_FAILED_SHOWN} more people")
    return tuple(lines)
