"""Pseudonyms: names that only who has the key can tie to people.

They are keyed hashes (BLAKE2b, RFC 7693): the same person has the same pseudonym in every export
made with one key, and none of the names needs to be kept beside them.
"""

import hashlib

import pyarrow as pa
import pyarrow.compute as pc

# Of a pseudonym: among a million people two have the same one with a chance of 4 in 10^13.
BYTES = 10


def pseudonym(subject: str, key: bytes) -> str:
    """The pseudonym of a person, 20 hexadecimal digits."""
    return hashlib.blake2b(subject.encode(), key=key, digest_size=BYTES).hexdigest()


def pseudonymised(table: pa.Table, key: bytes) -> pa.Table:
    """A table with pseudonyms as its ``subject``, in their order: the old one would tell names."""
    column = table["subject"].combine_chunks().dictionary_encode()
    names = pa.array([pseudonym(name, key) for name in column.dictionary.to_pylist()], pa.string())
    place = table.column_names.index("subject")
    others = [(name, "ascending") for name in table.column_names if name != "subject"]
    subjects = names.take(column.indices)
    return table.set_column(place, "subject", subjects).sort_by([("subject", "ascending"), *others])


def parts(table: pa.Table, n: int) -> list[pa.Table]:
    """A table with pseudonyms in ``n`` parts, at most 256: all of one are before all of the next.

    Equal shares of people, since every hash is as likely.
    """
    first = pc.utf8_slice_codeunits(table["subject"], 0, 2)
    places = {f"{byte:02x}": byte * n // 256 for byte in range(256)}
    encoded = first.combine_chunks().dictionary_encode()
    mapped = pa.array([places[each] for each in encoded.dictionary.to_pylist()], pa.int32())
    part = mapped.take(encoded.indices)
    return [table.filter(pc.equal(part, number)) for number in range(n)]
