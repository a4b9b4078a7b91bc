"""A keyring of the test's own, and no key in the environment."""

from collections.abc import Iterator

import keyring
import pytest
from keyring.backend import KeyringBackend


class MemoryKeyring(KeyringBackend):
    """Keys in memory."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.keys: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        """The key under that name."""
        return self.keys.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Store a key."""
        self.keys[service, username] = password


@pytest.fixture(autouse=True)
def memory_keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryKeyring]:
    """An empty keyring, in place of the system's."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    mine = MemoryKeyring()
    before = keyring.get_keyring()
    keyring.set_keyring(mine)
    yield mine
    keyring.set_keyring(before)
