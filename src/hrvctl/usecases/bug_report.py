"""Write what a bug report needs, without the person's health data, words or secrets."""

import platform
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from hrvctl.errors import ConfigError, HrvctlError, count
from hrvctl.setting_values import as_text
from hrvctl.settings import KEYS, Settings
from hrvctl.store.database import open_store
from hrvctl.store.inspection import count_rows
from hrvctl.store.schema import SCHEMA
from hrvctl.usecases.doctor import ADDRESSES, shown, versions
from hrvctl.usecases.log_redaction import redacted_log
from hrvctl.usecases.workspace import Workspace

# Settings whose every value is a word or a number of ours; of the others only whether they are set.
PLAIN = (
    "model",
    "profile",
    "agent",
    "pull",
    "llm_timeout_s",
    "keep_runs",
    "keep_days",
    "schedule_at",
    "day_starts_at",
)
# Lines of the log that are read (own choice: the last few evenings).
LOG_LINES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What the report asks of the layers above: configuration and Dagster.

    Attributes:
        settings: Loads the settings; raises what is wrong with them.
        runs: Yields a line for each of the latest runs.
        log_names: Names of jobs, ops and events that may be shown of a line of the log.
    """

    settings: Callable[[], Settings]
    runs: Callable[[], Iterable[str]]
    log_names: Callable[[], frozenset[str]]


def write_report(workspace: Workspace, sources: Sources) -> str:
    """Write the report as text; of a part that fails it shows the kind of error only.

    Args:
        workspace: The home, which need not exist or be usable, and the clock.
        sources: What else is needed.
    """
    parts: dict[str, Callable[[], Iterable[str]]] = {
        "Versions": _versions,
        "Settings": lambda: _settings(sources),
        "Home": lambda: _home(workspace),
        "Database": lambda: _database(workspace),
        "Runs": sources.runs if workspace.home.has_runs() else tuple,
        "Log, redacted": lambda: redacted_log(
            workspace.home.log, n=LOG_LINES, names=sources.log_names()
        ),
    }
    lines = [f"hrvctl bug report, {workspace.clock().isoformat(timespec='seconds')}"]
    for title, part in parts.items():
        lines += ["", title, *(f"  {line}" for line in _lines(part))]
    return "\n".join([*lines, ""])


def _lines(part: Callable[[], Iterable[str]]) -> list[str]:
    # The message of an error may quote a value or a path; its kind is enough to know where to look.
    try:
        return list(part())
    except HrvctlError as error:
        return [f"failed: {error.code}"]
    except Exception as error:  # noqa: BLE001 - the other parts must still be written
        return [f"failed: {type(error).__name__}"]


def _versions() -> Iterator[str]:
    yield f"python {platform.python_version()} ({platform.python_implementation()})"
    yield f"{platform.system()} {platform.release()} {platform.machine()}"
    yield versions()
    yield f"encoding {sys.stdout.encoding if sys.stdout else 'none'}"


def _settings(sources: Sources) -> Iterator[str]:
    try:
        settings = sources.settings()
    except ConfigError as error:
        # The messages quote the file.
        yield f"{count(len(error.problems), 'fault')} in the configuration"
        return
    yield f"home: from {settings.home.origin}"
    for key in KEYS:
        yield f"{key}: {_value(settings, key)} (from {settings.values[key].origin})"


def _value(settings: Settings, key: str) -> str:
    if key in PLAIN:
        return settings.text(key)
    if settings.text(key) == as_text(KEYS[key].default):
        return "default"
    return shown(settings, key) if key in ADDRESSES else "set"


def _home(workspace: Workspace) -> Iterator[str]:
    home = workspace.home
    for name, path in {"home": home.root, "database": home.database, "log": home.log}.items():
        if not path.exists():
            yield f"{name}: does not exist"
            continue
        state = path.stat()
        size = "" if path.is_dir() else f", {state.st_size} bytes"
        yield f"{name}: mode {state.st_mode & 0o777:o}{size}"
    n_waiting = sum(1 for _ in home.inbox.iterdir()) if home.inbox.is_dir() else 0
    yield f"inbox: {max(n_waiting - home.done.is_dir(), 0)} waiting"


def _database(workspace: Workspace) -> Iterator[str]:
    with open_store(workspace.home, write=False) as store:
        yield f"schema {SCHEMA}"
        for table, n in count_rows(store).items():
            yield f"{table}: {n} rows"
