"""``hrvctl doctor``: check that everything an unattended evening depends on works."""

from pathlib import Path
from typing import TYPE_CHECKING

from hrvctl.cli import render
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import ExitCode
from hrvctl.settings import find_home
from hrvctl.store.home import Home
from hrvctl.store.temp_files import scratch_folder

if TYPE_CHECKING:
    from hrvctl.usecases.doctor import CheckResult, Schedule
    from hrvctl.usecases.workspace import Workspace

# Latest runs of Dagster's history that are looked at.
RUNS = 100


def doctor(session: Session) -> CommandResult:
    """Check everything an unattended evening depends on, and say how to fix what fails.

    Looks at versions, configuration, home, database, ledger, runs, lock, clock and zone, the age
    of your data, the last run, the schedule and disk space; then runs a small job.
    """
    from hrvctl.usecases.doctor import Probes, run_checks
    from hrvctl.usecases.workspace import Workspace

    # The home is not taken from the settings: faulty settings are a finding.
    workspace = Workspace(Home(Path(find_home(session.home).value)), session.clock)
    probes = Probes(
        settings=session.settings,
        run_statuses=lambda: _run_statuses(workspace),
        schedule=lambda: _schedule(session),
        smoke_test=lambda: _smoke_test(workspace),
    )
    checks = list(run_checks(workspace, session.subject, probes))
    failed = [check for check in checks if not check.is_well]
    lines = [
        f"{_mark(check)} {check.name}: {check.finding}"
        + (f"\n     {check.cure}" if check.cure else "")
        for check in checks
    ]
    return CommandResult(
        data={"checks": checks, "n_failed": len(failed)},
        text="\n".join(lines),
        code=ExitCode.FAILED if failed else ExitCode.DONE,
        errors=tuple(
            {"code": f"doctor_{c.name}", "message": c.finding, "hint": c.cure} for c in failed
        ),
    )


def _mark(check: "CheckResult") -> str:
    if check.is_doubtful:
        return "WARN"
    return "ok  " if check.is_well else "FAIL"


def _run_statuses(workspace: "Workspace") -> list[str]:
    from hrvctl.pipeline.run_history import list_runs

    return [run.status for run in list_runs(workspace, limit=RUNS)]


def _schedule(session: Session) -> "Schedule | None":
    from hrvctl.usecases.doctor import Schedule
    from hrvctl.usecases.schedule import find_planned

    planned = find_planned(session.settings())
    if planned is None:
        return None
    return Schedule(planned.system.value, planned.at, planned.after(session.clock()))


def _smoke_test(workspace: "Workspace") -> str:
    from hrvctl.pipeline.run_history import delete_run
    from hrvctl.pipeline.runner import run_job
    from hrvctl.usecases.workspace import Workspace

    # A check must not create a home, so without one the job runs in a temporary home. With one, the
    # run shows that Dagster's history can be written.
    with scratch_folder("doctor") as scratch:
        there = (
            workspace
            if workspace.home.exists()
            else Workspace(Home(scratch / "home"), workspace.clock)
        )
        with render.progress(is_quiet=True) as on_stage:
            run_id = run_job(
                "greeting_job",
                there,
                ops={"greet": {"inputs": {"name": {"value": "doctor"}}}},
                tags={"hrvctl/mode": "doctor"},
                on_stage=on_stage,
            )
        delete_run(there, run_id)  # of no use to who looks for an evening
    return "greeting_job ran"
