"""The seam between what is to be done and where it runs."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from hrvctl.errors import HrvctlError

Task = TypeVar("Task")
Result = TypeVar("Result")

# Times a task may end its worker before it is given up (own choice; a machine's out-of-memory
# killer may hit an innocent one once).
MAX_DEATHS = 3


@dataclass(frozen=True, slots=True)
class Done(Generic[Task, Result]):
    """A task and what the function returned."""

    task: Task
    result: Result


@dataclass(frozen=True, slots=True)
class Lost(Generic[Task]):
    """A task without a result, and why: it raised, or its worker died of it each time."""

    task: Task
    reason: str


class Engine(Protocol):
    """Where tasks run.

    Attributes:
        name: What a person calls it.
        n_workers: Tasks that run at once.
    """

    name: str
    n_workers: int

    def run(
        self, work: Callable[[Task], Result], tasks: Sequence[Task]
    ) -> Generator[Done[Task, Result] | Lost[Task], None, None]:
        """Yield each task as it ends, in any order; closed early, it stops what is running."""
        ...


def reason_of(error: BaseException) -> str:
    """Why a task has no result, in a line."""
    if isinstance(error, HrvctlError):
        return error.message
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
