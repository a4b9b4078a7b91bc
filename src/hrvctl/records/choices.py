"""The names a person can choose from, one enum per option or setting."""

from enum import StrEnum


class Model(StrEnum):
    """The forecast model to serve; ``auto`` is the one that did best on the person's own past."""

    AUTO = "auto"
    HIERARCHICAL = "hierarchical"
    LOCAL_LEVEL = "local_level"
    SES = "ses"
    MA7 = "ma7"
    NAIVE = "naive"


class Profile(StrEnum):
    """How the normal range is computed."""

    ROBUST60 = "robust60"
    PLEWS = "plews"
    HRV4T_LIKE = "hrv4t-like"
    JAVALOYES = "javaloyes"


class Agent(StrEnum):
    """What makes the final forecast: fixed rules, or a language model as well."""

    RULES = "rules"
    LLM = "llm"


class Vendor(StrEnum):
    """A vendor that data can be pulled from."""

    INTERVALS = "intervals"
    OURA = "oura"
    WHOOP = "whoop"
    GARMIN = "garmin"
    POLAR = "polar"
    GOOGLE = "google"
    WITHINGS = "withings"


class System(StrEnum):
    """The scheduler that runs the evening."""

    CRON = "cron"
    SYSTEMD = "systemd"
    LAUNCHD = "launchd"


class Job(StrEnum):
    """What a scheduler can run."""

    DAILY = "daily"
    MORNING = "morning"
    REPORT = "report"


class Weekday(StrEnum):
    """A day of the week."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class Detail(StrEnum):
    """How much a message says: the numbers, the light alone, or that a night is there."""

    FULL = "full"
    LIGHT = "light"
    PING = "ping"


class ExportFormat(StrEnum):
    """File formats of an export."""

    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


class Audience(StrEnum):
    """Whom a report is for, which chooses its sections."""

    ME = "me"
    COACH = "coach"
    DOCTOR = "doctor"


class BoardOrder(StrEnum):
    """The order of a cohort's people: what needs attention, what has changed most, or names."""

    LIGHT = "light"
    CHANGE = "change"
    NAME = "name"
