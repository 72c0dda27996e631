"""LARS: descent whose rate is in proportion to the weights of each array."""

import numpy as np

from npoptim.hyperparameters import Number
from npoptim.optimizer import Array, Optimizer


class LARS(Optimizer):
    r"""Step in each array by a share of the length of its weights.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the trust ratio
    :math:`r`, the velocity :math:`v` and the weights :math:`w` of an array follow

    .. math::

        \begin{aligned}
        r_t &= \eta \frac{\lVert w_{t-1} \rVert}
            {\lVert g_t \rVert + \alpha \lVert w_{t-1} \rVert} \\
        v_t &= \mu v_{t-1} - \lambda r_t (g_t + \alpha w_{t-1}) \\
        w_t &= w_{t-1} + v_t
        \end{aligned}

    Where all weights of an array are 0, :math:`r_t` is 1, so that they can leave it.

    Without decay and momentum a step is :math:`\lambda \eta` times as long as the
    weights, however long the gradient is: by default a thousandth. So no array is
    changed much more than another in proportion, and the rate may be large, as it has
    to be where batches are large and steps are few.

    See Also
    --------
    SGD : one rate for all arrays
    LAMB : the same ratio, for Adam's step
    NovoGrad : the recent norms of the gradients alone
    Fromage : the same ratio, and weights that do not get longer
    Adafactor : shares of the weights, too, with a mean of squares

    Notes
    -----
    Gradient and decay together are no longer than the share, since
    :math:`\lVert g_t + \alpha w_{t-1} \rVert` is at most the sum of the two norms. A
    stronger decay makes the gradient's part of it smaller.

    .. warning::

        Optax divides by :math:`\lVert g_t + \alpha w_{t-1} \rVert` instead of the sum
        of the two norms. Without decay it is this rule.

        pytorch-optimizer does so for arrays of two axes or more alone. Vectors and
        numbers take plain steps with momentum, without ratio and decay. Its rate is
        outside of the velocity: see :class:`SGD`.

        Both have the ratio 1, too, where all weights are 0. That is a long step: of
        weights as long as their gradient the ratio is :math:`\eta`.

    References
    ----------
    :cite:t:`you2017`, Algorithm 1.

    Examples
    --------
    One weight, whose norm is its size, with lr = 2, eta = 0.5, momentum 0.5 and decay
    0.25, from w = -4. In the second step the weight is 0, in the last the gradient:

    - r = 0.5 · 4 / (1 + 0.25 · 4) = 1; v = 2 · 1 · (1 + 0.25 · 4) = 4,
      so w = -4 + 4 = 0;
    - r = 1; v = 0.5 · 4 - 2 · 1 · 3 = -4, so w = 0 - 4 = -4;
    - r = 0.5 · 4 / (4 + 0.25 · 4) = 0.4; v = 0.5 · -4 - 2 · 0.4 · (4 - 0.25 · 4) =
      -4.4, so w = -4 - 4.4 = -8.4;
    - r = 0.5 · 8.4 / (0 + 0.25 · 8.4) = 2; v = 0.5 · -4.4 + 2 · 2 · 0.25 · 8.4 = 6.2,
      so w = -8.4 + 6.2 = -2.2.

    >>> from npoptim import LARS, trace
    >>> trace(
    ...     LARS, -4, [-1, 3, 4, 0], lr=2, trust=0.5, momentum=0.5, weight_decay=0.25
    ... )
    t   g     v  increment     w
    1  -1     4          4     0
    2   3    -4         -4    -4
    3   4  -4.4       -4.4  -8.4
    4   0   6.2        6.2  -2.2

    An array of two weights without decay, with lr = 5, eta = 0.2 and momentum 0.5. In
    the second step there is nothing but the velocity:

    - √(3² + 4²) = 5, √(6² + 8²) = 10; r = 0.2 · 5 / 10 = 0.1; v = -5 · 0.1 · 6 = -3
      and v = 5 · 0.1 · 8 = 4; w = 3 - 3 = 0 and w = 4 + 4 = 8;
    - v = 0.5 · -3 = -1.5 and v = 0.5 · 4 = 2; w = 0 - 1.5 = -1.5 and w = 8 + 2 = 10.

    >>> gradients = [[6, -8], [0, 0]]
    >>> for step in trace(LARS, [3, 4], gradients, lr=5, trust=0.2, momentum=0.5):
    ...     print(step.v, step.w)
    [-3.  4.] [0. 8.]
    [-1.5  2. ] [-1.5 10. ]
    """

    slots = ("v",)
    elementwise = False

    lr = Number(default=1.0)
    trust: Number = Number(
        r"\eta", "[0, inf)", "length of a step, as a share of the weights", default=1e-3
    )
    momentum: Number = Number(r"\mu", "[0, 1)", "share of v that stays", default=0.9)
    weight_decay = Number(meaning="strength of the decay inside of the ratio")

    def regularize(self) -> None:
        """Leave the gradients as they are."""

    def update(self, w: Array, g: Array, v: Array) -> Array:
        length = np.linalg.norm(w)
        below = np.linalg.norm(g) + self.weight_decay * length
        r = self.trust * length / below if length and below else 1.0
        v[...] = self.momentum * v - self.lr * r * (g + self.weight_decay * w)
        return v
