"""DoG and DoWG: the distance that the weights have gone, over the gradients so far."""

from math import sqrt
from typing import ClassVar

from npoptim.hyperparameters import Number
from npoptim.optimizer import Array, Optimizer


class DoG(Optimizer):
    r"""Descend at the rate of the farthest distance so far over all gradients so far.

    With the gradients :math:`g_t` of the loss at :math:`w_{t-1}` of all arrays, taken
    as one vector, the largest distance :math:`r_t` of the weights from the start, the
    sum :math:`v_t` of squared norms, the rate :math:`\eta_t` of the step and the
    weights :math:`w` follow

    .. math::

        \begin{aligned}
        r_t &= \max(r_{t-1}, \zeta (1 + \lVert w_0 \rVert),
            \lVert w_{t-1} - w_0 \rVert) \\
        v_t &= v_{t-1} + \lVert g_t \rVert^2 \\
        \eta_t &= \frac{\lambda r_t}{\sqrt{v_t + \varepsilon}} \\
        w_t &= w_{t-1} - \eta_t g_t
        \end{aligned}

    On a convex loss, the constant rate with the best bound is the distance from the
    start to the minimum over :math:`\sqrt{v_t}`. That distance is not known, and the
    one that the weights have gone stands for it. It begins as a small share of them. As
    long as it is too short, the steps go one way, and it grows fast.

    See Also
    --------
    Adagrad : the same sum for each weight, under a rate that is chosen
    DoWG : later gradients count more in the sum
    PolyakSGD : a rate that follows from the loss

    Notes
    -----
    The factor :math:`\lambda` is not meant to be changed. If the network has batch
    normalization, the authors begin with :math:`\zeta` = 1e-4.

    The authors evaluate at an average of the weights, and advise to do so:
    :class:`ExponentialAverage` keeps one.

    Gradients that are all twice as large lead to the same steps, but for
    :math:`\varepsilon`.

    The penalty of ``weight_decay`` is part of the gradients that are summed up, as it
    is in the authors' code and in Optax.

    .. warning::

        Optax's ``dog`` can also begin with a distance or a rate that is given. By
        default it is this rule.

    References
    ----------
    :cite:t:`ivgi2023`.

    Examples
    --------
    With lr = 3, zeta = 0.4 and epsilon = 192, from w = 4. At the third step the weight
    has come closer to its start again, and the distance stays:

    - r = 0.4 · (1 + 4) = 2, v = 8² = 64; eta = 3 · 2 / √(64 + 192) = 0.375,
      so w = 4 - 0.375 · 8 = 1;
    - r = 4 - 1 = 3, v = 64 + 12² = 208; eta = 3 · 3 / √(208 + 192) = 0.45,
      so w = 1 + 0.45 · 12 = 6.4;
    - 6.4 - 4 = 2.4 is below 3, so r = 3, v = 208 + 15² = 433;
      eta = 3 · 3 / √(433 + 192) = 0.36, so w = 6.4 - 0.36 · 15 = 1.

    >>> from npoptim import DoG, trace
    >>> trace(DoG, 4, [8, -12, 15], lr=3, initial=0.4, eps=192)
    t    g  first  increment    w
    1    8      4         -3    1
    2  -12      4        5.4  6.4
    3   15      4       -5.4    1

    With two arrays, which have one rate:

    - √(1² + 2² + 2²) = 3, so r = 0.5 · (1 + 3) = 2; v = 2² + 3² + 6² = 49;
      eta = 1 · 2 / √(49 + 15) = 0.25; a = 1 - 0.25 · 2 = 0.5 and
      a = -2 + 0.25 · 3 = -1.25; b = 2 - 0.25 · 6 = 0.5.

    >>> trace(
    ...     DoG, {"a": [1, -2], "b": 2}, [{"a": [2, -3], "b": 6}], initial=0.5, eps=15
    ... )
    t  name       g   first    increment            w
    1     a  [2 -3]  [1 -2]  [-0.5 0.75]  [0.5 -1.25]
    1     b       6       2         -1.5          0.5
    """

    slots = ("first",)
    shared: ClassVar[dict[str, float]] = {"r": 0.0, "v": 0.0}

    lr = Number(meaning="factor of the rate", default=1.0)
    initial: Number = Number(
        r"\zeta", "(0, inf)", "first distance, as a share of the weights", default=1e-6
    )
    eps: Number = Number(
        r"\varepsilon", "(0, inf)", "keeps the division finite", default=1e-8
    )

    def start(self, w: Array) -> dict[str, Array]:
        return {**super().start(w), "first": w}

    def get_updates(self) -> None:
        first = self.state["first"]
        least = self.initial * (1 + self.norm(first))
        self.r: float = max(self.r, least, self.norm(self.parameters, minus=first))
        self.v: float = self.v + self.norm(self.gradients) ** 2
        eta = self.lr * self.r / sqrt(self.v + self.eps)
        for g, increment in self.blocks(self.gradients, self.updates):
            increment[...] = -eta * g


