"""Make text from outside safe to show: on a terminal, in a spreadsheet, in Markdown, in a log.

File names, journal words, vendors' strings, settings and error texts may hold anything: escape
sequences, bidirectional overrides, formulas, links.
"""

import re
import unicodedata

# What a terminal may act on or show in another place: control and format characters, lone
# surrogates, line and paragraph separators (Unicode, General_Category).
UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Those that stay: the line ends and tabs of our own texts, and the joiners that emoji and Persian
# words are spelled with.
KEPT = "\n\t\u200c\u200d"
# Code points that no text has (Unicode 23.7).
_NONCHARACTERS = re.compile("[\ufdd0-\ufdef]")

# The first character of a cell that a spreadsheet would run as a formula (OWASP, CSV injection).
FORMULA_SIGNS = "=+@\t\r\n-"
# A cell begins where the text does, and after whatever a spreadsheet may be told is a separator.
_CELL_START = r"(?:\A|(?<=[;|\t\r\n]))"
_TO_QUOTE = re.compile(rf"{_CELL_START}(?='*[\" ]*[{FORMULA_SIGNS}])")
_QUOTED = re.compile(rf"{_CELL_START}'(?='*[\" ]*[{FORMULA_SIGNS}])")

# Punctuation with a meaning in Markdown or HTML (CommonMark 2.4), and that of an address in
# words, which GitHub's dialect makes a link.
_MARKDOWN = re.compile(r"[\\`*_{}\[\]<>()#+!|&~]|(?<=[^\W\d])[.:@]")


def printable(text: str) -> str:
    """Escape what a terminal could act on; line ends and tabs stay."""
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return "".join(
        _escaped(sign) if sign not in KEPT and unicodedata.category(sign) in UNSAFE else sign
        for sign in text
    )


def one_line(text: str) -> str:
    """Escape what a terminal could act on, and make line ends and tabs spaces.

    Noncharacters are escaped too: in the program's own texts they mark emphasis.
    """
    if text.isascii() and text.isprintable():
        return text
    blank = "".join(" " if sign.isspace() else sign for sign in text)
    return printable(_NONCHARACTERS.sub(lambda found: _escaped(found[0]), blank))


def shortened(text: str, longest: int) -> str:
    """The text as ``one_line`` has it, cut off with three dots beyond so many characters."""
    shown = one_line(text)
    return shown if len(shown) <= longest else f"{shown[: longest - 3]}..."


def is_one_line(text: str) -> bool:
    """Whether a text has no line end, no control character and no lone surrogate."""
    return not any(unicodedata.category(sign) in UNSAFE - {"Cf"} for sign in text)


def spreadsheet_cell(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would run as a formula, whatever separates cells.

    A text that has such an apostrophe already gets one more, so that ``from_spreadsheet`` can tell.
    """
    return _TO_QUOTE.sub("'", text)


def from_spreadsheet(text: str) -> str:
    """Undo ``spreadsheet_cell``."""
    return _QUOTED.sub("", text)


def markdown(text: str) -> str:
    """Escape a text for one line of Markdown, links and HTML included."""
    return _MARKDOWN.sub(r"\\\g<0>", one_line(text))


def _escaped(sign: str) -> str:
    return sign.encode("unicode_escape").decode()
