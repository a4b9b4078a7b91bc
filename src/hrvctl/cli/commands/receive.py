"""``hrvctl receive``: take what a phone's app posts into the inbox, until Ctrl-C."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from hrvctl.cli.options import DryRunOption
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import UsageError

# A port that few programs use (own choice).
PORT = 8766

PortOption = Annotated[int, typer.Option(min=1, max=65535, metavar="N", help="Port to listen at.")]
LanOption = Annotated[
    str,
    typer.Option(
        "--lan", metavar="ADDRESS", help="This machine's address in your network (default: none)."
    ),
]
CertOption = Annotated[Path | None, typer.Option(metavar="FILE", help="Certificate, PEM.")]
KeyOption = Annotated[Path | None, typer.Option(metavar="FILE", help="Its key, PEM.")]
PlainOption = Annotated[
    bool,
    typer.Option("--plain", help="Without encryption: your whole network could read it."),
]


def receive(
    session: Session,
    port: PortOption = PORT,
    lan: LanOption = "",
    cert: CertOption = None,
    key: KeyOption = None,
    plain: PlainOption = False,
    dry_run: DryRunOption = False,
) -> CommandResult:
    """Take what a phone's app (Health Auto Export) posts into the inbox, until Ctrl-C.

    Listens on this machine alone, or at the one address of --lan. Nothing is served.
    """
    from hrvctl.usecases.receive import check_address, listen, load_token

    if (cert is None) != (key is None):
        raise UsageError("--cert and --key belong together")
    settings, workspace = session.settings(), session.workspace()
    certificate = None if cert is None or key is None else (cert, key)
    host = check_address(lan, is_encrypted=certificate is not None, is_plain=plain)
    url = f"{'https' if certificate else 'http'}://{host}:{port}/"
    data = {"url": url, "is_dry_run": dry_run}
    if dry_run:
        return CommandResult(data=data, text=f"Would listen at {url}")
    token, is_new = load_token(workspace, settings.subject)

    @contextmanager
    def listening() -> Iterator[Callable[[], None]]:
        with listen(workspace, settings.subject, host, port, token=token, certificate=certificate):
            yield _wait

    shown = f"the header\n  Authorization: Bearer {token}\n" if is_new else "the header as before."
    file = workspace.home.connections / settings.subject / "phone.token"
    return CommandResult(
        data=data,
        text=f"Let the app post JSON to {url} with {shown}"
        + ("It is not shown again; " if is_new else " ")
        + f"it is in {file}.\nPress Ctrl-C to stop.",
        during=listening(),
    )


def _wait() -> None:
    """Wait for Ctrl-C, in steps: some systems deliver it between two waits only."""
    stopped = threading.Event()
    while not stopped.wait(1):
        pass
