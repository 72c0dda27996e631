"""AdEMAMix: Adam along a fast mean of the gradients and a slow one."""

from npoptim.hyperparameters import Flag, Number
from npoptim.optimizer import Array
from npoptim.regularizers import DecoupledWeightDecay
from npoptim.rooted import Rooted


class AdEMAMix(DecoupledWeightDecay, Rooted):
    r"""Add to Adam's mean a second one that remembers gradients of long ago.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the fast mean
    :math:`m^{(1)}` and the slow mean :math:`m^{(2)}` of the gradients, the moving mean
    :math:`v` of squares and the weights :math:`w` follow, element by element,

    .. math::

        \begin{aligned}
        m^{(1)}_t &= \beta_1 m^{(1)}_{t-1} + (1 - \beta_1) g_t \\
        m^{(2)}_t &= \beta_3 m^{(2)}_{t-1} + (1 - \beta_3) g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \hat m_t &= m^{(1)}_t / (1 - \beta_1^t) \\
        \hat v_t &= v_t / (1 - \beta_2^t) \\
        w_t &= w_{t-1}
            - \lambda \frac{\hat m_t + q m^{(2)}_t}{\sqrt{\hat v_t} + \varepsilon}
            - \lambda \alpha w_{t-1}
        \end{aligned}

    With ``eps_in_sqrt=True``, the last line is

    .. math::

        w_t = w_{t-1}
            - \lambda \frac{\hat m_t + q m^{(2)}_t}{\sqrt{\hat v_t + \varepsilon}}
            - \lambda \alpha w_{t-1}

    One mean has to choose: it counts the newest gradients, or it remembers those of
    thousands of steps ago. Here the fast mean follows a turn of the gradient, and the
    slow one keeps the direction that all of them share.

    See Also
    --------
    AdamW : the fast mean alone
    AggMo : several velocities, without a division
    Lion : two shares of one mean

    Notes
    -----
    The slow mean is not corrected for its start at 0, so that it comes in by itself:
    with the default :math:`\beta_3` it takes 6931 steps until it is half of a gradient
    that stays as it is. In the end, steps along such a gradient are :math:`1 + q` times
    as long as Adam's.

    In long runs the paper lets :math:`q` and :math:`\beta_3` rise over the first
    :math:`T` steps: :math:`q` along a line from 0, and :math:`\beta_3` from
    :math:`\beta_1`, so that the half-life of the slow mean, which is
    :math:`-\log 2 / \log \beta_3` steps, rises along a line. Both may be schedules: the
    last example has them.

    .. warning::

        The paper and Optax write :math:`\alpha` for :math:`q`, and :math:`\lambda` for
        the decay. In pytorch-optimizer ``weight_decay`` is an L2 penalty unless
        ``weight_decouple=True``.

    References
    ----------
    :cite:t:`pagliardini2025`.

    Examples
    --------
    With lr = 0.5, beta1 = 0.2, beta2 = 0.6, beta3 = 0.8, q = 2 and an epsilon so large
    that its place shows, 4, from w = 1:

    - m1 = 0.8 · 3 = 2.4, m2 = 0.2 · 3 = 0.6, v = 0.4 · 3² = 3.6;
      m_hat = 2.4 / (1 - 0.2) = 3, v_hat = 3.6 / (1 - 0.6) = 9; 3 + 4 = 7,
      so w = 1 - 0.5 · (3 + 2 · 0.6) / 7 = 0.7;
    - m1 = 0.2 · 2.4 - 0.8 · 15 = -11.52, m2 = 0.8 · 0.6 - 0.2 · 15 = -2.52,
      v = 0.6 · 3.6 + 0.4 · 15² = 92.16; m_hat = -11.52 / (1 - 0.2²) = -12,
      v_hat = 92.16 / (1 - 0.6²) = 144; 12 + 4 = 16,
      so w = 0.7 + 0.5 · (12 + 2 · 2.52) / 16 = 1.2325;
    - m1 = 0.2 · -11.52 - 0.8 · 12 = -11.904, m2 = 0.8 · -2.52 - 0.2 · 12 = -4.416,
      v = 0.6 · 92.16 + 0.4 · 12² = 112.896; m_hat = -11.904 / (1 - 0.2³) = -12,
      v_hat = 112.896 / (1 - 0.6³) = 144; 12 + 4 = 16,
      so w = 1.2325 + 0.5 · (12 + 2 · 4.416) / 16 = 1.8835.

    >>> from npoptim import AdEMAMix, trace
    >>> trace(
    ...     AdEMAMix, 1, [3, -15, -12], lr=0.5, beta1=0.2, beta2=0.6, beta3=0.8, eps=4,
    ...     slow_factor=2,
    ... )
    t    g       m1      m2        v  increment       w
    1    3      2.4     0.6      3.6       -0.3     0.7
    2  -15   -11.52   -2.52    92.16     0.5325  1.2325
    3  -12  -11.904  -4.416  112.896      0.651  1.8835

    The paper's schedules over 1000 steps, to the defaults:

    >>> from math import exp, log
    >>> from npoptim import Arrays, Constant, Warmup
    >>> def rising(t, start=0.9, end=0.9999, steps=1000):
    ...     share = min(t / steps, 1)
    ...     return exp(1 / ((1 - share) / log(start) + share / log(end)))
    >>> optimizer = AdEMAMix(
    ...     Arrays(w=1), slow_factor=Warmup(Constant(5), steps=1000), beta3=rising
    ... )
    >>> for _ in range(500):
    ...     optimizer.step()
    >>> optimizer.slow_factor, round(optimizer.beta3, 4)
    (2.5, 0.9998)
    """

    slots = ("m1", "m2", "v")

    beta1: Number = Number(r"\beta_1", "[0, 1)", "share of m1 that stays", default=0.9)
    beta2: Number = Number(r"\beta_2", "[0, 1)", "share of v that stays", default=0.999)
    beta3: Number = Number(
        r"\beta_3", "[0, 1)", "share of m2 that stays", default=0.9999
    )
    slow_factor: Number = Number(
        "q",
        "[0, inf)",
        "what m2 is multiplied by, beside the corrected m1",
        default=5.0,
    )
    eps_in_sqrt = Flag(default=False)

    def update(self, w: Array, g: Array, m1: Array, m2: Array, v: Array) -> Array:
        m1[...] = self.beta1 * m1 + (1 - self.beta1) * g
        m2[...] = self.beta3 * m2 + (1 - self.beta3) * g
        v[...] = self.beta2 * v + (1 - self.beta2) * g**2
        m_hat = m1 / (1 - self.beta1**self.t)
        v_hat = v / (1 - self.beta2**self.t)
        return -self.lr * (m_hat + self.slow_factor * m2) / self.root(v_hat)
