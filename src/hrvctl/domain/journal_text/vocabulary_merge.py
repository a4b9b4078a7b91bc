"""Merge vocabularies, the later over the earlier, and collect all their faults."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hrvctl.domain.journal_text.phrases import BadPhrase, spellings
from hrvctl.errors import DataError
from hrvctl.records import TAG

CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
KINDS = ("amount", "scale", "yes_no")

WORD_LISTS = (
    *("stop", "negators", "negators_over_and", "negators_after", "not_negators", "unsure"),
    *("yes", "no", "borders", "and", "or", "scope_ends", "self", "others", "companions"),
    *("not_done", "elsewhen", "last_night", "today", "plan_headings", "partly", "after", "links"),
    *("between", "articles", "vague", "definite", "times", "out_of", "percent", "ranges"),
    *("between_two", "about", "until", "at", "around", "am", "pm", "o_clock", "clock_hours"),
    *("ignore", "so", "void_after", "shared", "others_own", "titles"),
    *(
        "verbs",
        "rates",
        "durations",
        "contents",
        "changes_from",
        "ordinals",
        "foreign",
        "weekdays",
        "negators_late",
        "elisions",
        "day_before",
        "totals",
        "parts",
        "more",
        "heads",
        "exceptions",
        "all_of",
        "called_off",
        "conditions",
        "categories",
        "sizes",
        "recipients",
    ),
)
GUESS_LISTS = (
    *("hrv", "tomorrow", "will", "say", "guess", "before", "after", "units", "against", "change"),
    *("to", "other_day"),
)

# A vocabulary as parsed from TOML.
Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Schema:
    """The schema of one value of a vocabulary.

    Attributes:
        kind: ``phrases``, ``table`` (phrase to number), ``clocks`` (phrase to time), ``names``,
            ``numbers``, ``number``, ``text``, ``time``, ``flag``, ``choice`` or ``section``.
        low, high: The numbers allowed, both included.
        keys: Of a section: the schema of each key.
        any_key: Of a section: the schema of any other key, which must be a name.
    """

    kind: str
    low: float = 0
    high: float = math.inf
    keys: Mapping[str, "Schema"] = field(default_factory=dict)
    any_key: "Schema | None" = None


_PHRASES, _NAMES, _TEXT, _FLAG = Schema("phrases"), Schema("names"), Schema("text"), Schema("flag")
_SHARES, _SCALES = Schema("table", 0, 1), Schema("numbers", 2, 1000)
_FACTORS = Schema("table", 1e-9, 1e9)
_TAG = Schema(
    "section",
    keys={
        **dict.fromkeys(("title", "unit"), _TEXT),
        **dict.fromkeys(("words", "acts", "alone", "none"), _PHRASES),
        **dict.fromkeys(("each", "units"), _FACTORS),
        **dict.fromkeys(("bare", "night"), _FLAG),
        "kind": Schema("choice"),
        "degrees": _SHARES,
        "implies": _NAMES,
        "out_of": _SCALES,
        "most": Schema("number", 1e-9, 1e9),
    },
)
_LATE = Schema(
    "section", keys={"after": Schema("time"), "tags": _NAMES, "words": _PHRASES, "things": _PHRASES}
)
SCHEMA = Schema(
    "section",
    keys={
        "language": _TEXT,
        **dict.fromkeys(("decimal_comma", "compounds"), _FLAG),
        "scale": Schema("section", keys={"out_of": _SCALES}),
        "words": Schema("section", keys=dict.fromkeys(WORD_LISTS, _PHRASES)),
        "guess": Schema("section", keys=dict.fromkeys(GUESS_LISTS, _PHRASES)),
        "tone": Schema("section", keys=dict.fromkeys(("good", "bad"), _PHRASES)),
        "numbers": Schema("table", 0, 1e6),
        "plus": Schema("table", 0, 1),
        "past": Schema("table", -59, 59),
        "degrees": _SHARES,
        "clock": Schema("clocks"),
        "units": Schema("section", any_key=_FACTORS),
        "late": Schema("section", any_key=_LATE),
        "tags": Schema("section", any_key=_TAG),
    },
)


def merge(layers: Sequence[Mapping[str, object]]) -> Content:
    """Merge vocabularies, the later over the earlier, with every phrase expanded.

    Raises:
        DataError: Names every fault, with key, value and what to do.
    """
    merger = _Merger()
    for layer in layers:
        merger.merge_section(merger.content, layer, SCHEMA, "")
    merger.check_names()
    if faults := merger.faults:
        raise DataError(
            f"the vocabulary has {len(faults)} fault{'s' if len(faults) > 1 else ''}: {faults[0]}",
            problems=faults,
            hint="correct all of them; a vocabulary is used as a whole or not at all",
        )
    return merger.content


class _Merger:
    """The content merged so far, and the faults found in it."""

    def __init__(self) -> None:
        self.content: Content = {}
        self.faults: list[str] = []
        self._dropped: set[str] = set()

    def merge_section(self, below: Content, over: object, schema: Schema, path: str) -> None:
        """Merge a table of a layer over the same table of those below, in place."""
        if not isinstance(over, Mapping):
            self._fault(path, over, f"is not a table; write [{path}] and its keys below it")
            return
        for key, value in over.items():
            at = f"{path}.{key}" if path else str(key)
            inner = schema.keys.get(key)
            if inner is None and schema.any_key and TAG.fullmatch(key):
                inner = schema.any_key
            if inner is None:
                self.faults.append(f"{at}: no such key; {_allowed_keys(schema)}")
            elif value is False and inner is _TAG:
                below.pop(key, None)
                self._dropped.add(key)
            elif inner.kind == "section":
                self.merge_section(below.setdefault(key, {}), value, inner, at)
            elif (merged := self._merged(below.get(key), value, inner, at)) is not None:
                below[key] = merged

    def check_names(self) -> None:
        """Find implied tags that do not exist, and lateness rules without a time."""
        tags = self.content.get("tags", {})
        for name, entry in tags.items():
            for other in entry.get("implies", ()):
                if other not in tags and other not in self._dropped:
                    at = f"tags.{name}.implies"
                    self._fault(at, other, "is not a tag; write the name of one under [tags]")
        for name, rule in self.content.get("late", {}).items():
            if "after" not in rule:
                self.faults.append(f'late.{name}: after is missing; write after = "14:00"')

    def _fault(self, path: str, value: object, why: str) -> None:
        self.faults.append(f"{path}: {value!r} {why}")

    def _merged(self, old: Any, new: object, schema: Schema, path: str) -> object | None:  # noqa: ANN401 - as TOML holds it
        """The value over the old one; ``None`` if it is faulty."""
        match schema.kind:
            case "phrases":
                return self._phrases(old or (), new, path)
            case "table" | "clocks":
                return self._table(old or {}, new, schema, path)
            case "names":
                if isinstance(new, list) and all(
                    isinstance(one, str) and TAG.fullmatch(one) for one in new
                ):
                    return list(dict.fromkeys([*(old or ()), *new]))
                self._fault(path, new, 'is not a list of tags; write ["exercise"]')
            case "numbers":
                if isinstance(new, list):  # replaces the old ones: it is a choice of scales
                    are_fine = [self._is_number(one, schema, path) for one in new]
                    return [float(one) for one in new] if all(are_fine) else None
                self._fault(path, new, "is not a list of numbers; write [5, 10]")
            case "number":
                return new if self._is_number(new, schema, path) else None
            case "flag":
                if isinstance(new, bool):
                    return new
                self._fault(path, new, "is not possible here; write true or false")
            case "choice":
                if new in KINDS:
                    return new
                self._fault(path, new, f"is not possible here; write one of {', '.join(KINDS)}")
            case _:
                if not isinstance(new, str):
                    self._fault(path, new, 'is not possible here; write text, as in "drinks"')
                elif schema.kind != "time" or self._is_time(new, path):
                    return new
        return None

    def _phrases(self, old: Sequence[str], new: object, path: str) -> list[str] | None:
        if not isinstance(new, list) or not all(isinstance(one, str) for one in new):
            self._fault(path, new, 'is not a list of phrases; write ["one", "another"]')
            return None
        found = dict.fromkeys(old)
        for phrase in new:
            for spelling in self._spellings(phrase, path):
                if _removes(phrase):
                    found.pop(spelling, None)
                else:
                    found[spelling] = None
        return list(found)

    def _table(
        self, old: Mapping[str, object], new: object, schema: Schema, path: str
    ) -> Mapping[str, object] | None:
        if not isinstance(new, Mapping):
            self._fault(path, new, 'is not a table; write { "phrase" = 1 }')
            return None
        found = dict(old)
        for phrase, value in new.items():
            at = f"{path}.{phrase}"
            spelt = self._spellings(phrase, at)
            if _removes(phrase):
                for spelling in spelt:
                    found.pop(spelling, None)
            elif schema.kind == "clocks":
                if self._is_time(value, at):
                    found |= dict.fromkeys(spelt, value)
            elif self._is_number(value, schema, at):
                found |= dict.fromkeys(spelt, float(value))
        return found

    def _spellings(self, phrase: str, path: str) -> list[str]:
        try:
            return spellings(phrase[1:] if _removes(phrase) else phrase)
        except BadPhrase as error:
            self._fault(path, phrase, f"{error}; write words as they are in a text")
            return []

    def _is_time(self, value: object, path: str) -> bool:
        if isinstance(value, str) and CLOCK.fullmatch(value):
            return True
        self._fault(path, value, 'is not a time of day; write "14:00"')
        return False

    def _is_number(self, value: object, schema: Schema, path: str) -> bool:
        is_flag = isinstance(value, bool)
        if isinstance(value, int | float) and not is_flag and schema.low <= value <= schema.high:
            return True
        self._fault(path, value, f"is not a number from {schema.low:g} to {schema.high:g}")
        return False


def _allowed_keys(schema: Schema) -> str:
    if schema.any_key:
        return "a name starts with a letter and has up to 40 of a-z, 0-9 and _"
    return "use one of " + ", ".join(schema.keys)


def _removes(phrase: str) -> bool:
    return len(phrase) > 1 and phrase[0] == "-"
