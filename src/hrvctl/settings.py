"""Find the home, and read and check every setting: its typed value and where it came from."""

import difflib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal, get_origin, get_type_hints

from hrvctl.errors import ConfigError, count
from hrvctl.files import read_file
from hrvctl.records.choices import Agent, Detail, Model, Profile, Vendor
from hrvctl.setting_values import Value, as_text, typed_value

Origin = Literal["option", "environment", "config file", "default"]

# Where Ollama listens by default (its documentation, "OpenAI compatibility"): this machine.
OLLAMA = "http://localhost:11434/v1"
# Longest wait for an llm, seconds (own choice: a local model on a slow machine needs minutes).
MAX_TIMEOUT_S = 600

# Most history kept, evenings and days: 3 GB a person at 0.3 MB a run (measured), and ten years.
MAX_EVENINGS, MAX_DAYS = 10_000, 3_660
NOON = time(12)
KEYS_HINT = "`hrvctl config set --help` lists the keys"

# A subject names a folder and a row in every table; short, and safe in any file system.
SUBJECT_PATTERN = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


@dataclass(frozen=True, slots=True)
class Setting:
    """The value of one setting as text, and where it came from."""

    key: str
    value: str
    origin: Origin
    where: str


@dataclass(frozen=True, slots=True)
class About:
    """What a setting is for, and what is allowed.

    Attributes:
        help: One sentence for a person.
        check: Gives the fault in a value of its type, or an empty string.
        accepts: What to give instead of another type, where the type alone does not say it.
    """

    help: str
    check: Callable[[Any], str] = lambda _: ""
    accepts: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """One setting that exists.

    Attributes:
        name: As written in ``config.toml`` and after ``hrvctl config set``.
        default: The value where none is configured; its type is the setting's: ``str``, ``bool``,
            ``int``, ``time``, ``tuple`` (of texts) or a ``StrEnum``.
        about: What it is for, and what is allowed.
    """

    name: str
    default: Value
    about: About

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return f"HRVCTL_{self.name.upper()}"

    def read(self, raw: object) -> Value:
        """Read a value as it is in TOML, or as text.

        Raises:
            ValueError: It is of another type or not allowed; the message says what is accepted.
        """
        try:
            value = typed_value(type(self.default), raw)
        except ValueError as error:
            raise ValueError(self.about.accepts or str(error)) from error
        if fault := self.about.check(value):
            raise ValueError(fault)
        return value


def check_subject(value: str) -> str:
    """Give the fault in a subject's name, or an empty string."""
    if SUBJECT_PATTERN.fullmatch(value):
        return ""
    return "use 1 to 32 lower-case letters, digits, - or _, beginning with a letter or digit"


def check_web_address(value: str) -> str:
    """Give the fault in the address of a server, or an empty string."""
    if re.fullmatch(r"https?://[^\s/]+\S*", value):
        return ""
    return "give an address that begins with http:// or https://"


def _optional_address(value: str) -> str:
    return check_web_address(value) if value else ""


def check_vendors(names: tuple[str, ...]) -> str:
    """Give the fault in a list of vendors, or an empty string."""
    unknown = [name for name in names if name not in list(Vendor)]
    return f"{unknown[0]!r} is not one of: {', '.join(Vendor)}" if unknown else ""


