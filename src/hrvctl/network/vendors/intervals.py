"""Intervals.icu (https://intervals.icu/api-docs.html)."""

from hrvctl.network.vendor_description import Description, Endpoint
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
