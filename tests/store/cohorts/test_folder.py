"""Files of a cohort on a disk: made once, whole, and private."""

import errno
import os
import threading

import pytest

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
    at_once, created = threading.Barrier(6), []

    def run(n):
        at_once.wait()
        try:
            folder.create("seal.json", str(n).encode() * 1000)
            created.append(n)
        except FileExistsError:
            pass

    threads = [threading.Thread(target=run, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [str(n).encode() * 1000 for n in created] == [folder.read("seal.json")]
