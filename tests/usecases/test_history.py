"""A history is loaded with the evening's waking heart rate corrected for its hour."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrvctl.records import Measurement, Metric
from hrvctl.store.database import Store, open_store
from hrvctl.store.home import Home
from hrvctl.store.measurements import Imported, load_revisions, save_import, save_measurements
from hrvctl.usecases.history import Cut, load_history
from hrvctl.usecases.workspace import Evening

FIRST = date(2026, 3, 2)
N = 12
FILE = Imported(file="x.zip", source="fitbit", kind="heart_rate", n_new=1, n_revised=0)


def at(day: date, hour: float) -> datetime:
    """An hour of a day."""
    return datetime.combine(day, time(), UTC) + timedelta(hours=hour)


def save(store: Store, n: int, bpm: float, *, hour: float, seen_h: float) -> None:
    """Import day n's night and its waking heart rate up to an hour."""
    day = FIRST + timedelta(days=n)
    rows = [
        Measurement(day, Metric.HRV_RMSSD_MS, 50.0 + n, "fitbit", None, None),
        Measurement(day, Metric.WAKING_HR_BPM, bpm, "fitbit", at(day, 7), at(day, hour)),
        Measurement(day, Metric.WAKING_HR_BPM, 99.0, "oura", at(day, 7), at(day, hour)),
    ]
    number = save_import(store, "me", FILE, at=at(day, seen_h))
    save_measurements(store, "me", rows, import_id=number, at=at(day, seen_h))


@pytest.fixture
def lived(home: Home) -> Home:
    """Evenings at nine, 3 bpm above what the day had at its end, and a last one still running."""
    with open_store(home, write=True) as store, store.transaction():
        for n in range(N):
            save(store, n, 73.0 + n % 3, hour=21, seen_h=21.5)
            save(store, n, 70.0 + n % 3, hour=23, seen_h=45)
        save(store, N, 80.0, hour=21, seen_h=21.5)
    return home


def waking(store: Store, n: int, cut: Cut | None = None) -> tuple[float, ...]:
    """The waking heart rates known on the evening of day n."""
    evening = Evening("me", FIRST + timedelta(days=n), is_live=True)
    return load_history(store, evening, cut).measured[Metric.WAKING_HR_BPM]


def test_the_running_day_is_corrected_and_a_replay_of_it_equals_it(lived: Home) -> None:
    """By what was stored at that evening, whatever was imported later."""
    with open_store(lived, write=True) as store:
        live = waking(store, N)
        assert live == (*(70.0 + n % 3 for n in range(N)), pytest.approx(77.0))
        sealed = Cut(at(FIRST + timedelta(days=N), 21.6), is_sealed=True)
        save(store, N, 78.0, hour=23, seen_h=45)
        assert waking(store, N) == (*live[:-1], 78.0)
        assert waking(store, N, sealed) == live


def test_an_evening_before_ten_are_known_is_not_corrected(lived: Home) -> None:
    """The value as it was read."""
    with open_store(lived, write=False) as store:
        sealed = Cut(at(FIRST + timedelta(days=9), 21.6), is_sealed=True)
        assert waking(store, 9, sealed)[-1] == 73.0


@settings(max_examples=8, deadline=None)
@given(hour=st.floats(9 * 24 + 22, (N + 3) * 24))
def test_no_instant_sees_what_was_stored_later(
    tmp_path_factory: pytest.TempPathFactory, hour: float
) -> None:
    """A history cut at any instant is that of a home that ends there."""
    saves = [(n, 73.0 + n % 3, 21.0, 21.5) for n in range(N + 1)]
    saves += [(n, 70.0 + n % 3, 23.0, 45.0) for n in range(N + 1)]
    saves.sort(key=lambda one: one[0] * 24 + one[3])
    cut = Cut(at(FIRST, hour), is_sealed=True)
    found = []
    for until in (hour, float("inf")):
        home = Home(tmp_path_factory.mktemp("home"))
        with open_store(home, write=True) as store:
            with store.transaction():
                for n, bpm, end, seen in saves:
                    if n * 24 + seen <= until:
                        save(store, n, bpm, hour=end, seen_h=seen)
            as_of = min(N, int(hour // 24))
            found.append([waking(store, n, cut) for n in (as_of - 1, as_of)])
    assert found[0] == found[1]


def test_revisions_are_loaded_in_order_and_up_to_an_instant(lived: Home) -> None:
    """Each with when it was stored."""
    day = FIRST + timedelta(days=3)
    with open_store(lived, write=False) as store:
        found = load_revisions(store, "me", Metric.WAKING_HR_BPM, first=day, until=day)
        early = load_revisions(
            store, "me", Metric.WAKING_HR_BPM, first=day, until=day, seen_by=at(day, 22)
        )
    fitbit = [(m.value, m.end_at, seen_at) for m, seen_at in found if m.source == "fitbit"]
    assert fitbit == [(73.0, at(day, 21), at(day, 21.5)), (70.0, at(day, 23), at(day, 45))]
    assert [m.value for m, _ in early] == [73.0, 99.0]
