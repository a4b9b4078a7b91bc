"""Compile the models' loops with numba, for many people at once; one person never needs it."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from hrvctl.domain.forecast.backtest import backtest
from hrvctl.domain.forecast.hierarchical import Hierarchical
from hrvctl.domain.forecast.naive import Naive
from hrvctl.domain.forecast.targets import TARGETS
from hrvctl.domain.loops import Loop, compiler, every_loop
from hrvctl.domain.series import History
from hrvctl.records import Metric

# Days of the made-up person on whom every loop is compiled: more than any lead.
WARM_DAYS = 60
# Vector instructions need division by zero as NumPy has it, and sums in another order.
OPTIONS: dict[str, Any] = {"error_model": "numpy", "fastmath": {"reassoc", "contract"}}


def can_compile() -> bool:
    """Whether numba is installed (``pip install 'hrvctl[cohort]'``)."""
    return find_spec("numba") is not None


@contextmanager
def compiled_loops(folder: Path) -> Iterator[None]:
    """Run every loop compiled, in this thread or task.

    Args:
        folder: Where compiled loops are kept between processes; made where it is missing.

    Raises:
        ImportError: numba is not installed.
    """
    numba = import_module("numba")  # slow, and only cohorts need it
    _extend_numba()
    # numba looks at the file of a loop alone, not at the loops and constants that it uses.
    numba.config.CACHE_DIR = str(folder / _fingerprint())
    token = compiler.set(_compiled)
    try:
        yield
    finally:
        compiler.reset(token)


def warm(folder: Path) -> None:
    """Compile every loop and keep the result, so that no later process compiles (some seconds).

    Args:
        folder: As of ``compiled_loops``.
    """
    days = np.arange(WARM_DAYS)
    values = tuple(np.where(days % 20 == 18, np.nan, 50.0 + days % 7).tolist())
    person = History(
        first=date(2024, 1, 1),
        metric=Metric.HRV_RMSSD_MS,
        measured_by="",
        hrv=values,
        measured=dict.fromkeys(Metric, values),
        journal={"alcohol": tuple((days % 3.0).tolist())},
    )
    with compiled_loops(folder):
        for target in TARGETS.values():
            Hierarchical(target).rolling_forecasts(person)
        backtest(person, Naive(), first=0, leads=(1,))


@cache
def _compiled(loop: Loop[..., Any]) -> Callable[..., Any]:
    compiled: Callable[..., Any] = import_module("numba").njit(loop.source, cache=True, **OPTIONS)
    return compiled


@cache
def _extend_numba() -> None:
    """Let compiled loops call each other, and ``tolist``, which gives them the array itself.

    The loops as written call ``tolist`` because the interpreter is faster with lists.
    """
    numba = import_module("numba")
    extending = import_module("numba.extending")
    for loop in every_loop:
        extending.overload(loop, strict=False, jit_options=OPTIONS)(
            lambda *_args, loop=loop: loop.source
        )
    extending.overload_method(numba.types.Array, "tolist")(lambda _array: lambda _array: _array)


@cache
def _fingerprint() -> str:
    """The first 16 digits of the SHA-256 of this package's sources."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
