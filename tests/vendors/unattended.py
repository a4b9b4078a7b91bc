"""Evenings that cron starts while vendors fail: real processes, a bare environment, a set clock."""

import io
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path

from conftest import TODAY, ZONE
from hrvctl.cli.main import run
from hrvctl.records import AGENT
from hrvctl.records.choices import Vendor
from hrvctl.store.database import open_store
from hrvctl.store.home import Home
from hrvctl.store.ledger import load_sealed
from hrvctl.usecases import sign_in
from hrvctl.usecases.schedule_files import Entry, cron_lines
from hrvctl.usecases.workspace import Workspace
from network.endpoint import Endpoint, sends
from network.endpoint import serving as serving_monitor
from vendors.fake import KEY, FakeVendor, paste_sign_in, serving

DAY = timedelta(days=1)
NIGHTS = 60
# What cron gives a command (crontab(5)), and nothing of ours.
CRON_PATH = "/usr/bin:/bin"
# Python reads this file as it starts: the program's only clock shows the evening.
CLOCK = """\
import os
import time
from datetime import datetime, timedelta

import hrvctl.cli.session as session

begun = time.monotonic()
session.system_clock = lambda: datetime.fromisoformat(os.environ["EVENING"]) + timedelta(
    seconds=time.monotonic() - begun
)
"""


@dataclass(frozen=True, kw_only=True)
class Evening:
    """One evening: how it ended, what cron would mail, and how long it took, seconds."""

    day: date
    code: int
    mail: str
    seconds: float
    status: str
    is_down: bool
    n_asked_dead: int


@dataclass
class World:
    """A home that cron runs in, connected to three vendors, and a monitor.

    Attributes:
        steady: The vendor that always answers, whose nights come with every day.
        failing: The one that is down for a while.
        dead: The one whose grant the person withdraws.
        evenings: What has been lived.
    """

    root: Path
    steady: FakeVendor
    failing: FakeVendor
    dead: FakeVendor
    monitor: Endpoint
    at: datetime = field(
        default_factory=lambda: datetime.combine(TODAY, time_of_day(21, 30), tzinfo=ZONE)
    )
    evenings: list[Evening] = field(default_factory=list)

    @property
    def home(self) -> Home:
        """Where it is."""
        return Home(self.root / "a home")

    def connect(self) -> None:
        """Sign in to all three, and let every evening pull from them."""
        workspace = Workspace(self.home, lambda: self.at)
        sign_in.connect_key(workspace, "me", Vendor.INTERVALS, KEY, address=self.steady.url)
        paste_sign_in(workspace, Vendor.OURA, self.failing.url)
        paste_sign_in(workspace, Vendor.WHOOP, self.dead.url)
        (self.home.root / "config.toml").write_text(
            f'pull = ["intervals", "oura", "whoop"]\nping_url = "{self.monitor.url}/me"\n'
        )
        (self.root / "sitecustomize.py").write_text(CLOCK)

    def line(self) -> str:
        """The command of the line that `hrvctl schedule install` writes into a crontab."""
        words = (sys.executable, "-m", "hrvctl", "--home", str(self.home.root), "--quiet")
        entry = Entry(
            name="me",
            at=self.at.time(),
            words=(*words, "daily", "--catch-up"),
            path=f"{Path(sys.executable).parent}:{CRON_PATH}",
            home=self.home.root,
        )
        _, line, _ = cron_lines(entry)
        return line.split(maxsplit=5)[5]

    def live(self, *, is_down: bool, is_withdrawn: bool) -> None:
        """One evening, after a day with a night."""
        self.at += DAY
        for vendor in (self.steady, self.failing, self.dead):
            vendor.nights[self.at.date()] = (50.0 + self.at.toordinal() % 7, 52)
        if is_withdrawn:
            self.dead.refresh, self.dead.alive = "", {}
        self.failing.moods = ["closed"] * 99 if is_down else []
        began, n_asked = time.monotonic(), len(self.dead.asked)
        variables = {
            "HOME": str(self.root), "LOGNAME": "me", "SHELL": "/bin/sh", "PATH": CRON_PATH,
            "PYTHONPATH": str(self.root), "EVENING": self.at.isoformat(),
        }  # fmt: skip
        given = [f"{name}={value}" for name, value in variables.items()]
        done = subprocess.run(
            ["env", "-i", *given, "/bin/sh", "-c", self.line()],
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        seconds = time.monotonic() - began
        n_asked = len(self.dead.asked) - n_asked
        shown = io.StringIO()
        with redirect_stdout(shown):
            run(["--home", str(self.home.root), "status"], clock=lambda: self.at)
        self.evenings.append(
            Evening(
                day=self.at.date(),
                code=done.returncode,
                mail=done.stdout + done.stderr,
                seconds=seconds,
                status=shown.getvalue(),
                is_down=is_down,
                n_asked_dead=n_asked,
            )
        )

    def sealed(self) -> dict[date, int]:
        """Days ahead of the final forecast of each morning."""
        with open_store(self.home, write=False) as store:
            return {
                row.forecast.target: row.forecast.horizon_days
                for row in load_sealed(store, "me")
                if row.forecast.source == AGENT
            }

    def pings(self) -> list[str]:
        """What the monitor was told at the end of each evening: the exit code."""
        ends = [one.path.rpartition("/")[2] for one in self.monitor.requests]
        return [end for end in ends if end != "start"]


@contextmanager
def world(root: Path) -> Iterator[World]:
    """A connected home, its vendors and its monitor."""

    def vendor() -> FakeVendor:
        nights = {TODAY - n * DAY: (50.0 + n % 7, 52) for n in range(NIGHTS)}
        return FakeVendor(nights=nights, now=now, life_s=3600.0)

    now: Callable[[], datetime] = lambda: made.at  # noqa: E731 - the world is made below
    with ExitStack() as stack:
        vendors = [stack.enter_context(serving(vendor())) for _ in range(3)]
        monitor = stack.enter_context(serving_monitor(sends(200, b"ok")))
        made = World(root, *vendors, monitor)
        made.connect()
        yield made


def live_evenings(root: Path, *, n: int, down: range, withdrawn: int) -> World:
    """Live so many evenings.

    Args:
        root: An empty folder.
        n: How many.
        down: The evenings on which one vendor is down.
        withdrawn: The evening before which another one's grant is withdrawn.
    """
    with world(root) as lived:
        for i in range(n):
            lived.live(is_down=i in down, is_withdrawn=i == withdrawn)
        return lived
