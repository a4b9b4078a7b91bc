"""Dataclasses become JSON and come back as they were."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrvctl.records import Forecast, Metric
from hrvctl.store.json_values import FieldFault, plain, read_value


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    """A nested value."""

    n: int
    share: float | None = None
    n_with: int | None = field(default=None, metadata={"json_key": "with", "omit_none": True})


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """One field of each kind that an artifact has."""

    day: date
    at: datetime
    metric: Metric
    light: Literal["green", "red"]
    is_live: bool
    texts: tuple[str, ...]
    inner: tuple[Inner, ...]
    by_level: Mapping[float, float]
    by_name: Mapping[str, tuple[Inner, ...]]
    maybe: Inner | None
    constant: str | int | float
    effect: float = field(metadata={"json_key": "effect_ms"})


floats = st.floats(-1e6, 1e6).map(lambda value: round(value, 6))
inner = st.builds(
    Inner, n=st.integers(), share=st.none() | floats, n_with=st.none() | st.integers()
)
whole = st.builds(
    Whole,
    day=st.dates(),
    at=st.datetimes(timezones=st.just(UTC)),
    metric=st.sampled_from(Metric),
    light=st.sampled_from(["green", "red"]),
    is_live=st.booleans(),
    texts=st.lists(st.text()).map(tuple),
    inner=st.lists(inner, max_size=3).map(tuple),
    by_level=st.dictionaries(floats, floats, max_size=3),
    by_name=st.dictionaries(st.text(), st.lists(inner, max_size=2).map(tuple), max_size=2),
    maybe=st.none() | inner,
    constant=st.text() | st.integers() | floats,
    effect=floats,
)


@given(whole)
def test_a_dataclass_that_was_written_is_read_back_equal(value: Whole) -> None:
    """Every kind of field, through JSON text."""
    text = json.dumps(plain(value), allow_nan=False)
    assert read_value(Whole, json.loads(text)) == value


def test_dates_nan_and_keys_become_what_json_knows() -> None:
    """Dates are ISO text, NaN is null, keys are text, numbers have six decimals."""
    value = {
        "at": datetime(2026, 3, 9, 8, tzinfo=UTC),
        "day": date(2026, 3, 9),
        "path": Path("/a/b"),
        Metric.STRAIN: [0.1234567891, (1, None), math.nan],
        0.5: True,
    }
    assert plain(value) == {
        "at": "2026-03-09T08:00:00+00:00",
        "day": "2026-03-09",
        "path": "/a/b",
        "strain": [0.123457, [1, None], None],
        "0.5": True,
    }


plain_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.dates() | st.floats(-1e9, 1e9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(plain_values)
def test_plain_is_valid_json_and_stays_as_it_is(value: object) -> None:
    """What was plain before is not changed again."""
    once = plain(value)
    assert json.loads(json.dumps(once, allow_nan=False)) == once
    assert plain(once) == once


def test_a_key_can_differ_from_the_fields_name_and_be_left_out() -> None:
    """Keys of files that exist stay as they are when a field is renamed."""
    assert plain(Inner(n=1)) == {"n": 1, "share": None}
    assert plain(Inner(n=1, n_with=2)) == {"n": 1, "share": None, "with": 2}


def test_a_forecast_has_the_ends_of_its_intervals_by_name() -> None:
    """Beside the quantiles; a file without them, as older ones are, is read all the same."""
    forecast = Forecast(
        target=date(2026, 3, 10),
        horizon_days=1,
        source="ses",
        mean_ms=60.0,
        quantiles_ms={0.1: 50.0, 0.5: 60.0, 0.9: 72.0},
    )
    written = plain(forecast)
    ends = {name: written.pop(name) for name in list(written)[-4:]}
    assert ends == {"low_80_ms": 50.0, "high_80_ms": 72.0, "low_95_ms": None, "high_95_ms": None}
    assert read_value(Forecast, written) == read_value(Forecast, {**written, **ends}) == forecast


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"day": "2026-13-01"}, "day: '2026-13-01' is not a date"),
        ({"day": 7}, "day: 7 is not text"),
        ({"metric": "spleen"}, "metric: 'spleen' is not a Metric"),
        ({"light": "blue"}, "light: 'blue' is not 'green' or 'red'"),
        ({"is_live": 1}, "is_live: 1 is not of type bool"),
        ({"texts": "x"}, "texts: 'x' is not a list"),
        ({"texts": ["x", None]}, r"texts\[1\]: None is not of type str"),
        ({"inner": [{"n": True}]}, r"inner\[0\].n: True is not of type int"),
        ({"inner": [{}]}, r"inner\[0\].n: the field is missing"),
        ({"by_level": {"x": 1.0}}, "by_level: the key 'x' is not a float"),
        ({"by_level": {"0.5": None}}, "by_level.0.5: None is not a number"),
        ({"by_level": []}, r"by_level: \[\] is not an object"),
        ({"maybe": 3}, "maybe: 3 is not an object"),
        ({"effect_ms": True}, "effect_ms: True is not a number"),
    ],
)
def test_a_value_that_does_not_fit_names_the_field(change: dict[str, object], fault: str) -> None:
    """The path to it, what stands there, and what should."""
    sound = {
        "day": "2026-03-09",
        "at": "2026-03-09T08:00:00+00:00",
        "metric": "strain",
        "light": "green",
        "is_live": True,
        "texts": [],
        "inner": [],
        "by_level": {},
        "by_name": {},
        "maybe": None,
        "constant": 1,
        "effect_ms": 1,
    }
    assert read_value(Whole, sound).effect == 1.0
    with pytest.raises(FieldFault, match=fault):
        read_value(Whole, {**sound, **change})
