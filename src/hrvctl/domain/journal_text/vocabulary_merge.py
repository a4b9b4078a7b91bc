"""Laying one vocabulary over another, and saying of each fault where it is and what to do."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hrvctl.domain.journal_text.phrases import BadPhrase, spellings

# Tags become keys and column names: the same rule as for a tag typed by hand.
TAG = re.compile(r"[a-z][a-z0-9_]{0,39}")
CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
KINDS = ("amount", "scale", "yes_no")

WORD_LISTS = (
    *("stop", "negators", "negators_over_and", "negators_after", "not_negators", "unsure"),
    *("yes", "no", "borders", "and", "or", "scope_ends", "self", "others", "companions"),
    *("not_done", "elsewhen", "last_night", "today", "plan_headings", "partly", "after", "links"),
    *("between", "articles", "vague", "definite", "times", "out_of", "percent", "ranges"),
    *("between_two", "about", "until", "at", "around", "am", "pm", "o_clock", "clock_hours"),
    *("ignore", "so", "void_after", "shared", "others_own", "titles"),
)
GUESS_LISTS = (
    *("hrv", "tomorrow", "will", "say", "guess", "before", "after", "units", "against", "change"),
    "to",
)

Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Spec:
    """What may stand at one place of a vocabulary.

    Attributes:
        kind: ``phrases``, ``table`` (phrase to number), ``clocks`` (phrase to time), ``names``,
            ``numbers``, ``text``, ``time``, ``flag``, ``choice`` or ``section``.
        low, high: The numbers allowed, both included.
        keys: Of a section: what may stand below which key.
        any_key: Of a section: what stands below any other key, each a name.
    """

    kind: str
    low: float = 0
    high: float = math.inf
    keys: Mapping[str, "Spec"] = field(default_factory=dict)
    any_key: "Spec | None" = None


_PHRASES, _NAMES, _TEXT, _FLAG = Spec("phrases"), Spec("names"), Spec("text"), Spec("flag")
_SHARES, _SCALES = Spec("table", 0, 1), Spec("numbers", 2, 1000)
_FACTORS = Spec("table", 1e-9, 1e9)
_TAG = Spec(
    "section",
    keys={
        **dict.fromkeys(("title", "unit"), _TEXT),
        **dict.fromkeys(("words", "acts", "alone", "none"), _PHRASES),
        **dict.fromkeys(("each", "units"), _FACTORS),
        **dict.fromkeys(("bare", "night"), _FLAG),
        "kind": Spec("choice"),
        "degrees": _SHARES,
        "implies": _NAMES,
        "out_of": _SCALES,
    },
)
_LATE = Spec(
    "section", keys={"after": Spec("time"), "tags": _NAMES, "words": _PHRASES, "things": _PHRASES}
)
SPEC = Spec(
    "section",
    keys={
        "language": _TEXT,
        "scale": Spec("section", keys={"out_of": _SCALES}),
        "words": Spec("section", keys=dict.fromkeys(WORD_LISTS, _PHRASES)),
        "guess": Spec("section", keys=dict.fromkeys(GUESS_LISTS, _PHRASES)),
        "tone": Spec("section", keys=dict.fromkeys(("good", "bad"), _PHRASES)),
        "numbers": Spec("table", 0, 1e6),
        "plus": Spec("table", 0, 1),
        "past": Spec("table", -59, 59),
        "degrees": _SHARES,
        "clock": Spec("clocks"),
        "units": Spec("section", any_key=_FACTORS),
        "late": Spec("section", any_key=_LATE),
        "tags": Spec("section", any_key=_TAG),
    },
)


def merge(layers: Sequence[Mapping[str, Any]]) -> tuple[Content, list[str]]:
    """Lay vocabularies over each other, the later over the earlier.

    Returns:
        The content, every phrase spelt out, and the faults found.
    """
    content: Content = {}
    faults: list[str] = []
    for layer in layers:
        _lay_section(content, layer, SPEC, "", faults)
    return content, faults


def _lay_section(below: Content, over: object, spec: Spec, path: str, faults: list[str]) -> None:
    if not isinstance(over, Mapping):
        faults.append(f"{path}: {over!r} is not a table; write [{path}] and its keys below it")
        return
    for key, value in over.items():
        at = f"{path}.{key}" if path else str(key)
        inner = spec.keys.get(key)
        if inner is None and spec.any_key and TAG.fullmatch(key):
            inner = spec.any_key
        if inner is None:
            faults.append(f"{at}: no such key; {_known(spec)}")
        elif value is False and inner is _TAG:
            below.pop(key, None)
        elif inner.kind == "section":
            _lay_section(below.setdefault(key, {}), value, inner, at, faults)
        else:
            _LAY[inner.kind](below, key, value, inner, at, faults)


def _known(spec: Spec) -> str:
    if spec.any_key:
        return "a name begins with a letter and has up to 40 of a-z, 0-9 and _"
    return "use one of " + ", ".join(spec.keys)


def _lay_phrases(
    below: Content, key: str, value: object, _: Spec, at: str, faults: list[str]
) -> None:
    found = dict.fromkeys(below.get(key, ()))
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        faults.append(f'{at}: {value!r} is not a list of phrases; write ["one", "another"]')
        return
    for one in value:
        for spelling in _spelt(one, at, faults):
            if _removes(one):
                found.pop(spelling, None)
            else:
                found[spelling] = None
    below[key] = list(found)


def _lay_table(
    below: Content, key: str, value: object, spec: Spec, at: str, faults: list[str]
) -> None:
    found = dict(below.get(key, {}))
    if not isinstance(value, Mapping):
        faults.append(f'{at}: {value!r} is not a table; write {{ "phrase" = 1 }}')
        return
    for phrase, entry in value.items():
        where = f"{at}.{phrase}"
        spelt = _spelt(phrase, where, faults)
        if _removes(phrase):
            for spelling in spelt:
                found.pop(spelling, None)
        elif spec.kind == "clocks":
            if _is_time(entry, where, faults):
                found |= dict.fromkeys(spelt, entry)
        elif _is_number(entry, spec, where, faults):
            found |= dict.fromkeys(spelt, float(entry))
    below[key] = found


def _lay_scalar(
    below: Content, key: str, value: object, spec: Spec, at: str, faults: list[str]
) -> None:
    if spec.kind == "flag":
        fine, hint = isinstance(value, bool), "write true or false"
    elif spec.kind == "choice":
        fine, hint = value in KINDS, f"write one of {', '.join(KINDS)}"
    else:
        fine, hint = isinstance(value, str), 'write a text between quotes, as in "drinks"'
    if not fine:
        faults.append(f"{at}: {value!r} cannot stand here; {hint}")
    elif spec.kind != "time" or _is_time(value, at, faults):
        below[key] = value


def _lay_names(
    below: Content, key: str, value: object, _: Spec, at: str, faults: list[str]
) -> None:
    names = value if isinstance(value, list) else [None]
    if not all(isinstance(one, str) and TAG.fullmatch(one) for one in names):
        faults.append(f'{at}: {value!r} is not a list of tags; write ["exercise"]')
        return
    below[key] = list(dict.fromkeys([*below.get(key, ()), *names]))


def _lay_numbers(
    below: Content, key: str, value: object, spec: Spec, at: str, faults: list[str]
) -> None:
    if not isinstance(value, list):
        faults.append(f"{at}: {value!r} is not a list of numbers; write [5, 10]")
    elif _are_numbers(value, spec, at, faults):
        below[key] = [float(one) for one in value]  # a choice of scales is replaced, not added to


def _are_numbers(value: list[object], spec: Spec, at: str, faults: list[str]) -> bool:
    known = len(faults)
    for one in value:
        _is_number(one, spec, at, faults)
    return len(faults) == known


_LAY = {
    "phrases": _lay_phrases,
    "table": _lay_table,
    "clocks": _lay_table,
    "names": _lay_names,
    "numbers": _lay_numbers,
    **dict.fromkeys(("text", "time", "flag", "choice"), _lay_scalar),
}


def _removes(phrase: str) -> bool:
    return len(phrase) > 1 and phrase[0] == "-"


def _spelt(phrase: str, at: str, faults: list[str]) -> list[str]:
    try:
        return spellings(phrase[1:] if _removes(phrase) else phrase)
    except BadPhrase as error:
        faults.append(f"{at}: {phrase!r} {error}; write words as they stand in a text")
        return []


def _is_time(value: object, at: str, faults: list[str]) -> bool:
    if isinstance(value, str) and CLOCK.fullmatch(value):
        return True
    faults.append(f'{at}: {value!r} is not a time of day; write "14:00"')
    return False


def _is_number(value: object, spec: Spec, at: str, faults: list[str]) -> bool:
    if isinstance(value, bool):
        is_fine = False
    else:
        is_fine = isinstance(value, int | float) and spec.low <= value <= spec.high
    if is_fine:
        return True
    faults.append(f"{at}: {value!r} is not a number from {spec.low:g} to {spec.high:g}")
    return False
