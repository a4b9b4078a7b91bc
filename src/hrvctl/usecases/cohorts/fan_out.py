"""Measure every person of a cohort, bucket by bucket, wherever an engine runs them."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from operator import itemgetter
from typing import Generic, Protocol, TypeVar

from hrvctl.engines.protocol import Done, Engine, Lost
from hrvctl.store.cohorts.folder import CohortFolder, CohortSettings
from hrvctl.store.cohorts.nights import list_files, read_subjects, read_tags

Found = TypeVar("Found")

# Called as buckets end, with how many of how many.
OnBucket = Callable[[int, int], None]


class BucketTask(Protocol):
    """All that a worker is sent: names, never data."""

    @property
    def bucket(self) -> int:
        """Whose people are measured."""


Task = TypeVar("Task", bound=BucketTask)


@dataclass(frozen=True, slots=True)
class EverybodyFound(Generic[Found]):
    """What was found of each person, in order of name.

    Attributes:
        people: Subject, and what was found or why there is nothing.
        lost: Everybody of the buckets that could not be done, each with the reason.
    """

    people: list[tuple[str, Found | str]]
    lost: dict[str, str]


def find_buckets(folder: CohortFolder, settings: CohortSettings) -> list[int]:
    """The buckets that have nights."""
    return [bucket for bucket in range(settings.buckets) if list_files(folder, bucket)]


def find_tags(folder: CohortFolder, settings: CohortSettings) -> list[str]:
    """The questions that somebody answered, in order.

    Raises:
        DataError: A file of nights is damaged.
    """
    found: set[str] = set()
    for bucket in range(settings.buckets):
        for path in list_files(folder, bucket):
            found |= read_tags(path, folder.read(path))
    return sorted(found)


def measure_everybody(
    folder: CohortFolder,
    engine: Engine,
    work: Callable[[Task], list[tuple[str, Found | str]]],
    tasks: Sequence[Task],
    on_bucket: OnBucket | None = None,
) -> EverybodyFound[Found]:
    """Run the tasks of all buckets, and list who was in those that could not be done."""
    people: list[tuple[str, Found | str]] = []
    lost: dict[str, str] = {}
    # Closed also when this is stopped, so that its workers stop with it.
    with closing(engine.run(work, tasks)) as ends:
        for n, each in enumerate(ends, start=1):
            match each:
                case Done(result=found):
                    people += found
                case Lost(reason=reason):
                    lost |= dict.fromkeys(_subjects(folder, each.task.bucket), reason)
            if on_bucket:
                on_bucket(n, len(tasks))
    return EverybodyFound(sorted(people, key=itemgetter(0)), dict(sorted(lost.items())))


def _subjects(folder: CohortFolder, bucket: int) -> set[str]:
    return {
        subject
        for path in list_files(folder, bucket)
        for subject in read_subjects(path, folder.read(path))
    }
