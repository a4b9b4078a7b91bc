"""``hrvctl ui``: serve Dagster's pages over this home."""

import os
import sys
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from hrvctl.cli import output
from hrvctl.cli.options import DryRunOption
from hrvctl.cli.session import CommandResult, Session

# Where Dagster's own web server listens by default.
PORT = 3000

PortOption = Annotated[
    int,
    typer.Option(min=1, max=65535, metavar="N", help="Port to listen on, on this machine only."),
]
NoOpenOption = Annotated[bool, typer.Option("--no-open", help="Do not open a browser.")]
DaemonOption = Annotated[
    bool, typer.Option("--daemon", help="Run the schedule and the inbox sensor as well.")
]
MayRunOption = Annotated[
    bool,
    typer.Option("--may-run", help="Let the pages start runs and change things; else they show."),
]


def ui(
    session: Session,
    port: PortOption = PORT,
    no_open: NoOpenOption = False,
    daemon: DaemonOption = False,
    may_run: MayRunOption = False,
    dry_run: DryRunOption = False,
) -> CommandResult:
    """Show every run, its log and its artifacts on Dagster's pages, until Ctrl-C.

    Needs the extra `ui`. The printed address has a token in it and opens the pages for you alone.
    With `--may-run` the pages start runs too, which write what `hrvctl daily` writes.
    """
    from hrvctl.pipeline import webserver

    workspace = session.workspace()
    webserver.check_installed()
    found = webserver.free_port(port)
    token = webserver.new_token()
    url = webserver.page_url(found, "" if dry_run else token)
    variables = {} if session.subject is None else {"HRVCTL_SUBJECT": session.subject}
    # A named home brings its own config file; naming the default home would lose the usual one.
    if session.settings().home.origin != "default":
        variables["HRVCTL_HOME"] = str(workspace.home.root)

    @contextmanager
    def pages() -> Iterator[Callable[[], None]]:
        with (
            webserver.private_entry(url) as entry,
            webserver.serving(
                workspace,
                port=found,
                token=token,
                may_run=may_run,
                variables=variables,
                with_daemon=daemon,
                show=output.err_line if session.verbose else None,
            ) as wait,
        ):
            if not no_open:
                _open(entry)
            yield wait

    taken = f"Port {port} is taken; using {found}." if found != port else ""
    ending = "Dry run: nothing was started." if dry_run else "Press Ctrl-C to stop."
    return CommandResult(
        data={
            "url": url,
            "port": found,
            "home": workspace.home.root,
            "has_daemon": daemon,
            "may_run": may_run,
            "is_dry_run": dry_run,
        },
        text=f"Dagster's pages: {url}\n{ending}",
        notes=(taken,) if taken else (),
        during=None if dry_run else pages(),
    )


def _open(url: str) -> None:
    # Without a desktop Python would start a text browser in this terminal.
    has_desktop = sys.platform != "linux" or any(
        os.environ.get(name) for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
    )
    if has_desktop:
        webbrowser.open(url)
