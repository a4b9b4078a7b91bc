"""The seal of a cohort's evening: one root over every forecast, chained to the evening before.

A forecast is a leaf: SHA-256 over a zero byte, 32 random bytes that are the person's own, and the
forecast in its one written form. Without the person's salt a hash tells nothing of anybody; once
the salt is deleted nobody can tell any more which leaves were theirs. Leaves are in order of
subject, then source; over those of a chunk stands a Merkle tree (``merkle``), and another over the
roots of the chunks in their order. The evening's root is SHA-256 over the root of the evening
sealed before, the root over the chunks, and the seal's header.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, NamedTuple, Self

from hrvctl.records import merkle
from hrvctl.records.days import day_at
from hrvctl.records.forecasts import NO_HASH

VERSION = 1
# Of a person's salt: as long as the hash it protects.
SALT_BYTES = 32
# As in every file of forecasts: a millionth of a millisecond is round-off.
DECIMALS = 6


class CohortForecast(NamedTuple):
    """A person's forecast by one model, as it is sealed.

    Attributes:
        subject: The person.
        target: The morning forecast.
        source: The model's name.
        metric: The metric forecast.
        measured_by: The source whose value will count as the actual.
        as_of: The last day whose data was used.
        mean: In the metric's unit.
        quantiles: Level to value, only levels that are stated.
        inputs_sha256: Fingerprint of everything the forecast was made from.
    """

    subject: str
    target: date
    source: str
    metric: str
    measured_by: str
    as_of: date
    mean: float
    quantiles: Mapping[float, float]
    inputs_sha256: str

    def written(self) -> bytes:
        """Its one written form: a JSON list in UTF-8, numbers rounded to ``DECIMALS``.

        Raises:
            ValueError: A number is not finite, or a text is not Unicode.
        """
        return _json(
            [
                self.subject,
                self.target.isoformat(),
                self.source,
                self.metric,
                self.measured_by,
                self.as_of.isoformat(),
                round(float(self.mean), DECIMALS),
                {
                    str(level): round(float(value), DECIMALS)
                    for level, value in sorted(self.quantiles.items())
                },
                self.inputs_sha256,
            ]
        )

    def leaf(self, salt: bytes) -> bytes:
        """The hash that stands for it in the tree; errors as of ``written``."""
        return _leaf(salt, self.written())


def evening_root(chunk_roots: Sequence[bytes]) -> str:
    """The root over the roots of all chunks, in hexadecimal."""
    return merkle.root([merkle.leaf_hash(root) for root in chunk_roots]).hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """What fixes every forecast of an evening; the content of ``seal.json``.

    Attributes:
        v: Version of the format.
        evening: The last day whose data was used; forecasts are of the morning after.
        zone: IANA name of the cohort's time zone.
        day_starts_at: HH:MM of the morning from which on nothing is sealed.
        sealed_at: When, aware, in the cohort's zone.
        n: Number of leaves.
        n_chunks: Number of chunks they are spread over.
        made: The program and the choices the forecasts were made with, by name.
        forecasts_root: Root over the chunks' roots.
        prev: Root of the evening sealed before; 64 zeros for the first.
        root: SHA-256 of ``prev``, ``forecasts_root`` and ``header``.
    """

    v: int = VERSION
    evening: date
    zone: str
    day_starts_at: str
    sealed_at: datetime
    n: int
    n_chunks: int
    made: Mapping[str, str]
    forecasts_root: str
    prev: str
    root: str = ""

    @classmethod
    def after(cls, before: Self | None, **fields: Any) -> Self:  # noqa: ANN401 - the other fields
        """Make the seal that follows another; ``None`` before the first."""
        draft = {**fields, "prev": before.root if before else NO_HASH}
        return cls(**draft, root=cls(**draft).computed_root())

    @property
    def target(self) -> date:
        """The morning forecast."""
        return self.evening + timedelta(days=1)

    @property
    def header(self) -> str:
        """All but the hashes, as JSON."""
        return _json(
            {
                "v": self.v,
                "evening": self.evening.isoformat(),
                "zone": self.zone,
                "day_starts_at": self.day_starts_at,
                "sealed_at": self.sealed_at.isoformat(),
                "n": self.n,
                "n_chunks": self.n_chunks,
                "made": dict(sorted(self.made.items())),
            }
        ).decode()

    def computed_root(self) -> str:
        """The root that its content has.

        Raises:
            ValueError: A hash in it is none.
        """
        return _root(self.prev, self.forecasts_root, self.header)


def chain_faults(seals: Iterable[Seal]) -> tuple[str, ...]:
    """What is wrong with the seals of a cohort, one sentence each; none when they are whole.

    Args:
        seals: All of them.
    """
    in_order = sorted(seals, key=lambda seal: seal.evening)
    faults = [
        f"the seal of {seal.evening} was changed after it was made: its root is another"
        for seal in in_order
        if not _is_whole(seal)
    ]
    faults += [
        f"the seal of {seal.evening} was made at {seal.sealed_at}, when its morning had begun"
        for seal in in_order
        if day_at(seal.sealed_at, time.fromisoformat(seal.day_starts_at)) >= seal.target
    ]
    if in_order and in_order[0].prev != NO_HASH:
        faults.append(f"a seal before that of {in_order[0].evening} is missing")
    for before, seal in pairwise(in_order):
        if seal.prev != before.root:
            faults.append(
                f"the seal of {seal.evening} does not follow that of {before.evening}:"
                " one of them was replaced, or one between them is missing"
            )
        if seal.sealed_at < before.sealed_at:
            faults.append(
                f"the seal of {seal.evening} was made before that of {before.evening}:"
                " a clock was wrong"
            )
    return tuple(faults)


def published_faults(seals: Iterable[Seal], published: Mapping[date, str]) -> tuple[str, ...]:
    """Where seals differ from roots published before; seals published nowhere are not compared.

    Args:
        seals: All of a cohort.
        published: Evening to root, for example of an older copy of ``roots.csv``.
    """
    found = {seal.evening: seal.root for seal in seals}
    return tuple(
        f"the seal of {evening} is missing, whose root was published"
        if evening not in found
        else f"the seal of {evening} has another root than was published"
        for evening, root in sorted(published.items())
        if found.get(evening) != root
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What shows to anybody who knows an evening's root that a forecast was sealed in it.

    Attributes:
        forecast: Its written form.
        salt: The person's, in hexadecimal.
        index, n: Place of its leaf in the chunk, from 0, of how many.
        siblings: Hashes on the way up to the chunk's root.
        chunk, n_chunks: Place of the chunk, from 0, of how many.
        chunk_siblings: Hashes on the way up to the root over the chunks.
        header: Of the seal.
        prev: Root of the evening sealed before.
    """

    forecast: str
    salt: str
    index: int
    n: int
    siblings: tuple[str, ...]
    chunk: int
    n_chunks: int
    chunk_siblings: tuple[str, ...]
    header: str
    prev: str

    def root(self) -> str:
        """The root of the evening that this is a proof for.

        Raises:
            ValueError: It is a proof for none.
        """
        leaf = _leaf(bytes.fromhex(self.salt), self.forecast.encode())
        chunk_root = merkle.root_from_proof(
            leaf, self.index, self.n, [bytes.fromhex(each) for each in self.siblings]
        )
        forecasts_root = merkle.root_from_proof(
            merkle.leaf_hash(chunk_root),
            self.chunk,
            self.n_chunks,
            [bytes.fromhex(each) for each in self.chunk_siblings],
        )
        return _root(self.prev, forecasts_root.hex(), self.header)


