"""``hrvctl import export.zip``: a long file shows how far it has been read, to a person alone."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Result
from hrvctl.store.home import Home
from sources.apple_tags import export, hrv, record, sleep

pty = pytest.importorskip("pty", reason="a terminal of Unix")
STEPS = record("HKQuantityTypeIdentifierStepCount", "2025-03-09 10:00:00 +0200", value=90)


@pytest.fixture
def zipped(tmp_path: Path) -> Path:
    """An export of one night and several megabytes of steps."""
    path = tmp_path / "export.zip"
    spots = [hrv(f"2025-03-10 0{hour}:00:00 +0200", 40 + hour) for hour in (2, 4)]
    night = sleep("2025-03-09 23:00:00 +0200", "2025-03-10 06:00:00 +0200")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        # Not all equal, or it would shrink like a bomb.
        steps = [STEPS.replace('"90"', f'"{n}"') for n in range(9000)]
        archive.writestr("apple_health_export/export.xml", export([night, *spots, *steps]))
    return path


def test_a_terminal_sees_a_bar_that_fills(home: Home, zipped: Path) -> None:
    """It names the file and its size, and is gone when all is done."""
    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "hrvctl", "--home", str(home.root), "import", str(zipped)]
    shown = b""
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=theirs, env={**os.environ, "COLUMNS": "120"}
    ) as process:
        os.close(theirs)
        # The other end hangs up with an error on Linux, with nothing on macOS.
        try:
            while piece := os.read(ours, 65536):
                shown += piece
        except OSError:
            pass
        assert process.stdout
        out = process.stdout.read().decode()
    os.close(ours)
    assert process.returncode == 0
    assert "apple export, 9003 rows" in out
    assert b"export.zip/apple_health_export/export.xml" in shown
    assert b"MB" in shown


def test_damage_behind_what_was_recognised_is_told_and_nothing_is_stored(
    tmp_path: Path, hrvctl: Callable[..., Result]
) -> None:
    """The fault of the export itself, not that nobody knows the cardiogram before it."""
    nights = [hrv(f"2025-03-10 0{h}:00:00 +0200", 40) for h in range(9)]
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("apple_health_export/electrocardiograms/ecg.csv", "x;y\n1;2\n")
        archive.writestr("apple_health_export/export.xml", export([STEPS * 500, *nights]))
    whole = bytearray(path.read_bytes())
    whole[whole.rfind(b"SDNN")] ^= 1
    path.write_bytes(whole)
    done = hrvctl("import", path)
    assert done.code == 1
    assert "export.xml: the zip is damaged" in done.err
    assert hrvctl("import", path, "--dry-run").code == 1


def test_a_pipe_sees_nothing_of_it(zipped: Path, program: Callable[..., Result]) -> None:
    """Nor does a script that asks for JSON."""
    done = program("import", str(zipped))
    assert done.err == ""
    assert "apple export, 9003 rows" in done.out
    again = program("--json", "import", str(zipped))
    assert again.err == ""
    assert again.data["files"][0]["source"] == "apple"
