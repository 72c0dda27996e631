"""ADOPT: a mean of gradients, each divided by the root of the step before."""

from math import inf

import numpy as np

from npoptim.hyperparameters import Flag, Number
from npoptim.optimizer import Array, Optimizer


class ADOPT(Optimizer):
    r"""Divide each gradient by the size of those before it, then take the mean.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the bound :math:`c`,
    the divided gradient :math:`u` within it, its moving mean :math:`m`, the moving mean
    :math:`v` of squares and the weights :math:`w` follow, element by element,

    .. math::

        \begin{aligned}
        c_t &= (t - 1)^{1/4} \\
        u_t &= \begin{cases}
            0, & t \le 1 \\
            \max \left( -c_t, \min \left(
                \dfrac{g_t}{\max(\sqrt{v_{t-1}}, \varepsilon)}, c_t
                \right) \right), & t > 1
            \end{cases} \\
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) u_t \\
        v_t &= \begin{cases}
            g_t^2, & t \le 1 \\
            \beta_2 v_{t-1} + (1 - \beta_2) g_t^2, & t > 1
            \end{cases} \\
        w_t &= w_{t-1} - \lambda m_t
        \end{aligned}

    With ``clipped=False``, there is no bound:

    .. math::

        u_t = \begin{cases}
            0, & t \le 1 \\
            \dfrac{g_t}{\max(\sqrt{v_{t-1}}, \varepsilon)}, & t > 1
            \end{cases}

    The first gradient is the start of :math:`v`, and moves nothing.

    In Adam a large gradient is divided by a root that it has made large itself, so that
    rare large gradients count too little, and with a :math:`\beta_2` that is too small
    the weights may go the wrong way. Here the root knows nothing of the gradient that
    it divides. The paper proves that the rule converges whatever :math:`\beta_2` is.

    See Also
    --------
    LaProp : with the root of the same step
    AMSGrad : another answer to the same counterexample

    Notes
    -----
    The bound was added after the first version of the paper, whose rule is
    ``clipped=False``. It is for weights whose first gradient is nearly 0: the next one,
    divided by that, may be a very long step. Until step 17 none counts as more than
    :math:`16^{1/4}` = 2.

    .. warning::

        Optax's bound is this one. That of pytorch-optimizer is :math:`t^{1/4}`, one
        step ahead. Both bound by default.

    References
    ----------
    :cite:t:`taniguchi2024`.

    Examples
    --------
    With lr = 0.5, beta1 = 0.6, beta2 = 0.2 and an epsilon so large that it is the
    divisor at times, 5, from w = 1. The first gradient moves nothing, and the last two
    are out of bounds:

    - c = 0; u = 0; m = 0, v = 8² = 64, so w = 1 - 0.5 · 0 = 1;
    - c = 1; √64 = 8, u = -2 / 8 = -0.25; m = 0.6 · 0 - 0.4 · 0.25 = -0.1,
      v = 0.2 · 64 + 0.8 · 2² = 16, so w = 1 + 0.5 · 0.1 = 1.05;
    - c = √√2 = 1.1892071; √16 = 4 is below 5, u = 1 / 5 = 0.2;
      m = 0.6 · -0.1 + 0.4 · 0.2 = 0.02, v = 0.2 · 16 + 0.8 · 1² = 4,
      so w = 1.05 - 0.5 · 0.02 = 1.04;
    - c = √√3 = 1.316074; √4 = 2 is below 5, -10 / 5 = -2 is below -1.316074,
      u = -1.316074; m = 0.6 · 0.02 - 0.4 · 1.316074 = -0.5144296,
      v = 0.2 · 4 + 0.8 · 10² = 80.8, so w = 1.04 + 0.5 · 0.5144296 = 1.2972148;
    - c = √√4 = 1.4142136; √80.8 = 8.98888, 20 / 8.98888 = 2.224971 is above 1.4142136,
      u = 1.4142136; m = 0.6 · -0.5144296 + 0.4 · 1.4142136 = 0.25702768,
      v = 0.2 · 80.8 + 0.8 · 20² = 336.16,
      so w = 1.2972148 - 0.5 · 0.25702768 = 1.16870096.

    >>> from npoptim import ADOPT, trace
    >>> trace(ADOPT, 1, [8, -2, 1, -10, 20], lr=0.5, beta1=0.6, beta2=0.2, eps=5)
    t    g         m       v  increment        w
    1    8         0      64          0        1
    2   -2      -0.1      16       0.05     1.05
    3    1      0.02       4      -0.01     1.04
    4  -10  -0.51443    80.8   0.257215  1.29721
    5   20  0.257028  336.16  -0.128514   1.1687

    Without a bound the fourth step is another one:

    - u = 0, m = 0, v = 8² = 64, so w = 1 - 0.5 · 0 = 1;
    - u = -2 / 8 = -0.25, m = 0.6 · 0 - 0.4 · 0.25 = -0.1,
      v = 0.2 · 64 + 0.8 · 2² = 16, so w = 1 + 0.5 · 0.1 = 1.05;
    - u = 1 / 5 = 0.2, m = 0.6 · -0.1 + 0.4 · 0.2 = 0.02,
      v = 0.2 · 16 + 0.8 · 1² = 4, so w = 1.05 - 0.5 · 0.02 = 1.04;
    - u = -10 / 5 = -2, m = 0.6 · 0.02 - 0.4 · 2 = -0.788,
      v = 0.2 · 4 + 0.8 · 10² = 80.8, so w = 1.04 + 0.5 · 0.788 = 1.434.

    >>> trace(
    ...     ADOPT, 1, [8, -2, 1, -10], lr=0.5, beta1=0.6, beta2=0.2, eps=5,
    ...     clipped=False,
    ... )
    t    g       m     v  increment      w
    1    8       0    64          0      1
    2   -2    -0.1    16       0.05   1.05
    3    1    0.02     4      -0.01   1.04
    4  -10  -0.788  80.8      0.394  1.434
    """

    slots = ("m", "v")

    beta1: Number = Number(r"\beta_1", "[0, 1)", "share of m that stays", default=0.9)
    beta2: Number = Number(
        r"\beta_2", "[0, 1)", "share of v that stays", default=0.9999
    )
    eps: Number = Number(r"\varepsilon", "[0, inf)", "least divisor", default=1e-6)
    clipped: Flag = Flag("whether divided gradients are bounded", default=True)

    def update(self, w: Array, g: Array, m: Array, v: Array) -> Array:
        if self.t == 1:
            v[...] = g**2
            return np.zeros_like(g)
        c = (self.t - 1) ** 0.25 if self.clipped else inf
        u = np.maximum(-c, np.minimum(g / np.maximum(np.sqrt(v), self.eps), c))
        m[...] = self.beta1 * m + (1 - self.beta1) * u
        v[...] = self.beta2 * v + (1 - self.beta2) * g**2
        return -self.lr * m
