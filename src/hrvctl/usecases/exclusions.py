"""Leave what a wrong clock sealed out of every score: a chained entry, and nothing is deleted."""

from collections.abc import Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime

from hrvctl.domain.seal_times import CLOCK_SLACK, rows_in_question
from hrvctl.errors import DataError, UsageError, count
from hrvctl.records import SealedForecast
from hrvctl.records.chain import Kind
from hrvctl.records.exclusions import Exclusion, days_of_wrong_clock, excluded_rows
from hrvctl.safe_text import one_line
from hrvctl.store.database import Store, open_store
from hrvctl.store.exclusions import load_exclusions
from hrvctl.store.inspection import days_written_after
from hrvctl.store.ledger import load_head, load_sealed
from hrvctl.usecases.seals import append_to_chain
from hrvctl.usecases.workspace import Workspace, writing


@dataclass(frozen=True, slots=True, kw_only=True)
class ExclusionResult:
    """What was left out, or taken in again.

    Attributes:
        days: The days, as the wrong clock had them; none that was so already.
        rows: Places of the rows that a wrong clock had sealed on them.
    """

    days: tuple[date, ...]
    rows: frozenset[int]


def exclude_evenings(
    workspace: Workspace, days: Collection[date], *, reason: str, is_undone: bool, dry_run: bool
) -> ExclusionResult:
    """Leave the rows that a wrong clock sealed on some days out of every score.

    Only rows whose times contradict those of the other rows, or now, can be left out: a score
    cannot be improved by it. They stay in the chain, and so does the reason.

    Args:
        workspace: The home, with a clock that is right now.
        days: The days on which the clock was wrong, as it had them.
        reason: Why; kept in the chain.
        is_undone: Take the rows in again instead.
        dry_run: Write nothing.

    Raises:
        DataError: The reason is empty.
        UsageError: On one of the days the clock was not wrong.
    """
    if not reason.strip():
        raise DataError(
            "it needs a reason", hint='for example: --reason "the clock was a year off"'
        )
    if dry_run:
        with open_store(workspace.home, write=False) as store:
            return _chosen(store, workspace.clock(), days, is_undone=is_undone)
    with writing(workspace) as store, store.transaction():
        now = workspace.clock()
        chosen = _chosen(store, now, days, is_undone=is_undone)
        if not chosen.days:
            return chosen
        n, _ = load_head(store)
        exclusion = Exclusion(
            seq=n + 1,
            rows=chosen.rows,
            sealed_on=frozenset(chosen.days),
            reason=reason.strip(),
            is_undone=is_undone,
        )
        append_to_chain(store, Kind.EXCLUSION, exclusion.payload(), at=now)
    return chosen


def exclude_command(days: Iterable[date]) -> str:
    """The command that leaves out what was sealed on some days."""
    return f"hrvctl ledger exclude {' '.join(map(str, days))} --reason TEXT"


def days_in_question(store: Store, now: datetime) -> tuple[date, ...]:
    """The days, as the clock then had them, on which it was wrong, and which are not left out yet.

    Args:
        store: Open.
        now: What the clock says, aware.
    """
    return _in_question(store, now, days_of_wrong_clock(load_exclusions(store)).keys())[1]


def describe_excluded(
    exclusions: Sequence[Exclusion], sealed: Iterable[SealedForecast]
) -> tuple[str, ...]:
    """How many evenings were left out for each reason, without the full stop.

    Args:
        exclusions: In the order of the chain.
        sealed: The rows to count, those left out among them.
    """
    rows, reasons = excluded_rows(exclusions), days_of_wrong_clock(exclusions)
    evenings: dict[str, set[date]] = {}
    for row in sealed:
        day = row.created_at.date()
        if row.seq in rows and day in reasons:
            evenings.setdefault(reasons[day], set()).add(day)
    return tuple(
        f"{count(len(days), 'evening')} excluded by hand"
        f" ({', '.join(str(day) for day in sorted(days))}): {one_line(reason)}"
        for reason, days in evenings.items()
    )


def _in_question(
    store: Store, now: datetime, known: AbstractSet[date]
) -> tuple[tuple[SealedForecast, ...], tuple[date, ...]]:
    """The rows that a wrong clock sealed, and the days on which it was wrong, but known ones."""
    rows = rows_in_question(load_sealed(store, of_tomorrow=False), now)
    ahead = days_written_after(store, now + CLOCK_SLACK) - known
    return rows, tuple(sorted({row.created_at.date() for row in rows} | ahead))


def _chosen(
    store: Store, now: datetime, days: Collection[date], *, is_undone: bool
) -> ExclusionResult:
    """What of some days can be left out, or taken in again."""
    exclusions = load_exclusions(store)
    known = days_of_wrong_clock(exclusions)
    if is_undone:
        excluded = excluded_rows(exclusions)
        sealed = load_sealed(store, of_tomorrow=False, with_excluded=True)
        rows = tuple(row for row in sealed if row.seq in excluded)
        chosen = set(days) & known.keys()
    else:
        rows, can_be = _in_question(store, now, known.keys())
        if others := sorted(set(days) - set(can_be) - known.keys()):
            listed = ", ".join(map(str, can_be)) or "none"
            raise UsageError(
                f"the clock was not wrong on {others[0]}", hint=f"days it can be said of: {listed}"
            )
        chosen = set(days) & set(can_be)
    of_days = [row for row in rows if row.created_at.date() in chosen]
    return ExclusionResult(days=tuple(sorted(chosen)), rows=frozenset(row.seq for row in of_days))
