"""Build the vocabulary from the shipped words and triggers and those of the person."""

import hashlib
import json
import math
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from hrvctl.domain.journal_text.phrases import Phrases, TagSense
from hrvctl.domain.journal_text.vocabulary_merge import (
    GUESS_LISTS,
    KINDS,
    WORD_LISTS,
    Content,
    merge,
)

# Part of every fingerprint: raise it when a text is read differently, so that all are read again.
READER_VERSION = 11

# Suffixes of the shipped files; english.toml documents their format.
SHIPPED = ("", "_food", "_training", "_living", "_rules", "_numbers")


@dataclass(frozen=True, slots=True, kw_only=True)
class TagWords:
    """One tag of the vocabulary.

    Attributes:
        name: The tag.
        unit: Unit of its amounts; empty if it has none.
        most: The most of it that a day's answer can be, in its unit.
        kind: ``amount``, ``scale`` (values are shares, 0 to 1) or ``yes_no``.
        words: All spellings of its terms.
        units: Other units, and how many of the tag's own unit one of them is.
        degrees: Degree words and their share of the scale.
        out_of: Highest values of the scales on which a bare number may be meant.
        implies: Tags that are then a yes as well.
        is_of_night: Whether it is about the night that ended this morning.
    """

    name: str
    unit: str
    kind: str
    words: tuple[str, ...] = ()
    units: Mapping[str, float] = field(default_factory=dict)
    degrees: Mapping[str, float] = field(default_factory=dict)
    out_of: tuple[float, ...] = ()
    implies: tuple[str, ...] = ()
    is_of_night: bool = False
    most: float = math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class LateRule:
    """When something counts as late in the day.

    Attributes:
        tag: The tag that is then a yes.
        after: First minute of the day that is late.
        tags: Tags that can be late.
    """

    tag: str
    after: int
    tags: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The words and triggers of a language.

    Attributes:
        fingerprint: SHA-256 of the content and of ``READER_VERSION``.
        tags: By name.
        phrases: Every phrase with its meaning.
        measures: For each unit its dimension, and its factor in it.
        degrees: Degree words and their share of any scale.
        late: The rules of lateness.
        elisions: Words that an apostrophe joins to the next one: the d of "d'alcool".
        has_decimal_comma: Whether 1.500 is more than a thousand, and 1,5 one and a half.
        has_compounds: Whether a noun before an unknown word describes it: "swim trunks".
        others: Builds the vocabularies of other languages.
    """

    fingerprint: str
    tags: Mapping[str, TagWords]
    phrases: Phrases = field(repr=False)
    measures: Mapping[str, tuple[str, float]] = field(repr=False)
    degrees: Mapping[str, float] = field(repr=False)
    late: tuple[LateRule, ...]
    elisions: frozenset[str] = frozenset()
    has_decimal_comma: bool = False
    has_compounds: bool = True
    others: Callable[[], tuple["Vocabulary", ...]] = tuple


@cache
def shipped() -> Content:
    """The shipped English vocabulary, parsed and cached."""
    found: Content = {"tags": {}}
    folder = files("hrvctl.domain.journal_text")
    for part in SHIPPED:
        text = folder.joinpath(f"english{part}.toml").read_text(encoding="utf-8")
        document = tomllib.loads(text)
        found["tags"] |= document.pop("tags", {})
        found |= document
    return found


@cache
def scale_tags() -> frozenset[str]:
    """The shipped tags whose values are shares."""
    tags = shipped()["tags"]
    return frozenset(name for name, entry in tags.items() if entry.get("kind") == "scale")


def build_vocabulary(*layers: Mapping[str, object]) -> Vocabulary:
    """Build a vocabulary of several layers: later ones extend or override the earlier.

    Args:
        layers: Parsed TOML documents; ``english.toml`` documents their format.

    Raises:
        DataError: A layer has faults; names all of them, with key, value and what to do.
    """
    content = merge(layers)
    scales = tuple(content.get("scale", {}).get("out_of", ()))
    tags = {name: _tag(name, entry, scales) for name, entry in content.get("tags", {}).items()}
    return Vocabulary(
        fingerprint=_fingerprint(content),
        tags=MappingProxyType(tags),
        phrases=_phrases(content, tags),
        measures={
            unit: (group, factor)
            for group, units in content.get("units", {}).items()
            for unit, factor in units.items()
        },
        degrees=content.get("degrees", {}),
        late=tuple(
            LateRule(tag=tag, after=_minutes(rule["after"]), tags=frozenset(rule.get("tags", ())))
            for tag, rule in content.get("late", {}).items()
        ),
        elisions=frozenset(content.get("words", {}).get("elisions", ())),
        has_decimal_comma=content.get("decimal_comma", False),
        has_compounds=content.get("compounds", True),
    )


def _tag(name: str, entry: Content, scales: tuple[float, ...]) -> TagWords:
    unit = entry.get("unit", "")
    lists = (entry.get(key, ()) for key in ("words", "each", "acts", "alone", "none"))
    return TagWords(
        name=name,
        unit=unit,
        kind=entry.get("kind") or (KINDS[0] if unit or entry.get("each") else KINDS[2]),
        words=tuple(dict.fromkeys(word for words in lists for word in words)),
        units=entry.get("units", {}),
        degrees=entry.get("degrees", {}),
        out_of=tuple(entry.get("out_of", scales)),
        implies=tuple(entry.get("implies", ())),
        is_of_night=entry.get("night", False),
        most=entry.get("most", math.inf),
    )


def _phrases(content: Content, tags: Mapping[str, TagWords]) -> Phrases:
    """Collect the meanings of every phrase from all sections."""
    phrases = Phrases()
    for section, names in (
        ("words", WORD_LISTS),
        ("guess", GUESS_LISTS),
        ("tone", ("good", "bad")),
    ):
        for name in names:
            role = name if section == "words" else f"{section}.{name}"
            phrases.add_role(role, content.get(section, {}).get(name, ()))
    for section, attribute in (("numbers", "number"), ("plus", "plus"), ("past", "past")):
        for phrase, number in content.get(section, {}).items():
            setattr(phrases.meaning(phrase), attribute, number)
    for phrase, time in content.get("clock", {}).items():
        phrases.meaning(phrase).minutes = _minutes(time)
    phrases.add_role("degree", content.get("degrees", {}))
    for units in content.get("units", {}).values():
        phrases.add_role("unit", units)
    for tag, rule in content.get("late", {}).items():
        phrases.add_role(f"late.{tag}", rule.get("words", ()))
        _add_senses(phrases, rule.get("things", ()), TagSense(tag=tag, kind="timed", is_bare=False))
    measured = {unit for units in content.get("units", {}).values() for unit in units}
    for name, entry in content.get("tags", {}).items():
        phrases.add_role("degree", entry.get("degrees", {}))
        phrases.add_role("unit", entry.get("units", {}))
        _add_tag(phrases, tags[name], entry, is_counted=tags[name].unit not in measured)
    return phrases


def _add_tag(phrases: Phrases, tag: TagWords, entry: Content, *, is_counted: bool) -> None:
    is_bare = entry.get("bare", True)
    one = 1.0 if tag.kind == "amount" and is_counted else None
    each = entry.get("each", {})
    words = entry.get("words", ())
    for kind, spelt in (("word", words), ("each", [one for one in each if one not in words])):
        for phrase in spelt:
            sense = TagSense(tag=tag.name, kind=kind, each=each.get(phrase, one), is_bare=is_bare)
            phrases.meaning(phrase).senses.append(sense)
    for kind in ("acts", "alone", "none"):
        _add_senses(
            phrases, entry.get(kind, ()), TagSense(tag=tag.name, kind=kind.removesuffix("s"))
        )
    if tag.name not in tag.words:
        _add_senses(
            phrases, [tag.name], TagSense(tag=tag.name, kind="name", each=one, is_bare=is_bare)
        )


def _add_senses(phrases: Phrases, spelt: Iterable[str], sense: TagSense) -> None:
    for phrase in spelt:
        phrases.meaning(phrase).senses.append(sense)


def _minutes(time: str) -> int:
    return 60 * int(time[:2]) + int(time[3:])


def _fingerprint(content: Content) -> str:
    written = json.dumps([READER_VERSION, content], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(written.encode()).hexdigest()
