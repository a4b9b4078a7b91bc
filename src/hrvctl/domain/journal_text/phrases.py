"""Expand the phrases of a vocabulary into spellings, and find the longest one in a text."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from hrvctl.domain.journal_text.tokens import Token, tokenize

# Most spellings one phrase may expand to (own choice: more is a mistake, not a phrase).
MAX_SPELLINGS = 200
# Words without accents are found too if they are longer, letters: "té" is tea, "te" is you.
SHORTEST_PLAIN = 4
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_PLAIN = re.compile(r"[a-z ]+")
_GROUP = re.compile(r"\(([^()]*)\)")


class BadPhrase(ValueError):
    """A phrase of a vocabulary cannot be expanded; the message says why."""


def spellings(phrase: str) -> list[str]:
    """Expand a phrase into all its spellings, folded, with one blank between words.

    ``(s)`` is optional, ``(ice|cold) bath`` has two spellings, ``(very|) good`` an optional word.

    Raises:
        BadPhrase: It has no word, unmatched brackets, or too many spellings.
    """
    found = [""]
    at = 0
    for group in _GROUP.finditer(phrase):
        choices = group[1].split("|") if "|" in group[1] else ["", group[1]]
        found = [f"{one}{phrase[at : group.start()]}{c}" for one in found for c in choices]
        at = group.end()
        if len(found) > MAX_SPELLINGS:
            raise BadPhrase(f"has more than {MAX_SPELLINGS} spellings")
    found = [one + phrase[at:] for one in found]
    if any(mark in one for one in found for mark in "()|"):
        raise BadPhrase("has brackets or bars that do not match")
    texts = [_folded(one) for one in found]
    if not all(texts):
        raise BadPhrase("has no word")
    return list(dict.fromkeys(texts))


def _folded(text: str) -> str:
    text = text.lower()
    if _PLAIN.fullmatch(text):  # nearly all phrases, and much faster
        return " ".join(text.split())
    return " ".join(token.word for token in tokenize(text))


def _plain(phrase: str) -> str:
    """Write a phrase without accents, in words long enough for it."""
    words = (_without_accents(w) if len(w) >= SHORTEST_PLAIN else w for w in phrase.split())
    return " ".join(words)


def _without_accents(word: str) -> str:
    parts = unicodedata.normalize("NFD", word.translate(_UMLAUTS))
    return "".join(part for part in parts if not unicodedata.combining(part))


@dataclass(frozen=True, slots=True, kw_only=True)
class TagSense:
    """A phrase as a term for a tag.

    Attributes:
        tag: Name of the tag.
        kind: ``word`` (a term), ``each`` (a countable term), ``act`` (a complete statement: "went
            running"), ``alone`` (a statement only if no other term follows: "drank"), ``none``
            (states the absence: "sober"), ``timed`` (counts only if it was late: "dinner") or
            ``name`` (counts only as ``name=value``).
        each: How many of the tag's units one of it is; ``None`` if it cannot be counted.
        is_bare: Whether it is an answer without an amount.
    """

    tag: str
    kind: str
    each: float | None = None
    is_bare: bool = True


@dataclass(slots=True)
class Meaning:
    """All meanings of one phrase.

    Attributes:
        phrase: Its words, with one blank between them.
        roles: The trigger and word lists of the vocabulary it is in.
        senses: The tags it is a term for.
        number: Its value as a number word.
        plus: What it adds to the number before it ("and a half").
        past: Minutes it adds to the hour after it: 30 in "half past four".
        minutes: Its value as a time of day, minutes after midnight.
    """

    phrase: str
    roles: set[str] = field(default_factory=set)
    senses: list[TagSense] = field(default_factory=list)
    number: float | None = None
    plus: float | None = None
    past: float | None = None
    minutes: int | None = None


@dataclass(slots=True)
class _Node:
    after: dict[str, "_Node"] = field(default_factory=dict)
    meaning: Meaning | None = None


class Phrases:
    """A trie of phrases; finding the longest one at every token of a text takes linear time."""

    def __init__(self) -> None:
        self._root = _Node()
        self._meanings: dict[str, Meaning] = {}

    def meaning(self, phrase: str) -> Meaning:
        """The meaning of a spelling, created empty if it is new."""
        if phrase not in self._meanings:
            self._node(phrase).meaning = self._meanings[phrase] = Meaning(phrase)
        return self._meanings[phrase]

    def add_plain_spellings(self) -> None:
        """Find phrases without their accents too: "cafe", "Glaeser", but not "te" for "té"."""
        for phrase, meaning in list(self._meanings.items()):
            plain = _plain(phrase)
            if plain != phrase and plain not in self._meanings:
                self._meanings[plain] = meaning
                self._node(plain).meaning = meaning

    def _node(self, phrase: str) -> _Node:
        node = self._root
        for word in phrase.split():
            node = node.after.setdefault(word, _Node())
        return node

    def add_role(self, role: str, phrases: Iterable[str]) -> None:
        """Add a role to each of several phrases."""
        for phrase in phrases:
            self.meaning(phrase).roles.add(role)

    def get(self, phrase: str) -> Meaning | None:
        """The meaning of a spelling, if it is a phrase of the vocabulary."""
        return self._meanings.get(phrase)

    def longest(self, tokens: Sequence[Token], at: int) -> tuple[Meaning | None, int]:
        """The longest phrase that starts at a token, and its number of tokens."""
        node, found, n = self._root, None, 0
        for i in range(at, len(tokens)):
            after = node.after.get(tokens[i].word)
            if after is None:
                break
            node = after
            if node.meaning is not None:
                found, n = node.meaning, i + 1 - at
        return found, n
