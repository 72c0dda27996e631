"""Gradient descent, with momentum and Nesterov's momentum."""

from typing import Any
from warnings import warn

from npoptim.hyperparameters import Flag, Number
from npoptim.optimizer import Array, Optimizer


class SGD(Optimizer):
    r"""Descend along the gradient, or let a velocity descend with friction.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the velocity
    :math:`v` and the weights :math:`w` follow

    .. math::

        \begin{aligned}
        v_t &= \mu v_{t-1} - \lambda g_t \\
        w_t &= w_{t-1} + v_t
        \end{aligned}

    and, with ``nesterov=True``,

    .. math::

        \begin{aligned}
        v_t &= \mu v_{t-1} - \lambda g_t \\
        w_t &= w_{t-1} + (1 + \mu) v_t - \mu v_{t-1}
        \end{aligned}

    :math:`\mu` is called momentum, but it is friction: the share of the velocity
    that survives a step. At :math:`\mu = 0` nothing survives, and both are plain
    gradient descent.

    Warns
    -----
    UserWarning
        If ``nesterov`` is True and ``momentum`` is 0: that is plain descent. PyTorch
        refuses the pair, Keras and Optax take it without a word.

    See Also
    --------
    Adagrad : a rate for each weight, instead of a velocity
    Adam : a velocity and a rate for each weight

    Notes
    -----
    Derived in :doc:`/story/momentum` and :doc:`/story/nesterov`.

    Nesterov's method takes the gradient at the look-ahead point
    :math:`w + \mu v`, a second evaluation if the loss is wanted at :math:`w`. Here
    the weights *are* the look-ahead point: with :math:`\theta = w + \mu v` in the
    place of :math:`w`, the gradient is needed only where the model stands. As long
    as :math:`\mu` is constant, both forms take it at the same points.

    .. warning::

        The learning rate is inside the velocity, as in Keras and in the papers.
        PyTorch and Optax keep it outside: :math:`b_t = \mu b_{t-1} + g_t`, then
        :math:`w_t = w_{t-1} - \lambda b_t`. The weights are the same as long as
        :math:`\lambda` is constant; after a change of :math:`\lambda` the old
        velocity keeps its size here and is rescaled there. PyTorch's ``dampening``
        has no counterpart.

    References
    ----------
    :cite:t:`polyak1964`; :cite:t:`nesterov1983` (``nesterov=True``);
    :cite:t:`sutskever2013`, equations 1 and 2 (momentum), 3 and 4 (Nesterov).

    Examples
    --------
    With lr = 0.1 and momentum 0.5, from w = 1:

    - v = 0.5 · 0 - 0.1 · 2 = -0.2, so w = 1 - 0.2 = 0.8;
    - v = 0.5 · -0.2 + 0.1 · 4 = 0.3, so w = 0.8 + 0.3 = 1.1;
    - v = 0.5 · 0.3 - 0.1 · 6 = -0.45, so w = 1.1 - 0.45 = 0.65.

    >>> from npoptim import SGD, trace
    >>> trace(SGD, 1, [2, -4, 6], lr=0.1, momentum=0.5)
    t   g      v  increment     w
    1   2   -0.2       -0.2   0.8
    2  -4    0.3        0.3   1.1
    3   6  -0.45      -0.45  0.65

    The same gradients with Nesterov's momentum give the same velocities, and

    - w = 1 + 1.5 · -0.2 - 0.5 · 0 = 0.7;
    - w = 0.7 + 1.5 · 0.3 + 0.5 · 0.2 = 1.25;
    - w = 1.25 - 1.5 · 0.45 - 0.5 · 0.3 = 0.425.

    >>> trace(SGD, 1, [2, -4, 6], lr=0.1, momentum=0.5, nesterov=True)
    t   g      v  increment      w
    1   2   -0.2       -0.3    0.7
    2  -4    0.3       0.55   1.25
    3   6  -0.45     -0.825  0.425
    """

    slots = ("v",)

    momentum: Number = Number(
        r"\mu", "[0, 1)", "share of the velocity that survives a step", default=0.0
    )
    nesterov: Flag = Flag(
        "whether the gradient counts as that of the point that the velocity leads to",
        default=False,
    )

    def complete(self, **arguments: Any) -> None:
        super().complete(**arguments)
        if self.nesterov and self.momentum == 0:
            warn("nesterov=True with momentum=0 is plain descent", stacklevel=3)

    def update(self, w: Array, g: Array, v: Array) -> Array:
        if self.nesterov:
            v_previous = v.copy()
        v[...] = self.momentum * v - self.lr * g
        if self.nesterov:
            return (1 + self.momentum) * v - self.momentum * v_previous
        return v
