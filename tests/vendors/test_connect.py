"""Connections: who is let in, what is kept of it, and what becomes of tokens that are used once."""

import contextlib
import errno
import shutil
import socket
import stat
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from conftest import TODAY, Result
from hrvctl.errors import ExitCode, HomeError, UsageError
from hrvctl.network.redirect import wait_for_code
from hrvctl.records.choices import Vendor
from hrvctl.store.connections import Connection, ConnectionFile
from hrvctl.store.home import Home
from hrvctl.usecases.pull import pull
from hrvctl.usecases.pulled import Outcome, Pulled
from hrvctl.usecases.workspace import Workspace
from vendors.fake import APP, CODE, KEY, FakeVendor

Hrvctl = Callable[..., Result]
STRICT = Vendor.OURA


@pytest.fixture
def again(home: Home, evening: Callable) -> Callable[..., Pulled]:
    """Pull from the vendor with single-use tokens, on the evening of a day."""

    def call(**later: float) -> Pulled:
        at = evening(TODAY)() + timedelta(**later)
        workspace = Workspace(home, lambda: at)
        (done,) = pull(workspace, "me", [STRICT], budget_s=20, sleep=lambda _: None)
        return done

    return call


def stored(home: Home) -> Connection:
    """The connection as it is on the disk."""
    connection = ConnectionFile(home, "me", STRICT).load()
    assert connection is not None
    return connection


def test_a_wrong_key_is_refused_and_not_kept(say: Hrvctl, vendor: FakeVendor, home: Home) -> None:
    """Asked twice, told once; nothing of it is on the disk."""
    done = say("connect", "intervals", "--address", vendor.url, stdin="wrong\n")
    assert done.code == ExitCode.USAGE
    assert "does not accept the key" in done.err
    assert vendor.paths() == ["/api/v1/athlete/0"] * 2
    assert not list(home.connections.rglob("*.json"))


@pytest.mark.usefixtures("with_key")
def test_a_connection_is_private(home: Home) -> None:
    """A file for the owner alone, in folders for the owner alone."""
    (path,) = home.connections.rglob("*.json")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(p.stat().st_mode) for p in (path.parent, home.connections)} == {0o700}


@pytest.mark.parametrize("words", ["connect test intervals", "pull", "pull --since 2026-03-01"])
@pytest.mark.usefixtures("with_key")
def test_one_envelope_is_on_stdout(say: Hrvctl, words: str) -> None:
    """And nothing on stderr."""
    done = say(*words.split(), "--json")
    assert (done.json["status"], done.json["errors"], done.err) == ("done", [], "")


def test_a_connection_is_made_without_a_word_too_many(say: Hrvctl, vendor: FakeVendor) -> None:
    """For a script: the key by stdin, one envelope on stdout."""
    done = say("connect", "intervals", "--address", vendor.url, "--json", stdin=f"{KEY}\n")
    assert (done.data, done.err) == ({"vendor": "intervals", "ends_on": None}, "")


def test_the_status_leads_from_the_connection_to_the_nights(
    say: Hrvctl, with_key: FakeVendor
) -> None:
    """Before anything is stored."""
    assert with_key.nights
    done = say("status")
    assert done.code == ExitCode.NOTHING_NEW
    assert "intervals: connected 2026-03-10, not pulled yet" in done.out
    assert "hrvctl pull && hrvctl daily" in done.out


def test_another_account_is_not_mixed_in(say: Hrvctl, with_key: FakeVendor) -> None:
    """The connection that was there stays."""
    with_key.account = "i77"
    done = say("connect", "intervals", "--address", with_key.url, stdin=f"{KEY}\n")
    assert done.code == ExitCode.USAGE
    assert "another account" in done.err
    with_key.account = "i4242"
    assert say("connect", "test", "intervals").code == 0


def test_another_account_is_not_mixed_in_by_an_app_either(
    with_app: FakeVendor, sign_in: Callable[[], None], home: Home
) -> None:
    """As when the browser is still signed in as somebody else."""
    before = stored(home)
    with_app.account = "i77"
    with pytest.raises(UsageError, match="another account"):
        sign_in()
    assert stored(home) == before


