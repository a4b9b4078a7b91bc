"""``agent_forecast.json``: the final forecast and its explanation."""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from hrvctl.domain.artifacts.training import Contribution
from hrvctl.records import Forecast

AgentName = Literal["rules", "llm"]
Confidence = Literal["low", "medium", "high"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GuessUse:
    """How the person's guess entered the forecast.

    Attributes:
        ms: The guess; ``None`` when there is none tonight.
        weight: The share of the way from the model to the guess that the forecast went.
        n: Mornings its record is made of.
        why: Why that weight.
    """

    ms: float | None
    weight: float
    n: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnForecast:
    """One agent's own forecast; its source is the name it is sealed under."""

    agent: AgentName
    forecast: Forecast


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentForecast:
    """The final forecast of one evening.

    Attributes:
        forecast: The final forecast; ``None`` when it is withheld. Its source says whose it is:
            an agent's, or while that one is demoted the model's.
        withheld: Why there is none.
        agent: Whose forecast is final, unless demoted.
        confidence: How far to trust it.
        sentences: Text for the person: the forecast, and why it should be believed.
        notes: What limits it: staleness, a short history, an interval that cannot be stated.
        drivers: What pushed the model's forecast up and down, largest first.
        guess: How the guess entered.
        suggestion: One sentence, or empty.
        own_forecasts: Each agent's own forecast, final or not.
        demoted: Whether the model's forecast is final in place of the agent's.
        demoted_why: The agent's record, in words; empty unless demoted.
        fallback: Why the LLM agent, though chosen, was not used; otherwise empty.
    """

    artifact: ClassVar[str] = "agent_forecast"

    forecast: Forecast | None
    withheld: str
    agent: AgentName
    confidence: Confidence
    sentences: tuple[str, ...]
    notes: tuple[str, ...]
    drivers: tuple[Contribution, ...]
    guess: GuessUse
    suggestion: str
    own_forecasts: tuple[OwnForecast, ...] = field(metadata={"json_key": "voices"})
    demoted: bool
    demoted_why: str
    fallback: str
