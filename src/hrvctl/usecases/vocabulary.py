"""The words hrvctl understands: those it comes with, and a person's own before them."""

import tomllib
from pathlib import Path

from hrvctl.domain.journal_text.vocabulary import Vocabulary, build_vocabulary, shipped
from hrvctl.errors import ConfigError, DataError
from hrvctl.settings import Settings

# The largest vocabulary of a person's own, bytes (own choice: ten times the one that is shipped).
MAX_VOCABULARY = 1_000_000


def vocabulary_file(settings: Settings) -> Path:
    """Where the person's own words are, or would be: the setting, else beside ``config.toml``.

    Raises:
        ConfigError: See ``place_in``.
    """
    return place_in(settings, settings.vocabulary or "vocabulary.toml")


def own_vocabulary(settings: Settings) -> str:
    """The file with the person's own words; empty when there is none and none was named."""
    path = vocabulary_file(settings)
    return str(path) if settings.vocabulary or path.exists() else ""


def place_in(settings: Settings, named: str) -> Path:
    """A path as it is meant in the settings.

    Raises:
        ConfigError: It is under the folder of a user (``~name``) this machine does not know.
    """
    try:
        # What is relative stays where it is whatever folder hrvctl is called from.
        return settings.config_path.parent.absolute() / Path(named).expanduser()
    except RuntimeError as error:
        raise ConfigError(f"{named}: there is no such user", hint="name another place") from error


def load_vocabulary(path: str) -> Vocabulary:
    """The words hrvctl knows, with the person's own before them.

    Args:
        path: The person's file; empty for none.

    Raises:
        ConfigError: The file cannot be read or has faults; all of them are named.
    """
    if not path:
        return build_vocabulary(shipped())
    try:
        with Path(path).open("rb") as file:
            content = file.read(MAX_VOCABULARY + 1)
        if len(content) > MAX_VOCABULARY:
            raise ConfigError(f"{path} has more than {MAX_VOCABULARY:,} bytes")
        own = tomllib.loads(content.decode("utf-8-sig"))
    except OSError as error:
        raise ConfigError(
            f"cannot read your vocabulary {path}: {error.strerror or error}",
            hint="mend the path: hrvctl config set vocabulary FILE",
        ) from error
    except ValueError as error:  # no UTF-8, no TOML
        raise ConfigError(f"your vocabulary {path}: {error}", hint="it is a TOML file") from error
    try:
        return build_vocabulary(shipped(), own)
    except (ConfigError, DataError) as error:
        problems = error.problems or (error.message,)
        count = "1 fault" if len(problems) == 1 else f"{len(problems)} faults"
        raise ConfigError(
            f"your vocabulary {path} has {count}",
            problems=problems,
            hint=error.hint or "docs/journal.md shows what such a file looks like",
        ) from error
