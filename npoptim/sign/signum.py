"""SignSGD and Signum: steps of one length, along the sign of a gradient or a mean."""

import numpy as np

from npoptim.hyperparameters import Number
from npoptim.optimizer import Array, Optimizer


class SignSGD(Optimizer):
    r"""Step by the sign of each gradient, whatever its size.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the weights :math:`w`
    follow, element by element,

    .. math::

        w_t = w_{t-1} - \lambda \operatorname{sign}(g_t)

    Every step is :math:`\lambda` long in each weight, but where the gradient is 0. So
    a large gradient counts no more than a small one, and only one bit of each has to
    be sent where several machines share their gradients.

    See Also
    --------
    SGD : the gradient itself, not its sign
    Signum : the sign of a mean of the gradients
    Rprop : signs alone, with a step size for each weight

    Notes
    -----
    Steps do not get shorter by themselves as gradients do: for that the rate has to
    fall.

    .. warning::

        Optax has it as ``sign_sgd``, without a default rate and without a penalty.
        Here the penalty is added to the gradient, so that it is a part of the sign.

        pytorch-optimizer's ``SignSGD`` is :class:`Signum`, with momentum 0.9 by
        default.

    References
    ----------
    :cite:t:`bernstein2018`.

    Examples
    --------
    With lr = 0.1, from w = 1:

    - w = 1 - 0.1 · 1 = 0.9;
    - w = 0.9 + 0.1 · 1 = 1;
    - w = 1 - 0.1 · 0 = 1;
    - w = 1 + 0.1 · 1 = 1.1.

    >>> from npoptim import SignSGD, trace
    >>> trace(SignSGD, 1, [4, -0.5, 0, -8], lr=0.1)
    t     g  increment    w
    1     4       -0.1  0.9
    2  -0.5        0.1    1
    3     0          0    1
    4    -8        0.1  1.1
    """

    def update(self, w: Array, g: Array) -> Array:
        return -self.lr * np.sign(g)


class Signum(Optimizer):
    r"""Step by the sign of a moving mean of the gradients, whatever its size.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the moving mean
    :math:`m` and the weights :math:`w` follow, element by element,

    .. math::

        \begin{aligned}
        m_t &= \mu m_{t-1} + (1 - \mu) g_t \\
        w_t &= w_{t-1} - \lambda \operatorname{sign}(m_t)
        \end{aligned}

    Every step is :math:`\lambda` long in each weight, but where the mean is 0. Of the
    gradients' sizes it only matters which outweigh which in the mean.

    See Also
    --------
    SignSGD : the sign of the gradient itself, as here with ``momentum=0``
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

        Optax has it as ``signum``, without a default rate and without a penalty. Here
        the penalty is added to the gradient, before the mean, and so is a part of the
        sign.

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

    The same gradients without the mean:

    >>> from npoptim import SignSGD
    >>> trace(Signum, 1, [4, -1, -8, 4.875], lr=0.1, momentum=0)[-1].w
    1.0
    >>> trace(SignSGD, 1, [4, -1, -8, 4.875], lr=0.1)[-1].w
    1.0

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
