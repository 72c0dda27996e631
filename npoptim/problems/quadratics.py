"""Problems whose curvature is the same everywhere, without and with noise."""

from collections.abc import Sequence
from math import isfinite
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike

from npoptim.hyperparameters import Number
from npoptim.problems.problem import Problem, finite_numbers


class Quadratic(Problem):
    r"""A bowl, round or narrow, along the axes or turned.

    With the curvatures :math:`h_i` = ``curvatures``,

    .. math::

        L(w) = \frac{1}{2} \sum_i h_i w_i^2

    where ``angle`` turns the two principal directions counterclockwise, so that the
    :math:`w_i` of the formula are the coordinates along them. The minimizer is 0.
    The condition number is that of the largest and the least curvature.

    Parameters
    ----------
    curvatures : sequence of float
        The n curvatures, each in (0, inf).
    angle : float, default 0.0
        In degrees. Any but 0 needs two curvatures.
    start : array_like, shape (n,), optional
        By default 1 along each of the principal directions.

    Attributes
    ----------
    hessian : np.ndarray, shape (n, n)
        The matrix of second derivatives.

    Raises
    ------
    TypeError
        If an argument does not hold numbers.
    ValueError
        If a curvature is not positive, a number not finite, ``start`` not of shape
        (n,), or ``angle`` not 0 without there being two curvatures.

    Notes
    -----
    What an optimizer does here is known: see :doc:`/story/descent` and
    :doc:`/story/momentum`. Every smooth function is nearly of this form at a minimum.

    Examples
    --------
    (1 · 3² + 9 · 1²) / 2 = 9, with the gradient 1 · 3 = 3 and 9 · 1 = 9:

    >>> from npoptim.problems import Quadratic
    >>> problem = Quadratic([1, 9])
    >>> print(problem.value([3, 1]), problem.gradient([3, 1]))
    9.0 [3. 9.]

    Turned by 45°, the flat direction is that of (1, 1), and the steep one that of
    (-1, 1). The point (-1, 1) is √2 away from 0 along the steep one, so the value is
    9 · √2² / 2 = 9, and the gradient 9 times the point:

    >>> problem = Quadratic([1, 9], angle=45)
    >>> print(problem.value([-1, 1]).round(6), problem.gradient([-1, 1]).round(6))
    9.0 [-9.  9.]
    """

    def __init__(
        self,
        curvatures: Sequence[float] | np.ndarray,
        angle: float = 0.0,
        start: ArrayLike | None = None,
    ) -> None:
        h = finite_numbers("curvatures", curvatures)
        if h.ndim != 1 or h.size == 0 or h.min() <= 0:
            raise ValueError(
                f"curvatures must be a sequence of numbers in (0, inf), "
                f"got {curvatures!r}"
            )
        if not isinstance(angle, Real) or isinstance(angle, bool):
            raise TypeError(f"angle must be a number of degrees, got {angle!r}")
        if not isfinite(angle):
            raise ValueError(f"angle must be finite, got {angle!r}")
        if angle and h.size != 2:
            raise ValueError(
                f"angle must be 0 unless there are 2 curvatures, got {angle!r} "
                f"and {h.size}"
            )
        directions = np.eye(h.size)
        if angle:
            cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
            directions = np.array([[cos, -sin], [sin, cos]])
        self.hessian: np.ndarray = directions * h @ directions.T
        self.minimizers = np.zeros((1, h.size))
        self.default_start = tuple(directions.sum(axis=1).tolist())
        super().__init__(start)
        reach = 1.2 * float(abs(self.w).max()) or 1.2
        self.limits = ((-reach, reach),) * h.size

    def value(self, w: ArrayLike) -> np.ndarray:
        return (np.asarray(w) * self.gradient(w)).sum(axis=0) / 2

    def gradient(self, w: ArrayLike) -> np.ndarray:
        return np.tensordot(self.hessian, np.asarray(w, dtype=float), axes=1)


class NoisyQuadratic(Quadratic):
    r"""A quadratic whose gradients are seen through noise.

    Value and gradient are those of :class:`Quadratic`. But :meth:`compute_gradient`
    adds normal noise to each component, with the mean 0 and the standard deviation
    ``noise``, as if the gradient came from a batch of samples.

    Parameters
    ----------
    curvatures : sequence of float
        The n curvatures, each in (0, inf).
    noise : float, default 1.0
        Standard deviation of the noise, in [0, inf).
    rng : np.random.Generator or int, optional
        Draws the noise; an int seeds a new generator. By default it differs from run
        to run.
    start : array_like, shape (n,), optional
        By default 1 in each component.

    Raises
    ------
    TypeError, ValueError
        As for :class:`Quadratic`; if ``noise`` is not a number in its range.

    Notes
    -----
    Descent does not come to rest here. Each step multiplies a component of curvature h
    by 1 - lr · h and adds noise of variance (lr · noise)². In the long run both
    balance at the variance lr · noise² / (h · (2 - lr · h)), as long as lr · h is below
    2: about half of lr · noise² / h at small rates.

    Examples
    --------
    >>> from npoptim.problems import NoisyQuadratic
    >>> problem = NoisyQuadratic([1, 9], noise=0.5, rng=0)

    (1 · 3² + 9 · 1²) / 2 = 9, with the gradient 1 · 3 = 3 and 9 · 1 = 9:

    >>> print(problem.value([3, 1]), problem.gradient([3, 1]))
    9.0 [3. 9.]
    """

    noise = Number(r"\sigma", "[0, inf)", "standard deviation of the noise")

    def __init__(
        self,
        curvatures: Sequence[float] | np.ndarray,
        noise: float = 1.0,
        rng: np.random.Generator | int | None = None,
        start: ArrayLike | None = None,
    ) -> None:
        super().__init__(curvatures, start=start)
        self.noise = noise
        self.rng = np.random.default_rng(rng)

    def compute_gradient(self) -> None:
        """Fill the gradients for the next step: the gradient at ``w``, and noise."""
        super().compute_gradient()
        g = self._gradients[0]["w"]
        g += self.noise * self.rng.normal(size=g.shape)
