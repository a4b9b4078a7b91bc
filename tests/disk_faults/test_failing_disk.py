"""No copy of the database is lost, whichever call to the disk fails or is the last."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from disk_faults.operations import MODES, OPERATIONS

HERE = Path(__file__).parent
COMPILER = shutil.which("cc")

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or COMPILER is None, reason="needs LD_PRELOAD and a C compiler"
)


@pytest.fixture(scope="module")
def failing_disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that makes calls to the disk fail."""
    library = tmp_path_factory.mktemp("failing-disk") / "failing_disk.so"
    source = HERE / "failing_disk.c"
    subprocess.run([COMPILER, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_whatever_call_to_the_disk_fails_no_database_is_lost(
    operation: str, mode: str, failing_disk: Path, tmp_path: Path
) -> None:
    """Each call in turn: the disk is full from it on, it alone fails, or the process is killed."""
    done = subprocess.run(
        [sys.executable, "-m", "disk_faults.operations", operation, mode, tmp_path],
        env={**os.environ, "LD_PRELOAD": str(failing_disk), "PYTHONPATH": str(HERE.parent)},
        capture_output=True,
        check=True,
        text=True,
    )
    found = json.loads(done.stdout)
    assert found["faults"] == []
    assert found["counts"]["over"] == 1
    assert sum(found["counts"].values()) > 10  # the faults were injected
