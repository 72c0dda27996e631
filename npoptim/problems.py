"""Small problems with a known answer, as models."""

from collections.abc import Sequence
from math import isfinite, log
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from npoptim.checks import Number, check_count
from npoptim.optimizer import Optimizer, is_built_on

__all__ = [
    "AdamCounterexample",
    "Beale",
    "Himmelblau",
    "LogisticRegression",
    "NoisyQuadratic",
    "Problem",
    "Quadratic",
    "Rastrigin",
    "Rosenbrock",
    "Saddle",
    "descend",
]


class Problem:
    r"""A function with known minimizers, as a model that an optimizer steps.

    A subclass is a function :math:`L` of n numbers: it has :meth:`value`,
    :meth:`gradient` and the three attributes ``minimizers``, ``limits`` and
    ``default_start``. The rest is written here. A loop is

    .. code-block:: python

        problem.compute_gradient()
        optimizer.step()
        problem.project()

    and :func:`descend` is that loop with a record.

    Parameters
    ----------
    start : array_like, shape (n,), optional
        Where :math:`w` stands at first. It is copied, as float64. By default the
        problem's ``default_start``.

    Attributes
    ----------
    minimizers : np.ndarray, shape (k, n)
        The k points, of float64, where the value is least.
    limits : tuple of pairs of float
        For each component, the range that is worth plotting.
    default_start : tuple of float
        A start that makes the problem interesting.

    Raises
    ------
    TypeError
        If ``start`` does not hold numbers.
    ValueError
        If ``start`` is not of shape (n,), or not finite.

    Examples
    --------
    A problem of one's own, :math:`(w - 3)^2`:

    >>> import numpy as np
    >>> from npoptim import SGD
    >>> from npoptim.problems import Problem, descend
    >>> class Parabola(Problem):
    ...     minimizers = np.array([[3.0]])
    ...     limits = ((0, 6),)
    ...     default_start = (1,)
    ...
    ...     def value(self, w):
    ...         return (w[0] - 3) ** 2
    ...
    ...     def gradient(self, w):
    ...         return 2 * (w - 3)

    With lr = 0.25, w = 1 + 0.25 · 4 = 2, then 2 + 0.25 · 2 = 2.5:

    >>> problem = Parabola()
    >>> descend(problem, SGD(problem, lr=0.25), 2)
    array([[1. ],
           [2. ],
           [2.5]])
    """

    minimizers: np.ndarray
    limits: tuple[tuple[float, float], ...]
    default_start: tuple[float, ...]

    def __init__(self, start: ArrayLike | None = None) -> None:
        w = _finite_numbers("start", self.default_start if start is None else start)
        n = self.minimizers.shape[1]
        if w.shape != (n,):
            raise ValueError(f"start must have the shape ({n},), got {start!r}")
        self._parameters = [{"w": w}]
        self._gradients = [{"w": np.zeros_like(w)}]

    @property
    def w(self) -> np.ndarray:
        """The point where the problem stands, of shape (n,), to be changed in place."""
        return self._parameters[0]["w"]

    def value(self, w: ArrayLike) -> np.ndarray:
        """Return the function's value.

        Parameters
        ----------
        w : array_like, shape (n, ...)
            A point, or many, with the components along the first axis:
            ``value(np.meshgrid(x, y))`` has the heights for a map.

        Returns
        -------
        np.ndarray, shape (...)
        """
        raise NotImplementedError(f"{type(self).__name__} must define value()")

    def gradient(self, w: ArrayLike) -> np.ndarray:
        """Return the function's gradient.

        Parameters
        ----------
        w : array_like, shape (n, ...)
            As for :meth:`value`.

        Returns
        -------
        np.ndarray, shape (n, ...)
        """
        raise NotImplementedError(f"{type(self).__name__} must define gradient()")

    def compute_gradient(self) -> None:
        """Fill the gradients for the next step with the gradient at ``w``."""
        self._gradients[0]["w"][...] = self.gradient(self.w)

    def project(self) -> None:
        """Bring ``w`` back into the domain after a step: here, nothing to do."""


