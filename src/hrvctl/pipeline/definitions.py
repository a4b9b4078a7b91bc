"""What Dagster's own tools load: every job, a daily schedule and an inbox sensor."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import dagster as dg

from hrvctl.pipeline.house import House
from hrvctl.pipeline.jobs import JOB_GRAPHS, build_job
from hrvctl.settings import find_home
from hrvctl.store.home import Home

# After the day is over for most people, before midnight closes the morning; own choice.
DAILY_AT = "30 21 * * *"

# How often the inbox is looked into, seconds; a dropped file is not urgent.
INBOX_EVERY_S = 300


def build(house: House) -> dg.Definitions:
    """Build everything for one home; nothing on disk is touched.

    Args:
        house: Where the jobs work and by which clock.
    """
    jobs = {name: build_job(name, house) for name in JOB_GRAPHS}
    daily = jobs["hrv_daily_job"]

    @dg.sensor(
        name="inbox_sensor",
        job=daily,
        minimum_interval_seconds=INBOX_EVERY_S,
        description="Runs the daily job when a new file lies in the inbox.",
    )
    def inbox_sensor() -> Iterator[dg.RunRequest | dg.SkipReason]:
        names = _waiting(house.home)
        if names:
            yield dg.RunRequest(run_key="|".join(names))
        else:
            yield dg.SkipReason(f"nothing new in {house.home.inbox}")

    schedule = dg.ScheduleDefinition(
        name="daily_schedule",
        job=daily,
        cron_schedule=DAILY_AT,
        description="The daily forecast at 21:30.",
    )
    return dg.Definitions(jobs=list(jobs.values()), schedules=[schedule], sensors=[inbox_sensor])


def _waiting(home: Home) -> list[str]:
    if not home.inbox.is_dir():
        return []
    return sorted(
        f"{path.name}@{path.stat().st_mtime_ns}"
        for path in home.inbox.iterdir()
        if path != home.done and not path.name.startswith(".")
    )


defs = build(House(Home(Path(find_home(None).value)), lambda: datetime.now().astimezone()))
