"""The plan of an import: idempotent, newer revises, all or nothing, and one person a subject."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrvctl.domain.ingest import FilePlan, StoredRows, plan
from hrvctl.errors import DataError
from hrvctl.records import (
    JournalEntry,
    Measurement,
    Metric,
    Problem,
    Reading,
    TypedNote,
    Workout,
)

FIRST = date(2026, 1, 1)
START = datetime(2026, 1, 1, 7, tzinfo=UTC)


def night(i: int, value: float, metric: Metric = Metric.HRV_RMSSD_MS) -> Measurement:
    """A value of the i-th day."""
    return Measurement(day=FIRST + timedelta(days=i), metric=metric, value=value, source="whoop")


def nights(*values: float) -> tuple[Measurement, ...]:
    """The HRV of consecutive days."""
    return tuple(night(i, value) for i, value in enumerate(values))


def reading(*measurements: Measurement, kind: str = "cycles", **more) -> Reading:
    """A file that holds them."""
    return Reading(
        file=f"{kind}.csv",
        source="whoop",
        kind=kind,
        measurements=measurements,
        n_rows=len(measurements),
        **more,
    )


def known(*readings: Reading) -> StoredRows:
    """What is stored after these files."""
    stored = StoredRows((), (), ())
    plan(readings, stored, force=True, skip_faulty=True)
    return stored


def planned(stored: StoredRows, *readings: Reading, **how: bool) -> tuple[FilePlan, ...]:
    """The plan, as a person without special wishes gets it."""
    return plan(readings, stored, **{"force": False, "skip_faulty": False, **how})


def counts(plans: Sequence[FilePlan]) -> tuple[int, int, int]:
    """New, revised and unchanged over all files."""
    return (
        sum(p.n_new for p in plans),
        sum(p.n_revised for p in plans),
        sum(p.n_unchanged for p in plans),
    )


exports = st.builds(
    lambda measured, said, done: reading(*measured, journal=tuple(said), workouts=tuple(done)),
    st.lists(
        st.builds(night, st.integers(0, 30), st.floats(1, 400), st.sampled_from(Metric)),
        unique_by=lambda m: (m.day, m.metric),
        max_size=10,
    ),
    st.lists(
        st.builds(
            lambda i, value: JournalEntry(
                day=FIRST + timedelta(days=i), tag="sick", value=value, text="", source="whoop"
            ),
            st.integers(0, 30),
            st.floats(0, 9),
        ),
        unique_by=lambda e: e.day,
        max_size=5,
    ),
    st.lists(
        st.builds(
            lambda i, strain: Workout(
                day=FIRST,
                start_at=START + timedelta(days=i),
                end_at=START + timedelta(days=i, hours=1),
                name="run",
                source="whoop",
                strain=strain,
            ),
            st.integers(0, 30),
            st.none() | st.floats(0, 21),
        ),
        unique_by=lambda w: w.start_at,
        max_size=5,
    ),
)


@given(exports)
def test_importing_again_changes_nothing(export: Reading) -> None:
    """The second time every value is known, and no row is written."""
    stored = StoredRows((), (), ())
    first = planned(stored, export)
    again = planned(stored, export)
    n = len(export.measurements) + len(export.journal) + len(export.workouts)
    assert counts(first) == (n, 0, 0)
    assert counts(again) == (0, 0, n)
    assert (again[0].measurements, again[0].journal, again[0].workouts) == ((), (), ())


@given(exports, exports)
def test_newer_export_wins_and_nothing_is_lost(old: Reading, new: Reading) -> None:
    """After both, every value of the newer stands, and of the older what the newer left alone."""
    stored = known(old)
    plans = planned(stored, new, force=True)
    merged = {(m.day, m.metric): m for m in (*old.measurements, *new.measurements)}
    assert {(m.day, m.metric): m for m in stored.measurements.values()} == merged
    written = {(m.day, m.metric) for p in plans for m in p.measurements}
    before = {(m.day, m.metric): m for m in old.measurements}
    assert written == {key for key, m in merged.items() if before.get(key) != m}


@given(exports, exports)
def test_every_row_is_counted_once(old: Reading, new: Reading) -> None:
    """New, revised and unchanged add up to what the file holds."""
    plans = planned(known(old), new, force=True)
    n = len(new.measurements) + len(new.journal) + len(new.workouts)
    assert sum(counts(plans)) == n


def test_of_two_exports_given_together_the_newer_wins_in_any_order() -> None:
    """A vendor scores nights again; the export that goes on longer is the later one."""
    old, new = reading(*nights(60, 71)), reading(*nights(60, 73, 66))
    for order in ((old, new), (new, old)):
        stored = StoredRows((), (), ())
        plans = planned(stored, *order)
        assert [m.value for _, m in sorted(stored.measurements.items())] == [60, 73, 66]
        assert [p.n_new for p in plans] == [3 if file is new else 0 for file in order]
        assert counts(planned(stored, *order)) == (0, 0, 3)


def test_a_file_without_hours_does_not_take_away_those_known() -> None:
    """A recovery imported again without its sleep is the same night, not a revised one."""
    night_in_bed = night(0, 60)._replace(start_at=START - timedelta(hours=8), end_at=START)
    stored = known(reading(night_in_bed))
    assert counts(planned(stored, reading(night(0, 60)))) == (0, 0, 1)
    assert counts(planned(stored, reading(night(0, 61)))) == (0, 1, 0)
    assert counts(planned(stored, reading(night_in_bed._replace(value=61)))) == (0, 1, 0)


def test_cycles_win_over_sleeps_in_any_order() -> None:
    """Where two files of one export speak of one value the cycles are believed."""
    cycles, sleeps = reading(night(0, 60)), reading(night(0, 99), night(1, 70), kind="sleeps")
    for order in ((cycles, sleeps), (sleeps, cycles)):
        stored = StoredRows((), (), ())
        plans = planned(stored, *order)
        assert [p.kind for p in plans] == ["cycles", "sleeps"]
        assert sorted(m.value for m in stored.measurements.values()) == [60, 70]
        assert counts(plans) == (2, 0, 0)


def test_export_of_another_person_is_refused_and_nothing_is_planned() -> None:
    """Most shared nights disagree: the message counts them and says what to do."""
    stored = known(reading(*nights(60, 62, 58, 65, 61, 70)))
    before = dict(stored.measurements)
    with pytest.raises(DataError, match="another person's export: 5 of 6 nights") as caught:
        planned(stored, reading(*nights(60, 92, 98, 35, 31, 40)))
    assert "--subject" in caught.value.hint
    assert "--force" in caught.value.hint
    assert stored.measurements == before


def test_export_of_another_person_can_be_forced_and_is_still_warned_of() -> None:
    """Insisting is possible, and leaves a trace in the report."""
    stored = known(reading(*nights(60, 62, 58, 65, 61)))
    (done,) = planned(stored, reading(*nights(90, 92, 98, 35, 31)), force=True)
    assert done.n_revised == 5
    assert "another person's" in done.warnings[0]


@pytest.mark.parametrize(
    "values",
    [
        (90, 92, 98, 35),  # four shared nights are too few to tell
        (60, 62, 98, 35, 61, 70),  # two of six: the vendor scored them again
        (62, 64, 60, 67, 63, 72),  # every one, by a few percent
    ],
)
def test_vendor_scoring_again_is_no_other_person(values: tuple[float, ...]) -> None:
    """Small or few differences revise without a word."""
    stored = known(reading(*nights(60, 62, 58, 65, 61, 70)))
    (done,) = planned(stored, reading(*nights(*values)))
    assert done.n_revised > 0
    assert done.warnings == ()


PROBLEM = Problem(file="cycles.csv", line=7, column="HRV", value="abc", why="not a number")


def test_faulty_file_is_refused_with_every_fault() -> None:
    """Nothing of the export is planned; file, line, column and value stand in the problems."""
    sound, faulty = reading(night(0, 60)), reading(night(1, 61), kind="sleeps", problems=(PROBLEM,))
    stored = StoredRows((), (), ())
    with pytest.raises(DataError, match=r"1 fault in cycles\.csv") as caught:
        planned(stored, sound, faulty)
    assert caught.value.problems == ("cycles.csv, line 7: HRV 'abc': not a number",)
    assert stored.measurements == {}


def test_many_faults_are_cut_short() -> None:
    """A file of another kind does not fill the screen."""
    problems = tuple(replace(PROBLEM, line=i) for i in range(100))
    with pytest.raises(DataError, match="100 faults") as caught:
        planned(StoredRows((), (), ()), reading(problems=problems))
    assert len(caught.value.problems) == 21
    assert caught.value.problems[-1] == "and 80 more"


def test_faulty_rows_can_be_left_out_and_are_counted() -> None:
    """With `--skip-faulty` the sound rows come in and the report says how many did not."""
    export = reading(night(0, 60), problems=(PROBLEM, PROBLEM), skipped={"no sleep": 3})
    (done,) = planned(StoredRows((), (), ()), export, skip_faulty=True)
    assert (done.n_new, done.skipped) == (1, {"no sleep": 3, "faulty": 2})


def test_report_is_about_the_file_and_holds_no_value() -> None:
    """The line kept with the run counts; the health data itself stays in the store."""
    (done,) = planned(StoredRows((), (), ()), reading(*nights(60, 61), unknown_columns=("X",)))
    report = done.report()
    assert not hasattr(report, "measurements")
    assert (report.first_day, report.last_day) == (FIRST, FIRST + timedelta(days=1))
    assert (report.n_rows, report.unknown_columns) == (2, ("X",))


def test_empty_export_changes_nothing() -> None:
    """A file with a header alone is no fault and has no days."""
    (done,) = planned(StoredRows((), (), ()), reading())
    assert counts([done]) == (0, 0, 0)
    assert (done.first_day, done.last_day) == (None, None)


def test_an_answer_may_be_called_as_a_metric_is() -> None:
    """A journal that asks for steps does not hide the steps that were counted."""
    steps = night(0, 9000, Metric.STEPS)
    asked = JournalEntry(day=FIRST, tag="steps", value=1, text="Walked?", source="whoop")
    (done,) = planned(StoredRows((), (), ()), reading(steps, journal=(asked,)))
    assert (done.n_new, done.n_days, done.measurements, done.journal) == (2, 1, (steps,), (asked,))


typed = st.lists(
    st.builds(
        lambda i, text: TypedNote(
            day=FIRST + timedelta(days=i), text=text, written_at=START, batch=1
        ),
        st.integers(0, 2),
        st.sampled_from(["sick", "two beers", ""]),
    ),
    max_size=8,
)


@given(typed, typed)
def test_notes_are_kept_as_often_as_the_one_who_has_more_of_them_typed(
    here: list[TypedNote], there: list[TypedNote]
) -> None:
    """A text typed twice for a day is two notes; what is here already is not doubled."""
    stored = StoredRows((), (), (), here)
    (done,) = planned(stored, reading(notes=tuple(there)))
    (again,) = planned(stored, reading(notes=tuple(there)))
    told = [
        Counter((n.day, n.text) for n in notes) for notes in ([*here, *done.notes], here, there)
    ]
    assert told[0] == told[1] | told[2]
    assert (done.n_new, done.n_unchanged) == (len(done.notes), len(there) - len(done.notes))
    assert (again.notes, again.n_unchanged) == ((), len(there))


FAULT = Problem(file="x", line=1, column="hrv", value="?", why="not a number")


def whole(*measurements: Measurement, **more) -> Reading:
    """A file into which the vendor puts every night."""
    return reading(*measurements, is_whole=True, **more)


def test_night_its_vendor_no_longer_has_is_withdrawn() -> None:
    """Between the first and the last day of a whole file, of its metrics and its source alone."""
    strain = night(2, 9.0, Metric.STRAIN)
    other = night(2, 60.0)._replace(source="oura")
    stored = StoredRows([*nights(50, 51, 52, 53, 54), strain, other])
    (done,) = planned(stored, whole(night(1, 51), night(3, 53)))
    assert done.withdrawn == ((night(2, 52).day, Metric.HRV_RMSSD_MS, "whoop"),)
    assert (done.n_withdrawn, counts([done])) == (1, (0, 0, 2))
    (again,) = planned(stored, whole(night(1, 51), night(3, 53)))
    assert again.withdrawn == ()


@pytest.mark.parametrize(
    "files",
    [
        (reading(night(1, 51), night(3, 53)),),
        (whole(night(1, 51), night(3, 53)), reading(night(2, 52), kind="sleeps")),
        (whole(night(1, 51), night(3, 53), problems=(FAULT,)),),
    ],
    ids=["part of the nights", "another file has it", "rows left out"],
)
def test_night_that_may_be_elsewhere_stays(files: tuple[Reading, ...]) -> None:
    """Only a whole and sound file shows that a night is gone."""
    done = planned(StoredRows(nights(50, 51, 52, 53, 54)), *files, skip_faulty=True)
    assert [plan.withdrawn for plan in done] == [()] * len(files)


def answer(tag: str, question: str, source: str = "whoop") -> JournalEntry:
    """A yes to a vendor's question."""
    return JournalEntry(day=FIRST, tag=tag, value=1, text=question, source=source)


