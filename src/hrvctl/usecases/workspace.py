"""The workspace of a run: the home, the clock, the private inputs, and the evening it is for."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from hrvctl.domain.scenarios.bedtime import plan_bedtime
from hrvctl.domain.series import History, SeriesSpan, build_history, series_spans
from hrvctl.errors import NotEnoughData, UsageError
from hrvctl.records import (
    AGENT,
    AGENT_LLM,
    FIRST_PLAUSIBLE_DAY,
    GUESS,
    HRV_METRICS,
    JournalEntry,
    Measurement,
    Metric,
)
from hrvctl.settings import Settings, check_subject
from hrvctl.store.artifacts import (
    ARTIFACT_SCHEMA,
    Artifact,
    ArtifactHead,
    ContentT,
    load_artifact,
    load_head,
    save_artifact,
)
from hrvctl.store.curation import SENSOR, load_excluded, load_preference
from hrvctl.store.database import Store, open_store
from hrvctl.store.home import Home, create_home
from hrvctl.store.ledger import load_sealed
from hrvctl.store.lock import PATIENCE_S, run_lock
from hrvctl.store.measurements import (
    load_as_imported,
    load_journal,
    load_measurements,
)
from hrvctl.store.revisions import count_later

Clock = Callable[[], datetime]

# When a morning begins, local time: what is stored until then belongs to the evening before.
MORNING = time(4)


@dataclass(frozen=True, slots=True)
class Evening:
    """The small key that passes between ops; the data are in the store.

    Attributes:
        subject: Whose evening.
        as_of: The last day whose data counts.
        is_live: Whether it is today's: only then is anything sealed.
        ends_at: Of a replay: the evening's last instant, when the next morning begins.
    """

    subject: str
    as_of: date
    is_live: bool
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateInputs:
    """Private inputs of a run, kept in memory and out of Dagster's run history.

    Attributes:
        guess_ms: Their guess for the coming morning, ms.
        actual_ms: The correct HRV of a morning, ms.
        reason: Why it is corrected.
        bedtime: When they plan to sleep tonight, HH:MM.
        branches: Of a fork, each ``NAME:CHANGE[,CHANGE]...``.
        paths: Export files, folders or zips to import besides the inbox, wherever they are.
        folder: Folder of the daily notes; empty for none.
        vocabulary: The person's own vocabulary, a TOML file; empty for none.
        llm_url: The llm's endpoint: it receives the API key and health data.
        llm_model: Its model.
        llm_timeout_s: Total time limit of a request, seconds.
    """

    guess_ms: float | None = None
    actual_ms: float | None = None
    reason: str = ""
    bedtime: str = ""
    branches: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    folder: str = ""
    vocabulary: str = ""
    llm_url: str = Settings.llm_url
    llm_model: str = ""
    llm_timeout_s: float = Settings.llm_timeout_s


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
    """The home of a run, its clock, private inputs and retention.

    Attributes:
        home: The home.
        clock: Returns the time.
        private: What the command line gives a run.
        retention: How much run history to keep.
        read_private: Reads the private inputs of a run that Dagster's own tools start from the
            settings; ``None`` where the command line gave them.
    """

    home: Home
    clock: Clock
    private: PrivateInputs = PrivateInputs()
    retention: Retention = Retention()
    read_private: Callable[[], PrivateInputs] | None = None

    def personal(self) -> PrivateInputs:
        """The endpoint, folder and vocabulary: of the command line, or of the settings.

        Raises:
            ConfigError: The settings are faulty.
        """
        return self.private if self.read_private is None else self.read_private()

    def evening(self, subject: str, as_of: date | None = None) -> Evening:
        """Today's evening, or the replay of an earlier one.

        Raises:
            UsageError: The day is in the future, or the subject's name is not valid.
        """
        if fault := check_subject(subject):
            raise UsageError(f"subject = {subject!r}: {fault}")
        if as_of is None:
            return Evening(subject, self.clock().date(), is_live=True)
        morning = datetime.combine(self.check_day(as_of) + timedelta(days=1), MORNING)
        ends_at = morning.replace(tzinfo=self.clock().tzinfo)
        return Evening(subject, as_of, is_live=False, ends_at=ends_at)

    def check_day(self, day: date) -> date:
        """Return a day that is not in the future.

        Raises:
            UsageError: It is.
        """
        today = self.clock().date()
        if day > today:
            raise UsageError(f"{day} is in the future; today is {today}", hint="choose a past day")
        return day

    def folder(self, evening: Evening) -> Path:
        """The folder of this evening's artifacts: a replay never touches the live ones."""
        live = self.home.artifacts(evening.subject)
        return live if evening.is_live else live / "replays" / evening.as_of.isoformat()

    def save(
        self, evening: Evening, content: Artifact, *, run_id: str, folder: Path | None = None
    ) -> Path:
        """Write an artifact of the evening and return its path.

        Args:
            evening: Whose, and which.
            content: The artifact.
            run_id: The run that writes it.
            folder: Where, if not in the evening's own folder.
        """
        path = (folder or self.folder(evening)) / f"{content.artifact}.json"
        head = ArtifactHead(
            schema=ARTIFACT_SCHEMA,
            artifact=content.artifact,
            subject=evening.subject,
            as_of=evening.as_of,
            run_id=run_id,
            written_at=self.clock(),
        )
        save_artifact(path, head, content)
        return path

    def load(
        self, evening: Evening, kind: type[ContentT], *, folder: Path | None = None
    ) -> ContentT:
        """Read an artifact of the evening.

        Args:
            evening: Whose, and which.
            kind: The artifact's class.
            folder: Where, if not in the evening's own folder.

        Raises:
            HomeError: It was not written yet.
            DataError: It is damaged or of another schema.
        """
        return load_artifact((folder or self.folder(evening)) / f"{kind.artifact}.json", kind)

    def load_head(self, evening: Evening, kind: type[Artifact]) -> ArtifactHead:
        """Read the keys before the content of an artifact; raises as ``load``."""
        return load_head(self.folder(evening) / f"{kind.artifact}.json")


