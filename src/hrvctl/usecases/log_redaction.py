"""Redact the log: keep what is known to be harmless, drop everything else.

An allow-list and not a deny-list, since a message may quote a note, a value or a path. Of a line
its time, its level, and the names of job, op and event are kept where the code has such names; of
a traceback the files of known packages that it went through, and the class of a known error.
"""

import builtins
import re
from collections.abc import Iterator
from pathlib import Path

from hrvctl import errors
from hrvctl.errors import ExitCode
from hrvctl.files import read_file

_INSTANT = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:,\d{3}|[+-]\d\d:\d\d)"
_LINE = re.compile(rf"({_INSTANT}) (DEBUG|INFO|WARNING|ERROR|CRITICAL) (.*)", re.DOTALL)
# Dagster's "job - run id - process id - op - event - words", some of them left out; an op that is
# mapped over branches has the branch's name, which a person chose, in brackets after its own.
_RUN_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_EVENT = re.compile(rf"(\w+) - {_RUN_ID} - (?:\d+ - )?(?:(\w+)(?:\[\w+\])? - )?(\w+) - ")
_MAPPED_EVENT = re.compile(r"(\w+)(?:\[\w+\])? - (\w+) - ")
_ENDED = re.compile(r"daily of \S+ ended with (\d{1,3}) \(\w+\)")
# A file of a package, from the package's own name on; a person's folders come before it.
_PACKAGES = r"hrvctl|dagster|alembic|sqlalchemy|numpy|pandas|scipy|statsmodels|typer|click|filelock"
_FRAME = re.compile(
    r'\s*File ".*[/\\](?:site-packages|src|lib|python3\.\d+)[/\\]'
    rf'((?:{_PACKAGES}|sqlite3|json|logging)[/\\][\w./\\-]{{1,120}}\.py)",'
    r" line (\d{1,6}), in ([\w<>.]{1,80})"
)
_ERROR = re.compile(r"(?:[a-z_][a-z0-9_]*\.){0,8}([A-Za-z]{3,60})(?::|$)")


def _is_error(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseException)


# Classes of errors that may be shown: Python's and ours, and the most frequent of the packages'.
ERRORS = {
    *(name for name, kind in vars(builtins).items() if _is_error(kind)),
    *(name for name, kind in vars(errors).items() if _is_error(kind)),
    *("OperationalError", "DatabaseError", "IntegrityError", "InterfaceError", "ProgrammingError"),
    *("CommandError", "JSONDecodeError", "LinAlgError", "ParserError", "Timeout"),
    *("DagsterExecutionStepExecutionError", "DagsterInvalidConfigError"),
    *("DagsterInvariantViolationError", "DagsterExecutionInterruptedError"),
}


def redacted_log(log: Path, *, n: int, names: frozenset[str]) -> Iterator[str]:
    """Redact the last lines of a log.

    Args:
        log: The file; yields nothing when it does not exist.
        n: How many lines are read.
        names: Names of jobs, ops and events that may be shown.

    Raises:
        OSError: The file cannot be read.
    """
    if not log.exists():
        return
    n_left_out = 0
    for line in read_file(log).decode("utf-8", "replace").splitlines()[-n:]:
        if kept := _redacted(line, names):
            yield kept
        else:
            n_left_out += 1
    yield f"({n_left_out} lines left out)"


def _redacted(line: str, names: frozenset[str]) -> str:
    if found := _LINE.fullmatch(line):
        at, level, message = found.groups()
        return f"{at} {level} {_message(message, names)}"
    if found := _FRAME.match(line):
        path, number, name = found.groups()
        return f"  {path}:{number} {name}"
    if (found := _ERROR.match(line)) and found[1] in ERRORS:
        return f"  {found[1]}"
    return ""


def _message(message: str, names: frozenset[str]) -> str:
    if found := _EVENT.match(message) or _MAPPED_EVENT.match(message):
        kept = [word for word in found.groups() if word]
        return " ".join(word if word in names else "?" for word in kept)
    if (found := _ENDED.fullmatch(message)) and int(found[1]) in set(ExitCode):
        return f"daily ended with {found[1]}"
    job, _, rest = message.partition(" ")
    return message if job in names and rest == "failed" else "..."
