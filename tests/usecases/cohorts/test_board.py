"""The board of a cohort, read from the files of its evening."""

from datetime import timedelta

import pytest

from hrvctl.domain.cohorts.board import FAILED, NO_DATA
from hrvctl.engines.loop import Loop
from hrvctl.errors import NotEnoughData, UsageError
from hrvctl.records.choices import BoardOrder
from hrvctl.store.cohorts.evenings import forecasts_path, load_chunk
from hrvctl.usecases.cohorts import chunks
from hrvctl.usecases.cohorts.board import load_board, save_record
from hrvctl.usecases.cohorts.evening import Options, forecast_evening, plan_evening
from hrvctl.usecases.cohorts.scores import score_cohort
from hrvctl.usecases.cohorts.withdrawal import withdraw
from usecases.cohorts.made_up import AS_OF, NOW, make_cohort, run_evening, run_evenings, table_of

N_PEOPLE = 5


def evening(folder, settings):
    """Forecast everybody tonight; the plan."""
    plan = plan_evening(folder, settings, AS_OF, Options(), now=NOW)
    forecast_evening(folder, plan, Loop())
    return plan


@pytest.fixture
def cohort(tmp_path):
    """Five people, two of them in groups and one who was never imported."""
    folder, settings, _ = make_cohort(tmp_path, table_of(N_PEOPLE, 40))
    people = "subject,name,group,zone\np000,Anna K.,U19,\np001,,U17,\np900,Zoe,U17,\n"
    folder.write("people.csv", people.encode())
    return folder, settings


def test_the_figures_are_those_of_the_tables(cohort) -> None:
    """Light, week, range and forecast of every person; names and groups of people.csv."""
    folder, settings = cohort
    plan = evening(folder, settings)
    found = load_board(folder, settings, order=BoardOrder.NAME)
    assert (found.cohort, found.as_of, found.target) == ("Lions", AS_OF, AS_OF + timedelta(days=1))
    assert [each.name for each in found.lines] == [
        *("Anna K.", "p001", "p002", "p003", "p004", "Zoe")
    ]
    tables = [load_chunk(folder, AS_OF, chunk.number)[1].to_pylist() for chunk in plan.chunks]
    rows = {row["subject"]: row for table in tables for row in table}
    for line in found.lines[:-1]:
        row = rows[line.subject]
        assert line.week_ms == row["week_mean"]
        assert line.range_ms == (row["range_low"], row["range_high"])
        assert line.interval_ms == (row["p10"], row["p90"])
        assert line.interval_ms[0] < line.tomorrow_ms < line.interval_ms[1]
        assert line.light == row["light"]
        assert line.age_days == 0
    assert list(found.lines[-1].needs) == [NO_DATA]
    assert [(each.name, each.n) for each in found.groups] == [("U17", 2), ("U19", 1), ("", 3)]


def test_the_seal_is_shown_once_there_is_one(cohort) -> None:
    """Its root, and before that nothing."""
    folder, settings = cohort
    evening(folder, settings)
    assert load_board(folder, settings).root == ""
    sealed = run_evening(folder, settings)
    assert load_board(folder, settings).root == sealed.seal.root


def test_the_record_is_that_of_the_sealed_mornings(tmp_path) -> None:
    """As `hrvctl cohort score` has it; none before the first outcome."""
    folder, settings = run_evenings(tmp_path, table_of(3, 40), 1)
    save_record(folder, AS_OF, score_cohort(folder, settings))
    assert load_board(folder, settings).record is None
    later = tmp_path / "later"
    later.mkdir()
    folder, settings = run_evenings(later, table_of(3, 40), 3)
    scores = score_cohort(folder, settings)
    save_record(folder, AS_OF, scores)
    found = load_board(folder, settings).record
    assert (found.first, found.last) == (AS_OF - timedelta(days=1), AS_OF)
    served = scores.models[0]
    assert found.n == served.n_with_interval
    assert found.held_80 == pytest.approx(served.coverage_80, abs=1e-6)
    assert found.n_compared == 0


def test_who_failed_has_a_line(cohort, monkeypatch) -> None:
    """With the words of the fault."""
    folder, settings = cohort
    forecast = chunks.forecast_person

    def fail_for_one(person, **given):
        if person.subject == "p000":
            raise ZeroDivisionError("oh")
        return forecast(person, **given)

    monkeypatch.setattr(chunks, "forecast_person", fail_for_one)
    evening(folder, settings)
    found = load_board(folder, settings)
    (failed,) = (line for line in found.lines if FAILED in line.needs)
    assert (failed.name, failed.group) == ("Anna K.", "U19")
    assert "ZeroDivisionError: oh" in failed.attention


def test_an_evening_that_is_not_complete_says_so(cohort) -> None:
    """Whoever is in a part that is not done is not taken for one without nights."""
    folder, settings = cohort
    plan = evening(folder, settings)
    done = load_chunk(folder, AS_OF, plan.chunks[0].number)[1].num_rows
    folder.delete([forecasts_path(AS_OF, plan.chunks[0].number)])
    found = load_board(folder, settings)
    assert found.n_chunks_missing == 1
    assert len(found.lines) == N_PEOPLE - done
    assert found.n_with(NO_DATA) == 0


def test_who_withdrew_is_not_on_the_board(cohort) -> None:
    """Not even as one without nights."""
    folder, settings = cohort
    evening(folder, settings)
    withdraw(folder, settings, "p000", now=NOW)
    subjects = {line.subject for line in load_board(folder, settings).lines}
    assert subjects == {"p001", "p002", "p003", "p004", "p900"}


def test_a_group_alone(cohort) -> None:
    """Of no group is one too; a name that none has is refused with those there are."""
    folder, settings = cohort
    evening(folder, settings)
    assert {each.subject for each in load_board(folder, settings, group="U17").lines} == {
        *("p001", "p900")
    }
    assert len(load_board(folder, settings, group="").lines) == 3
    with pytest.raises(UsageError) as refused:
        load_board(folder, settings, group="u17")
    assert refused.value.hint == "groups: U17, U19"


def test_an_evening_that_is_not_there_is_refused_in_words(cohort) -> None:
    """Before the first one, and of another day."""
    folder, settings = cohort
    with pytest.raises(NotEnoughData, match="has 0 evenings, need 1"):
        load_board(folder, settings)
    evening(folder, settings)
    with pytest.raises(NotEnoughData, match=f"the latest is of {AS_OF}"):
        load_board(folder, settings, as_of=AS_OF - timedelta(days=1))
