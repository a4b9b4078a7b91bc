"""Writing the latest evening's files again from the store alone."""

from dataclasses import dataclass
from pathlib import Path

from hrvctl.store.artifacts import save_bytes
from hrvctl.store.database import Store, open_store
from hrvctl.store.evenings import load_contents, save_contents, save_evening
from hrvctl.usecases.ledger import publish_registry, sealed_by
from hrvctl.usecases.workspace import Evening, Workspace

# What a live evening leaves beside the registry, which is made anew from the ledger.
ARTIFACTS = (
    "ingest_report",
    "journal_features",
    "model_predictions",
    "training_metrics",
    "intelligence_summary",
    "agent_forecast",
    "reconciliation",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What was written again.

    Attributes:
        files: In the order written.
        n_changed: How many of them were missing or other than they are now.
    """

    files: tuple[Path, ...]
    n_changed: int


def keep_evening(workspace: Workspace, evening: Evening, *, run_id: str, is_whole: bool) -> None:
    """Keep what a live evening wrote, so that its files can be written again; a replay's is not.

    An llm's answer, the run's id and the instant it wrote cannot be computed a second time.

    Args:
        workspace: Where.
        evening: Whose.
        run_id: The run's.
        is_whole: Whether it was the evening's own run and not a single stage of it.
    """
    if not evening.is_live:
        return
    folder = workspace.folder(evening)
    paths = [path for name in ARTIFACTS if (path := folder / f"{name}.json").exists()]
    with open_store(workspace.home, write=True) as store, store.transaction():
        save_contents(store, evening.subject, {path.name: path.read_bytes() for path in paths})
        if is_whole:
            at = workspace.clock()
            save_evening(store, evening.subject, evening.as_of, run_id=run_id, at=at)


def rebuild(store: Store, workspace: Workspace, subject: str, *, compared_to: Path) -> Rebuilt:
    """Write the latest live evening's files again, to the byte; call it under the home's lock.

    Args:
        store: Open.
        workspace: Where.
        subject: Whose.
        compared_to: The folder whose files count as changed or not; in a rehearsal another one.

    Returns:
        The files; none when no evening had a run yet.
    """
    evening = workspace.evening(subject)
    folder = workspace.folder(evening)
    ours = {f"{name}.json" for name in ARTIFACTS}
    contents = {name: c for name, c in load_contents(store, subject).items() if name in ours}
    if not contents:
        return Rebuilt(files=(), n_changed=0)
    names = (*contents, "predictions_registry.csv")
    before = {name: _content(compared_to / name) for name in names}
    for name, content in contents.items():
        save_bytes(folder / name, content)
    publish_registry(store, workspace, evening, sealed_by(store, evening))
    n_changed = sum(_content(folder / name) != before[name] for name in names)
    return Rebuilt(files=tuple(folder / name for name in names), n_changed=n_changed)


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
