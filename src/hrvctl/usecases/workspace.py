"""The workspace of a run: the home, the clock, the private inputs, and the evening it is for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from hrvctl.errors import UsageError
from hrvctl.records import FIRST_PLAUSIBLE_DAY, day_at
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
from hrvctl.store.database import Store, open_store
from hrvctl.store.home import Home, create_home
from hrvctl.store.lock import PATIENCE_S, run_lock
from hrvctl.usecases.pulled import Pulled

Clock = Callable[[], datetime]


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
        pulled: What was pulled for this run before it locked the home; ``None`` where the run
            pulls by itself.
        paths: Export files, folders or zips to import besides the inbox, wherever they are.
        inbox_folders: Synced folders to copy new exports from.
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
    pulled: tuple[Pulled, ...] | None = None
    paths: tuple[str, ...] = ()
    inbox_folders: tuple[str, ...] = ()
    folder: str = ""
    vocabulary: str = ""
    llm_url: str = Settings.llm_url
    llm_model: str = ""
    llm_timeout_s: float = Settings.llm_timeout_s


@dataclass(frozen=True, slots=True)
class Retention:
    """How much run history to keep; the defaults are those of the settings.

    Attributes:
        evenings: Each subject's runs of the latest so many evenings, the replays, forks and
            corrections counted by themselves.
        days: Runs of the last so many days, where those are fewer.
    """

    evenings: int = Settings.keep_runs
    days: int = Settings.keep_days


@dataclass(frozen=True)
class Workspace:
    """The home of a run, its clock, private inputs and retention.

    Attributes:
        home: The home.
        clock: Returns the time.
        private: What the command line gives a run.
        retention: How much run history to keep.
        day_starts_at: When a day begins, local time.
        read_private: Reads the private inputs of a run that Dagster's own tools start from the
            settings; ``None`` where the command line gave them.
    """

    home: Home
    clock: Clock
    private: PrivateInputs = PrivateInputs()
    retention: Retention = Retention()
    day_starts_at: time = Settings.day_starts_at
    read_private: Callable[[], PrivateInputs] | None = None

    def personal(self) -> PrivateInputs:
        """The endpoint, folder and vocabulary: of the command line, or of the settings.

        Raises:
            ConfigError: The settings are faulty.
        """
        return self.private if self.read_private is None else self.read_private()

    def today(self) -> date:
        """The date of the person's day: until ``day_starts_at`` that of the evening before."""
        return day_at(self.clock(), self.day_starts_at)

    def evening(self, subject: str, as_of: date | None = None) -> Evening:
        """Today's evening, or the replay of an earlier one.

        Raises:
            UsageError: The day is in the future, or the subject's name is not valid.
        """
        if fault := check_subject(subject):
            raise UsageError(f"subject = {subject!r}: {fault}")
        if as_of is None:
            return Evening(subject, self.today(), is_live=True)
        morning = self.check_day(as_of) + timedelta(days=1)
        ends_at = datetime.combine(morning, self.day_starts_at, tzinfo=self.clock().tzinfo)
        return Evening(subject, as_of, is_live=False, ends_at=ends_at)

    def check_day(self, day: date) -> date:
        """Return a day that is not in the future.

        Raises:
            UsageError: It is.
        """
        today = self.today()
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
