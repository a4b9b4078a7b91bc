"""Time the reading of a journal's text: it must be linear, whatever is written.

    python benchmarks/journal_speed.py [--repeats 5]

Prints the median time for 1, 10 and 100 kB of journal text and of text made to be slow, and how
much longer ten times the text takes (10 is linear). Ends with 1 when 100 kB take a second or more.
"""

import argparse
import sys
from collections.abc import Mapping
from itertools import pairwise
from statistics import median
from time import perf_counter

from hrvctl.domain.journal_text.reader import read_text
from hrvctl.domain.journal_text.vocabulary import Vocabulary, build_vocabulary, shipped

SIZES = (1_000, 10_000, 100_000)
GOAL_MS = 1000.0  # for the longest, on two slow cores
# Each is repeated to the length wanted.
TEXTS: Mapping[str, str] = {
    "journal": (
        "2 beers, stress 7/10, slept badly, no caffeine, my HRV tomorrow will be 62\n"
        "- [x] sauna for 30 min\nHad coffee at 16:30 with Anna, didn\u2019t train "
        "because I was sick.\n"
        "Wrote a long letter to grandmother about the garden, the weather and the old days.\n"
    ),
    "one line": "no alcohol or caffeine and 2 beers with my wife tomorrow ",
    "unknown words": "zanzibar blorked florb ",
    "one word": "a",
    "negators": "no not never ",
    "things": "beer coffee sauna ",
    "drank": "drank ",
    "numbers": "2 ",
    "digits": "1,",
    "shares": "7/10 / ",
    "times": "16:30 at ",
    "equals": "a=",
    "glued names": "a-",
    "colons": "alcohol: ",
    "hash tags": "#sick-",
    "brackets": "](",
    "boxes": "- [ ] ",
    "tildes": "~~a",
    "fences": "```\n~~~\n",
    "addresses": "http:// www.",
    "commas": "no a, or ",
    "apostrophes": "don\u2019t'",
    "dots": "a.",
    "emoji": "🍺",
    "folds": "ßİŉ ",
    "blanks": " \t\u00a0",
    "line ends": "\r\n",
    "near phrases": "not very not so not ",
    "guesses": "hrv tomorrow guess 62 and ",
}


def main() -> int:
    """Print one line a kind of text; 1 when the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    start = perf_counter()
    vocabulary = build_vocabulary(shipped())
    print(f"vocabulary built in {1000 * (perf_counter() - start):.0f} ms")
    print(f"{'text':15}" + "".join(f"{size // 1000:>7} kB" for size in SIZES) + "    ratios")
    fine = True
    for name, piece in TEXTS.items():
        took = []
        for size in SIZES:
            text = (piece.encode() * (size // len(piece) + 1))[:size].decode(errors="ignore")
            took.append(median(_time(text, vocabulary) for _ in range(repeats)))
        fine &= took[-1] < GOAL_MS
        ratios = "".join(f"{b / a:6.1f}" for a, b in pairwise(took))
        print(f"{name:15}" + "".join(f"{ms:7.1f} ms" for ms in took) + f"  {ratios}", flush=True)
    return 0 if fine else 1


def _time(text: str, vocabulary: Vocabulary) -> float:
    start = perf_counter()
    read_text(text, vocabulary)
    return 1000 * (perf_counter() - start)


if __name__ == "__main__":
    sys.exit(main())