def descend(problem: Problem, optimizer: Optimizer, steps: int) -> np.ndarray:
    """Step the optimizer on the problem and return the path.

    It starts where the problem stands, and the problem stands at its end afterward.
    A path that diverges goes on to inf and nan, without a warning.

    Parameters
    ----------
    problem : Problem
        The problem.
    optimizer : Optimizer
        An optimizer that was built on the problem.
    steps : int
        How many steps, at least 0.

    Returns
    -------
    np.ndarray, shape (steps + 1, n)
        Every point, the start first.

    Raises
    ------
    TypeError
        If ``steps`` is not an int.
    ValueError
        If ``steps`` is negative, or the optimizer was built on another model.

    Examples
    --------
    With curvature 4 and lr = 1/8, each step multiplies by 1 - 4/8 = 1/2:

    >>> from npoptim import SGD
    >>> from npoptim.problems import Quadratic, descend
    >>> problem = Quadratic([4])
    >>> descend(problem, SGD(problem, lr=1 / 8), 3)
    array([[1.   ],
           [0.5  ],
           [0.25 ],
           [0.125]])
    """
    check_count("steps", steps, least=0)
    if not is_built_on(optimizer, problem):
        raise ValueError("optimizer must be built on problem, got one of another model")
    path = np.empty((steps + 1, problem.w.size))
    path[0] = problem.w
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(1, steps + 1):
            problem.compute_gradient()
            optimizer.step()
            problem.project()
            path[t] = problem.w
    return path


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
    (1 · 3² + 9 · 1²) / 2 = 9, with the gradient (1 · 3, 9 · 1):

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
        h = _finite_numbers("curvatures", curvatures)
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

    (1 · 3² + 9 · 1²) / 2 = 9, with the gradient (1 · 3, 9 · 1):

    >>> print(problem.value([3, 1]), problem.gradient([3, 1]))
    9.0 [3. 9.]
    """

    noise = Number()

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


class Rosenbrock(Problem):
    r"""A curved valley: easy to find, slow to follow.

    .. math::

        L(w) = (1 - w_1)^2 + 100\, (w_2 - w_1^2)^2

    The minimizer is (1, 1), on the floor of the valley :math:`w_2 = w_1^2`, which is
    nearly flat along and steep across: the condition number there is about 2,500.

    Parameters
    ----------
    start : array_like, shape (2,), optional
        By default (-1.2, 1), on the other side of the bend.

    Raises
    ------
    TypeError, ValueError
        As for :class:`Problem`.

    References
    ----------
    :cite:t:`rosenbrock1960`.

    Examples
    --------
    At (2, 3), 1 - 2 = -1 and 3 - 2² = -1, so the value is 1 + 100 = 101. The gradient
    is -2 · -1 - 400 · 2 · -1 = 802 and 200 · -1 = -200:

    >>> from npoptim.problems import Rosenbrock
    >>> problem = Rosenbrock()
    >>> print(problem.value([2, 3]), problem.gradient([2, 3]))
    101.0 [ 802. -200.]
    """

    minimizers = np.array([[1.0, 1.0]])
    limits = ((-2.0, 2.0), (-1.0, 3.0))
    default_start = (-1.2, 1.0)

    def value(self, w: ArrayLike) -> np.ndarray:
        w1, w2 = np.asarray(w, dtype=float)
        return (1 - w1) ** 2 + 100 * (w2 - w1**2) ** 2

    def gradient(self, w: ArrayLike) -> np.ndarray:
        w1, w2 = np.asarray(w, dtype=float)
        return np.array([-2 * (1 - w1) - 400 * w1 * (w2 - w1**2), 200 * (w2 - w1**2)])


class Beale(Problem):
    r"""A flat valley between walls that rise steeply toward the corners.

    .. math::

        \begin{aligned}
        L(w) = {}& (1.5 - w_1 + w_1 w_2)^2 \\
          & + (2.25 - w_1 + w_1 w_2^2)^2 \\
          & + (2.625 - w_1 + w_1 w_2^3)^2
        \end{aligned}

    The minimizer is (3, 0.5), where all three terms are 0.

    Parameters
    ----------
    start : array_like, shape (2,), optional
        By default (1, 1).

    Raises
    ------
    TypeError, ValueError
        As for :class:`Problem`.

    References
    ----------
    :cite:t:`beale1958`.

    Examples
    --------
    At (2, -1) the terms are the squares of 1.5 - 2 - 2 = -2.5, of 2.25 - 2 + 2 = 2.25
    and of 2.625 - 2 - 2 = -1.375, so the value is 6.25 + 5.0625 + 1.890625 =
    13.203125. The gradient is
    2 · (-2 · -2.5 + 0 · 2.25 - 2 · -1.375) = 15.5 and
    2 · 2 · (-2.5 - 2 · 2.25 + 3 · -1.375) = -44.5:

    >>> from npoptim.problems import Beale
    >>> problem = Beale()
    >>> print(problem.value([2, -1]), problem.gradient([2, -1]))
    13.203125 [ 15.5 -44.5]
    """

    minimizers = np.array([[3.0, 0.5]])
    limits = ((-4.5, 4.5), (-4.5, 4.5))
    default_start = (1.0, 1.0)

    def value(self, w: ArrayLike) -> np.ndarray:
        return (self._terms(w) ** 2).sum(axis=0)

    def gradient(self, w: ArrayLike) -> np.ndarray:
        w1, w2 = np.asarray(w, dtype=float)
        a, b, c = self._terms(w)
        return np.array(
            [
                2 * (a * (w2 - 1) + b * (w2**2 - 1) + c * (w2**3 - 1)),
                2 * w1 * (a + 2 * b * w2 + 3 * c * w2**2),
            ]
        )

    def _terms(self, w: ArrayLike) -> np.ndarray:
        w1, w2 = np.asarray(w, dtype=float)
        return np.array(
            [
                1.5 - w1 + w1 * w2,
                2.25 - w1 + w1 * w2**2,
                2.625 - w1 + w1 * w2**3,
            ]
        )


class Himmelblau(Problem):
    r"""Four minima of the same depth: where one ends depends on the way.

    .. math::

        L(w) = (w_1^2 + w_2 - 11)^2 + (w_1 + w_2^2 - 7)^2

    The minimizers are the points where two parabolas cross: (3, 2) and, rounded,
    (-2.8051, 3.1313), (-3.7793, -3.2832) and (3.5844, -1.8481). In ``minimizers``
    they are as exact as float64 can be.

    Parameters
    ----------
    start : array_like, shape (2,), optional
        By default (0, -1), near the top of the hill between the four.

    Raises
    ------
    TypeError, ValueError
        As for :class:`Problem`.

    References
    ----------
    :cite:t:`himmelblau1972`.

    Examples
    --------
    At (1, 2) the brackets are 1 + 2 - 11 = -8 and 1 + 4 - 7 = -2, so the value is
    64 + 4 = 68. The gradient is 4 · 1 · -8 + 2 · -2 = -36 and
    2 · -8 + 4 · 2 · -2 = -32:

    >>> from npoptim.problems import Himmelblau
    >>> problem = Himmelblau()
    >>> print(problem.value([1, 2]), problem.gradient([1, 2]))
    68.0 [-36. -32.]
    """

    # Newton's method in 60 digits, rounded.
    minimizers = np.array(
        [
            [3.0, 2.0],
            [-2.805118086952745, 3.131312518250573],
            [-3.779310253377747, -3.2831859912861696],
            [3.5844283403304917, -1.8481265269644036],
        ]
    )
    limits = ((-5.0, 5.0), (-5.0, 5.0))
    default_start = (0.0, -1.0)

    def value(self, w: ArrayLike) -> np.ndarray:
        w1, w2 = np.asarray(w, dtype=float)
        return (w1**2 + w2 - 11) ** 2 + (w1 + w2**2 - 7) ** 2

    def gradient(self, w: ArrayLike) -> np.ndarray:
        w1, w2 = np.asarray(w, dtype=float)
        a = w1**2 + w2 - 11
        b = w1 + w2**2 - 7
        return np.array([4 * w1 * a + 2 * b, 2 * a + 4 * w2 * b])


class Saddle(Problem):
    r"""A saddle between two minima, which descent is slow to leave.

    .. math::

        L(w) = \frac{w_1^2 - w_2^2}{2} + \frac{w_2^4}{4}

    The minimizers are (0, 1) and (0, -1). At the origin the gradient is 0 as well, but
    the function falls along :math:`w_2`. From a start with :math:`w_2 = 0` descent
    ends there.

    Parameters
    ----------
    start : array_like, shape (2,), optional
        By default (1, 0.01), close beside the ridge that leads to the saddle.

    Raises
    ------
    TypeError, ValueError
        As for :class:`Problem`.

    References
    ----------
    :cite:t:`nesterov2004`, section 1.2.3.

    Examples
    --------
    At (3, 2) the value is (9 - 4) / 2 + 16 / 4 = 6.5, and the gradient is 3 and
    -2 + 2³ = 6:

    >>> from npoptim.problems import Saddle
    >>> problem = Saddle()
    >>> print(problem.value([3, 2]), problem.gradient([3, 2]))
    6.5 [3. 6.]
    """

    minimizers = np.array([[0.0, 1.0], [0.0, -1.0]])
    limits = ((-1.5, 1.5), (-1.5, 1.5))
    default_start = (1.0, 0.01)

    def value(self, w: ArrayLike) -> np.ndarray:
        w1, w2 = np.asarray(w, dtype=float)
        return (w1**2 - w2**2) / 2 + w2**4 / 4

    def gradient(self, w: ArrayLike) -> np.ndarray:
        w1, w2 = np.asarray(w, dtype=float)
        return np.array([w1, -w2 + w2**3])


class Rastrigin(Problem):
    r"""A bowl full of dents: a local minimum near every pair of integers.

    .. math::

        L(w) = \sum_i \bigl(10 + w_i^2 - 10 \cos(2 \pi w_i)\bigr)

    The minimizer is (0, 0), one of 121 local minima within the limits.

    Parameters
    ----------
    start : array_like, shape (2,), optional
        By default (3.4, -2.3).

    Raises
    ------
    TypeError, ValueError
        As for :class:`Problem`.

    References
    ----------
    :cite:t:`rastrigin1974`.

    Examples
    --------
    At (1/2, 1/4) the cosines are cos π = -1 and cos π/2 = 0, so the value is
    (10 + 0.25 + 10) + (10 + 0.0625) = 30.3125. The gradient is 2w + 20π sin 2πw, that
    is 1 + 0 and 0.5 + 20π = 63.3319:

    >>> from npoptim.problems import Rastrigin
    >>> problem = Rastrigin()
    >>> w = [1 / 2, 1 / 4]
    >>> print(problem.value(w).round(4), problem.gradient(w).round(4))
    30.3125 [ 1.     63.3319]
    """

    minimizers = np.array([[0.0, 0.0]])
    limits = ((-5.12, 5.12), (-5.12, 5.12))
    default_start = (3.4, -2.3)

    def value(self, w: ArrayLike) -> np.ndarray:
        w = np.asarray(w, dtype=float)
        return (10 + w**2 - 10 * np.cos(2 * np.pi * w)).sum(axis=0)

    def gradient(self, w: ArrayLike) -> np.ndarray:
        w = np.asarray(w, dtype=float)
        return 2 * w + 20 * np.pi * np.sin(2 * np.pi * w)


class LogisticRegression(Problem):
    r"""Six samples of two classes, whose best slope and bias are known.

    With the slope :math:`w_1`, the bias :math:`w_2` and the logit
    :math:`z = w_1 x + w_2` of a sample :math:`x` with the label :math:`k`, 0 or 1, the
    loss is the cross-entropy, summed over the samples:

    .. math::

        L(w) = \sum_{(x, k)} \bigl(\log(1 + e^z) - k z\bigr)

    The samples at :math:`x = 0` have the labels 0 and 1, those at :math:`x = 2` have 0,
    1, 1 and 1. A line can fit the logits at two places exactly, so the best
    probabilities of the label 1 are the shares, 1/2 and 3/4. Their logits are 0 and
    log 3, and the minimizer is the slope log(3) / 2 and the bias 0.

    Parameters
    ----------
    start : array_like, shape (2,), optional
        The slope and the bias: by default (-1, 2).

    Raises
    ------
    TypeError, ValueError
        As for :class:`Problem`.

    References
    ----------
    :cite:t:`cox1958`.

    Examples
    --------
    With the slope log 3 and the bias 0 the logits are 0 and 2 · log 3, and the
    probabilities of the label 1 are 1/2 and 9/10. So the loss is
    2 · log 2 + 4 · log 10 - 3 · 2 · log 3 = 4.005. Its gradient sums what the
    probabilities are above the labels, times x for the slope: 2 · (3.6 - 3) = 1.2 and
    (1 - 1) + (3.6 - 3) = 0.6.

    >>> from math import log
    >>> from npoptim.problems import LogisticRegression
    >>> problem = LogisticRegression()
    >>> w = [log(3), 0]
    >>> print(problem.value(w).round(4), problem.gradient(w).round(4))
    4.005 [1.2 0.6]
    """

    minimizers = np.array([[log(3) / 2, 0.0]])
    limits = ((-2.0, 3.0), (-3.0, 3.0))
    default_start = (-1.0, 2.0)
    samples = ((0, 0), (0, 1), (2, 0), (2, 1), (2, 1), (2, 1))

    def value(self, w: ArrayLike) -> np.ndarray:
        slope, bias = np.asarray(w, dtype=float)
        loss: Any = 0
        for x, k in self.samples:
            z = slope * x + bias
            loss = loss + np.logaddexp(0, z) - k * z
        return loss

    def gradient(self, w: ArrayLike) -> np.ndarray:
        slope, bias = np.asarray(w, dtype=float)
        g = np.zeros(np.shape(w))
        for x, k in self.samples:
            # 1 / (1 + exp(-z)), in a form that cannot overflow
            p = np.exp(-np.logaddexp(0, -(slope * x + bias)))
            g += [(p - k) * x, p - k]
        return g


class AdamCounterexample(Problem):
    r"""A straight line on [-1, 1], shown by slopes that mislead Adam.

    The slopes for the steps are 3, -1 and -1 in turn. Their mean is 1/3, so

    .. math::

        L(w) = \frac{w}{3}

    and the minimizer is -1. Adam with :math:`\beta_1 = 0` and
    :math:`\beta_2 = 1 / (1 + 3^2)` ends at 1, the worst point. :meth:`project` keeps
    :math:`w` within [-1, 1].

    Parameters
    ----------
    start : array_like, shape (1,), optional
        In [-1, 1], by default 0.

    Attributes
    ----------
    t : int
        How many slopes have been given.

    Raises
    ------
    TypeError, ValueError
        As for :class:`Problem`; if ``start`` is not in [-1, 1].

    Notes
    -----
    Why Adam climbs is in :doc:`/story/adam`.

    References
    ----------
    :cite:t:`reddi2018`, section 3, with C = 3.

    Examples
    --------
    At 0.6 the value is 0.6 / 3 = 0.2. With lr = 0.5 the steps are -1.5, 0.5 and 0.5:
    from 0.6 to -0.9, to -0.4, to 0.1. The next one goes to -1.4, and back to -1.

    >>> from npoptim import SGD
    >>> from npoptim.problems import AdamCounterexample, descend
    >>> problem = AdamCounterexample([0.6])
    >>> print(problem.value([0.6]).round(4), problem.gradient([0.6]).round(4))
    0.2 [0.3333]
    >>> print(descend(problem, SGD(problem, lr=0.5), 4).T.round(4))
    [[ 0.6 -0.9 -0.4  0.1 -1. ]]
    """

    minimizers = np.array([[-1.0]])
    limits = ((-1.0, 1.0),)
    default_start = (0.0,)
    slopes = (3, -1, -1)

    def __init__(self, start: ArrayLike | None = None) -> None:
        super().__init__(start)
        if abs(self.w[0]) > 1:
            raise ValueError(f"start must be in [-1, 1], got {start!r}")
        self.t = 0

    def value(self, w: ArrayLike) -> np.ndarray:
        return np.asarray(w, dtype=float)[0] / 3

    def gradient(self, w: ArrayLike) -> np.ndarray:
        return np.full(np.shape(w), 1 / 3)

    def compute_gradient(self) -> None:
        """Fill the gradients for the next step with the slope whose turn it is."""
        self._gradients[0]["w"][...] = self.slopes[self.t % 3]
        self.t += 1

    def project(self) -> None:
        """Bring ``w`` back into [-1, 1]."""
        self.w[...] = self.w.clip(-1, 1)


def _finite_numbers(name: str, values: ArrayLike) -> np.ndarray:
    """Return a new array of the values, if they are finite numbers."""
    try:
        array = np.array(values, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must hold numbers, got {values!r}") from None
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got {values!r}")
    return array
