"""What a question of the journal does to the next morning, over everybody of a cohort."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from hrvctl.domain.cohorts.effects import CohortEffect, PersonEffect, measure_person, pool_people
from hrvctl.domain.cohorts.people import split_people
from hrvctl.engines.protocol import Done, Engine, Lost
from hrvctl.store.cohorts.folder import CohortFolder, CohortSettings
from hrvctl.store.cohorts.nights import list_files, load_nights, read_subjects

# One person's effect, or why there is none.
Measured = tuple[str, PersonEffect | str]


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectTask:
    """All that a worker is sent: names, never data.

    Attributes:
        address: Of the cohort.
        bucket: Whose people are measured.
        tag: The question.
        as_of: The evening; nights after it are not read.
    """

    address: str
    bucket: int
    tag: str
    as_of: date


def measure_bucket(task: EffectTask) -> list[Measured]:
    """Measure the effect in each person of a bucket.

    Raises:
        DataError: A file of nights is damaged.
    """
    folder = CohortFolder(task.address)
    nights = load_nights(folder, list_files(folder, task.bucket))
    return [
        (
            person.subject,
            person.implausible
            or measure_person(person.subject, person.history(task.as_of), task.tag),
        )
        for person in split_people(nights)
    ]


def measure_effect(
    folder: CohortFolder,
    settings: CohortSettings,
    tag: str,
    *,
    as_of: date,
    engine: Engine,
    on_bucket: Callable[[int, int], None] | None = None,
) -> CohortEffect:
    """Measure a question's effect in each person, and pool it over them.

    Args:
        folder: The cohort's.
        settings: The cohort's.
        tag: The question.
        as_of: The evening.
        engine: Where buckets are measured.
        on_bucket: Called as buckets end, with how many of how many.

    Returns:
        Who could not be measured is listed with the reason, also everybody of a bucket that was
        lost.
    """
    tasks = [
        EffectTask(address=folder.address, bucket=bucket, tag=tag, as_of=as_of)
        for bucket in range(settings.buckets)
        if list_files(folder, bucket)
    ]
    found: list[Measured] = []
    for n, each in enumerate(engine.run(measure_bucket, tasks), start=1):
        match each:
            case Done(result=people):
                found += people
            case Lost(reason=reason):
                found += [(name, reason) for name in _subjects(folder, each.task.bucket)]
        if on_bucket:
            on_bucket(n, len(tasks))
    return pool_people(tag, found)


def _subjects(folder: CohortFolder, bucket: int) -> set[str]:
    return {
        subject
        for path in list_files(folder, bucket)
        for subject in read_subjects(path, folder.read(path))
    }
