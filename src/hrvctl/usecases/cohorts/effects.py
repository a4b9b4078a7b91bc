"""What a question of the journal does to the next morning, over everybody of a cohort."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from hrvctl.domain.cohorts.effects import CohortEffect, PersonEffect, measure_person, pool_people
from hrvctl.domain.cohorts.people import split_people
from hrvctl.engines.protocol import Engine
from hrvctl.errors import NotEnoughData, UsageError
from hrvctl.store.cohorts.folder import CohortFolder, CohortSettings
from hrvctl.store.cohorts.nights import load_bucket
from hrvctl.usecases.cohorts.fan_out import (
    OnBucket,
    find_buckets,
    find_tags,
    measure_everybody,
)

# Questions named to somebody who asked for another (own choice: a few lines).
MAX_TAGS_SHOWN = 30

# One person's effect, or why there is none.
Measured = tuple[str, PersonEffect | str]


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectTask:
    """The measurement of one bucket's people.

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
    nights = load_bucket(folder, task.bucket)
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
    on_bucket: OnBucket | None = None,
) -> CohortEffect:
    """Measure a question's effect in each person, and pool it over them.

    Args:
        folder: The cohort's.
        settings: The cohort's.
        tag: The question.
        as_of: The evening.
        engine: Where buckets are measured.
        on_bucket: Called as buckets end.

    Raises:
        NotEnoughData: Nobody ever answered any question.
        UsageError: Nobody ever answered this one; the hint lists the others.
    """
    _check_tag(tag, find_tags(folder, settings))
    tasks = [
        EffectTask(address=folder.address, bucket=bucket, tag=tag, as_of=as_of)
        for bucket in find_buckets(folder, settings)
    ]
    found = measure_everybody(folder, engine, measure_bucket, tasks, on_bucket)
    return replace(pool_people(tag, found.people), lost=found.lost)


def _check_tag(tag: str, known: Sequence[str]) -> None:
    if not known:
        raise NotEnoughData(
            "nobody has an answer to any question",
            hint="import a table with columns tag:NAME, or exports with a journal",
        )
    if tag not in known:
        shown = ", ".join(known[:MAX_TAGS_SHOWN])
        more = f" and {len(known) - MAX_TAGS_SHOWN} more" if len(known) > MAX_TAGS_SHOWN else ""
        raise UsageError(f"nobody answered {tag!r}", hint=f"choose from: {shown}{more}")
