"""MADGRAD: dual averaging, with the cube root of a sum of squares and momentum."""

from math import sqrt

import numpy as np

from npoptim.hyperparameters import Number
from npoptim.optimizer import Array, Optimizer


class MADGRAD(Optimizer):
    r"""Walk from the start by all gradients at once, over a cube root of squares.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the rate
    :math:`\eta_t` of the step, the sums :math:`s` of gradients and :math:`v` of
    squares, the point :math:`z` and the weights :math:`w` follow, element by element,

    .. math::

        \begin{aligned}
        \eta_t &= \lambda \sqrt{t} \\
        s_t &= s_{t-1} + \eta_t g_t \\
        v_t &= v_{t-1} + \eta_t g_t^2 \\
        z_t &= w_0 - \frac{s_t}{v_t^{1/3} + \varepsilon} \\
        w_t &= w_{t-1} + (1 - \mu) (z_t - w_{t-1})
        \end{aligned}

    The point :math:`z` is found anew at each step: from the start, by all gradients so
    far, all with the newest divisor. That is dual averaging. Where :class:`Adagrad`
    divides a gradient, its step stays as it was. Here later gradients count more, by
    :math:`\sqrt{t}`, since the divisor of all grows. The weights follow :math:`z` by a
    share of the way, which is momentum.

    See Also
    --------
    Adagrad : steps that stay, over a square root
    SGD : momentum as a velocity

    Notes
    -----
    To follow by a share is a velocity: :math:`\Delta w_t = \mu \Delta w_{t-1} +
    (1 - \mu) (z_t - z_{t-1})`.

    Unlike Adagrad's and Adam's, the steps grow with the gradients, but only with their
    cube root, and with :math:`\lambda^{2/3}`. If the gradient is always :math:`g`,
    then in the long run, but for :math:`\varepsilon`, :math:`z` moves by
    :math:`(2 \lambda / 3)^{2/3} g^{1/3}` a step. So a rate that is good for another
    rule says nothing of the one here.

    With :math:`\varepsilon` = 0, the step of a weight whose gradients were all 0 is
    0/0, which is an error.

    .. warning::

        Optax and pytorch-optimizer add :math:`\varepsilon` to the rate, too, which is
        theirs with :math:`\lambda + \varepsilon` here.

    References
    ----------
    :cite:t:`defazio2022`, Algorithm 1.

    Examples
    --------
    With lr = 0.5, momentum 0.75 and an epsilon so large that its place shows, 2, from
    w = 1. Each value is rounded, and the next one computed from it:

    - eta = 0.5 · √1 = 0.5, s = 0.5 · 4 = 2, v = 0.5 · 4² = 8; ∛8 + 2 = 4,
      z = 1 - 2 / 4 = 0.5, so w = 1 + 0.25 · (0.5 - 1) = 0.875;
    - eta = 0.5 · √2 = 0.70710678, s = 2 - 0.70710678 · 12 = -6.48528136,
      v = 8 + 0.70710678 · 12² = 109.82337632; ∛109.82337632 + 2 = 6.788854,
      z = 1 + 6.48528136 / 6.788854 = 1.95528367,
      so w = 0.875 + 0.25 · (1.95528367 - 0.875) = 1.14507092;
    - eta = 0.5 · √3 = 0.8660254, s = -6.48528136 + 0.8660254 · 8 = 0.44292184,
      v = 109.82337632 + 0.8660254 · 8² = 165.24900192;
      ∛165.24900192 + 2 = 7.48756421, z = 1 - 0.44292184 / 7.48756421 = 0.94084567,
      so w = 1.14507092 + 0.25 · (0.94084567 - 1.14507092) = 1.09401461.

    >>> from npoptim import MADGRAD, trace
    >>> trace(MADGRAD, 1, [4, -12, 8], lr=0.5, momentum=0.75, eps=2)
    t    g  first         s        v   increment        w
    1    4      1         2        8      -0.125    0.875
    2  -12      1  -6.48528  109.823    0.270071  1.14507
    3    8      1  0.442922  165.249  -0.0510563  1.09401
    """

    slots = ("first", "s", "v")

    lr = Number(default=1e-2)
    momentum: Number = Number(
        r"\mu", "[0, 1)", "share of the way to z that is left", default=0.9
    )
    eps: Number = Number(
        r"\varepsilon", "[0, inf)", "keeps the division finite", default=1e-6
    )

    def start(self, w: Array) -> dict[str, Array]:
        return {**super().start(w), "first": w}

    def update(self, w: Array, g: Array, first: Array, s: Array, v: Array) -> Array:
        eta = self.lr * sqrt(self.t)
        s[...] = s + eta * g
        v[...] = v + eta * g**2
        z = first - s / (np.cbrt(v) + self.eps)
        return (1 - self.momentum) * (z - w)
