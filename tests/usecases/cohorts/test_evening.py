"""The evening of a cohort: resumed after any stop, the same by every engine, sealed once."""

from datetime import timedelta

import pytest

from hrvctl.engines.loop import Loop
from hrvctl.engines.pool import Pool
from hrvctl.errors import SealedByAnother, SealRefused, UsageError
from hrvctl.store.cohorts.evenings import forecasts_path, load_chunk
from hrvctl.store.cohorts.nights import list_files
from hrvctl.usecases.cohorts import chunks
from hrvctl.usecases.cohorts.engine_choice import choose_engine
from hrvctl.usecases.cohorts.evening import (
    Options,
    evening_of,
    forecast_evening,
    load_all_failures,
    plan_evening,
)
from hrvctl.usecases.cohorts.seals import seal_evening
from usecases.cohorts.made_up import AS_OF, NOW, make_cohort, nights_of, table_of


def plan_of(folder, settings, **given):
    """Tonight's plan."""
    return plan_evening(folder, settings, AS_OF, Options(), now=NOW, **given)


def test_the_same_root_by_loop_and_pool_and_after_a_stop(tmp_path) -> None:
    folder, settings, _ = make_cohort(tmp_path, table_of(5, 40))
    plan = plan_of(folder, settings)
    loop = forecast_evening(folder, plan, Loop())
    assert loop.n_people == 5
    assert len(loop.chunks) == 3
    folder.delete([forecasts_path(AS_OF, 1)])  # as a run leaves it that was stopped
    assert forecast_evening(folder, plan, Loop()).chunks[1].root == loop.chunks[1].root
    pool = forecast_evening(folder, plan_of(folder, settings, fresh=True), Pool(2))
    assert [chunk.root for chunk in pool.chunks] == [chunk.root for chunk in loop.chunks]


def test_a_chunk_that_is_done_is_not_done_again(tmp_path, monkeypatch) -> None:
    folder, settings, _ = make_cohort(tmp_path, table_of(3, 40))
    plan = plan_of(folder, settings)
    first = forecast_evening(folder, plan, Loop())
    monkeypatch.setattr(chunks, "forecast_person", None)
    again = forecast_evening(folder, plan, Loop())
    assert (again.chunks, first.n_new, again.n_new) == (first.chunks, 2, 0)


def test_a_fault_costs_its_person_alone(tmp_path, monkeypatch) -> None:
    folder, settings, _ = make_cohort(tmp_path, table_of(4, 40))
    forecast = chunks.forecast_person

    def fail_for_one(person, **given):
        if person.subject == "p002":
            raise ZeroDivisionError("oh")
        return forecast(person, **given)

    monkeypatch.setattr(chunks, "forecast_person", fail_for_one)
    plan = plan_of(folder, settings)
    done = forecast_evening(folder, plan, Loop())
    assert done.n_people == 3
    failures = load_all_failures(folder, plan)
    assert {who: each.message for who, each in failures.items()} == {
        "p002": "ZeroDivisionError: oh"
    }


def test_the_people_of_a_lost_chunk_are_listed(tmp_path) -> None:
    folder, settings, _ = make_cohort(tmp_path, table_of(5, 40))
    plan = plan_of(folder, settings)
    damaged = plan.chunks[0].inputs[0].path
    folder.write(damaged, folder.read(list_files(folder, plan.chunks[1].number)[0]))
    done = forecast_evening(folder, plan, Loop())
    assert list(done.lost) == [plan.chunks[0].number]
    assert "it was changed" in done.lost[plan.chunks[0].number]
    failures = load_all_failures(folder, plan)
    assert {each.code for each in failures.values()} == {"chunk_lost"}


def test_an_evening_begun_with_other_options_is_refused(tmp_path) -> None:
    folder, settings, _ = make_cohort(tmp_path, table_of(1, 40))
    plan_of(folder, settings)
    other = Options(models=("naive", "ma7"))
    with pytest.raises(UsageError, match="begun with other options"):
        plan_evening(folder, settings, AS_OF, other, now=NOW)
    assert plan_evening(folder, settings, AS_OF, other, now=NOW, fresh=True).models == other.models


