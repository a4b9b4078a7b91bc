"""A made-up cohort: people with nights, resting heart rates and answers, as a table."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd

from hrvctl.engines.loop import Loop
from hrvctl.store.cohorts.folder import CohortFolder, load_cohort
from hrvctl.usecases.cohorts.evening import Options, forecast_evening, plan_evening
from hrvctl.usecases.cohorts.imports import NewCohort, import_tables
from hrvctl.usecases.cohorts.seals import seal_evening

AS_OF = date(2026, 3, 10)
NOW = datetime(2026, 3, 10, 20, 0, tzinfo=UTC)
N_DRINKERS = 5
NEW = NewCohort(
    name="Lions",
    zone="UTC",
    day_starts_at="04:00",
    profile="robust60",
    models=("naive", "ma7", "hierarchical"),
    buckets=3,
)


def nights_of(subject, n_days, *, seed, last=AS_OF, source="whoop"):
    """Nights with gaps, an answer now and then."""
    rng = np.random.default_rng(seed)
    days = [last - timedelta(days=n_days - 1 - i) for i in range(n_days)]
    hrv = np.round(np.exp(rng.normal(4.1, 0.18, n_days)), 3)
    table = pd.DataFrame(
        {
            "subject": subject,
            "day": days,
            "source": source,
            "hrv_rmssd_ms": hrv,
            "resting_hr_bpm": np.round(rng.normal(52, 2, n_days)),
            "tag:alcohol": np.where(rng.random(n_days) < 0.3, 2.0, 0.0),
        }
    )
    return table[(rng.random(n_days) > 0.1) | (np.arange(n_days) == n_days - 1)]


def table_of(n_people, n_days=60, last=AS_OF):
    """The nights of several people."""
    people = [nights_of(f"p{i:03d}", n_days, seed=i, last=last) for i in range(n_people)]
    return pd.concat(people)


def drinkers():
    """People whose HRV is a tenth lower after a drink; one with few nights, one who is silent."""
    tables = []
    for n in range(N_DRINKERS):
        table = nights_of(f"p{n:03d}", 120, seed=n)
        after = table["tag:alcohol"].shift(fill_value=0.0) > 0
        table["hrv_rmssd_ms"] *= np.where(after, 0.9, 1.0)
        tables.append(table)
    silent = nights_of("silent", 60, seed=50).drop(columns="tag:alcohol")
    return pd.concat([*tables, nights_of("short", 12, seed=51), silent])


def make_cohort(tmp_path, table, **changes):
    """Import a table into a cohort of its own."""
    path = tmp_path / "nights.csv"
    table.to_csv(path, index=False)
    folder = CohortFolder(str(tmp_path / "lions"))
    report = import_tables(folder, str(path), NEW, columns={}, now=changes.pop("now", NOW))
    return folder, load_cohort(folder), report


def run_evening(folder, settings, as_of=AS_OF, *, now=NOW):
    """Forecast and seal an evening."""
    plan = plan_evening(folder, settings, as_of, Options(), now=now)
    done = forecast_evening(folder, plan, Loop())
    return seal_evening(folder, settings, plan, done.chunks, now=now)


def run_evenings(tmp_path, table, n):
    """A cohort whose last evenings were forecast and sealed one after another, ending with NOW."""
    for back in range(n - 1, -1, -1):
        now = NOW - timedelta(days=back)
        known = table[table["day"] <= now.date()]
        folder, settings, _ = make_cohort(tmp_path, known, now=now - timedelta(hours=1))
        run_evening(folder, settings, now.date(), now=now)
    return folder, settings
