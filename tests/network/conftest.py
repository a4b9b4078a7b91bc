"""A keyring of the test's own, and no key in the environment."""

from collections.abc import Iterator

import keyring
import pytest

from network.keyrings import MemoryKeyring


@pytest.fixture(autouse=True)
def memory_keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryKeyring]:
    """An empty keyring, in place of the system's."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    mine = MemoryKeyring()
    before = keyring.get_keyring()
    keyring.set_keyring(mine)
    yield mine
    keyring.set_keyring(before)
