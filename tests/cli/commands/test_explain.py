"""`hrvctl explain`: every topic, with the code's own numbers and a source."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib.resources import files

import pytest

from conftest import Result
from hrvctl.domain import baseline
from hrvctl.domain.forecast.registry import CANDIDATES
from hrvctl.domain.intervals import needed
from hrvctl.domain.scoring import skill

Hrvctl = Callable[..., Result]
TOPICS = tomllib.loads((files("hrvctl.cli") / "topics.toml").read_text(encoding="utf-8"))
# Topics whose constants lie in modules that need no more than the standard library.
LIGHT = ("normal-range", "light", "trend", "hrv-cv", "ledger", "days", "metrics")


def test_without_a_topic_all_are_listed(hrvctl: Hrvctl) -> None:
    """One can find what there is to read without knowing its name."""
    listed = hrvctl("explain")
    assert listed.code == 0
    for name, content in TOPICS.items():
        assert re.search(rf"^{name} +{re.escape(content['title'])}$", listed.out, re.MULTILINE)
    assert set(hrvctl("explain", "--json").data["topics"]) == set(TOPICS)


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_can_be_read(hrvctl: Hrvctl, topic: str) -> None:
    """It has a title, a text without a hole, a published source, and fits a terminal."""
    told = hrvctl("explain", topic)
    assert told.code == 0
    assert told.out.startswith(TOPICS[topic]["title"])
    assert "{" not in told.out
    assert "Sources:\n  " in told.out
    assert max(map(len, told.out.splitlines())) <= 80
    data = hrvctl("explain", topic, "--json").data
    assert data["text"] in told.out
    assert data["sources"] == TOPICS[topic]["sources"]


@pytest.mark.parametrize("topic", sorted(set(TOPICS) - {"light", "days", "ledger", "metrics"}))
def test_sources_are_published(topic: str) -> None:
    """A source has a year, unless it says that the choice is ours."""
    for source in TOPICS[topic]["sources"]:
        assert re.search(r"\b(19|20)\d\d\b|Own choice|own source", source)


def test_numbers_are_those_of_the_code(hrvctl: Hrvctl) -> None:
    """What a text states is what the program computes with."""
    score = hrvctl("explain", "score").out.replace("\n", " ")
    assert f"{skill.DRAWS} draws of blocks of {skill.BLOCK_MORNINGS} mornings" in score
    intervals = hrvctl("explain", "intervals").out.replace("\n", " ")
    assert f"needs {needed(0.8)} errors for 80 % and {needed(0.95)} for 95 %" in intervals
    used = hrvctl("explain", "trend", "--json").data["constants"]
    assert used == {
        f"domain.baseline.TREND_NIGHTS[{d}]": n for d, n in baseline.TREND_NIGHTS.items()
    }


def test_no_number_of_the_code_is_written_by_hand() -> None:
    """The constants of the normal range do not stand in the text as digits."""
    for topic in ("normal-range", "light", "staleness", "selection"):
        prose = re.sub(r"\{[^}]*\}", "", TOPICS[topic]["text"])
        assert not re.search(r"\d", prose.replace("7-day", "")), topic


def test_every_profile_and_every_model_is_explained(hrvctl: Hrvctl) -> None:
    """Whatever can be chosen can be read about."""
    ranges = hrvctl("explain", "normal-range").out
    for name, profile in baseline.PROFILES.items():
        assert re.search(
            rf"^  {name} +{profile.window_days} days +.*{profile.source}$", ranges, re.M
        )
    forecast = hrvctl("explain", "forecast").out.replace("\n", " ")
    for model in CANDIDATES:
        assert f"{model.name} ({model.title}, from" in forecast


def test_unknown_topic_names_those_there_are(hrvctl: Hrvctl) -> None:
    """A slip of the finger is met with what was meant."""
    done = hrvctl("explain", "forcast")
    assert done.code == 2
    assert "did you mean 'forecast'?" in done.err
    assert all(topic in done.err for topic in TOPICS)


def test_texts_that_need_no_mathematics_load_none() -> None:
    """Reading what a day is does not wait for numpy."""
    lines = [
        "import sys",
        "from hrvctl.cli.main import run",
        f"for topic in ('', *{LIGHT!r}):",
        "    assert run(['--quiet', 'explain', *topic.split()]) == 0",
        "heavy = {'dagster', 'numpy', 'pandas', 'scipy', 'statsmodels'} & set(sys.modules)",
        "assert not heavy, heavy",
    ]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
