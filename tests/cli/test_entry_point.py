"""The entry point: version, and the environment that a run and its processes start with."""

import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version

import pytest

from conftest import Result
from hrvctl.blas_threads import BLAS_THREADS

pytestmark = pytest.mark.slow

# Prints what a process of a run with one process an op finds in its environment, and how many
# threads numpy's linear algebra has there.
PROBE = """
import multiprocessing, os, sys
from hrvctl.blas_threads import BLAS_THREADS, limit_blas_threads


def show():
    print([os.environ.get(name) for name in BLAS_THREADS], flush=True)


if __name__ == "__main__":
    limit_blas_threads()
    show()
    process = multiprocessing.get_context(sys.argv[1]).Process(target=show)
    process.start()
    process.join()
"""


@pytest.mark.parametrize("word", ["--version", "-V"])
def test_version_is_printed_and_nothing_else(hrvctl: Callable[..., Result], word: str) -> None:
    """One line on stdout, or the envelope; no home is needed, and no command beside it."""
    done = hrvctl(word)
    assert (done.code, done.out, done.err) == (0, f"hrvctl {version('hrvctl')}\n", "")
    for words in ((word, "--json"), ("--json", word)):
        assert hrvctl(*words).data == {"version": version("hrvctl")}
    assert hrvctl(word, "status").code == 2


@pytest.mark.skipif(sys.platform != "linux", reason="there is no fork server elsewhere")
@pytest.mark.parametrize("method", ["forkserver", "spawn"])
def test_processes_of_a_run_inherit_one_blas_thread(tmp_path, method) -> None:
    """However they are started."""
    script = tmp_path / "probe.py"
    script.write_text(PROBE)
    surroundings = {k: v for k, v in os.environ.items() if k not in BLAS_THREADS}
    done = subprocess.run(
        [sys.executable, str(script), method],
        env=surroundings,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.splitlines() == ["['1', '1', '1']"] * 2
