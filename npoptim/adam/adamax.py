"""Adamax: Adam with the largest gradient in the place of the mean of squares."""

import numpy as np

from npoptim.hyperparameters import Number
from npoptim.optimizer import Array, Optimizer


class Adamax(Optimizer):
    r"""Divide Adam's mean by the largest of the recent gradients.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the moving mean
    :math:`m`, the largest size :math:`u` and the weights :math:`w` follow, element by
    element,

    .. math::

        \begin{aligned}
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        u_t &= \max(\beta_2 u_{t-1}, \lvert g_t \rvert + \varepsilon) \\
        \hat m_t &= m_t / (1 - \beta_1^t) \\
        w_t &= w_{t-1} - \lambda \frac{\hat m_t}{u_t}
        \end{aligned}

    A gradient that is larger than what is left of those before it is :math:`u_t` at
    once; from then on its size fades by :math:`\beta_2` a step. A maximum does not have
    to be corrected for a start at 0.

    See Also
    --------
    PaperAdam : with the root of a mean of squares instead
    AMSGrad : with a maximum that does not fade

    Notes
    -----
    The paper has no :math:`\varepsilon`, as here with ``eps=0``. Then :math:`u_t` is 0
    where all gradients so far were 0, and such a weight would take the step 0/0, an
    error here. In PyTorch and Optax it is NaN from then on. The default is theirs, too.

    .. warning::

        PyTorch and Optax add :math:`\varepsilon` inside of the maximum, as here. Keras
        divides by :math:`u_t + \varepsilon`, whose :math:`u_t` has none; its
        ``epsilon`` is 1e-7, its rate 0.001.

    References
    ----------
    :cite:t:`kingma2015`, Algorithm 2.

    Examples
    --------
    With lr = 0.9, beta1 = 0.2, beta2 = 0.75 and an epsilon so large that its place
    shows, 2, from w = 1. At the second step the first gradient is still the largest:

    - m = -0.8 · 6 = -4.8, over 1 - 0.2 is -6; u = 6 + 2 = 8;
      so w = 1 + 0.9 · 6 / 8 = 1.675;
    - m = 0.2 · -4.8 + 0.8 · 2.4 = 0.96, over 1 - 0.04 is 1; u = 0.75 · 8 = 6, which is
      above 2.4 + 2 = 4.4; so w = 1.675 - 0.9 · 1 / 6 = 1.525;
    - m = 0.2 · 0.96 - 0.8 · 5.2 = -3.968, over 1 - 0.008 is -4; u = 5.2 + 2 = 7.2,
      which is above 0.75 · 6 = 4.5; so w = 1.525 + 0.9 · 4 / 7.2 = 2.025.

    >>> from npoptim import Adamax, trace
    >>> trace(Adamax, 1, [-6, 2.4, -5.2], lr=0.9, beta1=0.2, beta2=0.75, eps=2)
    t     g       m    u  increment      w
    1    -6    -4.8    8      0.675  1.675
    2   2.4    0.96    6      -0.15  1.525
    3  -5.2  -3.968  7.2        0.5  2.025
    """

    slots = ("m", "u")

    lr = Number(default=2e-3)
    beta1: Number = Number(r"\beta_1", "[0, 1)", "share of m that stays", default=0.9)
    beta2: Number = Number(r"\beta_2", "[0, 1)", "share of u that stays", default=0.999)
    eps: Number = Number(
        r"\varepsilon", "[0, inf)", "keeps the division finite", default=1e-8
    )

    def update(self, w: Array, g: Array, m: Array, u: Array) -> Array:
        m[...] = self.beta1 * m + (1 - self.beta1) * g
        u[...] = np.maximum(self.beta2 * u, np.abs(g) + self.eps)
        m_hat = m / (1 - self.beta1**self.t)
        return -self.lr * m_hat / u
