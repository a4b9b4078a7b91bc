"""``hrvctl doctor``: does everything work here?"""

import platform
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hrvctl.cli import render
from hrvctl.cli.session import Outcome, Session
from hrvctl.errors import ExitCode, HrvctlError
from hrvctl.pipeline.house import House
from hrvctl.settings import find_home
from hrvctl.store.database import open_store
from hrvctl.store.home import Home, check_home
from hrvctl.store.ledger import damage, load_chain, load_head

# Twice what five years of data and a year of run history take.
NEEDED_BYTES = 200 * 2**20

PACKAGES = ("hrvctl", "dagster", "typer", "pandas", "statsmodels", "numpy")


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor's report."""

    name: str
    is_well: bool
    finding: str
    cure: str = ""


def doctor(session: Session) -> Outcome:
    """Check Python, versions, home, database, disk space, and that a job runs."""
    # Not by way of the settings: what is wrong with those is a finding, not the end.
    house = House(Home(Path(find_home(session.home).value)), session.clock)
    checks = [
        Check("python", True, platform.python_version()),
        Check("versions", True, _versions()),
        _guarded("configuration", lambda: _configuration(session)),
        _guarded("home", lambda: _home(house)),
        _guarded("database", lambda: _database(house)),
        _guarded("disk", lambda: _disk(house)),
        _guarded("job", lambda: _job(house)),
    ]
    sick = [check for check in checks if not check.is_well]
    lines = [
        f"{'ok  ' if check.is_well else 'FAIL'} {check.name}: {check.finding}"
        + (f"\n     {check.cure}" if check.cure else "")
        for check in checks
    ]
    return Outcome(
        data={"checks": checks, "n_failed": len(sick)},
        text="\n".join(lines),
        code=ExitCode.FAILED if sick else ExitCode.DONE,
        errors=tuple(
            {"code": f"doctor_{c.name}", "message": c.finding, "hint": c.cure} for c in sick
        ),
    )


def _guarded(name: str, check: Callable[[], str]) -> Check:
    try:
        return Check(name, True, check())
    except HrvctlError as error:
        return Check(name, False, "; ".join((error.message, *error.problems)), error.hint)


def _versions() -> str:
    from importlib.metadata import version

    return ", ".join(f"{name} {version(name)}" for name in PACKAGES)


def _configuration(session: Session) -> str:
    settings = session.settings()
    return ", ".join(f"{key} {row.value}" for key, row in settings.values.items())


def _home(house: House) -> str:
    root = house.home.root
    check_home(house.home)
    if not root.exists():
        return f"{root} (not made yet; the first import or run makes it)"
    if root.stat().st_mode & 0o077:
        raise HrvctlError(f"{root} can be read by others", hint=f"chmod 700 {root}")
    return str(root)


def _database(house: House) -> str:
    from hrvctl.domain.tracking import verify

    if not house.home.exists():
        return "nothing stored yet"
    with open_store(house.home, write=False) as store:
        head = load_head(store)
        faults = (*damage(store), *verify(load_chain(store), head))
    if faults:
        raise HrvctlError("it does not verify", problems=faults, hint="restore it from a backup")
    return f"intact, {head[0]} rows in the ledger"


def _disk(house: House) -> str:
    place = next(path for path in (house.home.root, *house.home.root.parents) if path.exists())
    free = shutil.disk_usage(place).free
    if free < NEEDED_BYTES:
        raise HrvctlError(
            f"{free // 2**20} MB free on {place}", hint=f"make {NEEDED_BYTES // 2**20} MB free"
        )
    return f"{free // 2**30} GB free"


def _job(house: House) -> str:
    import tempfile

    from hrvctl.pipeline.runner import run_job

    # A home that is not there yet is not made by looking: the job runs beside it.
    with tempfile.TemporaryDirectory(prefix="hrvctl-doctor-") as scratch:
        where = house if house.home.exists() else House(Home(Path(scratch) / "home"), house.clock)
        with render.progress(is_quiet=True) as on_stage:
            run_id = run_job(
                "greeting_job",
                where,
                ops={"greet": {"inputs": {"name": {"value": "doctor"}}}},
                tags={"hrvctl/mode": "doctor"},
                on_stage=on_stage,
            )
    return f"greeting_job ran ({run_id[:8]})"
