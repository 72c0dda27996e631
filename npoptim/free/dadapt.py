"""D-Adaptation: Adam at a rate that is an estimate of the distance to go."""

from math import inf, sqrt
from typing import ClassVar

import numpy as np

from npoptim.hyperparameters import Number
from npoptim.optimizer import Array, Optimizer


class DAdaptAdam(Optimizer):
    r"""Take Adam's steps at a rate that grows as gradients agree with those before.

    With the gradients :math:`g_t` of the loss at :math:`w_{t-1}` of all arrays, taken
    as one vector, the moving means :math:`m`, :math:`v` and :math:`s`, the weights
    :math:`w`, the agreement :math:`r` of each gradient with the steps before it and the
    estimate :math:`d` of the distance to the minimum follow

    .. math::

        \begin{aligned}
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) \lambda d_{t-1} g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        s_t &= \sqrt{\beta_2} s_{t-1} + (1 - \sqrt{\beta_2}) \lambda d_{t-1} g_t \\
        w_t &= w_{t-1} - \frac{m_t}{\sqrt{v_t} + \varepsilon} \\
        r_t &= \sqrt{\beta_2} r_{t-1} + \lambda d_{t-1}
            \langle g_t, \frac{s_{t-1}}{\sqrt{v_{t-1}} + \varepsilon} \rangle \\
        d_t &= \max \left( d_{t-1}, \frac{r_t}{\lVert s_t \rVert_1} \right)
        \end{aligned}

    where :math:`\langle x, y \rangle` is the sum of the products of all elements, and
    :math:`\lVert x \rVert_1` that of their absolute values.

    The constant rate with the best bound is in proportion to the distance from the
    start to the minimum. That distance is not known, but the gradients of plain descent
    on a convex loss say that it cannot be below a certain number. Here :math:`d` is
    that number with the means of Adam in it, which makes it an estimate. It begins far
    too small, at :math:`d_0`, and never falls.

    See Also
    --------
    PaperAdam : at a rate that is chosen
    Prodigy : with larger estimates
    DoG : the distance that was gone instead

    Notes
    -----
    The D of the paper's name for it, D-Adaptation, is the distance.

    The factor :math:`\lambda` is meant to stay at 1, or to be a schedule that falls
    from there.

    The paper multiplies :math:`r` by :math:`1 - \sqrt{\beta_2}`, and divides by it
    again.

    Under :class:`DecoupledWeightDecay` the decay is multiplied by :math:`\lambda`, but
    not by :math:`d`.

    .. index:: ! D-Adaptation

    .. warning::

        Optax's ``dadapt_adamw`` multiplies :math:`\lambda` by
        :math:`\sqrt{1 - \beta_2^t} / (1 - \beta_1^t)`, which corrects the means for
        their start at 0. Its decay is decoupled, and multiplied by
        :math:`\lambda d_{t-1}`. In the authors' package, both are options.

    References
    ----------
    :cite:t:`defazio2023`.

    Examples
    --------
    With lr = 2.8, beta1 = 0.4, beta2 = 0.36, whose root is 0.6, epsilon = 2 and d = 0.5
    at first, from w = 2. The second gradient agrees with the first, so that d grows:
    the rate is 2.8 · 0.5 = 1.4 for two steps, and 2.8 · 0.8 = 2.24 from then on:

    - m = -0.6 · 1.4 · 10 = -8.4, v = 0.64 · 10² = 64, s = -0.4 · 1.4 · 10 = -5.6;
      r = 0, d = 0.5; so w = 2 + 8.4 / (8 + 2) = 2.84;
    - m = 0.4 · -8.4 - 0.6 · 1.4 · 8 = -10.08, v = 0.36 · 64 + 0.64 · 8² = 64,
      s = 0.6 · -5.6 - 0.4 · 1.4 · 8 = -7.84; r = 1.4 · 8 · 5.6 / (8 + 2) = 6.272,
      d = 6.272 / 7.84 = 0.8; so w = 2.84 + 10.08 / (8 + 2) = 3.848;
    - m = 0.4 · -10.08 + 0.6 · 2.24 · 4.5 = 2.016, v = 0.36 · 64 + 0.64 · 4.5² = 36,
      s = 0.6 · -7.84 + 0.4 · 2.24 · 4.5 = -0.672;
      r = 0.6 · 6.272 - 2.24 · 4.5 · 7.84 / (8 + 2) = -4.13952, d = 0.8;
      so w = 3.848 - 2.016 / (6 + 2) = 3.596;
    - m = 0.4 · 2.016 - 0.6 · 2.24 · 6 = -7.2576, v = 0.36 · 36 + 0.64 · 6² = 36,
      s = -0.6 · 0.672 - 0.4 · 2.24 · 6 = -5.7792;
      r = -0.6 · 4.13952 + 2.24 · 6 · 0.672 / (6 + 2) = -1.354752, d = 0.8;
      so w = 3.596 + 7.2576 / (6 + 2) = 4.5032.

    >>> from npoptim import DAdaptAdam, trace
    >>> trace(
    ...     DAdaptAdam, 2, [-10, -8, 4.5, -6], lr=2.8, beta1=0.4, beta2=0.36, eps=2,
    ...     initial=0.5,
    ... )
    t    g        m   v        s  increment       w
    1  -10     -8.4  64     -5.6       0.84    2.84
    2   -8   -10.08  64    -7.84      1.008   3.848
    3  4.5    2.016  36   -0.672     -0.252   3.596
    4   -6  -7.2576  36  -5.7792     0.9072  4.5032

    Three gradients that agree, and three weights that mirror each other: their sums are
    three times those of one, and d is the same. After two steps as above,

    - r = 0.6 · 6.272 + 2.24 · 4.5 · 7.84 / (8 + 2) = 11.66592,
      s = -0.6 · 7.84 - 0.4 · 2.24 · 4.5 = -8.736, d = 11.66592 / 8.736 = 1.3353846;
      m = -0.4 · 10.08 - 0.6 · 2.24 · 4.5 = -10.08, so w = 3.848 + 10.08 / 8 = 5.108;
    - the rate is 2.8 · 1.3353846 = 3.73907688;
      m = -0.4 · 10.08 + 0.6 · 3.73907688 · 6 = 9.428676768,
      so w = 5.108 - 9.428676768 / 8 = 3.929415404.

    >>> start = {"a": [2, -2], "b": 2}
    >>> gradients = [{"a": [g, -g], "b": g} for g in (-10, -8, -4.5, 6)]
    >>> numbers = dict(lr=2.8, beta1=0.4, beta2=0.36, eps=2, initial=0.5)
    >>> trace(DAdaptAdam, start, gradients, **numbers)[-3::2]
    t  name     g        m   v        s  increment        w
    3     b  -4.5   -10.08  36   -8.736       1.26    5.108
    4     b     6  9.42868  36  3.73218   -1.17858  3.92942
    """

    slots: ClassVar[tuple[str, ...]] = ("m", "v", "s")
    shared: ClassVar[dict[str, float]] = {"r": 0.0, "d": 0.0}
    elementwise = False

    lr = Number(meaning="factor of the rate", default=1.0)
    beta1: Number = Number(r"\beta_1", "[0, 1)", "share of m that stays", default=0.9)
    beta2: Number = Number(r"\beta_2", "[0, 1)", "share of v that stays", default=0.999)
    eps: Number = Number(r"\varepsilon", "(0, inf)", "added to the root", default=1e-8)
    initial: Number = Number("d_0", "(0, inf)", "distance at first", default=1e-6)

    def update(self, w: Array, g: Array, m: Array, v: Array, s: Array) -> Array:
        rate, root = self.lr * self.d, sqrt(self.beta2)
        # The sums over all arrays, of which get_updates() makes r and the next d.
        self.product += np.sum(g * s / (np.sqrt(v) + self.eps)).item()
        m[...] = self.beta1 * m + (1 - self.beta1) * rate * g
        v[...] = self.beta2 * v + (1 - self.beta2) * g**2
        s[...] = root * s + (1 - root) * rate * g
        self.size += np.sum(np.abs(s)).item()
        return -m / (np.sqrt(v) + self.eps)

    def get_updates(self) -> None:
        self.d: float = max(self.d, self.initial)
        self.product = self.size = 0.0
        super().get_updates()
        self.r: float = sqrt(self.beta2) * self.r + self.lr * self.d * self.product
        self.d = max(self.d, self.r / (self.size or inf))
