"""Run commands of hrvctl in this process, at an instant that is handed in."""

import io
from contextlib import redirect_stderr, redirect_stdout
from datetime import datetime
from pathlib import Path

from hrvctl.cli.main import run


def run_at(home: Path, now: datetime, *words: str) -> tuple[int, str, str]:
    """Run one command; returns its exit code, stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run(["--home", str(home), *words], clock=lambda: now)
    return int(code), out.getvalue(), err.getvalue()
