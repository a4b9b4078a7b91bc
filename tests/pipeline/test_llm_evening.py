"""The evening with an llm: heard or not, sealed, scored, demoted, and nothing let slip."""

import json
import sqlite3
import sys
from contextlib import closing
from datetime import timedelta

import pytest

from conftest import TODAY
from hrvctl.store.database import open_store
from hrvctl.store.ledger import load_sealed
from network.endpoint import hangs, refuses, says, serving
from pipeline.made_up import NIGHTS, NOTE, TOMORROW, hrv_on, nights, write_table
from usecases.test_agent import seal

KEY = "sk-zanzibar-0123456789"
GOOD = {
    "mean_ms": 59.0,
    "adjust_reason": "a quiet day",
    "confidence": "low",
    "sentences": ["Expect 59 ms."],
    "suggestion": None,
}


@pytest.fixture(autouse=True)
def _key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


@pytest.fixture
def daily(hrvctl, monkeypatch):
    """Run an evening with an endpoint's llm: `daily(endpoint, *words, on=day)`."""

    def call(endpoint, *words, seconds=5, **when):
        monkeypatch.setenv("HRVCTL_AGENT", "llm")
        monkeypatch.setenv("HRVCTL_LLM_MODEL", "made-up")
        monkeypatch.setenv("HRVCTL_LLM_URL", endpoint.url)
        monkeypatch.setenv("HRVCTL_LLM_TIMEOUT_S", str(seconds))
        return hrvctl("-v", *words, **when)

    return call


def sealed(home, target=TOMORROW):
    """Source to the sealed forecasts of a morning, ms."""
    with open_store(home, write=False) as store:
        rows = [row for row in load_sealed(store) if row.forecast.target == target]
    found = {}
    for row in rows:
        found.setdefault(row.forecast.source, []).append(row.forecast.mean_ms)
    return found


def written(home):
    """The agent's artifact."""
    path = home.artifacts("me") / "agent_forecast.json"
    return json.loads(path.read_text(), parse_constant=pytest.fail)


def check_no_key(home, *results):
    """The key lies in no file of the home, Dagster's included, and was not said."""
    files = [path for path in home.root.rglob("*") if path.is_file()]
    assert len(files) > 10
    assert [path for path in files if KEY.encode() in path.read_bytes()] == []
    assert all(KEY not in result.out + result.err for result in results)


def test_both_agents_are_sealed_and_the_chosen_one_has_the_final_word(
    home_with_two_runs, daily, hrvctl
):
    """Under their own names; the artifact, the text and the status tell the llm's."""
    with serving(says(GOOD)) as endpoint:
        result = daily(endpoint, "daily")
        again = daily(endpoint, "daily")
    rows, said = sealed(home_with_two_runs), written(home_with_two_runs)
    assert (result.code, rows["agent_llm"]) == (0, [59.0])
    assert len(rows["agent"]) == 1
    assert (said["agent"], said["forecast"]["source"], said["fallback"]) == ("llm", "agent_llm", "")
    assert {v["forecast"]["source"] for v in said["voices"]} == {"agent", "agent_llm"}
    assert "about 59 ms" in result.out
    assert "Expect 59 ms." in result.out
    assert "a quiet day" in result.out
    assert "59 ms" in hrvctl("show", "forecast").out.split("morning")[1].splitlines()[1]
    status = hrvctl("--json", "status").data["sealed_for_tomorrow"]
    assert (status["source"], status["mean_ms"]) == ("agent_llm", 59.0)
    assert again.code == 4
    check_no_key(home_with_two_runs, result, again)


def test_the_endpoint_is_told_no_word_of_the_journal(home_with_two_runs, daily):
    """Values and tags go out; the note, the home and the subject do not."""
    with serving(says(GOOD)) as endpoint:
        daily(endpoint, "daily")
    sent = endpoint.requests[0].raw.decode()
    assert "alcohol" in sent
    for private in (NOTE, str(home_with_two_runs.root), home_with_two_runs.root.name, '"me"'):
        assert private not in sent


