"""The words of a language: what ships, what a person adds, and what it all means."""

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from hrvctl.domain.journal_text.phrases import Phrases, TagSense
from hrvctl.domain.journal_text.vocabulary_merge import (
    GUESS_LISTS,
    KINDS,
    WORD_LISTS,
    Content,
    merge,
)
from hrvctl.errors import DataError

# Goes into every fingerprint: a text must be read anew when the reader reads otherwise.
READER_VERSION = 1

# The shipped words, in one language; english.toml says how they are written.
SHIPPED = ("", "_food", "_training", "_living", "_rules", "_numbers")


@dataclass(frozen=True, slots=True, kw_only=True)
class TagWords:
    """What is known of one tag.

    Attributes:
        name: The tag.
        title: What it is called in tables.
        unit: What an amount of it counts; empty where it has none.
        kind: ``amount``, ``scale`` (values are shares, 0 to 1) or ``yes_no``.
        words: Every spelling that speaks of it.
        units: More units, and how many of the tag's own one of them is.
        degrees: Words for a share of its scale.
        out_of: Scales on which a bare number may be meant.
        implies: Tags that are a yes as well.
        is_of_night: It speaks of the night that ended this morning.
    """

    name: str
    title: str
    unit: str
    kind: str
    words: tuple[str, ...] = ()
    units: Mapping[str, float] = field(default_factory=dict)
    degrees: Mapping[str, float] = field(default_factory=dict)
    out_of: tuple[float, ...] = ()
    implies: tuple[str, ...] = ()
    is_of_night: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LateRule:
    """When something counts as late in the day.

    Attributes:
        tag: The tag that is then a yes.
        after: At or after this minute of the day.
        tags: What can be late.
    """

    tag: str
    after: int
    tags: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """All words of a language, ready for reading.

    Attributes:
        fingerprint: SHA-256 of the content and of ``READER_VERSION``.
        language: ``en`` for example.
        tags: By name.
        phrases: Every phrase with its meaning.
        measures: Unit to the group it belongs to, and its factor there.
        degrees: Words for a share of any scale.
        late: The rules of lateness.
    """

    fingerprint: str
    language: str
    tags: Mapping[str, TagWords]
    phrases: Phrases = field(repr=False)
    measures: Mapping[str, tuple[str, float]] = field(repr=False)
    degrees: Mapping[str, float] = field(repr=False)
    late: tuple[LateRule, ...]


@cache
def shipped() -> Mapping[str, Any]:
    """The English words that come with hrvctl, parsed."""
    found: dict[str, Any] = {"tags": {}}
    folder = files("hrvctl.domain.journal_text")
    for part in SHIPPED:
        text = folder.joinpath(f"english{part}.toml").read_text(encoding="utf-8")
        document = tomllib.loads(text)
        found["tags"] |= document.pop("tags", {})
        found |= document
    return MappingProxyType(found)


def build_vocabulary(*layers: Mapping[str, Any]) -> Vocabulary:
    """Lay vocabularies over each other: later ones extend or override the earlier.

    Args:
        layers: Parsed TOML documents; the structure is told in ``english.toml``.

    Raises:
        DataError: A layer has faults; all of them are named, with key, value and what to do.
    """
    content, faults = merge(layers)
    dropped = {name for layer in layers for name in _dropped(layer)}
    faults += _unknown_names(content, dropped)
    if faults:
        raise DataError(
            f"the vocabulary has {len(faults)} fault{'s' if len(faults) > 1 else ''}: {faults[0]}",
            problems=faults,
            hint="mend each of them; nothing is read with half a vocabulary",
        )
    scales = tuple(content.get("scale", {}).get("out_of", ()))
    tags = {name: _tag(name, entry, scales) for name, entry in content.get("tags", {}).items()}
    return Vocabulary(
        fingerprint=_fingerprint(content),
        language=content.get("language", ""),
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
    )


def _dropped(layer: Mapping[str, Any]) -> set[str]:
    tags = layer.get("tags")
    return {name for name in tags if tags[name] is False} if isinstance(tags, Mapping) else set()


def _unknown_names(content: Content, dropped: set[str]) -> list[str]:
    tags = content.get("tags", {})
    faults = [
        f"tags.{name}.implies: {other!r} is no tag; write the name of one under [tags]"
        for name, entry in tags.items()
        for other in entry.get("implies", ())
        if other not in tags and other not in dropped
    ]
    for name, rule in content.get("late", {}).items():
        if "after" not in rule:
            faults.append(f'late.{name}: after is missing; write after = "14:00"')
    return faults


def _tag(name: str, entry: Content, scales: tuple[float, ...]) -> TagWords:
    unit = entry.get("unit", "")
    lists = (entry.get(key, ()) for key in ("words", "each", "acts", "alone", "none"))
    return TagWords(
        name=name,
        title=entry.get("title") or name.replace("_", " ").capitalize(),
        unit=unit,
        kind=entry.get("kind") or (KINDS[0] if unit or entry.get("each") else KINDS[2]),
        words=tuple(dict.fromkeys(word for words in lists for word in words)),
        units=entry.get("units", {}),
        degrees=entry.get("degrees", {}),
        out_of=tuple(entry.get("out_of", scales)),
        implies=tuple(entry.get("implies", ())),
        is_of_night=entry.get("night", False),
    )


def _phrases(content: Content, tags: Mapping[str, TagWords]) -> Phrases:
    """Everything a phrase can mean, gathered from all over the content."""
    phrases = Phrases()
    for section, names in (
        ("words", WORD_LISTS),
        ("guess", GUESS_LISTS),
        ("tone", ("good", "bad")),
    ):
        for name in names:
            role = name if section == "words" else f"{section}.{name}"
            phrases.add_role(role, content.get(section, {}).get(name, ()))
    for phrase, number in content.get("numbers", {}).items():
        phrases.meaning(phrase).number = number
    for phrase, number in content.get("plus", {}).items():
        phrases.meaning(phrase).plus = number
    for phrase, past in content.get("past", {}).items():
        phrases.meaning(phrase).past = past
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
