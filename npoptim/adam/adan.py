"""Adan: Adam that also steps along the mean of how the gradients change."""

from npoptim.hyperparameters import Flag, Number
from npoptim.optimizer import Array
from npoptim.regularizers import DecoupledWeightDecay
from npoptim.rooted import Rooted


class Adan(DecoupledWeightDecay, Rooted):
    r"""Add to Adam's mean that of the gradients' differences, which looks ahead.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}` and its difference to
    the one before, the moving means :math:`m` of the gradients, :math:`d` of the
    differences and :math:`v` of squares, and the weights :math:`w` follow, element by
    element,

    .. math::

        \begin{aligned}
        \Delta g_t &= \begin{cases}
            0, & t \le 1 \\
            g_t - g_{t-1}, & t > 1
            \end{cases} \\
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        d_t &= \beta_2 d_{t-1} + (1 - \beta_2) \Delta g_t \\
        v_t &= \beta_3 v_{t-1} + (1 - \beta_3) (g_t + \beta_2 \Delta g_t)^2 \\
        \hat m_t &= m_t / (1 - \beta_1^t) \\
        \hat d_t &= d_t / (1 - \beta_2^t) \\
        \hat v_t &= v_t / (1 - \beta_3^t) \\
        w_t &= w_{t-1}
            - \lambda \frac{\hat m_t + \beta_2 \hat d_t}{\sqrt{\hat v_t} + \varepsilon}
            - \lambda \alpha w_{t-1}
        \end{aligned}

    With ``eps_in_sqrt=True``, the last line is

    .. math::

        w_t = w_{t-1}
            - \lambda \frac{\hat m_t + \beta_2 \hat d_t}{\sqrt{\hat v_t + \varepsilon}}
            - \lambda \alpha w_{t-1}

    A gradient and its difference to the one before tell where the next gradient will
    be, if it goes on as it did. So Nesterov's look-ahead needs no gradient but those
    at the weights.

    See Also
    --------
    NAdam : Nesterov's look-ahead in Adam's mean
    AdamW : without the differences
    OptimisticSGD : a forecast from the last difference alone

    Notes
    -----
    The paper writes :math:`\beta` for what is :math:`1 - \beta` here, in its authors'
    code and elsewhere. It starts :math:`m` and :math:`v` at the first gradient and its
    square, and corrects nothing; its code corrects, as here.

    The paper divides the new weights by :math:`1 + \lambda \alpha`. That is the decay
    here with the rate :math:`\lambda / (1 + \lambda \alpha)`.

    .. warning::

        pytorch-optimizer has the paper's decay unless ``weight_decouple=True``.
        Optax 0.2.8 multiplies both by :math:`1 - \beta_2`, the differences among the
        squares and their mean, where the paper's number is :math:`\beta_2`. That is
        the same at :math:`\beta_2` = 0.5 alone.

    References
    ----------
    :cite:t:`xie2024`, Algorithm 1.

    Examples
    --------
    With lr = 0.5, beta1 = 0.2, beta2 = 0.25, beta3 = 0.75 and an epsilon so large that
    its place shows, 2, from w = 1:

    - difference = 0, m = 0.8 · 18 = 14.4, d = 0.75 · 0 = 0, v = 0.25 · 18² = 81;
      m_hat = 14.4 / (1 - 0.2) = 18, d_hat = 0, v_hat = 81 / (1 - 0.75) = 324;
      18 + 2 = 20, so w = 1 - 0.5 · 18 / 20 = 0.55;
    - difference = 6 - 18 = -12, m = 0.2 · 14.4 + 0.8 · 6 = 7.68,
      d = 0.25 · 0 - 0.75 · 12 = -9, v = 0.75 · 81 + 0.25 · (6 - 0.25 · 12)² = 63;
      m_hat = 7.68 / (1 - 0.2²) = 8, d_hat = -9 / (1 - 0.25²) = -9.6,
      v_hat = 63 / (1 - 0.75²) = 144; 12 + 2 = 14,
      so w = 0.55 - 0.5 · (8 - 0.25 · 9.6) / 14 = 0.35;
    - difference = -4 - 6 = -10, m = 0.2 · 7.68 - 0.8 · 4 = -1.664,
      d = 0.25 · -9 - 0.75 · 10 = -9.75,
      v = 0.75 · 63 + 0.25 · (-4 - 0.25 · 10)² = 57.8125;
      m_hat = -1.664 / (1 - 0.2³) = -52/31, d_hat = -9.75 / (1 - 0.25³) = -208/21,
      v_hat = 57.8125 / (1 - 0.75³) = 100; 10 + 2 = 12,
      so w = 0.35 + 0.5 · (52/31 + 0.25 · 208/21) / 12 = 0.523067.

    >>> from npoptim import Adan, trace
    >>> trace(
    ...     Adan, 1, [18, 6, -4], lr=0.5, beta1=0.2, beta2=0.25, beta3=0.75, eps=2,
    ... )
    t   g       m      d        v  previous  increment         w
    1  18    14.4      0       81        18      -0.45      0.55
    2   6    7.68     -9       63         6       -0.2      0.35
    3  -4  -1.664  -9.75  57.8125        -4   0.173067  0.523067
    """

    slots = ("m", "d", "v", "previous")

    beta1: Number = Number(r"\beta_1", "[0, 1)", "share of m that stays", default=0.98)
    beta2: Number = Number(
        r"\beta_2", "[0, 1)", "share of d that stays, and of it in a step", default=0.92
    )
    beta3: Number = Number(r"\beta_3", "[0, 1)", "share of v that stays", default=0.99)
    eps_in_sqrt = Flag(default=False)

    def update(
        self, w: Array, g: Array, m: Array, d: Array, v: Array, previous: Array
    ) -> Array:
        if self.t == 1:
            previous[...] = g
        difference = g - previous
        m[...] = self.beta1 * m + (1 - self.beta1) * g
        d[...] = self.beta2 * d + (1 - self.beta2) * difference
        v[...] = self.beta3 * v + (1 - self.beta3) * (g + self.beta2 * difference) ** 2
        m_hat = m / (1 - self.beta1**self.t)
        d_hat = d / (1 - self.beta2**self.t)
        v_hat = v / (1 - self.beta3**self.t)
        previous[...] = g
        return -self.lr * (m_hat + self.beta2 * d_hat) / self.root(v_hat)
