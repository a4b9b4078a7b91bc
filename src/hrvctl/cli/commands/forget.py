"""``hrvctl data forget``: delete an import, a source or a person for good."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from hrvctl.cli import output, render
from hrvctl.cli.completion import import_numbers, stored_sources
from hrvctl.cli.options import DRY_RUN, DryRunOption
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import ExitCode, UsageError, count
from hrvctl.store.json_values import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from hrvctl.sources.kit.documents import OnBytes
    from hrvctl.usecases.erasure import Erasure, Request
    from hrvctl.usecases.workspace import Workspace

ImportOption = Annotated[
    int | None,
    typer.Option(
        "--import",
        metavar="N",
        autocompletion=import_numbers,
        help="One import, by its number in `hrvctl data imports`.",
    ),
]
SourceOption = Annotated[
    str,
    typer.Option(
        "--source",
        metavar="NAME",
        autocompletion=stored_sources,
        help="All that a source measured or answered; user is what you typed.",
    ),
]
YesOption = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]
# How the command names what it forgets, one and several.
NOUNS = {
    "values": ("measured value", "measured values"),
    "answers": ("journal answer", "journal answers"),
    "notes": ("journal text", "journal texts"),
    "workouts": ("workout", "workouts"),
    "guesses": ("guess", "guesses"),
    "outcomes": ("outcome", "outcomes"),
}


def forget(
    session: Session,
    import_: ImportOption = None,
    source: SourceOption = "",
    yes: YesOption = False,
    dry_run: DryRunOption = False,
) -> CommandResult:
    """Delete an import, a source, or with --subject NAME alone all of a person, for good.

    In the database, the inbox, the artifacts, the log and the run history. The ledger's chain
    stays whole: of its rows the content goes and the hashes stay. Backups are named and left.
    """
    from hrvctl.usecases.erasure import carry_out, plan_erasure

    request = _request(session, import_, source)
    workspace = session.workspace()

    def with_bar(work: "Callable[[Workspace, Request, OnBytes | None], Erasure]") -> "Erasure":
        with render.bytes_bar(is_quiet=session.quiet or session.json) as on_bytes:
            return work(workspace, request, on_bytes)

    if dry_run or not yes:
        found = with_bar(plan_erasure)
    if not (dry_run or yes or _is_confirmed(session, request, found)):
        return CommandResult(data={}, text="Nothing was forgotten.", code=ExitCode.NOTHING_NEW)
    if not dry_run:
        found = with_bar(carry_out)
    lines = _lines(request, found, verb="Would be forgotten" if dry_run else "Forgotten")
    return CommandResult(
        data={**plain(request), **plain(found), "is_dry_run": dry_run},
        text="\n".join([*lines, *([DRY_RUN] if dry_run else [])]),
        warnings=_warnings(found),
    )


def _request(session: Session, number: int | None, source: str) -> "Request":
    from hrvctl.usecases.erasure import Request, Scope

    if number is not None and source:
        raise UsageError("--import and --source together", hint="forget one after the other")
    subject = session.settings().subject
    if number is not None:
        return Request(scope=Scope.IMPORT, subject=subject, number=number)
    if source:
        return Request(scope=Scope.SOURCE, subject=subject, source=source)
    if session.subject is None:
        raise UsageError(
            "say what to forget",
            hint="--import N (hrvctl data imports), --source NAME, or --subject NAME for all of a"
            " person",
        )
    return Request(scope=Scope.SUBJECT, subject=subject)


def _is_confirmed(session: Session, request: "Request", found: "Erasure") -> bool:
    if session.json or not (output.is_terminal(sys.stdin) and output.is_terminal(sys.stdout)):
        raise UsageError(
            "forgetting cannot be undone, and nobody is here to ask",
            hint="look with --dry-run first, then say --yes",
        )
    for line in _lines(request, found, verb="Would be forgotten"):
        output.out(line)
    for warning in _warnings(found):
        output.out(warning)
    return typer.confirm("Forget it for good?")


def _lines(request: "Request", found: "Erasure", *, verb: str) -> list[str]:
    what = {
        "import": f"import {request.number} of {request.subject}",
        "source": f"all from {request.source} of {request.subject}",
        "subject": f"all of {request.subject}",
    }[request.scope]
    told = [count(n, *NOUNS[name]) for name, n in found.n_rows.items()]
    lines = [f"{verb}: {what}{': ' if told else ''}{', '.join(told)}."]
    if found.n_restored:
        lines.append(f"What it had replaced stands again: {count(found.n_restored, 'value')}.")
    if found.n_sealed:
        lines.append(
            f"Of {count(found.n_sealed, 'row')} in the ledger the content goes and the hash stays;"
            " they can no longer be scored or made again."
        )
    if found.paths:
        lines.append(f"Deleted files and folders: {', '.join(found.paths)}.")
    if request.source == "folder":
        lines.append(
            "Your folder of daily notes is not touched, and is read again while it is set."
        )
    return lines


def _warnings(found: "Erasure") -> tuple[str, ...]:
    lines = [
        f"hrvctl: {path} is a backup and is left: delete it yourself, or it keeps what it holds"
        for path in found.backups
    ]
    lines += [
        f"hrvctl: {path} holds some of it, and the next run imports it: take it out"
        for path in found.waiting
    ]
    lines += [
        f"hrvctl: {vendor} is still connected, and the next pull may fetch it again:"
        f" hrvctl connect forget {vendor}"
        for vendor in found.connected
    ]
    return tuple(lines)
