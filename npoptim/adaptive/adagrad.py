"""Adagrad: a step size for each weight, from all its gradients so far."""

from npoptim.optimizer import Array
from npoptim.rooted import Rooted


class Adagrad(Rooted):
    r"""Divide each weight's step by the size of all its gradients so far.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the sum of squares
    :math:`v` and the weights :math:`w` follow, element by element,

    .. math::

        \begin{aligned}
        v_t &= v_{t-1} + g_t^2 \\
        w_t &= w_{t-1} - \lambda \frac{g_t}{\sqrt{v_t + \varepsilon}}
        \end{aligned}

    and, with ``eps_in_sqrt=False``, the second line is

    .. math::

        w_t = w_{t-1} - \lambda \frac{g_t}{\sqrt{v_t} + \varepsilon}

    The first step of a weight is :math:`\lambda` long, but for :math:`\varepsilon`,
    and since :math:`v` never falls, its rate :math:`\lambda / \sqrt{v_t}` never rises.
    It falls slowest for the weights that rarely see a gradient.

    See Also
    --------
    SGD : one rate for all weights
    RMSprop : a mean that forgets, instead of the sum

    Notes
    -----
    Derived in :doc:`/story/adaptive`.

    The paper's :math:`\delta` is added to the root, that is outside.

    .. warning::

        The same name stands for other numbers elsewhere. PyTorch adds
        :math:`\varepsilon` = 1e-10 outside the root, and its learning rate is 0.01;
        its ``lr_decay``, 0 by default, divides the rate of step :math:`t` by one and
        :math:`t - 1` times itself. It has no counterpart here.
        Optax and Keras start :math:`v` at 0.1 instead of 0 and add
        :math:`\varepsilon` = 1e-7 inside.

    References
    ----------
    :cite:t:`duchi2011`, Figure 1 (diagonal matrices).

    Examples
    --------
    With lr = 1.3 and an epsilon so large that its place shows, 144, from w = 1:

    - v = 0 + 9² = 81; √(81 + 144) = 15, so w = 1 - 1.3 · 9 / 15 = 0.22;
    - v = 81 + 20² = 481; √625 = 25, so w = 0.22 + 1.3 · 20 / 25 = 1.26;
    - v = 481 + 60² = 4081; √4225 = 65, so w = 1.26 - 1.3 · 60 / 65 = 0.06.

    >>> from npoptim import Adagrad, trace
    >>> trace(Adagrad, 1, [9, -20, 60], lr=1.3, eps=144)
    t    g     v  increment     w
    1    9    81      -0.78  0.22
    2  -20   481       1.04  1.26
    3   60  4081       -1.2  0.06

    With epsilon = 3 outside the root and lr = 0.2:

    - v = 3² = 9; 3 + 3 = 6, so w = 1 - 0.2 · 3 / 6 = 0.9;
    - v = 9 + 4² = 25; 5 + 3 = 8, so w = 0.9 + 0.2 · 4 / 8 = 1;
    - v = 25 + 12² = 169; 13 + 3 = 16, so w = 1 - 0.2 · 12 / 16 = 0.85.

    >>> trace(Adagrad, 1, [3, -4, 12], lr=0.2, eps=3, eps_in_sqrt=False)
    t   g    v  increment     w
    1   3    9       -0.1   0.9
    2  -4   25        0.1     1
    3  12  169      -0.15  0.85
    """

    slots = ("v",)

    def update(self, w: Array, g: Array, v: Array) -> Array:
        v[...] = v + g**2
        return -self.lr * g / self.root(v)
