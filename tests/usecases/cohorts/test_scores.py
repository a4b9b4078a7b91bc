"""Sealed forecasts against what came, by the same measures as a person's own."""

from datetime import timedelta

import pytest

from hrvctl.domain.scoring.measures import mae
from hrvctl.usecases.cohorts.scores import score_cohort
from hrvctl.usecases.cohorts.verification import find_row
from usecases.cohorts.made_up import AS_OF, make_cohort, run_evenings, table_of


def test_every_sealed_morning_that_came_is_scored(tmp_path) -> None:
    table = table_of(3, 40)
    folder, settings = run_evenings(tmp_path, table, 4)
    found = score_cohort(folder, settings)
    served = found.models[0]
    actual, mean = [], []
    for row in table.to_dict("records"):
        evening = row["day"] - timedelta(days=1)
        if AS_OF - timedelta(days=3) <= evening < AS_OF:
            sealed = find_row(folder, settings, row["subject"], evening).row
            model = next(m for m in sealed["models"] if m["source"] == sealed["served"])
            actual.append(row["hrv_rmssd_ms"])
            mean.append(model["mean_ms"])
    assert (served.source, served.n, served.n_people) == ("served", len(actual), 3)
    assert served.mae_ms == pytest.approx(mae(actual, mean))
    assert found.n_evenings == 4
    assert found.last == AS_OF
    assert {model.source for model in found.models} == {"served", "naive", "ma7", "hierarchical"}
    naive = next(model for model in found.models if model.source == "naive")
    assert naive.relative_to_naive == pytest.approx(1)
    assert [person.subject for person in found.people] == ["p000", "p001", "p002"]
    assert found.n_compared == 0  # three mornings each are too few to compare


def test_an_evening_that_does_not_verify_is_left_out(tmp_path) -> None:
    folder, settings = run_evenings(tmp_path, table_of(2, 40), 3)
    day = AS_OF - timedelta(days=2)
    folder.delete([f"evenings/{day}/plan.json"])
    found = score_cohort(folder, settings)
    assert list(found.left_out) == [day]
    assert found.n_evenings == 2


def test_who_was_in_a_later_zone_is_not_scored(tmp_path) -> None:
    table = table_of(2, 40)
    make_cohort(tmp_path, table[table["day"] < AS_OF])[0].write(
        "people.csv", b"subject,zone\np000,Pacific/Auckland\n"
    )
    folder, settings = run_evenings(tmp_path, table, 2)
    found = score_cohort(folder, settings)
    assert [person.subject for person in found.people] == ["p001"]
    assert found.n_late == 6


def test_nothing_is_scored_where_nothing_came(tmp_path) -> None:
    folder, settings = run_evenings(tmp_path, table_of(2, 40), 1)
    found = score_cohort(folder, settings)
    assert (found.models, found.people, found.first) == ((), (), None)
