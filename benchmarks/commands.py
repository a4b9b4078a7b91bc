"""Run commands of hrvctl in this process or as a program, at an instant that is handed in."""

import io
from contextlib import redirect_stderr, redirect_stdout
from datetime import datetime
from pathlib import Path

from hrvctl.cli.main import run

# The program's own entry point with a clock that is handed in: an instant, then the arguments.
PROGRAM = """
import gc
gc.disable()
import sys
from datetime import datetime
from hrvctl.blas_threads import limit_blas_threads
limit_blas_threads()
from hrvctl.cli.main import run
code = run(sys.argv[2:], clock=lambda: datetime.fromisoformat(sys.argv[1]))
gc.freeze()
sys.exit(code)
"""


def run_at(home: Path, now: datetime, *words: str) -> tuple[int, str, str]:
    """Run one command; returns its exit code, stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run(["--home", str(home), *words], clock=lambda: now)
    return int(code), out.getvalue(), err.getvalue()
