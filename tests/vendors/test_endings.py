"""A key or a sign-in that ends by itself is told of before."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from conftest import TODAY, Result
from hrvctl.records.choices import Vendor
from hrvctl.store.home import Home
from hrvctl.usecases.workspace import Workspace
from vendors.fake import KEY, FakeVendor, paste_sign_in

Hrvctl = Callable[..., Result]
WEEK_S = 604_799.0


def finding(hrvctl: Hrvctl, vendor: str, days: int) -> tuple[bool, str]:
    """What the doctor says of a connection after so many days."""
    checks = hrvctl("doctor", "--json", on=TODAY + timedelta(days=days)).data["checks"]
    (check,) = [one for one in checks if one["name"] == f"connection {vendor}"]
    return check["is_well"], f"{check['finding']}; {check['cure']}"


@pytest.mark.parametrize(
    ("ends", "last"),
    [(str(TODAY + timedelta(days=90)), 90), (None, 365)],
    ids=["the day that was given", "a year at most"],
)
def test_garmins_key(say: Hrvctl, vendor: FakeVendor, ends: str | None, last: int) -> None:
    """Two weeks before its end, by status, doctor and pull; before that the day is shown."""
    words = ["connect", "garmin", "--address", vendor.url] + (["--ends", ends] if ends else [])
    done = say(*words, stdin=f"{KEY}\n")
    assert (done.code, done.err.count("ends in")) == (0, 0)
    say("pull")
    say("morning")
    on = TODAY + timedelta(days=last)
    is_well, text = finding(say, "garmin", last - 15)
    assert is_well
    assert f"signed in until {on}" in text
    is_well, text = finding(say, "garmin", last - 14)
    assert not is_well
    assert f"the key ends in 14 days, on {on}" in text
    assert "make a new key at Garmin, then hrvctl connect garmin" in text
    assert f"ends in 3 days, on {on}" in say("status", on=on - timedelta(days=3)).out


def test_googles_sign_in_while_the_app_is_in_testing(
    say: Hrvctl, vendor: FakeVendor, home: Home, evening: Callable
) -> None:
    """Seven days: it is told at once, in every pull, and with the way out; a renewal adds none."""
    vendor.is_rotating, vendor.grant_life_s = False, WEEK_S
    paste_sign_in(Workspace(home, evening(TODAY)), Vendor.GOOGLE, vendor.url)
    vendor.grant_life_s = None
    on = TODAY + timedelta(days=7)
    done = say("pull")
    assert done.code == 0
    assert f"google: the sign-in ends in 7 days, on {on}" in done.err
    assert "publish the app in Google's console, then hrvctl connect google" in done.err
    say("config", "set", "pull", "google")
    vendor.now = evening(TODAY + timedelta(days=2))
    later = say("daily", on=TODAY + timedelta(days=2))
    assert later.err.count(f"the sign-in ends in 5 days, on {on}") == 1
    assert finding(say, "google", 6)[0] is False
    assert f"the sign-in ends on {on}" in finding(say, "google", 7)[1]


def test_a_sign_in_without_a_known_end_says_none(with_app: FakeVendor, say: Hrvctl) -> None:
    """Its refresh token goes on as long as it is used."""
    assert with_app.nights
    for words in ("pull", "status", "connect list"):
        done = say(*words.split())
        assert "ends" not in done.out + done.err
        assert "signed in until" not in done.out


def test_a_key_that_is_no_longer_accepted_has_no_end_to_come(
    say: Hrvctl, vendor: FakeVendor
) -> None:
    """Nobody is signed in until then."""
    say("connect", "garmin", "--address", vendor.url, stdin=f"{KEY}\n")
    vendor.moods = ["401"] * 9
    assert say("pull").code == 6
    assert "signed in until" not in say("connect", "list").out
