"""``hrvctl effects``: effects of the journal's answers on the mornings after."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

from hrvctl.cli import render
from hrvctl.cli.options import day_option
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import ExitCode, count
from hrvctl.safe_text import shortened
from hrvctl.store.json_values import plain
from hrvctl.store.memory import check_address_space

if TYPE_CHECKING:
    from hrvctl.domain.artifacts.effects import Effects, HrvChange, QuestionEffect

AsOfOption = Annotated[
    date | None,
    day_option("--as-of", "Use what was known on that evening (default: tonight)."),
]
HEADER = ("question", "yes", "no", "next morning", "in ms", "night before", "verdict")
# An effect with a wider interval than this is shown in whole ms (own choice: tenths would be
# false digits).
WIDE_MS = 5.0
# An answer's name is its question; a longer one would push the figures off the screen.
LONGEST_TAG = 28


def effects(session: Session, as_of: AsOfOption = None) -> CommandResult:
    """Test how your journal's answers relate to the next morning's HRV.

    Every question is listed, found or not, next to the same test on the night before the answer.
    """
    workspace, subject = session.workspace(), session.settings().subject
    evening = workspace.evening(subject, as_of)
    data = {"subject": subject, "as_of": evening.as_of}
    if not workspace.home.exists():
        return CommandResult(
            data={**data, "tested": (), "n_tested": 0, "method": {}},
            text=f"Nothing stored yet in {workspace.home.root}.\n"
            "Import an export: hrvctl import FILE (or look at `hrvctl daily --demo`).",
            code=ExitCode.NOTHING_NEW,
        )
    check_address_space()
    from hrvctl.usecases.effects import load_effects

    found = load_effects(workspace, evening)
    return CommandResult(data={**data, **plain(found)}, text=_text(found))


def _text(found: "Effects") -> str:
    from hrvctl.domain.effects_design import MIN_ANSWERS

    if not found.tested:
        return (
            f"Nothing tested yet: have 0 answers, need {MIN_ANSWERS} yes and {MIN_ANSWERS} no to a"
            " question.\n"
            "Write one with hrvctl journal add --tag NAME, or import a journal with your export."
        )
    blocks = [_verdict(found)]
    if rows := [_row(q) for q in found.tested if q.effect]:
        blocks.append(render.columns(rows, header=HEADER, to_right=HEADER[1:-1]))
    amounts = [
        f"  {_name(q)}: {_percent(q.per_unit)} for each one more, {_ms(q.per_unit)} ms"
        for q in found.tested
        if q.per_unit
    ]
    notes = [f"  {_name(q)}: {'; '.join(_notes(q))}" for q in found.tested if _notes(q)]
    blocks += [_list("By amount:", amounts), _list("What limits them:", notes), _closing(found)]
    return "\n\n".join(block for block in blocks if block)


def _verdict(found: "Effects") -> str:
    """What the answers are known to do to the next morning, in sentences."""
    tested = [q for q in found.tested if q.effect]
    sentences = []
    for verdict in dict.fromkeys(q.verdict for q in tested if q.verdict != "no evidence"):
        listed = [f"{_name(q)} {_ms(q.effect)} ms" for q in tested if q.verdict == verdict]
        sentences.append(f"{verdict.capitalize()}: {', '.join(listed)} the morning after.")
    unproven = [_name(q) for q in tested if q.verdict == "no evidence"]
    if unproven:
        no = "No evidence" if sentences else "No evidence yet"
        sentences.append(f"{no} for {', '.join(unproven)}.")
    return " ".join(sentences)


def _row(q: "QuestionEffect") -> tuple[object, ...]:
    return (
        _name(q),
        q.n_yes,
        q.n_no,
        _percent(q.effect),
        _ms(q.effect),
        _percent(q.control),
        q.verdict,
    )


def _name(q: "QuestionEffect") -> str:
    return shortened(q.tag, LONGEST_TAG)


def _percent(change: "HrvChange | None") -> str | None:
    if change is None:
        return None
    return f"{_signed(change.pct)} % ({_signed(change.pct_low)} to {_signed(change.pct_high)})"


def _ms(change: "HrvChange | None") -> str | None:
    if change is None:
        return None
    digits = 0 if change.ms_high - change.ms_low > WIDE_MS else 1
    low, high = (_signed(end, digits) for end in (change.ms_low, change.ms_high))
    return f"{_signed(change.ms, digits)} ({low} to {high})"


def _signed(value: float, digits: int = 0) -> str:
    rounded = round(value, digits)
    return f"{rounded:+.{digits}f}" if rounded else "0"


def _notes(q: "QuestionEffect") -> tuple[str, ...]:
    """What limits it, and how much is still needed to say more."""
    from hrvctl.domain.effects import SMALL_EFFECT_PCT

    if q.missing:
        return (f"not tested, {q.missing}",)
    small = f"{SMALL_EFFECT_PCT:g} %"
    if q.verdict == "credible":
        return q.limits
    if q.n_needed:
        # Two digits: it is a guess at what the next nights will be like.
        nights = float(f"{q.n_needed:.2g}")
        return (*q.limits, f"needs about {nights:.0f} more answered nights to tell {small}")
    return (*q.limits, f"an effect well above {small} would have shown by now")


def _list(title: str, lines: list[str]) -> str:
    return "\n".join([title, *lines]) if lines else ""


def _closing(found: "Effects") -> str:
    return (
        f"{count(len(found.tested), 'question')} in the journal, {found.n_tested} tested."
        " Association is not proof: what else happened on those days is not known."
        " More: hrvctl explain effects"
    )
