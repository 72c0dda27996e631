"""NAdam: Adam with the look-ahead of Nesterov's momentum."""

from typing import ClassVar

from npoptim.hyperparameters import Flag, Number
from npoptim.optimizer import Array
from npoptim.rooted import Rooted


class NAdam(Rooted):
    r"""Step along Adam's mean as the next step will count it, and along the gradient.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the share of the mean
    :math:`\mu_t` in step :math:`t` and :math:`\nu_t` in the next, the product :math:`P`
    of the shares so far, :math:`P_0 = 1`, the moving means :math:`m` and :math:`v` and
    the weights :math:`w` follow, element by element,

    .. math::

        \begin{aligned}
        \mu_t &= \beta_1 (1 - 0.96^{t \psi} / 2) \\
        \nu_t &= \beta_1 (1 - 0.96^{(t + 1) \psi} / 2) \\
        P_t &= P_{t-1} \mu_t \\
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \hat m_t &= \frac{\nu_t m_t}{1 - \nu_t P_t} + \frac{(1 - \mu_t) g_t}{1 - P_t} \\
        \hat v_t &= v_t / (1 - \beta_2^t) \\
        w_t &= w_{t-1} - \lambda \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon}
        \end{aligned}

    With ``eps_in_sqrt=True``, the last line is

    .. math::

        w_t = w_{t-1} - \lambda \frac{\hat m_t}{\sqrt{\hat v_t + \varepsilon}}

    The shares rise from about :math:`\beta_1 / 2` toward :math:`\beta_1`, so early
    steps depend more on their own gradient than later ones do.

    See Also
    --------
    PaperAdam : without the look-ahead
    SGD : with ``nesterov=True``, the look-ahead alone

    Notes
    -----
    .. warning::

        Three rules go by this name. PyTorch's is this one, with the same defaults.
        Keras has :math:`\psi` = 1, the rate 0.001 and :math:`\varepsilon` = 1e-7.
        Optax's shares are constant, :math:`\mu_t = \nu_t = \beta_1`, as here with a
        large :math:`\psi`.

    References
    ----------
    :cite:t:`dozat2016`.

    Examples
    --------
    With lr = 0.6, beta1 = 0.8, beta2 = 0.75, epsilon = 3 and shares that rise fast,
    :math:`\psi` = 0.5, so that :math:`0.96^\psi` is √0.96, from w = 1. Each value is
    rounded, and the next one computed from it:

    - mu = 0.8 · (1 - √0.96 / 2) = 0.4080816, nu = 0.8 · (1 - 0.96 / 2) = 0.416,
      P = 1 · 0.4080816 = 0.4080816; m = 0.2 · 12 = 2.4, v = 0.25 · 12² = 36;
      m_hat = 0.416 · 2.4 / (1 - 0.416 · 0.4080816) + (1 - 0.4080816) · 12 /
      (1 - 0.4080816) = 13.20254666, v_hat = 36 / (1 - 0.75) = 144; 12 + 3 = 15,
      so w = 1 - 0.6 · 13.20254666 / 15 = 0.47189813;
    - mu = 0.416, nu = 0.8 · (1 - 0.96 · √0.96 / 2) = 0.4237584,
      P = 0.4080816 · 0.416 = 0.16976195; m = 0.8 · 2.4 - 0.2 · 30 = -4.08,
      v = 0.75 · 36 + 0.25 · 30² = 252; m_hat = -0.4237584 · 4.08 /
      (1 - 0.4237584 · 0.16976195) - (1 - 0.416) · 30 / (1 - 0.16976195) =
      -22.96533278, v_hat = 252 / (1 - 0.75²) = 576; 24 + 3 = 27,
      so w = 0.47189813 + 0.6 · 22.96533278 / 27 = 0.98223886;
    - mu = 0.4237584, nu = 0.8 · (1 - 0.96² / 2) = 0.43136,
      P = 0.16976195 · 0.4237584 = 0.07193805; m = 0.8 · -4.08 + 0.2 · 13 = -0.664,
      v = 0.75 · 252 + 0.25 · 13² = 231.25; m_hat = -0.43136 · 0.664 /
      (1 - 0.43136 · 0.07193805) + (1 - 0.4237584) · 13 / (1 - 0.07193805) =
      7.77621543, v_hat = 231.25 / (1 - 0.75³) = 400; 20 + 3 = 23,
      so w = 0.98223886 - 0.6 · 7.77621543 / 23 = 0.77938107.

    >>> from npoptim import NAdam, trace
    >>> trace(
    ...     NAdam, 1, [12, -30, 13], lr=0.6, beta1=0.8, beta2=0.75, eps=3,
    ...     momentum_decay=0.5,
    ... )
    t    g       m       v  increment         w
    1   12     2.4      36  -0.528102  0.471898
    2  -30   -4.08     252   0.510341  0.982239
    3   13  -0.664  231.25  -0.202858  0.779381
    """

    slots = ("m", "v")
    shared: ClassVar[dict[str, float]] = {"product": 1.0}

    lr = Number(default=2e-3)
    beta1: Number = Number(r"\beta_1", "[0, 1)", "share of m that stays", default=0.9)
    beta2: Number = Number(r"\beta_2", "[0, 1)", "share of v that stays", default=0.999)
    momentum_decay: Number = Number(
        r"\psi", "[0, inf)", "how fast the shares rise", default=4e-3
    )
    eps_in_sqrt = Flag(default=False)

    def prepare(self) -> None:
        super().prepare()
        self.mu = self.beta1 * (1 - 0.96 ** (self.t * self.momentum_decay) / 2)
        self.nu = self.beta1 * (1 - 0.96 ** ((self.t + 1) * self.momentum_decay) / 2)
        self.product: float = self.product * self.mu

    def update(self, w: Array, g: Array, m: Array, v: Array) -> Array:
        m[...] = self.beta1 * m + (1 - self.beta1) * g
        v[...] = self.beta2 * v + (1 - self.beta2) * g**2
        ahead = self.nu * m / (1 - self.nu * self.product)
        m_hat = ahead + (1 - self.mu) * g / (1 - self.product)
        v_hat = v / (1 - self.beta2**self.t)
        return -self.lr * m_hat / self.root(v_hat)
