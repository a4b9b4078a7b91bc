"""Run the chosen agent (rules or LLM), with the sealed records of guess and agents."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from hrvctl.domain import agent, llm_prompt, track_record
from hrvctl.domain.artifacts.agent import AgentForecast
from hrvctl.domain.artifacts.intelligence import IntelligenceSummary
from hrvctl.domain.artifacts.training import ModelPredictions
from hrvctl.domain.llm_prompt import Answer, Messages
from hrvctl.domain.scoring.scores import by_source
from hrvctl.errors import ConfigError, DataError
from hrvctl.network import api_keys, llm_client
from hrvctl.network.http import RequestFailed, host_of
from hrvctl.records import (
    AGENT,
    AGENT_LLM,
    GUESS,
    Metric,
    Morning,
    Outcome,
    SealedForecast,
)
from hrvctl.records.choices import Agent
from hrvctl.settings import Settings, check_web_address
from hrvctl.store.database import Store
from hrvctl.usecases import ledger
from hrvctl.usecases.workspace import Evening, Workspace

# How often an LLM may answer: once, and once more after its fault was named.
ANSWERS = 2
# The status of an endpoint that does not support a form of request.
BAD_REQUEST = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    """Which agent makes the final forecast, and where the LLM is.

    Attributes:
        agent: ``rules`` or ``llm``.
        url: The endpoint's base.
        model: The model's name there.
        timeout_s: Seconds it may take in all.
        may_send: Whether the LLM may be asked; not in a dry run.
    """

    agent: str = Agent.RULES.value
    url: str = Settings.llm_url
    model: str = ""
    timeout_s: float = Settings.llm_timeout_s
    may_send: bool = True

    def op_config(self) -> dict[str, object]:
        """The same as the config of ``agent_op``."""
        return {
            "agent": self.agent,
            "llm_url": self.url,
            "llm_model": self.model,
            "llm_timeout_s": self.timeout_s,
            "may_send": self.may_send,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A request to an LLM: the endpoint, and the JSON body."""

    url: str
    body: dict[str, object]


def agent_settings(settings: Settings, *, may_send: bool = True) -> AgentSettings:
    """Read the choice from the settings.

    Raises:
        ConfigError: See ``check_agent``.
    """
    chosen = AgentSettings(
        agent=settings.agent.value,
        url=settings.llm_url,
        model=settings.llm_model,
        timeout_s=settings.llm_timeout_s,
        may_send=may_send,
    )
    check_agent(chosen)
    return chosen


def check_agent(chosen: AgentSettings) -> None:
    """Make sure that an LLM that is chosen can be asked.

    Raises:
        ConfigError: There is no such agent, no model is named, or the address is not one that
            a key and health data can be sent to.
    """
    if chosen.agent == Agent.RULES:
        return
    if chosen.agent not in list(Agent):
        raise ConfigError(f"agent = {chosen.agent!r}: use one of: {', '.join(Agent)}")
    if not chosen.model:
        raise ConfigError(
            "the llm agent is chosen, but llm_model names no model",
            hint="hrvctl config set llm_model NAME, as the endpoint calls it",
        )
    if fault := check_web_address(chosen.url) or _not_bare(chosen.url):
        # The address itself is not repeated: its fault may be a password.
        raise ConfigError(f"llm_url: {fault}", hint="for example http://localhost:11434/v1")


def load_records(
    store: Store, workspace: Workspace, evening: Evening, predictions: ModelPredictions
) -> track_record.TrackRecords | None:
    """Score the guess and the agents against the served model, as known on that evening.

    Args:
        store: Has the ledger.
        workspace: Has the clock.
        evening: Rows sealed and nights measured after it are left out.
        predictions: Of the evening.

    Returns:
        ``None`` when no model is served.
    """
    if not predictions.served:
        return None
    compared = {predictions.served, GUESS, AGENT, AGENT_LLM}
    sealed = ledger.sealed_by(store, evening, sources=compared)
    rows, newest = ledger.counting_as_of(store, evening, sealed, at=workspace.clock())
    series = predictions.metric, predictions.measured_by
    return track(rows, newest, series=series, served=predictions.served)


