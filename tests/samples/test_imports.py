"""The simulator is light: it needs NumPy and nothing heavier."""

import subprocess
import sys


def test_simulating_and_exporting_loads_neither_pandas_nor_scipy() -> None:
    """A demo starts fast: of the heavy libraries only NumPy is loaded."""
    code = (
        "import sys, hrvctl.samples.simulation, "
        "hrvctl.samples.whoop_export\n"
        "heavy = {'pandas', 'scipy', 'statsmodels', 'dagster', 'typer'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