class DoWG(DoG):
    r"""Count each gradient in the sum by the distance that had been gone by then.

    With the gradients :math:`g_t` of the loss at :math:`w_{t-1}` of all arrays, taken
    as one vector, the largest distance :math:`r_t` of the weights from the start, the
    weighted sum :math:`v_t` of squared norms, the rate :math:`\eta_t` of the step and
    the weights :math:`w` follow

    .. math::

        \begin{aligned}
        r_t &= \max(r_{t-1}, r_{\varepsilon}, \lVert w_{t-1} - w_0 \rVert) \\
        v_t &= v_{t-1} + r_t^2 \lVert g_t \rVert^2 \\
        \eta_t &= \frac{\lambda r_t^2}{\sqrt{v_t} + \varepsilon} \\
        w_t &= w_{t-1} - \eta_t g_t
        \end{aligned}

    While the distance stays as it is, that is the rate of :class:`DoG`. Each time that
    it grows, the gradients before count less beside those that follow: the sum forgets
    the time when all steps were too short, and the rate is larger.

    See Also
    --------
    DoG : all gradients count alike
    Adagrad : a sum of squares for each weight

    Notes
    -----
    The paper has no :math:`\varepsilon`. It is that of the authors' code, where the
    first squared distance is as large, 1e-4: so the first distance is 0.01.

    .. warning::

        Optax's ``dowg`` takes the square of the first distance, and by default its
        ``eps`` for that: a change of ``eps`` alone changes both.

    References
    ----------
    :cite:t:`khaled2023`.

    Examples
    --------
    With lr = 3, a first distance of 1.5 and epsilon = 15, from w = 3. At the third step
    the weight has come closer to its start again, and the distance stays:

    - r = 1.5, v = 1.5² · 8² = 144; eta = 3 · 1.5² / (√144 + 15) = 0.25,
      so w = 3 - 0.25 · 8 = 1;
    - r = 3 - 1 = 2, v = 144 + 2² · 4.5² = 225; eta = 3 · 2² / (√225 + 15) = 0.4,
      so w = 1 + 0.4 · 4.5 = 2.8;
    - 3 - 2.8 = 0.2 is below 2, so r = 2, v = 225 + 2² · 10² = 625;
      eta = 3 · 2² / (√625 + 15) = 0.3, so w = 2.8 - 0.3 · 10 = -0.2.

    >>> from npoptim import DoWG, trace
    >>> trace(DoWG, 3, [8, -4.5, 10], lr=3, initial=1.5, eps=15)
    t     g  first  increment     w
    1     8      3         -2     1
    2  -4.5      3        1.8   2.8
    3    10      3         -3  -0.2

    With two arrays, which have one rate:

    - r = 2; √(1² + 2² + 2²) = 3, so v = 2² · 3² = 36; eta = 1 · 2² / (6 + 2) = 0.5;
      a = 1 - 0.5 · 1 = 0.5 and a = 2 + 0.5 · 2 = 3; b = 5 - 0.5 · 2 = 4.

    >>> trace(
    ...     DoWG, {"a": [1, 2], "b": 5}, [{"a": [1, -2], "b": 2}], initial=2, eps=2
    ... )
    t  name       g  first  increment        w
    1     a  [1 -2]  [1 2]   [-0.5 1]  [0.5 3]
    1     b       2      5         -1        4
    """

    initial = Number(r"r_{\varepsilon}", meaning="first distance", default=0.01)
    eps = Number(default=1e-4)

    def get_updates(self) -> None:
        first = self.state["first"]
        self.r = max(self.r, self.initial, self.norm(self.parameters, minus=first))
        self.v = self.v + self.r**2 * self.norm(self.gradients) ** 2
        eta = self.lr * self.r**2 / (sqrt(self.v) + self.eps)
        for g, increment in self.blocks(self.gradients, self.updates):
            increment[...] = -eta * g
