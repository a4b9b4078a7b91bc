"""Read the board of a cohort: an evening's tables of forecasts, its failures and its people."""

from collections.abc import Iterator
from datetime import date

from hrvctl.domain.cohorts.board import (
    COLUMNS,
    Board,
    Line,
    SealedRecord,
    failed_line,
    make_line,
    unseen_line,
)
from hrvctl.errors import NotEnoughData, UsageError
from hrvctl.records.choices import BoardOrder
from hrvctl.store.cohorts.evenings import (
    Plan,
    evening_path,
    json_bytes,
    list_evenings,
    load_chunk,
    load_failures,
    load_json,
    load_plan,
)
from hrvctl.store.cohorts.folder import CohortFolder, CohortSettings
from hrvctl.store.cohorts.people import People, load_people
from hrvctl.store.cohorts.seals import load_seal
from hrvctl.usecases.cohorts.scores import CohortScores

# Groups that an error names.
NAMED_GROUPS = 20


def load_board(
    folder: CohortFolder,
    settings: CohortSettings,
    *,
    as_of: date | None = None,
    group: str | None = None,
    order: BoardOrder = BoardOrder.LIGHT,
) -> Board:
    """Read the board of an evening.

    Args:
        folder: The cohort's.
        settings: The cohort's.
        as_of: The evening; the latest one unless given.
        group: Show this one alone; empty for the people without one.
        order: Of the lines.

    Raises:
        NotEnoughData: There is no evening yet, or not this one.
        UsageError: There is no such group.
        DataError: A file is damaged.
    """
    plan = _plan(folder, as_of)
    people = load_people(folder)
    missing: list[int] = []
    lines = tuple(_lines(folder, plan, people, missing))
    seal = load_seal(folder, plan.as_of)
    board = Board(
        cohort=settings.name,
        as_of=plan.as_of,
        target=plan.target,
        lines=lines,
        n_chunks_missing=len(missing),
        record=load_json(folder, _record_path(plan.as_of), SealedRecord),
        root=seal.root if seal else "",
    ).in_order(order)
    if group is None:
        return board
    known = {line.group for line in lines}
    if group not in known:
        named = sorted(known - {""})
        more = f" and {len(named) - NAMED_GROUPS} more" if len(named) > NAMED_GROUPS else ""
        raise UsageError(
            f"nobody on the board is in a group {group!r}",
            hint=f"groups: {', '.join(named[:NAMED_GROUPS])}{more}"
            if named
            else "name people's groups in people.csv: subject,name,group,zone",
        )
    return board.of_group(group)


def save_record(folder: CohortFolder, as_of: date, scores: CohortScores) -> None:
    """Keep for the board of an evening how good the sealed forecasts were until then."""
    served = scores.served
    if served is None or scores.first is None or scores.last is None:
        return
    record = SealedRecord(
        first=scores.first,
        last=scores.last,
        n=served.n_with_interval,
        held_80=served.coverage_80,
        n_better=scores.n_better,
        n_compared=scores.n_compared,
    )
    folder.write(_record_path(as_of), json_bytes(record))


def _record_path(as_of: date) -> str:
    return f"{evening_path(as_of)}/record.json"


def _plan(folder: CohortFolder, as_of: date | None) -> Plan:
    evenings = list_evenings(folder)
    plan = load_plan(folder, as_of or evenings[-1]) if evenings else None
    if plan is not None:
        return plan
    if not evenings:
        raise NotEnoughData(
            f"{folder.address} has 0 evenings, need 1", hint="hrvctl cohort run COHORT"
        )
    raise NotEnoughData(
        f"{folder.address} has no evening of {as_of}; the latest is of {evenings[-1]}",
        hint="leave --as-of out for the latest",
    )


def _lines(folder: CohortFolder, plan: Plan, people: People, missing: list[int]) -> Iterator[Line]:
    """The line of everybody; the numbers of chunks that are not done go to ``missing``."""
    seen: set[str] = set()

    def known(subject: str) -> dict[str, str]:
        seen.add(subject)
        return {"name": people.names.get(subject, ""), "group": people.groups.get(subject, "")}

    for chunk in plan.chunks:
        failures = load_failures(folder, plan.as_of, chunk.number)
        try:
            rows = load_chunk(folder, plan.as_of, chunk.number)[1].select(COLUMNS).to_pylist()
        except FileNotFoundError:
            rows = []
            if not failures:
                missing.append(chunk.number)
        for row in rows:
            if row["subject"] is not None:  # who withdrew
                yield make_line(
                    row, as_of=plan.as_of, profile=plan.profile, **known(row["subject"])
                )
        for subject, failure in failures.items():
            yield failed_line(subject, failure.message, **known(subject))
    if missing:  # whoever was not seen may be in these
        return
    for subject in sorted({*people.names, *people.groups, *people.zones} - seen):
        yield unseen_line(subject, **known(subject))
