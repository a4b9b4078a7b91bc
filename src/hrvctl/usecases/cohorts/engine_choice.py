"""Which engine does the work for a cohort, and whether its loops are compiled for it."""

import os
from collections.abc import Sequence
from importlib.util import find_spec

from hrvctl.domain.forecast.compilation import can_compile
from hrvctl.engines.loop import Loop
from hrvctl.engines.pool import Pool
from hrvctl.engines.protocol import Engine
from hrvctl.errors import UsageError
from hrvctl.store.cohorts.evenings import PlannedChunk
from hrvctl.usecases.cohorts.chunks import COMPILED, PLAIN, versions

# Processor seconds a night of a person takes, compiled and not; rough, to choose an engine by
# (measured with benchmarks/cohort.py).
SECONDS_A_NIGHT = {COMPILED: 40e-6, PLAIN: 120e-6}
# The same of a backtest with the models that are fitted to each past again, which takes nearly all
# of it (measured with 100 people of a year: 56 s with them, 2 s without).
SECONDS_A_FITTED_NIGHT = 1.6e-3
FITTED_MODELS = frozenset({"ses", "local_level"})
# Work below which processes are not worth their start, and that each of them should have, seconds.
LOOP_SECONDS, WORKER_SECONDS = 10.0, 5.0
# Plain work from which loading compiled loops, a second or two, is worth it.
COMPILE_SECONDS = 5.0
# Exports that each process should have at least; reading one takes about as long as its start.
EXPORTS_A_WORKER = 10


def choose_loops(chunks: Sequence[PlannedChunk]) -> str:
    """Whether the models' loops are compiled for such chunks."""
    work = sum(chunk.n_rows for chunk in chunks) * SECONDS_A_NIGHT[PLAIN]
    return COMPILED if can_compile() and work >= COMPILE_SECONDS else PLAIN


def import_engine(name: str, *, n_exports: int, n_workers: int | None = None) -> Engine:
    """The engine that reads exports: processes for more than a few.

    Raises:
        UsageError: It is neither ``auto``, ``loop`` nor ``pool``.
    """
    if name not in ("auto", "loop", "pool"):
        raise UsageError(f"exports cannot be read by {name}", hint="choose auto, loop or pool")
    n = n_workers or min(os.cpu_count() or 1, max(n_exports // EXPORTS_A_WORKER, 1))
    return Loop() if name == "loop" or (name == "auto" and n == 1) else Pool(n)


def choose_engine(
    name: str,
    *,
    chunks: Sequence[PlannedChunk],
    n_workers: int | None = None,
    scheduler: str = "",
    seconds_a_night: float | None = None,
) -> Engine:
    """The engine of a name: ``auto``, ``loop``, ``pool`` or ``dask``.

    ``auto`` is Dask with a scheduler's address, a loop for little work, and else a pool.

    Args:
        name: The name.
        chunks: What is to be done.
        n_workers: Processes; ``None`` for as many as are worth it.
        scheduler: Address of a Dask scheduler.
        seconds_a_night: Processor seconds; ``None`` for those of an evening's forecasts.

    Raises:
        UsageError: There is no such engine, or its package is not installed.
    """
    if name == "auto":
        of_night = seconds_a_night or SECONDS_A_NIGHT[choose_loops(chunks)]
        work = sum(chunk.n_rows for chunk in chunks) * of_night
        name = "dask" if scheduler else "loop" if work < LOOP_SECONDS else "pool"
        enough = max(round(work / WORKER_SECONDS), 1)
    else:
        enough = len(chunks)
    cores = os.cpu_count() or 1
    n = n_workers or max(min(cores, enough, len(chunks)), 1)
    if scheduler and name != "dask":
        raise UsageError(f"--scheduler is for the engine dask, not {name}")
    match name:
        case "loop":
            return Loop()
        case "pool":
            return Pool(n)
        case "dask":
            if find_spec("distributed") is None:
                raise UsageError(
                    "the engine dask needs the package distributed",
                    hint="pip install 'hrvctl[dask]'",
                )
            from hrvctl.engines.dask_cluster import DaskEngine  # noqa: PLC0415 - optional

            return DaskEngine(versions, address=scheduler, n_workers=n)
    raise UsageError(f"no engine is called {name!r}", hint="choose auto, loop, pool or dask")
