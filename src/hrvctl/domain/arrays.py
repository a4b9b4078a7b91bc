"""Types of NumPy arrays, named once; shapes and units are in the docstrings that use them."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
