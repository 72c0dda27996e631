"""QHM: between a step along the gradient and one along its mean."""

from npoptim.hyperparameters import Number
from npoptim.optimizer import Array, Optimizer


class QHM(Optimizer):
    r"""Step along the gradient and along its moving mean, each with its share.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the moving mean
    :math:`m` and the weights :math:`w` follow

    .. math::

        \begin{aligned}
        m_t &= \mu m_{t-1} + (1 - \mu) g_t \\
        w_t &= w_{t-1} - \lambda ((1 - \nu) g_t + \nu m_t)
        \end{aligned}

    In momentum the newest gradient has the share :math:`1 - \mu` of a step, which is
    little where the mean is long. Here it has the share :math:`1 - \nu` besides,
    however long the mean is. The paper calls that quasi-hyperbolic.

    See Also
    --------
    SGD : momentum, and Nesterov's, which are two cases of it
    QHAdam : the same in both of Adam's means
    Lion : two shares of the newest gradient in a sign

    Notes
    -----
    With :math:`\nu = 0` it is plain descent, with :math:`\nu = 1` momentum, and with
    :math:`\nu = \mu` Nesterov's momentum. The two latter are :class:`SGD` with the rate
    :math:`\lambda (1 - \mu)`, as long as that is constant.

    The defaults of :math:`\mu` and :math:`\nu` are the paper's rule of thumb. It has
    :math:`\beta` for :math:`\mu`.

    .. warning::

        The defaults of pytorch-optimizer's ``QHM`` are ``momentum=0`` and ``nu=1``:
        plain descent.

    References
    ----------
    :cite:t:`ma2019`.

    Examples
    --------
    With lr = 0.1, momentum 0.75 and nu = 0.6, from w = 1:

    - m = 0.25 · 8 = 2, so w = 1 - 0.1 · (0.4 · 8 + 0.6 · 2) = 0.56;
    - m = 0.75 · 2 - 0.25 · 4 = 0.5, so w = 0.56 + 0.1 · (0.4 · 4 - 0.6 · 0.5) = 0.69;
    - m = 0.75 · 0.5 + 0.25 · 6 = 1.875,
      so w = 0.69 - 0.1 · (0.4 · 6 + 0.6 · 1.875) = 0.3375.

    >>> from npoptim import QHM, trace
    >>> trace(QHM, 1, [8, -4, 6], lr=0.1, momentum=0.75, nu=0.6)
    t   g      m  increment       w
    1   8      2      -0.44    0.56
    2  -4    0.5       0.13    0.69
    3   6  1.875    -0.3525  0.3375
    """

    slots = ("m",)

    momentum: Number = Number(r"\mu", "[0, 1)", "share of m that stays", default=0.999)
    nu: Number = Number(r"\nu", "[0, 1]", "share of m in a step", default=0.7)

    def update(self, w: Array, g: Array, m: Array) -> Array:
        m[...] = self.momentum * m + (1 - self.momentum) * g
        return -self.lr * ((1 - self.nu) * g + self.nu * m)
