"""Workers of a Dask cluster: on this machine, or behind the address of a scheduler."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing

import dask
from distributed import Client, KilledWorker, LocalCluster, as_completed

from hrvctl.engines.protocol import MAX_DEATHS, Done, Lost, Result, Task, reason_of
from hrvctl.errors import ConfigError, HrvctlError

# How long to wait for a scheduler, and then for its first worker, seconds (own choice).
PATIENCE_S = 30


class DaskEngine:
    """Runs tasks on a cluster whose workers all have this version of the program.

    Args:
        versions: Returns what must be equal on every worker and here, by name.
        address: Of a scheduler, for example ``tcp://10.0.0.7:8786``; empty for workers of this
            machine.
        n_workers: Processes on this machine; with an address as many as the cluster has.
        patience_s: How long to wait for a scheduler, and then for its first worker, seconds.
    """

    name = "dask"

    def __init__(
        self,
        versions: Callable[[], Mapping[str, str]],
        *,
        address: str = "",
        n_workers: int = 1,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self.versions = versions
        self.address = address
        self.n_workers = n_workers
        self.patience_s = patience_s

    def run(
        self, work: Callable[[Task], Result], tasks: Sequence[Task]
    ) -> Generator[Done[Task, Result] | Lost[Task], None, None]:
        """See ``Engine``.

        Raises:
            ConfigError: No cluster answers, or a worker has another version.
        """
        if not tasks:
            return
        # A worker that dies is counted against what it ran; then the task is given up.
        with dask.config.set({"distributed.scheduler.allowed-failures": MAX_DEATHS - 1}):
            if self.address:
                yield from self._run_on(self.address, work, tasks)
                return
            with LocalCluster(
                n_workers=self.n_workers,
                threads_per_worker=1,
                processes=True,
                # No pages; what is served all the same is for this machine, at a port that is free.
                dashboard_address="127.0.0.1:0",
                scheduler_kwargs={"dashboard": False},
            ) as cluster:
                yield from self._run_on(cluster, work, tasks)

    def _run_on(
        self,
        cluster: str | LocalCluster,
        work: Callable[[Task], Result],
        tasks: Sequence[Task],
    ) -> Generator[Done[Task, Result] | Lost[Task], None, None]:
        try:
            client = Client(cluster, timeout=self.patience_s)
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"no Dask scheduler answers at {self.address}: {error}",
                hint="start one: dask scheduler, and workers: dask worker ADDRESS --nthreads 1",
            ) from error
        with closing(client):
            self._check_workers(client)
            futures = {client.submit(work, task, pure=False, retries=0): task for task in tasks}
            for future in as_completed(list(futures)):
                task = futures.pop(future)
                if future.cancelled():
                    raise ConfigError(
                        f"the Dask scheduler {self.address} went away; what is done is kept",
                        hint="start it again, and then the same run",
                    )
                fault = future.exception()
                if fault is None:
                    yield Done(task, future.result())
                elif isinstance(fault, KilledWorker):
                    yield Lost(task, f"its worker died {fault.allowed_failures + 1} times")
                else:
                    yield Lost(task, reason_of(fault))

    def _check_workers(self, client: Client) -> None:
        try:
            client.wait_for_workers(1, timeout=self.patience_s)
        except TimeoutError as error:
            raise ConfigError(
                f"the Dask scheduler at {self.address} has no worker",
                hint="start some: dask worker ADDRESS --nthreads 1",
            ) from error
        ours = self.versions()
        try:
            theirs = client.run(self.versions)
        except HrvctlError:
            raise
        except Exception as error:
            raise ConfigError(
                f"a Dask worker cannot run hrvctl: {reason_of(error)}",
                hint="install the same hrvctl there: pip install 'hrvctl[cohort]'",
            ) from error
        self.n_workers = len(theirs)
        for worker, found in theirs.items():
            for name, version in ours.items():
                if found.get(name) != version:
                    raise ConfigError(
                        f"the Dask worker {worker} has {name} {found.get(name)}, here it is"
                        f" {version}",
                        hint="install the same versions on every machine",
                    )
