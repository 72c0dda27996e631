"""ASGD: plain descent with a falling rate, and the mean of where it has been."""

from contextlib import AbstractContextManager

from npoptim.hyperparameters import Number
from npoptim.optimizer import Array, Optimizer


class ASGD(Optimizer):
    r"""Descend at a falling rate, and evaluate at the mean of the weights so far.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the rate
    :math:`\eta_t` of the step, the weights :math:`w`, the share :math:`\mu_t` of the
    newest ones in the average, and that average, :math:`\bar w_0 = w_0`, follow

    .. math::

        \begin{aligned}
        \eta_t &= \frac{\lambda}{(1 + \delta \lambda (t - 1))^\tau} \\
        w_t &= w_{t-1} - \delta \eta_t w_{t-1} - \eta_t g_t \\
        \mu_t &= \frac{1}{\max(1, t - 1 - t_0)} \\
        \bar w_t &= \bar w_{t-1} + \mu_t (w_t - \bar w_{t-1})
        \end{aligned}

    Until step :math:`t_0 + 2` the average is the last weights themselves, and from then
    on the mean of those and all that follow, each counted alike. Inside of
    ``with optimizer.evaluation():`` the model holds it.

    Noise scatters the weights about the minimum. A rate that falls as :math:`1 / t`
    would end that, if its size were right. In the long run the average gets as close as
    with the best such rate, while the rate itself falls more slowly, and its size
    matters less.

    See Also
    --------
    SGD : at a constant rate, without the average
    ExponentialAverage : a mean that forgets, over any optimizer

    Notes
    -----
    The paper averages. The rate and the decay, which is that of a penalty
    :math:`\tfrac{\delta}{2} \lVert w \rVert^2`, are those of :cite:t:`bottou2010`.

    A class cannot be made of it and :class:`ExponentialAverage`: both keep an average.

    .. warning::

        By default the average begins after a million steps, as in PyTorch's ``ASGD``,
        which is this rule: its ``lambd`` and ``alpha`` are ``decay`` and
        ``decay_exponent``. There the average is in the optimizer's state, as ``ax``.
        The rate of a step is kept in float32, and found at the end of the step before,
        so that a change of ``lr`` counts one step late.

    References
    ----------
    :cite:t:`polyak1992`, the average.

    Examples
    --------
    With lr = 0.5, decay 3, exponent 2 and an average from the start, from w = 1:

    - eta = 0.5 / 1² = 0.5, so w = 1 - 3 · 0.5 · 1 + 0.5 · 4 = 1.5;
      mu = 1 / 1 = 1, average = 1 + 1 · (1.5 - 1) = 1.5;
    - eta = 0.5 / 2.5² = 0.08, so w = 1.5 - 3 · 0.08 · 1.5 - 0.08 · 3 = 0.9;
      mu = 1 / 1 = 1, average = 1.5 + 1 · (0.9 - 1.5) = 0.9;
    - eta = 0.5 / 4² = 0.03125, so w = 0.9 - 3 · 0.03125 · 0.9 + 0.03125 · 7.5 = 1.05;
      mu = 1 / 2 = 0.5, average = 0.9 + 0.5 · (1.05 - 0.9) = 0.975.

    >>> from npoptim import ASGD, Arrays, trace
    >>> trace(ASGD, 1, [-4, 3, -7.5], lr=0.5, decay=3, decay_exponent=2, t0=0)
    t     g  average  increment     w
    1    -4      1.5        0.5   1.5
    2     3      0.9       -0.6   0.9
    3  -7.5    0.975       0.15  1.05

    Without the decay, which leaves the rate as it is, and with an average from the
    third step on:

    - w = 0 - 0.5 · 2 = -1, and so is the average;
    - w = -1 + 0.5 · 6 = 2, and so is the average;
    - w = 2 - 0.5 · 1 = 1.5, and so is the average;
    - w = 1.5 + 0.5 · 4 = 3.5, so the average is (1.5 + 3.5) / 2 = 2.5;
    - w = 3.5 - 0.5 · 8 = -0.5, so the average is (1.5 + 3.5 - 0.5) / 3 = 1.5.

    >>> trace(ASGD, 0, [2, -6, 1, -4, 8], lr=0.5, decay=0, t0=1)
    t   g  average  increment     w
    1   2       -1         -1    -1
    2  -6        2          3     2
    3   1      1.5       -0.5   1.5
    4  -4      2.5          2   3.5
    5   8      1.5         -4  -0.5

    The model is at the average for a while, which before the first step is the start:

    >>> model = Arrays(w=1)
    >>> optimizer = ASGD(model, lr=0.5, decay=0, t0=0)
    >>> for gradient in (None, 2, -6, 1):
    ...     if gradient:
    ...         model.gradients["w"][...] = gradient
    ...         optimizer.step()
    ...     with optimizer.evaluation():
    ...         print(model.parameters["w"])
    1.0
    0.0
    3.0
    2.75
    """

    slots = ("average",)

    lr = Number(default=1e-2)
    decay: Number = Number(
        r"\delta", "[0, inf)", "strength of the decay, and of the fall", default=1e-4
    )
    decay_exponent: Number = Number(
        r"\tau", "[0, inf)", "exponent of the fall of the rate", default=0.75
    )
    t0: Number = Number(
        "t_0", "[0, inf)", "the average begins at step t0 + 2", default=1e6
    )

    def start(self, w: Array) -> dict[str, Array]:
        return {**super().start(w), "average": w}

    def update(self, w: Array, g: Array) -> Array:
        eta = self.lr / (1 + self.decay * self.lr * (self.t - 1)) ** self.decay_exponent
        return -self.decay * eta * w - eta * g

    def finish(self) -> None:
        super().finish()
        mu = 1 / max(1, self.t - 1 - self.t0)
        for w, average in self.blocks(self.parameters, self.state["average"]):
            average[...] = average + mu * (w - average)

    def evaluation(self) -> AbstractContextManager[None]:
        return self.standing_at(self.state["average"])