def prove(
    seal: Seal,
    forecast: CohortForecast,
    salt: bytes,
    *,
    leaves: Sequence[bytes],
    chunk_roots: Sequence[bytes],
    chunk: int,
) -> Proof:
    """Make the proof that a forecast is in a sealed evening.

    Args:
        seal: The evening's.
        forecast: As it was sealed.
        salt: The person's.
        leaves: Of its chunk, in order.
        chunk_roots: Of the evening, in order.
        chunk: Place of its chunk, from 0.

    Raises:
        ValueError: It is not one of the leaves.
    """
    index = leaves.index(forecast.leaf(salt))
    tops = [merkle.leaf_hash(root) for root in chunk_roots]
    return Proof(
        forecast=forecast.written().decode(),
        salt=salt.hex(),
        index=index,
        n=len(leaves),
        siblings=tuple(each.hex() for each in merkle.inclusion_proof(leaves, index)),
        chunk=chunk,
        n_chunks=len(tops),
        chunk_siblings=tuple(each.hex() for each in merkle.inclusion_proof(tops, chunk)),
        header=seal.header,
        prev=seal.prev,
    )


def _is_whole(seal: Seal) -> bool:
    try:
        return seal.root == seal.computed_root()
    except ValueError:
        return False


def _leaf(salt: bytes, written: bytes) -> bytes:
    if len(salt) != SALT_BYTES:  # of another length, salt and forecast could change places
        raise ValueError(f"a salt has {SALT_BYTES} bytes, not {len(salt)}")
    return merkle.leaf_hash(salt + written)


def _root(prev: str, forecasts_root: str, header: str) -> str:
    hashes = [bytes.fromhex(each) for each in (prev, forecasts_root)]
    if any(len(each) != merkle.HASH_BYTES for each in hashes):
        raise ValueError("a hash of the seal has another length")
    return hashlib.sha256(b"".join(hashes) + header.encode()).hexdigest()


def _json(value: object) -> bytes:
    return _ENCODER.encode(value).encode()


# Made once: making it takes longer than it takes to encode a forecast.
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
