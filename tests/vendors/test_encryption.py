"""What is private goes to the vendor itself, encrypted, or nowhere."""

import signal
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from conftest import TODAY, Authority, Result
from hrvctl.errors import ExitCode
from hrvctl.records.choices import Vendor
from hrvctl.store.home import Home
from hrvctl.usecases.pull import pull
from hrvctl.usecases.pulled import Outcome
from hrvctl.usecases.workspace import Workspace
from vendors.fake import KEY, FakeVendor, serving
from vendors.test_receive import metrics

Hrvctl = Callable[..., Result]
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
BAD = {
    "expired": ({"not_before": LONG_AGO, "not_after": LONG_AGO + timedelta(days=90)}, "expired"),
    "early": ({"not_before": datetime(2099, 1, 1, tzinfo=UTC)}, "not valid yet"),
    "another host": ({"identity": "vendor.example"}, "belongs to another host"),
}


def context_of(
    authority: Authority, identity: str = "127.0.0.1", **dates: datetime
) -> ssl.SSLContext:
    """What a server with a certificate needs."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    dates = {"not_after": datetime(2100, 1, 1, tzinfo=UTC)} | dates
    authority.issue_cert(identity, **dates).configure_cert(context)
    return context


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """The authority, known to this machine."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return authority


def connect(say: Hrvctl, vendor: FakeVendor) -> Result:
    """Sign in by the key."""
    return say("connect", "intervals", "--address", vendor.url, stdin=f"{KEY}\n")


def test_an_encrypted_vendor_is_connected_and_pulled(say: Hrvctl, trusted: Authority) -> None:
    """With a certificate that this machine trusts."""
    vendor = FakeVendor(nights={TODAY: (50.0, 52)})
    with serving(vendor, context_of(trusted)):
        assert connect(say, vendor).code == 0
        assert say("pull").code == 0


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_certificate_is_refused_in_plain_words(
    say: Hrvctl, trusted: Authority, kind: str
) -> None:
    """Nothing is sent, and the connection that was there stays."""
    options, words = BAD[kind]
    vendor = FakeVendor()
    with serving(vendor, context_of(trusted)):
        assert connect(say, vendor).code == 0
        port = int(vendor.url.rpartition(":")[2])
    vendor.asked.clear()
    with serving(vendor, context_of(trusted, **options), port=port):
        for done in (say("pull"), say("connect", "test", "intervals"), connect(say, vendor)):
            assert done.code == ExitCode.FAILED
            assert "nothing was sent" in done.err
            assert words in done.err
            assert KEY not in done.err
    assert vendor.asked == []


def test_an_unknown_authority_is_refused_in_plain_words(say: Hrvctl, authority: Authority) -> None:
    """There is no way to turn the check off."""
    vendor = FakeVendor()
    with serving(vendor, context_of(authority)):
        done = connect(say, vendor)
    assert done.code == ExitCode.FAILED
    assert "from an authority that this machine does not trust" in done.err
    assert vendor.asked == []


@pytest.fixture
def thief() -> Iterator[FakeVendor]:
    """Another host."""
    with serving(FakeVendor()) as served:
        yield served


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_neither_a_key_nor_a_token_follows_a_redirect(
    with_app: FakeVendor, thief: FakeVendor, home: Home, evening: Callable, status: int
) -> None:
    """Of a request for data, and of one for tokens, whose body has the refresh token."""
    with_app.other_host = f"{thief.url}/v2/usercollection/sleep"
    with_app.moods = [f"redirect {status}"] * 5
    with_app.token_moods = [f"redirect {status}"]
    for later in (0, 2):
        at = evening(TODAY)() + timedelta(days=later)
        (done,) = pull(Workspace(home, lambda at=at: at), "me", [Vendor.OURA], budget_s=20)
        assert done.outcome is Outcome.FAILED
        assert str(status) in done.faults[0]
    assert with_app.paths("token")
    assert thief.asked == []


@pytest.mark.parametrize("vendor_name", ["intervals", "whoop"])
@pytest.mark.parametrize("address", ["http://vendor.example", "http://192.168.1.7", "ftp://a.b"])
def test_plain_http_is_for_this_machine_alone(say: Hrvctl, vendor_name: str, address: str) -> None:
    """Before anything is asked of the person."""
    done = say("connect", vendor_name, "--address", address, stdin=f"{KEY}\n")
    assert done.code == ExitCode.USAGE
    assert "https" in done.err


@pytest.mark.slow
def test_a_phone_posts_over_tls_alone(
    authority: Authority, home: Home, real_today: date, unused_port: int, tmp_path: Path
) -> None:
    """Plain http at the same port gets no answer, and nothing reaches the inbox by it."""
    issued = authority.issue_cert("127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    words = ["--home", str(home.root), "receive", "--lan", "127.0.0.1", "--port", str(unused_port)]
    words += ["--cert", str(tmp_path / "cert.pem"), "--key", str(tmp_path / "key.pem")]
    trusting = ssl.create_default_context(cafile=str(authority.file))

    def post(scheme: str, token: str) -> int:
        asked = urllib.request.Request(  # noqa: S310 - our own
            f"{scheme}://127.0.0.1:{unused_port}/",
            data=metrics(real_today),
            headers={"Authorization": f"Bearer {token}"},
        )
        with urllib.request.urlopen(asked, timeout=10, context=trusting) as answer:  # noqa: S310 - our own
            return answer.status

    with subprocess.Popen(
        [sys.executable, "-m", "hrvctl", *words], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        shown = [process.stdout.readline() for _ in range(4)]
        assert f"https://127.0.0.1:{unused_port}/" in shown[0]
        token = shown[1].split()[-1]
        with pytest.raises(OSError, match=r"reset|closed|refused|disconnected|aborted"):
            post("http", token)
        assert not list(home.inbox.glob("pull.*"))
        assert post("https", token) == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == ExitCode.INTERRUPTED
    assert len(list(home.inbox.glob("pull.*"))) == 1
