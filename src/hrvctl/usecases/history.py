"""Load a person's history as known on an evening: live, or as it was stored when it was sealed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from hrvctl.domain.heart_rate import DAYS_BACK, WakingReading, correct_for_hour
from hrvctl.domain.scenarios.bedtime import plan_bedtime
from hrvctl.domain.series import History, SeriesSpan, build_history, series_spans
from hrvctl.errors import NotEnoughData, UsageError
from hrvctl.records import (
    AGENT,
    AGENT_LLM,
    GUESS,
    HRV_METRICS,
    JournalEntry,
    Measurement,
    Metric,
    Morning,
)
from hrvctl.store.curation import SENSOR, load_excluded, load_preference
from hrvctl.store.database import Store
from hrvctl.store.ledger import last_forgotten, load_sealed
from hrvctl.store.measurements import (
    load_as_imported,
    load_journal,
    load_measurements,
    load_revisions,
)
from hrvctl.store.revisions import count_later
from hrvctl.usecases.workspace import Evening

# Until when a value read belongs to the evening before, local time. Fixed: the setting
# `day_starts_at` may change, and sealed forecasts are made again all the same.
MORNING = time(4)


@dataclass(frozen=True, slots=True)
class Cut:
    """The instant up to which a replay knows what was stored.

    Attributes:
        at: The instant.
        is_sealed: Whether a forecast was sealed then; what was stored later is left out. Without
            one, what was first stored later is taken by its date.
    """

    at: datetime
    is_sealed: bool


def find_cut(store: Store, evening: Evening) -> Cut | None:
    """When that evening's forecast was sealed, or the evening ended; ``None`` if not a replay."""
    if evening.ends_at is None:
        return None
    target = evening.as_of + timedelta(days=1)
    sealed = [
        row.created_at
        for row in load_sealed(store, evening.subject, after=evening.as_of)
        if (row.as_of, row.forecast.target) == (evening.as_of, target)
        and row.forecast.source not in (GUESS, AGENT, AGENT_LLM)
    ]
    return Cut(sealed[-1], is_sealed=True) if sealed else Cut(evening.ends_at, is_sealed=False)


def describe_cut(store: Store, evening: Evening) -> str:
    """What a replay is made from, in sentences; empty if it is not a replay."""
    cut = find_cut(store, evening)
    if cut is None:
        return ""
    later = count_later(store, evening.subject, until=evening.as_of, seen_by=cut.at)
    at = f"{cut.at:%Y-%m-%d %H:%M}"
    if cut.is_sealed:
        text = f"Made from what was stored at {at}, when that evening's forecast was sealed"
        if later.n_days:
            text += f"; {later.n_days} of {later.n_all} nights were stored later and are left out"
    else:
        text = f"Made from what was stored by {at}, the end of that evening"
        if later.n_days:
            text += (
                f"; {later.n_days} of {later.n_all} nights were imported later and are used by"
                " their dates, without what that evening could not know (strain and heart rate of"
                " the whole day, WHOOP's journal of it)"
            )
    if later.n_unknown:
        text += (
            f"; {later.n_unknown} values were revised since, and what they were then was not kept"
        )
    if (forgotten_at := last_forgotten(store)) and forgotten_at > cut.at:
        text += (
            f"; what was forgotten since ({forgotten_at:%Y-%m-%d}) is not in it, so that it may"
            " differ from what was sealed"
        )
    return f"{text}."


def load_history(store: Store, evening: Evening, cut: Cut | None = None) -> History:
    """Load the subject's history as known at a cut, the evening's own if ``None``.

    Returns:
        A history up to the evening; empty without a night.
    """
    cut = cut or find_cut(store, evening)
    measurements = _load_measurements(store, evening, cut, tuple(Metric))
    history = _split(store, measurements, load_answers(store, evening, cut), evening, cut)[0]
    if Metric.WAKING_HR_BPM not in history.measured:
        return history
    revisions = load_revisions(
        store,
        evening.subject,
        Metric.WAKING_HR_BPM,
        first=evening.as_of - timedelta(days=DAYS_BACK),
        until=evening.as_of,
        seen_by=cut.at if cut else None,
    )
    readings = [
        WakingReading(m.day, m.value, m.end_at, seen_at)
        for m, seen_at in revisions
        if m.end_at and m.source == history.measured_by
    ]
    return correct_for_hour(history, readings, morning=MORNING)


