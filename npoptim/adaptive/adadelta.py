"""Adadelta: RMSprop whose rate is the size of its own steps."""

import numpy as np

from npoptim.hyperparameters import Number
from npoptim.optimizer import Array, Optimizer


class Adadelta(Optimizer):
    r"""Multiply RMSprop's step by the size of the recent steps.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the moving mean of
    squares :math:`v`, the step :math:`u`, the moving mean :math:`a` of its squares and
    the weights :math:`w` follow, element by element,

    .. math::

        \begin{aligned}
        v_t &= \delta v_{t-1} + (1 - \delta) g_t^2 \\
        u_t &= \frac{\sqrt{a_{t-1} + \varepsilon}}{\sqrt{v_t + \varepsilon}} g_t \\
        a_t &= \delta a_{t-1} + (1 - \delta) u_t^2 \\
        w_t &= w_{t-1} - \lambda u_t
        \end{aligned}

    Where RMSprop has the learning rate there is the root of :math:`a`, the size of the
    weight's own recent steps. A gradient over the size of gradients has no unit, so the
    step has that of the weights.

    See Also
    --------
    Adagrad : the sum of all squares, instead of the mean
    RMSprop : the same, with a learning rate

    Notes
    -----
    The paper has no learning rate: :math:`\lambda` is 1. The other defaults are from
    its experiments.

    From :math:`a_0 = 0` it is :math:`\varepsilon` that starts the steps: without it all
    of them are 0. The first is :math:`\sqrt{\varepsilon / (1 - \delta)}` long, but for
    the :math:`\varepsilon` beside :math:`v`. With the defaults that is
    √(0.000001 / 0.05) = 0.00447, whatever the weights' size.

    .. warning::

        PyTorch and Optax have :math:`\delta` = 0.9 (``rho``) by default. Keras has
        :math:`\varepsilon` = 1e-7 and the learning rate 0.001, a thousandth of the
        paper's. Optax without a learning rate steps along the gradient instead of
        against it, and climbs. In all three :math:`a` is the mean of steps before their
        rate, as here.

    References
    ----------
    :cite:t:`zeiler2012`, Algorithm 1.

    Examples
    --------
    With lr = 0.25, decay rate 0.625 and an epsilon so large that its places show, 4,
    from w = 1:

    - v = 0.375 · 16² = 96; √4 = 2, √(96 + 4) = 10, so u = 2 / 10 · 16 = 3.2;
      a = 0.375 · 3.2² = 3.84; so w = 1 - 0.25 · 3.2 = 0.2;
    - v = 0.625 · 96 + 0.375 · 64² = 1596; √(3.84 + 4) = 2.8, √1600 = 40,
      so u = 2.8 / 40 · -64 = -4.48; a = 0.625 · 3.84 + 0.375 · 4.48² = 9.9264;
      so w = 0.2 + 0.25 · 4.48 = 1.32;
    - v = 0.625 · 1596 + 0.375 · 6² = 1011; √(9.9264 + 4) = 3.731809, √1015 = 31.85906,
      so u = 3.731809 / 31.85906 · 6 = 0.702810; a = 0.625 · 9.9264 +
      0.375 · 0.702810² = 6.389228; so w = 1.32 - 0.25 · 0.702810 = 1.1442975.

    >>> from npoptim import Adadelta, trace
    >>> trace(Adadelta, 1, [16, -64, 6], lr=0.25, decay_rate=0.625, eps=4)
    t    g     v        a  increment       w
    1   16    96     3.84       -0.8     0.2
    2  -64  1596   9.9264       1.12    1.32
    3    6  1011  6.38923  -0.175702  1.1443

    Without epsilon every step is 0:

    >>> [step.w for step in trace(Adadelta, 1, [4, -3, 2], eps=0)]
    [1.0, 1.0, 1.0]
    """

    slots = ("v", "a")

    lr = Number(default=1)
    decay_rate: Number = Number(
        r"\delta", "[0, 1)", "share of v and of a that survives a step", default=0.95
    )
    eps: Number = Number(
        r"\varepsilon", "[0, inf)", "starts the steps, keeps the division finite",
        default=1e-6,
    )  # fmt: skip

    def update(self, w: Array, g: Array, v: Array, a: Array) -> Array:
        v[...] = self.decay_rate * v + (1 - self.decay_rate) * g**2
        u = np.sqrt(a + self.eps) / np.sqrt(v + self.eps) * g
        a[...] = self.decay_rate * a + (1 - self.decay_rate) * u**2
        return -self.lr * u
