"""Slow weights, which follow those of any optimizer every few steps."""

from contextlib import AbstractContextManager

from npoptim.hyperparameters import Count, Number
from npoptim.optimizer import Array, Optimizer


class Lookahead(Optimizer):
    r"""Every few steps, go back part of the way.

    The slow weights :math:`\tilde w` stay where they are for :math:`K` steps, while the
    rule goes on. Then they go a part :math:`\omega` of the way to where the rule has
    got to, and the rule starts anew from there. From :math:`\tilde w_0 = w_0`, and with
    the increment :math:`\Delta w_t` that the rule finds,

    .. math::

        \begin{aligned}
        \tilde w_t &= \begin{cases}
            \tilde w_{t-1} + \omega (w_{t-1} + \Delta w_t - \tilde w_{t-1}),
                & t = K \lfloor t / K \rfloor \\
            \tilde w_{t-1}, & \text{otherwise}
            \end{cases} \\
        \Delta w_t &\leftarrow \begin{cases}
            \tilde w_t - w_{t-1}, & t = K \lfloor t / K \rfloor \\
            \Delta w_t, & \text{otherwise}
            \end{cases}
        \end{aligned}

    where :math:`t = K \lfloor t / K \rfloor` holds in every :math:`K`-th step. Inside
    of ``with optimizer.evaluation():`` the model holds :math:`\tilde w_t`.

    Where the rule swings from side to side of a valley, or noise scatters it, part of
    the way is nearer to the middle. The rule's state, a velocity for instance, stays as
    it is.

    List this class first: ``class LookaheadAdam(Lookahead, PaperAdam)``.

    See Also
    --------
    ExponentialAverage : an average that the rule does not go back to

    Notes
    -----
    Optax's ``lookahead`` and pytorch-optimizer's ``Lookahead`` are this rule, and keep
    the state of the optimizer under it, too, unless told otherwise.

    References
    ----------
    :cite:t:`zhang2019`, Algorithm 1.

    Examples
    --------
    Plain descent with lr = 0.5. The slow weights go a quarter of the way after every
    second step. From w = 1, and so slow = 1:

    - w = 1 - 0.5 · 2 = 0, and slow stays at 1;
    - 0 + 0.5 · 6 = 3 is where the rule goes; slow = 1 + 0.25 · (3 - 1) = 1.5,
      so w = 1.5;
    - w = 1.5 - 0.5 · 4 = -0.5, and slow stays at 1.5;
    - -0.5 + 0.5 · 2 = 0.5 is where the rule goes; slow = 1.5 + 0.25 · (0.5 - 1.5) =
      1.25, so w = 1.25.

    >>> from npoptim import SGD, Arrays, Lookahead, trace
    >>> class LookaheadSGD(Lookahead, SGD):
    ...     pass
    >>> trace(LookaheadSGD, 1, [2, -6, 4, -2], lr=0.5, period=2, slow_step=0.25)
    t   g   v  slow  increment     w
    1   2  -1     1         -1     0
    2  -6   3   1.5        1.5   1.5
    3   4  -2   1.5         -2  -0.5
    4  -2   1  1.25       1.75  1.25

    After the first step the model is at the slow weights for a while:

    >>> model = Arrays(w=1)
    >>> optimizer = LookaheadSGD(model, lr=0.5)
    >>> model.gradients["w"][...] = 2
    >>> optimizer.step()
    >>> with optimizer.evaluation():
    ...     print(model.parameters["w"])
    1.0
    >>> print(model.parameters["w"])
    0.0
    """

    slots = ("slow",)

    period: Count = Count(
        "K",
        "[1, inf)",
        "steps from one move of slow weights to the next",
        default=5,
    )
    slow_step: Number = Number(
        r"\omega", "(0, 1]", "part of the way that the slow weights go", default=0.5
    )

    def start(self, w: Array) -> dict[str, Array]:
        return {**super().start(w), "slow": w}

    def get_updates(self) -> None:
        super().get_updates()
        if self.t % self.period == 0:
            for w, increment, slow in self.blocks(
                self.parameters, self.updates, self.state["slow"]
            ):
                slow[...] = slow + self.slow_step * (w + increment - slow)
                increment[...] = slow - w

    def evaluation(self) -> AbstractContextManager[None]:
        return self.standing_at(self.state["slow"])
