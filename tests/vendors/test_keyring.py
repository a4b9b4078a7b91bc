"""A connection by choice in the system's keyring: its file then has no secret."""

import sys
from collections.abc import Callable, Iterator
from datetime import timedelta

import keyring
import pytest

from conftest import TODAY, Result
from hrvctl.errors import ExitCode
from hrvctl.records.choices import Vendor
from hrvctl.store.home import Home
from hrvctl.usecases.pull import pull
from hrvctl.usecases.pulled import Outcome, Pulled
from hrvctl.usecases.workspace import Workspace
from network.keyrings import MemoryKeyring
from vendors.fake import KEY, FakeVendor, paste_sign_in

Hrvctl = Callable[..., Result]


@pytest.fixture(autouse=True)
def ring() -> Iterator[MemoryKeyring]:
    """An empty keyring, in place of the system's."""
    mine, before = MemoryKeyring(), keyring.get_keyring()
    keyring.set_keyring(mine)
    yield mine
    keyring.set_keyring(before)


@pytest.fixture
def with_ring(say: Hrvctl, vendor: FakeVendor) -> FakeVendor:
    """Connected by a key that is in the keyring."""
    done = say("connect", "intervals", "--keyring", "--address", vendor.url, stdin=f"{KEY}\n")
    assert done.code == 0, done.err
    return vendor


def in_files(home: Home) -> list[str]:
    """What files of the home say that is secret."""
    texts = (p.read_bytes().decode("utf-8", "replace") for p in home.root.rglob("*") if p.is_file())
    return [text for text in texts if "Secret" in text]


@pytest.mark.usefixtures("with_ring")
def test_a_key_in_the_keyring_is_in_no_file(say: Hrvctl, ring: MemoryKeyring, home: Home) -> None:
    """It is used as ever, and forgotten there as well."""
    (name,) = ring.keys
    assert name[0] == "hrvctl"
    assert name[1].startswith("me intervals ")
    assert KEY in ring.keys[name]
    assert say("pull").code == 0
    assert say("connect", "test", "intervals").code == 0
    assert "secrets in the keyring" in say("connect", "list").out
    assert in_files(home) == []
    assert say("connect", "forget", "intervals").code == 0
    assert ring.keys == {}


def test_tokens_in_the_keyring_are_renewed_there(
    vendor: FakeVendor, ring: MemoryKeyring, home: Home, evening: Callable
) -> None:
    """Each refresh token once; after a lost answer the end is named as without a keyring."""

    def later(days: int) -> Pulled:
        at = evening(TODAY)() + timedelta(days=days)
        vendor.now = lambda: at
        (done,) = pull(
            Workspace(home, lambda: at), "me", [Vendor.OURA], budget_s=20, sleep=lambda _: None
        )
        return done

    paste_sign_in(Workspace(home, evening(TODAY)), Vendor.OURA, vendor.url, in_keyring=True)
    for days in (1, 2, 3):
        assert later(days).outcome in (Outcome.PULLED, Outcome.NOTHING_NEW)
    assert vendor.used == [f"refresh-Secret-{n}" for n in (1, 2, 3)]
    (kept,) = ring.keys.values()
    assert vendor.refresh in kept
    vendor.token_moods = ["lost"]
    assert later(5).outcome is Outcome.FAILED
    assert later(6).outcome is Outcome.SIGN_IN
    assert in_files(home) == []


def test_no_renewal_is_asked_for_that_the_keyring_could_not_keep(
    vendor: FakeVendor, ring: MemoryKeyring, home: Home, evening: Callable,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A keyring that only reads: the vendor's next token would be lost."""
    paste_sign_in(Workspace(home, evening(TODAY)), Vendor.OURA, vendor.url, in_keyring=True)

    def refuse(*_: str) -> None:
        raise OSError("read-only")

    monkeypatch.setattr(ring, "set_password", refuse)
    at = evening(TODAY)() + timedelta(days=2)
    (done,) = pull(Workspace(home, lambda: at), "me", [Vendor.OURA], budget_s=20)
    assert done.outcome is Outcome.FAILED
    assert vendor.used == []


def test_a_locked_keyring_is_a_plain_dead_end_under_cron(
    say: Hrvctl, with_ring: FakeVendor, ring: MemoryKeyring
) -> None:
    """The vendor is not asked, the forecast is made, and nobody has to sign in again."""
    say("config", "set", "pull", "intervals")
    say("daily")
    ring.is_locked, n_asked = True, len(with_ring.asked)
    done = say("daily", on=TODAY + timedelta(days=1))
    assert "about" in done.out
    assert done.err.count("the system's keyring cannot be used") == 1
    assert "hrvctl connect intervals" in done.err
    assert "Secret" not in done.err
    assert "keyring cannot be used" in say("status").out
    assert len(with_ring.asked) == n_asked
    ring.is_locked = False
    assert say("pull", on=TODAY + timedelta(days=1)).code == ExitCode.NOTHING_NEW
    assert "keyring cannot be used" not in say("status").out


def test_another_keyring_is_told_from_a_locked_one(
    say: Hrvctl, with_ring: FakeVendor, ring: MemoryKeyring
) -> None:
    """As that of another user; what is in it is left alone."""
    assert with_ring.nights
    ring.keys.clear()
    done = say("pull")
    assert done.code == ExitCode.FAILED
    assert "this keyring has nothing under 'me intervals " in done.err


@pytest.mark.usefixtures("with_ring")
def test_connecting_again_leaves_one_place(
    say: Hrvctl, vendor: FakeVendor, ring: MemoryKeyring, home: Home
) -> None:
    """A wrong key changes nothing; a good one without --keyring moves into the file."""
    kept = dict(ring.keys)
    words = ("connect", "intervals", "--address", vendor.url)
    assert say(*words, "--keyring", stdin="wrong\n").code == ExitCode.USAGE
    assert ring.keys == kept
    assert say("connect", "test", "intervals").code == 0
    assert say(*words, stdin=f"{KEY}\n").code == 0
    assert ring.keys == {}
    assert len(in_files(home)) == 1


@pytest.mark.parametrize("fault", ["missing", "locked"])
def test_connecting_to_a_keyring_that_cannot_be_used(
    say: Hrvctl, vendor: FakeVendor, ring: MemoryKeyring, home: Home, fault: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Nothing is kept anywhere, and the message has the way out."""
    if fault == "missing":
        monkeypatch.setitem(sys.modules, "keyring", None)
    ring.is_locked = True
    words = ("connect", "intervals", "--keyring", "--address", vendor.url)
    done = say(*words, stdin=f"{KEY}\n")
    assert done.code == ExitCode.FAILED
    assert ("pip install 'hrvctl[keyring]'" if fault == "missing" else "locked") in done.err
    assert in_files(home) == []


@pytest.mark.usefixtures("with_ring")
def test_a_connection_is_forgotten_although_the_keyring_is_locked(
    say: Hrvctl, ring: MemoryKeyring
) -> None:
    """And what is left there is named."""
    ring.is_locked = True
    done = say("connect", "forget", "intervals")
    assert done.code == ExitCode.FAILED
    assert "keyring del hrvctl 'me intervals " in done.err
    assert say("connect", "list").code == ExitCode.NOTHING_NEW
