"""Prodigy: D-Adaptation whose estimate grows faster."""

from math import sqrt

import numpy as np

from npoptim.free.dadapt import DAdaptAdam
from npoptim.hyperparameters import Number
from npoptim.optimizer import Array


class Prodigy(DAdaptAdam):
    r"""Count each gradient by the estimate of the distance when it came.

    With the gradients :math:`g_t` of the loss at :math:`w_{t-1}` of all arrays, taken
    as one vector, the moving means :math:`m` and :math:`v` and the weighted sum
    :math:`s` of gradients that count as :math:`d` times as large, the weights
    :math:`w`, the progress :math:`r` that the gradients promise from the start and the
    estimate :math:`d` of the distance to the minimum follow

    .. math::

        \begin{aligned}
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) d_{t-1} g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) (d_{t-1} g_t)^2 \\
        s_t &= \sqrt{\beta_2} s_{t-1} + \lambda d_{t-1}^2 g_t \\
        w_t &= w_{t-1} - \lambda d_{t-1} \left(
            \frac{m_t}{\sqrt{v_t} + d_{t-1} \varepsilon} + \alpha w_{t-1} \right) \\
        r_t &= \sqrt{\beta_2} r_{t-1}
            + \lambda d_{t-1}^2 \langle g_t, w_0 - w_{t-1} \rangle \\
        d_t &= \max \left( d_{t-1}, \frac{r_t}{\lVert s_t \rVert_1} \right)
        \end{aligned}

    where :math:`\langle x, y \rangle` is the sum of the products of all elements, and
    :math:`\lVert x \rVert_1` that of their absolute values.

    If the loss is convex and :math:`d` has grown, then at every minimum some weight is
    at least :math:`d` away from its start. The rate is in proportion to that bound. As
    gradients count by the :math:`d` of their time, those from when it was too small are
    soon forgotten, and it grows faster than in :class:`DAdaptAdam`.

    See Also
    --------
    DAdaptAdam : gradients count alike, but for the fading
    AdamW : at a rate that is chosen
    DoG : the distance that was gone instead of a bound

    Notes
    -----
    The factor :math:`\lambda` is meant to stay at 1, or to be a schedule that falls
    from there.

    The paper has a factor :math:`1 - \sqrt{\beta_2}` in :math:`r` and in :math:`s`,
    which cancels. The decay is that of the authors' package and of Optax.

    .. warning::

        In the authors' package, Optax and pytorch-optimizer, :math:`\varepsilon` is
        multiplied by the new :math:`d_t`. Optax multiplies :math:`\lambda` by
        :math:`\sqrt{1 - \beta_2^t} / (1 - \beta_1^t)`, which corrects the means for
        their start at 0; in the two others that is an option.

    References
    ----------
    :cite:t:`mishchenko2024`.

    Examples
    --------
    With lr = 3.5, beta1 = 0.2, beta2 = 0.64, whose root is 0.8, epsilon = 2 and d = 0.5
    at first, from w = 1. The second gradient says that the minimum is farther on, so
    that d grows: the rate is 3.5 · 0.5 = 1.75 for two steps, and 3.5 · 0.6 = 2.1 from
    then on:

    - m = -0.8 · 0.5 · 5 = -2, v = 0.36 · 2.5² = 2.25, s = -3.5 · 0.25 · 5 = -4.375;
      r = 0, d = 0.5; 1.5 + 0.5 · 2 = 2.5, so w = 1 + 1.75 · 2 / 2.5 = 2.4;
    - m = 0.2 · -2 - 0.8 · 0.5 · 3 = -1.6, v = 0.64 · 2.25 + 0.36 · 1.5² = 2.25,
      s = 0.8 · -4.375 - 3.5 · 0.25 · 3 = -6.125;
      r = 3.5 · 0.25 · 3 · (2.4 - 1) = 3.675, d = 3.675 / 6.125 = 0.6;
      1.5 + 0.5 · 2 = 2.5, so w = 2.4 + 1.75 · 1.6 / 2.5 = 3.52;
    - m = 0.2 · -1.6 + 0.8 · 0.6 · 6.25 = 2.68, v = 0.64 · 2.25 + 0.36 · 3.75² = 6.5025,
      s = 0.8 · -6.125 + 3.5 · 0.36 · 6.25 = 2.975;
      r = 0.8 · 3.675 + 3.5 · 0.36 · 6.25 · (1 - 3.52) = -16.905, d = 0.6;
      2.55 + 0.6 · 2 = 3.75, so w = 3.52 - 2.1 · 2.68 / 3.75 = 2.0192;
    - m = 0.2 · 2.68 - 0.8 · 0.6 · 4.25 = -1.504,
      v = 0.64 · 6.5025 + 0.36 · 2.55² = 6.5025,
      s = 0.8 · 2.975 - 3.5 · 0.36 · 4.25 = -2.975;
      r = 0.8 · -16.905 + 3.5 · 0.36 · 4.25 · (2.0192 - 1) = -8.066184, d = 0.6;
      2.55 + 0.6 · 2 = 3.75, so w = 2.0192 + 2.1 · 1.504 / 3.75 = 2.86144.

    >>> from npoptim import Prodigy, trace
    >>> trace(
    ...     Prodigy, 1, [-5, -3, 6.25, -4.25], lr=3.5, beta1=0.2, beta2=0.64, eps=2,
    ...     initial=0.5,
    ... )
    t      g       m       v       s  first  increment        w
    1     -5      -2    2.25  -4.375      1        1.4      2.4
    2     -3    -1.6    2.25  -6.125      1       1.12     3.52
    3   6.25    2.68  6.5025   2.975      1    -1.5008   2.0192
    4  -4.25  -1.504  6.5025  -2.975      1    0.84224  2.86144

    Three gradients that agree, and three weights that mirror each other: their sums are
    three times those of one, and d is the same. After two steps as above,

    - r = 0.8 · 3.675 + 3.5 · 0.36 · 2.5 · (3.52 - 1) = 10.878,
      s = -0.8 · 6.125 - 3.5 · 0.36 · 2.5 = -8.05, d = 10.878 / 8.05 = 1.35130435;
      m = -0.2 · 1.6 - 0.8 · 0.6 · 2.5 = -1.52, v = 0.64 · 2.25 + 0.36 · 1.5² = 2.25;
      1.5 + 0.6 · 2 = 2.7, so w = 3.52 + 2.1 · 1.52 / 2.7 = 4.70222222;
    - the rate is 3.5 · 1.35130435 = 4.729565225;
      m = -0.2 · 1.52 + 0.8 · 1.35130435 · 4 = 4.02017392,
      v = 0.64 · 2.25 + 0.36 · (4 · 1.35130435)² = 11.9578950509;
      √11.9578950509 + 2 · 1.35130435 = 6.16062765,
      so w = 4.70222222 - 4.729565225 · 4.02017392 / 6.16062765 = 1.61590117.

    >>> start = {"a": [1, -1], "b": 1}
    >>> gradients = [{"a": [g, -g], "b": g} for g in (-5, -3, -2.5, 4)]
    >>> numbers = dict(lr=3.5, beta1=0.2, beta2=0.64, eps=2, initial=0.5)
    >>> trace(Prodigy, start, gradients, **numbers)[-3::2]
    t  name     g        m        v        s  first  increment        w
    3     b  -2.5    -1.52     2.25    -8.05      1    1.18222  4.70222
    4     b     4  4.02017  11.9579  19.1243      1   -3.08632   1.6159

    The first two steps with decay 0.2:

    - w = 1 + 1.75 · (2 / 2.5 - 0.2 · 1) = 2.05;
    - w = 2.05 + 1.75 · (1.6 / 2.5 - 0.2 · 2.05) = 2.4525.

    >>> trace(Prodigy, 1, [-5, -3], weight_decay=0.2, **numbers)
    t   g     m     v       s  first  increment       w
    1  -5    -2  2.25  -4.375      1       1.05    2.05
    2  -3  -1.6  2.25  -6.125      1     0.4025  2.4525
    """

    slots = ("first",)

    weight_decay = Number(meaning="strength of the decay")

    def start(self, w: Array) -> dict[str, Array]:
        return {**super().start(w), "first": w}

    def regularize(self) -> None:
        """Leave the gradients as they are."""

    # One state array more than D-Adaptation.
    def update(  # type: ignore[override]
        self, w: Array, g: Array, m: Array, v: Array, s: Array, first: Array
    ) -> Array:
        d, root = self.d, sqrt(self.beta2)
        self.product += d * np.sum(g * (first - w)).item()
        m[...] = self.beta1 * m + (1 - self.beta1) * d * g
        v[...] = self.beta2 * v + (1 - self.beta2) * (d * g) ** 2
        s[...] = root * s + self.lr * d**2 * g
        self.size += np.sum(np.abs(s)).item()
        return -self.lr * d * (m / (np.sqrt(v) + d * self.eps) + self.weight_decay * w)
