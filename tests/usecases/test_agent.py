"""There is a final forecast every evening, whether or not the LLM can be used."""

import dataclasses
import json
import sys
from datetime import datetime, time, timedelta

import pytest

from conftest import TODAY, ZONE
from domain.evenings import DATA, SUMMARY, summary
from hrvctl.domain import tracking
from hrvctl.domain.artifacts.training import ModelPredictions
from hrvctl.errors import ConfigError
from hrvctl.records import Forecast, Metric
from hrvctl.settings import load_settings
from hrvctl.store.database import open_store
from hrvctl.store.home import create_home
from hrvctl.store.json_values import plain
from hrvctl.store.ledger import append_sealed, load_head, load_sealed
from hrvctl.usecases import agent
from hrvctl.usecases.agent import AgentSettings, agent_settings, decide, load_records
from network.endpoint import (
    closes,
    drips,
    floods,
    hangs,
    redirects,
    refuses,
    says,
    sends,
    serving,
    swells,
    taking_at_most,
)
from pipeline.made_up import hrv_on, nights, write_table

KEY = "sk-zanzibar-0123456789"
GOOD = {
    "mean_ms": 58.0,
    "adjust_reason": None,
    "confidence": "medium",
    "sentences": ["Expect 58 ms on Wednesday."],
    "suggestion": "Go to bed early.",
}


@pytest.fixture(autouse=True)
def _key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def llm(endpoint, **changes):
    """The llm agent at an endpoint."""
    known = {"agent": "llm", "url": endpoint.url, "model": "made-up", "timeout_s": 5.0}
    return AgentSettings(**{**known, **changes})


def said(*replies, **changes):
    """What is decided when the endpoint answers like this, and what it was sent."""
    with serving(*replies) as endpoint:
        return decide(SUMMARY, llm(endpoint, **changes)), endpoint.requests


def test_a_good_answer_is_the_final_forecast():
    """The LLM's number and sentences; the rules' forecast is kept as well."""
    decided, requests = said(says(GOOD))
    assert (decided.agent, decided.fallback) == ("llm", "")
    assert decided.forecast.mean_ms == 58.0
    assert [own.forecast.source for own in decided.own_forecasts] == ["agent", "agent_llm"]
    assert requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_what_is_shown_is_what_is_sent():
    """Address and body, to the letter."""
    with serving(says(GOOD)) as endpoint:
        shown = agent.prompt(SUMMARY, llm(endpoint))
        decide(SUMMARY, llm(endpoint))
    (request,) = endpoint.requests
    assert shown.body == request.body
    assert shown.url.endswith(request.path)
    assert shown.url.startswith(endpoint.url)
    assert KEY not in json.dumps(plain(shown))


def test_a_number_far_outside_is_kept_inside():
    """900 ms becomes the upper end of the model's 95 % interval."""
    decided, _ = said(says({**GOOD, "mean_ms": 900.0, "sentences": ["Fine."]}))
    assert (decided.agent, decided.forecast.mean_ms) == ("llm", 82.0)


