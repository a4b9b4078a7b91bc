"""Read, change and check the config file; comments and order in it stay as they were written."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from pathlib import Path

import tomlkit

from hrvctl.errors import ConfigError
from hrvctl.files import read_file
from hrvctl.setting_values import Value, as_text
from hrvctl.settings import (
    KEYS,
    check_text,
    config_path,
    faulty,
    find_home,
    find_key,
    load_with_faults,
    read_value,
)
from hrvctl.store.artifacts import save_text
from hrvctl.store.home import Home, check_home
from hrvctl.usecases.agent import agent_settings, check_agent
from hrvctl.usecases.vocabulary import place_in

# Settings that name a file or a folder.
PLACES = ("journal_folder", "vocabulary")


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one key in the config file.

    Attributes:
        key: Its name.
        value: Its new value as text; after an unset the default, which holds from then on.
        path: The config file.
        is_done: Whether there was anything to change.
    """

    key: str
    value: str
    path: Path
    is_done: bool


def set_key(home: Path | None, name: str, text: str, *, dry_run: bool) -> Change:
    """Set one key in the config file, as TOML's own number, truth value or list where it is one.

    Raises:
        ConfigError: The key, the value or the file is faulty; the file stays as it is.
        HomeError: The file cannot be written, or something else is where the home should be.
    """
    if name in PLACES and text and not text.startswith("~"):
        # The person means a place seen from where they are; the file is read from anywhere.
        text = str(Path(text).absolute())
    value = read_value(name, text)
    path = _config_file(home)
    document = _load_document(path)
    document[name] = _toml_value(value)
    if not dry_run:
        save_text(path, document.as_string())
    return Change(name, as_text(value), path, is_done=True)


def unset_key(home: Path | None, name: str, *, dry_run: bool) -> Change:
    """Take one key out of the config file, so that its default holds again.

    Raises:
        ConfigError: There is no such key, or the file is faulty; the file stays as it is.
        HomeError: The file cannot be written, or something else is where the home should be.
    """
    path = _config_file(home)
    document = _load_document(path)
    # A key that does not exist can be taken out of a file as well.
    default = "" if name in document and name not in KEYS else as_text(find_key(name).default)
    if name not in document:
        return Change(name, default, path, is_done=False)
    document.remove(name)
    if not dry_run:
        save_text(path, document.as_string())
    return Change(name, default, path, is_done=True)


def edit_file(home: Path | None, edit: Callable[[str], str], *, dry_run: bool) -> tuple[Path, bool]:
    """Let the person edit the config file; it is saved as they left it, also with faults.

    Args:
        home: ``--home``, when given.
        edit: Shows a text to the person and returns what they made of it. It is given the file,
            or every key as a comment where there is none.
        dry_run: Check what they made of it, and write nothing.

    Returns:
        The file, and whether it was changed.

    Raises:
        ConfigError: The file cannot be read, or the new text has faults; it is saved all the same.
        HomeError: The file cannot be written, or something else is where the home should be.
    """
    path = _config_file(home)
    before = _read(path) or _template()
    after = edit(before)
    if after == before:
        return path, False
    if not dry_run:
        save_text(path, after)
    if problems := check_text(after, path):
        raise faulty(problems)
    return path, True


def check_all(home: Path | None, subject: str | None) -> Path:
    """Check the whole configuration: file, environment, and what the values refer to.

    Returns:
        The config file; it need not exist.

    Raises:
        ConfigError: It has faults; ``problems`` names them all.
    """
    settings, problems = load_with_faults(home=home, options={"subject": subject})
    for key in PLACES:
        named = settings.values[key]
        try:
            if named.value and not place_in(settings, named.value).exists():
                problems.append(f"{named.where}: {key} = {named.value!r}: it does not exist")
        except ConfigError as error:
            problems.append(f"{named.where}: {key} = {error.message}")
    try:
        check_agent(agent_settings(settings))
    except ConfigError as error:
        problems.append(error.message)
    if problems:
        raise faulty(problems)
    return settings.config_path


def _config_file(home: Path | None) -> Path:
    found = find_home(home)
    check_home(Home(Path(found.value)))
    return config_path(found)


def _load_document(path: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(_read(path))
    except (ValueError, RecursionError) as error:
        hint = "correct it with `hrvctl config edit` first"
        raise ConfigError(f"{path}: {error}", hint=hint) from error


def _read(path: Path) -> str:
    """The text of the file; empty where there is none."""
    try:
        return read_file(path).decode("utf-8") if os.path.lexists(path) else ""
    except (OSError, UnicodeDecodeError) as error:
        hint = "correct the file by hand first"
        raise ConfigError(f"{path}: {error}", hint=hint) from error


def _toml_value(value: Value) -> str | bool | int | list[str]:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, time):
        return as_text(value)
    # A choice is text; TOML Kit does not take an enum.
    return str(value) if isinstance(value, str) else value


def _template() -> str:
    lines = ["# The settings of hrvctl. Remove the # before a key to change its value."]
    for key in KEYS.values():
        lines += ["", f"# {key.about.help}"]
        lines.append(f"# {key.name} = {tomlkit.item(_toml_value(key.default)).as_string()}")
    return "\n".join(lines) + "\n"
