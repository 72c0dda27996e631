"""AggMo: several velocities, with much friction and with little, and their mean."""

from npoptim.hyperparameters import Number
from npoptim.optimizer import Array, Optimizer


class AggMo(Optimizer):
    r"""Move by the mean of three velocities, each with a friction of its own.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the velocities
    :math:`v^{(1)}`, :math:`v^{(2)}` and :math:`v^{(3)}`, and the weights :math:`w`
    follow

    .. math::

        \begin{aligned}
        v^{(1)}_t &= \mu^{(1)} v^{(1)}_{t-1} - g_t \\
        v^{(2)}_t &= \mu^{(2)} v^{(2)}_{t-1} - g_t \\
        v^{(3)}_t &= \mu^{(3)} v^{(3)}_{t-1} - g_t \\
        w_t &= w_{t-1} + \frac{\lambda}{3} (v^{(1)}_t + v^{(2)}_t + v^{(3)}_t)
        \end{aligned}

    A velocity that forgets little carries the weights along a narrow valley, and from
    one of its sides to the other, too. Those that forget more turn sooner, and slow
    down that swinging: passive damping, as the paper has it.

    See Also
    --------
    SGD : one velocity

    Notes
    -----
    The paper has any number of velocities, and by default three, with the shares that
    are the defaults here.

    Where the gradient stays as it is, these velocities become 1, 10 and 100 times as
    large as it. Then a step is (1 + 10 + 100) / 3 = 37 times as long as one of plain
    descent with the same rate.

    .. warning::

        pytorch-optimizer's ``AggMo`` takes any number of shares. Of two that are equal
        it keeps one velocity, and adds the gradient to it twice.

    References
    ----------
    :cite:t:`lucas2019`.

    Examples
    --------
    With lr = 0.3, a third of which is 0.1, and shares of 0.25, 0.5 and 0.75, from
    w = 1:

    - v1 = -2, v2 = -2, v3 = -2, so w = 1 - 0.1 · (2 + 2 + 2) = 0.4;
    - v1 = 0.25 · -2 + 4 = 3.5, v2 = 0.5 · -2 + 4 = 3, v3 = 0.75 · -2 + 4 = 2.5,
      so w = 0.4 + 0.1 · (3.5 + 3 + 2.5) = 1.3;
    - v1 = 0.25 · 3.5 - 6 = -5.125, v2 = 0.5 · 3 - 6 = -4.5,
      v3 = 0.75 · 2.5 - 6 = -4.125, so w = 1.3 - 0.1 · (5.125 + 4.5 + 4.125) = -0.075.

    >>> from npoptim import AggMo, trace
    >>> trace(
    ...     AggMo, 1, [2, -4, 6], lr=0.3, momentum1=0.25, momentum2=0.5, momentum3=0.75
    ... )
    t   g      v1    v2      v3  increment       w
    1   2      -2    -2      -2       -0.6     0.4
    2  -4     3.5     3     2.5        0.9     1.3
    3   6  -5.125  -4.5  -4.125     -1.375  -0.075
    """

    slots = ("v1", "v2", "v3")

    momentum1: Number = Number(
        r"\mu^{(1)}", "[0, 1)", "share of v1 that survives a step", default=0.0
    )
    momentum2: Number = Number(
        r"\mu^{(2)}", "[0, 1)", "share of v2 that survives a step", default=0.9
    )
    momentum3: Number = Number(
        r"\mu^{(3)}", "[0, 1)", "share of v3 that survives a step", default=0.99
    )

    def update(self, w: Array, g: Array, v1: Array, v2: Array, v3: Array) -> Array:
        v1[...] = self.momentum1 * v1 - g
        v2[...] = self.momentum2 * v2 - g
        v3[...] = self.momentum3 * v3 - g
        return self.lr / 3 * (v1 + v2 + v3)
