"""Take in what is new of a morning, without a forecast."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from hrvctl.usecases.inbox_folders import copy_new
from hrvctl.usecases.ingest import ImportReport, import_new
from hrvctl.usecases.outcomes import record_outcomes
from hrvctl.usecases.pull import pull_evening
from hrvctl.usecases.pulled import Pulled
from hrvctl.usecases.workspace import Evening, Workspace, writing


def take_in(
    workspace: Workspace,
    evening: Evening,
    vendors: Iterable[str] = (),
    folders: Sequence[str] = (),
) -> tuple[ImportReport, tuple[Pulled, ...]]:
    """Pull from vendors and folders, import the inbox, and record the outcomes that came in.

    Raises:
        Locked: A run is active for longer than a person should wait.
    """
    pulled = pull_evening(workspace, evening, vendors)
    with writing(workspace) as store:
        unread = copy_new(workspace, folders)
        report = import_new(workspace, evening, ())
        record_outcomes(store, workspace, evening)
    return replace(report, failed=(*unread, *report.failed)), pulled
