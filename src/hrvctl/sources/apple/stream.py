"""Read the tags of Apple's export.xml from a stream, tolerating its usual defects."""

import codecs
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import chain
from typing import IO
from xml.parsers import expat

# Bytes read at once. Own choice: small enough for the processor's cache, large enough that Python
# is called rarely.
PIECE_BYTES = 256 * 1024
# Bytes of one tag. A record has some 500; a tag that never closes would fill the memory.
TAG_BYTES = 8 * 1024**2
# The document's first tag; Apple's DTD before it is some 10 KiB.
ROOT = re.compile(rb"<HealthData[\s>]")
# Control characters that XML forbids and Apple writes all the same.
BLANKED = bytes(32 if byte < 32 and byte not in b"\t\n\r" else byte for byte in range(256))

OnTag = Callable[[str, Mapping[str, str]], None]


class BrokenExport(ValueError):
    """The file cannot be read past a line."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line
        self.why = why


class Tags:
    """Reads a file's opening tags.

    Args:
        on_tag: Called with the name and the attributes of each.
        types: The types of tags whose attributes are needed. The attributes of all other types,
            most of any export, are removed, since parsing them takes most of the time.
    """

    def __init__(self, on_tag: OnTag, types: Collection[str]) -> None:
        wanted = b"|".join(re.escape(name.encode()) for name in sorted(types))
        # Up to the end of the tag; a bare > in quotes, or a tag cut by the piece, does not match.
        self._others = re.compile(rb' type="(?!(?:%b)")[^>]*"(?=/?>)' % wanted)
        # The encoding is given, since a damaged declaration could name an unknown one.
        self._parser = expat.ParserCreate("utf-8")
        self._parser.StartElementHandler = on_tag
        self._parser.EntityDeclHandler = self._refuse

    @property
    def line(self) -> int:
        """The line of the current tag."""
        return self._parser.CurrentLineNumber

    def read(self, stream: IO[bytes]) -> bool:
        """Read every tag of a stream.

        Returns:
            Whether the file is complete; the tags before a cut have been read.

        Raises:
            BrokenExport: It declares entities, or is not XML from some line on.
        """
        n_fed = 0
        try:
            for raw in _pieces(stream):
                piece = self._others.sub(b"", raw).translate(BLANKED)
                self._parser.Parse(piece)
                n_fed += len(piece)
                if n_fed - self._parser.CurrentByteIndex > TAG_BYTES:
                    raise BrokenExport(self.line, f"a tag of more than {TAG_BYTES:,} bytes")
        except expat.ExpatError as error:
            why = f"not XML from here on: {expat.ErrorString(error.code)}"
            raise BrokenExport(error.lineno, why) from error
        try:
            self._parser.Parse(b"", True)
        except expat.ExpatError:
            return False
        return True

    def _refuse(self, name: str, *_: object) -> None:
        raise BrokenExport(self.line, f"it declares an entity, {name[:40]!r}")


def has_root(head: bytes) -> bool:
    """Whether a file's first bytes hold the first tag of an export."""
    first = next(_recoded(iter((head,)))).removeprefix(codecs.BOM_UTF8)
    return first.lstrip()[:1] == b"<" and bool(ROOT.search(first))


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    pieces = _recoded(iter(lambda: stream.read(PIECE_BYTES), b""))
    yield _without_dtd(next(pieces))
    yield from pieces


def _recoded(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield at least one piece; UTF-16 with a byte order mark becomes UTF-8."""
    first = next(pieces, b"")
    if first[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        decode = codecs.getincrementaldecoder("utf-16")("replace").decode
        for piece in chain((first,), pieces):
            yield decode(piece).encode("utf-8", "replace")
    else:
        yield first
        yield from pieces


def _without_dtd(first: bytes) -> bytes:
    """Remove the DTD from a file's beginning: it is malformed in exports of iOS 16.

    Its line ends stay, so that the lines after it keep their numbers.

    Raises:
        BrokenExport: It declares entities, which no export needs.
    """
    root, start = ROOT.search(first), first.find(b"<!DOCTYPE")
    if not root or not 0 <= start < root.start():
        return first
    dtd = first[start : root.start()]
    if b"<!ENTITY" in dtd:
        line = first.count(b"\n", 0, start + dtd.index(b"<!ENTITY")) + 1
        raise BrokenExport(line, "it declares an entity")
    return first[:start] + b"\n" * dtd.count(b"\n") + first[root.start() :]
