"""Test commands on a disk that fills up, turns read-only or loses permissions at any instant.

    sudo python benchmarks/faults.py [--trials 60] [--seed 1]

Each trial runs one command in a simulated person's home and breaks the home during it: its small
disk is filled to the last byte, or the permissions of a folder or the database are removed. The
command may succeed or fail (1, 3, 10 or 12), but never with a traceback; what it reported as done
is stored; and once the home is repaired the next `daily` succeeds. At the end the disk is made
read-only: commands that read succeed, commands that write end with 10. Needs Linux, and root to
mount; the commands themselves run without root's capabilities.
"""

import argparse
import ctypes
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

from invariants import faults_of, temp_file_names
from promises import badly_closed_runs
from torture import N_DAYS, PERSON_SEED, Patient, preload

from hrvctl.samples.people import draw_people
from hrvctl.samples.simulation import simulate_until
from hrvctl.samples.whoop_export import write_export

# Size of the disk, bytes: a home with a few runs takes 3 MB, a run requires 5 MB free.
DISK = 24 * 2**20
# Version 3 of Linux's capabilities (linux/capability.h): two words of 32 each.
CAPABILITIES_V3 = 0x20080522
# 12: the config file of a home without permissions cannot be read.
ALLOWED = (0, 1, 3, 4, 10, 12)


def drop_powers() -> None:
    """Drop all capabilities of this process, so that permissions apply to root too."""
    header = (ctypes.c_uint32 * 2)(CAPABILITIES_V3, 0)
    if ctypes.CDLL(None, use_errno=True).capset(header, (ctypes.c_uint32 * 6)()):
        raise OSError(ctypes.get_errno(), "capset")


class Subject(Patient):
    """A home on a small disk, whose commands run without capabilities."""

    def become(self, words: list[str]) -> None:
        """Run a command without capabilities."""
        drop_powers()
        super().become(words)

    def fill(self) -> Callable[[], None]:
        """Fill the disk; returns a function that frees it again."""
        ballast = self.root / "ballast"
        with ballast.open("wb", buffering=0) as file:
            for size in (2**20, 2**12, 1):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    continue
        return ballast.unlink

    def close(self) -> Callable[[], None]:
        """Remove permissions of a random path; returns a function that restores them."""
        places = [
            self.home,
            self.home / "hrvctl.db",
            self.home / "inbox",
            self.home / "dagster",
            self.home / "dagster" / "artifacts" / "me",
            self.home / "dagster" / "history" / "runs",
        ]
        place = self.draw.choice([p for p in places if p.exists()])
        before = place.stat().st_mode
        place.chmod(self.draw.choice((0o000, 0o400, 0o500)))
        return lambda: place.chmod(before)

    def trial(self) -> list[str]:
        """Run one command, break the home during it, repair it, and check it."""
        what, words = self.commands.draw()
        how = self.draw.choice((self.fill, self.close))
        pid = self.start(words)
        time.sleep(self.draw.uniform(0, self.usual(words)))
        repair = how()
        _, status = os.waitpid(pid, 0)
        code, said = os.waitstatus_to_exitcode(status), self.said()
        repair()
        self.ended[f"{how.__name__}: {what} {code}"] += 1
        faults = []
        if code not in ALLOWED or "a bug" in said or "Traceback" in said:
            faults.append(f"ended with {code}: {said}")
        if code == 0:
            self.keep(what, words)
        elif what == "restore":
            self.commands.may_be_restored()
        if (after := self.finish(["daily", "--catch-up"])) not in (0, 4):
            faults.append(f"the next daily ended with {after}: {self.said()}")
        else:
            self.commands.settle()
        faults += [
            *faults_of(self.home),
            *self.commands.missing(),
            *badly_closed_runs(self.home, set()),
        ]
        faults += [f"left over: {name}" for name in temp_file_names(self.home)]
        return [f"{how.__name__} in {' '.join(words)}: {fault}" for fault in faults]

    def read_only(self) -> list[str]:
        """Check that commands that read succeed and commands that write end with 10."""
        mount("-o", "remount,ro", str(self.root.parent))
        faults = []
        for words, wanted in (
            (["status"], 0),
            (["show", "forecast"], 0),
            (["ledger", "verify"], 0),
            (["daily"], 10),
            (["guess", "61"], 10),
            (["journal", "add", "beer"], 10),
            (["prune"], 10),
        ):
            done = subprocess.run(
                [sys.executable, "-m", "hrvctl", "--home", str(self.home), *words],
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode != wanted or "a bug" in done.stderr:
                faults.append(f"read-only: {words}: {done.returncode}: {done.stderr}")
        mount("-o", "remount,rw", str(self.root.parent))
        return faults


def mount(*words: str) -> None:
    """Run the system's mount command."""
    subprocess.run(["mount", *words], check=True)


def main() -> int:
    """Run the trials and print the faults; returns 1 when there are any."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="faults-"))
    (traits,) = draw_people(1, PERSON_SEED)
    today = date.today()  # noqa: DTZ011 - the person's own
    person = simulate_until(traits, last_day=today, n_days=N_DAYS, seed=PERSON_SEED)
    write_export(person, root / "export")
    preload(root, root / "export")
    ended: Counter[str] = Counter()
    disk = root / "disk"
    disk.mkdir()
    mount("-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(disk))
    faults: list[str] = []
    try:
        seed = options.seed
        subject = Subject(disk / "subject", root / "export", seed, fresh_every=0, talk=root)
        for n in range(options.trials):
            faults += [f"trial {n}: {fault}" for fault in subject.trial()]
            for backup in (subject.home / "backups").glob("*.db"):
                backup.unlink()  # or they alone would fill the disk
            if faults:
                break
        faults += subject.read_only()
        ended = subject.ended
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)
    print(f"{ended.total()} trials: {dict(sorted(ended.items()))}")
    print(
        "\n".join(faults)
        if faults
        else "nothing lost, every error reported, every next run succeeded"
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
