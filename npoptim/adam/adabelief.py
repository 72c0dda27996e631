"""AdaBelief: Adam with the gradients' deviations in the place of the gradients."""

from npoptim.adam.adam import PaperAdam
from npoptim.optimizer import Array


class AdaBelief(PaperAdam):
    r"""Divide Adam's mean by how far the gradients are from it.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the moving mean
    :math:`m`, the mean :math:`v` of the squared deviations from it and the weights
    :math:`w` follow, element by element,

    .. math::

        \begin{aligned}
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) (g_t - m_t)^2 + \varepsilon \\
        \hat m_t &= m_t / (1 - \beta_1^t) \\
        \hat v_t &= v_t / (1 - \beta_2^t) \\
        w_t &= w_{t-1} - \lambda \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon}
        \end{aligned}

    Other options change the last lines as in :class:`Adam`.

    Where the gradients stay as they were, however large they are, the deviations fade
    and the steps grow; where they change, the steps are short.

    See Also
    --------
    PaperAdam : with the squares of the gradients themselves
    Yogi : with those squares, and a mean that cannot fall fast

    Notes
    -----
    The paper writes :math:`s` for :math:`v`.

    At the first step :math:`g_1 - m_1 = \beta_1 g_1`. So that step is, but for
    :math:`\varepsilon`, :math:`\lambda / \beta_1` long: with the default 1 / 0.9 = 1.11
    times as long as Adam's.

    As :math:`\varepsilon` is added to :math:`v` at every step, it adds up: to
    :math:`\varepsilon / (1 - \beta_2)` in :math:`\hat v_t`, whatever the step. With the
    defaults that is 1e-8 / 0.001 = 1e-5, and the denominator never below √1e-5 =
    0.00316, where Adam's may fall to 1e-8.

    .. warning::

        Optax has two numbers, ``eps`` outside the root and ``eps_root`` in :math:`v`,
        both 1e-16. With both set to ``eps`` it is this rule.

    References
    ----------
    :cite:t:`zhuang2020`, Algorithm 2.

    Examples
    --------
    With lr = 0.21, beta1 = 0.25, beta2 = 0.6 and an epsilon so large that its places
    show, 10.5, from w = 1:

    - m = 0.75 · 8 = 6, over 1 - 0.25 is 8; 8 - 6 = 2, v = 0.4 · 2² + 10.5 = 12.1, over
      1 - 0.6 is 30.25; √30.25 + 10.5 = 16, so w = 1 - 0.21 · 8 / 16 = 0.895;
    - m = 0.25 · 6 - 0.75 · 34 = -24, over 1 - 0.25² is -25.6; -34 + 24 = -10,
      v = 0.6 · 12.1 + 0.4 · 10² + 10.5 = 57.76, over 1 - 0.6² is 90.25;
      √90.25 + 10.5 = 20, so w = 0.895 + 0.21 · 25.6 / 20 = 1.1638;
    - m = 0.25 · -24 - 0.75 · 56 = -48, over 1 - 0.25³ is -1024/21; -56 + 48 = -8,
      v = 0.6 · 57.76 + 0.4 · 8² + 10.5 = 70.756, over 1 - 0.6³ is 90.25;
      √90.25 + 10.5 = 20, so w = 1.1638 + 0.21 · 1024/21 / 20 = 1.6758.

    >>> from npoptim import AdaBelief, trace
    >>> trace(
    ...     AdaBelief, 1, [8, -34, -56], lr=0.21, beta1=0.25, beta2=0.6, eps=10.5,
    ... )
    t    g    m       v  increment       w
    1    8    6    12.1     -0.105   0.895
    2  -34  -24   57.76     0.2688  1.1638
    3  -56  -48  70.756      0.512  1.6758
    """

    def update(self, w: Array, g: Array, m: Array, v: Array) -> Array:
        m[...] = self.beta1 * m + (1 - self.beta1) * g
        v[...] = self.beta2 * v + (1 - self.beta2) * (g - m) ** 2 + self.eps
        m_hat = self.corrected(m, self.beta1)
        v_hat = self.corrected(v, self.beta2)
        return -self.lr * m_hat / self.root(v_hat)