@pytest.mark.parametrize(
    ("reply", "reason"),
    [(refuses(401, f"bad key {KEY}"), "the server answered 401"), (hangs, "within the time limit")],
    ids=["refuses", "hangs"],
)
def test_an_llm_that_fails_costs_the_evening_nothing(home_with_two_runs, daily, reply, reason):
    """Forecast, seal and exit code as with the rules; the reason said, the key kept."""
    with serving(reply) as endpoint:
        result = daily(endpoint, "daily", seconds=1)
    said = written(home_with_two_runs)
    assert result.code == 4  # the rules' forecast of this evening was sealed before
    assert (said["agent"], said["forecast"]["source"]) == ("rules", "agent")
    assert reason in said["fallback"]
    assert reason in result.out
    assert "agent_llm" not in sealed(home_with_two_runs)
    check_no_key(home_with_two_runs, result)


def test_what_would_be_sent_is_shown_and_not_sent(home_with_two_runs, daily):
    """Address and body, to the letter; nothing sent, written or sealed."""
    before = {
        path: path.read_bytes() for path in home_with_two_runs.root.rglob("*") if path.is_file()
    }
    with serving(says(GOOD)) as endpoint:
        shown = daily(endpoint, "--json", "daily", "--show-prompt")
        text = daily(endpoint, "daily", "--show-prompt")
        assert endpoint.requests == []
        after = {
            path: path.read_bytes() for path in home_with_two_runs.root.rglob("*") if path.is_file()
        }
        assert after == before
        daily(endpoint, "daily")
    assert (shown.code, text.code) == (0, 0)
    assert shown.data["url"] == f"{endpoint.url}/chat/completions"
    assert shown.data["body"] == endpoint.requests[0].body
    address, _, body = text.out.partition("\n")
    assert address == f"POST {endpoint.url}/chat/completions"
    assert json.loads(body) == endpoint.requests[0].body
    assert KEY not in shown.out + text.out


@pytest.mark.usefixtures("home_with_two_runs")
def test_the_prompt_can_be_seen_before_an_llm_is_chosen(hrvctl):
    """Nothing configured: the default address, and what is still to be set."""
    shown = hrvctl("daily", "--show-prompt")
    assert shown.code == 0
    assert shown.out.startswith("POST http://localhost:11434/v1/chat/completions")
    assert "llm_model is not set" in shown.err


@pytest.mark.usefixtures("home_with_two_runs")
def test_a_dry_run_asks_nobody(daily):
    """It does nothing, so it sends nothing."""
    with serving(says(GOOD)) as endpoint:
        result = daily(endpoint, "daily", "--dry-run")
    assert endpoint.requests == []
    assert "nothing was sent" in result.out


@pytest.mark.usefixtures("home_with_two_runs")
def test_an_llm_without_a_model_is_a_fault_of_the_configuration(hrvctl):
    """Exit 12, the key to set is named, and no run is made."""
    result = hrvctl("daily", "--agent", "llm")
    assert result.code == 12
    assert "hrvctl config set llm_model" in result.err


def test_the_rules_go_nowhere(home_with_two_runs, daily):
    """One evening by the rules alone although an llm is configured."""
    with serving(says(GOOD)) as endpoint:
        assert daily(endpoint, "daily", "--agent", "rules").code == 4
    assert endpoint.requests == []
    assert written(home_with_two_runs)["fallback"] == ""


def test_a_changed_row_of_the_llm_is_found(home_with_two_runs, daily, hrvctl):
    """Its rows stand in the same chain as all others."""
    with serving(says(GOOD)) as endpoint:
        daily(endpoint, "daily")
    assert hrvctl("ledger", "verify").code == 0
    with closing(sqlite3.connect(home_with_two_runs.database)) as connection:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'entries'"
        ).fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute(
            "UPDATE entries SET payload = json_set(payload, '$.mean', 59.5)"
            " WHERE json_extract(payload, '$.source') = 'agent_llm'"
        )
        connection.commit()
    found = hrvctl("ledger", "verify")
    assert found.code == 1
    assert "changed after it was sealed" in found.err


def test_the_llm_stands_with_the_agents_in_the_score(home_with_two_runs, daily, hrvctl):
    """Below the models, beside the rules and the guess."""
    with serving(says(GOOD)) as endpoint:
        daily(endpoint, "daily", "--guess", 61)
    table = write_table(home_with_two_runs.root.parent / "next.csv", nights(TOMORROW, NIGHTS))
    hrvctl("import", table, on=TOMORROW)
    hrvctl("reconcile", "--date", TOMORROW, on=TOMORROW)
    (series,) = hrvctl("--json", "score", on=TOMORROW).data["series"]
    assert [f["source"] for f in series["figures"]][-3:] == ["agent", "agent_llm", "guess"]


