"""Descriptions of the vendors' interfaces: what is asked, page by page, and how one signs in.

Every address and name is the vendor's own, from its published interface:

- Intervals.icu: https://intervals.icu/api-docs.html
- Oura: https://cloud.ouraring.com/v2/docs
- WHOOP: https://developer.whoop.com/api
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
        path: Below the base address.
        query: Parameters; ``{first}`` and ``{last}`` become the ends of the window.
        stamp: How ``strftime`` writes them.
        pad_days: Days added before and after, for vendors that compare them with instants.
        max_days: Longest window of one request.
        recent_days: Only so many days are ever asked for, where years of them are of no use.
        key: The fields by which two records are the same one.
        updated: The field that says which of two is newer; without it the one read later is.
        day: The field that begins with the record's day, or has an instant of it; empty where a
            record does not say.
        offset: The field with the instant's distance from UTC.
        night: The field, with dots, that a night with an HRV has; empty for other records.
        vitals: A record with none of these fields says nothing; empty keeps all.
    """

    kind: str
    path: str
    query: Mapping[str, str]
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
    """

    authorize_url: str
    token_urls: Sequence[str]
    scopes: Sequence[str]
    is_single_use: bool
    refresh_scope: str = ""


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
        account: The field there that says who it is.
        oauth: The sign-in; ``None`` where a key is sent as the password of ``key_user``.
        key_user: See ``oauth``.
        list_name: The field of an answer that has the records; empty where it is the list itself.
        next_name: The field that has the next page's token; empty where there are no pages.
        token_name: The parameter that asks for that page.
    """

    vendor: Vendor
    title: str
    base_url: str
    steps: Sequence[str]
    notes: Sequence[str] = ()
    endpoints: Sequence[Endpoint]
    whoami: str
    account: str
    oauth: OAuth | None = None
    key_user: str = ""
    list_name: str = ""
    next_name: str = ""
    token_name: str = ""

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


INTERVALS = Description(
    vendor=Vendor.INTERVALS,
    title="Intervals.icu",
    base_url="https://intervals.icu/api/v1",
    steps=(
        "At intervals.icu open Settings; Developer settings are at the bottom of the page.",
        "Make an API key, and copy it.",
    ),
    notes=(
        "The key can also write; hrvctl only reads.",
        "Intervals.icu passes on one HRV a day and does not say which device measured it.",
    ),
    endpoints=(
        Endpoint(
            kind="wellness",
            path="/athlete/0/wellness",
            query={"oldest": "{first}", "newest": "{last}"},
            max_days=365,
            updated="updated",
            day="id",
            night="hrv",
            # Every day has a fitness, also one without any measurement.
            vitals=frozenset(
                {
                    "hrv", "hrvSDNN", "restingHR", "avgSleepingHR", "sleepSecs", "spO2",
                    "respiration", "steps",
                }
            ),
        ),
    ),
    whoami="/athlete/0",
    account="id",
    key_user="API_KEY",
)  # fmt: skip

OURA_WINDOW = {"start_date": "{first}", "end_date": "{last}"}
# Records near the edges are left out, since the vendor compares dates with instants.
OURA_PAD = (1, 1)

