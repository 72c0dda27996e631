"""NovoGrad: a velocity of gradients that are divided by the norm of their array."""

import numpy as np

from npoptim.hyperparameters import Flag, Number
from npoptim.optimizer import Array
from npoptim.rooted import Rooted


class NovoGrad(Rooted):
    r"""Divide the gradients of an array by their recent norm, and add them up.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the mean :math:`v` of
    the squared norms of an array's gradients, the sum :math:`m` of the divided
    gradients and the weights :math:`w` of the array follow

    .. math::

        \begin{aligned}
        v_t &= \begin{cases}
            \beta_2 v_{t-1} + (1 - \beta_2) \lVert g_t \rVert^2, & t > 1 \\
            \lVert g_t \rVert^2, & \text{otherwise}
        \end{cases} \\
        m_t &= \beta_1 m_{t-1} + \frac{g_t}{\sqrt{v_t} + \varepsilon}
            + \alpha w_{t-1} \\
        w_t &= w_{t-1} - \lambda m_t
        \end{aligned}

    With ``eps_in_sqrt=True``, the second line is

    .. math::

        m_t = \beta_1 m_{t-1} + \frac{g_t}{\sqrt{v_t + \varepsilon}} + \alpha w_{t-1}

    All weights of an array have one divisor, so a gradient keeps its direction, and
    :math:`v` is a number where Adam's is an array. The decay is added after the
    division, so that it is not divided, and stays in :math:`m`.

    See Also
    --------
    PaperAdam : a mean of squares for each weight, which divides a mean of gradients
    LARS : the norm of the gradient itself, in proportion to that of the weights
    SGD : the same sum of gradients that are not divided
    ClipByGlobalNorm : the norm of all arrays together

    Notes
    -----
    As :math:`v` starts with the first squared norm, it needs no correction. The first
    step has the length :math:`\lambda`, but for :math:`\varepsilon` and the decay.

    The divided gradients are not averaged but added up: of one that does not change,
    :math:`m` becomes :math:`1 / (1 - \beta_1)` times as long, by default 20 times.

    .. warning::

        Optax's defaults are :math:`\beta_1` = 0.9, :math:`\beta_2` = 0.25 and
        :math:`\varepsilon` = 1e-6.
        pytorch-optimizer's are those here.

    References
    ----------
    :cite:t:`ginsburg2019`, Algorithm 1.

    Examples
    --------
    One weight, with lr = 0.5, beta1 = 0.75, beta2 = 0.9, decay 0.2 and an epsilon so
    large that its place shows, 3, from w = 1. The norm is the size of the gradient:

    - v = 2² = 4; 2 + 3 = 5, m = 2 / 5 + 0.2 · 1 = 0.6, so w = 1 - 0.5 · 0.6 = 0.7;
    - v = 0.9 · 4 + 0.1 · 18² = 36; 6 + 3 = 9, m = 0.75 · 0.6 - 18 / 9 + 0.2 · 0.7 =
      -1.41, so w = 0.7 + 0.5 · 1.41 = 1.405;
    - v = 0.9 · 36 + 0.1 · 26² = 100; 10 + 3 = 13, m = 0.75 · -1.41 + 26 / 13 +
      0.2 · 1.405 = 1.2235, so w = 1.405 - 0.5 · 1.2235 = 0.79325.

    >>> from npoptim import NovoGrad, trace
    >>> trace(
    ...     NovoGrad, 1, [2, -18, 26], lr=0.5, beta1=0.75, beta2=0.9, eps=3,
    ...     weight_decay=0.2,
    ... )
    t    g       m    v  increment        w
    1    2     0.6    4       -0.3      0.7
    2  -18   -1.41   36      0.705    1.405
    3   26  1.2235  100   -0.61175  0.79325

    An array of three weights from 0, with lr = 2, beta1 = 0.5, beta2 = 0.75 and
    epsilon = 1. The norms are 3 and 13:

    - √(1² + 2² + 2²) = 3, so v = 9; 3 + 1 = 4; m = 1/4 = 0.25, m = -2/4 = -0.5 and
      m = 2/4 = 0.5; w = -2 · 0.25 = -0.5, w = 2 · 0.5 = 1 and w = -2 · 0.5 = -1;
    - √(3² + 4² + 12²) = 13, so v = 0.75 · 9 + 0.25 · 13² = 49; 7 + 1 = 8;
      m = 0.5 · 0.25 - 3/8 = -0.25, m = 0.5 · -0.5 + 4/8 = 0.25 and
      m = 0.5 · 0.5 + 12/8 = 1.75; w = -0.5 + 2 · 0.25 = 0, w = 1 - 2 · 0.25 = 0.5 and
      w = -1 - 2 · 1.75 = -4.5.

    >>> gradients = [[1, -2, 2], [-3, 4, 12]]
    >>> for step in trace(
    ...     NovoGrad, [0, 0, 0], gradients, lr=2, beta1=0.5, beta2=0.75, eps=1
    ... ):
    ...     print(step.v, step.m, step.w)
    9.0 [ 0.25 -0.5   0.5 ] [-0.5  1.  -1. ]
    49.0 [-0.25  0.25  1.75] [ 0.   0.5 -4.5]
    """

    slots = ("m", "v")
    elementwise = False

    beta1: Number = Number(r"\beta_1", "[0, 1)", "share of m that stays", default=0.95)
    beta2: Number = Number(r"\beta_2", "[0, 1)", "share of v that stays", default=0.98)
    eps_in_sqrt = Flag(default=False)
    weight_decay = Number(meaning="strength of the decay in m")

    def start(self, w: Array) -> dict[str, Array]:
        return {"m": np.zeros_like(w), "v": np.zeros((), w.dtype)}

    def regularize(self) -> None:
        """Leave the gradients as they are."""

    def update(self, w: Array, g: Array, m: Array, v: Array) -> Array:
        square = np.linalg.norm(g) ** 2
        v[...] = self.beta2 * v + (1 - self.beta2) * square if self.t > 1 else square
        m[...] = self.beta1 * m + g / self.root(v) + self.weight_decay * w
        return -self.lr * m
