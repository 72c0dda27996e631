"""Schedule-free rules: a mean of the weights in the place of a rate that falls."""

from contextlib import AbstractContextManager
from math import inf
from typing import ClassVar

from npoptim.hyperparameters import Number
from npoptim.optimizer import Array, Optimizer


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

    slots = ("z", "average")
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
