"""The code location of Dagster's own tools: jobs, assets, a daily schedule and an inbox sensor."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import dagster as dg

from hrvctl.errors import HrvctlError
from hrvctl.pipeline import Config, assets
from hrvctl.pipeline.jobs import JOB_GRAPHS, build_job, workspace_resource
from hrvctl.pipeline.multiprocess.executors import executor_of
from hrvctl.pipeline.run_config import evening_config, split_private
from hrvctl.settings import Settings, find_home, load_settings
from hrvctl.store.home import Home
from hrvctl.usecases.clock import local_zone
from hrvctl.usecases.workspace import Workspace

# How often the sensor looks for new files, seconds; own choice, a dropped file is not urgent.
INBOX_EVERY_S = 300

DAILY = "hrv_daily_job"


def build(
    workspace: Workspace, *, zone: str = "UTC", settings: Callable[[], Settings] | None = None
) -> dg.Definitions:
    """Build the definitions for one home; nothing on disk is touched.

    Args:
        workspace: The home and its clock.
        zone: IANA name of the schedule's time zone.
        settings: Reads the person's settings. They are the daily job's config in Dagster's
            Launchpad, and are read again for every run of the schedule and the sensor. Without
            them the defaults apply.
    """
    config_now, subject, at, day_starts_at = _settings_now(settings)
    if settings is not None:
        read = settings
        workspace = replace(
            workspace,
            read_private=lambda: split_private(evening_config(read()))[1],
            day_starts_at=day_starts_at,
        )
    jobs = {
        name: build_job(
            name,
            workspace,
            executor=executor_of(name, workspace),
            config=config_now if name == DAILY else None,
        )
        for name in JOB_GRAPHS
    }
    if find_spec("pyarrow") and find_spec("fsspec"):  # the extra `cohort`, which few people need
        from hrvctl.pipeline.cohort_job import NAME, build_cohort_job  # noqa: PLC0415

        jobs[NAME] = build_cohort_job(workspace)

    def config() -> dict[str, Any]:
        return {} if settings is None else {"ops": split_private(evening_config(settings()))[0]}

    @dg.sensor(
        name="inbox_sensor",
        job=jobs[DAILY],
        minimum_interval_seconds=INBOX_EVERY_S,
        description="Runs the daily job when there is a new file in the inbox.",
    )
    def inbox_sensor() -> Iterator[dg.RunRequest | dg.SkipReason]:
        names = _inbox_files(workspace.home)
        if names:
            yield dg.RunRequest(run_key="|".join(names), run_config=config())
        else:
            yield dg.SkipReason(f"nothing new in {workspace.home.inbox}")

    schedule = dg.ScheduleDefinition(
        name="daily_schedule",
        job=jobs[DAILY],
        cron_schedule=_cron(at),
        execution_timezone=zone,
        run_config_fn=lambda _: config(),
        description=f"The daily forecast at {at:%H:%M} ({zone}).",
    )
    return dg.Definitions(
        jobs=list(jobs.values()),
        schedules=[schedule],
        sensors=[inbox_sensor],
        assets=assets.specs(subject),
        asset_checks=[assets.checks(workspace, subject)],
        resources={"workspace": workspace_resource(workspace)},
        # The checks read files; a process for each would take longer than the reading.
        executor=dg.in_process_executor,
    )


def _settings_now(
    settings: Callable[[], Settings] | None,
) -> tuple[Config | None, str, time, time]:
    """The job's default config, the assets' subject, the schedule's time, and when a day begins.

    The defaults where the settings are faulty: Dagster's pages must open all the same, and a run
    reports the fault.
    """
    if settings is not None:
        with contextlib.suppress(HrvctlError):
            found = settings()
            return (
                {"ops": split_private(evening_config(found))[0]},
                found.subject,
                found.schedule_at,
                found.day_starts_at,
            )
    return None, Settings.subject, Settings.schedule_at, Settings.day_starts_at


def _cron(at: time) -> str:
    """A cron expression for every day at a time of day."""
    return f"{at.minute} {at.hour} * * *"


def _inbox_files(home: Home) -> list[str]:
    if not home.inbox.is_dir():
        return []
    return sorted(
        f"{path.name}@{path.stat().st_mtime_ns}"
        for path in home.inbox.iterdir()
        if path != home.done and not path.name.startswith(".")
    )


@dg.definitions
def defs() -> dg.Definitions:
    """The definitions of the home that ``HRVCTL_HOME`` names; read when Dagster loads them."""
    return build(
        Workspace(Home(Path(find_home(None).value)), lambda: datetime.now().astimezone()),
        zone=local_zone(),
        settings=lambda: load_settings(home=None, options={}),
    )
