"""Where the home is and what is configured; every value knows where it came from."""

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import platformdirs

from hrvctl.errors import ConfigError

Origin = Literal["option", "environment", "config file", "default"]

MODELS = ("auto", "hierarchical", "local_level", "ses", "ma7", "naive")
PROFILES = ("robust60", "plews", "hrv4t-like", "javaloyes")
AGENTS = ("rules", "llm")

# Where Ollama listens by default (its documentation, "OpenAI compatibility"): this machine.
OLLAMA = "http://localhost:11434/v1"
# Longest wait for an llm, seconds (own choice: a local model on a slow machine needs minutes).
MAX_TIMEOUT_S = 600

# Most history kept, runs and days: about 2 GB at 180 KB a run (measured), and ten years.
MAX_RUNS, MAX_DAYS = 10_000, 3_660

# A subject names a folder and a row in every table; short, and safe in any file system.
SUBJECT_PATTERN = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


@dataclass(frozen=True, slots=True)
class Key:
    """One thing that can be configured.

    Attributes:
        name: As written in ``config.toml`` and after ``hrvctl config set``.
        default: Used when nobody says otherwise.
        help: One sentence for a person.
        check: Says what is wrong with a value, or returns an empty string.
    """

    name: str
    default: str
    help: str
    check: Callable[[str], str]

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return f"HRVCTL_{self.name.upper()}"


@dataclass(frozen=True, slots=True)
class Setting:
    """A value and where it came from."""

    key: str
    value: str
    origin: Origin
    where: str


@dataclass(frozen=True, slots=True)
class Settings:
    """All values in force for one command."""

    home: Setting
    config_path: Path
    values: Mapping[str, Setting]

    def __getitem__(self, key: str) -> str:
        return self.values[key].value

    @property
    def home_path(self) -> Path:
        """The home as a path; it need not exist."""
        return Path(self.home.value)


def check_subject(value: str) -> str:
    """Say what is wrong with a subject's name, or return an empty string."""
    if SUBJECT_PATTERN.fullmatch(value):
        return ""
    return "use 1 to 32 lower-case letters, digits, - or _, beginning with a letter or digit"


def _one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    def check(value: str) -> str:
        return "" if value in choices else f"use one of: {', '.join(choices)}"

    return check


def _any(_: str) -> str:
    return ""


