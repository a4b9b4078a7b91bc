"""One thread of linear algebra in the program, unless the person sets another number."""

import os
import subprocess
import sys

import pytest

from hrvctl.blas_threads import BLAS_THREADS

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("given", "used"), [({}, "1"), ({"OPENBLAS_NUM_THREADS": "3"}, "3")])
def test_program_uses_one_blas_thread(given: dict[str, str], used: str) -> None:
    """Set before NumPy is imported; a number of the person's own is kept."""
    program = (
        "import os, sys\nfrom hrvctl.cli.main import main\nsys.argv = ['hrvctl', '--version']\n"
        "assert 'numpy' not in sys.modules\n"
        "try: main()\nexcept SystemExit: print(os.environ['OPENBLAS_NUM_THREADS'])\n"
    )
    environment = {k: v for k, v in os.environ.items() if k not in BLAS_THREADS} | given
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == used