def track(
    rows: Iterable[SealedForecast],
    newest: Mapping[Morning, Outcome],
    *,
    series: tuple[Metric, str],
    served: str,
) -> track_record.TrackRecords:
    """Score the guess and the agents on the mornings of one series.

    Args:
        rows: The forecasts that count.
        newest: The outcomes.
        series: Metric and measuring source.
        served: The model they are compared with.
    """
    sealed = by_source(row for row in rows if (row.metric, row.measured_by) == series)
    actual = {
        day: outcome.value_ms
        for (day, metric, measured_by), outcome in newest.items()
        if (metric, measured_by) == series
    }
    return track_record.track_records(sealed, actual, model=served)


def decide(summary: IntelligenceSummary, chosen: AgentSettings) -> AgentForecast:
    """Make the final forecast; where the LLM cannot be used, by the rules.

    Raises:
        ConfigError: See ``check_agent``.
    """
    check_agent(chosen)
    if chosen.agent == Agent.RULES or summary.forecast is None:
        return agent.decide(summary)
    if not chosen.may_send:
        return agent.decide(summary, fallback="this is a dry run, nothing was sent")
    try:
        answer = _ask(summary, chosen)
    except RequestFailed as error:
        return agent.decide(summary, fallback=error.message)
    except DataError as error:
        return agent.decide(summary, fallback=f"its answer cannot be used: {error.message}")
    return agent.decide(summary, answer=answer)


def prompt(summary: IntelligenceSummary, chosen: AgentSettings) -> Prompt:
    """Build exactly what would be sent first, the key aside."""
    return Prompt(
        url=llm_client.completions_url(chosen.url),
        body=_body(llm_prompt.opening(summary), chosen, form=0),
    )


def check_endpoint(chosen: AgentSettings) -> str:
    """Return where the LLM would be asked and with which key; nothing is sent.

    Raises:
        RequestFailed: The endpoint needs an API key and there is none.
    """
    key = api_keys.find_key(chosen.url, deadline=time.monotonic() + chosen.timeout_s)
    return f"{chosen.model} at {host_of(chosen.url)}, key: {key.origin}"


def _ask(summary: IntelligenceSummary, chosen: AgentSettings) -> Answer:
    deadline = time.monotonic() + chosen.timeout_s
    key = api_keys.find_key(chosen.url, deadline=deadline).value
    messages = llm_prompt.opening(summary)
    for left in reversed(range(ANSWERS)):
        text = _text(messages, chosen, key, deadline)
        try:
            return llm_prompt.check(text, summary)
        except DataError as error:
            if not left:
                raise
            messages = llm_prompt.asked_again(messages, text, error.message)
    raise AssertionError("unreachable: the last answer returns or raises")


def _text(messages: Messages, chosen: AgentSettings, key: str, deadline: float) -> str:
    """An answer in the strictest form the endpoint supports."""
    last = len(llm_prompt.FORMS) - 1
    for form in range(last):
        try:
            body = _body(messages, chosen, form=form)
            return llm_client.complete_chat(chosen.url, body, key=key, deadline=deadline)
        except RequestFailed as error:
            if error.status != BAD_REQUEST:
                raise
    return llm_client.complete_chat(
        chosen.url, _body(messages, chosen, form=last), key=key, deadline=deadline
    )


def _body(messages: Messages, chosen: AgentSettings, *, form: int) -> dict[str, object]:
    return {
        "model": chosen.model,
        "messages": [dict(message) for message in messages],
        **llm_prompt.FORMS[form],
    }


def _not_bare(url: str) -> str:
    """Return what an address must not hold; empty when it has only scheme, host, port and path."""
    try:
        parts = urlsplit(url)
        if parts.port is None and not parts.hostname:
            return "it names no host"
    except ValueError:
        return "it is not an address"
    if parts.username or parts.password or parts.query or parts.fragment:
        return "it has a user, a password or a query; keys belong in the keyring"
    return ""