def test_a_key_that_was_deleted_is_told_once_and_never_asked_again(
    hrvctl: Hrvctl, with_key: FakeVendor
) -> None:
    """Exit code 6 in the evening it ends; after that a line, and the forecast as ever."""
    hrvctl("config", "set", "pull", "intervals")
    hrvctl("morning")
    with_key.lets_in = lambda _: False  # type: ignore[method-assign]
    ended = hrvctl("daily", on=TODAY + timedelta(days=1))
    assert ended.code == ExitCode.SIGN_IN
    assert "hrvctl connect intervals" in ended.err
    assert "about" in ended.out
    n_asked = len(with_key.asked)
    later = hrvctl("morning", on=TODAY + timedelta(days=2))
    assert later.code == ExitCode.NOTHING_NEW
    assert "no longer accepted" in later.err
    assert len(with_key.asked) == n_asked
    assert hrvctl("pull").code == ExitCode.SIGN_IN
    assert "no longer accepted" in hrvctl("status").out
    assert any(
        check["name"] == "connection intervals" and not check["is_well"]
        for check in hrvctl("doctor", "--json").data["checks"]
    )
    assert len(with_key.asked) == n_asked


def test_a_single_refusal_ends_no_connection(say: Hrvctl, with_key: FakeVendor) -> None:
    """Vendors have bad moments; a key that is good the second time is good."""
    with_key.moods = ["401"]
    assert say("pull").code == 0
    with_key.moods = ["401", "401"]
    assert say("connect", "test", "intervals").code == ExitCode.SIGN_IN


@pytest.mark.usefixtures("with_key")
def test_forgetting_deletes_the_key_and_keeps_the_data(say: Hrvctl) -> None:
    """The second time there is nothing to forget."""
    say("pull")
    assert say("connect", "forget", "intervals").code == 0
    assert say("connect", "forget", "intervals").code == ExitCode.NOTHING_NEW
    assert say("connect", "list").code == ExitCode.NOTHING_NEW
    assert say("pull").code == ExitCode.USAGE


def test_no_secret_is_written_anywhere_but_into_its_file(
    say: Hrvctl, with_app: FakeVendor, home: Home
) -> None:
    """Output, log, run history, artifacts, bug report: searched byte by byte."""
    say("config", "set", "pull", "oura")
    with_app.token_moods = ["invalid_grant"]
    done = [say("daily", "-v"), say("pull", on=TODAY + timedelta(days=2))]
    done.append(say("bug-report", home.root / "report.txt"))
    said = [f"{one.out}{one.err}" for one in done]
    kept = [
        path.read_bytes().decode("utf-8", "replace")
        for path in home.root.rglob("*")
        if path.is_file() and not path.is_relative_to(home.connections)
    ]
    assert not [text for text in (*said, *kept) if "Secret" in text]


def test_all_kinds_of_a_night_come_together_and_are_read(
    hrvctl: Hrvctl, with_app: FakeVendor, home: Home
) -> None:
    """Pages and the trap of the last day included; a list that is not allowed is named."""
    with_app.hidden = {"daily_spo2"}
    done = hrvctl("pull")
    assert (done.code, done.err) == (0, "")
    (folder,) = home.inbox.glob("*.oura.*")
    # The vendor, the list, and the days that were asked for.
    names = {path.stem.removeprefix("oura_").rsplit("_", 2)[0] for path in folder.iterdir()}
    assert names == {"sleep", "daily_readiness", "daily_activity", "heartrate"}
    assert hrvctl("morning").code == 0
    status = hrvctl("status", "--json").data
    assert (status["n_nights"], status["last_night"]) == (30, str(TODAY))
    assert "not allowed: daily_spo2" in status["connections"][0]["finding"]


def test_pages_that_repeat_or_are_empty(with_app: FakeVendor, again: Callable[..., Pulled]) -> None:
    """An empty page with a token is not the end; one that leads to itself is."""
    with_app.moods = ["empty page"]
    assert again().n_records > 30
    with_app.moods = ["same page", "same page"]
    done = again()
    assert done.outcome is Outcome.FAILED
    assert "repeats its pages" in done.faults[0]


def test_tokens_that_end_between_two_pages_are_renewed_once(
    with_app: FakeVendor, again: Callable[..., Pulled]
) -> None:
    """And no record is there twice."""
    with_app.moods = ["well", "401"]
    assert again().outcome is Outcome.PULLED
    assert len(with_app.used) == 1


def test_tokens_are_renewed_before_they_end(
    with_app: FakeVendor, again: Callable[..., Pulled], home: Home
) -> None:
    """Each refresh token is used once, and the next one is on the disk."""
    for day in range(1, 4):
        with_app.now = lambda day=day: (
            datetime.fromisoformat("2026-03-10T19:00Z") + timedelta(days=day)
        )
        assert again(days=day).outcome in (Outcome.PULLED, Outcome.NOTHING_NEW)
    assert with_app.used == [f"refresh-Secret-{n}" for n in (1, 2, 3)]
    tokens = stored(home).tokens
    assert tokens is not None
    assert tokens.refresh == with_app.refresh


