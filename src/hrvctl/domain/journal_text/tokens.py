"""Split a text into words, numbers, clock times and marks, independent of the language.

Tokens are found in a folded copy of the text, in which case and the variants of blanks, apostrophes
and dashes no longer differ. Folding may change lengths ("ß" becomes "ss"), so every token carries
offsets into the original text. All patterns are linear in the length of the text.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

# Apostrophes and dashes as keyboards and word processors set them. Soft hyphens, joiners, variation
# selectors and skin tones carry no meaning.
_ALIKE = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u02bc\u2032\u00b4\uff07", "'"),
        **dict.fromkeys("\u2010\u2011\u2212\ufe63\uff0d", "-"),
        **dict.fromkeys("\u2012\u2013\u2014\u2015", "\u2014"),
        **dict.fromkeys("\u00ad\u200c\u200d\u2060\ufe0e\ufe0f\ufeff", ""),
        **{chr(tone): "" for tone in range(0x1F3FB, 0x1F400)},
        "\u200b": " ",
    }
)
LINE_END = r"\n\r\v\f\x1c-\x1e\x85\u2028\u2029"
_FENCE = re.compile(
    rf"(?:\A|(?<=[{LINE_END}]))[^\S{LINE_END}]*(```|~~~)[^`{LINE_END}]*(?=[{LINE_END}]|\Z)"
)
# Not read: addresses, the target of a Markdown link, struck-out text. The character classes exclude
# what opens the pattern, so that no two attempts scan the same text.
_SKIPPED = re.compile(
    rf"\b(?:[a-z][a-z0-9+]{{1,15}}://|www\.)\S*|(?<=\])\([^(){LINE_END}]*\)|~~[^~{LINE_END}]+~~"
)
_TOKEN = re.compile(
    rf"""
    (?P<line>[{LINE_END}])
  | (?P<time>(?:[01]?\d|2[0-3])(?::[0-5]\d(?![\d:])|h[0-5]\d(?!\w)))
  | (?P<number>\d+(?:[.,]\d+)*|(?<![\w.])\.\d+)
  | (?P<word>(?:[^\W\d_]\.)+[^\W\d_](?![\w'])\.?                  # p.m.
           | [x\u00d7](?=\d)                                      # x2
           | [^\W\d_](?:[\w\u0300-\u036f]|'(?=[^\W\d_]))*)        # didn't
  | (?P<mark>\S)
    """,
    re.VERBOSE,
)
# A number with more characters is an account or phone number, or noise (own choice).
MAX_DIGITS = 12
GROUP = 3  # digits of a group of thousands
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")
_SWAPPED = str.maketrans(".,", ",.")
# Quotes and emphasis around words do not change their meaning.
_IGNORED = frozenset("\"*`'_\u201c\u201d\u201e\u00ab\u00bb^\\")


def parse_number(word: str, *, has_decimal_comma: bool = False) -> float | None:
    """Parse a number as written; ``None`` if it may as well be a list, a date or a version.

    A comma is a decimal comma only where a list would not be written like that: ``62,5`` but not
    ``62,65`` or ``2,3``.

    Args:
        word: The number.
        has_decimal_comma: Whether its language writes 1.500 for 1,500.
    """
    if has_decimal_comma and _THOUSANDS.fullmatch(word.translate(_SWAPPED)):
        word = word.translate(_SWAPPED)
    if len(word) > MAX_DIGITS or word.count(".") > 1:
        return None
    if "," not in word:
        return float(word)
    if _THOUSANDS.fullmatch(word):
        return float(word.replace(",", ""))
    whole, _, part = word.partition(",")
    if not part.isdecimal() or "." in whole:
        return None
    is_list = len(part) > 1 or (len(whole) == 1 and part > whole)
    if part == "5" or whole == "0" or not is_list:
        return float(f"{whole}.{part}")
    return None


class Token(NamedTuple):
    """A word, number, clock time, mark or line end.

    Attributes:
        kind: ``line``, ``time``, ``number``, ``word`` or ``mark``.
        word: The folded text of the token.
        start, end: Offsets into the original text.
        is_glued: Whether no blank precedes it.
        is_capital: Whether it starts with a capital letter.
    """

    kind: str
    word: str
    start: int
    end: int
    is_glued: bool
    is_capital: bool = False


def number_at(
    tokens: Sequence[Token], at: int, *, has_decimal_comma: bool
) -> tuple[float | None, int]:
    """Parse the number that begins at a token, and count its tokens.

    A language with a decimal comma parts the thousands of 10 000 with a blank.
    """
    word, n = tokens[at].word, 1
    if has_decimal_comma and word.isdecimal() and len(word) <= GROUP:
        for token in tokens[at + 1 :]:
            if token.kind != "number" or token.is_glued or len(token.word) != GROUP:
                break
            word += token.word
            n += 1
    return parse_number(word, has_decimal_comma=has_decimal_comma), n


class Folding(dict[str, str]):
    """Cache of the folded form of each character."""

    def __missing__(self, char: str) -> str:
        one = char.translate(_ALIKE)
        if one:
            composed = unicodedata.normalize("NFKC", one)
            one = composed if len(composed) == 1 else one
            one = str(unicodedata.decimal(one)) if one.isdecimal() else one
            one = one.upper().casefold().translate(_ALIKE)
        self[char] = one
        return one


_FOLDING = Folding()


def fold(text: str) -> tuple[str, list[int] | None]:
    """Fold a text.

    Returns:
        The folded text, and the original offset of each of its characters plus one for the end;
        ``None`` instead of the offsets if none of them changed.
    """
    if text.isascii():
        return text.lower(), None
    pieces = [_FOLDING[char] for char in text]
    folded = "".join(pieces)
    if len(folded) == len(text) and all(map(len, pieces)):
        return folded, None
    starts = [at for at, piece in enumerate(pieces) for _ in piece]
    return folded, [*starts, len(text)]


def tokenize(text: str) -> list[Token]:
    """Split a text into tokens, without code blocks, addresses and hyphens inside words."""
    folded, starts = fold(text)
    folded = _blank(folded)
    tokens: list[Token] = []
    last = 0
    for found in _TOKEN.finditer(folded):
        kind, (start, end) = found.lastgroup or "mark", found.span()
        word = found[0]
        if kind == "mark" and word in _IGNORED:
            # The tokens around an ignored mark still count as glued.
            last = end if start == last else last
            continue
        if kind == "word":
            word, end = _trim(word, end)
        is_glued = start == last
        last = end
        if starts is not None:
            start, end = starts[start], starts[end - 1] + 1
        tokens.append(Token(kind, word, start, end, is_glued, text[start].isupper()))
    return list(_without_hyphens(tokens))


def _trim(word: str, end: int) -> tuple[str, int]:
    if word[-1] == "_":
        bare = word.rstrip("_")
        word, end = bare, end - len(word) + len(bare)
    elif "." in word:
        word = word.replace(".", "")
    if not word.isascii():
        word = unicodedata.normalize("NFC", word)
    return word, end


def _blank(folded: str) -> str:
    """Replace fenced code, addresses and struck-out text by as many blanks."""
    pieces, at = [], 0
    for start, end in _fenced(folded):
        pieces += [folded[at:start], " " * (end - start)]
        at = end
    folded = "".join([*pieces, folded[at:]])
    return _SKIPPED.sub(lambda found: " " * len(found[0]), folded)


def _fenced(folded: str) -> Iterator[tuple[int, int]]:
    """Find the spans of fenced code; a fence that is never closed reaches to the end."""
    start, mark = 0, ""
    for fence in _FENCE.finditer(folded):
        if not mark:
            start, mark = fence.start(), fence[1]
        elif fence[1] == mark:
            yield start, fence.end()
            mark = ""
    if mark:
        yield start, len(folded)


def _without_hyphens(tokens: list[Token]) -> Iterator[Token]:
    """Drop hyphens inside a word ("ice-bath"), but not between two numbers."""
    for i, token in enumerate(tokens):
        if token.word == "-" and token.is_glued and 0 < i < len(tokens) - 1:
            before, after = tokens[i - 1], tokens[i + 1]
            joins = after.is_glued and after.kind in ("word", "number")
            if joins and before.kind in ("word", "number") and "word" in (before.kind, after.kind):
                continue
        yield token
