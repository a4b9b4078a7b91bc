"""Google Health (https://developers.google.com/health)."""

from hrvctl.network.vendor_description import Description, Endpoint, OAuth
from hrvctl.records.choices import Vendor

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
    before_end="publish the app in Google's console",
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
