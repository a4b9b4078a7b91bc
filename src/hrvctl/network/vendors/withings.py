"""Withings (https://developer.withings.com/api-reference)."""

from hrvctl.network.vendor_description import Description, Endpoint, OAuth
from hrvctl.records.choices import Vendor

WITHINGS = Description(
    vendor=Vendor.WITHINGS,
    title="Withings",
    base_url="https://wbsapi.withings.net",
    steps=(
        "Open https://developer.withings.com/dashboard and sign in with your Withings account.",
        "Make an application of your own of the type Public API integration; it is free.",
        "As its callback address enter exactly the one shown below.",
        "Copy its client id and its secret.",
    ),
    notes=(
        "Withings gives half a minute for the way back from its page: use a browser on this"
        " machine, not --paste.",
        "Its HRV is that of the first and the last 90 minutes of the night, from devices that"
        " measure it; nobody has tried this with a real account yet.",
    ),
    endpoints=(
        Endpoint(
            kind="sleep",
            path="/v2/sleep",
            query={
                "action": "getsummary",
                "startdateymd": "{first}",
                "enddateymd": "{last}",
                "data_fields": "total_timeinbed,total_sleep_time,lightsleepduration,"
                "deepsleepduration,remsleepduration,wakeupduration,hr_average,rr_average,"
                "rmssd_start_avg,rmssd_end_avg",
            },
            max_days=7,  # a longer window is cut without a word
            updated="modified",
            day="date",
            night="data.rmssd_end_avg",
        ),
    ),
    whoami="/v2/user",
    whoami_query={"action": "getdevice"},
    account="",
    oauth=OAuth(
        authorize_url="https://account.withings.com/oauth2_user/authorize2",
        token_urls=("https://wbsapi.withings.net/v2/oauth2",),
        scopes=("user.info", "user.metrics", "user.activity"),
        is_single_use=True,  # the one before stays good for some hours
        scope_sep=",",
        form={"action": "requesttoken"},
        account="userid",
        wraps_answers=True,
    ),
    list_name="series",
    next_name="offset",
    token_name="offset",  # noqa: S106 - the name of a parameter
    more_name="more",
    is_posted=True,
    wraps_answers=True,
)
