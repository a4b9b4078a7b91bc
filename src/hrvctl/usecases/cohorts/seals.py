"""Seal the evening of a cohort before its morning begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from hrvctl.domain.seal_times import check_morning, late_zones
from hrvctl.errors import SealedByAnother, SealRefused
from hrvctl.records.cohort_seals import Seal, evening_root
from hrvctl.store.cohorts.evenings import ChunkSummary, Plan
from hrvctl.store.cohorts.folder import CohortFolder, CohortSettings
from hrvctl.store.cohorts.people import load_people
from hrvctl.store.cohorts.seals import load_seals, save_seal


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """An evening's seal.

    Attributes:
        seal: As it stands.
        is_new: Whether this call made it.
        late_zones: Zones of people in which the morning had begun already: theirs do not count.
    """

    seal: Seal
    is_new: bool
    late_zones: tuple[str, ...]


def seal_evening(
    folder: CohortFolder,
    settings: CohortSettings,
    plan: Plan,
    chunks: Sequence[ChunkSummary],
    *,
    now: datetime,
) -> Sealed:
    """Seal an evening, once; of two runs that do so at once the first one's seal stands.

    Args:
        folder: The cohort's.
        settings: The cohort's.
        plan: The evening's.
        chunks: All of it that could be done, in order.
        now: Aware.

    Raises:
        SealRefused: The morning has begun, or a later evening is sealed already.
        SealedByAnother: Another run sealed the evening a moment before, or other forecasts.
    """
    root = evening_root([bytes.fromhex(chunk.root) for chunk in chunks])
    zones = set(load_people(folder).zones.values())
    starts_at = time.fromisoformat(settings.day_starts_at)
    seals = load_seals(folder)
    found = next((seal for seal in seals if seal.evening == plan.as_of), None)
    if found is None:
        local = now.astimezone(ZoneInfo(settings.zone))
        check_morning(plan.target, local, starts_at)
        if seals and seals[-1].evening > plan.as_of:
            raise SealRefused(
                f"the evening of {seals[-1].evening} is sealed, which is after {plan.as_of}"
            )
        made = Seal.after(
            seals[-1] if seals else None,
            evening=plan.as_of,
            zone=settings.zone,
            day_starts_at=settings.day_starts_at,
            sealed_at=local,
            n=sum(chunk.n_leaves for chunk in chunks),
            n_chunks=len(chunks),
            made={
                **plan.versions,
                "models": ",".join(plan.models),
                "profile": plan.profile,
                **({"prior_sha256": plan.prior.sha256} if plan.prior else {}),
            },
            forecasts_root=root,
        )
        save_seal(folder, made)
        late = late_zones(now, plan.target, zones, starts_at)
        return Sealed(seal=made, is_new=True, late_zones=tuple(sorted(late)))
    if found.forecasts_root != root:
        raise SealedByAnother(
            f"the evening of {plan.as_of} is sealed with other forecasts than there are now",
            hint="hrvctl cohort verify says which were changed",
        )
    late = late_zones(found.sealed_at, plan.target, zones, starts_at)
    return Sealed(seal=found, is_new=False, late_zones=tuple(sorted(late)))
