"""Phrases: how a vocabulary writes them, and how they are found in a text."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from hrvctl.domain.journal_text.tokens import Token, tokenize

# Spellings one phrase may stand for (own choice: more is a mistake, not a phrase).
MAX_SPELLINGS = 200
_PLAIN = re.compile(r"[a-z ]+")
_GROUP = re.compile(r"\(([^()]*)\)")


class BadPhrase(ValueError):
    """A phrase that cannot be read; the message says why."""


def spellings(phrase: str) -> list[str]:
    """All spellings of a phrase, folded, its words parted by one blank.

    ``(s)`` may be there or not, ``(ice|cold) bath`` is one or the other, ``(very|) good`` one or
    nothing.

    Raises:
        BadPhrase: It has no word, open brackets, or too many spellings.
    """
    found = [""]
    at = 0
    for group in _GROUP.finditer(phrase):
        choices = group[1].split("|") if "|" in group[1] else ["", group[1]]
        found = [f"{one}{phrase[at : group.start()]}{c}" for one in found for c in choices]
        at = group.end()
        if len(found) > MAX_SPELLINGS:
            raise BadPhrase(f"stands for more than {MAX_SPELLINGS} spellings")
    found = [one + phrase[at:] for one in found]
    if any(mark in one for one in found for mark in "()|"):
        raise BadPhrase("brackets or bars that do not pair")
    texts = [_folded(one) for one in found]
    if not all(texts):
        raise BadPhrase("has no word in it")
    return list(dict.fromkeys(texts))


def _folded(text: str) -> str:
    text = text.lower()
    if _PLAIN.fullmatch(text):  # nearly all of them: no need to look closer
        return " ".join(text.split())
    return " ".join(token.word for token in tokenize(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a phrase says of a tag.

    Attributes:
        tag: The tag.
        kind: ``word`` (a thing), ``each`` (a thing to be counted), ``act`` (a whole statement),
            ``alone`` (a statement only where no thing follows), ``none`` (says there was none of
            it), ``thing`` (counts only when late) or ``name`` (counts only as ``name=value``).
        each: Units of the tag that one of it is; ``None`` where it cannot be counted.
        is_bare: Whether it says something without an amount.
    """

    tag: str
    kind: str
    each: float | None = None
    is_bare: bool = True


@dataclass(slots=True)
class Meaning:
    """All that one phrase can mean.

    Attributes:
        phrase: Its words, parted by one blank.
        roles: The lists of the vocabulary it stands in.
        uses: What it says of tags.
        number: As a number word.
        plus: What it adds to the number before it.
        past: Minutes it adds to the hour after it: 30 in "half past four".
        minutes: As a time of day.
    """

    phrase: str
    roles: set[str] = field(default_factory=set)
    uses: list[Use] = field(default_factory=list)
    number: float | None = None
    plus: float | None = None
    past: float | None = None
    minutes: int | None = None


@dataclass(slots=True)
class _Node:
    after: dict[str, "_Node"] = field(default_factory=dict)
    meaning: Meaning | None = None


class Phrases:
    """Many phrases, found the longest first; the time is linear in the length of the text."""

    def __init__(self) -> None:
        self._root = _Node()
        self._meanings: dict[str, Meaning] = {}

    def meaning(self, phrase: str) -> Meaning:
        """The meaning of a spelling, to be added to."""
        if phrase not in self._meanings:
            node = self._root
            for word in phrase.split():
                node = node.after.setdefault(word, _Node())
            node.meaning = self._meanings[phrase] = Meaning(phrase)
        return self._meanings[phrase]

    def add_role(self, role: str, phrases: Iterable[str]) -> None:
        """Say that phrases stand in a list of the vocabulary."""
        for phrase in phrases:
            self.meaning(phrase).roles.add(role)

    def get(self, phrase: str) -> Meaning | None:
        """The meaning of a spelling, if it has one."""
        return self._meanings.get(phrase)

    def longest(self, tokens: Sequence[Token], at: int) -> tuple[Meaning | None, int]:
        """The longest phrase that begins at a token, and how many tokens it takes."""
        node, found, n = self._root, None, 0
        for i in range(at, len(tokens)):
            after = node.after.get(tokens[i].word)
            if after is None:
                break
            node = after
            if node.meaning is not None:
                found, n = node.meaning, i + 1 - at
        return found, n
