"""The items of a line: phrases, numbers, shares, times and marks."""

import re
from dataclasses import dataclass

from hrvctl.domain.journal_text.phrases import Meaning

# Beyond it a number is an account, a phone or noise (own choice).
MAX_DIGITS = 12
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")
NO_ROLES: frozenset[str] = frozenset()


@dataclass(slots=True, eq=False)
class Item:
    """A phrase, number, time or mark of a line.

    Attributes:
        kind: ``phrase``, ``unknown`` (a word), ``number``, ``share`` (7/10), ``percent``,
            ``time``, ``murky`` (a number nobody can tell the meaning of) or ``mark``.
        word: Folded.
        start, end: Offsets into the text.
        is_glued: No blank stands before it.
        meaning: Of a phrase.
        value: Of a number; the share, 0 to 1, of a share or percentage; minutes of a time.
        top, bottom: Of a share; of a range, its ends.
        is_sure: Of a time: it cannot be twelve hours off; of a number: it is no "60+".
        is_tag: It was written as ``#tag``.
        is_used: It was taken as the value of something.
    """

    kind: str
    word: str
    start: int
    end: int
    is_glued: bool = False
    meaning: Meaning | None = None
    value: float = 0.0
    top: float = 0.0
    bottom: float = 0.0
    is_sure: bool = True
    is_tag: bool = False
    is_used: bool = False

    @property
    def roles(self) -> set[str] | frozenset[str]:
        """The lists of the vocabulary it stands in."""
        return self.meaning.roles if self.meaning else NO_ROLES


def read_number(word: str) -> float | None:
    """A number as written; ``None`` where it may as well be a list, a date or a version.

    A decimal comma is one only where no list would be written so: ``62,5`` but not ``62,65`` or
    ``2,3``.
    """
    if len(word) > MAX_DIGITS or word.count(".") > 1:
        return None
    if "," not in word:
        return float(word)
    if _THOUSANDS.fullmatch(word):
        return float(word.replace(",", ""))
    whole, _, part = word.partition(",")
    if not part.isdecimal() or "." in whole:
        return None
    is_half = part == "5"
    is_list = len(part) > 1 or (len(whole) == 1 and part > whole)
    if is_half or whole == "0" or not is_list:
        return float(f"{whole}.{part}")
    return None
