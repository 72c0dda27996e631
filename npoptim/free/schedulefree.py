"""Schedule-free rules: a mean of the weights in the place of a rate that falls."""

from contextlib import AbstractContextManager
from math import inf, sqrt
from typing import ClassVar

from npoptim.hyperparameters import Flag, Number
from npoptim.optimizer import Array, Optimizer
from npoptim.rooted import Rooted


class ScheduleFreeSGD(Optimizer):
    r"""Take gradients between the weights that descend and their mean, which is used.

    Three points move. With the gradient :math:`g_t` of the loss at the weights
    :math:`w_{t-1}`, the sum :math:`S_t` of the squared rates, the share :math:`\mu_t`
    of the newest point in the average, the point :math:`z` that descends,
    :math:`z_0 = w_0`, the average of all its places, :math:`\bar w_0 = w_0`, and the
    weights :math:`w` follow

    .. math::

        \begin{aligned}
        S_t &= S_{t-1} + \lambda^2 \\
        \mu_t &= \lambda^2 / S_t \\
        z_t &= z_{t-1} - \lambda g_t \\
        \bar w_t &= \bar w_{t-1} + \mu_t (z_t - \bar w_{t-1}) \\
        w_t &= z_t + \beta_1 (\bar w_t - z_t)
        \end{aligned}

    Inside of ``with optimizer.evaluation():`` the model holds :math:`\bar w_t`, and
    otherwise :math:`w_t`, where the next gradient is taken.

    At a constant rate, :math:`\mu_t = 1 / t`, and the average is the mean of all
    :math:`z` so far. It loses noise as a falling rate does. So the rate need not fall,
    and nobody has to know when the training ends. With gradients at :math:`z` alone,
    the average may be left far behind; with those at the average alone, both are slow.
    The weights are between the two.

    See Also
    --------
    ASGD : gradients are taken where the weights descend
    ExponentialAverage : that with a mean that forgets, over any optimizer
    ScheduleFreeAdamW : steps are divided, as in Adam

    Notes
    -----
    With :math:`\beta_1 = 0` it is plain descent with an average beside it, and with
    :math:`\beta_1 = 1` the gradients are those at the average.

    A rate that rises at first, as in :class:`Warmup`, is what the authors advise.
    Points after steps at a larger rate count more, by its square; a rate of 0 leaves
    the average as it is.

    The weights are found anew at each step. So what a wrapper adds to an increment, as
    :class:`DecoupledWeightDecay` does, is undone by the next one. The penalty of
    ``weight_decay`` is in the gradient, as in the authors' code.

    A class cannot be made of it and :class:`ExponentialAverage`: both keep an average.

    .. warning::

        The authors' package, Optax's ``schedule_free_sgd`` and pytorch-optimizer
        keep :math:`z` alone, and find the average from it and the weights. They weigh
        by the largest rate so far, which is another rule where the rate falls. Optax
        weighs by what its schedule says of the step after the one that is taken.

    References
    ----------
    :cite:t:`defazio2024`.

    Examples
    --------
    With lr = 0.5 and beta1 = 0.75, from w = 1:

    - S = 0.5² = 0.25, mu = 0.5² / 0.25 = 1; z = 1 - 0.5 · 4 = -1;
      average = 1 + 1 · (-1 - 1) = -1; so w = -1 + 0.75 · (-1 + 1) = -1;
    - S = 0.25 + 0.5² = 0.5, mu = 0.5² / 0.5 = 1/2; z = -1 + 0.5 · 6 = 2;
      average = -1 + 1/2 · (2 + 1) = 0.5; so w = 2 + 0.75 · (0.5 - 2) = 0.875;
    - S = 0.5 + 0.5² = 0.75, mu = 0.5² / 0.75 = 1/3; z = 2 - 0.5 · 9 = -2.5;
      average = 0.5 + 1/3 · (-2.5 - 0.5) = -0.5; so w = -2.5 + 0.75 · (-0.5 + 2.5) = -1.

    >>> from npoptim import Arrays, ScheduleFreeSGD, trace
    >>> trace(ScheduleFreeSGD, 1, [4, -6, 9], lr=0.5, beta1=0.75)
    t   g     z  average  increment      w
    1   4    -1       -1         -2     -1
    2  -6     2      0.5      1.875  0.875
    3   9  -2.5     -0.5     -1.875     -1

    With a rate that rises from 1 to 3, which counts nine times as much:

    - z = 0 - 1 · 2 = -2, and so are the average and w;
    - mu = 3² / (1² + 3²) = 0.9; z = -2 + 3 · 1 = 1; average = -2 + 0.9 · (1 + 2) = 0.7;
      so w = 1 + 0.75 · (0.7 - 1) = 0.775.

    >>> trace(ScheduleFreeSGD, 0, [2, -1], lr=lambda t: 2 * t - 1, beta1=0.75)
    t   g   z  average  increment      w
    1   2  -2       -2         -2     -2
    2  -1   1      0.7      2.775  0.775

    The first two steps of the first example again, and the model at the average for a
    while:

    >>> model = Arrays(w=1)
    >>> optimizer = ScheduleFreeSGD(model, lr=0.5, beta1=0.75)
    >>> for gradient in (4, -6):
    ...     model.gradients["w"][...] = gradient
    ...     optimizer.step()
    >>> with optimizer.evaluation():
    ...     print(model.parameters["w"])
    0.5
    >>> print(model.parameters["w"])
    0.875
    """

    slots: ClassVar[tuple[str, ...]] = ("z", "average")
    shared: ClassVar[dict[str, float]] = {"squares": 0.0}

    lr = Number(default=1.0)
    beta1: Number = Number(
        r"\beta_1", "[0, 1]", "share of the average in the weights", default=0.9
    )

    def start(self, w: Array) -> dict[str, Array]:
        return {**super().start(w), "z": w, "average": w}

    def prepare(self) -> None:
        super().prepare()
        self.squares: float = self.squares + self.lr**2
        self.mu = self.lr**2 / (self.squares or inf)

    def update(self, w: Array, g: Array, z: Array, average: Array) -> Array:
        z[...] = z - self.lr * g
        average[...] = average + self.mu * (z - average)
        return z + self.beta1 * (average - z) - w

    def evaluation(self) -> AbstractContextManager[None]:
        return self.standing_at(self.state["average"])


