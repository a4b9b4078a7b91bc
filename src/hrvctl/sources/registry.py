"""Find the one source that reads a document, and read documents with their sources."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain, islice

from hrvctl.errors import DataError, UsageError
from hrvctl.records import HRV_METRICS, Reading
from hrvctl.sources.apple.source import Apple
from hrvctl.sources.apple.tables import AppleTables
from hrvctl.sources.autosleep import AutoSleep
from hrvctl.sources.coros import Coros
from hrvctl.sources.eight_sleep import EightSleep
from hrvctl.sources.elitehrv import EliteHrv
from hrvctl.sources.fit.hrv_status import Fit
from hrvctl.sources.fit.rr import FitRr
from hrvctl.sources.fitbit.source import Fitbit
from hrvctl.sources.gadgetbridge.source import Gadgetbridge
from hrvctl.sources.garmin.source import Garmin
from hrvctl.sources.google_health import GoogleHealth
from hrvctl.sources.health_auto_export.source import HealthAutoExport
from hrvctl.sources.health_connect.source import HealthConnect
from hrvctl.sources.hrv4training import Hrv4Training
from hrvctl.sources.hrvctl_export.source import OwnExport
from hrvctl.sources.hrvlogger import HrvLogger
from hrvctl.sources.intervals import Intervals
from hrvctl.sources.kit.documents import OnBytes, count_bytes, empty_file
from hrvctl.sources.kit.preamble import below_preamble, is_commented
from hrvctl.sources.kit.protocol import Document, JointSource, Source, StreamingSource
from hrvctl.sources.kubios import Kubios
from hrvctl.sources.oura.source import Oura
from hrvctl.sources.polar import Polar
from hrvctl.sources.polar_sensor_logger import PolarSensorLogger
from hrvctl.sources.ringconn import RingConn
from hrvctl.sources.rr.source import Rr
from hrvctl.sources.samsung import Samsung
from hrvctl.sources.straplog import StrapLog
from hrvctl.sources.table import COLUMNS, Table, unknown_columns
from hrvctl.sources.trainingpeaks import TrainingPeaks
from hrvctl.sources.ultrahuman import Ultrahuman
from hrvctl.sources.unrecognised import not_recognised
from hrvctl.sources.whoop.source import Whoop
from hrvctl.sources.whoop_api.source import WhoopApi
from hrvctl.sources.withings import Withings
from hrvctl.sources.zepp import Zepp

SOURCES: tuple[Source, ...] = (
    Whoop(),
    WhoopApi(),
    Garmin(),
    Fit(),
    FitRr(),
    Polar(),
    Oura(),
    Fitbit(),
    GoogleHealth(),
    Coros(),
    EightSleep(),
    Ultrahuman(),
    Withings(),
    Zepp(),
    Samsung(),
    Apple(),
    AppleTables(),
    AutoSleep(),
    HealthAutoExport(),
    HealthConnect(),
    Gadgetbridge(),
    Intervals(),
    RingConn(),
    TrainingPeaks(),
    EliteHrv(),
    Hrv4Training(),
    HrvLogger(),
    PolarSensorLogger(),
    StrapLog(),
    Kubios(),
    Rr(),
    OwnExport(),
    Table(),
)

# Sources that know a file by its numbers, so that a header below a title means nothing to them.
WITHOUT_HEADER = frozenset({Rr.name})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFiles:
    """The readings of several documents.

    Attributes:
        readings: Of each recognised document, in their order.
        unread: The error of each document that could not be read, by its name.
    """

    readings: tuple[Reading, ...]
    unread: Mapping[str, DataError]


def find_sources(name: str = "", columns: Mapping[str, str] | None = None) -> tuple[Source, ...]:
    """Choose the sources to try.

    Args:
        name: The only source to try; all of them when empty.
        columns: Our column names to those of a table; see ``Table``.

    Raises:
        UsageError: There is no source, or no column, of this name.
    """
    if columns:
        _check_columns(columns)
    sources = [Table(columns=columns) if columns and s.name == "table" else s for s in SOURCES]
    chosen = tuple(source for source in sources if name in ("", source.name))
    if not chosen:
        known = ", ".join(source.name for source in SOURCES)
        raise UsageError(f"no source is called {name!r}", hint=f"Known sources: {known}.")
    return chosen


def identify(document: Document, *, sources: Sequence[Source] = SOURCES) -> tuple[Source, str]:
    """Find the one source that recognises a document, and the kind it is.

    Raises:
        NotRecognised: No source recognises it.
        DataError: It is empty, or two sources recognise it.
    """
    source, kind, _ = _owner(document, sources)
    return source, kind


def _owner(document: Document, sources: Sequence[Source]) -> tuple[Source, str, Document]:
    """Find the source, the kind, and the document to read: without what is above its header."""
    if not document.head.strip():
        raise empty_file(document.name)
    below = below_preamble(document)
    if is_commented(document):
        ways = chain(islice(below, 1), [document], below)
    else:
        ways = chain([document], below)
    for way in ways:
        found = [(source, kind) for source in sources if (kind := source.identify(way))]
        if way is not document:
            found = [one for one in found if not _needs_whole(*one)]
        if len(found) == 1:
            return *found[0], way
        if found:
            names = " and ".join(source.name for source, _ in found)
            raise DataError(
                f"{document.name}: recognised by {names}",
                hint=f"Choose one with --source {found[0][0].name} or --source {found[1][0].name}.",
            )
    raise not_recognised(document, [source.name for source in sources])


def _needs_whole(source: Source, kind: str) -> bool:
    """Whether a source reads a kind from the file's beginning only."""
    is_stream = isinstance(source, StreamingSource) and kind in source.streams
    return is_stream or source.name in WITHOUT_HEADER