@pytest.mark.parametrize(
    "odd", [10**400, "inf", "soon", None, []], ids=["huge", "inf", "word", "null", "list"]
)
def test_a_life_that_is_no_time_is_taken_for_an_hour(
    with_app: FakeVendor, again: Callable[..., Pulled], home: Home, odd: object
) -> None:
    """Tokens that were given are kept, whatever is said of their end."""
    give = with_app.give_tokens
    odd_life = {"expires_in": odd, "refresh_token_expires_in": odd}
    with_app.give_tokens = lambda: {**give(), **odd_life}
    with_app.moods = ["401"]
    assert again().outcome is Outcome.PULLED
    tokens = stored(home).tokens
    assert tokens is not None
    assert (tokens.refresh, tokens.grant_ends_at) == (with_app.refresh, None)


@pytest.mark.parametrize("mood", ["500", "html", "html 403", "closed", "429", "truncated"])
def test_a_renewal_that_the_vendor_did_not_make_is_made_later(
    with_app: FakeVendor, again: Callable[..., Pulled], home: Home, mood: str
) -> None:
    """It is tried once; the mark stays until the next pull, which the vendor honours."""
    with_app.token_moods = [mood]
    assert again(days=2).outcome is Outcome.FAILED
    assert stored(home).renewing_since is not None
    assert len(with_app.paths("token")) == 1
    with_app.now = lambda: datetime.fromisoformat("2026-03-12T19:00Z")
    assert again(days=2).outcome in (Outcome.PULLED, Outcome.NOTHING_NEW)
    assert stored(home).renewing_since is None


def test_a_renewal_whose_answer_was_lost_is_a_named_dead_end(
    with_app: FakeVendor, again: Callable[..., Pulled], sign_in: Callable[[], None]
) -> None:
    """The old token is tried once, then never again; signing in goes on where it was."""
    assert again().outcome is Outcome.PULLED
    with_app.token_moods = ["lost"]
    assert again(days=2).outcome is Outcome.FAILED
    done = again(days=2)
    assert done.outcome is Outcome.SIGN_IN
    assert "cut off at 2026-03-12" in done.faults[0]
    n_asked = len(with_app.asked)
    assert again(days=3).outcome is Outcome.SIGNED_OUT
    assert len(with_app.asked) == n_asked
    sign_in()
    with_app.asked.clear()
    assert again().outcome is Outcome.NOTHING_NEW
    assert with_app.asked[0].query["start_date"] == "2026-02-24"


def test_tokens_that_are_refused_when_they_are_new_are_not_renewed_again(
    with_app: FakeVendor, again: Callable[..., Pulled]
) -> None:
    """No loop: one renewal, and the end is told."""
    with_app.hidden = {"sleep", "daily_readiness", "daily_activity", "daily_spo2", "heartrate"}
    assert again().outcome is Outcome.SIGN_IN
    assert len(with_app.used) == 1


def test_a_copied_home_asks_for_another_sign_in(
    with_app: FakeVendor, home: Home, evening: Callable, tmp_path: Path
) -> None:
    """Two homes that renew the same tokens would end both; the first one goes on."""
    shutil.copytree(home.root, tmp_path / "copy")
    clock = evening(TODAY)
    for root, outcome in ((tmp_path / "copy", Outcome.SIGN_IN), (home.root, Outcome.PULLED)):
        (done,) = pull(Workspace(Home(root), clock), "me", [STRICT], budget_s=20)
        assert done.outcome is outcome
    assert with_app.used == []


