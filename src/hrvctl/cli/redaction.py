"""The log with nothing in it but what is known to be harmless.

A list of what may stay, not of what must go: a message may quote a note, a value or a path. What
stays of a line is its instant, its level and words of a fixed list: a job's name, an op's, an
event's of Dagster, a code. What stays of a traceback is which of the packages' files it went
through, and the kind of error where that is a known one.
"""

import builtins
import re
from collections.abc import Iterator
from pathlib import Path

from hrvctl import errors
from hrvctl.errors import ExitCode


def _is_error(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseException)


JOBS = r"hrv_daily_job|hrv_reconcile_job|fork_compare_job|greeting_job"
OPS = (
    r"ingest_op|journal_op|training_op|tracking_op|intelligence_op|agent_op|reconcile_op"
    r"|greet|log_greeting|load_checkpoint_op|fork_op|branch_\w{1,20}_op|compare_op"
)
EVENTS = (
    r"RUN_(?:START|SUCCESS|FAILURE|CANCELED|CANCELING|ENQUEUED|STARTING)|ENGINE_EVENT"
    r"|STEP_(?:START|SUCCESS|FAILURE|INPUT|OUTPUT|SKIPPED)|LOADED_INPUT|HANDLED_OUTPUT"
    r"|ASSET_MATERIALIZATION|RESOURCE_INIT_(?:STARTED|SUCCESS|FAILURE)|LOGS_CAPTURED"
)
INSTANT = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:,\d{3}|[+-]\d\d:\d\d)"
HEAD = re.compile(rf"({INSTANT}) (DEBUG|INFO|WARNING|ERROR|CRITICAL) (.*)", re.DOTALL)
RUN = re.compile(rf"({JOBS}) - [0-9a-f-]{{36}} - (?:\d+ - )?(?:({OPS}) - )?({EVENTS}) - ")
ENDED = re.compile(r"daily of \S+ ended with (\d{1,3}) \(\w+\)")
FAILED = re.compile(rf"({JOBS}) failed$")
# A file of a package, from the package's own name on; a person's folders stand before it.
PACKAGES = r"hrvctl|dagster|alembic|sqlalchemy|numpy|pandas|scipy|statsmodels|typer|click|filelock"
FRAME = re.compile(
    r'\s*File ".*[/\\](?:site-packages|src|lib|python3\.\d+)[/\\]'
    rf'((?:{PACKAGES}|sqlite3|json|logging)[/\\][\w./\\-]{{1,120}}\.py)",'
    r" line (\d{1,6}), in ([\w<>.]{1,80})"
)
KIND = re.compile(r"(?:[a-z_][a-z0-9_]*\.){0,8}([A-Za-z]{3,60})(?::|$)")
KINDS = {
    *(name for name, kind in vars(builtins).items() if _is_error(kind)),
    *(name for name, kind in vars(errors).items() if _is_error(kind)),
    *("OperationalError", "DatabaseError", "IntegrityError", "InterfaceError", "ProgrammingError"),
    *("CommandError", "JSONDecodeError", "LinAlgError", "ParserError", "Timeout"),
    *("DagsterExecutionStepExecutionError", "DagsterInvalidConfigError"),
    *("DagsterInvariantViolationError", "DagsterExecutionInterruptedError"),
}


def redacted_log(log: Path, *, n: int) -> Iterator[str]:
    """The last lines of a log, each cut down to what may be shown.

    Args:
        log: The file; nothing comes of one that is not there.
        n: So many lines of it are read.

    Raises:
        OSError: It cannot be read.
    """
    if not log.exists():
        return
    n_left_out = 0
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines()[-n:]:
        if kept := _redacted(line):
            yield kept
        else:
            n_left_out += 1
    yield f"({n_left_out} lines left out)"


def _redacted(line: str) -> str:
    if found := HEAD.fullmatch(line):
        at, level, message = found.groups()
        return f"{at} {level} {_message(message)}".rstrip()
    if found := FRAME.match(line):
        path, number, name = found.groups()
        return f"  {path}:{number} {name}"
    if (found := KIND.match(line)) and found[1] in KINDS:
        return f"  {found[1]}"
    return ""


def _message(message: str) -> str:
    if found := RUN.match(message):
        return " ".join(word for word in found.groups() if word)
    if (found := ENDED.fullmatch(message)) and int(found[1]) in set(ExitCode):
        return f"daily ended with {found[1]}"
    if found := FAILED.fullmatch(message):
        return f"{found[1]} failed"
    return "..."