def answers(*entries: JournalEntry, **more) -> Reading:
    """A journal that holds them."""
    return reading(kind="journal", journal=entries, **more)


def test_answer_read_under_a_new_tag_supersedes_that_of_the_old_one() -> None:
    """Where a question gets another tag, after another import only the new one stands."""
    old = answer("took_magnesium", "Took magnesium?")
    new = answer("magnesium", "Took magnesium?")
    stored = StoredRows(journal=[old])
    (done,) = planned(stored, answers(new))
    assert done.journal == (new,)
    assert done.superseded == ((FIRST, "took_magnesium", "whoop"),)
    assert (done.n_new, done.n_withdrawn) == (1, 1)
    (again,) = planned(stored, answers(new))
    assert (again.superseded, again.n_unchanged) == ((), 1)


def test_both_old_tags_go_where_two_questions_are_now_one() -> None:
    """The question whose answer was not chosen is answered by the file as well."""
    old = [answer("magnesium", "Magnesium?"), answer("took_magnesium", "Took magnesium?")]
    answered = frozenset((FIRST, one.text) for one in old)
    new = answer("magnesium", "Magnesium?")
    (done,) = planned(StoredRows(journal=old), answers(new, answered=answered))
    assert done.superseded == ((FIRST, "took_magnesium", "whoop"),)
    assert done.n_unchanged == 1


@pytest.mark.parametrize(
    "kept",
    [
        answer("sauna", "Used a sauna?"),
        answer("took_magnesium", "Took magnesium?", source="me"),
        replace(answer("took_magnesium", "Took magnesium?"), day=FIRST + timedelta(days=1)),
    ],
    ids=["another question", "another source", "another day"],
)
def test_answer_the_file_does_not_repeat_stays(kept: JournalEntry) -> None:
    """A file says nothing about questions, days and sources that are not in it."""
    (done,) = planned(StoredRows(journal=[kept]), answers(answer("magnesium", "Took magnesium?")))
    assert done.superseded == ()
