"""Sign a person in to a vendor, by a key or by an app of their own, and out again."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date

from hrvctl.errors import Locked, SignInNeeded, UsageError
from hrvctl.network import oauth
from hrvctl.network.http import RequestFailed
from hrvctl.network.system_keyring import KeyringFault
from hrvctl.network.vendor_api import Refused, check_encrypted
from hrvctl.network.vendor_description import Description
from hrvctl.network.vendors import DESCRIPTIONS
from hrvctl.records.choices import Vendor
from hrvctl.store.connections import Connection, ConnectionFile, Progress, is_file
from hrvctl.store.lock import PATIENCE_S, Taken
from hrvctl.usecases import connection_secrets
from hrvctl.usecases.connection_secrets import new_name, with_secrets
from hrvctl.usecases.connections import sign_in_needed
from hrvctl.usecases.vendor_access import Access
from hrvctl.usecases.workspace import Workspace

# Longest that a vendor may take to say who the person is, or to give tokens, seconds (own choice).
ASK_S = 30.0


def describe(vendor: Vendor, address: str) -> Description:
    """The interface to connect to.

    Raises:
        UsageError: The address is neither https nor on this machine.
    """
    described = DESCRIPTIONS[vendor].at(address)
    try:
        check_encrypted(described.base_url)
    except RequestFailed as error:
        raise UsageError(error.message) from error
    return described


def connect_key(
    workspace: Workspace,
    subject: str,
    vendor: Vendor,
    key: str,
    *,
    address: str,
    ends: date | None = None,
    in_keyring: bool = False,
) -> Connection:
    """Connect by a key, once the vendor accepts it.

    Raises:
        KeyringFault: It is to be kept in the keyring, which cannot be used.
        UsageError: It does not, or the key is another account's than before.
        RequestFailed: The vendor cannot be asked.
    """
    file = ConnectionFile(workspace.home, subject, vendor)
    with _locked(file):
        new = Connection(
            vendor=vendor,
            connected_at=workspace.clock(),
            folder_id=file.folder_id(),
            keyring_name=new_name(subject, vendor) if in_keyring else "",
            address=address,
            key_ends=ends,
            secret=key,
        )
        return _keep(workspace, file, new)


class SignIn:
    """A sign-in with the person's own app, from the address they open to the connection.

    Attributes:
        url: What the person opens in a browser.
    """

    def __init__(
        self,
        workspace: Workspace,
        subject: str,
        described: Description,
        *,
        client_id: str,
        secret: str,
        redirect: str,
        address: str,
        in_keyring: bool = False,
    ) -> None:
        if described.oauth is None:
            raise UsageError(f"{described.title} is connected by a key")
        self._workspace = workspace
        self._file = ConnectionFile(workspace.home, subject, described.vendor)
        self._title, self._way, self._address = described.title, described.oauth, address
        self._keyring_name = new_name(subject, described.vendor) if in_keyring else ""
        self._app = oauth.App(client_id=client_id, secret=secret, redirect=redirect)
        self._request = oauth.begin(self._way, self._app)
        self.url = self._request.url

    def wait(self) -> str:
        """Wait on this machine for the browser to come back with the code.

        Raises:
            UsageError: It did not, or the sign-in was refused.
        """
        from hrvctl.network.redirect import wait_for_code  # noqa: PLC0415 - a web server

        return wait_for_code(self._app.redirect, self._request.state)

    def read(self, address: str) -> str:
        """Read the code from the address the browser was sent to; raises as ``wait``."""
        return oauth.code_of(address, self._request.state)

    def finish(self, code: str) -> Connection:
        """Exchange the code for tokens, and save the connection.

        Raises:
            UsageError: The vendor does not accept it, or it is another account's than before.
            RequestFailed: The vendor cannot be asked.
        """
        now = self._workspace.clock()
        with _locked(self._file):
            try:
                tokens, token_url = oauth.redeem(
                    self._way,
                    self._app,
                    self._request,
                    code,
                    now=now,
                    deadline=time.monotonic() + ASK_S,
                )
            except SignInNeeded as error:
                raise UsageError(f"{self._title}: {error.message}", hint="try again") from error
            new = Connection(
                vendor=self._file.vendor,
                connected_at=now,
                folder_id=self._file.folder_id(),
                keyring_name=self._keyring_name,
                address=self._address,
                client_id=self._app.client_id,
                secret=self._app.secret,
                token_url=token_url,
                tokens=tokens,
            )
            return _keep(self._workspace, self._file, new)


def check_connection(workspace: Workspace, subject: str, vendor: Vendor) -> str:
    """Ask the vendor who the person is; returns a line about the answer.

    Raises:
        SignInNeeded: The vendor does not accept the connection any more.
        RequestFailed: The vendor cannot be asked.
    """
    file = ConnectionFile(workspace.home, subject, vendor)
    if not is_file(file.path):
        raise not_connected(vendor)
    with _locked(file):
        connection = file.load()
        if connection is None:
            raise not_connected(vendor)
        if connection.ended:
            raise sign_in_needed(connection)
        opened = with_secrets(connection, wait_s=ASK_S)
        access = _access(workspace, file, opened)
        access.check_own()
        try:
            access.api.whoami()
        except Refused as error:
            if error.status == 401 and access.api.vendor.oauth is None:
                access.end_refused()
            return "reached; it does not say who you are"
        return "reached, and signed in"


def forget(workspace: Workspace, subject: str, vendor: Vendor) -> bool:
    """Delete the key or the tokens of a connection; returns whether there was one.

    Raises:
        KeyringFault: The connection is forgotten, but the keyring still has its secrets.
    """
    file = ConnectionFile(workspace.home, subject, vendor)
    if not is_file(file.path):
        return False
    with _locked(file):
        before = _load_sound(file)
        was_there = file.remove()
        connection_secrets.delete(before)
        return was_there


def not_connected(vendor: Vendor) -> UsageError:
    """The error of a vendor without a connection."""
    return UsageError(f"{vendor} is not connected", hint=f"hrvctl connect {vendor}")


def _keep(workspace: Workspace, file: ConnectionFile, new: Connection) -> Connection:
    """Save a new connection, ask who the person is, and keep what was pulled if it is the same one.

    A connection that cannot be kept leaves the one before it as it was.
    """
    before = _load_sound(file)
    # Kept before its first use: a code and most tokens are given once.
    connection_secrets.save(file, new)
    access = _access(workspace, file, new)
    try:
        try:
            account = access.api.whoami() or (new.tokens.account if new.tokens else "")
        except Refused:
            if new.tokens is None:
                raise
            account = new.tokens.account  # the app may read data, but not who it is
        except RequestFailed:
            if new.tokens is None:
                raise
            return new
        if before and before.account and account and before.account != account:
            raise UsageError(
                "this is another account than the one that was connected",
                hint=f"for another person use --subject; if the account is new, first"
                f" hrvctl connect forget {new.vendor}",
            )
    except (SignInNeeded, Refused):
        _put_back(file, before, new)
        raise UsageError(
            f"{DESCRIPTIONS[new.vendor].title} does not accept the key",
            hint="copy it again, whole",
        ) from None
    except (KeyringFault, RequestFailed, UsageError):
        _put_back(file, before, new)
        raise
    is_same = before is not None and before.account == account
    kept = replace(
        access.connection,
        account=account,
        progress=replace(before.progress, fault="") if before and is_same else Progress(),
    )
    access.save(kept)
    with suppress(KeyringFault):  # what is left there is of no use to anybody
        connection_secrets.delete(before)
    return kept


def _load_sound(file: ConnectionFile) -> Connection | None:
    try:
        return file.load()
    except SignInNeeded:  # damaged: the new one takes its place
        return None


def _put_back(file: ConnectionFile, before: Connection | None, new: Connection) -> None:
    with suppress(KeyringFault):
        connection_secrets.delete(new)
    if before is None:
        file.remove()
    else:
        file.save(before)


@contextmanager
def _locked(file: ConnectionFile) -> Iterator[None]:
    try:
        with file.lock(wait_s=PATIENCE_S):
            yield
    except Taken as error:
        raise Locked(
            f"{file.vendor} is being pulled", hint="wait for it to end, then run this again"
        ) from error


def _access(workspace: Workspace, file: ConnectionFile, connection: Connection) -> Access:
    deadline = time.monotonic() + ASK_S
    return Access(file, connection, clock=workspace.clock, deadline=deadline)
