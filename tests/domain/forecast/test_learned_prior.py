"""A prior learned from people: their averages are found, and nobody alone is told of."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from hrvctl.domain.forecast.hierarchical import Hierarchical
from hrvctl.domain.forecast.learned_prior import (
    MIN_NIGHTS,
    MIN_PEOPLE,
    document,
    learn,
    pool,
    teachers_of,
)
from hrvctl.domain.forecast.prior import parse_prior
from hrvctl.domain.series import History
from hrvctl.errors import NotEnoughData
from hrvctl.records import Metric

DAY = date(2026, 3, 10)


def person(seed, *, n=60, weekend=0.0, **measured):
    """Nights with a level of their own, lower at the weekend by a share of the spread."""
    rng = np.random.default_rng(seed)
    level = 60 + 5 * rng.standard_normal()
    week = np.arange(n) % 7 >= 5
    hrv = level * (1 + 0.1 * rng.standard_normal(n) - weekend * week)
    return History(
        first=date(2024, 1, 1),  # a Monday
        metric=Metric.HRV_RMSSD_MS,
        measured_by="whoop",
        hrv=tuple(np.maximum(hrv, 5.0).tolist()),
        measured={
            Metric.RESTING_HR_BPM: tuple((52 + rng.standard_normal(n)).tolist()),
            **measured,
        },
        journal={},
    )


@pytest.fixture(scope="module")
def crowd():
    return [person(seed, weekend=0.2) for seed in range(MIN_PEOPLE)]


def of(people, others=()):
    return document(people, others, day=DAY, made_by="test", note="made up")


@pytest.fixture(scope="module")
def learned(crowd):
    return of([], crowd)


@pytest.mark.parametrize("n_wild", [0, 4])
def test_average_and_spread_between_people_are_found(n_wild) -> None:
    """Of linear effects that differ from person to person; a few wild errors move no average."""
    rng = np.random.default_rng(1)
    mean, spread = np.array([0.5, -0.3]), np.array([0.2, 0.3])
    data = []
    for own in rng.normal(mean, spread, (120, 2)):
        x = rng.standard_normal((80, 2))
        noise = 0.5 * rng.standard_normal(80)
        noise[:n_wild] *= 20
        data.append((x, x @ own + noise))
    found = pool(data)
    assert found.mean == pytest.approx(mean, abs=0.06)
    if not n_wild:
        assert found.spread == pytest.approx(spread, rel=0.15)


def test_what_all_share_is_in_the_coefficients(learned) -> None:
    """Everybody's HRV is lower on the days that the weekend ends on."""
    of_day = learned["patterns"]["hrvonly"]["b0"]
    weekend = [of_day["d5"], of_day["d6"]]
    assert max(weekend) < min(of_day[f"d{day}"] for day in range(5))


def test_the_document_is_a_prior(learned) -> None:
    """After a way through JSON a model forecasts from it, and not as from the shipped one."""
    prior = parse_prior(json.loads(json.dumps(learned)))
    history = person(99, n=20, weekend=0.2)
    own = Hierarchical(prior=prior).forecast_quantiles(history)
    assert np.isfinite(own[-1]).all()
    assert (np.diff(own[-1], axis=-1) > 0).all()
    assert not np.allclose(own[-1], Hierarchical().forecast_quantiles(history)[-1])


def test_the_document_says_from_whom_it_was_learned(learned) -> None:
    assert learned["learned"] == {
        "people": MIN_PEOPLE,
        "days": 60 * MIN_PEOPLE,
        "nights": 60 * MIN_PEOPLE,
        "people_with_day": 0,
        "nights_with_day": 0,
        "script": "test",
        "date": "2026-03-10",
        "note": "made up",
    }


def test_a_pattern_that_too_few_people_teach_is_left_out(learned, crowd) -> None:
    """Nobody has a respiratory rate; one alone with one is not enough either."""
    assert set(learned["patterns"]) == {"hrvonly", "rhr_history"}
    rate = {Metric.RESPIRATORY_RATE_RPM: (15.0, 15.5) * 30}
    one = replace(crowd[0], measured={**crowd[0].measured, **rate})
    assert set(of([], [one, *crowd[1:]])["patterns"]) == {"hrvonly", "rhr_history"}
    assert set(learn([], ["resp_history"], others=[one])) == {"resp_history"}


def test_few_people_teach_nothing(crowd) -> None:
    with pytest.raises(NotEnoughData, match=f"have {MIN_PEOPLE - 1} people .* need {MIN_PEOPLE}"):
        of([], crowd[1:])


def test_order_of_people_is_of_no_account(learned, crowd) -> None:
    again = of([], crowd[::-1])["patterns"]["hrvonly"]["b0"]
    assert again == pytest.approx(learned["patterns"]["hrvonly"]["b0"], abs=0.0011)


def test_who_teaches_what() -> None:
    """RMSSD of enough nights; whose device measures the day teaches that too."""
    short, long = person(1, n=MIN_NIGHTS - 1), person(2, n=MIN_NIGHTS)
    with_day = person(3, **{Metric.AVERAGE_HR_BPM: (70.0,) * 60})
    sdnn = replace(long, metric=Metric.HRV_SDNN_MS)
    assert teachers_of([short, long, with_day, sdnn]) == ([with_day], [long])
