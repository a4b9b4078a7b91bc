"""``hrvctl explain``: every method in plain words, with its constants and sources.

The texts are in ``topics.toml``. Every number in them is the name of a constant, written
``{domain.baseline.WEEK_DAYS}`` and replaced by its value, so that text and code agree.
"""

import difflib
import inspect
import json
import math
import re
import string
import textwrap
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.resources import files
from typing import Annotated, Any

import typer

from hrvctl.cli import completion, render
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import ExitCode, UsageError, count
from hrvctl.records import PLAUSIBLE, Metric

# Characters per line: prose is read best at about this many.
LINE_WIDTH = 80

TopicArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="TOPIC",
        autocompletion=completion.topics,
        help="A topic, or a word from the screen (default: list the topics).",
    ),
]


def explain(session: Session, words: TopicArgument = None) -> CommandResult:  # noqa: ARG001 - same for all
    """Explain how something is computed, and who published the method."""
    import tomllib

    topics: dict[str, dict[str, Any]] = tomllib.loads(
        (files("hrvctl.cli") / "topics.toml").read_text(encoding="utf-8")
    )
    if not words:
        rows = [(name, content["title"]) for name, content in topics.items()]
        return CommandResult(
            data={"topics": dict(rows)},
            text=f"{render.columns(rows, header=('topic', ''))}\n\nRead one: hrvctl explain TOPIC",
        )
    topic = _find(topics, words)
    content = topics[topic]
    numbers = _Numbers()
    text = _wrap(numbers.format(content["text"]))
    return CommandResult(
        data={
            "topic": topic,
            "title": content["title"],
            "text": text,
            "sources": content["sources"],
            "constants": numbers.used,
        },
        text="\n\n".join([render.bold(content["title"]), text, _sources(content["sources"])]),
    )


def _find(topics: Mapping[str, Mapping[str, Any]], words: Sequence[str]) -> str:
    """The topic that is called so, or that explains such a word.

    Raises:
        UsageError: There is none.
    """
    names = {word: name for name, content in topics.items() for word in (*content["words"], name)}
    asked = "-".join(words).casefold().replace(" ", "-")
    for spelling in (asked, asked.replace("-", "_"), asked.rstrip("s")):
        if spelling in names:
            return names[spelling]
    near = difflib.get_close_matches(asked, names, n=1)
    raise UsageError(
        f"no topic is called {' '.join(words)!r}"
        + (f", did you mean {near[0]!r}?" if near else ""),
        hint=f"choose from: {', '.join(topics)}",
    )


class _Numbers(string.Formatter):
    """Replaces the names of constants by their values, and records which were used.

    A field is a module in ``hrvctl`` and a name in it, with ``[number]`` for an item of a mapping,
    or a key of ``DERIVED``.
    """

    def __init__(self) -> None:
        self.used: dict[str, object] = {}

    def get_field(
        self,
        field_name: str,
        args: Sequence[object],  # noqa: ARG002 - the base class's
        kwargs: Mapping[str, object],  # noqa: ARG002
    ) -> tuple[Any, str]:
        if field_name in DERIVED:
            value = DERIVED[field_name]()
        else:
            path, _, key = field_name.removesuffix("]").partition("[")
            module, _, name = path.rpartition(".")
            value = getattr(import_module(f"hrvctl.{module}"), name)
            value = value[int(key)] if key else value
        self.used[field_name] = value
        return value, field_name


def _profiles() -> str:
    """One line per profile: how it computes the normal range, and who published it."""
    from hrvctl.domain.baseline import PROFILES

    rows = [
        (
            f"  {profile.name}",
            f"{profile.window_days} days",
            f"median +- {profile.k:g} S" if profile.is_robust else f"mean +- {profile.k:g} SD",
            profile.source,
        )
        for profile in PROFILES.values()
    ]
    return render.columns(rows, header=("  profile", "window", "normal range", "after"))


def _models() -> str:
    """One paragraph per model, from its docstring."""
    from hrvctl.domain.forecast.registry import CANDIDATES

    paragraphs = []
    for model in CANDIDATES:
        text = (inspect.getdoc(type(model)) or "").split("\nArgs:")[0].replace("``", "").strip()
        paragraphs.append(
            f"{model.name} ({model.title}, from {count(model.min_nights, 'night')} on): {text}"
        )
    return "\n\n".join(paragraphs)


def _labels() -> str:
    """The labels of a forecast, each with its least number of nights."""
    from hrvctl.domain.training import LABELS

    return ", ".join(f"{label} from {n}" for n, label in reversed(LABELS))


def _recent_half_lives() -> str:
    from hrvctl.domain.forecast.features import RECENT_HALF_LIVES

    *first, last = (f"{days:g}" for days in RECENT_HALF_LIVES.values())
    return f"{', '.join(first)} and {last}"


def _prior_learned() -> str:
    """The nights and people the shipped coefficients were learned from."""
    prior = files("hrvctl") / "domain" / "forecast" / "prior.json"
    learned = json.loads(prior.read_text(encoding="utf-8"))["learned"]
    return f"{learned['nights']} nights of {learned['people']} people"


def _errors_needed(level: float) -> int:
    from hrvctl.domain.intervals import needed

    return needed(level)


def _plausible() -> str:
    low, high = PLAUSIBLE[Metric.HRV_RMSSD_MS]
    return f"{low:g} to {high:g} ms"


def _robust_floor() -> str:
    from hrvctl.domain.baseline import ROBUST_FLOOR

    return f"{100 * math.expm1(ROBUST_FLOOR):.0f} %"


# Values in a text that are computed from constants.
DERIVED: Mapping[str, Callable[[], object]] = {
    "profiles": _profiles,
    "models": _models,
    "labels": _labels,
    "recent_half_lives": _recent_half_lives,
    "prior_learned": _prior_learned,
    "errors_for_80": lambda: _errors_needed(0.8),
    "errors_for_95": lambda: _errors_needed(0.95),
    "plausible": _plausible,
    "robust_floor": _robust_floor,
    "stale_code": lambda: int(ExitCode.STALE),
}


def _wrap(text: str) -> str:
    """Wrap paragraphs; a block that begins with a space is a table and is left as it is."""
    paragraphs = re.split(r"\n\s*\n", text.strip("\n"))
    return "\n\n".join(
        p if p.startswith(" ") else textwrap.fill(" ".join(p.split()), LINE_WIDTH)
        for p in paragraphs
    )


def _sources(sources: Sequence[str]) -> str:
    filled = [
        textwrap.fill(source, LINE_WIDTH, initial_indent="  ", subsequent_indent="    ")
        for source in sources
    ]
    return "\n".join(["Sources:", *filled])
