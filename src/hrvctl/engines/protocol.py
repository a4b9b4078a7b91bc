"""The seam between what is to be done and where it runs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

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
    ) -> Iterator[Done[Task, Result] | Lost[Task]]:
        """Yield each task as it ends, in any order."""
        ...


def reason_of(error: BaseException) -> str:
    """Why a task has no result, in a line."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
