"""Each vendor by its own interface: the nights it gives are the nights that are stored."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import TODAY, Result
from hrvctl.network.vendor_description import Description, Endpoint
from hrvctl.network.vendor_records import is_wanted, night_of, updated_at
from hrvctl.network.vendors import DESCRIPTIONS
from hrvctl.records import Metric
from hrvctl.records.choices import Vendor
from hrvctl.store.connections import ConnectionFile
from hrvctl.store.database import open_store
from hrvctl.store.home import Home
from hrvctl.store.measurements import load_measurements
from vendors.fake import KEY, FakeVendor

Hrvctl = Callable[..., Result]
FIRST = TODAY - timedelta(days=90)
KEYED = (Vendor.INTERVALS, Vendor.GARMIN)


@pytest.fixture(params=list(Vendor))
def connected(
    request: pytest.FixtureRequest,
    vendor: FakeVendor,
    say: Hrvctl,
    sign_in: Callable[..., None],
) -> Vendor:
    """A home that is connected to each vendor in turn, with fifty nights there."""
    name: Vendor = request.param
    vendor.nights |= {TODAY - timedelta(days=n): (60.0, 50) for n in range(30, 50)}
    vendor.is_rotating = bool((way := DESCRIPTIONS[name].oauth) and way.is_single_use)
    if name in KEYED:
        assert say("connect", name, "--address", vendor.url, stdin=f"{KEY}\n").code == 0
    else:
        sign_in(name)
    vendor.asked.clear()
    return name


def test_the_nights_are_those_of_the_vendor(
    hrvctl: Hrvctl, connected: Vendor, vendor: FakeVendor
) -> None:
    """Every day its own HRV; Polar gives 28 days and no more; the next pull has no news."""
    assert hrvctl("pull").code == 0
    done = hrvctl("morning", "--json")
    assert done.data["hrv_ms"] == vendor.nights[TODAY][0]
    n = 28 if connected is Vendor.POLAR else 50
    status = hrvctl("status", "--json").data
    assert (status["n_nights"], status["last_night"]) == (n, str(TODAY))
    assert f"newest night {TODAY}" in status["connections"][0]["finding"]
    assert {one.method for one in vendor.asked} <= {"GET", "POST"}
    assert hrvctl("pull").code == 4
    # A person who is known to their app already is no fault.
    assert [hrvctl("connect", "test", connected).code for _ in range(2)] == [0, 0]


def test_the_heart_rate_of_the_day_comes_with_the_nights(
    hrvctl: Hrvctl, connected: Vendor, vendor: FakeVendor, home: Home
) -> None:
    """Where the vendor gives one, for it is worth most of all that an evening knows."""
    hrvctl("pull")
    hrvctl("morning")
    with open_store(home, write=False) as store:
        found = {
            m.value
            for m in load_measurements(store, "me")
            if (m.day, m.metric) == (TODAY, Metric.WAKING_HR_BPM)
        }
    if connected is Vendor.WHOOP:  # the mean of the running cycle, without its sleep
        (bpm,) = found
        assert 66 < bpm < 80
    else:
        has_any = connected in (Vendor.OURA, Vendor.GARMIN, Vendor.POLAR)
        assert found == ({62.0} if has_any else set())
    assert vendor.asked


def test_access_that_ended_is_renewed(
    hrvctl: Hrvctl, connected: Vendor, vendor: FakeVendor, home: Home
) -> None:
    """Two days later, by whatever the vendor gives for it; a key alone needs nothing."""
    vendor.now = lambda: datetime.fromisoformat("2026-03-12T19:00Z")
    vendor.nights[TODAY + timedelta(days=2)] = (77.0, 50)
    assert hrvctl("pull", on=TODAY + timedelta(days=2)).code == 0
    later = hrvctl("morning", "--json", on=TODAY + timedelta(days=2))
    assert later.data["hrv_ms"] == 77.0
    connection = ConnectionFile(home, "me", connected).load()
    assert connection is not None
    assert connection.renewing_since is None
    if connected not in KEYED:
        assert connection.tokens is not None
        assert connection.tokens.refresh == vendor.refresh


def addresses(described: Description) -> list[str]:
    """Every address of a vendor."""
    way = described.oauth
    return [described.base_url, *((way.authorize_url, *way.token_urls) if way else ())]


@pytest.mark.parametrize("described", DESCRIPTIONS.values(), ids=list(DESCRIPTIONS))
def test_every_address_is_https(described: Description) -> None:
    """And there is a night, a way to it, and a next page only where there are pages."""
    assert all(address.startswith("https://") for address in addresses(described))
    assert any(endpoint.night for endpoint in described.endpoints)
    assert described.steps
    assert bool(described.next_name) == bool(described.token_name)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
    | st.dates().map(str) | st.datetimes().map(str),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["year", "month", "day", "date"]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@st.composite
def records(draw: st.DrawFn, endpoint: Endpoint) -> dict[str, Any]:
    """A record with anything at all in the fields that a pull looks at."""
    record: dict[str, Any] = {}
    for path in {endpoint.day, endpoint.night, endpoint.offset, endpoint.updated, "nap"} - {""}:
        *outer, last = path.split(".")
        inner = record
        for name in outer:
            inner = inner.setdefault(name, {})
            if not isinstance(inner, dict):
                break
        else:
            inner[last] = draw(ANYTHING)
    return record


@pytest.mark.parametrize("described", DESCRIPTIONS.values(), ids=list(DESCRIPTIONS))
@given(data=st.data())
def test_whatever_a_vendor_puts_into_a_field_is_no_crash(
    described: Description, data: st.DataObject
) -> None:
    """A night is a day of the calendar or none."""
    endpoint = data.draw(st.sampled_from(described.endpoints))
    record = data.draw(records(endpoint))
    assert is_wanted(endpoint, record, FIRST, TODAY) in (True, False)
    assert isinstance(night_of(endpoint, record), date | None)
    assert isinstance(updated_at(endpoint, record), str)
