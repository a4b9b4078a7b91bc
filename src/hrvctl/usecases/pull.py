"""Pull new data of connected vendors into the inbox, where the next import finds it.

A pull only downloads: what the vendor answers is written as JSON, record by record as it came, and
read by the same sources as an export.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import NoReturn

from hrvctl.errors import SignInNeeded, UsageError
from hrvctl.network.http import RequestFailed
from hrvctl.network.system_keyring import KeyringFault
from hrvctl.network.vendor_api import Refused, request_of, windows
from hrvctl.network.vendor_description import CHUNK_DAYS, REREAD_DAYS, Endpoint
from hrvctl.network.vendor_records import Json, digest_of, is_news, is_wanted, night_of
from hrvctl.network.vendors import DESCRIPTIONS
from hrvctl.records import FIRST_PLAUSIBLE_DAY
from hrvctl.records.choices import Vendor
from hrvctl.settings import check_vendors
from hrvctl.store.connections import Connection, ConnectionFile, Progress, is_file
from hrvctl.store.lock import Taken
from hrvctl.usecases.connection_end import find_ending
from hrvctl.usecases.connection_secrets import with_secrets
from hrvctl.usecases.connections import sign_in_needed
from hrvctl.usecases.pull_pace import Pace
from hrvctl.usecases.pulled import Outcome, Pulled
from hrvctl.usecases.pulled_files import put_into_inbox
from hrvctl.usecases.vendor_access import Access, NotRenewed
from hrvctl.usecases.workspace import Evening, Workspace

# Longest that all pulls of an evening may delay its forecast, seconds (own choice).
EVENING_S = 60.0
# Longest pull by hand, seconds (own choice: ten years take a few minutes).
BY_HAND_S = 900.0
# A vendor with nothing in so many windows of CHUNK_DAYS has nothing older (own choice: a year
# without the device is rare).
EMPTY_WINDOWS = 4
# Clocks that differ by less agree, seconds (own choice).
CLOCK_SLACK_S = 60.0


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the vendor gave for some days.

    Attributes:
        kinds: Records by kind.
        faults: The requests that failed, a line each.
        missing: The kinds that the vendor refuses to give.
        newest_night: The last night with an HRV.
        digests: Of all records.
        days: The first and the last day that were asked for.
    """

    kinds: Mapping[str, Sequence[Json]]
    faults: tuple[str, ...]
    missing: tuple[str, ...]
    newest_night: date | None
    digests: frozenset[str]
    days: tuple[date, date]


