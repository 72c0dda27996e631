"""QHAdam: Adam whose two means give the newest gradient a share of its own."""

from npoptim.hyperparameters import Flag, Number
from npoptim.optimizer import Array
from npoptim.rooted import Rooted


class QHAdam(Rooted):
    r"""Let the newest gradient count besides in each of Adam's two means.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the moving means
    :math:`m` and :math:`v`, the direction :math:`u`, the squares :math:`s` and the
    weights :math:`w` follow, element by element,

    .. math::

        \begin{aligned}
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \hat m_t &= m_t / (1 - \beta_1^t) \\
        \hat v_t &= v_t / (1 - \beta_2^t) \\
        u_t &= (1 - \nu_1) g_t + \nu_1 \hat m_t \\
        s_t &= (1 - \nu_2) g_t^2 + \nu_2 \hat v_t \\
        w_t &= w_{t-1} - \lambda \frac{u_t}{\sqrt{s_t} + \varepsilon}
        \end{aligned}

    With ``eps_in_sqrt=True``, the last line is

    .. math::

        w_t = w_{t-1} - \lambda \frac{u_t}{\sqrt{s_t + \varepsilon}}

    So a mean may be long, and a step still follows a gradient that has turned.

    See Also
    --------
    PaperAdam : with both shares 1
    QHM : the same without the division
    NAdam : another way to count the newest gradient more

    Notes
    -----
    With :math:`\nu_1 = 0` and :math:`\nu_2 = 1` it is RMSprop with a correction of the
    bias. With :math:`\nu_2` below 1 the step is never longer than
    :math:`1 / \sqrt{1 - \nu_2}` times the rate where :math:`\nu_1 = 0`, as the newest
    square is in :math:`s`, however small :math:`v` is.

    .. warning::

        The defaults are what the authors recommend in the place of Adam with
        :math:`\beta_1` = 0.9. Those of pytorch-optimizer's ``QHAdam`` are Adam itself,
        ``nus=(1, 1)``. It keeps its corrections in float32.

    References
    ----------
    :cite:t:`ma2019`.

    Examples
    --------
    With lr = 0.5, beta1 = 0.25, beta2 = 0.75, nu1 = 0.4, nu2 = 0.2 and an epsilon so
    large that its place shows, 9, from w = 1:

    - m = 0.75 · 6 = 4.5, over 1 - 0.25 is 6; v = 0.25 · 6² = 9, over 1 - 0.75 is 36;
      u = 0.6 · 6 + 0.4 · 6 = 6, s = 0.8 · 6² + 0.2 · 36 = 36; 6 + 9 = 15,
      so w = 1 - 0.5 · 6 / 15 = 0.8;
    - m = 0.25 · 4.5 - 0.75 · 1 = 0.375, over 1 - 0.25² is 0.4; v = 0.75 · 9 + 0.25 ·
      1² = 7, over 1 - 0.75² is 16; u = -0.6 · 1 + 0.4 · 0.4 = -0.44,
      s = 0.8 · 1² + 0.2 · 16 = 4; 2 + 9 = 11,
      so w = 0.8 + 0.5 · 0.44 / 11 = 0.82;
    - m = 0.25 · 0.375 + 0.75 · 4 = 3.09375, over 1 - 0.25³ is 22/7; v = 0.75 · 7 +
      0.25 · 4² = 9.25, over 1 - 0.75³ is 16; u = 0.6 · 4 + 0.4 · 22/7 = 128/35,
      s = 0.8 · 4² + 0.2 · 16 = 16; 4 + 9 = 13,
      so w = 0.82 - 0.5 · 128/35 / 13 = 0.67934066.

    >>> from npoptim import QHAdam, trace
    >>> trace(
    ...     QHAdam, 1, [6, -1, 4], lr=0.5, beta1=0.25, beta2=0.75, nu1=0.4, nu2=0.2,
    ...     eps=9,
    ... )
    t   g        m     v  increment         w
    1   6      4.5     9       -0.2       0.8
    2  -1    0.375     7       0.02      0.82
    3   4  3.09375  9.25  -0.140659  0.679341
    """

    slots = ("m", "v")

    beta1: Number = Number(r"\beta_1", "[0, 1)", "share of m that stays", default=0.995)
    beta2: Number = Number(r"\beta_2", "[0, 1)", "share of v that stays", default=0.999)
    nu1: Number = Number(r"\nu_1", "[0, 1]", "share of m in a step", default=0.7)
    nu2: Number = Number(r"\nu_2", "[0, 1]", "share of v in a step", default=1.0)
    eps_in_sqrt = Flag(default=False)

    def update(self, w: Array, g: Array, m: Array, v: Array) -> Array:
        m[...] = self.beta1 * m + (1 - self.beta1) * g
        v[...] = self.beta2 * v + (1 - self.beta2) * g**2
        m_hat = m / (1 - self.beta1**self.t)
        v_hat = v / (1 - self.beta2**self.t)
        u = (1 - self.nu1) * g + self.nu1 * m_hat
        squares = (1 - self.nu2) * g**2 + self.nu2 * v_hat
        return -self.lr * u / self.root(squares)
