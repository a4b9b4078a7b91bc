"""Effects of journal answers: found where they are, not where they are not, never from ahead."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrvctl.domain import effects_design as design
from hrvctl.domain.effects import (
    SMALL_EFFECT_PCT,
    VERDICTS,
    Effects,
    QuestionEffect,
    measure_effects,
)
from hrvctl.domain.forecast.recursions import robust_level
from hrvctl.domain.series import NAN, History
from hrvctl.records import Metric
from hrvctl.samples.people import Traits, draw_people
from hrvctl.samples.simulation import simulate

FIRST = date(2024, 1, 1)
N = 200


def history(hrv, journal, strain=None):
    return History(
        first=FIRST,
        metric=Metric.HRV_RMSSD_MS,
        measured_by="whoop",
        hrv=tuple(map(float, hrv)),
        measured={} if strain is None else {Metric.STRAIN: tuple(map(float, strain))},
        journal={tag: tuple(map(float, values)) for tag, values in journal.items()},
    )


def life(traits, *, seed, n_days=365):
    """What the strap and the journal know of a made-up person."""
    days = simulate(traits, first_day=FIRST, n_days=n_days, seed=seed).days
    return history(
        [day.hrv_ms or NAN for day in days],
        {tag: [day.answers.get(tag, NAN) for day in days] for tag in ("alcohol", "stress", "sick")},
        [day.strain for day in days],
    )


def nights(rng, effect, *, n=N):
    """HRV of which an effect of the day before, in logs, is all that is no noise."""
    return 60 * np.exp(rng.normal(0, 0.15, n) + np.concatenate([[0.0], effect[:-1]]))


def only(effects: Effects, tag: str) -> QuestionEffect:
    (found,) = (question for question in effects.tested if question.tag == tag)
    return found


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def test_the_interval_holds_a_known_effect():
    """Drinking costs a fifth: of a dozen made-up people nearly all intervals say so."""
    drinkers = [
        replace(traits, alcohol_effect=-0.2, journal_probability=0.9)
        for traits in draw_people(20, 5)
        if sum(traits.alcohol_probability) > 0.5
    ][:12]
    changes = [
        only(measure_effects(life(traits, seed=i)), "alcohol").effect
        for i, traits in enumerate(drinkers)
    ]
    assert sum(c.pct_low <= -20 <= c.pct_high for c in changes) >= 11
    assert np.mean([c.pct for c in changes]) == pytest.approx(-20, abs=2)


def test_a_real_effect_is_credible_and_told_in_ms():
    """A clear effect passes all three parts; ms are per cent of the usual morning."""
    past = life(Traits(), seed=1)
    found = only(measure_effects(past), "alcohol")
    assert found.verdict == "credible"
    assert found.effect.pct < -10
    assert (found.q < 0.1, found.p_shift < 0.05, found.has_strain) == (True, True, True)
    usual = found.effect.ms / found.effect.pct
    assert found.effect.ms_low == pytest.approx(usual * found.effect.pct_low)
    assert 100 * usual == pytest.approx(np.nanmedian(past.hrv), rel=0.05)


def test_nothing_is_found_where_nothing_is(rng):
    """Twenty people whose ten answers change nothing: hardly anyone is told that one did."""
    fooled = 0
    for _ in range(20):
        journal = {f"q{i}": rng.random(N) < 0.4 for i in range(10)}
        found = measure_effects(history(nights(rng, np.zeros(N)), journal))
        assert found.n_tested == 10
        fooled += any(question.verdict == "credible" for question in found.tested)
    assert fooled <= 2


def test_what_shows_the_night_before_is_not_credible(rng):
    """An answer given in bad spells is tied to the next morning, but to the one before as well."""
    spell = np.repeat(rng.random(N // 4) < 0.3, 4)
    hrv = 60 * np.exp(rng.normal(0, 0.15, N) + np.where(spell, -0.4, 0.0))
    found = only(measure_effects(history(hrv, {"ill": spell})), "ill")
    assert found.q < 0.1
    assert found.control_z < 0
    assert found.verdict == "no evidence"
    assert "the night before shows it too" in found.limits


def test_a_finding_needs_more_the_more_is_asked(rng):
    """The same answers, asked beside nineteen empty questions, are corrected for all twenty."""
    yes = rng.random(N) < 0.4
    hrv = nights(rng, -0.06 * yes)
    alone = only(measure_effects(history(hrv, {"late_meal": yes})), "late_meal")
    others = {f"q{i}": rng.random(N) < 0.4 for i in range(19)}
    beside = only(measure_effects(history(hrv, {"late_meal": yes, **others})), "late_meal")
    assert (alone.q, beside.p) == (alone.p, alone.p)
    assert beside.q > alone.q


def test_regression_is_that_of_plain_arithmetic(rng):
    """Least squares by numpy, and every shift tried one by one, give the same figures."""
    n, yes, strain = 60, rng.random(60) < 0.4, rng.normal(10, 3, 60)
    hrv = nights(rng, -0.2 * yes, n=n)
    found = only(measure_effects(history(hrv, {"alcohol": yes}, strain)), "alcohol")
    w = np.log(hrv)
    levels = [robust_level(w, h, np.full(n, 0.25)) for h in (2, 6, 20)]
    weekday = [(FIRST + timedelta(days=i + 1)).weekday() for i in range(n)]
    dummies = [np.equal(weekday, day).astype(float) for day in range(1, 7)]
    known = np.column_stack([np.ones(n), w, *levels, *dummies, strain])[:-1]

    def regress(answer):
        fit, rest, *_ = np.linalg.lstsq(np.column_stack([answer, known]), w[1:], rcond=None)
        return fit[0], rest[0]

    b, rest = regress(yes[:-1].astype(float))
    assert found.effect.pct == pytest.approx(100 * np.expm1(b))
    moved = [regress(np.roll(yes[:-1], s).astype(float))[1] for s in range(1, n - 1)]
    assert found.p_shift == pytest.approx((1 + sum(m <= rest for m in moved)) / (1 + len(moved)))


def test_interval_is_never_narrower_than_the_ordinary_one(rng):
    """In a short history robust errors come out too small; the larger of the two counts."""
    for n in (30, 60, 120):
        yes = rng.random(n) < 0.5
        evenings = design.lay_out(history(nights(rng, np.zeros(n), n=n), {}))
        rows = design.gather(evenings, yes.astype(float), with_strain=False)
        x = np.column_stack([rows.answer, rows.controls])
        fit, rest, rank, _ = np.linalg.lstsq(x, rows.ahead, rcond=None)
        ordinary = np.sqrt(rest[0] / (rows.n - rank) * np.linalg.inv(x.T @ x)[0, 0])
        assert design.estimate(rows).error >= ordinary * (1 - 1e-9)
        assert design.estimate(rows).b == pytest.approx(fit[0])


def test_silence_is_not_a_no(rng):
    """Only evenings with an answer and both mornings enter."""
    yes = np.where(rng.random(N) < 0.5, rng.random(N) < 0.4, np.nan)
    hrv = np.where(rng.random(N) < 0.1, np.nan, nights(rng, np.zeros(N)))
    found = only(measure_effects(history(hrv, {"sauna": yes})), "sauna")
    used = ~np.isnan(yes[:-1]) & ~np.isnan(hrv[:-1]) & ~np.isnan(hrv[1:])
    assert found.n == used.sum()
    assert found.n_yes == np.nansum(yes[:-1][used])
    assert found.n_no == found.n - found.n_yes


@pytest.mark.parametrize(
    ("n_yes", "n_no", "missing"),
    [
        (3, 40, "have 3 yes, need 8"),
        (40, 7, "have 7 no, need 8"),
        (2, 0, "have 2 yes and 0 no, need 8 of each"),
    ],
)
def test_too_few_answers_say_have_and_need(rng, n_yes, n_no, missing):
    """What cannot be tested is listed all the same, with what is lacking."""
    answers = np.full(N, np.nan)
    answers[: n_yes + n_no] = rng.permutation([1.0] * n_yes + [0.0] * n_no)
    effects = measure_effects(history(nights(rng, np.zeros(N)), {"sauna": answers}))
    found = only(effects, "sauna")
    assert (found.missing, found.effect, found.verdict) == (missing, None, "no evidence")
    assert effects.n_tested == 0


def test_what_cannot_be_told_apart_is_not_tested(rng):
    """A yes that is Saturday itself, and an HRV that never moves, give a reason and no figure."""
    saturdays = [(FIRST + timedelta(days=i)).weekday() == 5 for i in range(N)]
    found = only(measure_effects(history(nights(rng, np.zeros(N)), {"sauna": saturdays})), "sauna")
    assert found.missing.startswith("yes follows the weekday")
    still = measure_effects(history(np.full(N, 60.0), {"sauna": rng.random(N) < 0.5}))
    assert only(still, "sauna").missing == "HRV did not vary on these days"


def test_a_scale_is_cut_at_the_persons_own_median(rng):
    """Answers between 0 and 1: a yes is more than this person usually says."""
    mood = rng.integers(0, 5, N) / 4
    found = only(measure_effects(history(nights(rng, np.zeros(N)), {"mood": mood})), "mood")
    assert (found.kind, found.yes_above) == ("scale", np.median(mood))
    assert found.n_yes == (mood[:-1] > np.median(mood)).sum()
    assert found.per_unit is None


def test_amounts_are_told_per_unit_beside_yes_and_no(rng):
    """Each drink takes 5 %; yes alone is the mean over the amounts drunk."""
    drinks = rng.poisson(1.0, N)
    hrv = nights(rng, -0.05 * drinks)
    found = only(measure_effects(history(hrv, {"alcohol": drinks})), "alcohol")
    assert found.kind == "amount"
    assert found.per_unit.pct_low <= 100 * np.expm1(-0.05) <= found.per_unit.pct_high
    assert found.effect.pct < found.per_unit.pct < 0


def test_a_plain_yes_is_no_amount(rng):
    """What was said before amounts were named counts as a yes, not as one drink."""
    drinks = 1.0 + rng.poisson(2.0, N)
    drinks[rng.random(N) < 0.5] = 0
    hrv = nights(rng, -0.08 * drinks)
    drinks[: N // 2] = np.minimum(drinks[: N // 2], 1)
    found = only(measure_effects(history(hrv, {"alcohol": drinks})), "alcohol")
    assert found.n == N - 1
    assert found.per_unit.pct == pytest.approx(100 * np.expm1(-0.08), abs=2)


def test_unknown_strain_is_said(rng):
    """Without it the regression is made all the same, and says what it lacks."""
    yes, hrv = rng.random(N) < 0.4, nights(rng, np.zeros(N))
    found = only(measure_effects(history(hrv, {"sauna": yes})), "sauna")
    assert not found.has_strain
    assert "the day's strain is not known, so not controlled for" in found.limits
    gappy = np.where(rng.random(N) < 0.5, 10 + rng.normal(0, 2, N), np.nan)
    assert only(measure_effects(history(hrv, {"sauna": yes}, gappy)), "sauna").n == found.n


def test_a_hidden_cause_that_is_measured_is_held_fixed(rng):
    """Hard days bring stretching and a low morning: with the strain known, stretching is free."""
    strain = rng.normal(11, 4, N)
    stretching = strain + rng.normal(0, 2, N) > 11
    hrv = nights(rng, -0.05 * (strain - 11))
    known = only(measure_effects(history(hrv, {"stretching": stretching}, strain)), "stretching")
    blind = only(measure_effects(history(hrv, {"stretching": stretching})), "stretching")
    assert blind.effect.pct < known.effect.pct
    assert (blind.verdict, known.verdict) == ("credible", "no evidence")


def test_nights_needed_follow_from_the_interval(rng):
    """Were the interval to shrink with the root of the nights, it would just reach 5 %."""
    n, yes = 80, rng.random(80) < 0.4
    past = history(nights(rng, np.zeros(n), n=n), {"sauna": yes})
    found = only(measure_effects(past), "sauna")
    ends = np.log1p(np.array([found.effect.pct_low, found.effect.pct_high]) / 100)
    share = found.n / (found.n + found.n_needed)
    assert np.ptp(ends) / 2 * np.sqrt(share) == pytest.approx(
        np.log1p(SMALL_EFFECT_PCT / 100), rel=0.01
    )


def test_all_that_was_asked_is_listed_in_order(rng):
    """By verdict, then by size; what could not be tested comes last."""
    journal = {f"q{i}": rng.random(N) < 0.4 for i in range(6)} | {"rare": np.arange(N) == 5}
    alcohol = rng.random(N) < 0.4
    effects = measure_effects(history(nights(rng, -0.3 * alcohol), {"alcohol": alcohol} | journal))
    assert (len(effects.tested), effects.n_tested) == (8, 7)
    assert (effects.tested[0].tag, effects.tested[-1].tag) == ("alcohol", "rare")
    for one, next_one in pairwise(effects.tested[:-1]):
        order = [(VERDICTS.index(q.verdict), -abs(q.effect.pct)) for q in (one, next_one)]
        assert order == sorted(order)


@given(cut=st.integers(0, 150))
def test_nothing_from_ahead_counts(cut):
    """The evening of a longer life says what the shorter one said, to the last digit."""
    long, short = (life(Traits(), seed=2, n_days=n) for n in (151, cut + 1))
    assert measure_effects(long.until(short.last)) == measure_effects(short)


@pytest.mark.parametrize("past", [history([], {}), history([60.0], {"sauna": [1.0]})])
def test_an_empty_past_has_no_effects(past):
    """No night, or one: nothing is tested and nothing fails."""
    effects = measure_effects(past)
    assert effects.n_tested == 0
    assert len(effects.tested) == len(past.journal)