def test_a_faulty_answer_is_retried_once_with_its_fault():
    """The second answer is good: it is used, and the first was named."""
    bad = {**GOOD, "sentences": ["Expect 99 ms."]}
    decided, requests = said(says(bad), says(GOOD))
    assert decided.agent == "llm"
    *_, answer, fault = requests[1].body["messages"]
    assert json.loads(answer["content"]) == bad
    assert "sentences says 99, which is not among the facts" in fault["content"]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("I feel it will be fine.", "it is not JSON"),
        ({"forecast": 58}, "it lacks mean_ms, confidence, sentences"),
        ({**GOOD, "sentences": ["Expect 99 ms."]}, "sentences says 99"),
        ({**GOOD, "sentences": ["\x1b[2J"]}, "not plain text"),
    ],
    ids=["nonsense", "shape", "number", "escape"],
)
def test_two_faulty_answers_leave_it_to_the_rules(content, fault):
    """Two requests, not three; the reason is kept."""
    decided, requests = said(says(content))
    assert len(requests) == 2
    assert (decided.agent, decided.forecast.mean_ms) == ("rules", 60.4)
    assert decided.fallback.startswith("its answer cannot be used: ")
    assert fault in decided.fallback
    assert decided.fallback in decided.notes[-1]
    assert [own.forecast.source for own in decided.own_forecasts] == ["agent"]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (hangs, "within the time limit"),
        (drips(), "within the time limit"),
        (refuses(500), "the server answered 500"),
        (refuses(401, f"bad key {KEY}"), "the server answered 401: bad key [key]"),
        (refuses(404, "x" * 5000), "the server answered 404: xxx"),
        (closes, "the connection failed"),
        (floods(), "longer than 1000000 bytes"),
        (redirects("http://127.0.0.1:9/"), "the server answered 307"),
        (swells, "the connection failed"),
        (sends(200, b"<html>"), "not a chat completion"),
    ],
    ids=["hangs", "drips", "500", "401", "404", "closes", "floods", "redirect", "headers", "page"],
)
def test_a_bad_endpoint_leaves_it_to_the_rules(reply, reason):
    """The whole forecast, the reason in a short line, the key nowhere, and in time."""
    with taking_at_most(4.0):
        decided, _ = said(reply, timeout_s=0.8)
    assert (decided.agent, decided.forecast.mean_ms) == ("rules", 60.4)
    assert reason in decided.fallback
    assert len(decided.fallback) <= 250
    assert decided.fallback.isprintable()
    written = json.dumps(plain(dataclasses.asdict(decided)), allow_nan=False)
    assert KEY not in written


def test_an_endpoint_that_knows_no_schema_is_asked_more_plainly():
    """400 to the schema: then any JSON; 400 again: then without a temperature."""
    decided, requests = said(refuses(400), refuses(400), says(GOOD))
    assert decided.agent == "llm"
    forms = [
        (request.body["response_format"]["type"], request.body.get("temperature"))
        for request in requests
    ]
    assert forms == [("json_schema", 0), ("json_object", 0), ("json_object", None)]
    decided, requests = said(refuses(400, "never"))
    assert (decided.fallback, len(requests)) == ("the server answered 400: never", 3)


def test_too_many_requests_are_waited_for():
    """429, then an answer."""
    decided, requests = said(refuses(429), says(GOOD))
    assert (decided.agent, len(requests)) == ("llm", 2)


def test_without_a_key_nothing_is_sent(monkeypatch):
    """A far endpoint that needs one is not asked in vain."""
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.setitem(sys.modules, "keyring", None)
    chosen = AgentSettings(agent="llm", url="https://api.invalid/v1", model="m")
    assert decide(SUMMARY, chosen).fallback == "api.invalid needs an API key and none was found"


def test_a_dry_run_sends_nothing():
    """The rules make the forecast, and the reason is that nothing was sent."""
    decided, requests = said(says(GOOD), may_send=False)
    assert (decided.agent, requests) == ("rules", [])
    assert "nothing was sent" in decided.fallback


def test_without_a_forecast_there_is_nothing_to_ask():
    """Withheld stays withheld, and nothing is sent to the endpoint."""
    with serving(says(GOOD)) as endpoint:
        withheld = summary(forecast=None, withheld="have 0 nights, need 1", records=None)
        decided = decide(withheld, llm(endpoint))
    assert (decided.forecast, decided.fallback, endpoint.requests) == (None, "", [])


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"agent": "llm"}, "llm_model names no model"),
        ({"agent": "llm", "llm_model": "m", "llm_url": "http://me:pw@x/v1"}, "a password"),
        ({"agent": "llm", "llm_model": "m", "llm_url": "http://x/v1?key=pw"}, "a query"),
        ({"agent": "llm", "llm_model": "m", "llm_url": "http://x:port/v1"}, "not an address"),
    ],
)
def test_an_llm_that_cannot_be_asked_is_a_fault_of_the_configuration(tmp_path, settings, fault):
    """No model, or an address that holds a secret; the secret is not repeated."""
    with pytest.raises(ConfigError, match=fault) as caught:
        agent_settings(load_settings(home=tmp_path, options=settings))
    assert "pw" not in str(caught.value)


