"""What every source must offer, and the document it is shown."""

import io
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import IO, Protocol, runtime_checkable

from hrvctl.records import Reading


@dataclass(frozen=True, slots=True)
class Document:
    """One file, wherever it lay: on disk, in a folder, or in a zip.

    Attributes:
        name: As the person knows it, for example ``export.zip/physiological_cycles.csv``.
        head: The first 64 KiB at most, enough to recognise it by.
        load: Reads the whole content.
        opener: Opens the content as a stream, for what does not fit in memory.
        modified_on: The day the file was last written, where that is known.
        n_bytes: Its size, uncompressed; 0 where that is not known.
    """

    name: str
    head: bytes
    load: Callable[[], bytes]
    opener: Callable[[], AbstractContextManager[IO[bytes]]] | None = None
    modified_on: date | None = None
    n_bytes: int = 0

    def stream(self) -> AbstractContextManager[IO[bytes]]:
        """Open the content as a stream of bytes, from its beginning."""
        return self.opener() if self.opener else io.BytesIO(self.load())


class Source(Protocol):
    """A vendor's export format.

    ``identify`` is cheap, looks at content and never at the name alone, and never raises.
    ``read`` never raises for what stands *in* the file: it returns every fault as a ``Problem``
    with file, line, column and value, so that all of them can be told at once.
    """

    @property
    def name(self) -> str:
        """The word a person names it by, and the ``source`` of what it reads."""
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
        """Name the kind of this vendor's file the document is, or ``None`` if it is not theirs."""
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
    """A source whose files of one export explain each other, and may be read together."""

    def read(self, document: Document, *, today: date) -> Reading:
        """Read one file on its own, without what the others of its export would explain."""
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
    """A source whose files may be larger than memory; it reads ``Document.stream`` alone."""

    @property
    def streams(self) -> bool:
        """Always true; what the registry asks before it loads a file whole."""
        ...
