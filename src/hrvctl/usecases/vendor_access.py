"""One person's access to a vendor: the key or tokens of a connection, renewed and saved in time."""

import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NoReturn

from hrvctl.errors import SignInNeeded
from hrvctl.network import oauth
from hrvctl.network.http import RequestFailed
from hrvctl.network.vendor_api import VendorApi
from hrvctl.network.vendors import DESCRIPTIONS
from hrvctl.store.connections import Connection, ConnectionFile
from hrvctl.usecases import connection_secrets
from hrvctl.usecases.connections import COPIED, is_copy, sign_in_needed

# How long before its end an access token is renewed, seconds (own choice: a pull takes less).
AHEAD_S = 120.0
# Longest that a renewal may take, seconds (own choice: the answer is short).
RENEWAL_S = 20.0

# Said where a key ends a connection.
KEY_REFUSED = "the key is no longer accepted"


class NotRenewed(RequestFailed):
    """The vendor gave no answer to a renewal; no other request can be made."""


class Access:
    """Lets requests in by a connection whose lock is held.

    Attributes:
        connection: As it is kept, with its secrets.
    """

    def __init__(
        self,
        file: ConnectionFile,
        connection: Connection,
        *,
        clock: Callable[[], datetime],
        deadline: float,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.connection = connection
        self._file = file
        self._clock = clock
        self._deadline = deadline
        self._has_renewed = False
        self.api = VendorApi(
            vendor=DESCRIPTIONS[connection.vendor].at(connection.address),
            headers=self._headers,
            deadline=deadline,
            clock=clock,
            sleep=sleep,
        )

    def check_own(self) -> None:
        """Check that single-use tokens are used from the one home they were given to.

        Raises:
            SignInNeeded: The home is a copy; if both renewed the tokens, the vendor would end both.
        """
        if is_copy(self._file, self.connection):
            self.end(COPIED)

    def end(self, reason: str) -> NoReturn:
        """Mark the connection as ended, so that the vendor is not asked again.

        Raises:
            SignInNeeded: Always.
        """
        self.save(replace(self.connection, ended=reason, renewing_since=None))
        raise sign_in_needed(self.connection)

    def end_refused(self) -> NoReturn:
        """Mark a connection as ended whose requests are refused again and again.

        Raises:
            SignInNeeded: Always.
        """
        has_key = self.api.vendor.oauth is None
        self.end(KEY_REFUSED if has_key else "the vendor refuses new tokens as well")

    def save(self, connection: Connection) -> None:
        """Keep the connection, and use it from now on."""
        connection_secrets.save(self._file, connection, self.connection)
        self.connection = connection

    def _headers(self, is_refused: bool) -> Mapping[str, str]:
        vendor, connection = self.api.vendor, self.connection
        if vendor.oauth is None and not vendor.exchange:
            pair = base64.b64encode(f"{vendor.key_user}:{connection.secret}".encode())
            return {"Authorization": f"Basic {pair.decode()}"}
        tokens = connection.tokens
        is_over = tokens is None or tokens.expires_at - AHEAD_S <= self._clock().timestamp()
        # Tokens that are refused right after their renewal are not renewed again.
        if (is_over or is_refused) and not self._has_renewed:
            self._renew()
            tokens = self.connection.tokens
        return {"Authorization": f"Bearer {tokens.access if tokens else ''}"}

    def _renew(self) -> None:
        vendor, connection, now = self.api.vendor, self.connection, self._clock()
        deadline = min(self._deadline, time.monotonic() + RENEWAL_S)
        way = vendor.oauth
        if way is None:
            self._exchange(vendor.base_url + vendor.exchange, deadline)
            return
        if connection.tokens is None or not connection.tokens.refresh:
            self.end("the sign-in has ended")
        cut_off = connection.renewing_since
        if way.is_single_use:
            self.save(replace(connection, renewing_since=now))
        app = oauth.App(client_id=connection.client_id, secret=connection.secret)
        try:
            tokens = oauth.renew(
                way,
                app,
                connection.tokens,
                connection.token_url,
                now=now,
                deadline=deadline,
            )
        except SignInNeeded as error:
            self.end(
                f"its renewal was cut off at {cut_off:%Y-%m-%d %H:%M}, and {error.message}"
                if cut_off
                else error.message
            )
        except RequestFailed as error:
            # The tokens may be used up: the next pull tries them once more, this one does not.
            raise NotRenewed(f"the sign-in could not be renewed: {error.message}") from error
        self._has_renewed = True
        self.save(replace(self.connection, tokens=tokens, renewing_since=None))

    def _exchange(self, url: str, deadline: float) -> None:
        """Exchange the key for a token; the key stays good."""
        try:
            tokens = oauth.exchange_key(url, self.connection.secret, deadline=deadline)
        except SignInNeeded as error:
            self.end(error.message)
        except RequestFailed as error:
            raise NotRenewed(f"no token for the key: {error.message}") from error
        self._has_renewed = True
        self.save(replace(self.connection, tokens=tokens))
