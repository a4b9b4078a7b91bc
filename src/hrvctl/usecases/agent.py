"""Who gives the final word: loads the records, asks the llm where it is chosen, lets one decide."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from hrvctl.domain import agent, llm_prompt, track_record
from hrvctl.domain.agent import AgentForecast
from hrvctl.domain.llm_prompt import Answer, Messages
from hrvctl.errors import ConfigError, DataError
from hrvctl.network import api_keys, llm_client
from hrvctl.network.http import RequestFailed, host_of
from hrvctl.records import Forecast, Metric
from hrvctl.records.choices import Agent
from hrvctl.settings import Settings, check_web_address
from hrvctl.store.database import Store
from hrvctl.usecases import ledger
from hrvctl.usecases.workspace import Evening, Workspace

# How often an llm may answer: once, and once more when told what was wrong.
ANSWERS = 2
# What an endpoint answers to a form of question it does not know.
BAD_REQUEST = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which agent gives the final word, and where the llm is.

    Attributes:
        agent: ``rules`` or ``llm``.
        url: The endpoint's base.
        model: The model's name there.
        timeout_s: Seconds it may take in all.
        may_send: Whether it may be asked; not in a rehearsal.
    """

    agent: str = Agent.RULES.value
    url: str = Settings.llm_url
    model: str = ""
    timeout_s: float = Settings.llm_timeout_s
    may_send: bool = True

    def op_config(self) -> dict[str, Any]:
        """The same as ``agent_op`` is configured with."""
        return {
            "agent": self.agent,
            "llm_url": self.url,
            "llm_model": self.model,
            "llm_timeout_s": self.timeout_s,
            "may_send": self.may_send,
        }


def choice_from(settings: Settings, *, may_send: bool = True) -> Choice:
    """Read the choice from the settings.

    Raises:
        ConfigError: See ``check_choice``.
    """
    choice = Choice(
        agent=settings.agent.value,
        url=settings.llm_url,
        model=settings.llm_model,
        timeout_s=settings.llm_timeout_s,
        may_send=may_send,
    )
    check_choice(choice)
    return choice


def check_choice(choice: Choice) -> None:
    """Make sure that an llm that is chosen can be asked.

    Raises:
        ConfigError: There is no such agent, no model is named, or the address is none that a key
            and health data can be sent to.
    """
    if choice.agent == Agent.RULES:
        return
    if choice.agent not in list(Agent):
        raise ConfigError(f"agent = {choice.agent!r}: use one of: {', '.join(Agent)}")
    if not choice.model:
        raise ConfigError(
            "the llm agent is chosen, but llm_model names no model",
            hint="hrvctl config set llm_model NAME, as the endpoint calls it",
        )
    if fault := check_web_address(choice.url) or _not_bare(choice.url):
        # The address itself is not repeated: what is wrong with it may be a password.
        raise ConfigError(f"llm_url: {fault}", hint="for example http://localhost:11434/v1")


def load_records(
    store: Store, workspace: Workspace, evening: Evening, predictions: Mapping[str, Any]
) -> track_record.TrackRecords | None:
    """What guess and agents have earned against the served model, as known on that evening.

    Args:
        store: Where the ledger is.
        workspace: Where, and by which clock.
        evening: Nothing sealed or measured after it is looked at.
        predictions: ``model_predictions.json``.

    Returns:
        ``None`` when no model is served.
    """
    if not predictions["served"]:
        return None
    rows, newest = ledger.known(store, workspace, evening)
    metric, measured_by = Metric(predictions["metric"]), predictions["measured_by"]
    forecasts: dict[str, dict[date, Forecast]] = {}
    for row in rows:
        if (row.metric, row.measured_by) == (metric, measured_by):
            forecasts.setdefault(row.forecast.source, {})[row.forecast.target] = row.forecast
    actual = {
        day: outcome.value_ms
        for (day, *series), outcome in newest.items()
        if series == [metric, measured_by]
    }
    return track_record.track_records(forecasts, actual, model=predictions["served"])


def decide(summary: Mapping[str, Any], choice: Choice) -> AgentForecast:
    """Give the final word; there always is one, whatever becomes of the llm.

    Args:
        summary: ``intelligence_summary.json``.
        choice: Who is to speak.

    Raises:
        ConfigError: See ``check_choice``.
    """
    check_choice(choice)
    if choice.agent == Agent.RULES or summary["forecast"] is None:
        return agent.decide(summary)
    if not choice.may_send:
        return agent.decide(summary, fallback="this is a rehearsal, nothing was sent")
    try:
        answer = _ask(summary, choice)
    except RequestFailed as error:
        return agent.decide(summary, fallback=error.message)
    except DataError as error:
        return agent.decide(summary, fallback=f"its answer cannot be used: {error.message}")
    return agent.decide(summary, answer=answer)


def prompt(summary: Mapping[str, Any], choice: Choice) -> dict[str, Any]:
    """Exactly what would be sent first, the key aside: ``url`` and ``body``.

    Args:
        summary: ``intelligence_summary.json`` with a forecast in it.
        choice: Where it would be sent.
    """
    return {
        "url": llm_client.completions_url(choice.url),
        "body": _body(llm_prompt.opening(summary), choice, form=0),
    }


def check_endpoint(choice: Choice) -> str:
    """Say where the llm would be asked and with which key; nothing is sent.

    Raises:
        RequestFailed: The endpoint needs an API key and there is none.
    """
    key = api_keys.find_key(choice.url, deadline=time.monotonic() + choice.timeout_s)
    return f"{choice.model} at {host_of(choice.url)}, key: {key.origin}"


def _ask(summary: Mapping[str, Any], choice: Choice) -> Answer:
    deadline = time.monotonic() + choice.timeout_s
    key = api_keys.find_key(choice.url, deadline=deadline).value
    messages = llm_prompt.opening(summary)
    for left in reversed(range(ANSWERS)):
        text = _text(messages, choice, key, deadline)
        try:
            return llm_prompt.check(text, summary)
        except DataError as error:
            if not left:
                raise
            messages = llm_prompt.asked_again(messages, text, error.message)
    raise AssertionError("unreachable: the last answer returns or raises")


def _text(messages: Messages, choice: Choice, key: str, deadline: float) -> str:
    """An answer in the strictest form the endpoint knows."""
    last = len(llm_prompt.FORMS) - 1
    for form in range(last):
        try:
            body = _body(messages, choice, form=form)
            return llm_client.complete_chat(choice.url, body, key=key, deadline=deadline)
        except RequestFailed as error:
            if error.status != BAD_REQUEST:
                raise
    return llm_client.complete_chat(
        choice.url, _body(messages, choice, form=last), key=key, deadline=deadline
    )


def _body(messages: Messages, choice: Choice, *, form: int) -> dict[str, Any]:
    return {
        "model": choice.model,
        "messages": [dict(message) for message in messages],
        **llm_prompt.FORMS[form],
    }


def _not_bare(url: str) -> str:
    """Say what an address holds besides scheme, host, port and path; empty when nothing."""
    try:
        parts = urlsplit(url)
        if parts.port is None and not parts.hostname:
            return "it names no host"
    except ValueError:
        return "it is no address"
    if parts.username or parts.password or parts.query or parts.fragment:
        return "it holds a user, a password or a query; keys belong in the keyring"
    return ""
