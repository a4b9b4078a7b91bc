"""Learn a prior from the people of a cohort."""

import random
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from hrvctl.domain.cohorts.people import split_people
from hrvctl.domain.forecast.learned_prior import document, teachers_of
from hrvctl.domain.series import History
from hrvctl.store.cohorts.folder import CohortFolder, CohortSettings
from hrvctl.store.cohorts.nights import load_bucket

# People to learn from (own choice: coefficients have three decimals, and the standard error of a
# mean over so many is about half a unit of the second one). All are in memory at once.
MOST_PEOPLE = 500
# Of the draw of people, so that the same cohort teaches the same.
SEED = 7


def learn_cohort_prior(
    folder: CohortFolder,
    settings: CohortSettings,
    *,
    as_of: date,
    on_person: Callable[[int], None] | None = None,
) -> dict[str, Any]:
    """Learn a prior from at most ``MOST_PEOPLE`` people, drawn at random; see ``learned_prior``.

    Args:
        folder: The cohort's.
        settings: The cohort's.
        as_of: The evening; nights after it are not read.
        on_person: Called with the number of people read so far.

    Raises:
        NotEnoughData: There are too few people of whom averages tell nothing.
        DataError: A file of nights is damaged.
    """
    drawn: list[History] = []
    rng = random.Random(SEED)  # noqa: S311 - no secret
    for n, history in enumerate(_histories(folder, settings, as_of)):
        # Vitter's reservoir (1985, ACM TOMS 11): every person is as likely to be among them.
        if n < MOST_PEOPLE:
            drawn.append(history)
        elif (place := rng.randrange(n + 1)) < MOST_PEOPLE:
            drawn[place] = history
        if on_person:
            on_person(n + 1)
    people, others = teachers_of(drawn)
    return document(
        people,
        others,
        day=as_of,
        made_by="hrvctl cohort learn-prior",
        note=f"pooled averages over people of {settings.name}; no value of any one person",
    )


def _histories(folder: CohortFolder, settings: CohortSettings, as_of: date) -> Iterator[History]:
    for bucket in range(settings.buckets):
        for person in split_people(load_bucket(folder, bucket)):
            if not person.implausible:
                history = person.history(as_of)
                if any(teachers_of([history])):
                    yield history
