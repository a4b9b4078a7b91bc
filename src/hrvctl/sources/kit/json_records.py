"""JSON as exports have it: a list, pages of one, one object a line, objects by name or by day."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from hrvctl.records import Problem
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.protocol import Document

# Names under which a page or an export keeps its list, in the exports and answers seen.
LISTS = ("records", "data", "items")
# Escapes of what is no character: half of a surrogate pair, which no database holds, and NUL, for
# which no text file is one.
NO_CHARACTER = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")
KEY = re.compile(r'"([^"\\\n]{1,80})"\s*:')
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One object of a file.

    Attributes:
        number: Its place, from 1; stands for the line where a fault is told.
        group: The name its list has in the file (``sleep``), empty where it has none.
        content: The object.
    """

    number: int
    group: str
    content: Mapping[str, Any]


def head_keys(document: Document) -> frozenset[str]:
    """Every key named in a document's first bytes; empty for what is no JSON."""
    return _keys(document.head)


# Every source asks about the same document in turn, and an export may hold 30,000 of them.
@lru_cache(maxsize=2)
def _keys(head: bytes) -> frozenset[str]:
    text = cell_values.decode(head, is_cut=True)
    if text is None or not text.lstrip().startswith(("{", "[")):
        return frozenset()
    return frozenset(KEY.findall(text))


def load_entries(document: Document) -> tuple[list[Entry], list[Problem]]:
    """Read every object of a document's lists, and what kept it from being read.

    Raises:
        DataError: The document cannot be loaded at all.
    """
    text = cell_values.decode(document.load())
    if text is None:
        return [], [_fault(document, 0, "not a text file")]
    try:
        content = _parsed(text)
        # Few files have such escapes, and to look for halves without a partner takes its time.
        found = list(_entries("", _mended(content) if NO_CHARACTER.search(text) else content))
    except json.JSONDecodeError as error:
        return [], [_fault(document, error.lineno, f"not JSON: {error.msg}")]
    except ValueError as error:  # a number of more digits than Python reads
        return [], [_fault(document, 0, f"not JSON of an export: {error}")]
    except RecursionError:
        return [], [_fault(document, 0, "nested too deeply to be an export")]
    return [Entry(number, *entry) for number, entry in enumerate(found, 1)], []


def _parsed(text: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    try:
        return json.loads(text)
    except json.JSONDecodeError as whole:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or not all(line.lstrip().startswith("{") for line in lines):
            raise
        try:
            return [json.loads(line) for line in lines]
        except json.JSONDecodeError:
            raise whole from None


def _mended(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """The same with the replacement character for every NUL and surrogate without its partner."""
    if isinstance(value, str):
        whole = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return whole.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {_mended(key): _mended(item) for key, item in value.items()}
    return value


def _entries(group: str, value: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            yield from _entries(group, item)
    elif isinstance(value, Mapping):
        lists = {k: v for k, v in value.items() if isinstance(v, list) and _holds_objects(v)}
        named = [name for name in LISTS if name in lists]
        is_page = bool(named) and len(value) <= len(named) + 2  # beside it a token or a count
        pages = {k: v for k, v in value.items() if _is_page(v)}
        is_by_name = bool(lists or pages) and len(lists) + len(pages) == len(value)
        is_by_day = bool(value) and all(map(DAY.fullmatch, value))
        if is_by_day:
            for inner in value.values():
                yield from _entries(group, inner)
        elif is_page or is_by_name:
            for name, inner in (lists | pages).items():
                yield from _entries(group if name in LISTS else name, inner)
        else:
            yield group, value


def _is_page(value: object) -> bool:
    """Whether it is an answer with its list under one of the usual names, a token beside it."""
    if not isinstance(value, Mapping) or not 1 <= len(value) <= 2:
        return False
    return any(isinstance(v, list) and _holds_objects(v) for k, v in value.items() if k in LISTS)


def _holds_objects(values: list[object]) -> bool:
    return all(isinstance(value, Mapping | list) for value in values)


def _fault(document: Document, line: int, why: str) -> Problem:
    return Problem(file=document.name, line=line, column="", value="", why=why)