@pytest.fixture
def lost(workspace, hrvctl, tmp_path):
    """Twenty sealed mornings on which the llm erred more than naive, and the guess less."""
    for i in reversed(range(20)):
        day = TODAY - timedelta(days=i)
        truth = hrv_on(day)
        seal(workspace, day, naive=truth + 5, guess=truth + 2, agent=truth + 4, agent_llm=truth + 9)
    table = write_table(tmp_path / "nights.csv", nights(TODAY, NIGHTS))
    assert hrvctl("import", table).code == 0
    return workspace.home


def test_an_agent_that_loses_to_the_model_gives_way_and_can_win_its_place_back(lost, daily):
    """The model's own forecast is final, with the figures; the llm's is sealed all the same."""
    with serving(says({**GOOD, "sentences": ["Fine."]})) as endpoint:
        result = daily(endpoint, "--json", "daily", "--model", "naive")
    said = result.data["agent"]
    assert (said["demoted"], said["forecast"]["source"]) == (True, "naive")
    assert said["forecast"]["mean_ms"] == pytest.approx(hrv_on(TODAY), abs=1e-6)
    assert said["demoted_why"] == (
        "on 20 sealed mornings it erred more than the model now served: 9.0 ms against 5.0 ms"
    )
    assert said["demoted_why"] in said["notes"][-1]
    assert sealed(lost)["agent_llm"] != sealed(lost)["naive"]


def test_a_guess_that_earned_it_moves_the_rules_forecast(lost, hrvctl):
    """Twenty mornings nearer: half of its way, and sealed as said; another guess is sealed anew."""
    result = hrvctl("--json", "daily", "--model", "naive", "--guess", 50.0)
    said, model = result.data["agent"], hrv_on(TODAY)
    assert (said["demoted"], said["guess"]["n"]) == (False, 20)
    assert said["guess"]["weight"] == pytest.approx(20 / 40)
    assert said["forecast"]["mean_ms"] == pytest.approx((model + 50.0) / 2, abs=1e-5)
    hrvctl("daily", "--model", "naive", "--guess", 52.0)
    assert sealed(lost)["agent"] == pytest.approx(
        [(model + 50.0) / 2, (model + 52.0) / 2], abs=1e-5
    )
    assert hrvctl("daily", "--model", "naive").code == 4


def llm_check(result):
    """What the doctor found of the llm agent."""
    return next((c for c in result.data["checks"] if c["name"] == "llm"), None)


def test_the_doctor_looks_at_the_llm_where_it_is_chosen_and_asks_nobody(daily, hrvctl):
    """Model, host and where the key is; never the key, and no question."""
    assert llm_check(hrvctl("--json", "doctor")) is None
    with serving(says(GOOD)) as endpoint:
        result = daily(endpoint, "--json", "doctor")
    found = llm_check(result)
    assert (result.code, found["is_well"]) == (0, True)
    assert found["finding"] == ("made-up at 127.0.0.1, key: environment variable OPENAI_API_KEY")
    assert KEY not in result.out
    assert endpoint.requests == []


@pytest.mark.parametrize(
    ("name", "value", "finding", "cure"),
    [
        ("HRVCTL_LLM_MODEL", "", "llm_model names no model", "hrvctl config set llm_model"),
        ("HRVCTL_LLM_URL", "http://llm.invalid/v1", "needs an API key", "keyring set hrvctl"),
    ],
)
def test_the_doctor_finds_what_the_llm_lacks(hrvctl, monkeypatch, name, value, finding, cure):
    """No model named, no key found: a finding with its cure."""
    monkeypatch.setenv("HRVCTL_AGENT", "llm")
    monkeypatch.setenv("HRVCTL_LLM_MODEL", "made-up")
    monkeypatch.setenv(name, value)
    monkeypatch.setitem(sys.modules, "keyring", None)
    result = hrvctl("--json", "doctor")
    found = llm_check(result)
    assert (result.code, found["is_well"]) == (1, False)
    assert finding in found["finding"]
    assert cure in found["cure"]
