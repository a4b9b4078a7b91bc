"""Files of a cohort on a disk: made once, whole, and private."""

import errno
import os

import pytest

from at_once import run_at_once
from hrvctl.store.cohorts.folder import CohortFolder


@pytest.fixture(params=["links", "no links"])
def folder(request, tmp_path, monkeypatch):
    """On a file system with and without hard links (FAT, some network shares)."""
    if request.param == "no links":

        def refuse(*_args, **_given):
            raise OSError(errno.EPERM, "no hard links")

        monkeypatch.setattr(os, "link", refuse)
    return CohortFolder(str(tmp_path))


def test_a_file_is_created_once(folder, tmp_path) -> None:
    folder.create("evenings/seal.json", b"first")
    with pytest.raises(FileExistsError):
        folder.create("evenings/seal.json", b"second")
    assert folder.read("evenings/seal.json") == b"first"
    assert [path.name for path in (tmp_path / "evenings").iterdir()] == ["seal.json"]
    assert (tmp_path / "evenings" / "seal.json").stat().st_mode & 0o077 == 0


def test_of_many_at_once_one_creates(folder) -> None:
    created = []

    def run(n):
        try:
            folder.create("seal.json", str(n).encode() * 1000)
            created.append(n)
        except FileExistsError:
            pass

    run_at_once(run, range(6))
    assert [str(n).encode() * 1000 for n in created] == [folder.read("seal.json")]
