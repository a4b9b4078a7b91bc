"""The home: for its owner alone, made only where it may be."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hrvctl.errors import HomeError
from hrvctl.store.artifacts import save_text
from hrvctl.store.database import open_store
from hrvctl.store.home import (
    Home,
    append_log,
    check_home,
    create_home,
    make_folder,
    private_files,
)
from hrvctl.store.lock import run_lock

NOW = datetime(2026, 3, 10, 21, tzinfo=UTC)


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def _umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    """The permission bits."""
    return path.stat().st_mode & 0o777


@pytest.mark.usefixtures("_umask")
def test_folders_are_0700_and_files_0600_whatever_the_umask(home: Home) -> None:
    """Health data is for its owner alone."""
    with open_store(home, write=True) as store:
        store.connection.execute("BEGIN IMMEDIATE")
        store.connection.execute("CREATE TABLE t (x)")
        while_open = {path.name: mode(path) for path in home.root.iterdir() if path.is_file()}
        store.connection.execute("ROLLBACK")
    save_text(home.artifacts("me") / "a.json", "{}")
    append_log(home, "line\n")
    with run_lock(home, now=NOW):
        pass
    folders = [home.root, *(path for path in home.root.rglob("*") if path.is_dir())]
    files = [path for path in home.root.rglob("*") if path.is_file()]
    assert "hrvctl.db-wal" in while_open
    assert set(while_open.values()) == {0o600}
    assert {mode(path) for path in folders} == {0o700}
    assert {mode(path) for path in files} == {0o600}


def test_home_left_open_by_others_is_closed(home: Home) -> None:
    """A home that others could read is closed to them by the next command that writes."""
    create_home(home)
    home.root.chmod(0o755)
    create_home(home)
    assert mode(home.root) == 0o700


def test_naming_a_home_makes_nothing(home: Home) -> None:
    """A `Home` is only places."""
    check_home(home)
    assert not home.exists()
    assert not home.root.exists()


def test_a_folder_of_other_files_is_not_a_home(tmp_path: Path) -> None:
    """`--home ~/Documents` neither writes into that folder nor changes its permissions."""
    (tmp_path / "letter.txt").write_text("dear")
    tmp_path.chmod(0o755)
    with pytest.raises(HomeError, match="holds other files"):
        create_home(Home(tmp_path))
    assert mode(tmp_path) == 0o755
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_folder_of_hidden_files_is_not_a_home(tmp_path: Path) -> None:
    """`--home ~` of a new account has hidden files alone, and stays as open as it was."""
    (tmp_path / ".profile").touch()
    tmp_path.chmod(0o755)
    with pytest.raises(HomeError, match="holds other files"):
        create_home(Home(tmp_path))
    assert mode(tmp_path) == 0o755


@pytest.mark.parametrize("below", ["inbox", "dagster", "dagster/artifacts", "dagster/artifacts/me"])
def test_the_folder_behind_a_link_keeps_its_permissions(home: Home, below: str) -> None:
    """A link in the home may lead to a folder that others use; its files are private all the same.

    A home that is a link itself is private behind it.
    """
    others = home.root.parent / "others"
    others.mkdir()
    others.chmod(0o755)
    link = home.root / below
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(others)
    create_home(home)
    save_text(home.artifacts("me") / "a.csv", "")
    assert mode(others) == 0o755
    assert {mode(path) for path in others.rglob("*.csv")} <= {0o600}

    alias = Home(home.root.parent / "alias")
    home.root.chmod(0o755)
    alias.root.symlink_to(home.root)
    create_home(alias)
    assert mode(home.root) == 0o700


def test_home_that_lost_its_database_keeps_its_rotated_logs_and_is_still_one(home: Home) -> None:
    """Logs that were rotated are ours: the home is not taken for a folder of other things."""
    home.root.mkdir()
    for name in ("hrvctl.log", "hrvctl.log.1", "hrvctl.log.3", "lock", ".hrvctl.db.7.ab12cd_9"):
        (home.root / name).touch()
    create_home(home)
    assert home.inbox.is_dir()


@pytest.mark.parametrize("name", ["a%20b", "what?"])
def test_path_that_dagster_cannot_open_is_refused(tmp_path: Path, name: str) -> None:
    """A sign with a meaning in URLs is named, before anything is made."""
    with pytest.raises(HomeError, match="path contains"):
        create_home(Home(tmp_path / name))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("below", ["", "sub", "sub/sub"])
def test_home_in_place_of_a_file_is_refused(tmp_path: Path, below: str) -> None:
    """Where a file stands there can be no home, and the file stays."""
    (tmp_path / "file").write_text("here")
    with pytest.raises(HomeError, match="is not a folder"):
        create_home(Home(tmp_path / "file" / below))
    assert (tmp_path / "file").read_text() == "here"


def test_log_is_only_kept_where_there_is_a_home(home: Home) -> None:
    """A bug met before there is a home makes none."""
    append_log(home, "lost\n")
    assert not home.root.exists()
    create_home(home)
    append_log(home, "one\n")
    append_log(home, "two \udcff\n")
    assert home.log.read_text(encoding="utf-8") == "one\ntwo \\udcff\n"


def test_log_that_cannot_be_written_hides_nothing(home: Home) -> None:
    """The log is told of something that went wrong; it must not go wrong itself."""
    create_home(home)
    home.log.mkdir()
    append_log(home, "line\n")
    assert list(home.log.iterdir()) == []


def test_umask_is_given_back(tmp_path: Path) -> None:
    """Files of other programs in this process are not ours to hide."""
    before = os.umask(0o022)
    try:
        with private_files():
            (tmp_path / "ours").touch()
        (tmp_path / "theirs").touch()
    finally:
        os.umask(before)
    assert (mode(tmp_path / "ours"), mode(tmp_path / "theirs")) == (0o600, 0o644)


def test_parents_of_the_home_keep_their_modes(tmp_path: Path) -> None:
    """Only what is ours is closed."""
    tmp_path.chmod(0o755)
    make_folder(tmp_path / "ours")
    assert (mode(tmp_path), mode(tmp_path / "ours")) == (0o755, 0o700)
