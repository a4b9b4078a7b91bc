"""Find the day of a daily note by its file name, and the text to read in it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

from hrvctl.errors import DataError
from hrvctl.records import FIRST_PLAUSIBLE_DAY

# 2026-11-22.md and 2026_11_22.md, as Obsidian and Logseq name them, a title after the date or not.
NAME = re.compile(r"(\d{4})([-_])(\d{2})\2(\d{2})(?!\d)[^/]*\.(?:md|txt)", re.IGNORECASE)
# Copies that Dropbox or Syncthing make of a file they could not merge.
CONFLICT = re.compile(r"conflicted copy|\.sync-conflict-", re.IGNORECASE)
# Old versions kept by Logseq, and hidden folders.
NOT_NOTES = re.compile(r"(?:^|/)(?:\.[^/]*|logseq/bak)(?:/|$)", re.IGNORECASE)

# Largest file that is read, bytes (own choice: a long diary page has a hundredth of it).
MAX_BYTES = 1_000_000
# Largest front matter, characters, and how deep it may nest (own choice: real ones are flat).
MAX_FRONT = 20_000
MAX_DEPTH = 4

FENCE = re.compile(r"---[ \t]*\n(?P<front>.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.M)
# Keys that note programs keep in front matter for themselves; they are not about the day.
HOUSEKEEPING = frozenset(
    {
        "aliases",
        "alias",
        "banner",
        "created",
        "cssclass",
        "cssclasses",
        "date",
        "day",
        "id",
        "layout",
        "modified",
        "permalink",
        "publish",
        "template",
        "title",
        "type",
        "uid",
        "updated",
    }
)
TAG_KEYS = frozenset({"tag", "tags"})


@dataclass(frozen=True, slots=True)
class PageText:
    """The text of a page.

    Attributes:
        text: Front matter as ``key: value`` lines, then the body.
        n_front: Characters of the front matter in it.
        fault: Why the front matter was left out; empty when it was not.
    """

    text: str
    n_front: int = 0
    fault: str = ""


def page_day(path: str) -> date | None:
    """The day a file is about.

    Args:
        path: Relative to the folder of notes, with ``/``.

    Returns:
        ``None`` if it is not a daily note: another name, a hidden folder, a program's own copy.
    """
    named = NAME.fullmatch(path.rpartition("/")[2])
    if named is None or NOT_NOTES.search(path) or CONFLICT.search(path):
        return None
    try:
        day = date(int(named[1]), int(named[3]), int(named[4]))
    except ValueError:
        return None
    return day if day >= FIRST_PLAUSIBLE_DAY else None


def page_text(content: bytes) -> PageText:
    """Read the text of a page; a faulty front matter is left out and the body is still read.

    Raises:
        DataError: It is not UTF-8 text, or too large to be a note.
    """
    if len(content) > MAX_BYTES:
        raise DataError(
            f"{len(content):,} bytes are more than the {MAX_BYTES:,} a daily note may have",
            hint="move it out of the folder, or shorten it",
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"byte {error.start} is not UTF-8 text", hint="save it as UTF-8, or move it away"
        ) from error
    if "\0" in text:
        raise DataError("it is not text: it contains a NUL byte", hint="move it out of the folder")
    text = "\n".join(text.splitlines())
    fenced = FENCE.match(text)
    if fenced is None:
        return PageText(text)
    body = text[fenced.end() :]
    try:
        front = "".join(f"{line}\n" for line in _front_lines(fenced["front"]))
        return PageText(front + body, n_front=len(front))
    except DataError as error:
        return PageText(body, fault=error.message)


def _front_lines(front: str) -> Iterator[str]:
    content = _parse(front)
    if not content:
        return
    if not isinstance(content, dict):
        raise DataError("the front matter is not a list of keys and values")
    for key, value in content.items():
        name = _line(str(key))
        if name.casefold() in TAG_KEYS:
            yield from (f"#{tag}" for tag in _tags(value))
        elif name and name.casefold() not in HOUSEKEEPING:
            yield from _property_lines(name, value)


def _parse(front: str) -> Any:  # noqa: ANN401 - YAML holds anything
    """Parse front matter with every scalar as text: ``23:30`` and ``no`` stay what they are.

    Raises:
        DataError: It is not YAML, is too long or too deep, or has an anchor or alias.
    """
    if len(front) > MAX_FRONT:
        raise DataError(f"the front matter has more than {MAX_FRONT:,} characters")
    depth = 0
    try:
        for event in yaml.parse(front, Loader=yaml.BaseLoader):
            # An alias lets a few lines stand for millions of values.
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise DataError("the front matter has an anchor or alias")
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise DataError("the front matter is nested too deep")
        return yaml.BaseLoader(front).get_single_data()
    except (yaml.YAMLError, ValueError) as error:  # the latter from an escape of no character
        where = getattr(error, "problem_mark", None)
        line = f", line {where.line + 2}" if where else ""
        raise DataError(f"the front matter is not YAML{line}") from error


def _property_lines(name: str, value: Any) -> Iterator[str]:  # noqa: ANN401 - YAML holds anything
    # An empty property of the template is unanswered, so it gives no line.
    if isinstance(value, dict):
        for inner, answer in value.items():
            yield from _property_lines(_line(str(inner)), answer)
    elif isinstance(value, list):
        words = ", ".join(_line(item) for item in value if isinstance(item, str) and item.strip())
        if words:
            yield f"{name}: {words}"
    elif words := _line(value):
        yield f"{name}: {words}"


def _tags(value: Any) -> Iterator[str]:  # noqa: ANN401 - YAML holds anything
    named = value if isinstance(value, list) else re.split(r"[,\s]+", str(value))
    for tag in named:
        if isinstance(tag, str) and (name := "_".join(_line(tag).lstrip("#").split())):
            yield name


def _line(value: str) -> str:
    # An escape may be a lone surrogate, which UTF-8 cannot encode.
    return " ".join(value.encode("utf-8", "replace").decode("utf-8").split())
