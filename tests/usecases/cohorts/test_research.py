"""What a cohort teaches: an effect over its people, and a prior."""

import json
from datetime import timedelta

import numpy as np
import pytest

from hrvctl.domain.cohorts.people import split_people
from hrvctl.domain.effects import measure_effects
from hrvctl.domain.forecast.hierarchical import Hierarchical
from hrvctl.domain.forecast.learned_prior import MIN_PEOPLE
from hrvctl.domain.forecast.prior import parse_prior
from hrvctl.engines.loop import Loop
from hrvctl.engines.protocol import Done, Lost
from hrvctl.errors import NotEnoughData
from hrvctl.store.cohorts.nights import bucket_of, list_files, load_nights
from hrvctl.usecases.cohorts import learned_prior
from hrvctl.usecases.cohorts.backtest import backtest_cohort
from hrvctl.usecases.cohorts.effects import measure_effect
from hrvctl.usecases.cohorts.learned_prior import learn_cohort_prior
from usecases.cohorts.made_up import AS_OF, N_DRINKERS, NEW, drinkers, make_cohort, table_of


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    return make_cohort(tmp_path_factory.mktemp("cohort"), drinkers())[:2]


def test_an_effect_is_that_of_each_alone_and_of_all(cohort) -> None:
    folder, settings = cohort
    found = measure_effect(folder, settings, "alcohol", as_of=AS_OF, engine=Loop())
    assert [one.subject for one in found.people] == [f"p{n:03d}" for n in range(N_DRINKERS)]
    assert set(found.left_out) == {"short", "silent"}
    assert "have 0 answers" in found.left_out["silent"]
    assert found.pooled.n == N_DRINKERS
    assert found.pooled.low < np.log(0.9) < found.pooled.high
    bucket = bucket_of("p001", NEW.buckets)
    people = split_people(load_nights(folder, list_files(folder, bucket)))
    history = next(each for each in people if each.subject == "p001").history(AS_OF)
    assert found.people[1].change == measure_effects(history).tested[0].effect


def test_what_came_later_is_not_known_yet(cohort) -> None:
    folder, settings = cohort
    early = AS_OF - timedelta(days=115)
    found = measure_effect(folder, settings, "alcohol", as_of=early, engine=Loop())
    assert found.people == ()


def test_who_was_in_a_lost_bucket_is_listed(cohort) -> None:
    folder, settings = cohort

    class Failing(Loop):
        def run(self, work, tasks):
            yield Lost(tasks[0], "its worker died")
            yield from (Done(task, work(task)) for task in tasks[1:])

    seen = []
    found = measure_effect(
        folder,
        settings,
        "alcohol",
        as_of=AS_OF,
        engine=Failing(),
        on_bucket=lambda *n: seen.append(n),
    )
    assert set(found.lost.values()) == {"its worker died"}
    first = min(bucket_of(name, NEW.buckets) for name in set(drinkers()["subject"]))
    everybody = set(drinkers()["subject"])
    assert set(found.lost) == {name for name in everybody if bucket_of(name, NEW.buckets) == first}
    assert {one.subject for one in found.people} | {*found.left_out, *found.lost} == everybody
    assert seen[-1][0] == seen[-1][1] == len(seen)


def test_a_cohort_teaches_a_prior_of_its_own(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(learned_prior, "MOST_PEOPLE", MIN_PEOPLE)
    folder, settings, _ = make_cohort(tmp_path, table_of(MIN_PEOPLE + 3, 50))
    learned = learn_cohort_prior(folder, settings, as_of=AS_OF)
    assert learned["learned"]["people"] == MIN_PEOPLE
    assert learned["learned"]["script"] == "hrvctl cohort learn-prior"
    assert learned == learn_cohort_prior(folder, settings, as_of=AS_OF)
    text = json.dumps(learned)
    assert "p00" not in text
    assert {"hrvonly", "rhr_history"} == set(learned["patterns"])
    Hierarchical(prior=parse_prior(json.loads(text)))


def test_a_small_cohort_teaches_no_prior(cohort) -> None:
    with pytest.raises(NotEnoughData, match=f"need {MIN_PEOPLE}"):
        learn_cohort_prior(*cohort, as_of=AS_OF)


def test_who_has_no_morning_to_score_is_in_order_of_name(tmp_path) -> None:
    """Not in that of the buckets, which end in another order each time."""
    folder, settings, _ = make_cohort(tmp_path, table_of(6, 1))
    found = backtest_cohort(
        folder, settings, ("naive",), as_of=AS_OF, days=None, loops="plain", engine=Loop()
    )
    assert list(found.left_out) == [f"p{n:03d}" for n in range(6)]