def _whole(help_text: str, *, low: int, high: int, unit: str) -> About:
    accepts = f"give a whole number of {unit}, {low} to {high}"
    return About(help_text, lambda n: "" if low <= n <= high else accepts, accepts)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The value of every setting for one command, and where each came from.

    On the class itself each setting is its default: ``Settings.keep_runs``.

    Attributes:
        home: Where the home is.
        config_path: The config file; it need not exist.
        values: Each setting as text, with its origin.
    """

    home: Setting
    config_path: Path
    values: Mapping[str, Setting]

    subject: Annotated[str, About("The person whose data a command uses.", check_subject)] = "me"
    model: Annotated[Model, About("Forecast model; auto chooses by your own past.")] = Model.AUTO
    profile: Annotated[Profile, About("How the normal range is computed.")] = Profile.ROBUST60
    pull: Annotated[tuple[str, ...], About("Vendors to pull from first.", check_vendors)] = ()
    inbox_folders: Annotated[
        tuple[str, ...], About("Synced folders to copy new exports from; empty for none.")
    ] = ()
    journal_folder: Annotated[str, About("Your daily notes, one file a day; empty for none.")] = ""
    vocabulary: Annotated[str, About("Your own words for the journal, a TOML file.")] = ""
    agent: Annotated[Agent, About("What makes the final forecast: rules or llm.")] = Agent.RULES
    llm_url: Annotated[
        str, About("OpenAI-compatible endpoint of the llm agent.", check_web_address)
    ] = OLLAMA
    llm_model: Annotated[str, About("Its model, as the endpoint names it.")] = ""
    llm_timeout_s: Annotated[
        int,
        _whole("Seconds the llm agent may take in all.", low=1, high=MAX_TIMEOUT_S, unit="seconds"),
    ] = 60
    ping_url: Annotated[
        str, About("A monitor to notify of every evening; empty for none.", _optional_address)
    ] = ""
    notify_url: Annotated[str, About("Where a morning is told, an Apprise address.")] = ""
    notify_detail: Annotated[
        Detail, About("What it says: full, light (no numbers) or ping (that a night is there).")
    ] = Detail.FULL
    on_success: Annotated[str, About("A shell command after an evening that went well.")] = ""
    on_failure: Annotated[str, About("A shell command after an evening that needs you.")] = ""
    schedule_at: Annotated[time, About("When a schedule runs the evening, HH:MM.")] = time(21, 30)
    day_starts_at: Annotated[
        time, About("When a day begins.", lambda at: "" if at < NOON else "give a time before noon")
    ] = time(4)
    keep_runs: Annotated[
        int,
        _whole(
            "Evenings of each person kept in the run history; older ones go.",
            low=1,
            high=MAX_EVENINGS,
            unit="evenings",
        ),
    ] = 60
    keep_days: Annotated[
        int, _whole("Days a run is kept at most.", low=1, high=MAX_DAYS, unit="days")
    ] = 365

    @property
    def home_path(self) -> Path:
        """The home as a path; it need not exist."""
        return Path(self.home.value)

    def text(self, name: str) -> str:
        """The value of a setting as text, by its name."""
        return self.values[name].value


KEYS: Mapping[str, Key] = {
    name: Key(name, getattr(Settings, name), hint.__metadata__[0])
    for name, hint in get_type_hints(Settings, include_extras=True).items()
    if get_origin(hint) is Annotated
}


def find_home(option: Path | None) -> Setting:
    """Find the home: ``--home``, then ``HRVCTL_HOME``, then the user data folder.

    ``DAGSTER_HOME`` is ignored: it belongs to whatever else the person runs.

    Raises:
        ConfigError: It is under the folder of a user (``~name``) this machine does not have.
    """
    if option is not None:
        return Setting("home", str(_absolute(option)), "option", "--home")
    if named := os.environ.get("HRVCTL_HOME"):
        return Setting("home", str(_absolute(Path(named))), "environment", "HRVCTL_HOME")
    import platformdirs

    default = platformdirs.user_data_path("hrvctl", appauthor=False)
    return Setting("home", str(default), "default", "user data folder")


def config_path(home: Setting) -> Path:
    """The config file: in the home when one was named, else in the user config folder."""
    if home.origin == "default":
        import platformdirs

        return platformdirs.user_config_path("hrvctl", appauthor=False) / "config.toml"
    return Path(home.value) / "config.toml"


def load_settings(*, home: Path | None = None, options: Mapping[str, str | None]) -> Settings:
    """Read every setting and check them all.

    Args:
        home: ``--home``, when given.
        options: Key to value as given on the command line; ``None`` where it was not.

    Raises:
        ConfigError: Something is wrong; ``problems`` names every fault, not just the first.
    """
    settings, problems = load_with_faults(home=home, options=options)
    if problems:
        raise faulty(problems)
    return settings


def load_with_faults(
    *, home: Path | None, options: Mapping[str, str | None]
) -> tuple[Settings, list[str]]:
    """Read every setting, with the default where a value is faulty, and name every fault.

    Raises:
        ConfigError: The home itself cannot be found.
    """
    found = find_home(home)
    path = config_path(found)
    try:
        written, problems = _read_config(read_file(path).decode("utf-8"), path)
    except (FileNotFoundError, NotADirectoryError):
        written, problems = {}, []
    except (OSError, UnicodeDecodeError) as error:
        written, problems = {}, [f"{path}: {error}"]
    problems += _unknown_variables()
    values: dict[str, Setting] = {}
    typed: dict[str, Any] = {}
    for key in KEYS.values():
        value, setting = key.default, Setting(key.name, as_text(key.default), "default", "default")
        if key.name in written:
            value = written[key.name]
            setting = Setting(key.name, as_text(value), "config file", str(path))
        if given := _given(key, options.get(key.name)):
            try:
                value, setting = key.read(given.value), given
            except ValueError as error:
                problems.append(f"{given.where}: {key.name} = {given.value!r}: {error}")
        values[key.name], typed[key.name] = setting, value
    return Settings(home=found, config_path=path, values=values, **typed), problems


def read_value(name: str, text: str) -> Value:
    """Read the value of one setting from text.

    Raises:
        ConfigError: There is no such key, or the value is not allowed.
    """
    try:
        return find_key(name).read(text)
    except ValueError as error:
        raise ConfigError(f"{name} = {text!r}: {error}", hint=KEYS_HINT) from error


def find_key(name: str) -> Key:
    """Find a key by its name.

    Raises:
        ConfigError: There is none.
    """
    if name not in KEYS:
        raise ConfigError(_unknown("key", name, tuple(KEYS)), hint=KEYS_HINT)
    return KEYS[name]


def check_text(text: str, path: Path) -> list[str]:
    """Every fault in the text of a config file, each with its line where it is known."""
    return _read_config(text, path)[1]


def faulty(problems: list[str]) -> ConfigError:
    """The error that names every fault of the configuration at once."""
    return ConfigError(
        f"the configuration has {count(len(problems), 'fault')}",
        problems=problems,
        hint="`hrvctl config edit` opens the file; docs/settings.md explains every key",
    )


def _given(key: Key, option: str | None) -> Setting | None:
    """The value of an option, else of the environment, as text."""
    if option is not None:
        return Setting(key.name, str(option), "option", f"--{key.name}")
    if (value := os.environ.get(key.variable)) is not None:
        return Setting(key.name, value, "environment", key.variable)
    return None


def _read_config(text: str, path: Path) -> tuple[dict[str, Value], list[str]]:
    import tomllib

    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # not TOML, a number too long, nested too deep
        return {}, [f"{path}: {error}"]
    written, problems = {}, []
    for name, raw in content.items():
        where = f"{path}{_line_of(name, text)}"
        if name not in KEYS:
            problems.append(f"{where}: {_unknown('key', name, tuple(KEYS))}")
            continue
        try:
            written[name] = KEYS[name].read(raw)
        except ValueError as error:
            shown = str(raw).lower() if isinstance(raw, bool) else repr(raw)
            problems.append(f"{where}: {name} = {shown}: {error}")
    return written, problems


def _line_of(name: str, text: str) -> str:
    """``, line N`` of a top-level key or table; empty where it is written in some other way."""
    pattern = re.compile(rf"\s*\[*\s*[\"']?{re.escape(name)}[\"']?\s*[]=.]")
    lines = text.splitlines()
    return next((f", line {n}" for n, line in enumerate(lines, 1) if pattern.match(line)), "")


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
