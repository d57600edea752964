"""Names for numpy's arrays; their shapes stand where they are used."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]  # counts and label codes
Rows = NDArray[np.intp]  # row numbers
