"""Averages of the weights, over any optimizer."""

from contextlib import AbstractContextManager

from npoptim.hyperparameters import Number
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
