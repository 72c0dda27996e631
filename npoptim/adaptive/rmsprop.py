"""RMSprop: Adagrad with a memory that fades."""

import numpy as np

from npoptim.hyperparameters import Number
from npoptim.optimizer import Array
from npoptim.rooted import Rooted


class RMSprop(Rooted):
    r"""Divide each weight's step by the size of its recent gradients.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the moving mean of
    squares :math:`v` and the weights :math:`w` follow, element by element,

    .. math::

        \begin{aligned}
        v_t &= \delta v_{t-1} + (1 - \delta) g_t^2 \\
        w_t &= w_{t-1} - \lambda \frac{g_t}{\sqrt{v_t + \varepsilon}}
        \end{aligned}

    and, with ``eps_in_sqrt=False``, the second line is

    .. math::

        w_t = w_{t-1} - \lambda \frac{g_t}{\sqrt{v_t} + \varepsilon}

    Where Adagrad sums up all squares and slows down for good, here a square counts
    for about :math:`1 / (1 - \delta)` steps and is forgotten.

    See Also
    --------
    Adagrad : the sum of all squares, instead of the mean
    CenteredRMSprop : without the square of the mean
    Adam : the same step sizes, under a mean of the gradients

    Notes
    -----
    Derived in :doc:`/story/adaptive`.

    The mean starts at 0 and is not corrected for it, so the first step is
    :math:`1 / \sqrt{1 - \delta}` learning rates long: 3.16 with the default.

    .. warning::

        The same name stands for other numbers elsewhere. PyTorch adds
        :math:`\varepsilon` outside the root, and its defaults are
        :math:`\lambda` = 0.01 and :math:`\delta` = 0.99 (``alpha``). Keras and
        Optax add it inside, Keras with :math:`\varepsilon` = 1e-7. What is an option
        there, off by default, is a class here: ``centered`` is
        :class:`CenteredRMSprop`, and ``momentum`` is :class:`Velocity` over either.

    References
    ----------
    :cite:t:`tieleman2012`, slide 29. The slide has no :math:`\varepsilon`.

    Examples
    --------
    With lr = 0.4, decay rate 0.9 and an epsilon so large that its place shows, 15,
    from w = 1:

    - v = 0.9 · 0 + 0.1 · 10² = 10; √(10 + 15) = 5, so w = 1 - 0.4 · 10 / 5 = 0.2;
    - v = 0.9 · 10 + 0.1 · 20² = 49; √64 = 8, so w = 0.2 + 0.4 · 20 / 8 = 1.2;
    - v = 0.9 · 49 + 0.1 · 7² = 49; √64 = 8, so w = 1.2 + 0.4 · 7 / 8 = 1.55.

    >>> from npoptim import RMSprop, trace
    >>> trace(RMSprop, 1, [10, -20, -7], lr=0.4, eps=15)
    t    g   v  increment     w
    1   10  10       -0.8   0.2
    2  -20  49          1   1.2
    3   -7  49       0.35  1.55

    With lr = 0.5, decay rate 0.75 and epsilon = 3 outside the root:

    - v = 0.25 · 6² = 9; 3 + 3 = 6, so w = 1 - 0.5 · 6 / 6 = 0.5;
    - v = 0.75 · 9 + 0.25 · 13² = 49; 7 + 3 = 10, so w = 0.5 + 0.5 · 13 / 10 = 1.15;
    - v = 0.75 · 49 + 0.25 · 7² = 49; 7 + 3 = 10, so w = 1.15 - 0.5 · 7 / 10 = 0.8.

    >>> trace(
    ...     RMSprop, 1, [6, -13, 7], lr=0.5, decay_rate=0.75, eps=3, eps_in_sqrt=False
    ... )
    t    g   v  increment     w
    1    6   9       -0.5   0.5
    2  -13  49       0.65  1.15
    3    7  49      -0.35   0.8
    """

    slots = ("v",)

    decay_rate: Number = Number(
        r"\delta", "[0, 1)", "share of v that survives a step", default=0.9
    )

    def update(self, w: Array, g: Array, v: Array) -> Array:
        v[...] = self.decay_rate * v + (1 - self.decay_rate) * g**2
        return -self.lr * g / self.root(v)


