"""Worker processes of this machine."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from hrvctl.engines.protocol import MAX_DEATHS, Done, Lost, Result, Task, reason_of


class Pool:
    """Runs tasks in worker processes; one that is killed costs its own task alone.

    When a worker dies the standard library's pool gives up every task that was running, and does
    not say which of them it was. So those are run again, one by one, each in a pool of its own.

    Args:
        n_workers: Processes.
    """

    name = "pool"

    def __init__(self, n_workers: int) -> None:
        self.n_workers = n_workers

    def run(
        self, work: Callable[[Task], Result], tasks: Sequence[Task]
    ) -> Iterator[Done[Task, Result] | Lost[Task]]:
        """See ``Engine``."""
        waiting = list(reversed(tasks))
        while waiting:
            suspects: list[Task] = []
            yield from self._until_broken(work, waiting, suspects)
            for task in suspects:
                yield _alone(work, task)

    def _until_broken(
        self, work: Callable[[Task], Result], waiting: list[Task], suspects: list[Task]
    ) -> Iterator[Done[Task, Result] | Lost[Task]]:
        """Run what is waiting until it is done or a worker dies; its companions are suspects."""
        running: dict[Future[Result], Task] = {}
        with _executor(self.n_workers) as pool:
            try:
                while waiting or running:
                    # No more than are running: what is only queued would be suspect as well.
                    while waiting and len(running) < self.n_workers:
                        task = waiting.pop()
                        try:
                            running[pool.submit(work, task)] = task
                        except BrokenProcessPool:
                            waiting.append(task)
                            break
                    ended, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in ended:
                        error = future.exception()
                        if isinstance(error, BrokenProcessPool):
                            suspects += running.values()
                            return
                        task = running.pop(future)
                        yield Lost(task, reason_of(error)) if error else Done(task, future.result())
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                for process in list((pool._processes or {}).values()):
                    process.terminate()
                raise


def _alone(work: Callable[[Task], Result], task: Task) -> Done[Task, Result] | Lost[Task]:
    for _ in range(MAX_DEATHS):
        with _executor(1) as pool:
            future = pool.submit(work, task)
            error = future.exception()
            if error is None:
                return Done(task, future.result())
            if not isinstance(error, BrokenProcessPool):
                return Lost(task, reason_of(error))
    return Lost(task, f"its worker died {MAX_DEATHS} times")


def _executor(n_workers: int) -> ProcessPoolExecutor:
    # Spawned: a fork of a process with threads may hang (and Dagster has threads).
    return ProcessPoolExecutor(n_workers, mp_context=multiprocessing.get_context("spawn"))
