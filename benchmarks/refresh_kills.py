"""Kill pulls around the renewal of a single-use token, hundreds of times, and see what is lost.

    python benchmarks/refresh_kills.py [--kills 200] [--seed 1]

Each round starts a pull whose token has ended, in a process of its own, and sends SIGKILL before
the made-up vendor renews it, after it has and before it answers, within 20 ms of its answer, at the
first request with the new token, or at any time. Then pulls go on to the end. Printed are the kills
by point, how often the person had to sign in again, and how often needlessly: the vendor would have
honoured what was on the disk. Exit code 1 if that, or a second try of a dead token, happened once.
"""

import argparse
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

TESTS = Path(__file__).parents[1] / "tests"


def main() -> int:
    """Kill so many pulls, and say what became of the connection."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    sys.path.insert(0, str(TESTS))
    from vendors.kills import POINTS, patient

    draw = random.Random(given.seed)  # noqa: S311 - no secret
    kills: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder, patient(Path(folder)) as made:
        for _ in range(given.kills):
            point = draw.choice(POINTS)
            before = made.n_ended
            made.kill_at(point, draw)
            made.recover()
            kills[point] += 1
            ended[point] += made.n_ended - before
        n_dead_tries = made.vendor.n_dead_tries
    for point in POINTS:
        print(f"{point:10} {kills[point]:4} kills, signed in again {ended[point]:4}")
    print(f"signed in again needlessly {made.n_lost}, dead tokens tried again {n_dead_tries}")
    return 1 if made.n_lost or n_dead_tries else 0


if __name__ == "__main__":
    sys.exit(main())
