"""Run config of the daily job from the settings: the same by hand, from cron and in Dagster."""

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from hrvctl.pipeline import Config
from hrvctl.records.choices import Agent, Model, Profile
from hrvctl.settings import Settings
from hrvctl.usecases.agent import agent_settings
from hrvctl.usecases.daily_notes import texts_config
from hrvctl.usecases.inbox_folders import folders_of
from hrvctl.usecases.workspace import PrivateInputs

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

# Private config fields by op. Dagster stores a run's config in its history, and whoever may start a
# run on its pages writes it: these go to the ops in the workspace instead.
LLM = ("llm_url", "llm_model", "llm_timeout_s")
PRIVATE = {
    "ingest_op": ("paths", "inbox_folders"),
    "journal_op": ("guess_ms", "folder", "vocabulary"),
    "training_op": ("bedtime",),
    "agent_op": LLM,
    "reconcile_op": ("actual_ms", "reason"),
    "load_checkpoint_op": ("branches", *LLM),
}
# Private inputs that a repetition from Dagster's pages does not miss: they are in the settings, or
# were imported by the first run, or it pulls by itself.
REPEATABLE = frozenset({"pulled", "paths", "inbox_folders", "folder", "vocabulary", *LLM})


def split_private(
    ops: Config,
) -> tuple[Config, PrivateInputs]:
    """Split Dagster's ``ops`` config into what Dagster may store and the private inputs."""
    public = dict(ops)
    private: dict[str, Any] = {}
    for op, names in PRIVATE.items():
        config = public.get(op, {}).get("config", {})
        private |= {name: config[name] for name in names if config.get(name) is not None}
        if config:
            kept = {name: value for name, value in config.items() if name not in names}
            public[op] = {**public[op], "config": kept}
    return public, PrivateInputs(**private)


def evening_config(
    settings: Settings, *, may_send: bool = True, demo: bool = False
) -> dict[str, dict[str, dict[str, Any]]]:
    """Dagster's ``ops`` config of ``hrv_daily_job``.

    Args:
        settings: The person's settings.
        may_send: Whether vendors and the llm may be asked; false in a dry run.
        demo: Whether the data is simulated; the person's own notes and vendors are then left out.

    Raises:
        ConfigError: The chosen llm is not usable, or a path does not exist.
    """
    # A rehearsal copies nothing into its inbox, which is empty as well.
    folders = folders_of(settings) if may_send and not demo else ()
    pulled_from = list(settings.pull) if may_send and not demo else []
    return {
        "ingest_op": {
            "config": {"subject": settings.subject, "pull": pulled_from, "inbox_folders": folders}
        },
        "journal_op": {"config": {**texts_config(settings, demo=demo)}},
        "training_op": {"config": {"model": settings.model.value}},
        "intelligence_op": {"config": {"profile": settings.profile.value}},
        "agent_op": {"config": agent_settings(settings, may_send=may_send).op_config()},
    }
