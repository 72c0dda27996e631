"""Lion: the sign of a mean that counts the newest gradient more."""

import numpy as np

from npoptim.hyperparameters import Number
from npoptim.optimizer import Array
from npoptim.regularizers import DecoupledWeightDecay


class Lion(DecoupledWeightDecay):
    r"""Step by the sign of a mean of the gradients that the newest one may turn.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the direction
    :math:`u`, the moving mean :math:`m` and the weights :math:`w` follow, element by
    element,

    .. math::

        \begin{aligned}
        u_t &= \operatorname{sign}(\beta_1 m_{t-1} + (1 - \beta_1) g_t) \\
        m_t &= \beta_2 m_{t-1} + (1 - \beta_2) g_t \\
        w_t &= w_{t-1} - \lambda u_t - \lambda \alpha w_{t-1}
        \end{aligned}

    Every step is :math:`\lambda` long in each weight, but for the decay, and where the
    direction is 0. There are two shares: with :math:`\beta_1 < \beta_2` the step counts
    the newest gradient more than the mean remembers it.

    See Also
    --------
    Signum : one mean, that is remembered and stepped along
    Adam : steps of about that length, where gradients agree
    SGD : the mean itself, as a velocity

    Notes
    -----
    Steps do not get shorter by themselves as gradients do: for that the rate has to
    fall. The state is one array, where Adam keeps two.

    .. warning::

        The decay is multiplied by :math:`\lambda`, as in the paper, in Optax and Keras.
        Their default decays differ: Optax 0.001, Keras none, as here. Keras's rate is
        0.001.

    References
    ----------
    :cite:t:`chen2023`, Algorithm 2.

    Examples
    --------
    With lr = 0.1, beta1 = 0.75 and beta2 = 0.875, from w = 1. At the second step the
    mean outweighs the gradient, at the last the two are equal:

    - 0.25 · 4 = 1, so u = 1; m = 0.125 · 4 = 0.5; so w = 1 - 0.1 = 0.9;
    - 0.75 · 0.5 - 0.25 · 1 = 0.125, so u = 1; m = 0.875 · 0.5 - 0.125 · 1 = 0.3125;
      so w = 0.9 - 0.1 = 0.8;
    - 0.75 · 0.3125 - 0.25 · 2 = -0.265625, so u = -1; m = 0.875 · 0.3125 - 0.125 · 2 =
      0.0234375; so w = 0.8 + 0.1 = 0.9;
    - 0.75 · 0.0234375 - 0.25 · 0.0703125 = 0, so u = 0; m = 0.875 · 0.0234375 -
      0.125 · 0.0703125 = 0.01171875; so w = 0.9 - 0.1 · 0 = 0.9.

    >>> from npoptim import Lion, trace
    >>> trace(Lion, 1, [4, -1, -2, -0.0703125], lr=0.1, beta1=0.75, beta2=0.875)
    t           g          m  increment    w
    1           4        0.5       -0.1  0.9
    2          -1     0.3125       -0.1  0.8
    3          -2  0.0234375        0.1  0.9
    4  -0.0703125  0.0117188          0  0.9

    With decay 0.5, so that a weight loses 0.1 · 0.5 = 0.05 of itself:

    - w = 1 - 0.1 - 0.05 · 1 = 0.85;
    - w = 0.85 - 0.1 - 0.05 · 0.85 = 0.7075.

    >>> trace(Lion, 1, [4, -1], lr=0.1, beta1=0.75, beta2=0.875, weight_decay=0.5)
    t   g       m  increment       w
    1   4     0.5      -0.15    0.85
    2  -1  0.3125    -0.1425  0.7075
    """

    slots = ("m",)

    lr = Number(default=1e-4)
    beta1: Number = Number(
        r"\beta_1", "[0, 1)", "share of the old m in a step", default=0.9
    )
    beta2: Number = Number(r"\beta_2", "[0, 1)", "share of m that stays", default=0.99)

    def update(self, w: Array, g: Array, m: Array) -> Array:
        u = np.sign(self.beta1 * m + (1 - self.beta1) * g)
        m[...] = self.beta2 * m + (1 - self.beta2) * g
        return -self.lr * u
