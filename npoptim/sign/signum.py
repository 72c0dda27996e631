"""Signum: steps of one length, along the sign of a mean. Without the mean, signSGD."""

import numpy as np

from npoptim.hyperparameters import Number
from npoptim.optimizer import Array, Optimizer


class Signum(Optimizer):
    r"""Step by the sign of a moving mean of the gradients, whatever its size.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the moving mean
    :math:`m` and the weights :math:`w` follow, element by element,

    .. math::

        \begin{aligned}
        m_t &= \mu m_{t-1} + (1 - \mu) g_t \\
        w_t &= w_{t-1} - \lambda \operatorname{sign}(m_t)
        \end{aligned}

    With ``momentum=0`` the mean is the gradient itself, and the rule is signSGD.

    Every step is :math:`\lambda` long in each weight, but where the mean is 0. Of the
    gradients' sizes it only matters which outweigh which in the mean.

    See Also
    --------
    SGD : the velocity itself, not its sign
    Lion : a sign for which the newest gradient counts more than the mean remembers
    Rprop : signs alone, with a step size for each weight

    Notes
    -----
    The mean is not corrected for its start at 0: that would not change its sign.

    Steps do not get shorter by themselves as gradients do: for that the rate has to
    fall.

    :class:`Lion` with :math:`\beta_1 = \beta_2` is this rule, but for its decay.

    .. warning::

        Optax has the two as ``signum`` and ``sign_sgd``, without a default rate. The
        penalty is added to the gradient here, before the mean, and so is a part of the
        sign. Neither of Optax's two has one.

    References
    ----------
    :cite:t:`bernstein2018`.

    Examples
    --------
    With lr = 0.1 and momentum 0.75, from w = 1. At the second step the mean outweighs
    the gradient, at the last the two are equal:

    - m = 0.25 · 4 = 1, so w = 1 - 0.1 = 0.9;
    - m = 0.75 · 1 - 0.25 · 1 = 0.5, so w = 0.9 - 0.1 = 0.8;
    - m = 0.75 · 0.5 - 0.25 · 8 = -1.625, so w = 0.8 + 0.1 = 0.9;
    - m = -0.75 · 1.625 + 0.25 · 4.875 = 0, so w = 0.9 - 0.1 · 0 = 0.9.

    >>> from npoptim import Signum, trace
    >>> trace(Signum, 1, [4, -1, -8, 4.875], lr=0.1, momentum=0.75)
    t      g       m  increment    w
    1      4       1       -0.1  0.9
    2     -1     0.5       -0.1  0.8
    3     -8  -1.625        0.1  0.9
    4  4.875       0          0  0.9

    The same gradients without the mean, which is signSGD:

    - w = 1 - 0.1 = 0.9;
    - w = 0.9 + 0.1 = 1;
    - w = 1 + 0.1 = 1.1;
    - w = 1.1 - 0.1 = 1.

    >>> trace(Signum, 1, [4, -1, -8, 4.875], lr=0.1, momentum=0)
    t      g      m  increment    w
    1      4      4       -0.1  0.9
    2     -1     -1        0.1    1
    3     -8     -8        0.1  1.1
    4  4.875  4.875       -0.1    1

    And Lion with two equal shares:

    >>> from npoptim import Lion
    >>> trace(Lion, 1, [4, -1, -8, 4.875], lr=0.1, beta1=0.75, beta2=0.75)
    t      g       m  increment    w
    1      4       1       -0.1  0.9
    2     -1     0.5       -0.1  0.8
    3     -8  -1.625        0.1  0.9
    4  4.875       0          0  0.9
    """

    slots = ("m",)

    momentum: Number = Number(r"\mu", "[0, 1)", "share of m that stays", default=0.9)

    def update(self, w: Array, g: Array, m: Array) -> Array:
        m[...] = self.momentum * m + (1 - self.momentum) * g
        return -self.lr * np.sign(m)
