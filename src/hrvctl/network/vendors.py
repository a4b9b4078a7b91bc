"""The vendors' interfaces: every address and name is the vendor's own.

From what they publish:

- Intervals.icu: https://intervals.icu/api-docs.html
- Oura: https://cloud.ouraring.com/v2/docs
- WHOOP: https://developer.whoop.com/api
- Garmin: https://developer.garmin.com/gc-developer-program/personal/personal-api
- Polar: https://www.polar.com/accesslink-api
- Google: https://developers.google.com/health
- Withings: https://developer.withings.com/api-reference
"""

from collections.abc import Mapping

from hrvctl.network.vendor_description import Description, Endpoint, OAuth
from hrvctl.records.choices import Vendor

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

GARMIN = Description(
    vendor=Vendor.GARMIN,
    title="Garmin",
    base_url="https://personal.connectapi.garmin.com",
    steps=(
        "On the web (not the phone) open"
        " https://connect.garmin.com/app/settings/personalApiToken and sign in.",
        "Create a key, choose how long it lives (a year at most), and copy it: it is shown once.",
    ),
    notes=("Garmin writes to you about a week before the key ends; then connect again.",),
    endpoints=(
        Endpoint(
            kind="hrv",
            path="/hrv-service/hrv/daily/{first}/{last}",
            list_name="hrvSummaries",
            wrap="hrvSummary",
            max_days=28,  # 35 are too many
            key=("hrvSummary.calendarDate",),
            day="hrvSummary.calendarDate",
            night="hrvSummary.lastNightAvg",
        ),
        Endpoint(
            kind="sleep",
            path="/sleep-service/sleep/dailySleepSummariesByDate",
            query={"startDate": "{first}", "endDate": "{last}"},
            list_name="dailySleepSummaries",
            wrap="dailySleepDTO",
            max_days=28,
            key=("dailySleepDTO.calendarDate",),
            day="dailySleepDTO.calendarDate",
        ),
        Endpoint(
            kind="day",
            path="/usersummary-service/usersummary/daily",
            query={"calendarDate": "{first}"},
            is_single=True,
            max_days=1,
            recent_days=14,  # a request a day: the resting heart rate of years is not worth it
            key=("calendarDate",),
            day="calendarDate",
            vitals=frozenset({"restingHeartRate", "totalSteps"}),
        ),
    ),
    whoami="/userprofile-service/userprofile/settings",
    account="",
    exchange="/personalapitoken-service/personal-api/personal-api-key/token",
)

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

GOOGLE_SCOPE = "https://www.googleapis.com/auth/googlehealth."


def _google(kind: str, field: str, night: str = "", page: int = 1000) -> Endpoint:
    """A type of Google Health by the days of the person's calendar."""
    return Endpoint(
        kind=kind.replace("-", "_"),
        path=f"/users/me/dataTypes/{kind}/dataPoints",
        query={
            "filter": f'{field} >= "{{first}}" AND {field} < "{{last}}"',
            "pageSize": str(page),
        },
        pad_days=(0, 1),  # the end is exclusive
        key=("name",),
        day=f"{night.partition('.')[0]}.date" if night else "",
        night=night,
    )


GOOGLE = Description(
    vendor=Vendor.GOOGLE,
    title="Google Health (Fitbit, Pixel Watch)",
    base_url="https://health.googleapis.com/v4",
    steps=(
        "Open https://console.cloud.google.com, make a project, and enable the Google Health API.",
        "Make an OAuth consent screen of the type External, with the scopes of googlehealth that"
        " end in health_metrics_and_measurements.readonly and sleep.readonly.",
        "Publish the app: while it is in testing, the sign-in ends after seven days.",
        "Make a client of the type Desktop app, and copy its client id and client secret.",
    ),
    notes=("Google warns of an app that it has not verified: it is your own.",),
    endpoints=(
        _google(
            "daily-heart-rate-variability",
            "daily_heart_rate_variability.date",
            "dailyHeartRateVariability.averageHeartRateVariabilityMilliseconds",
        ),
        _google("daily-resting-heart-rate", "daily_resting_heart_rate.date"),
        _google("daily-respiratory-rate", "daily_respiratory_rate.date"),
        _google("daily-oxygen-saturation", "daily_oxygen_saturation.date"),
        _google("sleep", "sleep.interval.civil_end_time", page=25),
    ),
    whoami="/users/me/profile",
    account="name",
    oauth=OAuth(
        authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
        token_urls=("https://oauth2.googleapis.com/token",),
        scopes=(
            f"{GOOGLE_SCOPE}health_metrics_and_measurements.readonly",
            f"{GOOGLE_SCOPE}sleep.readonly",
        ),
        is_single_use=False,
        extra={"access_type": "offline", "prompt": "consent"},
    ),
    list_name="dataPoints",
    next_name="nextPageToken",
    token_name="pageToken",  # noqa: S106 - the name of a parameter
)

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

DESCRIPTIONS: Mapping[Vendor, Description] = {
    one.vendor: one for one in (INTERVALS, OURA, WHOOP, GARMIN, POLAR, GOOGLE, WITHINGS)
}
