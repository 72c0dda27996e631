"""Slopes that come in turn wherever the weights stand, for panels.

``slopes.js`` is the same on the pages.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from npoptim.problems import Problem


class Slopes(Problem):
    """Gradients that are given, and begin again at the end.

    Parameters
    ----------
    slopes : array_like, shape (steps, n)
        The gradients.
    limits : sequence of pairs of float
        What is worth plotting.
    times : float, default 1
        What they are multiplied by.
    first : float, default 1
        What the very first is multiplied by besides.
    start : array_like, shape (n,), optional
        By default 0.
    """

    def __init__(
        self,
        slopes: ArrayLike,
        limits: Any,
        times: float = 1,
        first: float = 1,
        start: ArrayLike | None = None,
    ) -> None:
        self.slopes = np.array(slopes, dtype=float)
        self.limits = limits
        self.times, self.first = times, first
        self.default_start = (0.0,) * self.slopes.shape[1]
        self.minimizers = np.zeros((1, self.slopes.shape[1]))
        self.t = 0
        super().__init__(start)

    def value(self, w: ArrayLike) -> np.ndarray:
        """Return 0: only the slopes are known."""
        return np.zeros(np.shape(w)[1:])

    def compute_gradient(self) -> None:
        """Fill the gradients with those whose turn it is."""
        g = self.times * self.slopes[self.t % len(self.slopes)]
        self._gradients[0]["w"][...] = g if self.t else self.first * g
        self.t += 1
