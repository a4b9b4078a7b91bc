"""Worker processes of this machine."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from hrvctl.engines.protocol import MAX_DEATHS, Done, Lost, Result, Task, reason_of


class Pool:
    """Runs tasks in worker processes; one that is killed costs its own task alone.

    When a worker dies the standard library's pool gives up every task that was running, and does
    not say which of them it was. So those are run again, one by one, each in a pool of its own.

    No worker outlives this process, however it ends.

    Args:
        n_workers: Processes.
    """

    name = "pool"

    def __init__(self, n_workers: int) -> None:
        self.n_workers = n_workers

    def run(
        self, work: Callable[[Task], Result], tasks: Sequence[Task]
    ) -> Generator[Done[Task, Result] | Lost[Task], None, None]:
        """See ``Engine``."""
        waiting = list(reversed(tasks))
        while waiting:
            suspects: list[Task] = []
            yield from self._until_broken(work, waiting, suspects)
            for task in suspects:
                yield _alone(work, task)

    def _until_broken(
        self, work: Callable[[Task], Result], waiting: list[Task], suspects: list[Task]
    ) -> Generator[Done[Task, Result] | Lost[Task], None, None]:
        """Run what is waiting until it is done or a worker dies; its companions are suspects."""
        running: dict[Future[Result], Task] = {}
        with _executor(self.n_workers) as pool:
            while waiting or running:
                # No more than are running: what is only queued would be suspect as well.
                while waiting and len(running) < self.n_workers:
                    task = waiting.pop()
                    try:
                        running[_submit(pool, work, task)] = task
                    except BrokenProcessPool:
                        waiting.append(task)
                        if not running:  # a worker died while it had nothing to do
                            return
                        break
                ended, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in ended:
                    error = future.exception()
                    if isinstance(error, BrokenProcessPool):
                        suspects += running.values()
                        return
                    task = running.pop(future)
                    yield Lost(task, reason_of(error)) if error else Done(task, future.result())


def _alone(work: Callable[[Task], Result], task: Task) -> Done[Task, Result] | Lost[Task]:
    for _ in range(MAX_DEATHS):
        with _executor(1) as pool:
            future = _submit(pool, work, task)
            error = future.exception()
            if error is None:
                return Done(task, future.result())
            if not isinstance(error, BrokenProcessPool):
                return Lost(task, reason_of(error))
    return Lost(task, f"its worker died {MAX_DEATHS} times")


@contextmanager
def _executor(n_workers: int) -> Iterator[ProcessPoolExecutor]:
    """A pool; whoever is interrupted does not wait for what its workers are doing."""
    # Spawned: a fork of a process with threads may hang (and Dagster has threads).
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(n_workers, mp_context=context, initializer=_end_with_parent)
    try:
        yield pool
    except BaseException:
        workers = list((pool._processes or {}).values())  # shutdown forgets them
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.terminate()
        raise
    pool.shutdown()


def _submit(
    pool: ProcessPoolExecutor, work: Callable[[Task], Result], task: Task
) -> Future[Result]:
    """Submit a task; the workers that are started for it leave Ctrl-C to this process."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        return pool.submit(work, task)
    # A process inherits what is blocked: so it is before the first line of the worker runs.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return pool.submit(work, task)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end_with_parent() -> None:
    """End this worker once its parent has ended, even if that was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: "multiprocessing.process.BaseProcess") -> None:
    parent.join()
    os._exit(1)