OURA = Description(
    vendor=Vendor.OURA,
    title="Oura",
    base_url="https://api.ouraring.com/v2",
    steps=(
        "Open https://developer.ouraring.com/applications and sign in with your Oura account.",
        "Make an application of your own; allow it daily, heartrate, personal and spo2.",
        "As its redirect address enter exactly the one shown below.",
        "Copy its client id and client secret.",
    ),
    notes=("Oura answers only while your membership is active.",),
    endpoints=(
        Endpoint(
            kind="sleep",
            path="/usercollection/sleep",
            query=OURA_WINDOW,
            pad_days=OURA_PAD,
            night="average_hrv",
        ),
        Endpoint(
            kind="daily_readiness",
            path="/usercollection/daily_readiness",
            query=OURA_WINDOW,
            pad_days=OURA_PAD,
        ),
        Endpoint(
            kind="daily_activity",
            path="/usercollection/daily_activity",
            query=OURA_WINDOW,
            pad_days=OURA_PAD,
        ),
        Endpoint(
            kind="daily_spo2",
            path="/usercollection/daily_spo2",
            query=OURA_WINDOW,
            pad_days=OURA_PAD,
        ),
        Endpoint(
            kind="heartrate",
            path="/usercollection/heartrate",
            query={"start_datetime": "{first}", "end_datetime": "{last}"},
            stamp="%Y-%m-%dT00:00:00+00:00",
            pad_days=(1, 2),
            max_days=25,  # the vendor's limit is 30
            recent_days=3,
            key=("timestamp", "source"),
            day="timestamp",
        ),
    ),
    whoami="/usercollection/personal_info",
    account="id",
    oauth=OAuth(
        authorize_url="https://cloud.ouraring.com/oauth/authorize",
        # Older apps are known at the first, those of the new portal at the second alone.
        token_urls=(
            "https://api.ouraring.com/oauth/token",
            "https://moi.ouraring.com/oauth/v2/ext/oauth-token",
        ),
        scopes=("personal", "daily", "heartrate", "spo2"),
        is_single_use=True,
    ),
    list_name="data",
    next_name="next_token",
    token_name="next_token",  # noqa: S106 - the name of a parameter
)

# The end is exclusive, and the person's day may end up to a day after that of UTC.
WHOOP_PAD = (1, 2)
WHOOP_WINDOW = {"start": "{first}", "end": "{last}", "limit": "25"}
WHOOP_STAMP = "%Y-%m-%dT00:00:00.000Z"

WHOOP = Description(
    vendor=Vendor.WHOOP,
    title="WHOOP",
    base_url="https://api.prod.whoop.com/developer",
    steps=(
        "Open https://developer-dashboard.whoop.com and sign in with your WHOOP account.",
        "Make a team, then an app of your own; tick offline and every scope that begins with read.",
        "As its redirect address enter exactly the one shown below; where the page wants https,"
        " begin again with --redirect https://localhost:8765/callback --paste.",
        "Copy its client id and client secret.",
    ),
    notes=(
        "The journal is not in WHOOP's interface: import the app's export for it.",
        "The app's export has no decimals of the HRV; `hrvctl data prefer whoop_api` counts these.",
    ),
    endpoints=(
        Endpoint(
            kind="recovery",
            path="/v2/recovery",
            query=WHOOP_WINDOW,
            stamp=WHOOP_STAMP,
            pad_days=WHOOP_PAD,
            key=("cycle_id",),
            updated="updated_at",
            day="",  # that of its sleep; it may be made days later
        ),
        Endpoint(
            kind="sleep",
            path="/v2/activity/sleep",
            query=WHOOP_WINDOW,
            stamp=WHOOP_STAMP,
            pad_days=WHOOP_PAD,
            updated="updated_at",
            day="end",
            offset="timezone_offset",
            night="score.stage_summary",
        ),
        Endpoint(
            kind="cycle",
            path="/v2/cycle",
            query=WHOOP_WINDOW,
            stamp=WHOOP_STAMP,
            pad_days=WHOOP_PAD,
            updated="updated_at",
            day="start",
        ),
        Endpoint(
            kind="workout",
            path="/v2/activity/workout",
            query=WHOOP_WINDOW,
            stamp=WHOOP_STAMP,
            pad_days=WHOOP_PAD,
            updated="updated_at",
            day="start",
        ),
    ),
    whoami="/v2/user/profile/basic",
    account="user_id",
    oauth=OAuth(
        authorize_url="https://api.prod.whoop.com/oauth/oauth2/auth",
        token_urls=("https://api.prod.whoop.com/oauth/oauth2/token",),
        scopes=(
            "read:recovery", "read:cycles", "read:sleep", "read:workout", "read:profile", "offline",
        ),
        is_single_use=True,
        refresh_scope="offline",
    ),
    list_name="records",
    next_name="next_token",
    token_name="nextToken",  # noqa: S106 - the name of a parameter
)  # fmt: skip

DESCRIPTIONS: Mapping[Vendor, Description] = {one.vendor: one for one in (INTERVALS, OURA, WHOOP)}