def test_an_unknown_agent_is_a_fault_of_the_configuration():
    """As an op's config may name one."""
    with pytest.raises(ConfigError, match="use one of: rules, llm"):
        decide(SUMMARY, AgentSettings(agent="oracle"))


def seal(workspace, day, **said):
    """Seal what forecasters say of a morning, on the evening before it."""
    create_home(workspace.home)
    forecasts = [
        (Forecast(target=day, horizon_days=1, source=source, mean_ms=ms), f"{source} {day}")
        for source, ms in said.items()
    ]
    before = day - timedelta(days=1)
    with open_store(workspace.home, write=True) as store, store.transaction():
        occasion = tracking.SealContext(
            subject="me",
            metric=Metric.HRV_RMSSD_MS,
            measured_by="table",
            as_of=before,
            sealed_at=datetime.combine(before, time(21), tzinfo=ZONE),
            day_starts_at=time(4),
            new_salt=lambda: "salt",
            run_id="made up",
        )
        rows = tracking.seal(
            forecasts, occasion, head=load_head(store), sealed=load_sealed(store, "me")
        )
        append_sealed(store, rows)


@pytest.fixture
def known(workspace, hrvctl, tmp_path):
    """Twenty sealed mornings up to today on which the guess knew better and the llm worse."""
    for i in reversed(range(20)):
        day = TODAY - timedelta(days=i)
        truth = hrv_on(day)
        seal(
            workspace,
            day,
            naive=65.0,
            guess=(65.0 + truth) / 2,
            agent=65.0,
            agent_llm=2 * truth - 65,
        )
    table = write_table(tmp_path / "nights.csv", nights(TODAY, 40))
    assert hrvctl("import", table).code == 0
    return workspace


def records(workspace, evening, **changes):
    """The records as a run finds them."""
    served = {"served": "naive", "measured_by": "table", **changes}
    predictions = ModelPredictions(
        metric=Metric.HRV_RMSSD_MS,
        target=evening.as_of + timedelta(days=1),
        last_observed=evening.as_of,
        stale_days=0,
        horizon_days=1,
        label="plain",
        withheld="",
        reason="",
        data=DATA,
        vitals=(),
        forecast=None,
        drivers=(),
        sealable=(),
        week={},
        inputs_sha256="",
        **served,
    )
    with open_store(workspace.home, write=False) as store:
        return load_records(store, workspace, evening, predictions)


def test_records_are_made_of_the_sealed_mornings_this_one_included(known):
    """The outcome of this morning counts although no run has noted it yet."""
    found = records(known, known.evening("me"))
    assert (found.model, found.guess.n) == ("naive", 20)
    assert found.guess.best_weight == 1.0
    assert found.guess.weight == pytest.approx(20 / 40)
    rules, other = found.agents
    assert (rules.demoted, other.demoted) == (False, False)
    assert other.mae_ms == pytest.approx(other.model_mae_ms)


def test_records_of_an_earlier_evening_know_nothing_later(known):
    """What was sealed or came true after it does not count in its replay."""
    early = known.evening("me", TODAY - timedelta(days=4))
    assert records(known, early).guess.n == 16
    seal(known, TODAY + timedelta(days=1), naive=1.0, guess=1.0)
    assert records(known, early).guess.n == 16


def test_records_compare_with_the_served_model_on_its_own_series(known):
    """Another model, another device: no shared morning, no weight."""
    evening = known.evening("me")
    assert records(known, evening, served="ma7").guess.n == 0
    assert records(known, evening, measured_by="oura").guess.n == 0
    assert records(known, evening, served="") is None