class ScheduleFreeAdamW(ScheduleFreeSGD, Rooted):
    r"""Divide the steps of the point that descends by the size of recent gradients.

    With the gradient :math:`g_t` of the loss at the weights :math:`w_{t-1}`, the rate
    :math:`\eta_t` of the step, the sum :math:`S_t` of the squared rates, the share
    :math:`\mu_t` of the newest point in the average, the moving mean of squares
    :math:`v`, the point :math:`z` that descends, :math:`z_0 = w_0`, the average of its
    places, :math:`\bar w_0 = w_0`, and the weights :math:`w` follow, element by
    element,

    .. math::

        \begin{aligned}
        \eta_t &= \lambda \sqrt{1 - \beta_2^t} \\
        S_t &= S_{t-1} + \eta_t^2 \\
        \mu_t &= \eta_t^2 / S_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        z_t &= z_{t-1} - \eta_t \left( \frac{g_t}{\sqrt{v_t} + \varepsilon}
            + \alpha w_{t-1} \right) \\
        \bar w_t &= \bar w_{t-1} + \mu_t (z_t - \bar w_{t-1}) \\
        w_t &= z_t + \beta_1 (\bar w_t - z_t)
        \end{aligned}

    With ``bias_correction=True``, :math:`v` is corrected, and not the rate:

    .. math::

        \begin{aligned}
        \eta_t &= \lambda \\
        \hat v_t &= v_t / (1 - \beta_2^t) \\
        z_t &= z_{t-1} - \eta_t \left( \frac{g_t}{\sqrt{\hat v_t} + \varepsilon}
            + \alpha w_{t-1} \right)
        \end{aligned}

    With ``eps_in_sqrt=True``, :math:`z` is

    .. math::

        z_t = z_{t-1} - \eta_t \left( \frac{g_t}{\sqrt{v_t + \varepsilon}}
            + \alpha w_{t-1} \right)

    and, with ``bias_correction=True`` and ``eps_in_sqrt=True``,

    .. math::

        z_t = z_{t-1} - \eta_t \left( \frac{g_t}{\sqrt{\hat v_t + \varepsilon}}
            + \alpha w_{t-1} \right)

    Inside of ``with optimizer.evaluation():`` the model holds :math:`\bar w_t`, and
    otherwise :math:`w_t`, where the next gradient is taken. Adam's mean of the
    gradients is left out: that the weights are between :math:`z` and the average stands
    for it.

    See Also
    --------
    ScheduleFreeSGD : steps that are not divided, and what the three points are for
    AdamW : with a mean of the gradients

    Notes
    -----
    The default is the rule of the paper. Its first rates are small, by
    :math:`\sqrt{1 - \beta_2} = 0.03` at the first step, and so are the decay and the
    share of those steps in the average. With ``bias_correction=True`` it is the rule
    that the authors have gone over to since.

    A class cannot be made of it and :class:`ExponentialAverage`: both keep an average.

    .. warning::

        The authors' package, Optax, Keras and pytorch-optimizer correct :math:`v`, as
        here with ``bias_correction=True``. The paper's form is that of the package's
        ``AdamWScheduleFreePaper``. Keras counts all points alike in the average,
        whatever their rates, and its decay is one of the average, not of :math:`z`.

    References
    ----------
    :cite:t:`defazio2024`.

    Examples
    --------
    With lr = 5, beta1 = 0.75, beta2 = 0.96 and epsilon = 0.6, from w = 2. Each value is
    rounded, and the next one computed from it:

    - eta = 5 · √(1 - 0.96) = 1, S = 1² = 1, mu = 1² / 1 = 1; v = 0.04 · 5² = 1;
      z = 2 - 1 · 5 / (1 + 0.6) = -1.125; average = 2 + 1 · (-1.125 - 2) = -1.125;
      so w = -1.125 + 0.75 · (-1.125 + 1.125) = -1.125;
    - eta = 5 · √(1 - 0.96²) = 1.4, S = 1 + 1.4² = 2.96, mu = 1.4² / 2.96 = 0.66216216;
      v = 0.96 · 1 + 0.04 · 5² = 1.96; z = -1.125 + 1.4 · 5 / (1.4 + 0.6) = 2.375;
      average = -1.125 + 0.66216216 · (2.375 + 1.125) = 1.19256756;
      so w = 2.375 + 0.75 · (1.19256756 - 2.375) = 1.48817567;
    - eta = 5 · √(1 - 0.96³) = 1.69752761, S = 2.96 + 1.69752761² = 5.84159999,
      mu = 1.69752761² / 5.84159999 = 0.49328951; v = 0.96 · 1.96 + 0.04 · 7² = 3.8416;
      z = 2.375 - 1.69752761 · 7 / (1.96 + 0.6) = -2.26667706;
      average = 1.19256756 + 0.49328951 · (-2.26667706 - 1.19256756) = -0.51384152;
      so w = -2.26667706 + 0.75 · (-0.51384152 + 2.26667706) = -0.952050405.

    >>> from npoptim import ScheduleFreeAdamW, trace
    >>> trace(
    ...     ScheduleFreeAdamW, 2, [5, -5, 7], lr=5, beta1=0.75, beta2=0.96, eps=0.6,
    ... )
    t   g         z    average       v  increment         w
    1   5    -1.125     -1.125       1     -3.125    -1.125
    2  -5     2.375    1.19257    1.96    2.61318   1.48818
    3   7  -2.26668  -0.513842  3.8416   -2.44023  -0.95205

    With v corrected instead, lr = 2, beta1 = 0.8, beta2 = 0.75, epsilon = 12 and decay
    0.5, from w = 2:

    - v = 0.25 · 4² = 4, over 1 - 0.75 is 16; 4 + 12 = 16;
      z = 2 - 2 · (4 / 16 + 0.5 · 2) = -0.5, and so are the average and w;
    - v = 0.75 · 4 + 0.25 · 10² = 28, over 1 - 0.75² is 64; 8 + 12 = 20;
      z = -0.5 + 2 · (10 / 20 + 0.5 · 0.5) = 1;
      average = -0.5 + 1/2 · (1 + 0.5) = 0.25; so w = 1 + 0.8 · (0.25 - 1) = 0.4;
    - v = 0.75 · 28 + 0.25 · 8² = 37, over 1 - 0.75³ is 64; 8 + 12 = 20;
      z = 1 - 2 · (8 / 20 + 0.5 · 0.4) = -0.2;
      average = 0.25 + 1/3 · (-0.2 - 0.25) = 0.1;
      so w = -0.2 + 0.8 · (0.1 + 0.2) = 0.04.

    >>> trace(
    ...     ScheduleFreeAdamW, 2, [4, -10, 8], lr=2, beta1=0.8, beta2=0.75, eps=12,
    ...     weight_decay=0.5, bias_correction=True,
    ... )
    t    g     z  average   v  increment     w
    1    4  -0.5     -0.5   4       -2.5  -0.5
    2  -10     1     0.25  28        0.9   0.4
    3    8  -0.2      0.1  37      -0.36  0.04

    With epsilon inside of the root, too:

    - v = 0.25 · 6² = 9; √(9 + 16) = 5; eta = 1 · √(1 - 0.75) = 0.5;
      z = 1 - 0.5 · 6 / 5 = 0.4, and so are the average and w.

    >>> trace(ScheduleFreeAdamW, 1, [6], lr=1, beta2=0.75, eps=16, eps_in_sqrt=True)
    t  g    z  average  v  increment    w
    1  6  0.4      0.4  9       -0.6  0.4
    """

    slots = ("v",)

    lr = Number(default=2.5e-3)
    beta2: Number = Number(r"\beta_2", "[0, 1)", "share of v that stays", default=0.999)
    eps_in_sqrt = Flag(default=False)
    bias_correction: Flag = Flag(
        "whether v is corrected for its start at 0, and not the rate", default=False
    )
    weight_decay = Number(meaning="strength of the decay")

    def prepare(self) -> None:
        if self.bias_correction:
            self.eta = self.lr
        else:
            self.eta = self.lr * sqrt(1 - self.beta2**self.t)
        self.squares = self.squares + self.eta**2
        self.mu = self.eta**2 / (self.squares or inf)

    def regularize(self) -> None:
        """Leave the gradients as they are."""

    # One state array more than plain descent.
    def update(  # type: ignore[override]
        self, w: Array, g: Array, z: Array, average: Array, v: Array
    ) -> Array:
        v[...] = self.beta2 * v + (1 - self.beta2) * g**2
        v_hat = v / (1 - self.beta2**self.t) if self.bias_correction else v
        z[...] = z - self.eta * (g / self.root(v_hat) + self.weight_decay * w)
        average[...] = average + self.mu * (z - average)
        return z + self.beta1 * (average - z) - w
