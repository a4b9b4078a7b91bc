"""Load the vocabulary: the shipped one, with the person's own merged over it."""

import tomllib
from functools import lru_cache
from pathlib import Path

from hrvctl.domain.journal_text.languages import with_languages
from hrvctl.domain.journal_text.vocabulary import Vocabulary
from hrvctl.errors import ConfigError, DataError, count
from hrvctl.files import open_file
from hrvctl.settings import Settings

# Largest vocabulary of a person, bytes (own choice: ten times the shipped one).
MAX_VOCABULARY = 1_000_000


def vocabulary_file(settings: Settings) -> Path:
    """The path of the person's vocabulary: the setting, else next to ``config.toml``.

    Raises:
        ConfigError: See ``place_in``.
    """
    return place_in(settings, settings.vocabulary or "vocabulary.toml")


def own_vocabulary(settings: Settings) -> str:
    """The path of the person's vocabulary; empty if there is none and none is set."""
    path = vocabulary_file(settings)
    return str(path) if settings.vocabulary or path.exists() else ""


def place_in(settings: Settings, named: str) -> Path:
    """Resolve a path of the settings, relative to the folder of ``config.toml``.

    Raises:
        ConfigError: It is under the folder of a user (``~name``) this machine does not know.
    """
    try:
        # Relative paths must not depend on the folder hrvctl is called from.
        return settings.config_path.parent.absolute() / Path(named).expanduser()
    except RuntimeError as error:
        raise ConfigError(f"{named}: no such user", hint="name another place") from error


def load_vocabulary(path: str) -> Vocabulary:
    """Build the vocabulary, with the person's own merged over the shipped one.

    Args:
        path: The person's file; empty for none.

    Raises:
        ConfigError: The file cannot be read or has faults; all of them are named.
    """
    try:
        return _build(_read(path) if path else b"")
    except OSError as error:
        raise ConfigError(
            f"cannot read your vocabulary {path}: {error.strerror or error}",
            hint="correct the path: hrvctl config set vocabulary FILE",
        ) from error
    except (ValueError, RecursionError) as error:  # no UTF-8, no TOML
        raise ConfigError(
            f"your vocabulary {path}: {error}", hint="write it as a TOML file in UTF-8"
        ) from error
    except DataError as error:
        problems = error.problems or (error.message,)
        raise ConfigError(
            f"your vocabulary {path} has {count(len(problems), 'fault')}",
            problems=problems,
            hint=error.hint or "docs/journal.md shows what such a file looks like",
        ) from error


def _read(path: str) -> bytes:
    with open_file(Path(path)) as file:
        content = file.read(MAX_VOCABULARY + 1)
    if len(content) > MAX_VOCABULARY:
        raise ConfigError(f"{path} has more than {MAX_VOCABULARY:,} bytes")
    return content


@lru_cache(maxsize=1)
def _build(content: bytes) -> Vocabulary:
    """Build the vocabulary once for all evenings of a process that read the same file."""
    own = tomllib.loads(content.decode("utf-8-sig"))
    return with_languages(own) if own else with_languages()
