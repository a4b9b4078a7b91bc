"""Exports as accident and malice would have them: sound fixtures, damaged and wrapped."""

import csv
import io
import json
import re
import warnings
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

from sources.bombs import BOMBS, made
from sources.exports import fixtures

Mutation = Callable[[Random, bytes], bytes]
Members = Sequence[tuple[str, bytes]]

FULL_WIDTH = "".join(chr(0xFF10 + int(digit)) for digit in "20250503")
# What no cell of an export should hold; each has broken a program somewhere.
NASTY = (
    "", " ", "\0", "\x1b[2J", "-", "null", "true", "[]", "{}", '"', "'", "\n", "\r", "\ufeff", "½",
    "٣٤", FULL_WIDTH, "=cmd|' /C calc'!A0", "../../../etc/passwd", "%s%n", "\u202e🧀",
    "0", "-0", "-1", "1e999", "-1e999", "1e-320", "NaN", "Infinity", "9" * 400, "9" * 5000,
    "18446744073709551616", "253402300800", "253402300800000", "-62135596801", "1,5", "1.234,5",
    "2025-02-30", "0000-00-00", "0001-01-01T00:00:00-12:00", "9999-12-31T23:59:59+14:00",
    "9999-12-31", "2025-05-03T24:00:00Z", "2025-05-03 25:61:00", "2025-05-03T23:00:00+99:99",
    "a" * 200_000,
)  # fmt: skip
ODD_JSON: tuple[Any, ...] = (
    None, True, False, 0, -1, 0.5, 10**30, 10**400, 1e308, float("nan"), float("inf"), "\ud800",
    "x\0y", [], {}, [[]], [None], {"": None}, {"data": [1]}, [{"day": []}],
)  # fmt: skip
NAMES = (
    "../../evil.csv", "/tmp/evil.csv", "C:\\evil.csv", "..\\..\\evil.csv", "a/../../evil.csv",  # noqa: S108
    "./evil.csv", "evil\0.csv", "evil\n.csv", "CON", "a" * 300 + ".csv", "\x1b[2J.csv", "é/ü.json",
    "export.zip", "DI_CONNECT/DI-Connect-Wellness/x.json", "__MACOSX/._x.csv", "x/", "🧀.xml",
)  # fmt: skip
ENCODINGS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "latin-1", "cp437", "utf-7")
# Enough for any cell repeated in every row; what is large because it is large is no damage.
MOST_BYTES = 4 * 1024**2
DAY = re.compile(rb"\d{4}-\d{2}-\d{2}")
DIGITS = re.compile(rb"\d+(?:\.\d+)?")
WORDS = re.compile(rb'(?<![A-Za-z])[A-Za-z][a-z]{1,30}(?="[,\s}\]])')
SIGNS = (
    rb"\ud800",
    rb"\udfff x",
    rb"\u0000",
    rb"\ud83e\uddc0",
    b"\0",
    b"\xff",
    b"\x1b[2J",
    b"\r",
    b"\n",
)
VALUE = re.compile(rb'(?<==")[^"]*(?=")')


ALL = fixtures()
BY_FOLDER = {path.parent.name: [p for p in ALL if p.parent == path.parent] for path in ALL}


def mutated(rng: Random, content: bytes) -> tuple[bytes, list[str]]:
    """Damage a file in one way or several; returns what came of it and what was done."""
    done = []
    # Most often what keeps the format whole, or nothing but the first look at a file is tried.
    by_format = _node_replaced if content.lstrip()[:1] in (b"{", b"[") else _cell_replaced
    chosen = rng.choice((MUTATIONS, (by_format, _value_replaced, _words_damaged)))
    for mutate in rng.choices(chosen, k=rng.choice((1, 1, 1, 2, 4))):
        content = mutate(rng, content)[:MOST_BYTES]
        done.append(mutate.__name__.strip("_"))
    return content, done


def _flipped(rng: Random, content: bytes) -> bytes:
    found = bytearray(content)
    for _ in range(min(rng.choice((1, 4, 64)), len(found))):
        found[rng.randrange(len(found))] = rng.randrange(256)
    return bytes(found)


def _cut(rng: Random, content: bytes) -> bytes:
    first, last = sorted(rng.randint(0, len(content)) for _ in range(2))
    return rng.choice((content[:first], content[first:last], content[:first] + content[last:]))


