"""Choose the language of each line of a text, and build the vocabularies of the others.

The rules of the reader know no language; ``german.toml`` and its neighbours have the words of one
each, in the format of ``english.toml``. Units of the tags, their kinds and what counts as late are
those of English.
"""

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from itertools import chain

from hrvctl.domain.journal_text.phrases import Meaning
from hrvctl.domain.journal_text.tokens import Token
from hrvctl.domain.journal_text.vocabulary import Vocabulary, build_vocabulary, shipped
from hrvctl.domain.journal_text.vocabulary_merge import SCHEMA, Content, Schema

LANGUAGES = ("german", "spanish", "french", "portuguese")
_LETTER = re.compile(r"[^\W\d_]")
# A word in another script than these is of no shipped language.
_SCRIPTS = ("LATIN", "MICRO", "ORDINAL", "FEMININE", "MASCULINE")


def with_languages(*own: Mapping[str, object]) -> Vocabulary:
    """Build the English vocabulary, and the others as soon as a text needs them.

    Args:
        own: The person's layers, which are merged over the vocabulary of every language.

    Raises:
        DataError: A layer has faults.
    """

    @cache
    def others() -> tuple[Vocabulary, ...]:
        frame = _frame(shipped(), SCHEMA)
        layers = ((frame, tomllib.loads(_text(language)), *own) for language in LANGUAGES)
        found = tuple(build_vocabulary(*of_language) for of_language in layers)
        for vocabulary in found:
            vocabulary.phrases.add_plain_spellings()
        return found

    english = build_vocabulary(shipped(), *own)
    written = "".join([english.fingerprint, *map(_text, LANGUAGES)])
    return replace(english, others=others, fingerprint=hashlib.sha256(written.encode()).hexdigest())


@cache
def _text(language: str) -> str:
    folder = files("hrvctl.domain.journal_text")
    return folder.joinpath(f"{language}.toml").read_text(encoding="utf-8")


def _frame(content: Content, schema: Schema) -> Content:
    """Keep of a vocabulary what is of no language: names, kinds, units and phrases of signs."""
    kept: Content = {}
    for key, value in content.items():
        inner = schema.keys.get(key) or schema.any_key
        match inner.kind if inner else "":
            case "section":
                kept[key] = _frame(value, inner or schema)
            case "phrases" if key != "foreign":
                kept[key] = [phrase for phrase in value if not _LETTER.search(phrase)]
            case "table" | "clocks":
                kept[key] = {p: number for p, number in value.items() if not _LETTER.search(p)}
            case _:
                kept[key] = value
    return kept


def choose(lines: Sequence[Sequence[Token]], english: Vocabulary) -> Iterator[Vocabulary]:
    """Yield for each line the vocabulary in which the fewest of its words are unknown.

    Where several are equal it is the one in which the fewest of the text's are, English first.
    """
    candidates = [english]
    if any(unknown_words(line, english) for line in lines):
        candidates += english.others()
    counts = [[len(unknown_words(line, one)) for one in candidates] for line in lines]
    totals = [sum(of_one) for of_one in zip(*counts, strict=True)]
    for of_line in counts:
        _, _, best = min(zip(of_line, totals, range(len(candidates)), strict=False))
        yield candidates[best]


def unknown_words(tokens: Sequence[Token], vocabulary: Vocabulary) -> list[str]:
    """The words of a line that are in no phrase of a vocabulary."""
    tokens = split_elisions(tokens, vocabulary)
    unknown: list[str] = []
    at = 0
    while at < len(tokens):
        meaning, n = vocabulary.phrases.longest(tokens, at)
        if tokens[at].kind == "word" and (meaning is None or is_of_another_language(meaning)):
            unknown.append(tokens[at].word)
            n = 1
        at += max(n, 1)
    return unknown


def is_of_another_language(meaning: Meaning) -> bool:
    """Whether a phrase is known only as a word of a language that is not read."""
    return meaning.roles == {"foreign"} and not meaning.senses and meaning.number is None


def is_of_another_script(word: str) -> bool:
    """Whether a word has letters of a script in which no vocabulary is written."""
    letters = [char for char in word if char.isalpha()]
    return len(letters) > 1 and not all(
        unicodedata.name(char, "").startswith(_SCRIPTS) for char in letters
    )


def split_elisions(tokens: Sequence[Token], vocabulary: Vocabulary) -> Sequence[Token]:
    """Split "d'alcool" into two words, where the vocabulary has elisions."""
    if not vocabulary.elisions:
        return tokens
    return list(chain.from_iterable(_split(token, vocabulary) for token in tokens))


def _split(token: Token, vocabulary: Vocabulary) -> Iterator[Token]:
    first, mark, rest = token.word.partition("'")
    if not mark or first not in vocabulary.elisions or token.end - token.start != len(token.word):
        yield token
        return
    middle = token.start + len(first) + 1
    yield token._replace(word=first, end=middle)
    yield token._replace(word=rest, start=middle, is_glued=False, is_capital=False)
