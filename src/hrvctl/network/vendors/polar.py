"""Polar AccessLink (https://www.polar.com/accesslink-api)."""

from hrvctl.network.vendor_description import Description, Endpoint, OAuth
from hrvctl.records.choices import Vendor

POLAR = Description(
    vendor=Vendor.POLAR,
    title="Polar",
    base_url="https://www.polaraccesslink.com/v3",
    steps=(
        "Open https://admin.polaraccesslink.com and sign in with your Polar Flow account.",
        "Create a client, with exactly the redirect address shown below.",
        "Copy its client id and client secret.",
    ),
    notes=(
        "Polar gives the last 28 days, and only what was uploaded after you connect: import the"
        " account's export for the past.",
    ),
    endpoints=(
        Endpoint(
            kind="nightly_recharge",
            path="/users/nightly-recharge",
            list_name="recharges",
            key=("date",),
            day="date",
            night="heart_rate_variability_avg",
        ),
        Endpoint(kind="sleep", path="/users/sleep", list_name="nights", key=("date",), day="date"),
        Endpoint(
            kind="heart_rate",
            path="/users/continuous-heart-rate/{first}",
            is_single=True,
            max_days=1,
            recent_days=3,
            key=("date",),
            day="date",
            vitals=frozenset({"heart_rate_samples"}),
        ),
    ),
    whoami="/users/nightly-recharge",
    account="",
    oauth=OAuth(
        authorize_url="https://flow.polar.com/oauth2/authorization",
        token_urls=("https://polarremote.com/v2/oauth2/token",),
        scopes=("accesslink.read_all",),
        is_single_use=False,
        has_basic=True,
        account="x_user_id",
    ),
    register=("/users", {"member-id": "hrvctl"}),
    has_history=False,
)
