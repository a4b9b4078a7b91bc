"""One journal question over many people: each as alone, the mean and spread of all."""

import re
from datetime import date

import numpy as np
import pytest

from hrvctl.domain.cohorts.effects import PersonEffect, measure_person, percent, pool_people
from hrvctl.domain.effects import measure_effects
from hrvctl.domain.series import History
from hrvctl.records import Metric

N = 160


def person(seed, effect, *, n=N, tag="sauna"):
    """Nights whose HRV is the more by an effect, log scale, after every third evening or so."""
    rng = np.random.default_rng(seed)
    answers = (rng.random(n) < 0.35).astype(float)
    before = np.append(0.0, answers[:-1])
    hrv = np.exp(4 + 0.12 * rng.standard_normal(n) + effect * before)
    return History(
        first=date(2024, 1, 1),
        metric=Metric.HRV_RMSSD_MS,
        measured_by="whoop",
        hrv=tuple(map(float, hrv)),
        measured={},
        journal={tag: tuple(map(float, answers))},
    )


def test_a_person_in_a_cohort_has_the_effect_they_have_alone() -> None:
    history = person(1, -0.1)
    (alone,) = measure_effects(history).tested
    found = measure_person("anna", history, "sauna")
    assert found.change == alone.effect
    assert (found.n_yes, found.n_no) == (alone.n_yes, alone.n_no)
    assert found.change.pct == pytest.approx(percent(found.b))


@pytest.mark.parametrize(
    ("history", "missing"),
    [
        (person(1, 0, n=12), "have . yes, need 8"),
        (person(1, 0, tag="alcohol"), "have 0 answers, need 8 yes and 8 no"),
    ],
)
def test_who_is_left_out_is_named_with_the_reason(history, missing) -> None:
    found = pool_people("sauna", [("ben", measure_person("ben", history, "sauna"))])
    assert found.people == ()
    assert found.pooled is found.usual_ms is None
    assert list(found.left_out) == ["ben"]
    assert re.search(missing, found.left_out["ben"])


def test_mean_and_spread_between_people_are_found() -> None:
    rng = np.random.default_rng(3)
    true = rng.normal(-0.1, 0.06, 40)
    found = pool_people(
        "sauna",
        [
            (f"p{n:02}", measure_person(f"p{n:02}", person(n, b), "sauna"))
            for n, b in enumerate(true)
        ],
    )
    assert [one.subject for one in found.people] == [f"p{n:02}" for n in range(40)]
    pooled = found.pooled
    assert pooled.low < -0.1 < pooled.high
    assert pooled.high - pooled.low < 0.06
    assert 0.03**2 < pooled.tau2 < 0.1**2
    inside = (pooled.predicted_low < true) & (true < pooled.predicted_high)
    assert inside.mean() > 0.9
    assert found.usual_ms == pytest.approx(np.exp(4), rel=0.05)


def test_order_in_which_people_come_is_of_no_account() -> None:
    people = [(f"p{n}", measure_person(f"p{n}", person(n, 0.05), "sauna")) for n in range(4)]
    assert pool_people("sauna", people) == pool_people("sauna", reversed(people))
    assert all(isinstance(one, PersonEffect) for _, one in people)
