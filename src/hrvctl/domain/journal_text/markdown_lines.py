"""Split tokens into lines, and interpret headings, bullets and checkboxes of Markdown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from hrvctl.domain.journal_text.tokens import Token

# Unticked checkboxes drawn as one character.
_EMPTY_BOXES = frozenset("☐⬜◻□")
_BULLETS = frozenset("->+•·‣◦")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line without its bullet, number or checkbox.

    Attributes:
        tokens: The rest of the line.
        is_heading: Whether it is a Markdown heading.
        is_bulleted: Whether it had a bullet, number or checkbox.
        indent: Characters before its first token.
    """

    tokens: Sequence[Token]
    is_heading: bool = False
    is_bulleted: bool = False
    indent: int = 0


def split_lines(tokens: Sequence[Token]) -> Iterator[Line]:
    """Split tokens into lines; lines with an unticked checkbox are left out."""
    start = margin = 0
    for end in range(len(tokens) + 1):
        if end < len(tokens) and tokens[end].kind != "line":
            continue
        if end > start and (line := _line(tokens[start:end])):
            yield replace(line, indent=tokens[start].start - margin)
        start = end + 1
        margin = tokens[end].end if end < len(tokens) else 0


def _line(tokens: Sequence[Token]) -> Line | None:
    at = 0
    while at < len(tokens) and tokens[at].word == "#":
        at += 1
    if 0 < at < len(tokens) and not tokens[at].is_glued:
        return Line(tokens=tokens[at:], is_heading=True)
    at = _bullet_length(tokens)
    box = [token.word for token in tokens[at : at + 3]]
    if box[:2] == ["[", "]"] or (box and box[0] in _EMPTY_BOXES):
        return None
    if len(box) == 3 and box[0] == "[" and box[2] == "]" and tokens[at + 2].is_glued:
        if box[1] != "x" and len(box[1]) == 1 and tokens[at + 1].kind == "mark":
            return None  # - [-] cancelled, - [>] postponed
        if box[1] == "x":
            at += 3
    return Line(tokens=tokens[at:], is_bulleted=at > 0)


def _bullet_length(tokens: Sequence[Token]) -> int:
    """Number of tokens of a bullet or list number at the start of a line."""
    if len(tokens) > 1 and tokens[0].word in _BULLETS:
        return 1
    if len(tokens) > 2 and tokens[0].kind == "number" and tokens[1].word in (".", ")"):
        return 2 if tokens[1].is_glued and not tokens[2].is_glued else 0
    return 0
