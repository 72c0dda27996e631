"""LaProp: a mean of gradients, each divided as Adam divides its mean."""

from npoptim.hyperparameters import Flag, Number
from npoptim.optimizer import Array
from npoptim.rooted import Rooted


class LaProp(Rooted):
    r"""Divide each gradient by the size of the recent ones, then take the mean.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the moving mean
    :math:`v` of squares, the moving mean :math:`m` of divided gradients and the weights
    :math:`w` follow, element by element,

    .. math::

        \begin{aligned}
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \hat v_t &= v_t / (1 - \beta_2^t) \\
        m_t &= \beta_1 m_{t-1}
            + (1 - \beta_1) \frac{g_t}{\sqrt{\hat v_t} + \varepsilon} \\
        \hat m_t &= m_t / (1 - \beta_1^t) \\
        w_t &= w_{t-1} - \lambda \hat m_t
        \end{aligned}

    With ``eps_in_sqrt=True``, the mean of divided gradients is

    .. math::

        m_t = \beta_1 m_{t-1}
            + (1 - \beta_1) \frac{g_t}{\sqrt{\hat v_t + \varepsilon}}

    Adam divides the old gradients in its mean anew at every step, by what the root is
    by then. Here a gradient is divided once, by the root of its own step.

    See Also
    --------
    PaperAdam : the mean first, and then the division
    ADOPT : with the root of the step before

    Notes
    -----
    A gradient is at most :math:`1 / \sqrt{1 - \beta_2}` times the root that divides it,
    and so no step is longer than :math:`\lambda / \sqrt{1 - \beta_2}`. Adam's may be.
    After one gradient, and zeros from then on, its uncorrected step changes by
    :math:`\beta_1 / \sqrt{\beta_2}` at every step, and grows where that is above 1.
    Here it fades by :math:`\beta_1`.

    With :math:`\beta_2 = 0` and :math:`\varepsilon = 0` each gradient is divided by its
    own size, and :math:`m` is a mean of signs.

    The authors' code keeps the rate inside of the mean, so that what is old in the mean
    keeps its rate after a change of :math:`\lambda`. As long as that is constant, the
    weights are the same.

    .. warning::

        pytorch-optimizer has the rate inside of the mean, too, and adds its ``eps`` to
        the uncorrected root: it is :math:`\varepsilon \sqrt{1 - \beta_2^t}`. Inside of
        that root it adds 1e-15 besides. Its coupled decay, after the step, does
        nothing.

    References
    ----------
    :cite:t:`ziyin2020`.

    Examples
    --------
    With lr = 0.4, beta1 = 0.2, beta2 = 0.75 and an epsilon so large that its place
    shows, 6, from w = 1:

    - v = 0.25 · 2² = 1, over 1 - 0.75 is 4; 2 + 6 = 8, m = 0.8 · 2 / 8 = 0.2, over
      1 - 0.2 is 0.25; so w = 1 - 0.4 · 0.25 = 0.9;
    - v = 0.75 · 1 + 0.25 · 5² = 7, over 1 - 0.75² is 16; 4 + 6 = 10, m = 0.2 · 0.2 -
      0.8 · 5 / 10 = -0.36, over 1 - 0.2² is -0.375; so w = 0.9 + 0.4 · 0.375 = 1.05;
    - v = 0.75 · 7 + 0.25 · 4² = 9.25, over 1 - 0.75³ is 16; 4 + 6 = 10, m = 0.2 ·
      -0.36 + 0.8 · 4 / 10 = 0.248, over 1 - 0.2³ is 0.25;
      so w = 1.05 - 0.4 · 0.25 = 0.95.

    >>> from npoptim import LaProp, trace
    >>> trace(LaProp, 1, [2, -5, 4], lr=0.4, beta1=0.2, beta2=0.75, eps=6)
    t   g      m     v  increment     w
    1   2    0.2     1       -0.1   0.9
    2  -5  -0.36     7       0.15  1.05
    3   4  0.248  9.25       -0.1  0.95
    """

    slots = ("m", "v")

    lr = Number(default=4e-4)
    beta1: Number = Number(r"\beta_1", "[0, 1)", "share of m that stays", default=0.9)
    beta2: Number = Number(r"\beta_2", "[0, 1)", "share of v that stays", default=0.999)
    eps = Number(default=1e-15)
    eps_in_sqrt = Flag(default=False)

    def update(self, w: Array, g: Array, m: Array, v: Array) -> Array:
        v[...] = self.beta2 * v + (1 - self.beta2) * g**2
        v_hat = v / (1 - self.beta2**self.t)
        m[...] = self.beta1 * m + (1 - self.beta1) * g / self.root(v_hat)
        m_hat = m / (1 - self.beta1**self.t)
        return -self.lr * m_hat
