"""A phone posts into the inbox: with the token, what a source reads, and nothing else is served."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import date

import pytest

from conftest import TODAY, Result
from hrvctl.errors import ExitCode
from hrvctl.network import receiver
from hrvctl.store.home import Home
from hrvctl.usecases.receive import listen, load_token
from hrvctl.usecases.workspace import Workspace

Hrvctl = Callable[..., Result]
Post = Callable[..., int]


def metrics(day: date = TODAY, hrv_ms: float = 55.0) -> bytes:
    """What Health Auto Export posts."""
    night = {"date": f"{day} 03:00:00 +0200", "qty": hrv_ms, "source": "Watch"}
    sleep = {
        "startDate": f"{day} 00:10:00 +0200",
        "endDate": f"{day} 06:30:00 +0200",
        "value": "Core",
        "qty": 6.3,
        "source": "Watch",
    }
    named = [
        {"name": "heart_rate_variability", "units": "ms", "data": [night]},
        {"name": "sleep_analysis", "units": "hr", "data": [sleep]},
    ]
    return json.dumps({"data": {"metrics": named}}).encode()


@pytest.fixture
def workspace(home: Home, evening: Callable) -> Workspace:
    """The home on the evening of the tests."""
    return Workspace(home, evening(TODAY))


@pytest.fixture
def post(workspace: Workspace) -> Iterator[Post]:
    """Post to the waiting program; returns the status."""
    token, is_new = load_token(workspace, "me")
    assert is_new
    with listen(workspace, "me", "127.0.0.1", 0, token=token, certificate=None) as port:

        def call(
            body: bytes | None = b"{}",
            *,
            path: str = "/",
            bearer: str = token,
            method: str = "POST",
            **headers: str,
        ) -> int:
            headers = {"Authorization": f"Bearer {bearer}", **headers}
            asked = urllib.request.Request(
                f"http://127.0.0.1:{port}{path}", data=body, method=method, headers=headers
            )
            try:
                with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310 - our own
                    return answer.status
            except urllib.error.HTTPError as error:
                return error.code

        yield call


def test_what_a_phone_posts_is_imported(post: Post, hrvctl: Hrvctl) -> None:
    """By the person it is for alone; a batch that comes twice changes nothing."""
    assert [post(metrics()), post(metrics())] == [200, 200]
    hrvctl("morning", "--subject", "ana")
    done = hrvctl("morning", "--json")
    assert len(done.data["imported"]) == 2
    assert done.data["hrv_ms"] == 55.0


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ({"bearer": "wrong"}, 401),
        ({"bearer": ""}, 401),
        ({"path": "/etc/passwd"}, 404),
        ({"body": b"not JSON"}, 422),
        ({"body": b'{"surprise": 1}'}, 422),
        ({"method": "GET", "body": None}, 501),
        ({"method": "PUT"}, 501),
        ({"Content-Length": "999999999999"}, 413),
        ({"Content-Length": "-1"}, 411),
    ],
)
def test_everything_else_is_refused(
    post: Post, home: Home, words: dict[str, str], status: int
) -> None:
    """And leaves nothing behind."""
    assert post(**words) == status
    assert [path.name for path in home.inbox.iterdir()] == ["done"]


def test_requests_are_limited(post: Post) -> None:
    """Whoever tries tokens gets sixty a minute."""
    statuses = [post(bearer="wrong") for _ in range(receiver.MAX_PER_MINUTE + 1)]
    assert statuses[-2:] == [401, 429]
    assert post(metrics()) == 429


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("--lan 192.168.1.20", "--plain"),
        ("--lan 0.0.0.0 --plain", "one address"),
        ("--lan 8.8.8.8 --plain", "one address"),
        ("--lan home --plain", "not an address"),
        ("--cert cert.pem", "belong together"),
    ],
)
def test_an_open_door_is_never_opened_by_the_way(hrvctl: Hrvctl, words: str, hint: str) -> None:
    """What others could read or reach must be typed out."""
    done = hrvctl("receive", *words.split())
    assert done.code == ExitCode.USAGE
    assert hint in done.err


def test_the_token_is_kept(workspace: Workspace, post: Post) -> None:
    """The phone need not be told again."""
    token, is_new = load_token(workspace, "me")
    assert not is_new
    assert post(metrics(), bearer=token) == 200
