"""Merkle trees of RFC 6962 (section 2.1; the same in RFC 9162): SHA-256, leaves and nodes apart.

Leaves are passed as their hashes, 32 bytes each. Level by level, nodes are hashed in pairs and an
odd last one moves up unchanged; that is the RFC's tree, split at the largest power of two.
"""

import hashlib
from collections.abc import Sequence

# Bytes of a SHA-256.
HASH_BYTES = 32
_LEAF, _NODE = b"\x00", b"\x01"


def leaf_hash(content: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(_LEAF + content).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes in order; without leaves the SHA-256 of nothing."""
    if not leaves:
        return hashlib.sha256().digest()
    level = leaves
    while len(level) > 1:
        level = _parents(level)
    return level[0]


def inclusion_proof(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The siblings on the way from a leaf to the root, the lowest first.

    Args:
        leaves: Leaf hashes in order.
        index: Place of the leaf, from 0.

    Raises:
        IndexError: There is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(f"leaf {index} of {len(leaves)}")
    siblings = []
    level = leaves
    while len(level) > 1:
        if index ^ 1 < len(level):
            siblings.append(level[index ^ 1])
        level, index = _parents(level), index // 2
    return tuple(siblings)


def root_from_proof(leaf: bytes, index: int, n: int, proof: Sequence[bytes]) -> bytes:
    """The root that a leaf has by its siblings; of another leaf or place it is another root.

    Args:
        leaf: Its hash.
        index: Its place, from 0.
        n: Number of leaves of the tree.
        proof: As of ``inclusion_proof``.

    Raises:
        ValueError: No tree of ``n`` leaves has such a proof.
    """
    if not 0 <= index < n:
        raise ValueError(f"leaf {index} of {n}")
    siblings = iter(proof)
    node = leaf
    while n > 1:
        if index ^ 1 < n:
            sibling = next(siblings, b"")
            if len(sibling) != HASH_BYTES:
                raise ValueError("a hash of the proof is missing or has another length")
            node = _node_hash(sibling, node) if index % 2 else _node_hash(node, sibling)
        index, n = index // 2, (n + 1) // 2
    if next(siblings, None) is not None:
        raise ValueError("the proof is too long")
    return node


def _parents(level: Sequence[bytes]) -> list[bytes]:
    parents = [_node_hash(a, b) for a, b in zip(level[::2], level[1::2], strict=False)]
    return parents + list(level[len(level) - len(level) % 2 :])


def _node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(_NODE + left + right).digest()
