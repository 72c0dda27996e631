"""Landscapes in two dimensions: valleys, minima among others, a saddle."""

import numpy as np
from numpy.typing import ArrayLike

from npoptim.problems.problem import Problem


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
    (10 + 0.25 + 10) + (10 + 0.0625) = 30.3125. The gradient is
    :math:`2w + 20\pi \sin 2 \pi w`, that is 1 + 0 = 1 and 0.5 + 20π = 63.3319:

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
