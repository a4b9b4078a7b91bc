"""Whose evenings a home has, and what of the settings is theirs."""

from collections.abc import Callable
from datetime import date, datetime

import pytest

from conftest import TODAY
from hrvctl.settings import Settings, load_settings
from hrvctl.store.home import Home, create_home
from hrvctl.usecases.subjects import settings_of_all
from hrvctl.usecases.workspace import Workspace


@pytest.fixture
def workspace(home: Home, evening: Callable[[date], Callable[[], datetime]]) -> Workspace:
    """A home in which nothing is stored."""
    create_home(home)
    return Workspace(home, evening(TODAY))


def connect(home: Home, subject: str, vendor: str) -> None:
    """Make the file of a connection."""
    path = home.connections / subject / f"{vendor}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}")


def written(home: Home, text: str) -> Settings:
    """The settings of a config file."""
    (home.root / "config.toml").write_text(text)
    return load_settings(home=home.root, options={})


def test_everybody_is_pulled_for_from_the_vendors_they_are_connected_to(
    workspace: Workspace,
) -> None:
    """Whoever is connected has an evening; only the subject of the settings misses a vendor."""
    connect(workspace.home, "ana", "whoop")
    connect(workspace.home, "ben", "oura")
    connect(workspace.home, "ben", "polar")
    settings = written(workspace.home, 'subject = "ana"\npull = ["oura", "whoop"]\n')
    found = settings_of_all(workspace, settings)
    assert [(one.subject, one.pull) for one in found] == [
        ("ana", ("oura", "whoop")),
        ("ben", ("oura",)),
    ]


def test_synced_folders_and_notes_are_of_the_subject_of_the_settings(workspace: Workspace) -> None:
    """Nobody else reads them, and the folders may bring that subject's first night."""
    connect(workspace.home, "ben", "oura")
    settings = written(
        workspace.home, 'inbox_folders = ["exports"]\njournal_folder = "notes"\nmodel = "ses"\n'
    )
    ben, me = settings_of_all(workspace, settings)
    assert me is settings
    assert (ben.subject, ben.inbox_folders, ben.journal_folder) == ("ben", (), "")
    assert ben.model == "ses"


def test_who_has_neither_data_nor_a_file_waiting_has_no_evening(workspace: Workspace) -> None:
    """A coach who keeps no data of their own; a file in the inbox would be theirs."""
    connect(workspace.home, "ben", "oura")
    settings = written(workspace.home, "")
    assert [one.subject for one in settings_of_all(workspace, settings)] == ["ben"]
    (workspace.home.inbox / "pull.ben.oura.20260310T210000.1").mkdir()
    assert [one.subject for one in settings_of_all(workspace, settings)] == ["ben"]
    (workspace.home.inbox / "nights.csv").touch()
    assert [one.subject for one in settings_of_all(workspace, settings)] == ["ben", "me"]
