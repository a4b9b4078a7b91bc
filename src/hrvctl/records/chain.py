"""An entry of the ledger's chain: a hash over a salted payload, so that a payload can be erased."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

VERSION = 2
# Made once: making it takes longer than it takes to encode a row.
_ENCODER = json.JSONEncoder(default=repr)


class Kind(StrEnum):
    """What an entry is: its payload has the keys that ``docs/ledger.md`` lists."""

    FORECAST = "forecast"
    GUESS = "guess"
    OUTCOME = "outcome"
    CORRECTION = "correction"
    EXCLUSION = "exclusion"
    RECEIPT = "receipt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry as it is stored.

    Attributes:
        seq: Place in the chain, from 1.
        v: Version of the format.
        kind: One of ``Kind``.
        created_at: When it was appended, with its UTC offset.
        payload_sha256: SHA-256 of salt and payload.
        prev_hash: Hash of the row or entry before.
        hash: SHA-256 of the JSON list of all above.
        salt: Random, so that an erased payload cannot be guessed from its hash; ``None`` if erased.
        payload: JSON with sorted keys; ``None`` if erased.
    """

    seq: int
    v: int
    kind: str
    created_at: str
    payload_sha256: str
    prev_hash: str
    hash: str
    salt: str | None
    payload: str | None

    @property
    def header(self) -> tuple[int | str, ...]:
        """What ``hash`` is over."""
        return (
            self.seq,
            self.v,
            self.kind,
            self.created_at,
            self.payload_sha256,
            self.prev_hash,
        )

    def stored(self) -> tuple[int | str | None, ...]:
        """As ``load_chain`` returns it: salt, payload, header and hash."""
        return (self.salt, self.payload, *self.header, self.hash)


def make_entry(
    kind: Kind,
    content: Mapping[str, object],
    *,
    seq: int,
    created_at: str,
    prev_hash: str,
    salt: str,
) -> Entry:
    """Make the entry that follows another.

    Args:
        kind: What it is.
        content: Its payload.
        seq: Its place.
        created_at: When it is appended.
        prev_hash: Hash of the one before.
        salt: Random text.
    """
    payload = json.dumps(content, sort_keys=True, separators=(",", ":"))
    payload_sha256 = payload_hash(salt, payload)
    return Entry(
        seq=seq,
        v=VERSION,
        kind=kind.value,
        created_at=created_at,
        payload_sha256=payload_sha256,
        prev_hash=prev_hash,
        hash=row_hash((seq, VERSION, kind.value, created_at, payload_sha256, prev_hash)),
        salt=salt,
        payload=payload,
    )


def payload_hash(salt: str, payload: str) -> str:
    """SHA-256 of a payload behind its salt."""
    return _sha256(f"{salt}{payload}".encode("utf-8", "surrogateescape"))


def row_hash(stored: Sequence[object]) -> str:
    """SHA-256 of a row as it is stored, the hash of the previous row included."""
    return _sha256(_ENCODER.encode(list(stored)).encode())


def _sha256(content: bytes) -> str:
    import hashlib  # noqa: PLC0415 - it loads OpenSSL, for whoever only reads what is sealed

    return hashlib.sha256(content).hexdigest()
