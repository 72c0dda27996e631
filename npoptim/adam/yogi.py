"""Yogi: Adam whose mean of squares cannot fall fast."""

import numpy as np

from npoptim.adam.adam import PaperAdam
from npoptim.hyperparameters import Number
from npoptim.optimizer import Array


class Yogi(PaperAdam):
    r"""Move Adam's mean of squares by the size of a new square, up or down.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, and :math:`v_0` =
    ``initial``, the moving mean :math:`m`, the size :math:`v` of the recent squares and
    the weights :math:`w` follow, element by element,

    .. math::

        \begin{aligned}
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t &= v_{t-1} - (1 - \beta_2) \operatorname{sign}(v_{t-1} - g_t^2) g_t^2 \\
        \hat m_t &= m_t / (1 - \beta_1^t) \\
        \hat v_t &= v_t / (1 - \beta_2^t) \\
        w_t &= w_{t-1} - \lambda \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon}
        \end{aligned}

    Other options change the last lines as in :class:`Adam`.

    Adam's :math:`v` moves by :math:`(1 - \beta_2)(g_t^2 - v_{t-1})`. After some large
    gradients, small ones bring it down fast, and the steps grow as fast. Here small
    gradients move it little: it never falls by more than
    :math:`(1 - \beta_2) g_t^2`.

    See Also
    --------
    PaperAdam : with the mean of squares instead
    AMSGrad : with a maximum, which does not fall at all

    Notes
    -----
    The correction is Adam's. As :math:`v` is no moving mean, it is exact at the first
    step alone, and from :math:`v_0 = 0`: of any other it makes
    :math:`v_0 / (1 - \beta_2)` there, with the defaults 0.001.

    .. warning::

        The paper leaves the correction out of its Algorithm 2; with
        ``bias_correction=False`` so does this class. Optax corrects, and starts
        :math:`m` at ``initial``, too.

    References
    ----------
    :cite:t:`zaheer2018`, Algorithm 2.

    Examples
    --------
    As in the paper, with lr = 0.8, beta1 = 0.8, beta2 = 0.75, epsilon = 3 and v
    starting at 25, from w = 1:

    - m = 0.2 · 5 = 1; 25 is 5², so v = 25 - 0.25 · 0 = 25; 5 + 3 = 8,
      so w = 1 - 0.8 · 1 / 8 = 0.9;
    - m = 0.8 · 1 - 0.2 · 24 = -4; 25 is below 24², so v = 25 + 0.25 · 24² = 169;
      13 + 3 = 16, so w = 0.9 + 0.8 · 4 / 16 = 1.1;
    - m = 0.8 · -4 + 0.2 · 10 = -1.2; 169 is above 10², so v = 169 - 0.25 · 10² = 144;
      12 + 3 = 15, so w = 1.1 + 0.8 · 1.2 / 15 = 1.164.

    >>> from npoptim import Yogi, trace
    >>> trace(
    ...     Yogi, 1, [5, -24, 10], lr=0.8, beta1=0.8, beta2=0.75, eps=3, initial=25,
    ...     bias_correction=False,
    ... )
    t    g     m    v  increment      w
    1    5     1   25       -0.1    0.9
    2  -24    -4  169        0.2    1.1
    3   10  -1.2  144      0.064  1.164

    Corrected, with lr = 0.3, beta1 = 0.5, beta2 = 0.75, epsilon = 2 and v starting at
    7:

    - m = 0.5 · 6 = 3, over 1 - 0.5 is 6; v = 7 + 0.25 · 6² = 16, over 1 - 0.75 is 64;
      8 + 2 = 10, so w = 1 - 0.3 · 6 / 10 = 0.82;
    - m = 0.5 · 3 + 0.5 · 1 = 2, over 1 - 0.25 is 8/3; v = 16 - 0.25 · 1² = 15.75, over
      1 - 0.5625 is 36; 6 + 2 = 8, so w = 0.82 - 0.3 · 8/3 / 8 = 0.72;
    - m = 0.5 · 2 - 0.5 · 23 = -10.5, over 1 - 0.125 is -12; v = 15.75 + 0.25 · 23² =
      148, over 1 - 0.421875 is 256; 16 + 2 = 18, so w = 0.72 + 0.3 · 12 / 18 = 0.92.

    >>> trace(Yogi, 1, [6, 1, -23], lr=0.3, beta1=0.5, beta2=0.75, eps=2, initial=7)
    t    g      m      v  increment     w
    1    6      3     16      -0.18  0.82
    2    1      2  15.75       -0.1  0.72
    3  -23  -10.5    148        0.2  0.92
    """

    lr = Number(default=1e-2)
    eps = Number(default=1e-3)
    initial: Number = Number("v_0", "[0, inf)", "start of v", default=1e-6)

    def start(self, w: Array) -> dict[str, Array]:
        return {**super().start(w), "v": np.full_like(w, self.initial)}

    def update(self, w: Array, g: Array, m: Array, v: Array) -> Array:
        m[...] = self.beta1 * m + (1 - self.beta1) * g
        v[...] = v - (1 - self.beta2) * np.sign(v - g**2) * g**2
        m_hat = self.corrected(m, self.beta1)
        v_hat = self.corrected(v, self.beta2)
        return -self.lr * m_hat / self.root(v_hat)
