"""Thirty evenings by cron while vendors fail: one is down for a week, another's grant is dead.

    python benchmarks/pull_evenings.py [--evenings 30] [--down 7]

Each evening is a process by the crontab's line under `env -i`, by a clock that shows that evening,
with three made-up vendors and a monitor on this machine. Printed are a line an evening, and at the
end whether every morning had its forecast, how often the outage and the dead grant were told, and
how long evenings took. Exit code 1 if anything was not as it should be.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).parents[1] / "tests"


def main() -> int:
    """Live the evenings, and say what came of them."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--evenings", type=int, default=30)
    options.add_argument("--down", type=int, default=7, help="evenings on which a vendor is down")
    given = options.parse_args()
    sys.path.insert(0, str(TESTS))
    from vendors.unattended import DAY, live_evenings

    down = range(given.evenings // 4, given.evenings // 4 + given.down)
    withdrawn = given.evenings // 2
    with tempfile.TemporaryDirectory() as folder:
        lived = live_evenings(Path(folder), n=given.evenings, down=down, withdrawn=withdrawn)
        sealed = lived.sealed()
    missing, told = [], []
    for i, one in enumerate(lived.evenings):
        n_said = one.mail.count("oura: the connection failed")
        is_told = "hrvctl connect whoop" in one.mail
        if sealed.get(one.day + DAY) != 1:
            missing.append(one.day)
        if is_told:
            told.append(i)
        print(
            f"{one.day}  code {one.code}  {one.seconds:5.1f} s  mail {len(one.mail):5d} characters"
            f"{'  down' if one.is_down else ''}{f', mailed {n_said} times' if n_said else ''}"
            f"{'  told to sign in again' if is_told else ''}"
        )
    well = [one.seconds for one in lived.evenings if not one.is_down]
    ill = [one.seconds for one in lived.evenings if one.is_down]
    print(f"mornings without a forecast: {len(missing)} of {len(lived.evenings)}")
    most = max(one.mail.count("oura: the connection failed") for one in lived.evenings)
    print(f"the outage, {len(ill)} evenings: mailed {most} times an evening at most")
    print(
        f"the dead grant: told on {len(told)} evening, pings {lived.pings().count('6')},", end=" "
    )
    print(f"tried again {lived.dead.n_dead_tries} times")
    print(f"an evening: {statistics.median(well):.1f} s, with the vendor down ", end="")
    print(f"{statistics.median(ill):.1f} s (medians)" if ill else "-")
    is_well = (
        not missing
        and most <= 1
        and told == [withdrawn]
        and lived.pings().count("6") == 1
        and not lived.dead.n_dead_tries
    )
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