def _whole(low: int, high: int, what: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        is_whole = value.isascii() and value.isdecimal()
        return "" if is_whole and low <= int(value) <= high else f"give {what}, {low} to {high}"

    return check


def _web_address(value: str) -> str:
    if re.fullmatch(r"https?://[^\s/]+\S*", value):
        return ""
    return "give an address that begins with http:// or https://"


def _maybe_address(value: str) -> str:
    return _web_address(value) if value else ""


_SECONDS = _whole(1, MAX_TIMEOUT_S, "whole seconds")
_RUNS = _whole(1, MAX_RUNS, "a number of runs")
_DAYS = _whole(1, MAX_DAYS, "a number of days")

KEYS: Mapping[str, Key] = {
    key.name: key
    for key in (
        Key("subject", "me", "Whose data a command speaks of.", check_subject),
        Key("model", "auto", "Forecast model; auto lets your own past decide.", _one_of(MODELS)),
        Key("profile", "robust60", "How the normal range is made.", _one_of(PROFILES)),
        Key("journal_folder", "", "Your daily notes, one file a day; empty for none.", _any),
        Key("vocabulary", "", "Your own words for the journal, a TOML file.", _any),
        Key("agent", "rules", "Who gives the final word.", _one_of(AGENTS)),
        Key("llm_url", OLLAMA, "OpenAI-compatible endpoint of the llm agent.", _web_address),
        Key("llm_model", "", "Its model, as the endpoint names it.", _any),
        Key("llm_timeout_s", "60", "Seconds the llm agent may take in all.", _SECONDS),
        Key("ping_url", "", "A monitor told of every evening; empty for none.", _maybe_address),
        Key("on_success", "", "A shell command after an evening that went well.", _any),
        Key("on_failure", "", "A shell command after one that needs you.", _any),
        Key("keep_runs", "60", "Runs kept in the history; older ones are pruned.", _RUNS),
        Key("keep_days", "365", "Days a run is kept in the history at most.", _DAYS),
    )
}


def find_home(option: Path | None) -> Setting:
    """Find the home: ``--home``, then ``HRVCTL_HOME``, then the user data folder.

    ``DAGSTER_HOME`` is never looked at: it belongs to whatever else the person runs.

    Raises:
        ConfigError: It is under the folder of a user (``~name``) this machine does not know.
    """
    if option is not None:
        return Setting("home", str(_absolute(option)), "option", "--home")
    if named := os.environ.get("HRVCTL_HOME"):
        return Setting("home", str(_absolute(Path(named))), "environment", "HRVCTL_HOME")
    default = platformdirs.user_data_path("hrvctl", appauthor=False)
    return Setting("home", str(default), "default", "user data folder")


def load_settings(
    *, home: Path | None = None, options: Mapping[str, str | None], is_lenient: bool = False
) -> Settings:
    """Gather every setting and check them all.

    Args:
        home: ``--home``, when given.
        options: Key to value as said on the command line; ``None`` where nothing was said.
        is_lenient: Take the default where a value is faulty; for who tells of the faults.

    Raises:
        ConfigError: Something is wrong; ``problems`` names every fault, not just the first.
    """
    found = find_home(home)
    path = config_path(found)
    written, problems = _read_config(path)
    problems += _unknown_variables()
    values = {}
    for key in KEYS.values():
        setting = _resolve(key, options.get(key.name), written, path)
        if fault := key.check(setting.value):
            problems.append(f"{setting.where}: {key.name} = {setting.value!r}: {fault}")
            setting = Setting(key.name, key.default, "default", "default")
        values[key.name] = setting
    if problems and not is_lenient:
        count = "1 fault" if len(problems) == 1 else f"{len(problems)} faults"
        raise ConfigError(
            f"the configuration has {count}",
            problems=problems,
            hint="`hrvctl config path` says where the file is; the README lists every key",
        )
    return Settings(home=found, config_path=path, values=values)


def config_path(home: Setting) -> Path:
    """The config file: in the home when one was named, else in the user config folder."""
    if home.origin == "default":
        return platformdirs.user_config_path("hrvctl", appauthor=False) / "config.toml"
    return Path(home.value) / "config.toml"


def check_value(name: str, value: str) -> str:
    """Say what is wrong with setting ``name`` to ``value``, or return an empty string."""
    if name not in KEYS:
        return _unknown("key", name, tuple(KEYS))
    return KEYS[name].check(value)


def _resolve(key: Key, option: str | None, written: Mapping[str, str], path: Path) -> Setting:
    if option is not None:
        return Setting(key.name, option, "option", f"--{key.name}")
    if (value := os.environ.get(key.variable)) is not None:
        return Setting(key.name, value, "environment", key.variable)
    if key.name in written:
        return Setting(key.name, written[key.name], "config file", str(path))
    return Setting(key.name, key.default, "default", "default")


def _read_config(path: Path) -> tuple[dict[str, str], list[str]]:
    try:
        content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}, []
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return {}, [f"{path}: {error}"]
    written, problems = {}, []
    for name, value in content.items():
        if name not in KEYS:
            problems.append(f"{path}: {_unknown('key', name, tuple(KEYS))}")
        elif not isinstance(value, str):
            problems.append(f"{path}: {name} = {value!r}: write it as text, in quotes")
        else:
            written[name] = value
    return written, problems


def _unknown_variables() -> list[str]:
    known = ("HRVCTL_HOME", *(key.variable for key in KEYS.values()))
    return [
        f"environment: {_unknown('variable', name, known)}"
        for name in sorted(os.environ)
        if name.startswith("HRVCTL_") and name not in known
    ]


def _unknown(what: str, name: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"unknown {what} {name!r}" + (f", did you mean {near[0]!r}?" if near else "")


def _absolute(path: Path) -> Path:
    try:
        expanded = path.expanduser()
    except RuntimeError as error:
        raise ConfigError(f"{path}: there is no such user", hint="name a folder") from error
    return Path(os.path.abspath(expanded))  # noqa: PTH100 - keeps symbolic links as named
