"""The random bytes of each person of a cohort, with which their forecasts are sealed.

They are apart from nights and forecasts: by bucket, in numbered tables that are only ever added,
each of the people who were new. Of two runs that add at once one takes the number; the other reads
again. Once a person's salt is deleted, no hash of any seal can be told to be theirs.
"""

import io
import secrets
from collections.abc import Collection, Mapping

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hrvctl.errors import DataError
from hrvctl.records.cohort_seals import SALT_BYTES
from hrvctl.store.cohorts.seals import Files

SALTS = "salts"
_SCHEMA = pa.schema([("subject", pa.string()), ("salt", pa.binary(SALT_BYTES))])


def load_salts(files: Files, bucket: int, subjects: Collection[str]) -> Mapping[str, bytes]:
    """Read the salts of some people of a bucket; who has none is left out.

    Raises:
        DataError: A table of salts is damaged.
    """
    found: dict[str, bytes] = {}
    for path in _paths(files, bucket):
        for row in _of(_read(files, path), subjects).to_pylist():
            found.setdefault(row["subject"], row["salt"])
    return found


def add_salts(files: Files, bucket: int, subjects: Collection[str]) -> int:
    """Make a salt for each person of a bucket who has none; returns for how many.

    Raises:
        DataError: A table of salts is damaged.
    """
    while True:
        paths = _paths(files, bucket)
        known = (_read(files, path)["subject"].to_pylist() for path in paths)
        new = sorted(set(subjects).difference(*known))
        if not new:
            return 0
        salts = [secrets.token_bytes(SALT_BYTES) for _ in new]
        try:
            files.create(
                _path(bucket, _number(paths) + 1), _bytes(pa.table([new, salts], schema=_SCHEMA))
            )
        except FileExistsError:
            continue  # another run took the number, perhaps for the same people
        return len(new)


def delete_salts(files: Files, bucket: int, subjects: Collection[str]) -> int:
    """Delete the salts of some people of a bucket; returns of how many. One call at a time.

    Raises:
        DataError: A table of salts is damaged.
    """
    deleted: set[str] = set()
    for path in _paths(files, bucket):
        salts = _read(files, path)
        theirs = _of(salts, subjects)
        if theirs.num_rows:
            # A table without people stays: its number must not be taken again.
            files.write(path, _bytes(_of(salts, subjects, are_others=True)))
            deleted.update(theirs["subject"].to_pylist())
    return len(deleted)


def _folder(bucket: int) -> str:
    return f"{SALTS}/bucket={bucket:04d}"


def _paths(files: Files, bucket: int) -> list[str]:
    folder = _folder(bucket)
    return [f"{folder}/{name}" for name in files.list(folder) if name.endswith(".parquet")]


def _path(bucket: int, number: int) -> str:
    return f"{_folder(bucket)}/{number:06d}.parquet"


def _number(paths: list[str]) -> int:
    """The highest number in use."""
    return max((int(path.rpartition("/")[2].removesuffix(".parquet")) for path in paths), default=0)


def _of(salts: pa.Table, subjects: Collection[str], *, are_others: bool = False) -> pa.Table:
    are_theirs = pc.is_in(salts["subject"], pa.array(list(subjects), pa.string()))
    return salts.filter(pc.invert(are_theirs) if are_others else are_theirs)


def _read(files: Files, path: str) -> pa.Table:
    try:
        salts = pq.read_table(io.BytesIO(files.read(path)))
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path} cannot be read: {error}", hint="restore it from a copy") from error
    if salts.schema.remove_metadata() != _SCHEMA:
        raise DataError(f"{path} is no table of salts", hint="restore it from a copy")
    return salts


def _bytes(salts: pa.Table) -> bytes:
    buffer = io.BytesIO()
    # No value occurs twice, nor is one repeated in the file as the least or the greatest.
    pq.write_table(salts, buffer, use_dictionary=False, write_statistics=False)
    return buffer.getvalue()