def _lines_doubled(rng: Random, content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    return b"".join(line * rng.choice((1, 1, 2, 50)) for line in lines)


def _lines_shuffled(rng: Random, content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    first = rng.choice((0, 1))
    return b"".join([*lines[:first], *rng.sample(lines[first:], len(lines[first:]))])


def _columns_shuffled(rng: Random, content: bytes) -> bytes:
    rows = _rows(content)
    order = list(range(max((len(row) for row in rows), default=0)))
    rng.shuffle(order)
    moved = rows[:1] if rng.random() < 0.5 else rows  # the header alone: every cell is wrong
    for row in moved:
        row[:] = [row[place] for place in order if place < len(row)]
    return _csv(rows)


def _cell_replaced(rng: Random, content: bytes) -> bytes:
    rows = _rows(content)
    for _ in range(rng.choice((1, 1, 3, 20))):
        row = rng.choice(rows) if rows else []
        if row:
            row[rng.randrange(len(row))] = rng.choice(NASTY)
    return _csv(rows)


def _recoded(rng: Random, content: bytes) -> bytes:
    return _text(content).encode(rng.choice(ENCODINGS), "replace")


def _value_replaced(rng: Random, content: bytes) -> bytes:
    """Put something else in the place of a number, a day or an attribute."""
    found = list(rng.choice((DAY, DIGITS, VALUE)).finditer(content))
    for match in rng.sample(found, min(len(found), rng.choice((1, 5)))):
        new = rng.choice(NASTY).encode()
        content = content[: match.start()] + new + content[match.end() :]
    return content


def _words_damaged(rng: Random, content: bytes) -> bytes:
    """Put signs that are none into names and notes, and leave the rest sound."""
    found = list(WORDS.finditer(content))
    for match in rng.sample(found, min(len(found), rng.choice((1, 3)))):
        place = match.end()
        content = content[:place] + rng.choice(SIGNS) + content[place:]
    return content


def _spliced(rng: Random, content: bytes) -> bytes:
    place = rng.randint(0, len(content))
    return content[:place] + rng.choice(NASTY).encode() + content[place:]


def _node_replaced(rng: Random, content: bytes) -> bytes:
    """Put something else in the place of anything in a JSON file."""
    try:
        root = json.loads(content)
    except (ValueError, RecursionError):
        return _spliced(rng, content)
    for _ in range(rng.choice((1, 5, 20))):
        root = _replaced(rng, root)
    return json.dumps(root).encode()


def _replaced(rng: Random, node: Any) -> Any:
    if isinstance(node, list | dict) and node and rng.random() < 0.9:
        key = rng.choice(list(node) if isinstance(node, dict) else range(len(node)))
        choice = rng.random()
        if choice < 0.05:
            del node[key]
        elif choice < 0.1 and isinstance(node, dict):
            node[rng.choice(NASTY[:20])] = node.pop(key)
        else:
            node[key] = _replaced(rng, node[key])
        return node
    if isinstance(node, str) and rng.random() < 0.5:
        return rng.choice((f"{node}\ud800", f"{node}\0", f"\n{node}", node * 2, rng.choice(NASTY)))
    odd = rng.choice((*ODD_JSON, rng.choice(NASTY), [node], {"data": [node]}, [node, node]))
    return json.loads(json.dumps(odd))  # a copy: no two places may be one


def _rows(content: bytes) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(_text(content), newline="")))
    except csv.Error:  # no table, or one with a cell as long as a book
        return []


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def _csv(rows: list[list[str]]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode("utf-8", "replace")


MUTATIONS: tuple[Mutation, ...] = (
    _flipped,
    _cut,
    _lines_doubled,
    _lines_shuffled,
    _columns_shuffled,
    _cell_replaced,
    _recoded,
    _value_replaced,
    _words_damaged,
    _spliced,
    _node_replaced,
)


def zipped(rng: Random, members: Members) -> bytes:
    """Pack members, some under names that want to be elsewhere, some twice, some encrypted."""
    buffer = io.BytesIO()
    method = rng.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_LZMA))
    with zipfile.ZipFile(buffer, "w", method) as archive, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Duplicate name")
        for name, content in members:
            info = zipfile.ZipInfo(name if rng.random() < 0.7 else rng.choice(NAMES))
            info.compress_type = method
            if rng.random() < 0.05:
                info.external_attr = 0o120777 << 16  # a symbolic link
            archive.writestr(info, content)
            if rng.random() < 0.03:
                info.flag_bits |= 0x1
    return buffer.getvalue()


def offer(seed: int, folder: Path) -> tuple[Path, str]:
    """Write one made-up export into a folder.

    Returns:
        What to import, and how it was made, for a person who has to find out.
    """
    rng = Random(seed)  # noqa: S311 - nothing secret: the same seed must give the same file
    if rng.random() < 0.06:
        name = rng.choice(list(BOMBS))
        return _saved(folder / name, made(name)), name
    # A vendor first: one of few fixtures is tried as often as one of many.
    own = BY_FOLDER[rng.choice(sorted(BY_FOLDER))]
    paths = rng.sample(own, min(len(own), rng.choice((1, 1, 1, 1, 6))))
    if rng.random() < 0.1:
        paths += rng.sample(ALL, 2)  # two vendors in one folder
    members, recipe = [], []
    for path in paths:
        content, done = mutated(rng, path.read_bytes())
        members.append((path.name, content))
        recipe.append(f"{path.parent.name}/{path.name}: {', '.join(done)}")
    return _wrapped(rng, members, folder), "; ".join(recipe)


def _wrapped(rng: Random, members: Members, folder: Path) -> Path:
    choice = rng.random()
    if choice < 0.5 and len(members) == 1:
        return _saved(folder / rng.choice((members[0][0], "export.dat")), members[0][1])
    if choice < 0.75:
        for number, (name, content) in enumerate(members):
            _saved(folder / "unpacked" / str(number) / name, content)
        return folder / "unpacked"
    content = zipped(rng, members)
    for depth in range(rng.choice((0, 0, 0, 1, 2, 4))):
        content = zipped(rng, [(f"{depth}.zip", content)])
    if rng.random() < 0.3:
        content = rng.choice((_flipped, _cut))(rng, content)
    return _saved(folder / "export.zip", content)


def _saved(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
