"""PAdam: AMSGrad with a smaller power in the place of the root."""

import numpy as np

from npoptim.hyperparameters import Flag, Number
from npoptim.optimizer import Array
from npoptim.rooted import Rooted


class PAdam(Rooted):
    r"""Divide AMSGrad's mean by less than the root: by another power of the squares.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the moving means
    :math:`m` and :math:`v`, the maximum :math:`v^{\max}` and the weights :math:`w`
    follow, element by element,

    .. math::

        \begin{aligned}
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        v^{\max}_t &= \max(v^{\max}_{t-1}, v_t) \\
        w_t &= w_{t-1} - \lambda \frac{m_t}{(\sqrt{v^{\max}_t} + \varepsilon)^{2 p}}
        \end{aligned}

    With ``eps_in_sqrt=True``, the last line is

    .. math::

        w_t = w_{t-1} - \lambda \frac{m_t}{(v^{\max}_t + \varepsilon)^p}

    With :math:`p = 1/2` that is AMSGrad, where the rate of a weight makes up for the
    size of its gradients in full, and with :math:`p = 0` a step along the mean, where
    it makes up for nothing. Between the two it makes up for a part, and the rate may be
    about as large as that of momentum.

    See Also
    --------
    AMSGrad : with the root itself
    AdaBound : from Adam to momentum in time
    QHM : with its ``nu=1``, the step along the mean

    Notes
    -----
    The default :math:`p` is that of the experiments in the authors' code, which has the
    corrections that pytorch-optimizer has.

    .. warning::

        pytorch-optimizer's ``PAdam`` takes no maximum. It corrects as Adam does,
        whatever :math:`p` is: its rate is :math:`\lambda \sqrt{1 - \beta_2^t} /
        (1 - \beta_1^t)`, which here is a schedule. Its default :math:`p` is 1/4.

    References
    ----------
    :cite:t:`chen2020`; it has no :math:`\varepsilon`.

    Examples
    --------
    With lr = 0.6, beta1 = 0.8, beta2 = 0.75, p = 0.25, so that the divisor is a root of
    a root, and an epsilon so large that its place shows, 6.5, from w = 1. From the
    third step on v is lower, and its maximum stays:

    - m = 0.2 · 5 = 1, v = 0.25 · 5² = 6.25, v_max = 6.25; √6.25 + 6.5 = 9, √9 = 3,
      so w = 1 - 0.6 · 1 / 3 = 0.8;
    - m = 0.8 · 1 - 0.2 · 18.5 = -2.9, v = 0.75 · 6.25 + 0.25 · 18.5² = 90.25,
      v_max = 90.25; √90.25 + 6.5 = 16, √16 = 4, so w = 0.8 + 0.6 · 2.9 / 4 = 1.235;
    - m = 0.8 · -2.9 + 0.2 · 6 = -1.12, v = 0.75 · 90.25 + 0.25 · 6² = 76.6875,
      v_max = 90.25; the divisor is still 4, so w = 1.235 + 0.6 · 1.12 / 4 = 1.403;
    - m = 0.8 · -1.12 - 0.2 · 4 = -1.696, v = 0.75 · 76.6875 + 0.25 · 4² = 61.515625,
      v_max = 90.25; so w = 1.403 + 0.6 · 1.696 / 4 = 1.6574.

    >>> from npoptim import PAdam, trace
    >>> trace(
    ...     PAdam, 1, [5, -18.5, 6, -4], lr=0.6, beta1=0.8, beta2=0.75, eps=6.5, p=0.25,
    ... )
    t      g       m        v  v_max  increment       w
    1      5       1     6.25   6.25       -0.2     0.8
    2  -18.5    -2.9    90.25  90.25      0.435   1.235
    3      6   -1.12  76.6875  90.25      0.168   1.403
    4     -4  -1.696  61.5156  90.25     0.2544  1.6574
    """

    slots = ("m", "v", "v_max")

    lr = Number(default=0.1)
    beta1: Number = Number(r"\beta_1", "[0, 1)", "share of m that stays", default=0.9)
    beta2: Number = Number(r"\beta_2", "[0, 1)", "share of v that stays", default=0.999)
    p: Number = Number("p", "[0, 0.5]", "power of the mean of squares", default=0.125)
    eps_in_sqrt = Flag(default=False)

    def update(self, w: Array, g: Array, m: Array, v: Array, v_max: Array) -> Array:
        m[...] = self.beta1 * m + (1 - self.beta1) * g
        v[...] = self.beta2 * v + (1 - self.beta2) * g**2
        v_max[...] = np.maximum(v_max, v)
        return -self.lr * m / self.root(v_max) ** (2 * self.p)
