"""The ops of a fork: a branch that fails says so in its folder and does not sink the others.

What passes between them is a small key; what it stands for lies in
``<artifacts>/<subject>/forks/<as-of>``, a folder a branch.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import dagster as dg

from hrvctl.domain.baseline import DEFAULT_PROFILE
from hrvctl.domain.scenarios import comparison
from hrvctl.domain.scenarios.branches import Branch, parse_branches
from hrvctl.domain.training import AUTO
from hrvctl.errors import HomeError, HrvctlError
from hrvctl.pipeline.failures import stage
from hrvctl.records import Metric
from hrvctl.store.artifacts import load_json
from hrvctl.usecases import agent as agent_usecase
from hrvctl.usecases import fork
from hrvctl.usecases.fork import Checkpoint, Choices, Content
from hrvctl.usecases.workspace import Evening, Workspace

WorkspaceParam = dg.ResourceParam[Workspace]

COMPARISON = "fork_comparison"
CHECKPOINT = "checkpoint"
FAILURE = "failure"


class ForkConfig(dg.Config):
    """Which evening to fork, and into what."""

    model_config = {"use_attribute_docstrings": True}

    subject: str = "me"
    """Whose evening."""
    as_of: str = ""
    """The evening, YYYY-MM-DD; empty means today's."""
    branches: list[str] = []
    """Each NAME:CHANGE[,CHANGE]... Dagster keeps what is written here; ``hrvctl fork`` does not
    tell it."""
    model: str = AUTO
    """The model to serve where a branch names none; ``auto`` lets the person's own past decide."""
    profile: str = DEFAULT_PROFILE
    """How the normal range is made where a branch does not say."""
    agent: str = agent_usecase.RULES
    """Who gives the final word where a branch does not say."""
    llm_url: str = agent_usecase.Choice().url
    """OpenAI-compatible endpoint; Dagster keeps what is written here."""
    llm_model: str = ""
    """Its model, as the endpoint names it."""
    llm_timeout_s: float = agent_usecase.Choice().timeout_s
    """Seconds it may take in all."""


@dataclass(frozen=True, slots=True)
class BranchKey:
    """The small key of one branch.

    Attributes:
        evening: Of which evening.
        number: Its place among the branches; the base is 0.
        failed: Whether it failed already: then the stages to come leave it alone.
    """

    evening: Evening
    number: int
    failed: bool = False


@stage
def load_checkpoint_op(
    context: dg.OpExecutionContext, config: ForkConfig, workspace: WorkspaceParam
) -> Evening:
    """Note what was known on the evening and what to do with it; clear an older fork of it."""
    texts = config.branches or list(workspace.private.branches)
    parse_branches(texts)
    speaker = agent_usecase.Choice(
        agent=config.agent,
        url=config.llm_url,
        model=config.llm_model,
        timeout_s=config.llm_timeout_s,
    )
    choices = Choices(model=config.model, profile=config.profile, speaker=speaker)
    checkpoint = fork.take_checkpoint(workspace, config.subject, config.as_of, choices)
    folder = fork_folder(workspace, checkpoint.evening)
    _clear(folder)
    content = {
        "choices": checkpoint.choices,
        "metric": checkpoint.metric,
        "n_nights": checkpoint.n_nights,
        "inputs_sha256": checkpoint.inputs_sha256,
        "branches": texts,
    }
    workspace.save(checkpoint.evening, CHECKPOINT, content, run_id=context.run_id, folder=folder)
    context.add_output_metadata({"nights": checkpoint.n_nights, "branches": len(texts) + 1})
    return checkpoint.evening


@dg.op(out=dg.DynamicOut(BranchKey))
def fork_op(workspace: WorkspaceParam, evening: Evening) -> Iterator[dg.DynamicOutput[BranchKey]]:
    """One branch per variation, and the base."""
    _, branches = read_checkpoint(workspace, evening)
    for number in range(len(branches)):
        # A number and not the name: the name may tell what a person did.
        yield dg.DynamicOutput(BranchKey(evening, number), mapping_key=f"branch_{number}")


@stage
def branch_training_op(
    context: dg.OpExecutionContext, workspace: WorkspaceParam, key: BranchKey
) -> BranchKey:
    """Fit and select the models on the branch's past."""

    def work(desk: "Desk") -> None:
        predictions, metrics = fork.train_branch(workspace, desk.checkpoint, desk.branch)
        desk.save("model_predictions", predictions)
        desk.save("training_metrics", metrics)

    return _attempt(context, workspace, key, work)


@stage
def branch_intelligence_op(
    context: dg.OpExecutionContext, workspace: WorkspaceParam, key: BranchKey
) -> BranchKey:
    """Summarise the branch's history, baseline, trend and models."""

    def work(desk: "Desk") -> None:
        predictions, metrics = desk.load("model_predictions"), desk.load("training_metrics")
        summary = fork.summarise_branch(
            workspace, desk.checkpoint, desk.branch, predictions, metrics
        )
        desk.save("intelligence_summary", summary)

    return _attempt(context, workspace, key, work)


