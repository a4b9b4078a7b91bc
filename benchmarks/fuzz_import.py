"""Offer thousands of damaged exports to a home, and see that none of them does harm.

    python benchmarks/fuzz_import.py [--examples 20000] [--first SEED] [--jobs 2]

Every example is one export made of the fixtures in tests/data/sources: bytes flipped, cut, columns
shuffled, rows doubled, other encodings, other values in cells and objects, wrapped into zips, and
bombs. Importing it ends well or with a clear error; a refused one leaves every row as it was; the
same one again changes nothing; nothing is written, run or asked for outside the home. Printed are
the counts, the largest memory of a process that did nothing else, and for every broken promise its
seed: `--examples 1 --first SEED` tries it alone. Exits with 1 when a promise was broken.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parents[1] / "tests"
# Memory that importing may take, MiB: of the program, and of files smaller than 5 MB.
MAX_MIB = 300
# Examples of one process: few enough that a leak shows, and that a crash loses little.
CHUNK = 2500
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.symlink", "os.link", "os.truncate"}
FORBIDDEN = {"socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec"}
SECRET = "/etc/passwd"  # noqa: S105 - what a bomb asks for


class Guard:
    """Notes what is done outside a home while an import is at work (PEP 578)."""

    def __init__(self) -> None:
        self.home = ""
        self.seen: list[str] = []
        sys.addaudithook(self._hear)

    @contextmanager
    def watch(self, home: Path) -> Iterator[None]:
        """Watch over one import.

        Raises:
            AssertionError: Something was written, run or asked for outside the home.
        """
        self.home, self.seen = str(home), []
        try:
            yield
        finally:
            self.home = ""
        assert not self.seen, self.seen  # noqa: S101 - that is what this script is for

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if self.home and self._is_harm(event, args):
            self.seen.append(f"{event} {args[:1]}")

    def _is_harm(self, event: str, args: tuple[Any, ...]) -> bool:
        if event in FORBIDDEN:
            return True
        if event == "open":
            is_writing = isinstance(args[2], int) and args[2] & WRITING
            return str(args[0]) == SECRET or bool(is_writing and self._is_outside(args[0]))
        if event == "sqlite3.connect":
            return args[0] != ":memory:" and self._is_outside(args[0])
        return event in CHANGES and self._is_outside(args[0])

    def _is_outside(self, path: object) -> bool:
        if isinstance(path, int):  # a file that was opened before, and looked at then
            return False
        return not str(path).removeprefix("file://").startswith(self.home)


def work(first: int, n: int) -> dict[str, Any]:
    """Try the examples of one process."""
    sys.path.insert(0, str(TESTS))
    from sources.trials import Trials

    warnings.simplefilter("error")
    broken, slowest, peak = [], (0.0, first), (0.0, first)
    with tempfile.TemporaryDirectory() as folder:
        trials = Trials(Path(folder), watch=Guard().watch)
        for seed in range(first, first + n):
            start = time.perf_counter()
            try:
                trials.run(seed)
            except Exception as error:  # noqa: BLE001 - none is right
                where = traceback.extract_tb(error.__traceback__)[-1]
                notes = " ".join(getattr(error, "__notes__", ()))
                told = f"{type(error).__name__}: {error}"[:300]
                broken.append(f"{told} ({Path(where.filename).name}:{where.lineno}) {notes}")
            slowest = max(slowest, (time.perf_counter() - start, seed))
            peak = max(peak, (peak_mib(), -seed))  # of one memory, whoever reached it first
    return {
        "taken": trials.n_taken,
        "refused": trials.n_refused,
        "peak": (peak[0], -peak[1]),
        "broken": broken,
        "slowest": slowest,
    }


def peak_mib() -> float:
    """The most memory this process has taken so far."""
    unit = 1024**2 if sys.platform == "darwin" else 1024  # getrusage(2): bytes there, KiB elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def run(examples: int, first: int, jobs: int) -> list[dict[str, Any]]:
    """Try every example, some processes at a time."""
    chunks = [
        (start, min(CHUNK, first + examples - start))
        for start in range(first, first + examples, CHUNK)
    ]
    results = []
    for place in range(0, len(chunks), jobs):
        working = [
            subprocess.Popen(
                [sys.executable, __file__, "--work", *map(str, chunk)], stdout=subprocess.PIPE
            )
            for chunk in chunks[place : place + jobs]
        ]
        results += (done := [json.loads(process.communicate()[0]) for process in working])
        # At once: who stops a long run early has not run it in vain.
        print(*(f"{told}\n" for r in done for told in r["broken"]), sep="", end="", file=sys.stderr)
        n = sum(result["taken"] + result["refused"] for result in results)
        print(f"{n:,} tried", file=sys.stderr)
    return results


def main(argv: Sequence[str] | None = None) -> int:
    """Try, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--examples", type=int, default=20_000)
    parser.add_argument("--first", type=int, default=0, metavar="SEED")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--work", type=int, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.work:
        print(json.dumps(work(*options.work)))
        return 0
    results = run(options.examples, options.first, options.jobs)
    broken = [told for result in results for told in result["broken"]]
    peak, peak_seed = max(tuple(result["peak"]) for result in results)
    seconds, seed = max(tuple(result["slowest"]) for result in results)
    print(f"examples       {options.examples:,}")
    print(f"taken in       {sum(result['taken'] for result in results):,}")
    print(f"refused        {sum(result['refused'] for result in results):,}")
    print(f"peak memory    {peak:.0f} MiB (at most {MAX_MIB}; seed {peak_seed})")
    print(f"slowest        {seconds:.1f} s (seed {seed})")
    print(f"broken         {len(broken)}")
    print("\n".join(broken[:20]))
    return 1 if broken or peak > MAX_MIB else 0


if __name__ == "__main__":
    sys.exit(main())
