"""Read JSON exports: a list, pages of a list, one object a line, objects by name or by day."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from hrvctl.records import Problem
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Record, RecordReader

# Names under which a page or an export keeps its list, in the exports and answers seen.
LISTS = ("records", "data", "items", "dataPoints", "rollupDataPoints")
# Escapes that are not characters: half of a surrogate pair, which no database can store, and NUL,
# which marks a file as not text.
NO_CHARACTER = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")
KEY = re.compile(r'"([^"\\\n]{1,80})"\s*:')
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def head_keys(document: Document) -> frozenset[str]:
    """List every key named in a document's first bytes; empty if it is not JSON."""
    return _keys(document.head)


# Every source asks for the same document in turn, and an export may hold 30,000 documents.
@lru_cache(maxsize=2)
def _keys(head: bytes) -> frozenset[str]:
    text = cell_values.decode(head, is_cut=True)
    if text is None or not text.lstrip().startswith(("{", "[")):
        return frozenset()
    return frozenset(KEY.findall(text))


def open_json(document: Document, *, today: date) -> RecordReader:
    """Read every object of a document's lists.

    Raises:
        DataError: The document cannot be loaded at all.
    """
    records, problems = load_json(document)
    return RecordReader(document.name, records, today=today, problems=problems)


def load_json(document: Document) -> tuple[list[Record], list[Problem]]:
    """Load every object of a document's lists, and the faults of the file as a whole.

    Raises:
        DataError: The document cannot be loaded at all.
    """
    text = cell_values.decode(document.load())
    if text is None:
        return [], [_fault(document, 0, "not a text file")]
    try:
        content = _parsed(text)
        # Few files have such escapes, and looking for halves without a partner takes time.
        found = list(_objects("", _repaired(content) if NO_CHARACTER.search(text) else content))
    except json.JSONDecodeError as error:
        return [], [_fault(document, error.lineno, f"not JSON: {error.msg}")]
    except ValueError as error:  # a number with more digits than Python reads
        return [], [_fault(document, 0, f"not an export: {error}")]
    except RecursionError:
        return [], [_fault(document, 0, "nested too deeply to be an export")]
    return [Record(number, *found_object) for number, found_object in enumerate(found, 1)], []


def _parsed(text: str) -> Any:  # noqa: ANN401 - any JSON value
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


def _repaired(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Replace every NUL and every surrogate without its partner."""
    if isinstance(value, str):
        whole = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return whole.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, list):
        return [_repaired(item) for item in value]
    if isinstance(value, dict):
        return {_repaired(key): _repaired(item) for key, item in value.items()}
    return value


def _objects(group: str, value: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            yield from _objects(group, item)
    elif isinstance(value, Mapping):
        lists = {k: v for k, v in value.items() if isinstance(v, list) and _holds_objects(v)}
        named = [name for name in LISTS if name in lists]
        is_page = bool(named) and len(value) <= len(named) + 2  # with a token or a count
        pages = {k: v for k, v in value.items() if _is_page(v)}
        is_by_name = bool(lists or pages) and len(lists) + len(pages) == len(value)
        is_by_day = bool(value) and all(map(DAY.fullmatch, value))
        if is_by_day:
            for inner in value.values():
                yield from _objects(group, inner)
        elif is_page or is_by_name:
            for name, inner in (lists | pages).items():
                yield from _objects(group if name in LISTS else name, inner)
        else:
            yield group, value


def _is_page(value: object) -> bool:
    """Whether it is an API answer: a list under one of the usual names, and perhaps a token."""
    if not isinstance(value, Mapping) or not 1 <= len(value) <= 2:
        return False
    return any(isinstance(v, list) and _holds_objects(v) for k, v in value.items() if k in LISTS)


def _holds_objects(values: list[object]) -> bool:
    return all(isinstance(value, Mapping | list) for value in values)


def _fault(document: Document, line: int, why: str) -> Problem:
    return Problem(file=document.name, line=line, column="", value="", why=why)
