"""Pages of a vendor: in any order, repeated, overlapping, empty, and their end said in any way."""

import json
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest

from hrvctl.network.http import RequestFailed
from hrvctl.network.vendor_api import VendorApi
from hrvctl.network.vendors import DESCRIPTIONS
from hrvctl.records.choices import Vendor
from network.endpoint import sends, serving

DAY = date(2026, 3, 10)
JSON = "application/json"


def sleep(n: int, updated: str = "2026-03-10T06:00:00.000Z", **more: object) -> dict[str, Any]:
    """A record of WHOOP's."""
    return {"id": n, "updated_at": updated, "end": "2026-03-10T04:30:00.000Z", **more}


def fetched(*pages: object) -> list[dict[str, Any]]:
    """What is read of an answer with these pages, as JSON or as bytes."""
    bodies = [page if isinstance(page, bytes) else json.dumps(page).encode() for page in pages]
    with serving(*(sends(200, body, content_type=JSON) for body in bodies)) as endpoint:
        described = DESCRIPTIONS[Vendor.WHOOP].at(endpoint.url)
        api = VendorApi(
            vendor=described,
            headers=lambda _: {},
            deadline=time.monotonic() + 20,
            clock=lambda: datetime(2026, 3, 10, tzinfo=UTC),
        )
        (sleeps,) = (one for one in described.endpoints if one.kind == "sleep")
        return api.fetch(sleeps, DAY, DAY)


def page(records: Sequence[object], then: str = "") -> dict[str, object]:
    """One page, and the token of the next."""
    return {"records": records} | ({"next_token": then} if then else {})


@pytest.mark.parametrize("end", [{}, {"next_token": None}, {"next_token": ""}])
def test_the_end_is_said_in_any_way(end: dict[str, object]) -> None:
    """No token, nothing, or an empty one."""
    assert fetched(page([sleep(1)], then="a"), page([sleep(2)]) | end) == [
        sleep(1),
        sleep(2),
    ]


def test_an_empty_page_with_a_token_is_not_the_end() -> None:
    """The data come after it, whether it has a list or not."""
    assert fetched(page([], then="a"), {"next_token": "b"}, page([sleep(1)])) == [sleep(1)]


def test_a_record_of_two_pages_is_there_once_and_is_the_newer() -> None:
    """Whichever comes first; of the same age the one read later."""
    new, old = sleep(1, "2026-03-10T09:00:00.000Z", score=2), sleep(1, score=1)
    for first, second in ((new, old), (old, new)):
        assert fetched(page([first], then="a"), page([second])) == [new]
    assert fetched(page([sleep(1, score=1)], then="a"), page([sleep(1, score=2)])) == [
        sleep(1, score=2)
    ]


@pytest.mark.parametrize("tokens", [["a", "a"], ["a", "b", "a"]], ids=["itself", "back"])
def test_a_token_that_leads_in_circles_is_an_error(tokens: list[str]) -> None:
    """Instead of asking for ever."""
    with pytest.raises(RequestFailed, match="repeats its pages without end"):
        fetched(*(page([sleep(n)], then=token) for n, token in enumerate(tokens)))


@pytest.mark.parametrize(
    ("body", "n"),
    [
        (b'{"records": [{"id": 1, "id": 2}]}', 1),
        (b'{"records": [{"id": 1, "note": "\\ud800"}]}', 1),
        (b'{"records": [null, 3, "x", [], {"id": 1}]}', 1),
        (b'{"records": null}', None),
        (b'{"records": {"id": 1}}', None),
        (b'{"records": [{"id": Infinity}]}', None),
        (b"[" * 100_000, None),
        (b'{"records": [{"id": ' + b"9" * 5000 + b"}]}", None),
        (b"\xff\xfe{}", None),
    ],
    ids=["twice", "half a character", "no records", "null", "no list", "inf", "deep", "long", "?"],
)
def test_json_that_is_another_than_described(body: bytes, n: int | None) -> None:
    """It is read where that is clear, and refused in a sentence where it is not."""
    if n is None:
        with pytest.raises(RequestFailed, match="the answer is not"):
            fetched(body)
    else:
        assert len(fetched(body)) == n
