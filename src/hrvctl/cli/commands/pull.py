"""``hrvctl pull``: download new data of connected vendors into the inbox."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from hrvctl.cli import render
from hrvctl.cli.options import DryRunOption, day_option, dry_note
from hrvctl.cli.pull_report import fault_errors, fault_lines
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import ExitCode, UsageError, count
from hrvctl.records.choices import Vendor
from hrvctl.store.connections import ConnectionFile, list_connections

if TYPE_CHECKING:
    from hrvctl.usecases.pulled import Pulled

VendorsArgument = Annotated[
    list[Vendor] | None,
    typer.Argument(metavar="VENDOR", help="Which (default: all that are connected)."),
]
SinceOption = Annotated[
    date | None, day_option("--since", "Download everything again from this day on.")
]


def pull(
    session: Session,
    vendors: VendorsArgument = None,
    since: SinceOption = None,
    dry_run: DryRunOption = False,
) -> CommandResult:
    """Download what is new from connected vendors into the inbox; `hrvctl daily` imports it.

    The last 14 days are read again every time. The first pull takes all the vendor has, the newest
    first; where it is stopped, the next one goes on.
    """
    from hrvctl.usecases import pull as use_case

    settings, workspace = session.settings(), session.workspace()
    connected = {file.vendor: file for file in list_connections(workspace.home, settings.subject)}
    chosen = tuple(dict.fromkeys(vendors or connected))
    if not chosen:
        raise UsageError("no vendor is connected", hint="`hrvctl connect --help` lists them")
    if missing := [vendor for vendor in chosen if vendor not in connected]:
        raise UsageError(f"{missing[0]} is not connected", hint=f"hrvctl connect {missing[0]}")
    if dry_run:
        return _planned([connected[vendor] for vendor in chosen], session.today(), since)
    with render.progress(is_quiet=session.quiet) as on_progress:
        done = use_case.pull(
            workspace,
            settings.subject,
            chosen,
            budget_s=use_case.BY_HAND_S,
            since=since,
            on_progress=on_progress,
        )
    lines = [_line(one) for one in done if one.n_records]
    if lines:
        lines.append("`hrvctl daily` imports it from the inbox.")
    return CommandResult(
        data={"pulled": done, "is_dry_run": False},
        text="\n".join(lines) or "Nothing new.",
        warnings=tuple(fault_lines(done)),
        code=_code(done),
        errors=tuple(fault_errors(done)),
    )


def _line(pulled: "Pulled") -> str:
    newest = f", newest night {pulled.newest_night}" if pulled.newest_night else ""
    return (
        f"{pulled.vendor}: {count(pulled.n_records, 'record')} put into the inbox{newest};"
        f" pulled from {pulled.first} on"
    )


def _code(done: "tuple[Pulled, ...]") -> ExitCode:
    outcomes = {str(one.outcome) for one in done}
    if outcomes & {"sign_in", "signed_out"}:
        return ExitCode.SIGN_IN
    if "failed" in outcomes:
        return ExitCode.FAILED if outcomes == {"failed"} else ExitCode.PARTIAL
    return ExitCode.DONE if "pulled" in outcomes else ExitCode.NOTHING_NEW


def _planned(files: list[ConnectionFile], today: date, since: date | None) -> CommandResult:
    from hrvctl.usecases.pull import plan

    requests = [
        (file.vendor.value, *request)
        for file in files
        if (connection := file.load())
        for request in plan(connection, today, since)
    ]
    names = ("vendor", "kind", "request")
    return CommandResult(
        data={
            "requests": [dict(zip(names, request, strict=True)) for request in requests],
            "is_dry_run": True,
        },
        text="\n".join([render.columns(requests, header=names), *dry_note(True)]),
    )
