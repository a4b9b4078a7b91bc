"""The ops of ``fork_compare_job``: fork one evening into branches, run each, compare them.

Ops pass each other a small key; the data is in ``<artifacts>/<subject>/forks/<as-of>``, one folder
per branch. A branch that fails writes its error there and does not stop the others.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import dagster as dg

from hrvctl.domain.artifacts.agent import AgentForecast
from hrvctl.domain.artifacts.fork import (
    BranchPredictions,
    BranchResult,
    FailedBranch,
)
from hrvctl.domain.artifacts.intelligence import IntelligenceSummary
from hrvctl.domain.artifacts.training import TrainingMetrics
from hrvctl.domain.scenarios import comparison
from hrvctl.domain.scenarios.branches import Branch, parse_branches
from hrvctl.errors import HrvctlError
from hrvctl.pipeline.asset_metadata import metadata_of, storable
from hrvctl.pipeline.assets import comparison_key
from hrvctl.pipeline.failures import hrv_op
from hrvctl.pipeline.run_config import AgentName, ModelName, ProfileName
from hrvctl.pipeline.run_tags import tag_run
from hrvctl.records.choices import Agent, Model, Profile
from hrvctl.store.artifacts import Artifact, ContentT
from hrvctl.usecases import fork
from hrvctl.usecases.agent import AgentSettings
from hrvctl.usecases.fork import Checkpoint, ForkDefaults, fork_folder
from hrvctl.usecases.workspace import Evening, Workspace, parse_day

WorkspaceParam = dg.ResourceParam[Workspace]


class ForkConfig(dg.Config):
    """The evening to fork, and its branches."""

    model_config = {"use_attribute_docstrings": True}

    subject: str = "me"
    """Whose evening."""
    as_of: str = ""
    """The evening, YYYY-MM-DD; empty means today's."""
    branches: list[str] = []
    """Each NAME:CHANGE[,CHANGE]... Dagster stores what is written here in its run history;
    ``hrvctl fork --branch`` keeps it out."""
    model: ModelName = Model.AUTO.value
    """The model to serve where a branch names none; auto lets the person's own past decide."""
    profile: ProfileName = Profile.ROBUST60.value
    """The normal-range method where a branch names none."""
    agent: AgentName = Agent.RULES.value
    """The agent where a branch names none: rules or llm."""


@dataclass(frozen=True, slots=True)
class BranchKey:
    """The key of one branch, which is all that ops pass each other.

    Attributes:
        evening: The forked evening.
        number: Index among the branches; the base is 0.
        failed: Whether a stage failed; the later stages then skip the branch.
    """

    evening: Evening
    number: int
    failed: bool = False


@hrv_op
def load_checkpoint_op(
    context: dg.OpExecutionContext, config: ForkConfig, workspace: WorkspaceParam
) -> Evening:
    """Save what was known on the evening and the branches; delete an older fork of it."""
    texts = config.branches or list(workspace.private.branches)
    parse_branches(texts)
    personal = workspace.personal()
    agent = AgentSettings(
        agent=config.agent,
        url=personal.llm_url,
        model=personal.llm_model,
        timeout_s=personal.llm_timeout_s,
    )
    defaults = ForkDefaults(model=config.model, profile=config.profile, agent=agent)
    as_of = parse_day(config.as_of) if config.as_of else None
    checkpoint = fork.take_checkpoint(workspace, config.subject, as_of, defaults)
    evening = checkpoint.evening
    tag_run(context, subject=evening.subject, mode="fork", as_of=evening.as_of.isoformat())
    fork.save_checkpoint(workspace, checkpoint, texts, run_id=context.run_id)
    context.add_output_metadata({"nights": checkpoint.n_nights, "branches": len(texts) + 1})
    return evening


@dg.op(out=dg.DynamicOut(BranchKey))
def fork_op(workspace: WorkspaceParam, evening: Evening) -> Iterator[dg.DynamicOutput[BranchKey]]:
    """Yield one output per branch, the unchanged base first."""
    _, branches = fork.load_checkpoint(workspace, evening)
    for number in range(len(branches)):
        # The number, not the name: a name may reveal what the person did.
        yield dg.DynamicOutput(BranchKey(evening, number), mapping_key=f"branch_{number}")