def test_two_pulls_at_once_renew_once(with_app: FakeVendor, again: Callable[..., Pulled]) -> None:
    """The one that finds the connection locked leaves it alone."""
    with_app.now = lambda: datetime.fromisoformat("2026-03-12T19:00Z")
    done: list[Pulled] = []
    threads = [threading.Thread(target=lambda: done.append(again(days=2))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(with_app.used) == 1
    assert Outcome.PULLED in [one.outcome for one in done]


@pytest.mark.parametrize(
    ("ahead", "told"),
    [
        (timedelta(seconds=50), None),
        (timedelta(minutes=-10), "10 min behind the vendor's"),
        (timedelta(hours=2), "120 min ahead of the vendor's"),
        (timedelta(days=3650), "5256000 min ahead of the vendor's"),
    ],
    ids=["a little", "behind", "two hours", "ten years"],
)
def test_a_wrong_clock_is_told_and_ends_nothing(
    with_app: FakeVendor,
    again: Callable[..., Pulled],
    hrvctl: Hrvctl,
    ahead: timedelta,
    told: str | None,
) -> None:
    """Tokens are renewed by the wrong clock and by the right one, once each."""
    at = datetime.fromisoformat("2026-03-12T19:00Z")
    with_app.now = lambda: at - ahead
    for _ in range(2):
        assert again(days=2).outcome in (Outcome.PULLED, Outcome.NOTHING_NEW)
    finding = hrvctl("connect", "list").out
    assert (told or "this clock is") in finding or not told
    assert ("this clock is" in finding) == bool(told)
    n_used = len(with_app.used)
    assert n_used <= 1
    with_app.now = lambda: at
    assert again(days=2).outcome in (Outcome.PULLED, Outcome.NOTHING_NEW)
    assert len(with_app.used) <= n_used + 1
    assert "this clock is" not in hrvctl("connect", "list").out


@pytest.mark.parametrize(
    ("mood", "words"),
    [
        ("invalid_grant", "the sign-in is no longer accepted"),
        ("401", "the sign-in is no longer accepted"),
        ("403", "the sign-in is no longer accepted"),
        ("invalid_client", "the client id or secret is wrong"),
    ],
)
def test_a_refused_renewal_is_the_end_in_plain_words(
    with_app: FakeVendor, again: Callable[..., Pulled], mood: str, words: str
) -> None:
    """One request, and none after it."""
    with_app.token_moods = [mood]
    done = again(days=2)
    assert done.outcome is Outcome.SIGN_IN
    assert words in done.faults[0]
    assert done.hint == "sign in again: hrvctl connect oura"
    n_asked = len(with_app.asked)
    assert again(days=3).outcome is Outcome.SIGNED_OUT
    assert len(with_app.asked) == n_asked


def test_no_renewal_is_asked_for_that_the_disk_could_not_keep(
    with_app: FakeVendor,
    again: Callable[..., Pulled],
    home: Home,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A full disk costs an evening's nights and no sign-in."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("hrvctl.store.connections.os.fsync", full)
        with pytest.raises(HomeError, match="No space left on device"):
            again(days=2)
    assert with_app.used == []
    with_app.now = lambda: datetime.fromisoformat("2026-03-12T19:00Z")
    assert again(days=2).outcome is Outcome.PULLED
    assert stored(home).ended == ""


def test_an_older_app_is_known_at_the_first_address_and_a_newer_at_the_second(
    vendor: FakeVendor, sign_in: Callable[[], None], home: Home
) -> None:
    """The code outlives its rejection, and the address that answered is kept."""
    vendor.token_moods = ["401"]
    sign_in()
    assert vendor.paths("token") == ["/oauth/token", "/oauth/v2/ext/oauth-token"]
    assert stored(home).token_url.endswith("/oauth/v2/ext/oauth-token")


@pytest.mark.usefixtures("with_app")
def test_a_damaged_file_asks_for_another_sign_in(again: Callable[..., Pulled], home: Home) -> None:
    """Without quoting what is in it."""
    path = ConnectionFile(home, "me", STRICT).path
    path.write_text(path.read_text()[:200])
    done = again()
    assert done.outcome is Outcome.SIGNED_OUT
    assert "Secret" not in str(done)


@pytest.mark.slow
def test_signing_in_as_a_person_does(vendor: FakeVendor, home: Home, unused_port: int) -> None:
    """The program waits, the browser comes back, the tokens are kept; nobody sees a secret."""
    redirect = f"http://localhost:{unused_port}/callback"
    words = [sys.executable, "-m", "hrvctl", "--home", str(home.root), "connect", "oura"]
    words += ["--redirect", redirect, "--address", vendor.url]
    vendor.now = lambda: datetime.now().astimezone()
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write("{client_id}\n{client_secret}\n".format(**APP))
        process.stdin.close()
        shown = []
        while not shown or not shown[-1].startswith(f"{vendor.url}/oauth/authorize?"):
            shown.append(process.stderr.readline())
            assert shown[-1], "it ended"
        asked = parse_qs(urlsplit(shown[-1].strip()).query)
        assert asked["redirect_uri"] == [redirect]
        assert wait_until_open(unused_port)
        assert get(f"{redirect}?code={CODE}&state={asked['state'][0]}") == 200
        out, err = process.stdout.read(), process.stderr.read()  # type: ignore[union-attr]
        assert process.wait(30) == 0, err
    assert out.startswith("Connected.")
    assert "Secret" not in "".join([*shown, out, err])
    assert stored(home).account == vendor.account


def get(address: str) -> int:
    """The status of a request to the waiting program."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - our own
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_the_browser_comes_back_to_this_machine(unused_port: int) -> None:
    """A picture of the page, and another sign-in's answer, are passed over."""
    redirect, came = f"http://localhost:{unused_port}/callback", []
    thread = threading.Thread(
        target=lambda: came.append(wait_for_code(redirect, "s" * 20, wait_s=10))
    )
    thread.start()
    assert wait_until_open(unused_port)
    assert get(f"http://127.0.0.1:{unused_port}/favicon.ico") == 404
    assert get(f"{redirect}?code=x&state=other") == 404
    assert get(f"{redirect}?code=c1&state={'s' * 20}") == 200
    thread.join(10)
    assert came == ["c1"]


def test_of_two_answers_the_first_counts_and_by_either_protocol(unused_port: int) -> None:
    """A browser may try ::1 first, and come twice."""
    redirect, came = f"http://localhost:{unused_port}/callback", []
    thread = threading.Thread(
        target=lambda: came.append(wait_for_code(redirect, "s" * 20, wait_s=10))
    )
    thread.start()
    host = "::1" if has_ipv6() else "127.0.0.1"
    assert wait_until_open(unused_port, host)
    address = f"[{host}]" if has_ipv6() else host
    assert get(f"http://{address}:{unused_port}/callback?code=first&state={'s' * 20}") == 200
    with contextlib.suppress(OSError):
        get(f"{redirect}?code=second&state={'s' * 20}")
    thread.join(10)
    assert came == ["first"]


def has_ipv6() -> bool:
    """Whether this machine has a loopback of it."""
    try:
        with socket.socket(socket.AF_INET6) as one:
            one.bind(("::1", 0))
    except OSError:
        return False
    return True


def test_nobody_comes_and_the_port_is_taken(unused_port: int) -> None:
    """Each with its way out."""
    redirect = f"http://localhost:{unused_port}/callback"
    with pytest.raises(UsageError, match="nobody signed in") as late:
        wait_for_code(redirect, "s" * 20, wait_s=0)
    assert "--paste" in late.value.hint
    with socket.socket() as other:
        other.bind(("127.0.0.1", unused_port))
        other.listen()
        with pytest.raises(UsageError, match=f"port {unused_port} cannot be used") as taken:
            wait_for_code(redirect, "s" * 20, wait_s=0)
    assert "--paste" in taken.value.hint


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("?code={code}&state={state}", ""),
        ("?code={code}&state=another", "not of this sign-in"),
        ("?error=access_denied&state={state}", "did not allow it: access_denied"),
        ("", "not of this sign-in"),
    ],
    ids=["code", "another state", "refused", "no query"],
)
def test_the_address_of_another_machines_browser_is_pasted(
    say: Hrvctl, vendor: FakeVendor, monkeypatch: pytest.MonkeyPatch, answer: str, words: str
) -> None:
    """Its page does not load, its address is enough; it is shown nowhere."""
    monkeypatch.setattr("hrvctl.network.oauth.secrets.token_urlsafe", lambda _: "s" * 64)
    address = "https://localhost:8765/callback" + answer.format(code=CODE, state="s" * 64)
    given = "{client_id}\n{client_secret}\n".format(**APP) + f"{address}\n"
    done = say("connect", "whoop", "--paste", "--address", vendor.url, stdin=given)
    assert done.code == (ExitCode.USAGE if words else 0)
    assert words in done.err
    assert "Secret" not in done.out + done.err


def test_a_refused_sign_in_is_told(unused_port: int) -> None:
    """With the vendor's word for it."""
    redirect, came = f"http://localhost:{unused_port}/callback", []

    def wait() -> None:
        try:
            wait_for_code(redirect, "s" * 20, wait_s=10)
        except UsageError as error:
            came.append(error.message)

    thread = threading.Thread(target=wait)
    thread.start()
    assert wait_until_open(unused_port)
    get(f"{redirect}?error=access_denied&state={'s' * 20}")
    thread.join(10)
    assert came == ["the vendor did not allow it: access_denied"]


def wait_until_open(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody listens within some seconds."""
    for _ in range(100):
        with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
            return True
        time.sleep(0.05)
    return False