def pull(
    workspace: Workspace,
    subject: str,
    vendors: Iterable[Vendor],
    *,
    budget_s: float,
    wait_s: float = 0.0,
    since: date | None = None,
    on_progress: Callable[[str], None] = lambda _: None,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[Pulled, ...]:
    """Pull from vendors in turn; one that fails does not stop the others.

    Args:
        workspace: The home, and the clock.
        subject: Whose connections.
        vendors: Which.
        budget_s: Longest it may take in all, seconds.
        wait_s: How much of that another pull from a vendor is waited for, seconds.
        since: Pull again from this day on; ``None`` for what is new, and older data not pulled yet.
        on_progress: Called with what is being pulled.
        sleep: Waits so many seconds.

    Raises:
        HomeError: The home cannot be written.
    """
    deadline = time.monotonic() + budget_s
    patience = time.monotonic() + wait_s

    def run(vendor: Vendor) -> Pulled:
        on_progress(vendor)
        file = ConnectionFile(workspace.home, subject, vendor)
        if not is_file(file.path):
            return _signed_out(vendor, "not connected")
        try:
            with file.lock(wait_s=max(patience - time.monotonic(), 0.0)):
                # Read under the lock: another process may have renewed the tokens.
                connection = file.load()
                if connection is None:
                    return _signed_out(vendor, "not connected")
                if connection.ended:
                    return _signed_out(vendor, connection.ended)
                try:
                    opened = with_secrets(connection)
                except KeyringFault as error:
                    progress = replace(connection.progress, fault=error.message)
                    file.save(replace(connection, progress=progress))
                    return _failed(vendor, error.message, error.hint)
                clock = workspace.clock
                access = Access(file, opened, clock=clock, deadline=deadline, sleep=sleep)
                return _Pull(workspace, subject, access, deadline, on_progress).run(since)
        except SignInNeeded as error:  # the file is damaged
            return _signed_out(vendor, error.message)
        except KeyringFault as error:  # it was unlocked a moment ago
            return _failed(vendor, error.message, error.hint)
        except Taken:
            return _failed(vendor, "another pull is at work")

    return tuple(map(run, vendors))


def pull_evening(
    workspace: Workspace,
    evening: Evening,
    vendors: Iterable[str],
    on_progress: Callable[[str], None] = lambda _: None,
) -> tuple[Pulled, ...]:
    """Pull what an evening's run imports, once for each run; a replay pulls nothing.

    Another pull that is at work is waited for, so that this run imports what that one finds.

    Raises:
        UsageError: There is no such vendor.
        HomeError: The home cannot be written.
    """
    if workspace.private.pulled is not None:
        return workspace.private.pulled
    if fault := check_vendors(tuple(vendors)):
        raise UsageError(f"pull: {fault}")
    chosen = dict.fromkeys(map(Vendor, vendors)) if evening.is_live else {}
    return pull(
        workspace,
        evening.subject,
        chosen,
        budget_s=EVENING_S,
        wait_s=EVENING_S / 2,
        on_progress=on_progress,
    )


def plan(connection: Connection, today: date, since: date | None) -> list[tuple[str, str]]:
    """Describe the first requests of a pull without making them.

    Returns:
        Of each its kind, and its address with the parameters.
    """
    vendor = DESCRIPTIONS[connection.vendor].at(connection.address)
    first = _first(connection.progress, today, since)
    requests = []
    for endpoint in vendor.endpoints:
        for ends in windows(_begin(endpoint, first, today), today, endpoint.max_days):
            path, query = request_of(endpoint, *ends)
            asked = "".join(f" {name}={value}" for name, value in query.items())
            requests.append((endpoint.kind, f"{vendor.base_url}{path}{asked}"))
    return requests


class _Pull:
    """The pull of one vendor, whose connection is locked."""

    def __init__(
        self,
        workspace: Workspace,
        subject: str,
        access: Access,
        deadline: float,
        on_progress: Callable[[str], None],
    ) -> None:
        self._workspace = workspace
        self._subject = subject
        self._access = access
        self._deadline = deadline
        self._on_progress = on_progress
        self._today = workspace.today()
        self._n_records = 0

    def run(self, since: date | None) -> Pulled:
        faults: tuple[str, ...] = ()
        try:
            self._access.check_own()
            faults = self._pull_recent(since)
            outcome = Outcome.FAILED if faults else Outcome.PULLED
            if not faults and since is None:
                faults = self._pull_older()
        except SignInNeeded:
            error = sign_in_needed(self._access.connection)
            return self._report(Outcome.SIGN_IN, (self._access.connection.ended,), error.hint)
        except RequestFailed as error:
            self._save(replace(self._progress, fault=error.message))
            return self._report(Outcome.FAILED, (error.message,))
        if outcome is Outcome.PULLED and not self._n_records:
            outcome = Outcome.NOTHING_NEW
        return self._report(outcome, faults)

    def _pull_recent(self, since: date | None) -> tuple[str, ...]:
        """Pull what may be new; returns what failed while the rest came."""
        progress = self._progress
        first = _first(progress, self._today, since)
        found = self._fetch(first, self._today)
        if since is not None or is_news(found.digests, set(progress.seen), first):
            self._put(found)
        if found.faults:
            self._save(replace(progress, fault="; ".join(found.faults)))
            return found.faults
        if since is None:
            progress = replace(
                progress,
                first=min(first, progress.first or first),
                last=self._today,
                seen=tuple(sorted(found.digests)),
                has_all=progress.has_all or not self._access.api.vendor.has_history,
            )
        self._save(
            replace(
                progress,
                pulled_at=self._workspace.clock(),
                newest_night=_latest(progress.newest_night, found.newest_night),
                missing=found.missing,
                fault="",
            )
        )
        return ()

    def _pull_older(self) -> tuple[str, ...]:
        """Pull older data window by window; where it stops, the next pull goes on."""
        n_empty = 0
        pace = Pace(self._today, self._progress.first or self._today)
        while not self._progress.has_all:
            progress = self._progress
            pulled_from = progress.first or self._today
            self._on_progress(f"{self._access.connection.vendor}: {pace.line(pulled_from)}")
            last = pulled_from - timedelta(days=1)
            first = last - timedelta(days=CHUNK_DAYS - 1)
            try:
                found = self._fetch(first, last)
            except RequestFailed as error:
                found = _Answer({}, (error.message,), (), None, frozenset(), (first, last))
            if found.faults:
                is_late = time.monotonic() >= self._deadline
                why = "its time is over" if is_late else "; ".join(found.faults)
                return (f"data before {last} comes with the next pull: {why}",)
            self._put(found)
            n_empty = 0 if any(found.kinds.values()) else n_empty + 1
            self._save(
                replace(
                    progress,
                    first=first,
                    has_all=n_empty == EMPTY_WINDOWS or first <= FIRST_PLAUSIBLE_DAY,
                    newest_night=_latest(progress.newest_night, found.newest_night),
                )
            )
        return ()

    def _fetch(self, first: date, last: date) -> _Answer:
        """Ask for every kind of records of some days.

        Raises:
            SignInNeeded: The connection has ended.
            RequestFailed: The vendor cannot be reached, or gives nothing at all.
        """
        kinds: dict[str, list[Json]] = {}
        nights: list[date | None] = []
        digests: set[str] = set()
        faults: dict[str, str] = {}
        missing: dict[str, Refused] = {}
        for endpoint in self._access.api.vendor.endpoints:
            begin = _begin(endpoint, first, self._today)
            if begin > last:
                continue
            try:
                found = self._access.api.fetch(endpoint, begin, last)
            except NotRenewed:
                raise
            except Refused as error:
                missing[endpoint.kind] = error
            except RequestFailed as error:
                if error.status is None and error.is_transient:
                    raise  # not reached: nor would the others be
                faults[endpoint.kind] = error.message
            else:
                kept = [record for record in found if is_wanted(endpoint, record, begin, last)]
                kinds[endpoint.kind] = kept
                nights += (night_of(endpoint, record) for record in kept)
                digests |= {digest_of(endpoint, record) for record in kept}
        if not kinds and missing and not faults:
            self._refuse(missing.values())
        if not kinds and faults:
            raise RequestFailed("; ".join(dict.fromkeys(faults.values())))
        return _Answer(
            kinds,
            tuple(f"{kind}: {fault}" for kind, fault in faults.items()),
            tuple(missing),
            _latest(*nights),
            frozenset(digests),
            (first, last),
        )

    def _refuse(self, errors: Iterable[Refused]) -> NoReturn:
        """Say why a vendor gives nothing; tokens that are refused when they are new have ended."""
        if {error.status for error in errors} == {401}:
            self._access.end_refused()
        raise RequestFailed(
            "it gives nothing: is the membership active, and may the app or key read your data?"
        )

    def _put(self, found: _Answer) -> None:
        self._n_records += put_into_inbox(
            self._workspace.home,
            self._subject,
            self._access.connection.vendor,
            found.kinds,
            days=found.days,
            at=self._workspace.clock(),
            # A list that is refused all of a sudden was read before, and may have dated the others.
            is_whole=not found.faults and set(found.missing) <= set(self._progress.missing),
        )

    @property
    def _progress(self) -> Progress:
        return self._access.connection.progress

    def _save(self, progress: Progress) -> None:
        skew_s = self._access.api.skews[-1] if self._access.api.skews else 0.0
        skew_s = skew_s if abs(skew_s) > CLOCK_SLACK_S else 0.0
        self._access.save(
            replace(self._access.connection, progress=replace(progress, skew_s=skew_s))
        )

    def _report(self, outcome: Outcome, faults: tuple[str, ...], hint: str = "") -> Pulled:
        connection = self._access.connection
        ending = find_ending(connection, self._workspace.clock())
        near = f"{ending.warning}: {ending.cure}" if ending and ending.warning else ""
        return Pulled(
            vendor=connection.vendor,
            outcome=outcome,
            n_records=self._n_records,
            first=self._progress.first,
            newest_night=self._progress.newest_night,
            faults=faults,
            hint=hint,
            ending=near,
        )


def _failed(vendor: Vendor, fault: str, hint: str = "") -> Pulled:
    return Pulled(vendor=vendor, outcome=Outcome.FAILED, faults=(fault,), hint=hint)


def _signed_out(vendor: Vendor, fault: str) -> Pulled:
    hint = f"sign in: hrvctl connect {vendor}"
    return Pulled(vendor=vendor, outcome=Outcome.SIGNED_OUT, faults=(fault,), hint=hint)


def _first(progress: Progress, today: date, since: date | None) -> date:
    """The first day to ask for: some days before the last pull, or before today at first."""
    if since is not None:
        return since
    if progress.last is None:
        return today - timedelta(days=CHUNK_DAYS - 1)
    return min(progress.last, today) - timedelta(days=REREAD_DAYS - 1)


def _begin(endpoint: Endpoint, first: date, today: date) -> date:
    if not endpoint.recent_days:
        return first
    return max(first, today - timedelta(days=endpoint.recent_days - 1))


def _latest(*days: date | None) -> date | None:
    return max((day for day in days if day is not None), default=None)
