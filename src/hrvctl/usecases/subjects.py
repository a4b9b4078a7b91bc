"""The evening's settings of every subject of a home."""

from dataclasses import replace

from hrvctl.settings import Settings
from hrvctl.store.connections import list_connected_subjects, list_connections
from hrvctl.store.database import open_store
from hrvctl.store.subjects import load_subjects
from hrvctl.usecases.ingest import list_inbox
from hrvctl.usecases.pulled_files import owner
from hrvctl.usecases.workspace import Workspace


def settings_of_all(workspace: Workspace, settings: Settings) -> list[Settings]:
    """The settings of each subject's evening, by the subject's name.

    What a person puts into the inbox, the synced folders and the daily notes are those of the
    subject of the settings; so is a home in which nothing is stored yet. The others' data come by
    `hrvctl import` and from the vendors they are connected to.

    Args:
        workspace: The home.
        settings: As for one subject.
    """
    names = set(list_connected_subjects(workspace.home))
    if workspace.home.exists():
        with open_store(workspace.home, write=False) as store:
            names.update(load_subjects(store))
    waiting = [path for path in list_inbox(workspace, settings.subject) if not owner(path)]
    if waiting or settings.inbox_folders or not names:
        names.add(settings.subject)
    return [
        settings if name == settings.subject else _of_another(workspace, settings, name)
        for name in sorted(names)
    ]


def _of_another(workspace: Workspace, settings: Settings, name: str) -> Settings:
    connected = {file.vendor for file in list_connections(workspace.home, name)}
    return replace(
        settings,
        subject=name,
        pull=tuple(vendor for vendor in settings.pull if vendor in connected),
        inbox_folders=(),
        journal_folder="",
    )
