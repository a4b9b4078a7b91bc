"""Pulls in processes of their own that are killed around the renewal of a token."""

import multiprocessing
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from conftest import TODAY, ZONE
from hrvctl.records.choices import Vendor
from hrvctl.store.connections import Connection, ConnectionFile
from hrvctl.store.home import Home
from hrvctl.usecases.pull import pull
from hrvctl.usecases.pulled import Outcome
from hrvctl.usecases.workspace import Workspace
from vendors.fake import FakeVendor, paste_sign_in, serving

# Where in a renewal the process is killed: before the vendor acts, after it has and before it
# answers, a moment after its answer, at the first request with the new token, or at any time.
POINTS = ("asked", "renewed", "answered", "data", "any time")
# What a pull takes here, and the time between an answer and its being saved, seconds (measured).
PULL_S, SAVE_S = 0.4, 0.02
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["hrvctl.usecases.pull", "hrvctl.network.adapter", "requests"])


def pull_at(root: str, at: datetime, wait_s: float = 0.0) -> None:
    """Pull, as a process of its own."""
    workspace = Workspace(Home(Path(root)), lambda: at)
    pull(workspace, "me", [Vendor.WHOOP], budget_s=20, wait_s=wait_s)


@dataclass
class Patient:
    """A connected home, and what the vendor still honours of it.

    Attributes:
        n_ended: How often the person had to sign in again.
        n_lost: How often that was needless: the vendor would have honoured the connection.
    """

    root: Path
    vendor: FakeVendor
    at: datetime = field(default_factory=lambda: datetime.combine(TODAY, datetime.min.time(), ZONE))
    n_ended: int = 0
    n_lost: int = 0

    @property
    def home(self) -> Home:
        """Where it is."""
        return Home(self.root / "home")

    def sign_in(self) -> None:
        """As the person does it."""
        paste_sign_in(Workspace(self.home, lambda: self.at), Vendor.WHOOP, self.vendor.url)

    def stored(self) -> Connection:
        """The connection on the disk."""
        connection = ConnectionFile(self.home, "me", Vendor.WHOOP).load()
        assert connection is not None
        return connection

    def start(self, wait_s: float = 0.0) -> ForkServerProcess:
        """Start a pull."""
        process = FORKS.Process(target=pull_at, args=(str(self.root / "home"), self.at, wait_s))
        process.start()
        return process

    def finish(self) -> Outcome:
        """Pull to the end, in this process."""
        (done,) = pull(
            Workspace(self.home, lambda: self.at), "me", [Vendor.WHOOP], budget_s=20,
            sleep=lambda _: None,
        )  # fmt: skip
        return done.outcome

    def kill_at(self, point: str, draw: random.Random) -> None:
        """Start a pull whose token has ended, and kill it."""
        self.at += timedelta(days=1)
        self.vendor.nights[self.at.date()] = (50.0 + self.at.day, 50)
        with self.hooked(point, self.start(), draw) as process:
            process.join(30)
        # The last is that of a process whose end the fork server had no time to look at.
        assert process.exitcode in (0, -signal.SIGKILL, 255), process.exitcode

    @contextmanager
    def hooked(
        self, point: str, process: ForkServerProcess, draw: random.Random
    ) -> Iterator[ForkServerProcess]:
        """Kill a process at a point."""
        lets_in, later_s = self.vendor.lets_in, 0.0

        def kill() -> None:
            time.sleep(later_s)
            process.kill()

        def on_token(name: str) -> None:
            if name == point:
                kill()
                process.join()
                if point == "asked":
                    raise ConnectionResetError  # the vendor does not do what it was asked

        def on_data(_: str) -> bool:
            kill()
            return False

        self.vendor.on_token = on_token
        if point == "data":
            self.vendor.lets_in = on_data  # type: ignore[method-assign]
        elif point == "answered":
            later_s = draw.uniform(0, SAVE_S)
            self.vendor.after_token = kill
        elif point == "any time":
            later_s = draw.uniform(0, PULL_S)
            kill()
        try:
            yield process
        finally:
            self.vendor.on_token, self.vendor.after_token = _nothing, _nothing
            self.vendor.lets_in = lets_in  # type: ignore[method-assign]

    def recover(self) -> None:
        """Pull again; a connection that has ended is left alone until the person signs in."""
        is_honoured = self.is_honoured()
        outcomes = [self.finish() for _ in range(2)]
        if Outcome.SIGN_IN in outcomes or Outcome.SIGNED_OUT in outcomes:
            self.n_ended += 1
            self.n_lost += is_honoured
            self.sign_in()
            outcomes = [self.finish()]
        assert outcomes[-1] in (Outcome.PULLED, Outcome.NOTHING_NEW)

    def is_honoured(self) -> bool:
        """Whether the vendor accepts what is on the disk."""
        connection = self.stored()
        tokens = connection.tokens
        return not connection.ended and tokens is not None and tokens.refresh == self.vendor.refresh


def _nothing(*_: object) -> None:
    """Do nothing."""


@contextmanager
def patient(root: Path) -> Iterator[Patient]:
    """A home that is connected to a vendor whose tokens are used once and live an hour."""
    now: Callable[[], datetime] = lambda: made.at  # noqa: E731 - the patient is made below
    nights = {TODAY - timedelta(days=n): (50.0 + n, 52) for n in range(3)}
    with serving(FakeVendor(now=now, nights=nights, account="1", life_s=3600.0)) as vendor:
        made = Patient(root, vendor)
        made.sign_in()
        yield made
