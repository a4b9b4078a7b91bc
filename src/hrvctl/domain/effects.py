"""Test the association of a person's journal answers with their next morning's HRV.

Every question ever answered is tested, and every one is reported, significant or not: of twenty
questions tried, one is found by chance. A verdict other than ``no evidence`` needs a 95 % interval
without 0 (p below ``MAX_P``), and then rests on three parts:

- q below ``MAX_Q``: the p-value of the regression (``effects_design``), corrected for the number of
  questions tried (Benjamini & Hochberg 1995, J R Stat Soc B 57);
- p_shift below ``MAX_P``: shifted to other evenings, the same answers show a smaller effect;
- more than the night before: the negative control (Lipsitch, Tchetgen Tchetgen & Cohen 2010,
  Epidemiology 21) is the same regression on the night *before* the answer, where no effect can be.
  An effect of the other sign passes; one of the same sign must be exceeded by z above ``MIN_Z``.

``credible``: all three hold. ``suggestive``: q or p_shift holds, and the night before shows less,
the opposite, or has too few nights. ``no evidence``: anything else, with what is still needed.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np

from hrvctl.domain import effects_design as design
from hrvctl.domain.arrays import Floats
from hrvctl.domain.artifacts.effects import (
    Constant,
    Effects,
    HrvChange,
    Kind,
    QuestionEffect,
    Verdict,
)
from hrvctl.domain.effects_design import Estimate, Evenings, Rows
from hrvctl.domain.forecast.recursions import first_amount
from hrvctl.domain.series import History

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

# Share of false findings among those called credible that is borne (own choice).
MAX_Q = 0.10
MAX_P = 0.05
# One-sided 5 % point of the normal distribution.
MIN_Z = 1.64
# The smallest effect worth knowing, per cent of HRV (own choice: about a device's noise from
# night to night, as the floor of the normal range).
SMALL_EFFECT_PCT = 5.0

METHOD: Mapping[str, Constant] = {
    "regression": "log HRV(D + 1) on the answer of D, least squares",
    "controls": ("log HRV(D)", "its robust means", "weekday", "strain of D where measured"),
    "half_lives_days": design.HALF_LIVES,
    "hac_lags_days": design.HAC_LAGS,
    "confidence": 0.95,
    "min_answers_of_each_kind": design.MIN_ANSWERS,
    "correction": "Benjamini-Hochberg over all questions tested",
    "max_q": MAX_Q,
    "max_p": MAX_P,
    "shifts": design.SHIFTS,
    "negative_control": "the same regression on the night before the answer",
    "min_z_over_control": MIN_Z,
    "small_effect_pct": SMALL_EFFECT_PCT,
}


def measure_effects(history: History) -> Effects:
    """Test every question of a journal on the mornings after.

    Args:
        history: As known on the evening in question.
    """
    evenings = design.lay_out(history)
    journal = {tag: np.array(values, float) for tag, values in history.journal.items()}
    found = [
        _test(evenings, tag, answers)
        for tag, answers in journal.items()
        if not np.isnan(answers).all()
    ]
    p_values = [question.p for question in found if question.p is not None]
    corrected = iter(_corrected(p_values) if p_values else ())
    judged = [
        question if question.p is None else _judge(replace(question, q=next(corrected)))
        for question in found
    ]
    return Effects(
        tested=tuple(sorted(judged, key=_rank)),
        n_tested=len(p_values),
        method=METHOD,
        as_of=history.last,
    )


def _corrected(p_values: Sequence[float]) -> list[float]:
    # Slow to import: only where there is a regression.
    from statsmodels.stats.multitest import multipletests  # noqa: PLC0415

    corrected: list[float] = multipletests(p_values, method="fdr_bh")[1].tolist()
    return corrected


def estimate_effect(history: History, tag: str) -> tuple[QuestionEffect, Estimate | None, float]:
    """The effect of one question alone: no shift test, no negative control, no verdict.

    Args:
        history: As known on the evening in question.
        tag: The question.

    Returns:
        The question, the estimate on the log scale, and the median HRV, ms, of the mornings used.
        Without an estimate the last two are ``None`` and NaN, and the question says what is
        missing.
    """
    answers = np.array(history.journal.get(tag, ()), float)
    if np.isnan(answers).all():
        missing = f"have 0 answers, need {design.MIN_ANSWERS} yes and {design.MIN_ANSWERS} no"
        empty = QuestionEffect(
            tag=tag, kind="yes/no", yes_above=0.0, n=0, n_yes=0, n_no=0, missing=missing
        )
        return empty, None, math.nan
    tested = _estimate(design.lay_out(history), tag, answers)
    return tested.question, tested.estimate, tested.usual_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tested:
    """A question with its estimate, the answers as yes (1) and no (0), the rows, their median."""

    question: QuestionEffect
    estimate: Estimate | None
    yes: Floats
    rows: Rows
    usual_ms: float


def _estimate(evenings: Evenings, tag: str, answers: Floats) -> _Tested:
    """The effect of one question, where there are answers enough."""
    kind, above = _kind(answers)
    yes = np.where(np.isnan(answers), np.nan, answers > above)
    has_strain = design.has_strain(evenings, yes)
    rows = design.gather(evenings, yes, with_strain=has_strain)
    question = QuestionEffect(
        tag=tag,
        kind=kind,
        yes_above=above,
        n=rows.n,
        n_yes=rows.n_yes,
        n_no=rows.n - rows.n_yes,
        has_strain=has_strain,
        missing=design.lacking(rows),
    )
    if question.missing:
        return _Tested(question=question, estimate=None, yes=yes, rows=rows, usual_ms=math.nan)
    estimate = design.estimate(rows)
    usual_ms = float(np.median(np.exp(rows.ahead)))
    question = replace(question, effect=_change(estimate, usual_ms), p=estimate.p)
    return _Tested(question=question, estimate=estimate, yes=yes, rows=rows, usual_ms=usual_ms)


def _test(evenings: Evenings, tag: str, answers: Floats) -> QuestionEffect:
    """Everything about one question that does not depend on the others."""
    tested = _estimate(evenings, tag, answers)
    question, effect, rows = tested.question, tested.estimate, tested.rows
    if effect is None:
        return question
    has_strain, usual_ms = question.has_strain, tested.usual_ms
    is_amount = question.kind == "amount"
    question = replace(
        question,
        p_shift=design.shift_p(rows),
        per_unit=_per_unit(evenings, answers, has_strain, usual_ms) if is_amount else None,
        n_needed=_nights_needed(effect, rows),
        limits=() if has_strain else ("the day's strain is not known, so not controlled for",),
    )
    # The night that ends on D is in the row of the evening before, to which D's answer is future.
    before = design.gather(evenings, np.append(tested.yes[1:], np.nan), with_strain=has_strain)
    return _with_control(question, effect, before, usual_ms)


def _with_control(
    question: QuestionEffect, effect: Estimate, before: Rows, usual_ms: float
) -> QuestionEffect:
    """Add the same regression on the night before the answer."""
    if missing := design.lacking(before):
        limit = f"the night before cannot be compared: {missing}"
        return replace(question, limits=(limit, *question.limits))
    control = design.estimate(before)
    return replace(question, control=_change(control, usual_ms), control_z=_excess(effect, control))


def _kind(answers: Floats) -> tuple[Kind, float]:
    """What the answers are, and the one above which it is a yes."""
    given = answers[~np.isnan(answers)]
    if np.any((given > 0) & (given < 1)):
        return "scale", float(np.median(given))
    return ("amount" if len(np.unique(given[given > 0])) > 1 else "yes/no"), 0.0


def _per_unit(
    evenings: Evenings, answers: Floats, has_strain: bool, usual_ms: float
) -> HrvChange | None:
    """The effect of one unit more; a plain yes from before the first amount is left out."""
    named = answers.copy()
    if first := first_amount(answers):
        named[:first][named[:first] > 0] = np.nan
    rows = design.gather(evenings, named, with_strain=has_strain)
    return None if design.lacking(rows) else _change(design.estimate(rows), usual_ms)


def _change(estimate: Estimate, usual_ms: float) -> HrvChange:
    shares = [math.expm1(b) for b in (estimate.b, estimate.low, estimate.high)]
    pct, pct_low, pct_high = (100 * share for share in shares)
    ms, ms_low, ms_high = (usual_ms * share for share in shares)
    return HrvChange(
        pct=pct, pct_low=pct_low, pct_high=pct_high, ms=ms, ms_low=ms_low, ms_high=ms_high
    )


def _excess(effect: Estimate, control: Estimate) -> float | None:
    """Standard errors by which the effect exceeds the control; ``None`` if they differ in sign."""
    if effect.b * control.b <= 0:
        return None
    return (abs(effect.b) - abs(control.b)) / math.hypot(effect.error, control.error)


def _nights_needed(effect: Estimate, rows: Rows) -> int:
    """Nights until half the interval is as short as a small effect; it shrinks with their root."""
    half = (effect.high - effect.low) / 2
    return max(math.ceil(rows.n * (half / math.log1p(SMALL_EFFECT_PCT / 100)) ** 2) - rows.n, 0)


def _judge(found: QuestionEffect) -> QuestionEffect:
    """Add the verdict and its limits; see the module."""
    p, q, p_shift, z = found.p, found.q, found.p_shift, found.control_z
    if p is None or q is None or p_shift is None:
        return found
    if p >= MAX_P:
        return replace(found, limits=("the 95 % interval contains 0", *found.limits))
    limits = [
        *([f"may be chance among so many questions (q {q:.2f})"] if q >= MAX_Q else []),
        *(
            [f"shifted to other evenings the answers show as much (p {p_shift:.2f})"]
            if p_shift >= MAX_P
            else []
        ),
        *(["the night before shows it too"] if z is not None and z <= MIN_Z else []),
        *found.limits,
    ]
    return replace(found, verdict=_verdict(found, p, q, p_shift), limits=tuple(limits))


def _verdict(found: QuestionEffect, p: float, q: float, p_shift: float) -> Verdict:
    z = found.control_z
    passed = (q < MAX_Q, p_shift < MAX_P, found.control is not None and (z is None or z > MIN_Z))
    if p >= MAX_P or not any(passed[:2]) or (z is not None and z <= 0):
        return "no evidence"
    return "credible" if all(passed) else "suggestive"


def _rank(found: QuestionEffect) -> tuple[bool, int, float, str]:
    size = abs(found.effect.pct) if found.effect else 0.0
    return found.effect is None, VERDICTS.index(found.verdict), -size, found.tag
