"""What a run did once, so that the next does only what is new; losing it costs time alone."""

import contextlib
import json
from pathlib import Path
from typing import Any

from hrvctl.errors import HomeError
from hrvctl.files import read_file
from hrvctl.store.artifacts import save_text


def load_checkpoint(path: Path) -> dict[str, Any] | None:
    """Load a checkpoint; ``None`` where there is none, or only a damaged one."""
    try:
        content = json.loads(read_file(path))
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def save_checkpoint(path: Path, content: dict[str, Any]) -> None:
    """Save a checkpoint, floats with every digit; where that fails the next run does without."""
    with contextlib.suppress(HomeError):
        save_text(path, json.dumps(content, separators=(",", ":")))
