"""What a killed process left is taken away, and nothing that somebody still needs."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from hrvctl.store.home import Home, create_home
from hrvctl.store.temp_files import create_temp_file, has_ended, remove_orphans, scratch_folder


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for scratch of the test's own."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def gone() -> int:
    """The number of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    return process.pid


def test_what_the_dead_left_is_taken_away(home: Home, scratch: Path, gone: int) -> None:
    """Files half-written anywhere in the home, and copies of the home in folders for scratch."""
    create_home(home)
    folder = home.artifacts("me") / "replays" / "2026-03-01"
    folder.mkdir(parents=True)
    home.cache("me").mkdir(parents=True)
    parts = [
        home.cache("me") / f".fits.json.{gone}.abcdefgh",
        home.root / f".config.toml.{gone}.abcdefgh",
        folder / f".reconciliation.json.{gone}.a_b01234",
        home.dagster / f".dagster.yaml.{gone}.abcdefgh",
        home.root / f".saved.db.{gone}.abcdefgh-journal",
    ]
    for part in parts:
        part.write_text("half")
    copy = scratch / f"hrvctl-dry-run-{gone}-abcdefgh"
    (copy / "home").mkdir(parents=True)
    remove_orphans(home)
    assert [path for path in (*parts, copy) if path.exists()] == []


def test_what_others_have_stays(home: Home, scratch: Path, gone: int) -> None:
    """Files still being written, files of the person's own, links, and everything in the inbox."""
    create_home(home)
    stay = [
        home.root / f".config.toml.{os.getpid()}.abcdefgh",
        home.root / f".config.toml.{gone}.backup",
        home.inbox / f".export.csv.{gone}.abcdefgh",
        scratch / f"hrvctl-{gone}",
    ]
    for path in stay:
        path.write_text("mine")
    link = scratch / f"hrvctl-restore-{gone}-abcdefgh"
    link.symlink_to(home.root)
    remove_orphans(home)
    assert all(path.exists() for path in (*stay, link))
    assert home.inbox.is_dir()


def test_the_names_we_make_are_the_names_we_sweep(
    home: Home, scratch: Path, monkeypatch: pytest.MonkeyPatch, gone: int
) -> None:
    """Whatever we make and do not live to take away is found later."""
    create_home(home)
    monkeypatch.setattr(os, "getpid", lambda: gone)
    handle, part = create_temp_file(home.root / "config.toml")
    os.close(handle)
    context = scratch_folder("dry-run")
    folder = context.__enter__()
    assert folder.parent == scratch
    remove_orphans(home)
    assert not part.exists()
    assert not folder.exists()


def test_we_ourselves_are_not_gone(gone: int) -> None:
    """A process that lives is told from one that has ended."""
    assert not has_ended(os.getpid())
    assert has_ended(gone)