@stage
def branch_agent_op(
    context: dg.OpExecutionContext, workspace: WorkspaceParam, key: BranchKey
) -> BranchKey:
    """Give the branch's final word."""

    def work(desk: "Desk") -> None:
        summary = desk.load("intelligence_summary")
        desk.save("agent_forecast", fork.decide_branch(desk.checkpoint, desk.branch, summary))

    return _attempt(context, workspace, key, work)


@stage
def compare_op(
    context: dg.OpExecutionContext, workspace: WorkspaceParam, keys: list[BranchKey]
) -> Evening:
    """Hold every branch against the base, and say which failed."""
    evening = keys[0].evening
    done, failed = [], []
    for key in sorted(keys, key=lambda key: key.number):
        desk = open_desk(workspace, key, context.run_id)
        if key.failed:
            failed.append(desk.load(FAILURE)["failure"])
        else:
            done.append(desk.result())
    content = comparison.comparison(done, failed)
    folder = fork_folder(workspace, evening)
    path = workspace.save(evening, COMPARISON, content, run_id=context.run_id, folder=folder)
    # Counts and a path only: the event log must not become a second health record.
    context.log_event(
        dg.AssetMaterialization(
            asset_key=COMPARISON,
            metadata={
                "path": dg.MetadataValue.path(path),
                "done": len(done),
                "failed": len(failed),
            },
        )
    )
    return evening


def fork_folder(workspace: Workspace, evening: Evening) -> Path:
    """Where the fork of an evening lies: beside the live files and the replays."""
    return workspace.home.artifacts(evening.subject) / "forks" / evening.as_of.isoformat()


def read_checkpoint(
    workspace: Workspace, evening: Evening
) -> tuple[Checkpoint, tuple[Branch, ...]]:
    """What ``load_checkpoint_op`` noted."""
    content = load_json(fork_folder(workspace, evening) / f"{CHECKPOINT}.json")
    checkpoint = Checkpoint(
        evening=evening,
        choices=Choices(
            **{
                **content["choices"],
                "speaker": agent_usecase.Choice(**content["choices"]["speaker"]),
            }
        ),
        metric=Metric(content["metric"]),
        n_nights=content["n_nights"],
        inputs_sha256=content["inputs_sha256"],
    )
    return checkpoint, parse_branches(content["branches"])


@dataclass(frozen=True, kw_only=True)
class Desk:
    """One branch at work: what it is, and its folder.

    Attributes:
        workspace: Where.
        checkpoint: What was known.
        branch: What is otherwise.
        run_id: The run at work.
    """

    workspace: Workspace
    checkpoint: Checkpoint
    branch: Branch
    run_id: str

    @property
    def folder(self) -> Path:
        """The branch's own artifacts."""
        return fork_folder(self.workspace, self.checkpoint.evening) / self.branch.name

    def save(self, name: str, content: Content) -> None:
        """Write one artifact of the branch."""
        evening = self.checkpoint.evening
        self.workspace.save(evening, name, content, run_id=self.run_id, folder=self.folder)

    def load(self, name: str) -> Content:
        """Read one artifact of the branch."""
        return load_json(self.folder / f"{name}.json")

    def result(self) -> Content:
        """What became of the branch; see ``comparing.result``."""
        return comparison.result(
            self.branch,
            predictions=self.load("model_predictions"),
            summary=self.load("intelligence_summary"),
            decided=self.load("agent_forecast"),
        )


def open_desk(workspace: Workspace, key: BranchKey, run_id: str) -> Desk:
    """Look up what a key stands for."""
    checkpoint, branches = read_checkpoint(workspace, key.evening)
    return Desk(
        workspace=workspace, checkpoint=checkpoint, branch=branches[key.number], run_id=run_id
    )


def _attempt(
    context: dg.OpExecutionContext,
    workspace: Workspace,
    key: BranchKey,
    work: Callable[[Desk], None],
) -> BranchKey:
    """Do a stage of a branch; what a person can mend is noted and ends this branch alone."""
    if key.failed:
        return key
    desk = open_desk(workspace, key, context.run_id)
    try:
        work(desk)
    except HrvctlError as error:
        failure = comparison.failure(desk.branch, error, stage=context.op_def.name)
        desk.save(FAILURE, {"failure": failure})
        return replace(key, failed=True)
    return key


def _clear(folder: Path) -> None:
    """Take an older fork of the same evening away, all of it."""
    try:
        if folder.exists():
            shutil.rmtree(folder)
    except OSError as error:
        raise HomeError(
            f"cannot replace the older fork in {folder}: {error.strerror or error}",
            hint="make it writable, or take it away",
        ) from error
