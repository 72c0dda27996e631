"""Averages of the weights, over any optimizer."""

from contextlib import AbstractContextManager

from npoptim.hyperparameters import Count, Number
from npoptim.optimizer import Array, Optimizer


class ExponentialAverage(Optimizer):
    r"""Keep a moving mean of the weights, and evaluate there.

    The rule's steps stay as they are. Beside them, the average :math:`\bar w` of the
    weights follows, element by element, from :math:`\bar w_0 = w_0`,

    .. math::

        \bar w_t = \gamma \bar w_{t-1} + (1 - \gamma) w_t

    Inside of ``with optimizer.evaluation():`` the model holds :math:`\bar w_t`.

    Gradients of batches are noisy, so under a constant rate the weights end up
    scattered about the minimum. Their mean over about :math:`1 / (1 - \gamma)` steps
    is closer to it, at no cost in speed.

    List this class first: ``class AveragedSGD(ExponentialAverage, SGD)``.

    See Also
    --------
    UniformAverage : counts all weights alike
    CosineDecay : a rate that falls ends the scatter, too

    Notes
    -----
    Derived in :doc:`/story/chance`.

    .. warning::

        Elsewhere the average starts otherwise. PyTorch's ``AveragedModel`` with
        ``get_ema_multi_avg_fn`` takes over the weights of its first update, so it is
        as here if that update comes before the first step. Optax's ``ema`` starts
        from 0 and corrects for it.

    References
    ----------
    :cite:t:`polyak1992` average over all steps alike.

    Examples
    --------
    Plain descent with lr = 0.5, and three quarters of the average stay. From w = 1:

    - w = 1 - 0.5 · 2 = 0, so the average is 0.75 · 1 + 0.25 · 0 = 0.75;
    - w = 0 + 0.5 · 6 = 3, so the average is 0.75 · 0.75 + 0.25 · 3 = 1.3125;
    - w = 3 - 0.5 · 2 = 2, so the average is 0.75 · 1.3125 + 0.25 · 2 = 1.484375.

    >>> from npoptim import SGD, Arrays, ExponentialAverage, trace
    >>> class AveragedSGD(ExponentialAverage, SGD):
    ...     pass
    >>> trace(AveragedSGD, 1, [2, -6, 2], lr=0.5, average_decay=0.75)
    t   g   v  average  increment  w
    1   2  -1     0.75         -1  0
    2  -6   3   1.3125          3  3
    3   2  -1  1.48438         -1  2

    The first step again, with the model at the average for a while:

    >>> model = Arrays(w=1)
    >>> optimizer = AveragedSGD(model, lr=0.5, average_decay=0.75)
    >>> model.gradients["w"][...] = 2
    >>> optimizer.step()
    >>> with optimizer.evaluation():
    ...     print(model.parameters["w"])
    0.75
    >>> print(model.parameters["w"])
    0.0
    """

    slots = ("average",)

    average_decay: Number = Number(
        r"\gamma", "[0, 1)", "share of the average that survives a step", default=0.999
    )

    def start(self, w: Array) -> dict[str, Array]:
        return {**super().start(w), "average": w}

    def finish(self) -> None:
        """Move the average."""
        super().finish()
        gamma = self.average_decay
        for w, average in self.blocks(self.parameters, self.state["average"]):
            average[...] = gamma * average + (1 - gamma) * w

    def evaluation(self) -> AbstractContextManager[None]:
        return self.standing_at(self.state["average"])


class UniformAverage(Optimizer):
    r"""Keep the mean of all weights from some step on, and evaluate there.

    The rule's steps stay as they are. Beside them, the average :math:`\bar w` of the
    weights follows, element by element, from :math:`\bar w_0 = w_0`,

    .. math::

        \bar w_t = \bar w_{t-1} + \frac{w_t - \bar w_{t-1}}{\max(1, t - t_0)}

    Until step :math:`t_0 + 1` that is :math:`w_t` itself, and from then on the mean of
    those weights and all that follow. Inside of ``with optimizer.evaluation():`` the
    model holds it.

    Nothing is forgotten, so the longer the mean, the less of the noise is left in it.
    What the first steps were away from the minimum is not forgotten either:
    :math:`t_0` leaves them out.

    List this class first: ``class AveragedSGD(UniformAverage, SGD)``.

    See Also
    --------
    ASGD : such a mean, with a rate that falls
    ExponentialAverage : forgets the first steps by itself

    Notes
    -----
    Stochastic weight averaging, SWA, counts the weights at the end of each cycle of a
    rate that rises and falls, or of each epoch at a constant one. Here every step
    counts.

    .. warning::

        PyTorch's ``AveragedModel`` is this mean of the weights at each of its updates,
        the first of which takes them over.

    References
    ----------
    :cite:t:`polyak1992`; :cite:t:`izmailov2018`, SWA.

    Examples
    --------
    Plain descent with lr = 0.5, from w = 1. The first step is left out:

    - w = 1 - 0.5 · 2 = 0, and so is the average;
    - w = 0 + 0.5 · 6 = 3, so the average is 0 + (3 - 0) / 1 = 3;
    - w = 3 - 0.5 · 4 = 1, so the average is 3 + (1 - 3) / 2 = 2;
    - w = 1 - 0.5 · 10 = -4, so the average is 2 + (-4 - 2) / 3 = 0.

    >>> from npoptim import SGD, Arrays, UniformAverage, trace
    >>> class AveragedSGD(UniformAverage, SGD):
    ...     pass
    >>> trace(AveragedSGD, 1, [2, -6, 4, 10], lr=0.5, average_after=1)
    t   g   v  average  increment   w
    1   2  -1        0         -1   0
    2  -6   3        3          3   3
    3   4  -2        2         -2   1
    4  10  -5        0         -5  -4

    By default no step is left out, and the start is. After each step the model is at
    the average for a while: at 0, (0 + 3) / 2 = 1.5 and (0 + 3 + 4.5) / 3 = 2.5:

    >>> model = Arrays(w=1)
    >>> optimizer = AveragedSGD(model, lr=0.5)
    >>> for gradient in (2, -6, -3):
    ...     model.gradients["w"][...] = gradient
    ...     optimizer.step()
    ...     with optimizer.evaluation():
    ...         print(model.parameters["w"])
    0.0
    1.5
    2.5
    """

    slots = ("average",)

    average_after: Count = Count(
        "t_0", "[0, inf)", "number of steps that are left out", default=0
    )

    def start(self, w: Array) -> dict[str, Array]:
        return {**super().start(w), "average": w}

    def finish(self) -> None:
        """Move the average."""
        super().finish()
        n = max(1, self.t - self.average_after)
        for w, average in self.blocks(self.parameters, self.state["average"]):
            average[...] = average + (w - average) / n

    def evaluation(self) -> AbstractContextManager[None]:
        return self.standing_at(self.state["average"])
