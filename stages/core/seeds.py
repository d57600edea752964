"""Random generators by name: a draw depends on the seed and on what is drawn, not on what else is.

So neither the order of the work, nor other tasks, sources or labels, change it.
"""

from __future__ import annotations

import random
import zlib
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def generator(seed: int, *names: str) -> np.random.Generator:
    """NumPy's generator, for draws of arrays.

    >>> bool(generator(0, "imdb").random() == generator(0, "imdb").random())
    True
    >>> bool(generator(0, "imdb").random() == generator(0, "humor").random())
    False
    """
    import numpy as np

    return np.random.default_rng([seed, zlib.crc32("/".join(names).encode())])


def choices(seed: int | str, *names: object) -> random.Random:
    """The standard library's generator, for draws from lists where NumPy is not needed.

    >>> choices(0, "imdb").sample("abcd", 2) == choices(0, "imdb").sample("abcd", 2)
    True
    """
    return random.Random("/".join(map(str, (seed, *names))))  # noqa: S311


def place(text: str, seed: int, purpose: str) -> str:
    """The place of a text in a random order: sorted by it, a text stays put whatever joins it."""
    return blake2b(text.encode(), key=f"{seed} {purpose}".encode(), digest_size=16).hexdigest()
