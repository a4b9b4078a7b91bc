"""Keyrings in place of the system's."""

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked


class MemoryKeyring(KeyringBackend):
    """Keys in memory, which may be locked.

    Attributes:
        keys: By service and name.
        is_locked: Whether nothing can be read or written.
    """

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.keys: dict[tuple[str, str], str] = {}
        self.is_locked = False

    def get_password(self, service: str, username: str) -> str | None:
        """The key under that name."""
        self._check()
        return self.keys.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Store a key."""
        self._check()
        self.keys[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Delete a key."""
        self._check()
        del self.keys[service, username]

    def _check(self) -> None:
        if self.is_locked:
            raise KeyringLocked("no Secret here")
