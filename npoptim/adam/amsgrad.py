"""AMSGrad: Adam whose step sizes never grow."""

import numpy as np

from npoptim.adam.adam import Adam
from npoptim.hyperparameters import Flag, Number
from npoptim.optimizer import Array


class AMSGrad(Adam):
    r"""Divide Adam's mean by the largest mean of squares so far.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the moving means
    :math:`m` and :math:`v`, the maximum :math:`v^{\max}` and the weights :math:`w`
    follow, element by element,

    .. math::

        \begin{aligned}
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        v^{\max}_t &= \max(v^{\max}_{t-1}, v_t) \\
        w_t &= w_{t-1} - \lambda \frac{m_t}{\sqrt{v^{\max}_t + \varepsilon}}
        \end{aligned}

    With ``bias_correction=True``, corrected means take their places in the last line:

    .. math::

        \begin{aligned}
        \hat m_t &= m_t / (1 - \beta_1^t) \\
        \hat v_t &= v^{\max}_t / (1 - \beta_2^t) \\
        w_t &= w_{t-1} - \lambda \frac{\hat m_t}{\sqrt{\hat v_t + \varepsilon}}
        \end{aligned}

    With ``eps_in_sqrt=False``, the last line is

    .. math::

        w_t = w_{t-1} - \lambda \frac{m_t}{\sqrt{v^{\max}_t} + \varepsilon}

    and, with ``bias_correction=True`` and ``eps_in_sqrt=False``,

    .. math::

        w_t = w_{t-1} - \lambda \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon}

    With ``bias_correction=True`` and ``corrected_maximum=True``, the mean is corrected
    before the maximum is taken:

    .. math::

        \begin{aligned}
        v^{\max}_t &= \max(v^{\max}_{t-1}, v_t / (1 - \beta_2^t)) \\
        \hat m_t &= m_t / (1 - \beta_1^t) \\
        \hat v_t &= v^{\max}_t
        \end{aligned}

    Adam forgets a rare large gradient within about :math:`1 / (1 - \beta_2)` steps
    and then takes large steps again, in the wrong direction if only the rare one
    pointed the right way. Here the largest gradients hold the step down for good.

    See Also
    --------
    Adam : without the maximum

    Notes
    -----
    The counterexample to Adam that it answers is in :doc:`/story/adam`.

    The paper has neither :math:`\varepsilon` nor a correction of the bias. It
    writes :math:`\hat v` for the maximum; here a hat means a corrected moment.

    Without the correction the default :math:`\beta_2` = 0.999 makes long first steps.
    Under a constant gradient, and but for :math:`\varepsilon`, they are
    3.16 :math:`\lambda` at step 1, at most 6.57 :math:`\lambda`, at step 12, and still
    3.24 :math:`\lambda` at step 100; corrected, all are :math:`\lambda` long.

    .. warning::

        Four rules go by this name. The paper's, which is the default here but for
        :math:`\varepsilon`, corrects nothing. PyTorch takes the maximum of :math:`v`
        and corrects it afterward: that is ``bias_correction=True, eps_in_sqrt=False``.
        Optax takes the maximum of the corrected mean: that is ``bias_correction=True,
        eps_in_sqrt=False, corrected_maximum=True``. Keras does as PyTorch, but its
        ``epsilon`` is :math:`\hat\varepsilon`, as in its Adam: the same as
        :math:`\hat\varepsilon / \sqrt{1 - \beta_2^t}` here, set before each step.

    PyTorch's corrected maximum falls while :math:`v^{\max}` stays, as
    :math:`1 - \beta_2^t` rises; Optax's never falls. Once the correction is about 1,
    the two differ by what the first steps left: a large :math:`g_1` is :math:`g_1^2` in
    Optax's maximum for good, and :math:`(1 - \beta_2) g_1^2` in that of PyTorch.

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

    As in PyTorch, with lr = 0.9, beta1 = 0.5, beta2 = 0.75 and epsilon = 2 outside the
    root:

    - m = 0.5 · 3 = 1.5, over 1 - 0.5 is 3; v = 0.25 · 3² = 2.25, over 1 - 0.75 is 9;
      3 + 2 = 5, so w = 1 - 0.9 · 3 / 5 = 0.46;
    - m = 0.75 - 8.5 = -7.75, over 1 - 0.25 is -31/3; v = 0.75 · 2.25 + 0.25 · 17² =
      73.9375, over 1 - 0.5625 is 169; 13 + 2 = 15,
      so w = 0.46 + 0.9 · 31/3 / 15 = 1.08;
    - m = -3.875 + 4 = 0.125, over 1 - 0.125 is 1/7; v = 55.453125 + 16 = 71.453125 is
      lower than 73.9375, which over 1 - 0.421875 is 127.8919; √127.8919 = 11.30893,
      11.30893 + 2 = 13.30893, so w = 1.08 - 0.9 / 7 / 13.30893 = 1.07034.

    >>> trace(
    ...     AMSGrad, 1, [3, -17, 8], lr=0.9, beta1=0.5, beta2=0.75, eps=2,
    ...     bias_correction=True, eps_in_sqrt=False,
    ... )
    t    g      m        v    v_max    increment        w
    1    3    1.5     2.25     2.25        -0.54     0.46
    2  -17  -7.75  73.9375  73.9375         0.62     1.08
    3    8  0.125  71.4531  73.9375  -0.00966054  1.07034

    As in Optax, with the same numbers but for the last gradient. The maximum is that of
    the corrected means, so the last denominator is that of the step before:

    - m = 0.5 · 3 = 1.5, over 1 - 0.5 is 3; v = 0.25 · 3² = 2.25, over 1 - 0.75 is 9;
      3 + 2 = 5, so w = 1 - 0.9 · 3 / 5 = 0.46;
    - m = 0.75 - 8.5 = -7.75, over 1 - 0.25 is -31/3; v = 0.75 · 2.25 + 0.25 · 17² =
      73.9375, over 1 - 0.5625 is 169; 13 + 2 = 15,
      so w = 0.46 + 0.9 · 31/3 / 15 = 1.08;
    - m = -3.875 + 3 = -0.875, over 1 - 0.125 is -1; v = 55.453125 + 9 = 64.453125, over
      1 - 0.421875 is 111.4865, but 169 was larger; 13 + 2 = 15,
      so w = 1.08 + 0.9 · 1 / 15 = 1.14.

    >>> trace(
    ...     AMSGrad, 1, [3, -17, 6], lr=0.9, beta1=0.5, beta2=0.75, eps=2,
    ...     bias_correction=True, eps_in_sqrt=False, corrected_maximum=True,
    ... )
    t    g       m        v  v_max  increment     w
    1    3     1.5     2.25      9      -0.54  0.46
    2  -17   -7.75  73.9375    169       0.62  1.08
    3    6  -0.875  64.4531    169       0.06  1.14
    """

    slots = ("v_max",)

    beta2 = Number(default=0.999)
    corrected_maximum: Flag = Flag(
        "whether the maximum is that of the corrected v; matters with "
        "``bias_correction=True`` alone",
        default=False,
    )

    # One state array more than Adam.
    def update(self, w: Array, g: Array, m: Array, v: Array, v_max: Array) -> Array:  # type: ignore[override]
        m[...] = self.beta1 * m + (1 - self.beta1) * g
        v[...] = self.beta2 * v + (1 - self.beta2) * g**2
        if self.corrected_maximum:
            v_max[...] = np.maximum(v_max, self.corrected(v, self.beta2))
        else:
            v_max[...] = np.maximum(v_max, v)
        m_hat = self.corrected(m, self.beta1)
        v_hat = v_max if self.corrected_maximum else self.corrected(v_max, self.beta2)
        return -self.lr * m_hat / self.root(v_hat)
