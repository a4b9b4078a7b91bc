"""What a Dask worker preloads that has no hrvctl."""

import sys

sys.modules["hrvctl"] = None  # type: ignore[assignment]
