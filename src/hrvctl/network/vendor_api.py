"""Read a vendor's records: pages, windows, and what to do about each kind of bad answer."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from hrvctl.network.api_keys import is_this_machine
from hrvctl.network.http import FORM, HttpClient, RequestFailed, Response, host_of, http_date
from hrvctl.network.vendor_description import Description, Endpoint
from hrvctl.network.vendor_records import Json, updated_at, value_at
from hrvctl.network.wrapped_answers import unwrapped

# Longest that one request may take with its retries, seconds (own choice: longer than the minute
# after which vendors count requests anew).
REQUEST_S = 65.0
# Pauses before the second and third try, seconds (own choice).
PAUSES_S = (0.5, 2.0)
# After which a vendor counts requests anew, seconds (Withings: 120 a minute), and how often that is
# waited for (own choice).
MINUTE_S = 60.0
MAX_MINUTES = 2
# Largest page, bytes (own choice: a hundred times one of ninety days).
MAX_PAGE_BYTES = 32_000_000
# Most pages of one window (own choice: a vendor with more repeats itself).
MAX_PAGES = 500
# The statuses of a request that only the person can help: not signed in, not paid, not allowed.
REFUSED = frozenset({401, 402, 403})
# The statuses of a window that is too long.
TOO_LONG = frozenset({400, 422})


class Refused(RequestFailed):
    """The vendor refuses one list of records, or all of them; trying again does not help."""


@dataclass(frozen=True, kw_only=True)
class VendorApi:
    """A vendor's interface, as one person is let in.

    Attributes:
        vendor: Its description.
        headers: Returns the headers that let the person in; called with ``True`` after the vendor
            refused those it returned before.
        deadline: When to give up, on the clock of ``time.monotonic``, seconds.
        clock: Returns the time.
        sleep: Waits so many seconds.
        skews: Receives how far this machine's clock is ahead of the vendor's, seconds.
    """

    vendor: Description
    headers: Callable[[bool], Mapping[str, str]] = field(repr=False)
    deadline: float
    clock: Callable[[], datetime]
    sleep: Callable[[float], None] = time.sleep
    skews: list[float] = field(default_factory=list)

    def fetch(self, endpoint: Endpoint, first: date, last: date) -> list[Json]:
        """Read all records of a window, each once.

        Raises:
            Refused: The person is not let in.
            RequestFailed: There is no usable answer.
        """
        found: dict[str, Json] = {}
        for begin, end in windows(first, last, endpoint.max_days):
            for record in self._window(endpoint, begin, end):
                key = json.dumps([value_at(record, name) for name in endpoint.key] or record)
                rival = found.get(key)
                if rival is None or updated_at(endpoint, rival) <= updated_at(endpoint, record):
                    found[key] = record
        return list(found.values())

    def whoami(self) -> str:
        """Read who the person is, in the vendor's words.

        Raises:
            Refused: The person is not let in.
            RequestFailed: There is no usable answer.
        """
        self._register()
        content = self._get(self.vendor.whoami, self.vendor.whoami_query)
        return str(content.get(self.vendor.account, "")) if isinstance(content, dict) else ""

    def _register(self) -> None:
        """Make the person known to their own app, where the vendor wants that; twice is fine."""
        path, content = self.vendor.register
        if not path:
            return
        try:
            self._client(is_refused=False).post_json(
                self.vendor.base_url + path, dict(content), deadline=self._deadline()
            )
        except RequestFailed as error:
            if error.status != 409:  # they are known already
                raise

    def _window(self, endpoint: Endpoint, first: date, last: date) -> list[Json]:
        try:
            return list(self._pages(endpoint, first, last))
        except RequestFailed as error:
            if error.status not in TOO_LONG or first == last:
                raise
        middle = first + (last - first) // 2
        halves = ((first, middle), (middle + timedelta(days=1), last))
        return [record for half in halves for record in self._pages(endpoint, *half)]

    def _pages(self, endpoint: Endpoint, first: date, last: date) -> Iterator[Json]:
        path, query = request_of(endpoint, first, last)
        tokens: set[str] = set()
        for _ in range(MAX_PAGES):
            try:
                records, token = self._page(endpoint, self._get(path, query))
            except RequestFailed as error:
                if error.status == 404 and endpoint.is_single:
                    return
                raise
            yield from records
            if not token:
                return
            if token in tokens:
                break
            tokens.add(token)
            query = {**query, self.vendor.token_name: token}
        raise RequestFailed("the answer repeats its pages without end")

    def _page(self, endpoint: Endpoint, content: object) -> tuple[list[Json], str]:
        """The records of an answer, and the token of the next page."""
        if content is None:
            return [], ""
        token, list_name = "", endpoint.list_name or self.vendor.list_name
        if isinstance(content, dict):
            if endpoint.is_single:
                content = [content]
            elif list_name:
                next_name, more_name = self.vendor.next_name, self.vendor.more_name
                token = str(content.get(next_name) or "")
                if more_name and not content.get(more_name):
                    token = ""
                # A page without records may leave the list out.
                is_empty = content.keys() <= {next_name, more_name}
                content = [] if is_empty else content.get(list_name)
        if not isinstance(content, list):
            raise RequestFailed("the answer is not a list of records")
        records = [record for record in content if isinstance(record, dict)]
        return [{endpoint.wrap: r} for r in records] if endpoint.wrap else records, token

    def _get(self, path: str, query: Mapping[str, str]) -> Any:  # noqa: ANN401 - JSON may hold anything
        """Get and parse one answer; after a refusal, and after a damaged answer, once more."""
        is_refused = is_damaged = False
        n_minutes = 0
        while True:
            try:
                response = self._request(path, query, is_refused)
                try:
                    content = parsed(response)
                except RequestFailed:
                    if is_damaged:
                        raise
                    is_damaged = True
                    continue
                return unwrapped(content) if self.vendor.wraps_answers else content
            except RequestFailed as error:
                if error.status == 401 and not is_refused:
                    is_refused = True
                elif error.status in REFUSED:
                    raise Refused(error.message, status=error.status) from None
                elif self._can_wait(error, n_minutes):
                    n_minutes += 1
                    self.sleep(MINUTE_S)
                else:
                    raise

    def _can_wait(self, error: RequestFailed, n_minutes: int) -> bool:
        """Whether a vendor that says inside of its answer that it was asked too often gets time."""
        is_in_time = time.monotonic() + MINUTE_S < self.deadline
        is_often = self.vendor.wraps_answers and error.status == 429
        return is_often and is_in_time and n_minutes < MAX_MINUTES

    def _request(self, path: str, query: Mapping[str, str], is_refused: bool) -> Response:
        client, url = self._client(is_refused=is_refused), self.vendor.base_url + path
        if self.vendor.is_posted:
            form = urlencode(query).encode()
            response = client.post(url, form, deadline=self._deadline(), content_type=FORM)
        else:
            response = client.get(url, query=query, deadline=self._deadline())
        if (skew := clock_skew_s(response.headers, self.clock())) is not None:
            self.skews.append(skew)
        return response

    def _client(self, *, is_refused: bool) -> HttpClient:
        check_encrypted(self.vendor.base_url)
        return HttpClient(
            allowed=[self.vendor.base_url],
            headers={"Accept": "application/json", **self.headers(is_refused)},
            max_bytes=MAX_PAGE_BYTES,
            pauses_s=PAUSES_S,
            sleep=self.sleep,
        )

    def _deadline(self) -> float:
        return min(self.deadline, time.monotonic() + REQUEST_S)


def request_of(endpoint: Endpoint, first: date, last: date) -> tuple[str, Mapping[str, str]]:
    """The path and the parameters that ask for a window."""
    before, after = (timedelta(days=n) for n in endpoint.pad_days)
    ends = {
        "first": (first - before).strftime(endpoint.stamp),
        "last": (last + after).strftime(endpoint.stamp),
    }
    query = {name: value.format(**ends) for name, value in endpoint.query.items()}
    return endpoint.path.format(**ends), query


def windows(first: date, last: date, max_days: int) -> Iterator[tuple[date, date]]:
    """Split a window into several of at most so many days, the newest first."""
    while last >= first:
        begin = max(first, last - timedelta(days=max_days - 1))
        yield begin, last
        last = begin - timedelta(days=1)


def parsed(response: Response) -> Any:  # noqa: ANN401 - JSON may hold anything
    """Parse an answer; nothing at all is ``None``.

    Raises:
        RequestFailed: It is not JSON; numbers that JSON does not have are refused too.
    """
    text = response.body.strip()
    if not text:
        return None
    if "html" in response.headers.get("content-type", "") or text.startswith(b"<"):
        raise RequestFailed("the answer is a web page", status=response.status)
    try:
        return json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except (ValueError, RecursionError):
        raise RequestFailed("the answer is not JSON", status=response.status) from None


def check_encrypted(url: str) -> None:
    """Check that what is sent cannot be read on the way.

    Raises:
        RequestFailed: The address is neither https nor on this machine.
    """
    if urlsplit(url).scheme != "https" and not is_this_machine(host_of(url)):
        raise RequestFailed(f"{host_of(url)} is asked over https only")


def clock_skew_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """How far a clock is ahead of the server's, seconds; ``None`` if not known."""
    there = http_date(headers.get("date", ""))
    return None if there is None else (now - there).total_seconds()


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{text} is too large")
    return value
