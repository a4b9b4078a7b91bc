"""JSON as exports have it: a list, pages of a list, one object a line, or lists by name."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hrvctl.records import Problem
from hrvctl.sources import tabular
from hrvctl.sources.protocol import Document

# Names under which a page or an export keeps its list, in the exports and answers seen.
LISTS = ("records", "data", "items")
KEY = re.compile(r'"([^"\\\n]{1,80})"\s*:')


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
    text = tabular.decode(document.head, is_cut=True)
    if text is None or not text.lstrip().startswith(("{", "[")):
        return frozenset()
    return frozenset(KEY.findall(text))


def load_entries(document: Document) -> tuple[list[Entry], list[Problem]]:
    """Read every object of a document's lists, and what kept it from being read.

    Raises:
        DataError: The document cannot be loaded at all.
    """
    text = tabular.decode(document.load())
    if text is None:
        return [], [_fault(document, 0, "not a text file")]
    try:
        found = list(_entries("", _parsed(text)))
    except json.JSONDecodeError as error:
        return [], [_fault(document, error.lineno, f"not JSON: {error.msg}")]
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


def _entries(group: str, value: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            yield from _entries(group, item)
    elif isinstance(value, Mapping):
        lists = {k: v for k, v in value.items() if isinstance(v, list) and _holds_objects(v)}
        named = [name for name in LISTS if name in lists]
        is_page = bool(named) and len(value) <= len(named) + 2  # beside it a token or a count
        is_by_name = bool(lists) and len(lists) == len(value)
        if is_page or is_by_name:
            for name, inner in lists.items():
                yield from _entries(group if name in LISTS else name, inner)
        else:
            yield group, value


def _holds_objects(values: list[object]) -> bool:
    return all(isinstance(value, Mapping | list) for value in values)


def _fault(document: Document, line: int, why: str) -> Problem:
    return Problem(file=document.name, line=line, column="", value="", why=why)
