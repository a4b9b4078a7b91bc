"""The fixture files, documents made in memory, and how a reading is written down."""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path

from hrvctl.records import Metric, Reading, Workout
from hrvctl.sources import documents
from hrvctl.sources.protocol import Document

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
            [str(m.day), m.metric.value, m.value, _iso(m.start_at), _iso(m.end_at)]
            for m in reading.measurements
        ],
        "workouts": [
            [str(w.day), _iso(w.start_at), _iso(w.end_at), w.name, *_load(w)]
            for w in reading.workouts
        ],
        "journal": [[str(e.day), e.tag, e.value, e.text, e.note] for e in reading.journal],
    }
    return "{\n" + ",\n".join(_entries(document, _as_line)) + "\n}\n"


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
