"""Which endpoint is sent which API key, and that no key is ever shown."""

import sys
import time

import pytest
from keyring.errors import KeyringLocked

from hrvctl.network.api_keys import NO_KEY, find_key
from hrvctl.network.http import RequestFailed, host_of

KEY = "sk-zanzibar-0123456789"


def found(url: str) -> tuple[str, str]:
    """The key for an endpoint, and where it was found."""
    key = find_key(url, deadline=time.monotonic() + 5)
    assert KEY not in repr(key)
    return key.value, key.origin


@pytest.mark.parametrize("url", ["https://api.example.com/v1", "http://localhost:11434/v1"])
def test_key_of_the_environment_is_sent_over_https_or_to_this_machine_only(url, monkeypatch):
    """To another machine only encrypted."""
    monkeypatch.setenv("OPENAI_API_KEY", f" {KEY}\n")
    assert found(url) == (KEY, "environment variable OPENAI_API_KEY")


@pytest.mark.parametrize("url", ["http://192.168.1.7:11434/v1", "http://box.local/v1"])
def test_key_of_the_environment_is_not_sent_unencrypted(url, monkeypatch):
    """A machine on the local network needs none and gets none."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert found(url)[0] == NO_KEY


def test_key_of_the_keyring_is_the_one_of_the_host(memory_keyring):
    """Stored for the service hrvctl and the endpoint's host."""
    memory_keyring.set_password("hrvctl", "api.example.com", KEY)
    assert found("https://API.example.com/v1") == (KEY, "keyring")
    with pytest.raises(RequestFailed):
        found("https://api.example.org/v1")


@pytest.mark.parametrize(
    "url", ["http://localhost:1/v1", "http://127.0.0.1/v1", "http://[::1]:1/v1", "http://ollama/v1"]
)
def test_no_key_is_needed_on_the_local_network(url):
    """Ollama and similar servers need none; the word "none" is sent."""
    value, origin = found(url)
    assert value == NO_KEY
    assert origin.startswith("not needed")


def test_a_missing_key_is_an_error_with_how_to_set_one():
    """The message names the host, the hint the keyring's command and the variable."""
    with pytest.raises(RequestFailed, match=r"api\.example\.com needs an API key") as caught:
        found("https://api.example.com/v1")
    assert "keyring set hrvctl api.example.com" in caught.value.hint
    assert "OPENAI_API_KEY" in caught.value.hint


def test_a_locked_keyring_counts_as_having_no_key(memory_keyring, monkeypatch):
    """Under cron nobody unlocks it; this is not an error."""

    def locked(*_: str) -> str:
        raise KeyringLocked("locked")

    monkeypatch.setattr(memory_keyring, "get_password", locked)
    assert found("http://localhost/v1")[0] == NO_KEY


def test_a_keyring_that_asks_for_a_password_is_left_at_the_deadline(memory_keyring, monkeypatch):
    """Its prompt may be on a screen nobody looks at."""
    monkeypatch.setattr(memory_keyring, "get_password", lambda *_: time.sleep(1))
    begun = time.monotonic()
    assert find_key("http://localhost/v1", deadline=begun + 0.1).value == NO_KEY
    assert time.monotonic() - begun < 0.9


def test_host_of_an_address():
    """In lower case, without port; empty where there is none."""
    assert host_of("https://API.Example.com:8443/v1") == "api.example.com"
    assert host_of("http:///v1") == ""


@pytest.mark.parametrize("is_installed", [True, False])
def test_the_hint_names_the_extra_where_the_keyring_is_missing(is_installed, monkeypatch):
    """The package is optional; the command of an installed one is enough."""
    if not is_installed:
        monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(RequestFailed) as caught:
        found("https://api.example.com/v1")
    assert ("pip install 'hrvctl[keyring]'" in caught.value.hint) is not is_installed
    assert "keyring set hrvctl api.example.com" in caught.value.hint