def test_an_evening_is_sealed_once_and_stands(tmp_path) -> None:
    folder, settings, _ = make_cohort(tmp_path, table_of(3, 40))
    plan = plan_of(folder, settings)
    done = forecast_evening(folder, plan, Loop())
    first = seal_evening(folder, settings, plan, done.chunks, now=NOW)
    again = seal_evening(folder, settings, plan, done.chunks, now=NOW + timedelta(hours=1))
    assert (first.is_new, again.is_new) == (True, False)
    assert again.seal == first.seal
    assert first.seal.n == 9
    with pytest.raises(UsageError, match="sealed and stands"):
        plan_of(folder, settings, fresh=True)
    with pytest.raises(SealedByAnother, match="other forecasts"):
        seal_evening(folder, settings, plan, done.chunks[:1], now=NOW)


@pytest.mark.parametrize(("hours", "is_refused"), [(7, False), (8, True), (30, True)])
def test_nothing_is_sealed_once_the_morning_has_begun(tmp_path, hours, is_refused) -> None:
    """NOW is 20:00, and a day starts at 04:00."""
    folder, settings, _ = make_cohort(tmp_path, table_of(1, 40))
    plan = plan_of(folder, settings)
    done = forecast_evening(folder, plan, Loop())
    at = NOW + timedelta(hours=hours)
    if is_refused:
        with pytest.raises(SealRefused, match="has begun"):
            seal_evening(folder, settings, plan, done.chunks, now=at)
    else:
        assert seal_evening(folder, settings, plan, done.chunks, now=at).is_new


def test_whose_outcome_is_known_is_not_sealed(tmp_path) -> None:
    early = nights_of("p0", 40, seed=1, last=AS_OF + timedelta(days=1))
    folder, settings, _ = make_cohort(tmp_path, early, now=NOW + timedelta(days=1))
    plan = plan_of(folder, settings)
    done = forecast_evening(folder, plan, Loop())
    assert [(c.n_people, c.n_outcome_known, c.n_leaves) for c in done.chunks] == [(1, 1, 0)]


def test_people_in_a_zone_where_the_morning_has_begun_are_named(tmp_path) -> None:
    folder, settings, _ = make_cohort(tmp_path, table_of(2, 40))
    folder.write("people.csv", b"subject,name,zone\np000,Anna,Pacific/Auckland\np001,Ben,\n")
    plan = plan_of(folder, settings)
    done = forecast_evening(folder, plan, Loop())
    sealed = seal_evening(folder, settings, plan, done.chunks, now=NOW)
    assert sealed.late_zones == ("Pacific/Auckland",)
    zones = [
        row["zone"]
        for chunk in plan.chunks
        for row in load_chunk(folder, AS_OF, chunk.number)[1].to_pylist()
    ]
    assert sorted(zones, key=str) == [None, "Pacific/Auckland"]


def test_an_evening_to_come_is_refused(tmp_path) -> None:
    _, settings, _ = make_cohort(tmp_path, table_of(1, 40))
    assert evening_of(settings, NOW, None) == AS_OF
    assert evening_of(settings, NOW + timedelta(hours=7), None) == AS_OF  # 03:00, before the day
    with pytest.raises(UsageError, match="in the future"):
        evening_of(settings, NOW, AS_OF + timedelta(days=1))


def test_little_work_is_done_in_this_process(tmp_path) -> None:
    folder, settings, _ = make_cohort(tmp_path, table_of(1, 40))
    plan = plan_of(folder, settings)
    assert choose_engine("auto", chunks=plan.chunks).name == "loop"
    assert choose_engine("auto", chunks=plan.chunks, seconds_a_night=10.0).name == "pool"
    assert choose_engine("pool", chunks=plan.chunks, n_workers=2).name == "pool"
    with pytest.raises(UsageError, match="no engine is called 'spark'"):
        choose_engine("spark", chunks=plan.chunks)
    with pytest.raises(UsageError, match="is for the engine dask"):
        choose_engine("pool", chunks=plan.chunks, scheduler="tcp://127.0.0.1:1")
