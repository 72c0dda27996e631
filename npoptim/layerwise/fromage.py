"""Fromage: steps in proportion to the weights, that do not make them longer."""

from math import sqrt

import numpy as np

from npoptim.hyperparameters import Number
from npoptim.optimizer import Array, Optimizer


class Fromage(Optimizer):
    r"""Step by a share of the length of the weights, and shorten them by as much.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the ratio :math:`r`
    and the weights :math:`w` of an array follow

    .. math::

        \begin{aligned}
        r_t &= \frac{\lVert w_{t-1} \rVert}{\lVert g_t \rVert} \\
        w_t &= \frac{w_{t-1} - \lambda r_t g_t}{\sqrt{1 + \lambda^2}}
        \end{aligned}

    Where all weights of an array are 0, :math:`r_t` is 1, so that they can leave it.

    Before the division the step is :math:`\lambda` times as long as the weights. Where
    it is at a right angle to them, it makes them :math:`\sqrt{1 + \lambda^2}` times as
    long, and the division takes that back. So it is in layers whose output does not
    depend on the length of their weights, as before a normalization.

    See Also
    --------
    LARS : the same ratio, without the division, and with momentum
    SGD : steps as long as the gradients
    DecoupledWeightDecay : weights that get shorter by a share, too

    Notes
    -----
    The name is short for Frobenius matched gradient descent. The paper's weights are
    matrices, whose norms are Frobenius's: the root of the sum of all squares, as here.

    The paper bounds how much the function and the gradient of a network change by the
    shares by which its layers do, and so asks for steps that are shares.

    .. warning::

        Optax holds both norms above its ``min_norm``, 1e-6. So weights that are all 0
        take a step that is only about :math:`10^{-6} \lambda` long.

    References
    ----------
    :cite:t:`bernstein2020`, Algorithm 1.

    Examples
    --------
    One weight, whose norm is its size, from w = 1. With lr = 0.75 the root is 1.25,
    since 1 + 0.75² = 1.25². In the last step the gradient is 0:

    - r = 1 / 2 = 0.5; so w = (1 - 0.75 · 0.5 · 2) / 1.25 = 0.2;
    - r = 0.2 / 4 = 0.05; so w = (0.2 + 0.75 · 0.05 · 4) / 1.25 = 0.28;
    - r = 0.28 / 0.5 = 0.56; so w = (0.28 - 0.75 · 0.56 · 0.5) / 1.25 = 0.056;
    - r = 1; so w = 0.056 / 1.25 = 0.0448.

    >>> from npoptim import Fromage, trace
    >>> trace(Fromage, 1, [2, -4, 0.5, 0], lr=0.75)
    t    g  increment       w
    1    2       -0.8     0.2
    2   -4       0.08    0.28
    3  0.5     -0.224   0.056
    4    0    -0.0112  0.0448

    Two arrays. The gradient of the first is at a right angle to its weights, whose
    length stays 5. The weights of the second are 0:

    - √(3² + 4²) = 5, √(8² + 6²) = 10; r = 5 / 10 = 0.5;
      w = (3 + 0.75 · 0.5 · 8) / 1.25 = 4.8 and w = (4 - 0.75 · 0.5 · 6) / 1.25 = 1.4;
    - r = 1; w = -0.75 · 5 / 1.25 = -3 and w = 0.75 · 10 / 1.25 = 6.

    >>> weights = {"first": [3, 4], "second": [0, 0]}
    >>> gradients = {"first": [-8, 6], "second": [5, -10]}
    >>> for step in trace(Fromage, weights, [gradients], lr=0.75):
    ...     print(step.name, step.w)
    first [4.8 1.4]
    second [-3.  6.]
    """

    elementwise = False

    lr = Number(meaning="length of a step, as a share of the weights", default=1e-2)

    def update(self, w: Array, g: Array) -> Array:
        length, below = np.linalg.norm(w), np.linalg.norm(g)
        r = length / below if length and below else 1.0
        return (w - self.lr * r * g) / sqrt(1 + self.lr**2) - w
