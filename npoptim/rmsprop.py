"""RMSprop: Adagrad with a memory that fades."""

import numpy as np

from npoptim.checks import Flag, Number
from npoptim.optimizer import Model, Optimizer


class RMSprop(Optimizer):
    r"""Divide each weight's step by the size of its recent gradients.

    With the learning rate :math:`\lambda` = ``lr`` in [0, inf), default 1e-3, the
    decay rate :math:`\delta` = ``decay_rate`` in [0, 1), default 0.9,
    :math:`\varepsilon` = ``eps`` in [0, inf), default 1e-8, and the gradient
    :math:`g_t` of the loss at :math:`w_{t-1}`, the moving mean of squares :math:`v`
    and the weights :math:`w` follow, element by element,

    .. math::

        \begin{aligned}
        v_t &= \delta v_{t-1} + (1 - \delta) g_t^2 \\
        w_t &= w_{t-1} - \lambda \frac{g_t}{\sqrt{v_t + \varepsilon}}
        \end{aligned}

    and, with ``eps_in_sqrt=False`` (default True), the second line is

    .. math::

        w_t = w_{t-1} - \lambda \frac{g_t}{\sqrt{v_t} + \varepsilon}

    Where Adagrad sums up all squares and slows down for good, here a square counts
    for about :math:`1 / (1 - \delta)` steps and is forgotten.

    Parameters
    ----------
    model : object
        See :class:`~npoptim.Optimizer`.
    lr : float, default 1e-3
        Learning rate, in [0, inf).
    decay_rate : float, default 0.9
        Share of the mean of squares that survives a step, in [0, 1).
    eps : float, default 1e-8
        Keeps the division finite while :math:`v` is 0, in [0, inf).
    weight_decay : float, default 0.0
        Strength of the L2 penalty, in [0, inf).
    eps_in_sqrt : bool, default True
        Whether ``eps`` is added inside the root or outside.

    Raises
    ------
    TypeError, ValueError
        If a hyperparameter is not a number or out of its range, if ``eps_in_sqrt``
        is not a bool, or if the model does not fit: see
        :class:`~npoptim.Optimizer`.

    See Also
    --------
    Adagrad : the sum of all squares, instead of the mean
    Adam : the same step sizes, under a mean of the gradients

    Notes
    -----
    Derived in :doc:`/story/adaptive`.

    The mean starts at 0 and is not corrected for it, so the first step is
    :math:`1 / \sqrt{1 - \delta}` learning rates long: 3.16 with the default.

    Inside the root, :math:`\varepsilon` is compared with squares of gradients, so
    1e-8 is large beside gradients below 1e-4, such as those of a loss that is
    averaged over a large batch. Outside, only gradients below 1e-8 are that small.

    .. warning::

        The same name stands for other numbers elsewhere. PyTorch adds
        :math:`\varepsilon` outside the root, and its defaults are
        :math:`\lambda` = 0.01 and :math:`\delta` = 0.99 (``alpha``). Keras and
        Optax add it inside, Keras with :math:`\varepsilon` = 1e-7.

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

    The defaults:

    >>> from npoptim.npnet import Linear
    >>> RMSprop(Linear(3, 2))
    RMSprop(lr=0.001, decay_rate=0.9, eps=1e-08, weight_decay=0.0, eps_in_sqrt=True)
    """

    slots = ("v",)

    decay_rate = Number(below=1)
    eps = Number()
    eps_in_sqrt = Flag()

    def __init__(
        self,
        model: Model,
        lr: float = 1e-3,
        decay_rate: float = 0.9,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        eps_in_sqrt: bool = True,
    ) -> None:
        super().__init__(model, lr, weight_decay)
        self.decay_rate = decay_rate
        self.eps = eps
        self.eps_in_sqrt = eps_in_sqrt

    def update(self, w: np.ndarray, g: np.ndarray, v: np.ndarray) -> np.ndarray:
        v[...] = self.decay_rate * v + (1 - self.decay_rate) * g**2
        if self.eps_in_sqrt:
            return -self.lr * g / np.sqrt(v + self.eps)
        return -self.lr * g / (np.sqrt(v) + self.eps)
