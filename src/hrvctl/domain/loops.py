"""Loops over nights: as they are written for one person, compiled for a cohort."""

from collections.abc import Callable
from contextvars import ContextVar
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Loop(Generic[P, R]):
    """A function over arrays that runs as written, or compiled inside ``compiled_loops``.

    One source serves both where it can. Where array operations are fastest for the interpreter and
    plain loops for the compiler, ``compiled_from`` gives the second one.

    Attributes:
        plain: The function as written.
        source: What is compiled: arrays, numbers and other loops alone.
    """

    def __init__(self, plain: Callable[P, R]) -> None:
        self.plain = plain
        self.source = plain
        update_wrapper(self, plain)
        every_loop.append(self)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run it."""
        compiled = compiler.get()
        if compiled is None:
            return self.plain(*args, **kwargs)
        found: R = compiled(self)(*args, **kwargs)
        return found

    def compiled_from(self, source: Callable[P, R]) -> Callable[P, R]:
        """Say what to compile in place of the function as written; a test holds both equal."""
        self.source = source
        return source


every_loop: list[Loop[..., Any]] = []
# Makes the compiled form of a loop; set inside ``compiled_loops``.
compiler: ContextVar[Callable[[Loop[..., Any]], Callable[..., Any]] | None] = ContextVar(
    "compiler", default=None
)