def read(document: Document, *, today: date, sources: Sequence[Source] = SOURCES) -> Reading:
    """Identify and read one document alone.

    Raises:
        DataError: As ``identify``, or the document cannot be loaded.
    """
    source, _, found = _owner(document, sources)
    return source.read(found, today=today)


def read_all(
    opened: Iterable[Document],
    *,
    today: date,
    sources: Sequence[Source] = SOURCES,
    on_bytes: OnBytes | None = None,
    date_order: str = "",
) -> ReadFiles:
    """Identify and read documents of one import, those of one vendor together.

    One unreadable document does not stop the others; but an error while *opening* documents, such
    as a damaged zip, is raised.

    Args:
        opened: The documents.
        today: The person's date.
        sources: The sources to try.
        on_bytes: Called after every piece of a file that is read as a stream, which may be long.
        date_order: ``day-first`` or ``month-first``, for dates that are open; empty for none.

    Raises:
        DataError: From ``open_documents``, where ``opened`` comes straight from it.
    """
    unread: dict[str, DataError] = {}
    owners: list[tuple[Source, Document]] = []
    for document in opened:
        try:
            source, kind, found = _owner(replace(document, date_order=date_order), sources)
            owners.append((source, _prepared(source, kind, found, on_bytes)))
        except DataError as error:
            # Its frames hold the document, and an export may have 30,000 unrecognised ones.
            unread[document.name] = error.with_traceback(None)
    readings: dict[int, Reading] = {}
    for source in sources:
        places = [i for i, (owner, _) in enumerate(owners) if owner is source]
        own = [owners[i][1] for i in places]
        if isinstance(source, JointSource):
            readings |= zip(places, source.read_together(own, today=today), strict=True)
            continue
        for place, document in zip(places, own, strict=True):
            try:
                readings[place] = source.read(document, today=today)
            except DataError as error:  # a stream raises only now
                # Its frames hold the document, and that an open zip.
                unread[document.name] = error.with_traceback(None)
    return ReadFiles(readings=tuple(readings[i] for i in sorted(readings)), unread=unread)


def _prepared(source: Source, kind: str, document: Document, on_bytes: OnBytes | None) -> Document:
    """Prepare a document for its source.

    A stream stays one, without its head, which is no longer needed: a zip may hold very many. Any
    other document is loaded, so that an error in loading is raised here.
    """
    if isinstance(source, StreamingSource) and kind in source.streams:
        counted = count_bytes(document, on_bytes) if on_bytes else document
        return replace(counted, head=b"", kind=kind)
    data = document.load()
    return replace(document, load=lambda: data, opener=None)


def _check_columns(columns: Mapping[str, str]) -> None:
    if unknown := unknown_columns(columns):
        raise UsageError(
            f"there is no column {', '.join(map(repr, unknown))} to fill",
            hint=f"Choose from: {', '.join(COLUMNS)}.",
        )
    if "date" not in columns or not any(COLUMNS[name] in HRV_METRICS for name in columns):
        raise UsageError(
            "a column mapping must name the date and an HRV",
            hint="For example date=Datum and hrv_rmssd_ms=HFV.",
        )
