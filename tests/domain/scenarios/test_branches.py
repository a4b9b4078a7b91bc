"""Branches are read as they are written, or refused by name; they change one day and no other."""

import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrvctl.domain.scenarios.branches import (
    ALIASES,
    BASE,
    HRV,
    Branch,
    answered,
    changed,
    check_values,
    parse_branch,
    parse_branches,
)
from hrvctl.domain.series import History
from hrvctl.errors import DataError, UsageError
from hrvctl.records import PLAUSIBLE, JournalEntry, Metric

NAN = math.nan
FIRST = date(2026, 1, 1)
NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}", fullmatch=True)
TAGS = st.sampled_from(["alcohol", "sick", "late_meal", "magnesium"])
# Ordinary metrics: HRV is spoken of by itself.
MEASURED = sorted(set(PLAUSIBLE) - {Metric.HRV_RMSSD_MS, Metric.HRV_SDNN_MS})


def past(hrv=(60.0, NAN, 55.0, 58.0, 61.0), **journal) -> History:
    """Days from the first of January on."""
    return History(
        first=FIRST,
        metric=Metric.HRV_RMSSD_MS,
        measured_by="made",
        hrv=tuple(hrv),
        measured={Metric.STRAIN: tuple(10.0 + i for i in range(len(hrv)))},
        journal={tag: tuple(values) for tag, values in journal.items()},
    )


def same(one, other) -> bool:
    """Equal columns; missing is missing."""
    return np.array_equal(np.array(one, float), np.array(other, float), equal_nan=True)


def test_every_kind_of_change_is_read():
    """Model, agent, profile, window, bedtime, measurements by name and alias, the journal."""
    text = (
        "all:model=ses, agent=llm,profile=plews,window=90,bedtime=01:30,strain=12,sleep_min=480,"
        "rhr=52,hrv=60,skin-temp_c=none,Alcohol=3,sick=yes,late meal=no,caffeine=,stress=none"
    )
    branch = parse_branch(text)
    assert (branch.model, branch.agent, branch.profile) == ("ses", "llm", "plews")
    assert (branch.window_days, branch.bedtime) == (90, "01:30")
    measured = {k: v for k, v in branch.measured.items() if not math.isnan(v)}
    assert measured == {"strain": 12, "asleep_min": 480, "resting_hr_bpm": 52, "hrv": 60}
    said = {k: v for k, v in branch.journal.items() if not math.isnan(v)}
    assert said == {"alcohol": 3, "sick": 1, "late_meal": 0}
    missing = {k for k, v in branch.values.items() if math.isnan(v)}
    assert missing == {"skin_temp_c", "caffeine", "stress"}
    assert branch.changes[:2] == ("model=ses", "agent=llm")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("dry", "no change"),
        ("dry alcohol=0", "no change"),
        (":alcohol=0", "plain word"),
        ("two words:alcohol=0", "plain word"),
        ("../up:alcohol=0", "plain word"),
        ("ünlich:alcohol=0", "plain word"),
        ("x" * 33 + ":alcohol=0", "plain word"),
        ("dry:", "not a change"),
        ("dry:alcohol", "not a change"),
        ("dry:alcohol=0,", "not a change"),
        ("dry:=3", "not a change"),
        ("dry:9lives=3", "not a change"),
        ("dry:alcohol=some", "not a number"),
        ("dry:alcohol=-1", "zero or more"),
        ("dry:alcohol=nan", "not a number"),
        ("dry:alcohol=inf", "not a number"),
        ("dry:strain=yes", "not a number"),
        ("dry:alcohol=1,alcohol=2", "alcohol twice"),
        ("dry:sleep_min=1,asleep_min=2", "asleep_min twice"),
        ("dry:model=", "no value"),
        ("dry:window=0", "whole days"),
        ("dry:window=7.5", "whole days"),
        ("dry:window=٣", "whole days"),
        ("dry:bedtime=25:00", "not a time"),
        ("dry:bedtime=11pm", "not a time"),
    ],
)
def test_what_cannot_be_read_is_a_fault_of_that_branch(text, why):
    """Each says which branch and what is wrong; none is guessed at."""
    with pytest.raises(UsageError, match=why) as caught:
        parse_branches(["fine:alcohol=1", text])
    assert repr(text.partition(":")[0]) in caught.value.message or repr(text) in (
        caught.value.message
    )


@pytest.mark.parametrize("texts", [["a:x=1", "a:x=2"], ["Dry:x=1", "dry:x=2"], ["base:x=1"]])
def test_a_name_is_there_once(texts):
    """Also where case alone tells two folders apart; the base has its own."""
    with pytest.raises(UsageError, match=r"branch '(a|dry|base)' is"):
        parse_branches(texts)


def test_the_base_comes_first_and_changes_nothing():
    """Every branch is held against the evening as it was."""
    base, dry = parse_branches(["dry:alcohol=0"])
    assert (base, dry.name) == (Branch(name=BASE), "dry")
    assert changed(past(), base) == past()
    assert parse_branches([]) == (base,)


