"""The fixture files, documents made in memory, and how a reading is written down."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path

from hrvctl.records import Measurement, Metric, Reading, Workout
from hrvctl.sources.kit import documents
from hrvctl.sources.kit.protocol import Document

DATA = Path(__file__).parents[1] / "data" / "sources"
GOLDEN = ".golden.json"


def fixtures(folder: str = "") -> list[Path]:
    """List the synthetic exports of one vendor, or of all."""
    return [path for path in documents.list_files(DATA / folder) if not path.name.endswith(GOLDEN)]


def open_one(path: Path) -> Document:
    """Open a file that holds one document."""
    (document,) = documents.open_documents(path)
    return document


def document_of(content: str | bytes, name: str = "export.csv") -> Document:
    """Make a document of what would stand in a file."""
    data = content.encode() if isinstance(content, str) else content
    return Document(name, data[: documents.HEAD_BYTES], lambda: data)


def zipped(members: Mapping[str, bytes]) -> bytes:
    """Pack members into a zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def saved(path: Path, content: bytes) -> Path:
    """Write a file and its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def by_day(reading: Reading, metric: Metric) -> Mapping[date, float]:
    """Lay one metric of a reading by day."""
    return {m.day: m.value for m in reading.measurements if m.metric is metric}


def written(reading: Reading) -> str:
    """Write a reading as JSON, one record a line, for a person to look over."""
    document = {
        "source": reading.source,
        "kind": reading.kind,
        "n_rows": reading.n_rows,
        "skipped": dict(reading.skipped),
        "unknown_columns": list(reading.unknown_columns),
        "warnings": list(reading.warnings),
        "problems": [str(problem) for problem in reading.problems],
        "measurements": [
            [str(m.day), m.metric.value, m.value, *_window(m), *_origin(m.source, reading)]
            for m in reading.measurements
        ],
        "workouts": [
            [str(w.day), *_window(w), w.name, *_load(w), *_origin(w.source, reading)]
            for w in reading.workouts
        ],
        "journal": [
            [str(e.day), e.tag, e.value, e.text, e.note, *_origin(e.source, reading, e.unit, e.at)]
            for e in reading.journal
        ],
    }
    if reading.notes:
        document["notes"] = [
            [str(n.day), n.text, n.written_at.isoformat(), n.batch] for n in reading.notes
        ]
    return "{\n" + ",\n".join(_entries(document, _as_line)) + "\n}\n"


def _window(record: Measurement | Workout) -> tuple[str | None, str | None]:
    return _iso(record.start_at), _iso(record.end_at)


def _origin(source: str, reading: Reading, *more: str) -> tuple[str, ...]:
    """Who first said a row, where that is another than who says it now, and what only they say."""
    return () if source == reading.source else (*more, source)


def _load(workout: Workout) -> tuple[float | None, ...]:
    return workout.strain, workout.energy_kcal, workout.average_hr_bpm, workout.max_hr_bpm


def _entries(document: Mapping[str, object], as_line: Callable[[object], str]) -> list[str]:
    return [f"{json.dumps(key)}: {as_line(value)}" for key, value in document.items()]


def _as_line(value: object) -> str:
    if not isinstance(value, list) or not value:
        return json.dumps(value, ensure_ascii=False)
    lines = ",\n  ".join(json.dumps(item, ensure_ascii=False) for item in value)
    return f"[\n  {lines}\n]"


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
