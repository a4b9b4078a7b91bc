"""What every op is given: the home, the clock, and the evening the run speaks of."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from hrvctl.domain.scenarios.bedtime import plan_bedtime
from hrvctl.domain.series import History, SeriesSpan, build_history, series_spans
from hrvctl.errors import NotEnoughData, UsageError
from hrvctl.records import HRV_METRICS, JournalEntry, Measurement, Metric
from hrvctl.settings import Settings, check_subject
from hrvctl.store.artifacts import load_json, save_json
from hrvctl.store.curation import SENSOR, load_excluded, load_preference
from hrvctl.store.database import Store, open_store
from hrvctl.store.home import Home, create_home
from hrvctl.store.lock import PATIENCE_S, run_lock
from hrvctl.store.measurements import load_as_imported, load_journal, load_measurements

Clock = Callable[[], datetime]

# Raised when a field of an artifact changes its meaning or unit.
ARTIFACT_SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Evening:
    """The small key that passes between ops; what it stands for lies in the store.

    Attributes:
        subject: Whose evening.
        as_of: The last day whose data counts.
        is_live: Whether it is today's: only then is anything sealed.
    """

    subject: str
    as_of: date
    is_live: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateInputs:
    """What the person said with the command; it goes by memory and never into Dagster's files.

    Attributes:
        guess_ms: Their guess for the coming morning, ms.
        actual_ms: What a morning should have been, ms.
        reason: Why.
        bedtime: When they mean to sleep tonight, HH:MM.
        branches: What they would have otherwise, each ``NAME:CHANGE[,CHANGE]...``.
    """

    guess_ms: float | None = None
    actual_ms: float | None = None
    reason: str = ""
    bedtime: str = ""
    branches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Retention:
    """How much run history to keep; the defaults are those of the settings.

    Attributes:
        runs: The latest so many runs, and replays and forks of the latest so many evenings.
        days: Runs of the last so many days, where those are fewer.
    """

    runs: int = Settings.keep_runs
    days: int = Settings.keep_days


@dataclass(frozen=True)
class Workspace:
    """The home a run works in, the clock it goes by, and what the person said with it."""

    home: Home
    clock: Clock
    private: PrivateInputs = PrivateInputs()
    retention: Retention = Retention()

    def evening(self, subject: str, as_of: str = "") -> Evening:
        """Today's evening, or the replay of an earlier one.

        Raises:
            UsageError: The day lies ahead or is no date, or the subject's name is none.
        """
        if fault := check_subject(subject):
            raise UsageError(f"subject = {subject!r}: {fault}")
        today = self.clock().date()
        if not as_of:
            return Evening(subject, today, is_live=True)
        return Evening(subject, self.day(as_of), is_live=False)

    def day(self, text: str) -> date:
        """Read a day that has come.

        Raises:
            UsageError: It lies ahead, or is no date.
        """
        today = self.clock().date()
        try:
            day = date.fromisoformat(text)
        except ValueError as error:
            raise UsageError(f"{text!r} is not a date", hint="write it as YYYY-MM-DD") from error
        if day > today:
            raise UsageError(f"{day} lies ahead; today is {today}", hint="choose a day that was")
        return day

    def folder(self, evening: Evening) -> Path:
        """Where this evening's artifacts lie: a replay never touches the live ones."""
        live = self.home.artifacts(evening.subject)
        return live if evening.is_live else live / "replays" / evening.as_of.isoformat()

    def save(
        self,
        evening: Evening,
        name: str,
        content: Mapping[str, Any],
        *,
        run_id: str,
        folder: Path | None = None,
    ) -> Path:
        """Write ``<name>.json``, with the head every artifact has, for the evening or beside it."""
        path = (folder or self.folder(evening)) / f"{name}.json"
        head = {
            "schema": ARTIFACT_SCHEMA,
            "artifact": name,
            "subject": evening.subject,
            "as_of": evening.as_of,
            "run_id": run_id,
            "written_at": self.clock(),
        }
        save_json(path, {**head, **content})
        return path

    def load(self, evening: Evening, name: str) -> dict[str, Any]:
        """Read ``<name>.json`` of this evening."""
        return load_json(self.folder(evening) / f"{name}.json")


@contextmanager
def writing(workspace: Workspace) -> Iterator[Store]:
    """The store open for a short write, as soon as no run is at work in the home.

    Raises:
        Locked: A run is at work for longer than a person should wait.
    """
    create_home(workspace.home)
    with (
        run_lock(workspace.home, now=workspace.clock(), wait_s=PATIENCE_S),
        open_store(workspace.home, write=True) as store,
    ):
        yield store


def load_history(store: Store, evening: Evening) -> History:
    """The subject's past as it was known to be on that evening; empty when there is none."""
    measurements = load_measurements(store, evening.subject, until=evening.as_of)
    journal = load_journal(store, evening.subject, until=evening.as_of)
    return _split(store, measurements, journal, evening)[0]


def load_planned(store: Store, evening: Evening, bedtime: str) -> History:
    """The history with tonight's bedtime as planned.

    Raises:
        UsageError: It is no time of day.
        NotEnoughData: Last night's sleep is not known, so the day cannot be measured from it.
    """
    try:
        planned = time.fromisoformat(bedtime)
    except ValueError as error:
        raise UsageError(f"{bedtime!r} is not a time", hint="write it as HH:MM") from error
    history = load_history(store, evening)
    onset_at = next(
        (
            m.start_at
            for m in load_measurements(
                store, evening.subject, until=evening.as_of, metrics=HRV_METRICS
            )
            if (m.day, m.source) == (evening.as_of, history.measured_by)
        ),
        None,
    )
    if onset_at is None:
        raise NotEnoughData(
            f"a bedtime needs last night's sleep: none with its times ended on {evening.as_of}",
            hint="import last night first, or leave --bedtime out",
        )
    return plan_bedtime(history, onset_at=onset_at, bedtime=planned)


def load_nights(store: Store, evening: Evening) -> History:
    """The same history with nothing but its HRV: a twentieth of the rows."""
    return load_series(store, evening)[0]


def load_series(store: Store, evening: Evening) -> tuple[History, tuple[SeriesSpan, ...]]:
    """The nights, and the HRV series of other devices or metrics left out: they never mix."""
    nights = load_measurements(store, evening.subject, until=evening.as_of, metrics=HRV_METRICS)
    return _split(store, nights, [], evening)


def load_spans(store: Store, subject: str) -> tuple[SeriesSpan, ...]:
    """Every HRV series as it was imported, the one that counts first."""
    nights = load_as_imported(store, subject, metrics=HRV_METRICS)
    return series_spans(nights, preferred=load_preference(store, subject))


def _split(
    store: Store,
    measurements: Sequence[Measurement],
    journal: Sequence[JournalEntry],
    evening: Evening,
) -> tuple[History, tuple[SeriesSpan, ...]]:
    excluded = load_excluded(store, evening.subject)
    faulty = {day for day, row in excluded.items() if row.reason == SENSOR}
    trusted = [m for m in measurements if m.metric not in HRV_METRICS or m.day not in faulty]
    spans = series_spans(trusted, preferred=load_preference(store, evening.subject))
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