def parse_day(text: str) -> date:
    """Read a day written as YYYY-MM-DD.

    Raises:
        UsageError: It is not a date, or is before any wearable.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is not a date", hint="write it as YYYY-MM-DD, for example 2026-11-22"
        ) from error
    if day < FIRST_PLAUSIBLE_DAY:
        raise UsageError(f"{day} is before the first wearables", hint="check the year")
    return day


@contextmanager
def writing(workspace: Workspace) -> Iterator[Store]:
    """Open the store for a short write, as soon as no run is active in the home.

    Raises:
        Locked: A run is active for longer than a person should wait.
    """
    create_home(workspace.home)
    with (
        run_lock(workspace.home, now=workspace.clock(), wait_s=PATIENCE_S),
        open_store(workspace.home, write=True) as store,
    ):
        yield store


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
        said = f"Made from what was stored at {at}, when that evening's forecast was sealed"
        if later.n_days:
            said += f"; {later.n_days} of {later.n_all} nights were stored later and are left out"
    else:
        said = f"Made from what was stored by {at}, the end of that evening"
        if later.n_days:
            said += (
                f"; {later.n_days} of {later.n_all} nights were imported later and are used by"
                " their dates"
            )
    if later.n_unknown:
        said += (
            f"; {later.n_unknown} values were revised since, and what they were then was not kept"
        )
    return f"{said}."


def load_history(store: Store, evening: Evening, cut: Cut | None = None) -> History:
    """Load the subject's history as known at a cut, the evening's own if ``None``.

    Returns:
        A history up to the evening; empty without a night.
    """
    cut = cut or find_cut(store, evening)
    measurements = load_measurements(
        store,
        evening.subject,
        until=evening.as_of,
        seen_by=cut.at if cut else None,
        later_by_date=cut is not None and not cut.is_sealed,
    )
    return _split(store, measurements, load_answers(store, evening, cut), evening, cut)[0]


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
            for m in _load_nights(store, evening, cut)
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
    return _split(store, _load_nights(store, evening, cut), [], evening, cut)


def load_spans(store: Store, subject: str) -> tuple[SeriesSpan, ...]:
    """Every HRV series as it was imported, the one that counts first."""
    nights = load_as_imported(store, subject, metrics=HRV_METRICS)
    return series_spans(nights, preferred=load_preference(store, subject))


def _load_nights(store: Store, evening: Evening, cut: Cut | None) -> list[Measurement]:
    return load_measurements(
        store,
        evening.subject,
        until=evening.as_of,
        metrics=HRV_METRICS,
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