@given(
    name=NAMES,
    measured=st.dictionaries(st.sampled_from(MEASURED), st.floats(0, 1)),
    journal=st.dictionaries(TAGS, st.floats(0, 1e6)),
)
def test_what_is_written_is_what_is_read(name, measured, journal):
    """Any plain name, any measurements inside their range, any amounts."""
    values = {
        m: PLAUSIBLE[m].low + f * (PLAUSIBLE[m].high - PLAUSIBLE[m].low)
        for m, f in measured.items()
    }
    parts = [f"{key}={value!r}" for key, value in {**values, **journal}.items()]
    if not parts:
        return
    branch = parse_branch(f"{name}:{','.join(parts)}")
    assert branch.name == name
    assert (branch.measured, branch.journal) == (values, journal)
    check_values(branch, Metric.HRV_RMSSD_MS)


@given(metric=st.sampled_from(MEASURED), above=st.booleans())
def test_a_value_no_person_can_have_is_refused(metric, above):
    """Just outside the range of what wearables have measured, on either side."""
    low, high = PLAUSIBLE[metric]
    value = high + 0.5 if above else low - 0.5
    branch = parse_branch(f"odd:{metric}={value}")
    with pytest.raises(DataError, match=f"{metric}=.* is not a value"):
        check_values(branch, Metric.HRV_RMSSD_MS)


def test_hrv_is_the_metric_that_is_measured():
    """RMSSD is never set where SDNN is measured; plain hrv is whichever it is."""
    with pytest.raises(DataError, match="not the HRV metric"):
        check_values(parse_branch("x:hrv_sdnn_ms=60"), Metric.HRV_RMSSD_MS)
    by_metric = changed(past(), parse_branch("x:hrv_rmssd_ms=44"))
    assert by_metric == changed(past(), parse_branch("x:hrv=44"))
    assert by_metric.hrv[-1] == 44
    with pytest.raises(DataError, match="hrv=500"):
        changed(past(), parse_branch("x:hrv=500"))


@given(
    alcohol=st.floats(0, 20), strain=st.floats(0, 21), tag=TAGS, hrv=st.none() | st.floats(1, 400)
)
def test_nothing_but_the_last_day_is_changed(alcohol, strain, tag, hrv):
    """Whatever is said of the evening's day, every day before it stays as it was."""
    before = past(alcohol=(1.0, 0.0, NAN, 2.0, NAN))
    text = f"x:{tag}={alcohol!r},strain={strain!r}"
    after = changed(before, parse_branch(text if hrv is None else f"{text},hrv={hrv!r}"))
    assert (after.first, len(after)) == (before.first, len(before))
    assert same(after.hrv[:-1], before.hrv[:-1])
    assert after.hrv[-1] == (before.hrv[-1] if hrv is None else hrv)
    assert after.measured[Metric.STRAIN] == (*before.measured[Metric.STRAIN][:-1], strain)
    assert after.journal[tag][-1] == alcohol
    known = before.journal.get(tag, (NAN,) * len(before))
    assert same(after.journal[tag][:-1], known[:-1])


@given(days=st.integers(1, 12))
def test_a_window_leaves_the_last_days_alone(days):
    """Its first day is one with a night, its last the evening; all columns are as long."""
    before = past(hrv=(60.0, NAN, NAN, 55.0, 58.0, NAN, 61.0, 59.0), sick=(0.0,) * 8)
    after = changed(before, parse_branch(f"short:window={days}"))
    assert after.last == before.last
    assert after.first >= before.first + timedelta(days=max(len(before) - days, 0))
    assert not math.isnan(after.hrv[0])
    assert same(after.hrv, before.hrv[len(before) - len(after) :])
    columns = [*after.measured.values(), *after.journal.values()]
    assert {len(column) for column in columns} == {len(after)}


def test_a_window_without_a_night_is_an_empty_past():
    """It still stands on the same evening; and a night put on it is its only one."""
    before = past(hrv=(60.0, 58.0, NAN))
    empty = changed(before, parse_branch("x:window=1,alcohol=3"))
    assert (len(empty), empty.last) == (0, before.last)
    alone = changed(before, parse_branch("x:window=1,hrv=50"))
    assert (alone.hrv, alone.first) == ((50.0,), before.last)
    assert changed(empty, parse_branch("x:alcohol=3")) == empty


def test_the_journal_of_the_day_says_what_the_branch_says():
    """Its answers stand in place of those of every source; other tags and days stay."""
    day, before = FIRST, FIRST - timedelta(days=1)

    def entry(day, tag, value, source="user"):
        return JournalEntry(day=day, tag=tag, value=value, text="x", source=source)

    entries = [
        entry(before, "alcohol", 1),
        entry(day, "alcohol", 1),
        entry(day, "alcohol", 1, "whoop"),
        entry(day, "sick", 0),
        entry(day, "stress", 1),
    ]
    branch = parse_branch("x:alcohol=3,stress=none")
    said = {(e.day, e.tag, e.value) for e in answered(entries, branch, day=day)}
    assert said == {(before, "alcohol", 1), (day, "sick", 0), (day, "alcohol", 3)}
    assert answered(entries, Branch(name=BASE), day=day) == tuple(entries)


def test_an_alias_is_a_metric():
    """What people write leads to a metric there is; plain hrv is none of its own."""
    assert all(alias not in set(Metric) for alias in (*ALIASES, HRV))
    assert set(ALIASES.values()) <= set(Metric)
