"""A made-up vendor, and a home that is connected to it."""

import io
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from conftest import TODAY, Result
from hrvctl.records.choices import Vendor
from hrvctl.usecases.workspace import Workspace
from vendors.fake import KEY, FakeVendor, paste_sign_in, serving

Hrvctl = Callable[..., Result]


@pytest.fixture
def vendor() -> Iterator[FakeVendor]:
    """A vendor with thirty nights up to today."""
    nights = {TODAY - timedelta(days=n): (50.0 + n % 7, 52) for n in range(30)}
    with serving(FakeVendor(nights=nights)) as served:
        yield served


@pytest.fixture
def say(hrvctl: Hrvctl, monkeypatch: pytest.MonkeyPatch) -> Hrvctl:
    """Run a command with lines on its stdin."""

    def call(*argv: object, stdin: str = "", **when: object) -> Result:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        return hrvctl(*argv, **when)

    return call


@pytest.fixture
def with_key(say: Hrvctl, vendor: FakeVendor) -> FakeVendor:
    """The home is connected by a key."""
    assert say("connect", "intervals", "--address", vendor.url, stdin=f"{KEY}\n").code == 0
    vendor.asked.clear()
    return vendor


@pytest.fixture
def with_app(vendor: FakeVendor, sign_in: Callable[[], None]) -> FakeVendor:
    """The home is connected by an app, whose tokens rotate."""
    sign_in()
    vendor.asked.clear()
    return vendor


@pytest.fixture
def sign_in(home, evening, vendor: FakeVendor) -> Callable[..., None]:
    """Sign in by the app."""

    def call(chosen: str = "oura") -> None:
        paste_sign_in(Workspace(home, evening(TODAY)), Vendor(chosen), vendor.url)

    return call


@pytest.fixture
def unused_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
