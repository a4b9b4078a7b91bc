"""``hrvctl cohort import``: many people's nights into a cohort."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hrvctl.cli import cohorts, render
from hrvctl.cli.commands.imports import ColumnOption, SkipOption, columns_of
from hrvctl.cli.options import DryRunOption, dry_note
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import DataError, ExitCode, count
from hrvctl.settings import Settings

if TYPE_CHECKING:
    from hrvctl.engines.protocol import Engine
    from hrvctl.usecases.cohorts.imports import NewCohort

SourceArgument = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE", help="A folder with an export a person; or tables: CSV or Parquet."
    ),
]
NameOption = Annotated[
    str, typer.Option("--name", help="What people read for it (default: its folder's).")
]
ZoneOption = Annotated[
    str, typer.Option("--zone", help="Its time zone, such as Europe/Berlin (default: this one's).")
]
BucketsOption = Annotated[
    int | None,
    typer.Option(
        "--buckets",
        min=1,
        metavar="N",
        help="Parts its people are spread over, one chunk each; fixed by the first import.",
    ),
]
CompactOption = Annotated[
    bool,
    typer.Option("--compact", help="Then write every part that has many files as one."),
]


def import_nights(
    session: Session,
    source: SourceArgument,
    cohort: cohorts.CohortArgument,
    name: NameOption = "",
    zone: ZoneOption = "",
    buckets: BucketsOption = None,
    column: ColumnOption = None,
    skip_faulty: SkipOption = False,
    engine: cohorts.EngineOption = "auto",
    workers: cohorts.WorkersOption = None,
    compact: CompactOption = False,
    dry_run: DryRunOption = False,
) -> CommandResult:
    """Import many people's nights; the first import makes the cohort.

    The same again changes nothing, a newer value revises, and a person with a fault is left out
    and listed.
    """
    folder = cohorts.open_cohort(cohort)
    from hrvctl.usecases.cohorts.imports import compact_cohort, import_exports, import_tables
    from hrvctl.usecases.export_files import ImportOptions

    settings = session.settings()
    now, new = session.clock(), _new_cohort(settings, cohort, name, zone, buckets)
    if not column and Path(source).is_dir() and not _has_tables(Path(source)):
        with _engine_bar(session, source, engine, workers) as (chosen, on_person):
            found = import_exports(
                folder,
                Path(source),
                new,
                engine=chosen,
                now=now,
                options=ImportOptions(vocabulary="", skip_faulty=skip_faulty),
                on_person=on_person,
                dry_run=dry_run,
            )
    else:
        columns = columns_of(column)
        found = import_tables(folder, source, new, columns=columns, now=now, dry_run=dry_run)
    is_compacted = compact and not dry_run
    n_compacted = compact_cohort(folder, cohorts.load(folder), now=now) if is_compacted else 0
    failed = found.failed
    if failed and not found.n_people:
        first, why = next(iter(failed.items()))
        raise DataError(
            f"nobody was imported: {count(len(failed), 'person has', 'people have')} a fault",
            problems=[f"{first}: {why.message}"],
        )
    lines = [
        f"{count(found.n_people, 'person', 'people')}, {count(found.n_nights, 'night')},"
        f" {found.n_new} new or revised."
    ]
    if found.unknown_columns:
        lines.append(f"Columns that are not read: {', '.join(found.unknown_columns)}.")
    if n_compacted:
        lines.append(f"Parts written as one file: {n_compacted}.")
    lines += dry_note(dry_run) or [f"Next: hrvctl cohort run {cohort}"]
    code = ExitCode.DONE if found.n_new else ExitCode.NOTHING_NEW
    return CommandResult(
        data={
            "n_people": found.n_people,
            "n_nights": found.n_nights,
            "n_new": found.n_new,
            "n_failed": len(failed),
            "failed": failed,
            "unknown_columns": found.unknown_columns,
            "n_compacted": n_compacted,
            "is_dry_run": dry_run,
        },
        text="\n".join(lines),
        notes=cohorts.failed_notes(failed),
        code=ExitCode.PARTIAL if failed else code,
    )


def _new_cohort(
    settings: Settings, cohort: str, name: str, zone: str, buckets: int | None
) -> "NewCohort":
    from hrvctl.usecases.clock import local_zone
    from hrvctl.usecases.cohorts.imports import DEFAULT_MODELS, NewCohort

    return NewCohort(
        name=name or cohort.rstrip("/").rpartition("/")[2],
        zone=zone or local_zone(),
        day_starts_at=settings.text("day_starts_at"),
        profile=settings.profile,
        models=DEFAULT_MODELS,
        buckets=buckets,
    )


@contextmanager
def _engine_bar(
    session: Session, source: str, name: str, n_workers: int | None
) -> "Iterator[tuple[Engine, Callable[[int, int], None]]]":
    """What reads the exports of a folder, and what is called after each of them."""
    from hrvctl.usecases.cohorts.engine_choice import import_engine

    n = sum(1 for _ in Path(source).iterdir())
    engine = import_engine(name, n_exports=n, n_workers=n_workers)
    with render.progress_bar(n, is_quiet=session.quiet or session.json) as step:
        yield engine, lambda done, total: step(f"{done} of {total}")


def _has_tables(folder: Path) -> bool:
    """Whether a folder holds tables of everybody: Parquet files and nothing else."""
    files = [path for path in folder.iterdir() if not path.name.startswith(".")]
    return bool(files) and all(path.suffix == ".parquet" for path in files)
