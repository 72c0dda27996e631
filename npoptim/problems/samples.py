"""Problems made of a few samples: all of them at each step, or one in turn."""

from math import log
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from npoptim.problems.problem import Problem


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
    With the slope log 3 and the bias 0 the logits are 0 and log 9, and the
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
