"""Write a file that ends in a mark of its own content: only such a file, unchanged, is replaced."""

import hashlib
import re
from pathlib import Path

from hrvctl.errors import UsageError
from hrvctl.files import read_file
from hrvctl.store.artifacts import export_bytes

# The last line, a comment of the file's own format: SHA-256 of all lines before it.
_MARK = re.compile(rb"[^\n]*made by hrvctl, sha256 ([0-9a-f]{64})[^\n]*\n\Z")


def write_file(
    path: Path, content: bytes, *, comment: tuple[str, str], force: bool, dry_run: bool = False
) -> int:
    """Write a file where nothing is, or over an unchanged one that this function wrote.

    Args:
        path: The file; its folder is left as it is.
        content: Without the mark.
        comment: What begins and ends a comment line in this format.
        force: Replace any file.
        dry_run: Check only.

    Returns:
        The bytes of the file with its mark.

    Raises:
        UsageError: Another file is there and ``force`` is false.
        DataError: It cannot be written there; an older file is left as it was.
    """
    if not force and path.exists() and not is_own(path):
        raise UsageError(
            f"{path} exists, and was not made by this command or was changed since",
            hint="name a new file, or replace it with --force",
        )
    body = content if content.endswith(b"\n") else content + b"\n"
    digest = hashlib.sha256(body).hexdigest()
    whole = body + f"{comment[0]}made by hrvctl, sha256 {digest}{comment[1]}\n".encode()
    if not dry_run:
        export_bytes(path, whole)
    return len(whole)


def is_own(path: Path) -> bool:
    """Whether a file was written by ``write_file`` and not changed since."""
    try:
        content = read_file(path)
    except OSError:
        return False
    found = _MARK.search(content)
    digest = hashlib.sha256(content[: found.start()]).hexdigest() if found else ""
    return found is not None and digest.encode() == found[1]
