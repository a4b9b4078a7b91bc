"""Oura (https://cloud.ouraring.com/v2/docs)."""

from hrvctl.network.vendor_description import Description, Endpoint, OAuth
from hrvctl.records.choices import Vendor

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
