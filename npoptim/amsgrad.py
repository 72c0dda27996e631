"""AMSGrad: Adam whose step sizes never grow."""

import numpy as np

from npoptim.adam import Adam
from npoptim.optimizer import Model


class AMSGrad(Adam):
    r"""Divide Adam's mean by the largest mean of squares so far.

    With the learning rate :math:`\lambda` = ``lr`` in [0, inf), default 1e-3, the
    decay rates :math:`\beta_1` = ``beta1`` in [0, 1), default 0.9, and
    :math:`\beta_2` = ``beta2`` in [0, 1), default 0.999, :math:`\varepsilon` =
    ``eps`` in [0, inf), default 1e-8, and the gradient :math:`g_t` of the loss at
    :math:`w_{t-1}`, the moving means :math:`m` and :math:`v`, the maximum
    :math:`v^{\max}` and the weights :math:`w` follow, element by element,

    .. math::

        \begin{aligned}
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        v^{\max}_t &= \max(v^{\max}_{t-1}, v_t) \\
        w_t &= w_{t-1} - \lambda \frac{m_t}{\sqrt{v^{\max}_t + \varepsilon}}
        \end{aligned}

    and, with ``eps_in_sqrt=False`` (default True), the denominator of the last line
    is :math:`\sqrt{v^{\max}_t} + \varepsilon`.

    Adam forgets a rare large gradient within about :math:`1 / (1 - \beta_2)` steps
    and then takes large steps again, in the wrong direction if only the rare one
    pointed the right way. Here the largest gradients hold the step down for good.

    Parameters
    ----------
    model : object
        See :class:`~npoptim.Optimizer`.
    lr : float, default 1e-3
        Learning rate, in [0, inf).
    beta1, beta2 : float, default 0.9 and 0.999
        Share of each mean that survives a step, in [0, 1).
    eps : float, default 1e-8
        Keeps the division finite while :math:`v` is 0, in [0, inf).
    weight_decay : float, default 0.0
        Strength of the L2 penalty, in [0, inf).
    eps_in_sqrt : bool, default True
        Whether ``eps`` is added inside the root or outside.

    Raises
    ------
    TypeError, ValueError
        As for :class:`~npoptim.Adam`.

    See Also
    --------
    Adam : without the maximum

    Notes
    -----
    The counterexample to Adam that it answers is in :doc:`/story/adam`.

    The paper has neither :math:`\varepsilon` nor a correction of the bias. It
    writes :math:`\hat v` for the maximum; here a hat means a corrected moment.

    .. warning::

        Three rules go by this name. The paper's, here, corrects nothing. PyTorch
        takes the maximum of :math:`v` and corrects it afterward, Optax takes the
        maximum of the corrected :math:`\hat v`; both correct :math:`m`, and both
        add :math:`\varepsilon` outside the root.

    References
    ----------
    :cite:t:`reddi2018`, Algorithm 2.

    Examples
    --------
    With lr = 2, beta1 = 0.8, beta2 = 0.75 and an epsilon so large that its place
    shows, 3, from w = 1. From the third step on v is lower, and its maximum stays:

    - m = 0.2 · 2 = 0.4, v = 0.25 · 2² = 1 is the largest; √(1 + 3) = 2,
      so w = 1 - 2 · 0.4 / 2 = 0.6;
    - m = 0.8 · 0.4 - 0.2 · 7 = -1.08, v = 0.75 · 1 + 0.25 · 7² = 13; √16 = 4,
      so w = 0.6 + 2 · 1.08 / 4 = 1.14;
    - m = 0.8 · -1.08 - 0.2 · 1 = -1.064, v = 0.75 · 13 + 0.25 · 1² = 10, but 13 was
      larger; √16 = 4, so w = 1.14 + 2 · 1.064 / 4 = 1.672;
    - m = 0.8 · -1.064 + 0.2 · 4 = -0.0512, v = 0.75 · 10 + 0.25 · 4² = 11.5, and 13
      is still larger; so w = 1.672 + 2 · 0.0512 / 4 = 1.6976.

    >>> from npoptim import AMSGrad, trace
    >>> trace(AMSGrad, 1, [2, -7, -1, 4], lr=2, beta1=0.8, beta2=0.75, eps=3)
    t   g        m     v  v_max  increment       w
    1   2      0.4     1      1       -0.4     0.6
    2  -7    -1.08    13     13       0.54    1.14
    3  -1   -1.064    10     13      0.532   1.672
    4   4  -0.0512  11.5     13     0.0256  1.6976

    With lr = 5 and epsilon = 3 outside the root, from w = 2:

    - m = 0.2 · 6 = 1.2, v = 0.25 · 6² = 9; 3 + 3 = 6, so w = 2 - 5 · 1.2 / 6 = 1;
    - m = 0.96 - 2.6 = -1.64, v = 6.75 + 42.25 = 49; 7 + 3 = 10,
      so w = 1 + 5 · 1.64 / 10 = 1.82;
    - m = -1.312 + 0.2 = -1.112, v = 36.75 + 0.25 = 37, but 49 was larger;
      7 + 3 = 10, so w = 1.82 + 5 · 1.112 / 10 = 2.376.

    >>> trace(
    ...     AMSGrad, 2, [6, -13, 1], lr=5, beta1=0.8, beta2=0.75, eps=3,
    ...     eps_in_sqrt=False,
    ... )
    t    g       m   v  v_max  increment      w
    1    6     1.2   9      9         -1      1
    2  -13   -1.64  49     49       0.82   1.82
    3    1  -1.112  37     49      0.556  2.376

    The defaults:

    >>> from npoptim.npnet import Linear
    >>> AMSGrad(Linear(3, 2))  # doctest: +NORMALIZE_WHITESPACE
    AMSGrad(lr=0.001, beta1=0.9, beta2=0.999, eps=1e-08, weight_decay=0.0,
            eps_in_sqrt=True)
    """

    slots = ("m", "v", "v_max")

    def __init__(
        self,
        model: Model,
        lr: float = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        eps_in_sqrt: bool = True,
    ) -> None:
        super().__init__(model, lr, beta1, beta2, eps, False, weight_decay, eps_in_sqrt)

    def update(  # type: ignore[override]  # one state array more than Adam
        self,
        w: np.ndarray,
        g: np.ndarray,
        m: np.ndarray,
        v: np.ndarray,
        v_max: np.ndarray,
    ) -> np.ndarray:
        m[...] = self.beta1 * m + (1 - self.beta1) * g
        v[...] = self.beta2 * v + (1 - self.beta2) * g**2
        v_max[...] = np.maximum(v_max, v)
        if self.eps_in_sqrt:
            return -self.lr * m / np.sqrt(v_max + self.eps)
        return -self.lr * m / (np.sqrt(v_max) + self.eps)
