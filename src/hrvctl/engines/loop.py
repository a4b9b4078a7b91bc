"""One task after another in this process."""

from collections.abc import Callable, Generator, Sequence

from hrvctl.engines.protocol import Done, Lost, Result, Task, reason_of


class Loop:
    """Runs tasks in this process, in order."""

    name = "loop"
    n_workers = 1

    def run(
        self, work: Callable[[Task], Result], tasks: Sequence[Task]
    ) -> Generator[Done[Task, Result] | Lost[Task], None, None]:
        """See ``Engine``."""
        for task in tasks:
            try:
                yield Done(task, work(task))
            except Exception as error:  # noqa: BLE001 - a fault of one task is no fault of the rest
                yield Lost(task, reason_of(error))
