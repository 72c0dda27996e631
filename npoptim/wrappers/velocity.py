"""A velocity over any optimizer."""

import numpy as np

from npoptim.hyperparameters import Number
from npoptim.optimizer import Array, Optimizer


class Velocity(Optimizer):
    r"""Add a rule's increments up in a velocity, and step by that.

    The velocity :math:`b` takes the place of the increment :math:`\Delta w_t` that the
    rule finds:

    .. math::

        \begin{aligned}
        b_t &= \phi b_{t-1} + \Delta w_t \\
        \Delta w_t &\leftarrow b_t
        \end{aligned}

    Over plain descent that is :class:`SGD` with momentum, over
    :class:`CenteredRMSprop` the rule of :cite:t:`graves2013`.

    List this class first: ``class GravesRMSprop(Velocity, CenteredRMSprop)``.

    See Also
    --------
    SGD : has a velocity of its own

    Notes
    -----
    .. warning::

        Keras and Optax have this velocity in RMSprop, as ``momentum``. PyTorch's has
        the learning rate outside: the same while that is constant.

    References
    ----------
    :cite:t:`graves2013`, over centered RMSprop; :cite:t:`polyak1964`, over descent.

    Examples
    --------
    Over RMSprop with lr = 0.4, decay rate 0.9 and epsilon = 15, whose own steps are
    -0.4 · 10 / 5 = -0.8, then 1 and 0.35, as its page has them. With half of the
    velocity kept, from w = 1:

    - b = -0.8, so w = 1 - 0.8 = 0.2;
    - b = 0.5 · -0.8 + 1 = 0.6, so w = 0.2 + 0.6 = 0.8;
    - b = 0.5 · 0.6 + 0.35 = 0.65, so w = 0.8 + 0.65 = 1.45.

    >>> from npoptim import Velocity, RMSprop, trace
    >>> class RMSpropWithMomentum(Velocity, RMSprop):
    ...     pass
    >>> trace(
    ...     RMSpropWithMomentum, 1, [10, -20, -7], lr=0.4, eps=15, step_momentum=0.5
    ... )
    t    g   v     b  increment     w
    1   10  10  -0.8       -0.8   0.2
    2  -20  49   0.6        0.6   0.8
    3   -7  49  0.65       0.65  1.45
    """

    slots = ("b",)

    step_momentum: Number = Number(
        r"\phi", "[0, 1)", "share of the velocity that survives a step", default=0.9
    )

    def start(self, w: Array) -> dict[str, Array]:
        return {**super().start(w), "b": np.zeros_like(w)}

    def get_updates(self) -> None:
        super().get_updates()
        for increment, b in self.blocks(self.updates, self.state["b"]):
            b[...] = self.step_momentum * b + increment
            increment[...] = b
