"""The nights of one Health Connect app: its sleeps, and the means of its samples inside them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo

from hrvctl.records import PLAUSIBLE, Metric
from hrvctl.sources.health_connect.rows import MINUTE, App, Sample, Session
from hrvctl.sources.kit.main_sleep import SleepPeriod, main_sleeps, wake_day_in_utc
from hrvctl.sources.kit.night_samples import mean_by_night

# Two sessions of one app are one sleep up to this gap; own choice.
JOINED = timedelta(hours=1)
# An app that writes one value a night writes it at waking, or at noon of the wake date; a value at
# another hour is no night's. Own choice.
DAILY_HOURS = (time(3), time(12))


@dataclass(frozen=True, slots=True)
class Nights:
    """One app's HRV by night, and how it was found."""

    sleeps: Sequence[SleepPeriod]
    hrv: Mapping[date, float]
    n_outside: int = 0
    n_daily: int = 0
    n_undated: int = 0
    n_in_utc: int = 0
    borrowed: str = ""


def find_nights(apps: Mapping[int, App]) -> dict[int, Nights]:
    """Find each app's nights; an app with HRV alone has the sleep of the app with most of it."""
    sleeps = {key: _sleeps(app) for key, app in apps.items()}
    most = max(sleeps, key=lambda key: len(main_sleeps(sleeps[key][0])), default=0)
    found = {}
    for key, app in apps.items():
        if app.samples[Metric.HRV_RMSSD_MS] and not sleeps[key][0] and sleeps[most][0]:
            windows = [replace(s, values={}) for s in main_sleeps(sleeps[most][0]).values()]
            nights = _fill(app, windows, *sleeps[most][1:])
            found[key] = replace(nights, borrowed=apps[most].name)
        else:
            found[key] = _fill(app, *sleeps[key])
    return found


def _sleeps(app: App) -> tuple[list[SleepPeriod], int, int]:
    """Join an app's sessions to sleeps; also how many have no date, and a date by UTC."""
    found: list[SleepPeriod] = []
    n_undated = n_in_utc = 0
    for group in _joined(app.sessions):
        start, end = group[0].start, max(session.end for session in group)
        last = max(group, key=lambda session: session.end)
        zone = last.zone or _zone_inside(app, start, end)
        stages: defaultdict[Metric, float] = defaultdict(float)
        for session in group:
            for metric, minutes in session.stages.items():
                stages[metric] += minutes
        asleep = sum(minutes for metric, minutes in stages.items() if metric != Metric.AWAKE_MIN)
        values = dict(stages)
        if asleep:
            values[Metric.ASLEEP_MIN] = asleep
        else:
            values[Metric.IN_BED_MIN] = (end - start) / MINUTE
        local = end.astimezone(zone) if zone else end
        day = local.date() if zone else wake_day_in_utc(end)
        n_undated += day is None
        n_in_utc += zone is None and day is not None
        if day:
            period = SleepPeriod(
                day=day,
                asleep_min=asleep or (end - start) / MINUTE,
                values={m: v for m, v in values.items() if v <= PLAUSIBLE[m].high},
                start_at=start.astimezone(zone) if zone else start,
                end_at=local,
            )
            found.append(period)
    return found, n_undated, n_in_utc


def _joined(sessions: Iterable[Session]) -> list[list[Session]]:
    groups: list[list[Session]] = []
    for session in sorted(sessions, key=lambda session: (session.start, session.end)):
        if groups and session.start - max(s.end for s in groups[-1]) < JOINED:
            groups[-1].append(session)
        else:
            groups.append([session])
    return groups


def _zone_inside(app: App, start: datetime, end: datetime) -> tzinfo | None:
    for sample in app.samples[Metric.HRV_RMSSD_MS]:
        if sample.has_zone and start <= sample.at <= end:
            return sample.at.tzinfo
    return None


def _fill(app: App, sleeps: Sequence[SleepPeriod], n_undated: int, n_in_utc: int) -> Nights:
    """Add to each night the mean of the app's samples inside it."""
    nights = main_sleeps(sleeps)
    values: defaultdict[date, dict[Metric, float]] = defaultdict(dict)
    n_outside = n_daily = 0
    for metric in (Metric.HRV_RMSSD_MS, Metric.RESPIRATORY_RATE_RPM, Metric.SPO2_PCT):
        inside, outside = mean_by_night(app.samples[metric], nights)
        daily = _daily(app.samples[metric], outside, inside)
        for day, mean in (inside | daily).items():
            values[day][metric] = mean
        if metric is Metric.HRV_RMSSD_MS:
            n_outside, n_daily = len(outside) - len(daily), len(daily)
    others = [sleep for sleep in sleeps if nights.get(sleep.day) is not sleep]
    filled = [
        replace(night, values={**night.values, **values.pop(day, {})})
        for day, night in nights.items()
    ]
    alone = [SleepPeriod(day=day, asleep_min=0, values=of) for day, of in values.items()]
    hrv = {
        sleep.day: sleep.values[Metric.HRV_RMSSD_MS]
        for sleep in (*filled, *alone)
        if Metric.HRV_RMSSD_MS in sleep.values
    }
    return Nights([*filled, *alone, *others], hrv, n_outside, n_daily, n_undated, n_in_utc)


def _daily(
    samples: Sequence[Sample], outside: Sequence[Sample], inside: Mapping[date, float]
) -> dict[date, float]:
    """Return the values of an app that writes one a day, at waking or at noon."""
    dates = [sample.at.date() for sample in samples]
    if len(set(dates)) < len(dates):
        return {}
    return {
        sample.at.date(): sample.value
        for sample in outside
        if sample.has_zone
        and DAILY_HOURS[0] <= sample.at.time() <= DAILY_HOURS[1]
        and sample.at.date() not in inside
    }
