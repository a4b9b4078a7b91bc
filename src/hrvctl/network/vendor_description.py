"""How a vendor's interface is described: what is asked, page by page, and how one signs in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from hrvctl.records.choices import Vendor

# Days that are read again in every pull (own choice: vendors score a night again, and devices send
# late, within days).
REREAD_DAYS = 14
# Days asked for at once of older data (own choice: a few pages of any vendor).
CHUNK_DAYS = 90

DAY = "%Y-%m-%d"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One list of records.

    Attributes:
        kind: Names the file that its records are written to.
        list_name: The field of an answer that has the records, if not the vendor's usual one.
        wrap: The field that each record is put into, where that is how its source knows it.
        is_single: Whether an answer is one record, or 404 where there is none.
        path: Below the base address.
        query: Parameters; here and in the path ``{first}`` and ``{last}`` are the window's ends.
        stamp: How ``strftime`` writes them.
        pad_days: Days added before and after, for vendors that compare them with instants.
        max_days: Longest window of one request.
        recent_days: Only so many days are ever asked for, where years of them are of no use.
        key: The fields by which two records are the same one; inner ones have dots, here and below.
        updated: The field that says which of two is newer; without it the one read later is.
        day: The field that begins with the record's day, or has an instant of it; empty where a
            record does not say.
        offset: The field with the instant's distance from UTC.
        night: The field that a night with an HRV has; empty for other records.
        vitals: A record with none of these fields says nothing; empty keeps all.
    """

    kind: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    list_name: str = ""
    wrap: str = ""
    is_single: bool = False
    stamp: str = DAY
    pad_days: tuple[int, int] = (0, 0)
    max_days: int = CHUNK_DAYS
    recent_days: int = 0
    key: Sequence[str] = ("id",)
    updated: str = ""
    day: str = "day"
    offset: str = ""
    night: str = ""
    vitals: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth:
    """How a vendor's sign-in works (RFC 6749, 4.1).

    Attributes:
        authorize_url: Where the person allows it.
        token_urls: Where tokens are given; a later one is tried where the first does not know the
            app.
        scopes: What is asked for.
        is_single_use: Whether a refresh token ends with its first use.
        refresh_scope: Sent with a renewal, where the vendor wants it.
        has_basic: Whether the app's id and secret are sent as user and password, not as parameters.
        extra: Parameters of the address that the person opens.
        scope_sep: Stands between two scopes.
        form: Sent with every request for tokens.
        account: The field beside the tokens that says who the person is; empty where none does.
        wraps_answers: Whether the status is inside the answer; see ``wrapped_answers``.
    """

    authorize_url: str
    token_urls: Sequence[str]
    scopes: Sequence[str]
    is_single_use: bool
    refresh_scope: str = ""
    has_basic: bool = False
    extra: Mapping[str, str] = field(default_factory=dict)
    scope_sep: str = " "
    form: Mapping[str, str] = field(default_factory=dict)
    account: str = ""
    wraps_answers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """One vendor's interface.

    Attributes:
        vendor: Its name here.
        title: Its name elsewhere.
        base_url: Every request for data goes below it.
        steps: The person's way to a key or an app of their own.
        notes: What to know before connecting.
        endpoints: What is asked for.
        whoami: The path of the person's profile.
        whoami_query: Its parameters.
        account: The field there that says who it is.
        oauth: The sign-in; ``None`` where there is a key.
        key_user: The user whose password the key is.
        key_days: How long a key lives at most; 0 where it does not end.
        before_end: What the person does before a key or a sign-in ends.
        exchange: The path where a key is exchanged for a token instead; empty where it is not.
        register: The path where the person is made known to their own app, and what is sent there.
        has_history: Whether it can be asked for days of long ago.
        list_name: The field of an answer that has the records; empty where it is the list itself.
        next_name: The field that has the next page's token; empty where there are no pages.
        token_name: The parameter that asks for that page.
        more_name: The field that says whether there is a next page; empty where the token does.
        is_posted: Whether parameters are posted as a form.
        wraps_answers: Whether the status is inside the answer; see ``wrapped_answers``.
    """

    vendor: Vendor
    title: str
    base_url: str
    steps: Sequence[str]
    notes: Sequence[str] = ()
    endpoints: Sequence[Endpoint]
    whoami: str
    whoami_query: Mapping[str, str] = field(default_factory=dict)
    account: str
    oauth: OAuth | None = None
    key_user: str = ""
    key_days: int = 0
    before_end: str = ""
    exchange: str = ""
    register: tuple[str, Mapping[str, str]] = ("", {})
    has_history: bool = True
    list_name: str = ""
    next_name: str = ""
    token_name: str = ""
    more_name: str = ""
    is_posted: bool = False
    wraps_answers: bool = False

    def at(self, address: str) -> "Description":
        """The same interface at another address; its own where that is empty."""
        if not address:
            return self
        oauth = self.oauth and replace(
            self.oauth,
            authorize_url=_moved(self.oauth.authorize_url, address),
            token_urls=tuple(_moved(url, address) for url in self.oauth.token_urls),
        )
        return replace(self, base_url=_moved(self.base_url, address), oauth=oauth)


def _moved(url: str, address: str) -> str:
    return address.rstrip("/") + urlsplit(url).path
