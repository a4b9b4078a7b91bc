"""The artifacts of a fork: ``fork_comparison.json``, and what a branch adds to its own files."""

from dataclasses import dataclass, field
from typing import ClassVar

from hrvctl.domain.artifacts.agent import AgentName, Confidence
from hrvctl.domain.artifacts.training import Contribution, ModelPredictions
from hrvctl.domain.baseline import Light
from hrvctl.records import Forecast


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """How many past evenings a model could learn the effect of one change from.

    Attributes:
        name: The metric or tag that is changed.
        evenings: Evenings on which it is known, and that a night followed.
        n_with: Of them, with a yes or any amount; ``None`` for a metric.
        n_without: Of them, without; ``None`` for a metric.
    """

    name: str
    evenings: int
    n_with: int | None = field(default=None, metadata={"json_key": "with", "omit_none": True})
    n_without: int | None = field(default=None, metadata={"json_key": "without", "omit_none": True})


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchRemarks:
    """Remarks on a branch's changes.

    Attributes:
        notes: Which changes leave the forecast as it was, and why.
        learned_from: The evidence for each change.
    """

    notes: tuple[str, ...]
    learned_from: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchPredictions(ModelPredictions):
    """``model_predictions.json`` of a branch."""

    branch: BranchRemarks


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChoice:
    """The model that is served in a branch, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalRange:
    """The normal range of a branch, ms; its ends are ``None`` while it cannot be stated."""

    profile: str
    low_ms: float | None
    high_ms: float | None
    light: Light


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverDifference:
    """One driver's effect in the base and in the branch, ms, and the difference of the two."""

    name: str
    base_ms: float
    effect_ms: float
    difference_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A branch's forecast minus the base's; the drivers and the rest add up to the total.

    Attributes:
        total_ms: Of the point forecasts, ms.
        drivers: The drivers that changed, largest difference first.
        other_ms: The part that no driver accounts for, ms.
    """

    total_ms: float
    drivers: tuple[DriverDifference, ...]
    other_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchResult:
    """The result of one branch.

    Attributes:
        name: The branch's; ``base`` is the one without changes.
        changes: As the person wrote them.
        forecast: The final forecast; ``None`` when it is withheld.
        withheld: Why there is none.
        agent: Whose forecast is final.
        confidence: How far to trust it.
        sentences: The agent's.
        model: The model that is served.
        label: ``rough``, ``provisional`` or ``plain``; empty without a forecast.
        stale_days: Days from the last night to the evening.
        drivers: What drives the forecast.
        normal_range: The normal range.
        learned_from: The evidence for each change.
        notes: Remarks on the changes, then what limits the forecast.
        difference: Against the base; ``None`` where one of the two has no forecast.
    """

    name: str
    changes: tuple[str, ...]
    forecast: Forecast | None
    withheld: str
    agent: AgentName
    confidence: Confidence
    sentences: tuple[str, ...]
    model: ModelChoice
    label: str
    stale_days: int | None
    drivers: tuple[Contribution, ...]
    normal_range: NormalRange
    learned_from: tuple[Evidence, ...]
    notes: tuple[str, ...]
    difference: Difference | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchFailure:
    """Why a branch has no result.

    Attributes:
        branch: Its name.
        changes: As the person wrote them.
        stage: The op that failed; empty when the fault was found before any ran.
        code: Of the error.
        message: What is wrong.
        hint: What to do.
        problems: One by one, where there are several.
    """

    branch: str
    changes: tuple[str, ...]
    stage: str
    code: str
    message: str
    hint: str
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedBranch:
    """The file that a failed branch leaves in its folder."""

    artifact: ClassVar[str] = "failure"

    failure: BranchFailure


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkComparison:
    """Every branch compared to the base.

    Attributes:
        branches: Those that have a result, in order.
        failed: Those that have none, in order.
        note: What the comparison does not show.
    """

    artifact: ClassVar[str] = "fork_comparison"

    branches: tuple[BranchResult, ...]
    failed: tuple[BranchFailure, ...]
    note: str
