"""Send random hostile strings through every input, and see that no output has one raw.

    python benchmarks/hostile_text.py [--strings 5000] [--seed 1]

The ways in and what counts as raw are those of tests/cli/test_outside_text.py. Each string goes
through one way in, as text and as JSON; the program exits with 1 when an output has a sign that a
terminal acts on, or a line that a string began.
"""

import argparse
import random
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from commands import run_at

from hrvctl.store.home import Home

TESTS = Path(__file__).parents[1] / "tests"
EVENING = datetime(2026, 3, 10, 21, tzinfo=UTC)
FORGED = "\nhrvctl: all is well"
PIECES = (
    *("\x1b[2J", "\x1b]52;c;eA==\x07", "\x9b31m", "\x90", "\u202e", "\u2066", "\r", FORGED, "\t"),
    *("\x7f", "\u2028", "\x85", "\ufdd0", "\U000e0041", "=1+1", "<b>", "[x](y)", "`", "%", "beer"),
)
# Strings for each home; then a new one, so that no command has thousands of notes to list.
STRINGS_A_HOME = 50


def hostile(rng: random.Random) -> str:
    """Pieces that terminals, logs and pages act on, among any characters."""
    return "".join(
        rng.choice(PIECES)
        if rng.random() < 0.7
        else chr(rng.choice((rng.randrange(1, 0x300), rng.randrange(0x2000, 0x2100))))
        for _ in range(rng.randint(1, 6))
    ).replace("/", "|")  # they are names of files, too


def main() -> int:
    """Print how many strings were sent through how many ways in, and each that came out raw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strings", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    sys.path.insert(0, str(TESTS))
    from cli.test_outside_text import calls, raw

    rng = random.Random(args.seed)  # noqa: S311 - draws cases, not secrets
    fallen: list[tuple[str, ...]] = []
    ways: Counter[str] = Counter()
    todo = [hostile(rng) for _ in range(args.strings)]
    for begin in range(0, len(todo), STRINGS_A_HOME):
        with tempfile.TemporaryDirectory() as name:
            home = Home(Path(name, "home"))
            home.root.mkdir(mode=0o700)
            for i, text in enumerate(todo[begin : begin + STRINGS_A_HOME]):
                folder = Path(name, f"outside-{i}")
                folder.mkdir()
                words = rng.choice(list(calls(text, folder, home)))
                ways[words[0] if words[0] != text else "(itself)"] += 1
                for style in ((), ("--json",)):
                    _, out, err = run_at(home.root, EVENING, *style, *words)
                    if raw(out + err) or FORGED in out + err:
                        fallen.append(words)
            log = home.log.read_text(encoding="utf-8") if home.log.exists() else ""
            if raw(log):
                fallen.append(("the log of", *todo[begin : begin + STRINGS_A_HOME]))
    for words in fallen:
        print("raw:", ascii(words))
    print(f"{len(todo)} strings through {len(ways)} commands, {len(fallen)} came out raw")
    return int(bool(fallen))


if __name__ == "__main__":
    sys.exit(main())
