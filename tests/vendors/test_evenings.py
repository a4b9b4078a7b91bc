"""Evenings and mornings that begin with a pull: nobody waits for a vendor."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from conftest import TODAY, Result
from hrvctl.records.choices import Vendor
from hrvctl.store.connections import ConnectionFile
from hrvctl.store.home import Home
from hrvctl.store.lock import run_lock
from vendors.fake import FakeVendor

Hrvctl = Callable[..., Result]


@pytest.mark.parametrize("words", ["daily", "morning", "pull"])
def test_a_person_writes_while_a_vendor_is_asked(
    hrvctl: Hrvctl, with_key: FakeVendor, home: Home, evening: Callable, words: str
) -> None:
    """The home is not locked before the vendor has answered."""
    hrvctl("config", "set", "pull", "intervals")
    hrvctl("morning", "--subject", "ana")  # makes the home
    lets_in, wrote = with_key.lets_in, []

    def answer(auth: str) -> bool:
        with run_lock(home, now=evening(TODAY)()):
            wrote.append(True)
        return lets_in(auth)

    with_key.lets_in = answer  # type: ignore[method-assign]
    done = hrvctl(words)
    assert (done.code, done.err) == (0, "")
    assert wrote


def test_the_run_says_what_was_pulled_before_it(
    hrvctl: Hrvctl, with_key: FakeVendor, home: Home
) -> None:
    """Once, by its ingest_op: in the log, and in what Dagster's pages show."""
    hrvctl("config", "set", "pull", "intervals")
    hrvctl("daily")
    assert len(with_key.paths("/wellness")) == len({str(one.query) for one in with_key.asked})
    log = home.log.read_text()
    assert "ingest_op - pulled from intervals: pulled, 30 records" in log


@contextmanager
def held(home: Home, vendor: Vendor) -> Iterator[Callable[[], None]]:
    """Another process pulls from a vendor, until the function is called."""
    begun, over = threading.Event(), threading.Event()

    def hold() -> None:
        with ConnectionFile(home, "me", vendor).lock(wait_s=0):
            begun.set()
            over.wait(20)

    thread = threading.Thread(target=hold)
    thread.start()
    begun.wait(20)
    try:
        yield over.set
    finally:
        over.set()
        thread.join()


def test_an_evening_waits_for_another_pull_and_a_person_does_not(
    hrvctl: Hrvctl, with_key: FakeVendor, home: Home
) -> None:
    """What the other one finds is imported by this evening."""
    hrvctl("config", "set", "pull", "intervals")
    with held(home, Vendor.INTERVALS) as let_go:
        assert "another pull is at work" in hrvctl("pull").err
        threading.Timer(0.3, let_go).start()
        done = hrvctl("daily", on=TODAY + timedelta(days=1))
    assert done.err == ""
    assert with_key.paths("/wellness")
