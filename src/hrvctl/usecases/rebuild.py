"""Write the latest evening's artifacts again from the store alone."""

from dataclasses import dataclass
from pathlib import Path

from hrvctl.domain.artifacts.agent import AgentForecast
from hrvctl.domain.artifacts.intelligence import IntelligenceSummary
from hrvctl.domain.artifacts.training import ModelPredictions, TrainingMetrics
from hrvctl.domain.reconcile import Reconciliation
from hrvctl.files import read_file
from hrvctl.store.artifacts import Artifact, save_bytes
from hrvctl.store.database import open_store
from hrvctl.store.evenings import load_artifact_files, save_artifact_files, save_evening
from hrvctl.usecases.daily_notes import JournalReport
from hrvctl.usecases.ingest import IngestReport
from hrvctl.usecases.registry_file import publish_registry
from hrvctl.usecases.workspace import Evening, Workspace, writing

# The artifacts of a live evening besides the registry, which is rebuilt from the ledger.
EVENING_ARTIFACTS: tuple[type[Artifact], ...] = (
    IngestReport,
    JournalReport,
    ModelPredictions,
    TrainingMetrics,
    IntelligenceSummary,
    AgentForecast,
    Reconciliation,
)
FILES = tuple(f"{kind.artifact}.json" for kind in EVENING_ARTIFACTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """The files written again.

    Attributes:
        files: In the order written.
        n_changed: How many of them were missing or different before.
    """

    files: tuple[Path, ...]
    n_changed: int


def keep_evening(workspace: Workspace, evening: Evening, *, run_id: str, is_whole: bool) -> None:
    """Store the artifacts of a live evening, so that they can be written again; not of a replay.

    An LLM's answer, the run's id and the instants cannot be computed a second time.

    Args:
        workspace: Has the artifacts and the store.
        evening: The evening.
        run_id: The run's.
        is_whole: Whether it was the evening's own run and not a single stage of it.
    """
    if not evening.is_live:
        return
    folder = workspace.folder(evening)
    paths = [path for name in FILES if (path := folder / name).exists()]
    with open_store(workspace.home, write=True) as store, store.transaction():
        save_artifact_files(store, evening.subject, {path.name: read_file(path) for path in paths})
        if is_whole:
            at = workspace.clock()
            save_evening(store, evening.subject, evening.as_of, run_id=run_id, at=at)


def rebuild_files(workspace: Workspace, subject: str, *, compared_to: Path) -> Rebuilt:
    """Write the latest live evening's files again, byte for byte, under the home's lock.

    Args:
        workspace: The home to write them to.
        subject: Name of the person.
        compared_to: The folder to count changed files against; in a dry run not the workspace's.

    Returns:
        The files; none before the first evening's run.

    Raises:
        Locked: A run is going on for longer than a person should wait.
    """
    evening = workspace.evening(subject)
    folder = workspace.folder(evening)
    with writing(workspace) as store:
        stored = load_artifact_files(store, subject)
        contents = {name: content for name, content in stored.items() if name in FILES}
        if not contents:
            return Rebuilt(files=(), n_changed=0)
        names = (*contents, "predictions_registry.csv")
        before = {name: _content(compared_to / name) for name in names}
        for name, content in contents.items():
            save_bytes(folder / name, content)
        publish_registry(store, workspace, evening, afresh=True)
    n_changed = sum(_content(folder / name) != before[name] for name in names)
    return Rebuilt(files=tuple(folder / name for name in names), n_changed=n_changed)


def _content(path: Path) -> bytes | None:
    return read_file(path) if path.is_file() else None