@hrv_op
def branch_training_op(
    context: dg.OpExecutionContext, workspace: WorkspaceParam, key: BranchKey
) -> BranchKey:
    """Fit and select the models on the branch's history."""

    def work(folder: "BranchFolder") -> None:
        predictions, metrics = fork.train_branch(workspace, folder.checkpoint, folder.branch)
        folder.save(predictions)
        folder.save(metrics)

    return _attempt(context, workspace, key, work)


@hrv_op
def branch_intelligence_op(
    context: dg.OpExecutionContext, workspace: WorkspaceParam, key: BranchKey
) -> BranchKey:
    """Summarise the branch's history, baseline, trend and models."""

    def work(folder: "BranchFolder") -> None:
        predictions, metrics = folder.load(BranchPredictions), folder.load(TrainingMetrics)
        summary = fork.summarise_branch(
            workspace, folder.checkpoint, folder.branch, predictions, metrics
        )
        folder.save(summary)

    return _attempt(context, workspace, key, work)


@hrv_op
def branch_agent_op(
    context: dg.OpExecutionContext, workspace: WorkspaceParam, key: BranchKey
) -> BranchKey:
    """Make the branch's final forecast."""

    def work(folder: "BranchFolder") -> None:
        summary = folder.load(IntelligenceSummary)
        folder.save(fork.decide_branch(folder.checkpoint, folder.branch, summary))

    return _attempt(context, workspace, key, work)


@hrv_op
def compare_op(
    context: dg.OpExecutionContext, workspace: WorkspaceParam, keys: list[BranchKey]
) -> Evening:
    """Compare every branch with the base, and list those that failed."""
    evening = keys[0].evening
    done, failed = [], []
    for key in sorted(keys, key=lambda key: key.number):
        folder = open_branch(workspace, key, context.run_id)
        if key.failed:
            failed.append(folder.load(FailedBranch).failure)
        else:
            done.append(folder.result())
    content = comparison.compare(done, failed)
    path = workspace.save(
        evening, content, run_id=context.run_id, folder=fork_folder(workspace, evening)
    )
    metadata = {**storable(metadata_of(content)), "path": dg.MetadataValue.path(path)}
    context.log_event(
        dg.AssetMaterialization(asset_key=comparison_key(evening.subject), metadata=metadata)
    )
    return evening


@dataclass(frozen=True, kw_only=True)
class BranchFolder:
    """The artifacts of one branch of a fork.

    Attributes:
        workspace: The home and its clock.
        checkpoint: The data and choices of the forked evening.
        branch: The changes of this branch.
        run_id: The current run; it goes into every artifact.
    """

    workspace: Workspace
    checkpoint: Checkpoint
    branch: Branch
    run_id: str

    @property
    def path(self) -> Path:
        """The folder itself."""
        return fork_folder(self.workspace, self.checkpoint.evening) / self.branch.name

    def save(self, content: Artifact) -> None:
        """Write one artifact of the branch."""
        evening = self.checkpoint.evening
        self.workspace.save(evening, content, run_id=self.run_id, folder=self.path)

    def load(self, kind: type[ContentT]) -> ContentT:
        """Read one artifact of the branch."""
        return self.workspace.load(self.checkpoint.evening, kind, folder=self.path)

    def result(self) -> BranchResult:
        """The branch's row of the comparison; see ``comparison.result``."""
        return comparison.result(
            self.branch,
            predictions=self.load(BranchPredictions),
            summary=self.load(IntelligenceSummary),
            decided=self.load(AgentForecast),
        )


def open_branch(workspace: Workspace, key: BranchKey, run_id: str) -> BranchFolder:
    """Open the folder of the branch that a key names."""
    checkpoint, branches = fork.load_checkpoint(workspace, key.evening)
    return BranchFolder(
        workspace=workspace, checkpoint=checkpoint, branch=branches[key.number], run_id=run_id
    )


def _attempt(
    context: dg.OpExecutionContext,
    workspace: Workspace,
    key: BranchKey,
    work: Callable[[BranchFolder], None],
) -> BranchKey:
    """Run one stage of a branch; an ``HrvctlError`` is saved and ends this branch alone."""
    if key.failed:
        return key
    folder = open_branch(workspace, key, context.run_id)
    try:
        work(folder)
    except HrvctlError as error:
        failure = comparison.failure(folder.branch, error, stage=context.op_def.name)
        folder.save(FailedBranch(failure=failure))
        return replace(key, failed=True)
    return key
