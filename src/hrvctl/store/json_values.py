"""Dataclasses to JSON and back: the class that writes an artifact also reads it.

Written by hand and not with `cattrs`: that would cost every command that only shows a file 50 ms of
import (a sixth of its time), and need hooks for all that is special here anyway: keys that are
numbers, rounding, NaN as null, and one error that names file and field.

A dataclass may have a method ``json_extra``, whose keys are written after its fields and ignored
when read. A field's metadata may have ``json_key``, its key where that differs from its
name, and ``omit_none``: the key is left out where the value is ``None``.
"""

import dataclasses
import math
import types
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from functools import cache
from pathlib import PurePath
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

Content = TypeVar("Content")

# A millionth of a millisecond is round-off; written out it would only make diffs.
DECIMALS = 6


class FieldFault(Exception):
    """A value does not fit the field it should be read into; the text names both."""


def plain(value: Any) -> Any:  # noqa: ANN401 - walks any nesting
    """Turn dataclasses into what JSON knows: dates are ISO text, NaN is null, keys are text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _object(value)
    if isinstance(value, Mapping):
        return {_key(key): plain(item) for key, item in value.items()}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return None if math.isnan(value) else round(float(value), DECIMALS)
    return value


def read_value(kind: type[Content], value: object) -> Content:
    """Read what ``plain`` made of a value; a key that no field has is ignored.

    Raises:
        FieldFault: It is something else; names the field.
    """
    made: Content = _read(kind, value, "")
    return made


def _object(value: Any) -> dict[str, object]:  # noqa: ANN401 - any dataclass
    made: dict[str, object] = {
        field.metadata.get("json_key", field.name): plain(getattr(value, field.name))
        for field in dataclasses.fields(value)
        if not (field.metadata.get("omit_none") and getattr(value, field.name) is None)
    }
    extra: Mapping[str, object] = value.json_extra() if hasattr(value, "json_extra") else {}
    return made | {key: plain(item) for key, item in extra.items()}


def _key(key: object) -> str:
    return key.value if isinstance(key, Enum) else str(key)


def _read(kind: Any, value: Any, where: str) -> Any:  # noqa: ANN401 - walks any nesting
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _read_union(args, value, where)
    if origin is Literal:
        return _checked(value in args, value, where, " or ".join(map(repr, args)), value)
    if origin in (tuple, list):
        _checked(isinstance(value, list), value, where, "a list", None)
        return origin(_read(args[0], item, f"{where}[{i}]") for i, item in enumerate(value))
    if origin is not None and issubclass(origin, Mapping):
        _checked(isinstance(value, dict), value, where, "an object", None)
        return {
            _read_key(args[0], key, where): _read(args[1], item, _join(where, key))
            for key, item in value.items()
        }
    if dataclasses.is_dataclass(kind):
        return _read_object(kind, value, where)
    return _read_scalar(kind, value, where)


def _read_object(kind: Any, value: Any, where: str) -> Any:  # noqa: ANN401 - any dataclass
    _checked(isinstance(value, dict), value, where, "an object", None)
    made = {}
    for name, key, is_required, hint in _fields(kind):
        if key in value:
            made[name] = _read(hint, value[key], _join(where, key))
        elif is_required:
            raise FieldFault(f"{_join(where, key)}: the field is missing")
    return kind(**made)


def _read_union(kinds: tuple[Any, ...], value: Any, where: str) -> Any:  # noqa: ANN401
    """The first of the types that fits."""
    fault = FieldFault(f"{where}: {value!r} does not fit")
    for kind in kinds:
        if kind is types.NoneType:
            if value is None:
                return None
            continue
        try:
            return _read(kind, value, where)
        except FieldFault as error:
            fault = error
    raise fault


def _read_scalar(kind: Any, value: Any, where: str) -> Any:  # noqa: ANN401
    if kind is float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return float(_checked(is_number, value, where, "a number", value))
    if kind in (date, datetime):
        try:
            return kind.fromisoformat(_checked(isinstance(value, str), value, where, "text", value))
        except ValueError as error:
            raise FieldFault(f"{where}: {value!r} is not a {kind.__name__}") from error
    if issubclass(kind, Enum):
        try:
            return kind(value)
        except ValueError as error:
            raise FieldFault(f"{where}: {value!r} is not a {kind.__name__}") from error
    is_kind = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    return _checked(is_kind, value, where, f"of type {kind.__name__}", value)


def _read_key(kind: Any, key: str, where: str) -> Any:  # noqa: ANN401
    try:
        return kind(key)
    except ValueError as error:
        raise FieldFault(f"{where}: the key {key!r} is not a {kind.__name__}") from error


def _checked(is_sound: bool, value: object, where: str, wanted: str, sound: Any) -> Any:  # noqa: ANN401
    if not is_sound:
        raise FieldFault(f"{where or 'the file'}: {value!r} is not {wanted}")
    return sound


def _join(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


@cache
def _fields(kind: type) -> tuple[tuple[str, str, bool, Any], ...]:
    """Of each field: its name, its key, whether it must be there, and its type."""
    hints = get_type_hints(kind)
    return tuple(
        (
            field.name,
            field.metadata.get("json_key", field.name),
            field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING,
            hints[field.name],
        )
        for field in dataclasses.fields(kind)
    )