def load_answers(store: Store, evening: Evening, cut: Cut | None = None) -> list[JournalEntry]:
    """The journal up to that evening, as it was known at a cut; ``None`` for the evening's own."""
    cut = cut or find_cut(store, evening)
    return load_journal(
        store,
        evening.subject,
        until=evening.as_of,
        seen_by=cut.at if cut else None,
        later_by_date=cut is not None and not cut.is_sealed,
    )


def load_planned(store: Store, evening: Evening, bedtime: str, cut: Cut | None = None) -> History:
    """The history with tonight's bedtime as planned.

    Raises:
        UsageError: It is not a time of day.
        NotEnoughData: Last night's sleep is not known, so the day cannot be measured from it.
    """
    try:
        planned = time.fromisoformat(bedtime)
    except ValueError as error:
        raise UsageError(f"{bedtime!r} is not a time", hint="write it as HH:MM") from error
    cut = cut or find_cut(store, evening)
    history = load_history(store, evening, cut)
    onset_at = next(
        (
            m.start_at
            for m in _load_measurements(store, evening, cut, HRV_METRICS)
            if (m.day, m.source) == (evening.as_of, history.measured_by)
        ),
        None,
    )
    if onset_at is None:
        raise NotEnoughData(
            f"a bedtime needs last night's sleep: none with its times ended on {evening.as_of}",
            hint="import last night first, or leave out --bedtime",
        )
    return plan_bedtime(history, onset_at=onset_at, bedtime=planned)


def load_nights(store: Store, evening: Evening) -> History:
    """The same history with only its HRV: a twentieth of the rows."""
    return load_series(store, evening)[0]


def load_series(store: Store, evening: Evening) -> tuple[History, tuple[SeriesSpan, ...]]:
    """The nights, and the HRV series of other devices or metrics left out: they never mix."""
    cut = find_cut(store, evening)
    return _split(store, _load_measurements(store, evening, cut, HRV_METRICS), [], evening, cut)


def load_nights_measured(
    store: Store,
    subject: str,
    metrics: Sequence[Metric] = HRV_METRICS,
    *,
    first: date = date.min,
    seen_by: datetime | None = None,
) -> dict[Morning, Measurement]:
    """Load every HRV as it was imported, with the times of its night.

    Args:
        store: Open.
        subject: Whose.
        metrics: Others beside or instead of HRV, which have no times.
        first: The first morning.
        seen_by: As of ``load_measurements``.
    """
    return {
        (m.day, m.metric, m.source): m
        for m in load_as_imported(store, subject, metrics=metrics, first=first, seen_by=seen_by)
    }


def load_spans(store: Store, subject: str) -> tuple[SeriesSpan, ...]:
    """Every HRV series as it was imported, the one that counts first."""
    nights = load_as_imported(store, subject, metrics=HRV_METRICS)
    return series_spans(nights, preferred=load_preference(store, subject))


def _load_measurements(
    store: Store, evening: Evening, cut: Cut | None, metrics: Sequence[Metric]
) -> list[Measurement]:
    return load_measurements(
        store,
        evening.subject,
        until=evening.as_of,
        metrics=metrics,
        seen_by=cut.at if cut else None,
        later_by_date=cut is not None and not cut.is_sealed,
    )


def _split(
    store: Store,
    measurements: Sequence[Measurement],
    journal: Sequence[JournalEntry],
    evening: Evening,
    cut: Cut | None,
) -> tuple[History, tuple[SeriesSpan, ...]]:
    at = cut.at if cut and cut.is_sealed else None
    excluded = load_excluded(store, evening.subject, seen_by=at)
    faulty = {day for day, row in excluded.items() if row.reason == SENSOR}
    trusted = [m for m in measurements if m.metric not in HRV_METRICS or m.day not in faulty]
    preferred = load_preference(store, evening.subject, seen_by=at)
    spans = series_spans(trusted, preferred=preferred)
    metric, measured_by = Metric.HRV_RMSSD_MS, ""
    if spans:
        metric, measured_by = spans[0].metric, spans[0].measured_by
    history = build_history(
        trusted,
        journal,
        metric=metric,
        measured_by=measured_by,
        as_of=evening.as_of,
        set_aside=excluded,
    )
    return history, spans[1:]
