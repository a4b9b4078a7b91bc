"""Garmin's Personal API (https://developer.garmin.com/gc-developer-program/personal/personal-api)."""

from hrvctl.network.vendor_description import Description, Endpoint
from hrvctl.records.choices import Vendor

GARMIN = Description(
    vendor=Vendor.GARMIN,
    title="Garmin",
    base_url="https://personal.connectapi.garmin.com",
    steps=(
        "On the web (not the phone) open"
        " https://connect.garmin.com/app/settings/personalApiToken and sign in.",
        "Create a key, choose how long it lives (a year at most), and copy it: it is shown once.",
    ),
    notes=(
        "Give the day the key ends with --ends: you are warned two weeks before, and Garmin writes"
        " to you about a week before.",
    ),
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
        Endpoint(
            kind="heart_rate",
            path="/wellness-service/wellness/dailyHeartRate",
            query={"date": "{first}"},
            is_single=True,
            max_days=1,
            recent_days=3,
            key=("calendarDate",),
            day="calendarDate",
            vitals=frozenset({"heartRateValues"}),
        ),
    ),
    whoami="/userprofile-service/userprofile/settings",
    account="",
    key_days=365,
    before_end="make a new key at Garmin",
    exchange="/personalapitoken-service/personal-api/personal-api-key/token",
)
