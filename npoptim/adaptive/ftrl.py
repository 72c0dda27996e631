"""FTRL: Adagrad's steps, and penalties that leave weights at exactly 0."""

import numpy as np

from npoptim.hyperparameters import Number
from npoptim.optimizer import Array, Optimizer


class FTRL(Optimizer):
    r"""Keep at 0 every weight whose gradients do not outweigh a penalty on its size.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the sums :math:`v` of
    squares and :math:`z` of gradients and the weights :math:`w` follow, element by
    element,

    .. math::

        \begin{aligned}
        v_t &= v_{t-1} + g_t^2 \\
        z_t &= z_{t-1} + g_t
            - \frac{\sqrt{v_t} - \sqrt{v_{t-1}}}{\lambda} w_{t-1} \\
        w_t &= -\operatorname{sign}(z_t) \frac{\max(\lvert z_t \rvert - \alpha_1, 0)}
            {(\beta + \sqrt{v_t}) / \lambda + \alpha_2}
        \end{aligned}

    Each :math:`w_t` minimizes a sum: of all gradients so far times the weight, of half
    the squares of its distances from the weights so far, each with the growth of
    :math:`\sqrt v / \lambda` in its step, and of the penalties
    :math:`\alpha_1 \lvert w \rvert` and
    :math:`\tfrac{1}{2} (\beta / \lambda + \alpha_2) w^2`. These count in whole at each
    step, and not as a gradient that is followed a little. So :math:`\alpha_1` leaves
    weights at 0, where :class:`L1Optimizer` leaves them near it.

    The name is short for follow the regularized leader; the weights of which distances
    are taken make it FTRL-Proximal.

    See Also
    --------
    Adagrad : the same steps without penalties
    L1Optimizer : the penalty as a gradient, over any optimizer
    ElasticNet : both penalties as gradients

    Notes
    -----
    Without penalties, :math:`\alpha_1 = \alpha_2 = \beta = 0`, it is :class:`Adagrad`
    with :math:`\varepsilon` = 0. With :math:`\beta` and a start at 0 it is Adagrad with
    :math:`\varepsilon = \beta` outside of the root.

    The sums begin as if all weights were 0. Those that are not are pulled there by
    :math:`\beta` and :math:`\alpha_2` at the first step; and they are set to 0 where
    the first :math:`z` is no larger than :math:`\alpha_1`. With :math:`\beta` and
    :math:`\alpha_2` both 0, a weight whose gradients were all 0 would be 0/0, an error
    here. In Keras it is NaN from then on.

    The penalty of ``weight_decay`` is another: its gradient is added to :math:`g_t`,
    and so to the squares.

    .. warning::

        Keras starts :math:`v` at 0.1 and :math:`\beta` is 0 by default. Its
        ``l2_regularization_strength`` is half of :math:`\alpha_2`. In
        pytorch-optimizer :math:`\beta` is 0 by default.

    References
    ----------
    :cite:t:`mcmahan2013`, Algorithm 1.

    Examples
    --------
    With lr = 0.5, beta = 1, l1 = 2 and l2 = 12, from w = 0. In the second step the sum
    does not outweigh the penalty, in the last it does without the gradient:

    - v = 3² = 9, z = 0 + 3 - 3 / 0.5 · 0 = 3; (1 + 3) / 0.5 + 12 = 20,
      so w = -(3 - 2) / 20 = -0.05;
    - v = 9 + 4² = 25, z = 3 - 4 + 2 / 0.5 · 0.05 = -0.8; 0.8 is below 2, so w = 0;
    - v = 25 + 12² = 169, z = -0.8 - 12 - 8 / 0.5 · 0 = -12.8; (1 + 13) / 0.5 + 12 = 40,
      so w = (12.8 - 2) / 40 = 0.27;
    - the gradient is 0, so v = 169, z = -12.8, and w stays at 0.27.

    >>> from npoptim import FTRL, Adagrad, trace
    >>> trace(FTRL, 0, [3, -4, -12, 0], lr=0.5, beta=1, l1=2, l2=12)
    t    g      z    v  increment      w
    1    3      3    9      -0.05  -0.05
    2   -4   -0.8   25       0.05      0
    3  -12  -12.8  169       0.27   0.27
    4    0  -12.8  169          0   0.27

    Without penalties it is Adagrad:

    - v = 9, z = 3 - 3 / 0.5 · 1 = -3; 3 / 0.5 = 6, so w = 3 / 6 = 0.5;
    - v = 25, z = -3 - 4 - 2 / 0.5 · 0.5 = -9; 5 / 0.5 = 10, so w = 9 / 10 = 0.9;
    - v = 169, z = -9 - 12 - 8 / 0.5 · 0.9 = -35.4; 13 / 0.5 = 26,
      so w = 35.4 / 26 = 1.361538.

    >>> trace(FTRL, 1, [3, -4, -12], lr=0.5, beta=0)
    t    g      z    v  increment        w
    1    3     -3    9       -0.5      0.5
    2   -4     -9   25        0.4      0.9
    3  -12  -35.4  169   0.461538  1.36154
    >>> trace(Adagrad, 1, [3, -4, -12], lr=0.5, eps=0)
    t    g    v  increment        w
    1    3    9       -0.5      0.5
    2   -4   25        0.4      0.9
    3  -12  169   0.461538  1.36154
    """

    slots = ("z", "v")

    lr = Number(interval="(0, inf)")
    beta: Number = Number(
        r"\beta", "[0, inf)", "what shortens the first steps", default=1.0
    )
    l1: Number = Number(
        r"\alpha_1", "[0, inf)", "strength of the penalty on sizes", default=0.0
    )
    l2: Number = Number(
        r"\alpha_2", "[0, inf)", "strength of the penalty on squares", default=0.0
    )

    def update(self, w: Array, g: Array, z: Array, v: Array) -> Array:
        before = np.sqrt(v)
        v[...] = v + g**2
        z[...] = z + g - (np.sqrt(v) - before) / self.lr * w
        below = (self.beta + np.sqrt(v)) / self.lr + self.l2
        return -np.sign(z) * np.maximum(np.abs(z) - self.l1, 0) / below - w
