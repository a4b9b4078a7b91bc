"""Run config of the daily job from the settings: the same by hand, from cron and in Dagster."""

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from hrvctl.records.choices import Agent, Model, Profile
from hrvctl.settings import Settings
from hrvctl.usecases.agent import agent_settings
from hrvctl.usecases.daily_notes import texts_config

if TYPE_CHECKING:
    ModelName: TypeAlias = str
    ProfileName: TypeAlias = str
    AgentName: TypeAlias = str
else:
    # Types of config fields. Dagster's pages offer the values of a Literal and name them when
    # another one is given; an enum would be configured by the names of its members.
    ModelName = Literal[tuple(one.value for one in Model)]
    ProfileName = Literal[tuple(one.value for one in Profile)]
    AgentName = Literal[tuple(one.value for one in Agent)]


def evening_config(
    settings: Settings, *, may_send: bool = True, demo: bool = False
) -> dict[str, dict[str, dict[str, Any]]]:
    """Dagster's ``ops`` config of ``hrv_daily_job``.

    Args:
        settings: The person's settings.
        may_send: Whether the llm may be asked; false in a dry run.
        demo: Whether the data is simulated; the person's own notes are then left out.

    Raises:
        ConfigError: The chosen llm is not usable, or a path does not exist.
    """
    return {
        "ingest_op": {"config": {"subject": settings.subject}},
        "journal_op": {"config": {**texts_config(settings, demo=demo)}},
        "training_op": {"config": {"model": settings.model.value}},
        "intelligence_op": {"config": {"profile": settings.profile.value}},
        "agent_op": {"config": agent_settings(settings, may_send=may_send).op_config()},
    }
