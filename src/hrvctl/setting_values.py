"""The value of a setting: read from TOML or text by its type, and written as text."""

import re
from datetime import time
from enum import StrEnum

Value = str | bool | int | time | tuple[str, ...]


def as_text(value: Value) -> str:
    """A value as it is written after ``hrvctl config set`` and in the environment."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return ",".join(value) if isinstance(value, tuple) else str(value)


def typed_value(kind: type, raw: object) -> Value:
    """Read a value of one type from TOML's own type, or from text.

    Raises:
        ValueError: It is neither; the message says what is accepted.
    """
    if issubclass(kind, StrEnum):
        if isinstance(raw, str) and raw in list(kind):
            return kind(raw)
        raise ValueError(f"use one of: {', '.join(kind)}")
    if kind is bool:
        if isinstance(raw, bool):
            return raw
        if raw in ("true", "false"):
            return raw == "true"
        raise ValueError("use true or false")
    if kind is int:
        if isinstance(raw, int) and not isinstance(raw, bool):
            return raw
        if isinstance(raw, str) and raw.isascii() and raw.isdecimal():
            return int(raw)
        raise ValueError("give a whole number")
    if kind is time:
        return _time(raw)
    if kind is tuple:
        if isinstance(raw, str):
            return tuple(part.strip() for part in raw.split(",") if part.strip())
        if isinstance(raw, list | tuple) and all(isinstance(part, str) for part in raw):
            return tuple(raw)
        raise ValueError('give a list of texts, for example ["one", "two"]')
    if isinstance(raw, str):
        return raw
    raise ValueError("write it as text, in quotes")


def _time(raw: object) -> time:
    if isinstance(raw, time) and raw == raw.replace(second=0, microsecond=0):
        return raw
    if isinstance(raw, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", raw, re.ASCII):
        return time.fromisoformat(raw)
    raise ValueError('give a time as HH:MM, for example "21:30"')
