"""Threads of NumPy's linear algebra: one for our processes, the person's own number for theirs."""

import os

# Environment variables that set their number, read when NumPy is imported.
BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")

_set_here: set[str] = set()


def limit_blas_threads() -> None:
    """Use one thread of linear algebra, unless the environment names another number.

    Matrices here are small: more threads do not make them faster, and wait for each other on a busy
    machine (a quarter of the time of a run, measured with two cores). Call it before NumPy is
    imported; the processes that a run starts inherit the variables.
    """
    for name in BLAS_THREADS:
        if name not in os.environ:
            os.environ[name] = "1"
            _set_here.add(name)


def environment_without_limit() -> dict[str, str]:
    """The environment for a command of the person's own: without what was set here."""
    return {name: value for name, value in os.environ.items() if name not in _set_here}
