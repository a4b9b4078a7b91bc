"""The one suggestion of an evening, from facts alone; never medical advice."""

from collections.abc import Iterator

from hrvctl.domain.artifacts.intelligence import IntelligenceSummary

# Questions that every model with a journal input asks for: what other people's nights taught of
# them is worth most (the pooled prior has its own mean for this one).
ALWAYS_ASKED = ("alcohol",)
# Answers among the last 28 days from which a question is one's usual one (own choice: half).
USUAL_ANSWERS = 14


def suggest(summary: IntelligenceSummary) -> str:
    """Return the most useful suggestion, one sentence, or an empty string."""
    return next(_all(summary), "")


def _all(summary: IntelligenceSummary) -> Iterator[str]:
    """Every suggestion there is, the most useful first."""
    if summary.stale_days:
        yield (
            f"Import the nights after {summary.data.last_day}: the forecast then looks one"
            " day ahead again."
        )
    effects = summary.effects
    found = effects.found if effects else ()
    measured = f", as of {effects.as_of}" if effects and effects.as_of else ""
    for question in found:
        value = summary.journal.get(question.tag)
        pct = question.effect.pct if question.effect else 0.0
        if pct < 0 and value is not None and value > question.yes_above:
            yield (
                f"You noted {_plain(question.tag)} today, which in your past went with {-pct:.0f} %"
                f" less the next morning ({question.verdict}{measured}): read tomorrow's value with"
                " that in mind."
            )
    asked = {*ALWAYS_ASKED, *(question.tag for question in found)}
    for usual in summary.unanswered:
        if usual.n_answered >= USUAL_ANSWERS and usual.tag in asked:
            yield (
                f"You have not noted {_plain(usual.tag)} today, which the forecast can use:"
                f" hrvctl journal add --tag {usual.tag}=0, or the amount."
            )


def _plain(tag: str) -> str:
    return tag.replace("_", " ")
