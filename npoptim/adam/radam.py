"""RAdam: Adam that waits until its mean of squares can be relied on."""

from math import sqrt

from npoptim.hyperparameters import Flag, Number
from npoptim.optimizer import Array
from npoptim.rooted import Rooted


class RAdam(Rooted):
    r"""Divide Adam's mean once enough squares are known, by short steps at first.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the length
    :math:`\rho` of the mean of squares, the moving means :math:`m` and :math:`v`, the
    rectification :math:`r`, the direction :math:`u` and the weights :math:`w` follow,
    element by element,

    .. math::

        \begin{aligned}
        \rho_\infty &= 2 / (1 - \beta_2) - 1 \\
        \rho_t &= \rho_\infty - 2 t \beta_2^t / (1 - \beta_2^t) \\
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \hat m_t &= m_t / (1 - \beta_1^t) \\
        \hat v_t &= v_t / (1 - \beta_2^t) \\
        r_t &= \begin{cases}
            \sqrt{\dfrac{(\rho_t - 4) (\rho_t - 2) \rho_\infty}
                {(\rho_\infty - 4) (\rho_\infty - 2) \rho_t}},
                & \rho_t > \rho_{\min} \\
            1, & \rho_t \le \rho_{\min}
            \end{cases} \\
        u_t &= \begin{cases}
            \dfrac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon},
                & \rho_t > \rho_{\min} \\
            \hat m_t, & \rho_t \le \rho_{\min}
            \end{cases} \\
        w_t &= w_{t-1} - \lambda r_t u_t
        \end{aligned}

    With ``eps_in_sqrt=True``, the direction is

    .. math::

        u_t = \begin{cases}
            \dfrac{\hat m_t}{\sqrt{\hat v_t + \varepsilon}},
                & \rho_t > \rho_{\min} \\
            \hat m_t, & \rho_t \le \rho_{\min}
            \end{cases}

    A mean of few squares is far off now and then, and so are the steps that are divided
    by its root. The first steps here are those of the mean :math:`\hat m` alone; those
    after them are Adam's, shortened by :math:`r`, which rises to 1.

    See Also
    --------
    PaperAdam : without the rectification
    Warmup : shorter first steps for any rule

    Notes
    -----
    With :math:`\beta_2` = 0.6 the length :math:`\rho_\infty` is 2 / 0.4 - 1 = 4. So
    with that or less, no step is divided.

    .. warning::

        The paper divides where :math:`\rho_t` is above 4. PyTorch and Optax have 5
        there, which is one step later with the default :math:`\beta_2`. PyTorch adds
        its ``eps`` to the uncorrected root, as Keras does in Adam: see :class:`Adam`.

    References
    ----------
    :cite:t:`liu2020`, Algorithm 2; it has no :math:`\varepsilon`.

    Examples
    --------
    With lr = 0.1, beta1 = 0.2, beta2 = 0.8 and epsilon = 2, from w = 1. The length of
    v ends at 2 / 0.2 - 1 = 9, and the fifth step is the first that is divided:

    - rho = 9 - 2 · 0.8 / 0.2 = 1, which is below 4; m = 0.8 · 5 = 4, over 1 - 0.2 is
      5; v = 0.2 · 5² = 5; r = 1; so w = 1 - 0.1 · 5 = 0.5;
    - rho = 9 - 4 · 0.64 / 0.36 = 17/9; m = 0.2 · 4 - 0.8 · 7 = -4.8, over 1 - 0.2² is
      -5; v = 0.8 · 5 + 0.2 · 7² = 13.8; r = 1; so w = 0.5 + 0.1 · 5 = 1;
    - rho = 9 - 6 · 0.512 / 0.488 = 165/61; m = 0.2 · -4.8 + 0.8 · 13.6 = 9.92, over
      1 - 0.2³ is 10; v = 0.8 · 13.8 + 0.2 · 13.6² = 48.032; r = 1;
      so w = 1 - 0.1 · 10 = 0;
    - rho = 9 - 8 · 0.4096 / 0.5904 = 1273/369; m = 0.2 · 9.92 + 0.8 · 10 = 9.984, over
      0.9984 is 10; v = 0.8 · 48.032 + 0.2 · 10² = 58.4256; r = 1;
      so w = 0 - 0.1 · 10 = -1;
    - rho = 9 - 10 · 0.32768 / 0.67232 = 4.1261304, which is above 4;
      m = 0.2 · 9.984 - 0.8 · 8 = -4.4032, over 0.99968 is -4.4046095;
      v = 0.8 · 58.4256 + 0.2 · 8² = 59.54048, over 0.67232 is 88.559733;
      r = √(0.1261304 · 2.1261304 · 9 / (5 · 7 · 4.1261304)) = 0.1292768;
      √88.559733 + 2 = 11.410618, so w = -1 + 0.1 · 0.1292768 · 4.4046095 / 11.410618
      = -0.99500979.

    >>> from npoptim import RAdam, trace
    >>> trace(
    ...     RAdam, 1, [5, -7, 13.6, 10, -8], lr=0.1, beta1=0.2, beta2=0.8, eps=2,
    ... )
    t     g        m        v   increment         w
    1     5        4        5        -0.5       0.5
    2    -7     -4.8     13.8         0.5         1
    3  13.6     9.92   48.032          -1         0
    4    10    9.984  58.4256          -1        -1
    5    -8  -4.4032  59.5405  0.00499021  -0.99501

    With the defaults and a gradient that is always 1, but for epsilon the fourth step
    is as long as the rate, and each after it r times as long:

    >>> steps = trace(RAdam, 0, [1] * 1000, lr=1, eps=0)
    >>> [round(float(-steps[t - 1].increment), 4) for t in (4, 5, 6, 100, 1000)]
    [1.0, 0.0173, 0.0258, 0.2153, 0.6453]
    """

    slots = ("m", "v")

    beta1: Number = Number(r"\beta_1", "[0, 1)", "share of m that stays", default=0.9)
    beta2: Number = Number(r"\beta_2", "[0, 1)", "share of v that stays", default=0.999)
    threshold: Number = Number(
        r"\rho_{\min}", "[4, inf)", "length of v up to which it is not used", default=4
    )
    eps_in_sqrt = Flag(default=False)

    def update(self, w: Array, g: Array, m: Array, v: Array) -> Array:
        rho_infty = 2 / (1 - self.beta2) - 1
        rho = rho_infty - 2 * self.t * self.beta2**self.t / (1 - self.beta2**self.t)
        m[...] = self.beta1 * m + (1 - self.beta1) * g
        v[...] = self.beta2 * v + (1 - self.beta2) * g**2
        m_hat = m / (1 - self.beta1**self.t)
        v_hat = v / (1 - self.beta2**self.t)
        if rho > self.threshold:
            ahead, behind = (rho - 4) * (rho - 2), (rho_infty - 4) * (rho_infty - 2)
            r = sqrt(ahead * rho_infty / (behind * rho))
            u = m_hat / self.root(v_hat)
        else:
            r, u = 1.0, m_hat
        return -self.lr * r * u
