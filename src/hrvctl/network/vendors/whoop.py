"""WHOOP (https://developer.whoop.com/api)."""

from hrvctl.network.vendor_description import Description, Endpoint, OAuth
from hrvctl.records.choices import Vendor

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
