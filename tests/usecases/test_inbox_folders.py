"""Synced folders are read where they lie: what is new is copied once, and nothing there changes."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from cli.homes import tree
from conftest import TODAY, Result
from hrvctl.errors import ExitCode
from hrvctl.store.home import Home

Hrvctl = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, hrvctl: Hrvctl) -> Path:
    """A synced folder that the settings name."""
    made = tmp_path / "Sync"
    made.mkdir()
    hrvctl("config", "set", "inbox_folders", made)
    return made


def write(path: Path, *, hrv: int = 60, seconds_ago: float = 3600.0) -> Path:
    """A table with today's night, written some time before the evening of the tests."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"date,hrv_ms\n{TODAY},{hrv}\n")
    at = 1_773_169_200 - seconds_ago  # 2026-03-10 at 21:00, two hours ahead of UTC
    os.utime(path, (at, at))
    return path


def test_what_is_new_is_imported_and_stays_where_it_is(hrvctl: Hrvctl, folder: Path) -> None:
    """Also in a folder within; a picture and a hidden file are passed over."""
    write(folder / "phone" / "night.csv")
    write(folder / ".night.csv.icloud", hrv=99)
    (folder / "cat.jpg").write_bytes(b"\xff\xd8\xff")
    before = tree(folder)
    done = hrvctl("morning", "--json")
    assert (done.code, done.data["hrv_ms"]) == (0, 60)
    assert tree(folder) == before
    assert len(done.data["imported"]) == 1


def test_an_evening_copies_too_and_only_once(hrvctl: Hrvctl, folder: Path, home: Home) -> None:
    """A changed file comes again."""
    file = write(folder / "night.csv")
    assert len(hrvctl("daily", "--json").data["imported"]) == 1
    assert hrvctl("morning", "--json").data["imported"] == []
    write(file, hrv=66, seconds_ago=1800)
    assert hrvctl("morning", "--json").data["hrv_ms"] == 66
    assert len(list(home.done.glob("folder.*"))) == 2


def test_a_file_that_may_still_grow_waits(hrvctl: Hrvctl, folder: Path) -> None:
    """Until it is a minute old."""
    write(folder / "night.csv", seconds_ago=10)
    assert hrvctl("morning", "--json").data["imported"] == []
    write(folder / "night.csv", seconds_ago=70)
    assert hrvctl("morning", "--json").data["hrv_ms"] == 60


def test_a_link_out_of_the_folder_is_not_followed(
    hrvctl: Hrvctl, folder: Path, tmp_path: Path
) -> None:
    """Whoever can write there must not choose other files to read."""
    (folder / "night.csv").symlink_to(write(tmp_path / "elsewhere" / "secret.csv"))
    assert hrvctl("morning", "--json").data["imported"] == []


def test_a_folder_that_is_gone_is_named_and_the_rest_goes_on(hrvctl: Hrvctl, folder: Path) -> None:
    """An unmounted drive is no reason to go without the morning."""
    folder.rmdir()
    done = hrvctl("morning", on=TODAY + timedelta(days=1))
    assert done.code == ExitCode.PARTIAL
    assert "no such folder" in done.err


def test_a_dry_run_leaves_folders_alone(hrvctl: Hrvctl, folder: Path) -> None:
    """It imports nothing of the inbox either."""
    write(folder / "night.csv")
    assert hrvctl("daily", "--dry-run", "--json").data["imported"] == []
