"""The one thing worth suggesting on an evening, from facts alone; never medical advice."""

from collections.abc import Iterator, Mapping
from typing import Any

# Questions that every model with a journal input asks for: what other people's nights taught of
# them is worth most (the pooled prior has its own mean for this one).
ALWAYS_ASKED = ("alcohol",)
# Answers among the last 28 days from which a question is one's usual one (own choice: half).
USUAL_ANSWERS = 14


def suggest(summary: Mapping[str, Any]) -> str:
    """One sentence, or none.

    Args:
        summary: ``intelligence_summary.json``.
    """
    return next((said for said in _all(summary)), "")


def _all(summary: Mapping[str, Any]) -> Iterator[str]:
    """Every suggestion there is, the most useful first."""
    if summary["stale_days"]:
        yield (
            f"Import the nights after {summary['data']['last_day']}: the forecast then looks one"
            " day ahead again."
        )
    effects = {e["tag"]: e for e in _found(summary.get("effects"))}
    for tag, effect in effects.items():
        value = summary["journal"].get(tag)
        pct = effect["effect"]["pct"]
        if pct < 0 and value is not None and value > effect["yes_above"]:
            yield (
                f"You noted {_plain(tag)} today, which in your past went with {-pct:.0f} % less the"
                f" next morning ({effect['verdict']}): read tomorrow's value with that in mind."
            )
    for usual in summary.get("unanswered", ()):
        tag = usual["tag"]
        if usual["n_answered"] >= USUAL_ANSWERS and tag in (*ALWAYS_ASKED, *effects):
            yield (
                f"You have not said anything of {_plain(tag)} today; the forecast can use it:"
                f" hrvctl journal add --tag {tag}=0, or how much."
            )


def _found(effects: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """Questions with at least some evidence, the strongest first."""
    tested = effects["tested"] if effects else ()
    return [e for e in tested if e["effect"] and e["verdict"] != "no evidence"]


def _plain(tag: str) -> str:
    return tag.replace("_", " ")
