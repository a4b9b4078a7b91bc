"""Effects of the journal's answers on the mornings after; part of the summary."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

Verdict = Literal["credible", "suggestive", "no evidence"]
Kind = Literal["yes/no", "amount", "scale"]
# A constant of the method, or several of them.
Constant = str | int | float | tuple[str, ...] | tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HrvChange:
    """A change of HRV with its 95 % confidence interval.

    Attributes:
        pct: 100 (exp(b) - 1).
        pct_low: Lower end.
        pct_high: Upper end.
        ms: The same at the person's median HRV of the mornings used.
        ms_low: Lower end.
        ms_high: Upper end.
    """

    pct: float
    pct_low: float
    pct_high: float
    ms: float
    ms_low: float
    ms_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionEffect:
    """One question of the journal, tested on the mornings after its answers.

    Attributes:
        tag: The question.
        kind: What its answers are. A yes is an answer above 0; of a ``scale`` (answers between
            0 and 1 occur) it is one above the person's own median.
        yes_above: The answer above which it is a yes.
        n: Evenings used: answered, with HRV on both mornings.
        n_yes: Of them.
        n_no: Of them.
        effect: Change of the next morning's HRV after a yes; ``None`` when not tested.
        p: Two-sided p-value, uncorrected.
        q: Corrected for all questions tested.
        p_shift: Share of circular shifts of the answers with as large an effect.
        control: The same change on the night before the answer; ``None`` if it is not known.
        control_z: By how many standard errors the effect exceeds the control; ``None`` when they
            differ in sign or there is no control.
        per_unit: Change per unit of the amount (one drink); ``None`` unless amounts vary.
        has_strain: Whether the day's strain was a control.
        verdict: See ``domain.effects``.
        n_needed: Nights with an answer still needed for an interval that would exclude an effect
            of ``SMALL_EFFECT_PCT``; 0 when there are enough, ``None`` when not tested.
        missing: Why it is not tested, for example ``have 3 yes, need 8``; empty when it is.
        limits: What limits it, in words.
    """

    tag: str
    kind: Kind
    yes_above: float
    n: int
    n_yes: int
    n_no: int
    effect: HrvChange | None = None
    p: float | None = None
    q: float | None = None
    p_shift: float | None = None
    control: HrvChange | None = None
    control_z: float | None = None
    per_unit: HrvChange | None = None
    has_strain: bool = False
    verdict: Verdict = "no evidence"
    n_needed: int | None = None
    missing: str = ""
    limits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """All questions of a journal.

    Attributes:
        tested: Every question ever answered, by verdict, then by the size of the effect; those
            that could not be tested last.
        n_tested: How many of them a regression could be made of.
        method: How, with every constant.
        as_of: The evening they were measured on; ``None`` in files of older versions.
    """

    tested: tuple[QuestionEffect, ...]
    n_tested: int
    method: Mapping[str, Constant]
    as_of: date | None = None

    @property
    def found(self) -> tuple[QuestionEffect, ...]:
        """The questions with at least some evidence of an effect, the strongest first."""
        return tuple(q for q in self.tested if q.effect and q.verdict != "no evidence")
