"""``hrvctl doctor``: does everything work here?"""

import contextlib
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hrvctl.cli import render
from hrvctl.cli.commands import checks
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import ExitCode, HrvctlError
from hrvctl.settings import Settings, find_home
from hrvctl.store.home import Home
from hrvctl.store.temp_files import scratch_folder
from hrvctl.usecases.workspace import Workspace

PACKAGES = ("hrvctl", "dagster", "typer", "pandas", "statsmodels", "numpy")


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor's report."""

    name: str
    is_well: bool
    finding: str
    cure: str = ""


def doctor(session: Session) -> CommandResult:
    """Check everything an unattended evening stands on, and say what to do where it is not well.

    Looks at versions, configuration, home, database, ledger, runs, lock, clock and zone, the age
    of your data, the last run, the schedule and disk space; then runs a small job.
    """
    found = list(_checks(session))
    sick = [check for check in found if not check.is_well]
    lines = [
        f"{'ok  ' if check.is_well else 'FAIL'} {check.name}: {check.finding}"
        + (f"\n     {check.cure}" if check.cure else "")
        for check in found
    ]
    return CommandResult(
        data={"checks": found, "n_failed": len(sick)},
        text="\n".join(lines),
        code=ExitCode.FAILED if sick else ExitCode.DONE,
        errors=tuple(
            {"code": f"doctor_{c.name}", "message": c.finding, "hint": c.cure} for c in sick
        ),
    )


def versions() -> str:
    """The packages everything stands on."""
    from importlib.metadata import version

    return ", ".join(f"{name} {version(name)}" for name in PACKAGES)


def _checks(session: Session) -> Iterator[Check]:
    # Not by way of the settings: what is wrong with those is a finding, not the end.
    workspace = Workspace(Home(Path(find_home(session.home).value)), session.clock)
    settings = _settings(session)
    subject = settings.subject if settings else session.subject or Settings.subject
    yield Check("python", True, platform.python_version())
    yield Check("versions", True, versions())
    yield _guarded("configuration", partial(checks.configuration, session))
    home = _guarded("home", partial(checks.home, workspace))
    yield home
    if workspace.home.exists():
        schema = _guarded("schema", partial(checks.schema, workspace))
        yield schema
        if schema.is_well:  # else nothing in it can be looked at
            yield from _stored(workspace, subject)
        yield _guarded("runs", partial(checks.runs, workspace))
        yield _guarded("lock", partial(checks.lock, workspace))
        yield _guarded("last run", partial(checks.last_run, workspace, subject))
    if settings and home.is_well:
        yield _guarded("schedule", partial(checks.scheduled, session, workspace, subject))
    yield _guarded("disk", partial(checks.disk, workspace))
    yield _guarded("job", partial(_job, workspace))
    if settings and settings.agent == "llm":
        yield _guarded("llm", partial(_endpoint, settings))


def _stored(workspace: Workspace, subject: str) -> Iterator[Check]:
    yield _guarded("database", partial(checks.database, workspace))
    yield _guarded("ledger", partial(checks.ledger, workspace))
    yield _guarded("clock", partial(checks.clock, workspace, subject))
    yield _guarded("data", partial(checks.data, workspace, subject))


def _guarded(name: str, check: Callable[[], str]) -> Check:
    try:
        return Check(name, True, check())
    except HrvctlError as error:
        return Check(name, False, "; ".join((error.message, *error.problems)), error.hint)
    except Exception as error:  # noqa: BLE001 - what keeps one check from its end is its finding
        finding = f"could not be checked: {type(error).__name__}: {error}"
        return Check(name, False, finding, "hrvctl bug-report writes down what to report")


def _settings(session: Session) -> Settings | None:
    with contextlib.suppress(HrvctlError):  # the configuration is a finding of its own
        return session.settings()
    return None


def _endpoint(settings: Settings) -> str:
    """Whether the llm agent could be asked; nothing is sent."""
    from hrvctl.usecases.agent import check_endpoint, choice_from

    return check_endpoint(choice_from(settings))


def _job(workspace: Workspace) -> str:
    from hrvctl.pipeline.runner import run_job

    # A home that is not there yet is not made by looking: the job runs beside it.
    with scratch_folder("doctor") as scratch:
        where = (
            workspace
            if workspace.home.exists()
            else Workspace(Home(scratch / "home"), workspace.clock)
        )
        with render.progress(is_quiet=True) as on_stage:
            run_id = run_job(
                "greeting_job",
                where,
                ops={"greet": {"inputs": {"name": {"value": "doctor"}}}},
                tags={"hrvctl/mode": "doctor"},
                on_stage=on_stage,
            )
    return f"greeting_job ran ({run_id[:8]})"