class CenteredRMSprop(RMSprop):
    r"""Divide each weight's step by how far the gradients are from their mean.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the moving means of
    squares :math:`v` and of gradients :math:`m`, and the weights :math:`w` follow,
    element by element,

    .. math::

        \begin{aligned}
        v_t &= \delta v_{t-1} + (1 - \delta) g_t^2 \\
        m_t &= \delta m_{t-1} + (1 - \delta) g_t \\
        w_t &= w_{t-1} - \lambda
            \frac{g_t}{\sqrt{\max(0, v_t - m_t^2) + \varepsilon}}
        \end{aligned}

    and, with ``eps_in_sqrt=False``, the last line is

    .. math::

        w_t = w_{t-1} - \lambda
            \frac{g_t}{\sqrt{\max(0, v_t - m_t^2)} + \varepsilon}

    What is under the root is the variance of the recent gradients: where they hardly
    change, steps are long.

    See Also
    --------
    RMSprop : with the mean of squares itself
    Velocity : adds the steps up in a velocity, as the source does
    AdaBelief : the deviations from the mean, squared one by one

    Notes
    -----
    Where the gradients stay as they are, the difference ends at 0 but for rounding,
    which may leave it below: by a share of the square of about 1e-15 in float64, and
    1e-5 in float32. A variance is never below 0, and neither is this one.

    .. warning::

        In PyTorch, Optax and Keras that is RMSprop with ``centered=True``. PyTorch adds
        :math:`\varepsilon` outside the root. There the difference may be below 0. If
        :math:`\varepsilon` inside the root is smaller than that, or is outside, the
        root is NaN, and the weight from then on: in float32, with gradients near 1 and
        :math:`\varepsilon` = 1e-8.

    References
    ----------
    :cite:t:`graves2013`, in the update of its weights, which has a velocity, too.

    Examples
    --------
    With lr = 0.1, decay rate 0.75 and epsilon = 4, from w = 1:

    - v = 0.25 · 8² = 16, m = 0.25 · 8 = 2; √(16 - 2² + 4) = 4, so w = 1 - 0.1 · 8 / 4
      = 0.8;
    - v = 0.75 · 16 + 0.25 · 2² = 13, m = 0.75 · 2 - 0.25 · 2 = 1; √(13 - 1² + 4) = 4,
      so w = 0.8 + 0.1 · 2 / 4 = 0.85;
    - v = 0.75 · 13 + 0.25 · 9² = 30, m = 0.75 · 1 + 0.25 · 9 = 3; √(30 - 3² + 4) = 5,
      so w = 0.85 - 0.1 · 9 / 5 = 0.67.

    >>> from npoptim import CenteredRMSprop, trace
    >>> trace(CenteredRMSprop, 1, [8, -2, 9], lr=0.1, decay_rate=0.75, eps=4)
    t   g   v  m  increment     w
    1   8  16  2       -0.2   0.8
    2  -2  13  1       0.05  0.85
    3   9  30  3      -0.18  0.67

    Without memory, decay rate 0, the variance is 0: v = 8² = 64, m = 8, and
    √(64 - 8² + 4) = 2, so w = 1 - 0.1 · 8 / 2 = 0.6.

    >>> trace(CenteredRMSprop, 1, [8], lr=0.1, decay_rate=0, eps=4)
    t  g   v  m  increment    w
    1  8  64  8       -0.4  0.6
    """

    slots = ("m",)

    def update(self, w: Array, g: Array, v: Array, m: Array) -> Array:  # type: ignore[override]
        v[...] = self.decay_rate * v + (1 - self.decay_rate) * g**2
        m[...] = self.decay_rate * m + (1 - self.decay_rate) * g
        return -self.lr * g / self.root(np.maximum(0, v - m**2))
