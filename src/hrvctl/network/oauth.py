"""Sign in to a vendor by the person's own app, and renew its tokens (RFC 6749, RFC 7636).

No request here is repeated by itself: a vendor whose refresh tokens are single-use may have used
one up although its answer was lost.
"""

import base64
import hashlib
import json
import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from hrvctl.errors import SignInNeeded, UsageError
from hrvctl.network.http import FORM, HttpClient, RequestFailed
from hrvctl.network.vendor_api import check_encrypted, parsed
from hrvctl.network.vendor_description import OAuth
from hrvctl.network.wrapped_answers import unwrapped
from hrvctl.records.tokens import Tokens

# Of the state and of the verifier, bytes: more than RFC 6749, 10.10 and RFC 7636, 4.1 ask for.
RANDOM_BYTES = 48
# Life of an access token where the vendor does not say, seconds (the shortest of the vendors).
DEFAULT_LIFE_S = 3600.0
# What a vendor answers to a refresh token or code that it does not accept, or to an unknown app.
NOT_ACCEPTED = frozenset({400, 401, 403})


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """The person's own app.

    Attributes:
        client_id: Its id.
        secret: Its secret.
        redirect: The redirect address that is registered for it.
    """

    client_id: str = field(repr=False)
    secret: str = field(repr=False)
    redirect: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One sign-in that waits for the person.

    Attributes:
        url: What the person opens.
        state: Comes back with the code.
        verifier: Proves that the code is exchanged by whoever asked for it.
    """

    url: str = field(repr=False)
    state: str = field(repr=False)
    verifier: str = field(repr=False)


def begin(oauth: OAuth, app: App) -> Request:
    """Make the address that a person opens to sign in."""
    state, verifier = (secrets.token_urlsafe(RANDOM_BYTES) for _ in range(2))
    digest = hashlib.sha256(verifier.encode()).digest()
    query = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": app.redirect,
        "scope": oauth.scope_sep.join(oauth.scopes),
        "state": state,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        **oauth.extra,
    }
    return Request(url=f"{oauth.authorize_url}?{urlencode(query)}", state=state, verifier=verifier)


def code_of(address: str, state: str) -> str:
    """Read the code from the address a vendor sends the browser back to.

    Raises:
        UsageError: It is of another sign-in, or the person or vendor refused it.
    """
    answer = {name: values[0] for name, values in parse_qs(urlsplit(address.strip()).query).items()}
    if not secrets.compare_digest(answer.get("state", "").encode(), state.encode()):
        raise UsageError(
            "the address is not of this sign-in",
            hint="copy the whole address of the page you were sent to last, and try again",
        )
    if "code" not in answer:
        raise UsageError(
            "the vendor did not allow it: " + answer.get("error", "no reason given")[:60],
            hint="check the redirect address and the permissions of your app, and try again",
        )
    return answer["code"]


def redeem(
    oauth: OAuth, app: App, request: Request, code: str, *, now: datetime, deadline: float
) -> tuple[Tokens, str]:
    """Exchange a code for tokens.

    Returns:
        The tokens, and the address that gave them, where they are renewed.

    Raises:
        SignInNeeded: The vendor does not accept the code or the app.
        RequestFailed: There is no usable answer.
    """
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": app.redirect,
        "code_verifier": request.verifier,
    }
    for url in oauth.token_urls:
        try:
            return _ask(oauth, url, form, app, now=now, deadline=deadline), url
        except SignInNeeded:
            # A code outlives its rejection by an address that does not know the app.
            if url == oauth.token_urls[-1]:
                raise
    raise AssertionError("unreachable: every vendor has an address for tokens")


def renew(
    oauth: OAuth, app: App, tokens: Tokens, url: str, *, now: datetime, deadline: float
) -> Tokens:
    """Exchange a refresh token for the next tokens.

    Raises:
        SignInNeeded: The vendor does not accept it any more.
        RequestFailed: There is no usable answer; the refresh token may be used up.
    """
    form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh}
    if oauth.refresh_scope:
        form["scope"] = oauth.refresh_scope
    return _ask(oauth, url, form, app, now=now, deadline=deadline, before=tokens)


def exchange_key(url: str, key: str, *, deadline: float) -> Tokens:
    """Exchange a key for an access token, which is the answer's text (RFC 7519).

    Raises:
        SignInNeeded: The vendor does not accept the key any more.
        RequestFailed: There is no usable answer.
    """
    check_encrypted(url)
    client = HttpClient(allowed=[url], headers={"Authorization": f"ApiKey {key}"}, pauses_s=())
    try:
        text = client.post(url, b"", deadline=deadline).body.decode("ascii", "replace").strip()
    except RequestFailed as error:
        raise _explained(error, "the key is no longer accepted") from None
    try:
        claims = text.split(".")[1]
        content = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        expires_at = _seconds(content, "exp")
    except (ValueError, LookupError, TypeError, AttributeError):
        expires_at = None
    if expires_at is None:
        raise RequestFailed("the answer is not a token")
    return Tokens(access=text, expires_at=expires_at)


def _explained(error: RequestFailed, refusal: str) -> RequestFailed | SignInNeeded:
    """Tell a refusal of the vendor from any other failure."""
    # A page between us and the vendor says nothing about the tokens.
    if error.status not in NOT_ACCEPTED or error.reason.lstrip().startswith("<"):
        return error
    return SignInNeeded(refusal)


def _ask(
    oauth: OAuth,
    url: str,
    form: Mapping[str, str],
    app: App,
    *,
    now: datetime,
    deadline: float,
    before: Tokens | None = None,
) -> Tokens:
    check_encrypted(url)
    headers, own = {"Accept": "application/json"}, {**oauth.form, **form}
    if oauth.has_basic:
        pair = base64.b64encode(f"{app.client_id}:{app.secret}".encode()).decode()
        headers["Authorization"] = f"Basic {pair}"
    else:
        own |= {"client_id": app.client_id, "client_secret": app.secret}
    client = HttpClient(allowed=[url], headers=headers, pauses_s=())
    try:
        response = client.post(
            url,
            urlencode(own).encode(),
            deadline=deadline,
            content_type=FORM,
        )
        content = parsed(response)
        content = unwrapped(content) if oauth.wraps_answers else content
    except RequestFailed as error:
        is_app = "invalid_client" in error.reason or "client_id" in error.reason
        raise _explained(
            error,
            "the client id or secret is wrong" if is_app else "the sign-in is no longer accepted",
        ) from None
    return _tokens(content, oauth.account, now, before)


def _tokens(content: object, account: str, now: datetime, before: Tokens | None) -> Tokens:
    if not isinstance(content, dict) or not isinstance(content.get("access_token"), str):
        raise RequestFailed("the answer has no token")
    # What a renewal does not say stays as it was: a vendor that sends no refresh token lets the old
    # one live.
    old = before or Tokens(access="", expires_at=0.0)
    refresh, left_s = content.get("refresh_token"), _seconds(content, "refresh_token_expires_in")
    return Tokens(
        access=content["access_token"],
        refresh=refresh if isinstance(refresh, str) and refresh else old.refresh,
        expires_at=now.timestamp() + (_seconds(content, "expires_in") or DEFAULT_LIFE_S),
        scope=str(content.get("scope") or old.scope),
        grant_ends_at=old.grant_ends_at if left_s is None else now.timestamp() + left_s,
        account=str(content.get(account) or old.account),
    )


def _seconds(content: Mapping[str, Any], name: str) -> float | None:
    """A number of seconds in an answer; ``None`` where there is none, or it is not finite."""
    try:
        seconds = float(content.get(name))  # type: ignore[arg-type] # whatever the vendor sent
    except (ValueError, TypeError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) else None
