"""The protocol of a source, and the document it reads."""

import io
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import IO, Protocol, runtime_checkable

from hrvctl.records import Reading


@dataclass(frozen=True, slots=True)
class Document:
    """One file: on disk, in a folder, or in a zip.

    Attributes:
        name: As the person knows it, for example ``export.zip/physiological_cycles.csv``.
        head: The first 64 KiB at most, to recognise it by.
        load: Reads the whole content.
        opener: Opens the content as a stream, for a file that does not fit in memory.
        modified_on: The day the file was last written, where known.
        n_bytes: Its size, uncompressed; 0 where unknown.
        kind: The kind ``identify`` named, where the head is no longer kept; else empty.
        date_order: ``day-first`` or ``month-first``, where the person named it; else empty.
    """

    name: str
    head: bytes
    load: Callable[[], bytes]
    opener: Callable[[], AbstractContextManager[IO[bytes]]] | None = None
    modified_on: date | None = None
    n_bytes: int = 0
    kind: str = ""
    date_order: str = ""

    def stream(self) -> AbstractContextManager[IO[bytes]]:
        """Open the content as a stream of bytes, from its beginning."""
        return self.opener() if self.opener else io.BytesIO(self.load())


class Source(Protocol):
    """A vendor's export format.

    ``identify`` is fast, uses content and never the name alone, and never raises. ``read`` never
    raises for faulty content: it returns every fault as a ``Problem`` with file, line, column and
    value, so that all of them can be shown at once.
    """

    @property
    def name(self) -> str:
        """The name a person uses for it, and the ``source`` of its measurements."""
        ...

    @property
    def title(self) -> str:
        """What its exports are called, for people."""
        ...

    @property
    def steps(self) -> tuple[str, ...]:
        """How a person gets the export, step by step."""
        ...

    def identify(self, document: Document) -> str | None:
        """Name the kind of file the document is, or ``None`` if it is not this vendor's."""
        ...

    def read(self, document: Document, *, today: date) -> Reading:
        """Read an identified document.

        Args:
            document: A document for which ``identify`` named a kind.
            today: The user's date; a day after tomorrow is a fault.
        """
        ...


@runtime_checkable
class JointSource(Source, Protocol):
    """A source whose files of one export complete each other and are read together."""

    def read(self, document: Document, *, today: date) -> Reading:
        """Read one file alone, without the information in the others of its export."""
        return self.read_together([document], today=today)[0]

    def read_together(self, documents: Sequence[Document], *, today: date) -> list[Reading]:
        """Read the files of one import together.

        Args:
            documents: Files for which ``identify`` named a kind.
            today: The person's date; a day after tomorrow is a fault.

        Returns:
            One reading a document, in their order.
        """
        ...


@runtime_checkable
class StreamingSource(Source, Protocol):
    """A source with files that may be larger than memory, alone or together."""

    @property
    def streams(self) -> frozenset[str]:
        """The kinds of these files; the registry does not load them.

        Of such a document only ``stream`` and ``kind`` are read.
        """
        ...
