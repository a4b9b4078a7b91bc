"""Merkle trees: the published vectors of Certificate Transparency, and the laws of a proof."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrvctl.records.merkle import inclusion_proof, leaf_hash, root, root_from_proof

# certificate-transparency, merkletree/merkle_tree_test.cc: inputs, the root over the first n of
# them, and paths as (index, n, siblings).
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATHS = [
    (0, 1, ""),
    (
        0,
        8,
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
        " 5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
        " 6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (
        5,
        8,
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
        " ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
        " d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 3, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    (
        1,
        5,
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        " 5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
        " bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
]
LEAVES = [leaf_hash(content) for content in INPUTS]


@st.composite
def trees(draw):
    """Leaves, and the place of one of them."""
    contents = draw(st.lists(st.binary(max_size=4), min_size=1, max_size=70))
    leaves = [leaf_hash(content) for content in contents]
    return leaves, draw(st.integers(0, len(leaves) - 1))


def split_root(leaves):
    """The root as RFC 6962 defines it: split at the largest power of two below the number."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + split_root(leaves[:k]) + split_root(leaves[k:])).digest()


def test_roots_are_those_of_certificate_transparency() -> None:
    assert [root(LEAVES[:n]).hex() for n in range(1, 9)] == ROOTS
    assert root([]) == hashlib.sha256(b"").digest()


@pytest.mark.parametrize(("index", "n", "siblings"), PATHS)
def test_proofs_are_those_of_certificate_transparency(index, n, siblings) -> None:
    proof = inclusion_proof(LEAVES[:n], index)
    assert [sibling.hex() for sibling in proof] == siblings.split()
    assert root_from_proof(LEAVES[index], index, n, proof).hex() == ROOTS[n - 1]


@given(trees())
def test_every_leaf_is_proved(tree) -> None:
    leaves, _ = tree
    top = root(leaves)
    assert top == split_root(leaves)
    for index, leaf in enumerate(leaves):
        proof = inclusion_proof(leaves, index)
        assert root_from_proof(leaf, index, len(leaves), proof) == top


@given(trees(), st.data())
def test_a_changed_byte_is_not_proved(tree, data) -> None:
    """Of the leaf or of any sibling."""
    leaves, index = tree
    chain = [leaves[index], *inclusion_proof(leaves, index)]
    changed = data.draw(st.integers(0, len(chain) - 1))
    place, mask = data.draw(st.integers(0, 31)), data.draw(st.integers(1, 255))
    content = bytearray(chain[changed])
    content[place] ^= mask
    chain[changed] = bytes(content)
    assert root_from_proof(chain[0], index, len(leaves), chain[1:]) != root(leaves)


@given(trees(), st.integers(-3, 80))
def test_a_leaf_is_proved_at_its_own_place_alone(tree, other) -> None:
    leaves, index = tree
    top, proof = root(leaves), inclusion_proof(leaves, index)
    if other == index:
        return
    try:
        assert root_from_proof(leaves[index], other, len(leaves), proof) != top or (
            # Twins: the same leaves on both sides of every node on the way.
            0 <= other < len(leaves)
            and leaves[other] == leaves[index]
            and inclusion_proof(leaves, other) == proof
        )
    except ValueError:
        assert not 0 <= other < len(leaves) or len(proof) != len(inclusion_proof(leaves, other))


@pytest.mark.parametrize("proof", [[], [LEAVES[1]], [LEAVES[1][:31], LEAVES[2]], [LEAVES[1]] * 3])
def test_a_proof_of_another_length_is_refused(proof) -> None:
    with pytest.raises(ValueError, match="proof"):
        root_from_proof(LEAVES[0], 0, 3, proof)


@pytest.mark.parametrize("index", [-1, 3])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(index) -> None:
    with pytest.raises(IndexError):
        inclusion_proof(LEAVES[:3], index)
