"""``hrvctl connect``: sign in to a vendor, so that data can be pulled from it."""

import getpass
import sys
from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from hrvctl.cli import output
from hrvctl.cli.options import day_option
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import ExitCode, UsageError
from hrvctl.records.choices import Vendor

if TYPE_CHECKING:
    from hrvctl.store.connections import Connection

AddressOption = Annotated[
    str,
    typer.Option(
        "--address", metavar="URL", help="Ask this server instead of the vendor's own; https."
    ),
]
PasteOption = Annotated[
    bool, typer.Option("--paste", help="Paste the address you are sent to: for another browser.")
]
RedirectOption = Annotated[
    str, typer.Option("--redirect", metavar="URL", help="The redirect address of your app.")
]
KeyringOption = Annotated[
    bool, typer.Option("--keyring", help="Keep the secrets in the system's keyring.")
]
EndsOption = Annotated[
    date | None, day_option("--ends", "The day the key ends, to be warned before.", lean="future")
]
VendorArgument = Annotated[Vendor, typer.Argument(metavar="VENDOR", help="A connected vendor.")]
# Where the browser comes back to: a port that few programs use (own choice).
REDIRECT = "http://localhost:8765/callback"


def intervals(
    session: Session, keyring: KeyringOption = False, address: AddressOption = ""
) -> CommandResult:
    """Connect Intervals.icu by your own API key, which is asked for or read from stdin."""
    return _connect_key(session, Vendor.INTERVALS, address, in_keyring=keyring)


def garmin(
    session: Session,
    ends: EndsOption = None,
    keyring: KeyringOption = False,
    address: AddressOption = "",
) -> CommandResult:
    """Connect Garmin by your own Personal API key, which is asked for or read from stdin."""
    return _connect_key(session, Vendor.GARMIN, address, in_keyring=keyring, ends=ends)


def _by_app(vendor: Vendor, text: str) -> Callable[..., CommandResult]:
    """Make the command that connects a vendor by an app of the person's own."""

    def connect(
        session: Session,
        paste: PasteOption = False,
        redirect: RedirectOption = REDIRECT,
        keyring: KeyringOption = False,
        address: AddressOption = "",
    ) -> CommandResult:
        return _connect_app(session, vendor, address, redirect, paste=paste, in_keyring=keyring)

    connect.__doc__ = text
    return connect


oura = _by_app(
    Vendor.OURA,
    "Connect Oura by an application of your own; its id and secret are asked for.",
)
whoop = _by_app(
    Vendor.WHOOP, "Connect WHOOP by an app of your own; its id and secret are asked for."
)
polar = _by_app(
    Vendor.POLAR, "Connect Polar by a client of your own; its id and secret are asked for."
)
google = _by_app(
    Vendor.GOOGLE, "Connect Google Health (Fitbit, Pixel Watch) by a client of your own."
)
withings = _by_app(
    Vendor.WITHINGS,
    "Connect Withings by an application of your own; its id and secret are asked for.",
)


def list_connected(session: Session) -> CommandResult:
    """List your connections, and how each of them is; asks no vendor."""
    from hrvctl.usecases.connections import states

    settings, workspace = session.settings(), session.workspace()
    found = states(workspace, settings.subject)
    return CommandResult(
        data={"connections": found},
        text="\n".join(
            f"{one.vendor}: {one.finding}" + (f"\n  {one.cure}" if one.cure else "")
            for one in found
        )
        or "No vendor is connected; `hrvctl connect --help` lists them.",
        code=ExitCode.DONE if found else ExitCode.NOTHING_NEW,
    )


def test(session: Session, vendor: VendorArgument) -> CommandResult:
    """Ask a vendor whether it still accepts the connection; exit code 6 when it does not."""
    from hrvctl.usecases.sign_in import check_connection

    settings, workspace = session.settings(), session.workspace()
    finding = check_connection(workspace, settings.subject, vendor)
    return CommandResult(data={"vendor": vendor, "finding": finding}, text=f"{vendor}: {finding}")


def forget(session: Session, vendor: VendorArgument) -> CommandResult:
    """Delete a vendor's key or tokens from this machine; imported data stays."""
    from hrvctl.usecases.sign_in import forget as forget_connection

    settings, workspace = session.settings(), session.workspace()
    was_there = forget_connection(workspace, settings.subject, vendor)
    text = (
        f"Forgot {vendor}. To end it there as well, delete the key or the app in your account."
        if was_there
        else f"{vendor} was not connected."
    )
    return CommandResult(
        data={"vendor": vendor, "was_connected": was_there},
        text=text,
        code=ExitCode.DONE if was_there else ExitCode.NOTHING_NEW,
    )


def _connect_key(
    session: Session,
    vendor: Vendor,
    address: str,
    *,
    in_keyring: bool,
    ends: date | None = None,
) -> CommandResult:
    from hrvctl.usecases.sign_in import connect_key, describe

    settings, workspace = session.settings(), session.workspace()
    described = describe(vendor, address)
    _show_steps(session, described.steps, described.notes)
    key = _ask("API key", is_secret=True)
    connection = connect_key(
        workspace,
        settings.subject,
        vendor,
        key,
        address=address,
        ends=ends,
        in_keyring=in_keyring,
    )
    return _connected(session, connection)


def _connect_app(
    session: Session,
    vendor: Vendor,
    address: str,
    redirect: str,
    *,
    paste: bool,
    in_keyring: bool,
) -> CommandResult:
    from hrvctl.usecases.sign_in import SignIn, describe

    settings, workspace = session.settings(), session.workspace()
    described = describe(vendor, address)
    _show_steps(session, (*described.steps, f"Redirect address: {redirect}"), described.notes)
    sign_in = SignIn(
        workspace,
        settings.subject,
        described,
        client_id=_ask("Client id"),
        secret=_ask("Client secret", is_secret=True),
        redirect=redirect,
        address=address,
        in_keyring=in_keyring,
    )
    output.err(f"Open this address in a browser and allow it:\n\n{sign_in.url}\n")
    if paste:
        output.err("The last page may fail to load; copy its whole address.")
        code = sign_in.read(_ask("Its address", is_secret=True))
    else:
        code = sign_in.wait()
    return _connected(session, sign_in.finish(code))


def _show_steps(session: Session, steps: Sequence[str], notes: Sequence[str]) -> None:
    if not (session.quiet or session.json):
        lines = [f"  {n}. {step}" for n, step in enumerate(steps, 1)]
        output.err("\n".join([*lines, *(f"  {note}" for note in notes)]))


def _ask(what: str, *, is_secret: bool = False) -> str:
    """Ask a person, or read a line of stdin where no person is there; never from the arguments."""
    if output.is_terminal(sys.stdin):
        text = getpass.getpass(f"{what}: ") if is_secret else input(f"{what}: ")
    else:
        text = sys.stdin.readline() if sys.stdin else ""
    if not text.strip():
        raise UsageError(f"{what}: nothing was given", hint="type it, or give it by stdin")
    return text.strip()


def _connected(session: Session, connection: "Connection") -> CommandResult:
    from hrvctl.usecases.connection_end import find_ending

    vendor, ending = connection.vendor, find_ending(connection, session.clock())
    return CommandResult(
        data={"vendor": vendor, "ends_on": ending.on if ending else None},
        text=f"Connected. `hrvctl pull {vendor}` fetches your nights; every evening does with\n"
        f"`hrvctl config set pull {vendor}`.",
        notes=(f"hrvctl: {ending.warning}: {ending.cure}",) if ending and ending.warning else (),
    )
