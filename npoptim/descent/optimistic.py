"""Optimistic descent: each gradient once more, in advance, and the last one back."""

from npoptim.optimizer import Array, Optimizer


class OptimisticSGD(Optimizer):
    r"""Descend along the gradient as if the next one were to differ as this one did.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, where :math:`g_0 = 0`,
    the weights :math:`w` follow

    .. math::

        w_t = w_{t-1} - \lambda (2 g_t - g_{t-1})

    That is :math:`g_t + (g_t - g_{t-1})`: the step foresees that the gradient changes
    by as much again. Or it takes each gradient twice, in advance, and takes one of the
    two back at the next step.

    It is for games, such as that of the two networks of a GAN, where each player has a
    loss, and one's gradient depends on what the others do. There plain descent may
    circle the equilibrium, and leave it.

    See Also
    --------
    SGD : without the forecast

    Notes
    -----
    Where gradients change little from step to step, it is plain descent.

    .. warning::

        Optax's ``optimistic_gradient_descent`` takes :math:`g_0 = g_1`, so that its
        first step is half as long. It has factors of the two gradients, which are
        those of this rule by default.

    References
    ----------
    :cite:t:`daskalakis2018`.

    Examples
    --------
    With lr = 0.1, from w = 1:

    - w = 1 - 0.1 · (2 · 2 - 0) = 0.6;
    - w = 0.6 + 0.1 · (2 · 4 + 2) = 1.6;
    - w = 1.6 - 0.1 · (2 · 5 + 4) = 0.2.

    >>> from npoptim import OptimisticSGD, trace
    >>> trace(OptimisticSGD, 1, [2, -4, 5], lr=0.1)
    t   g  previous  increment    w
    1   2         2       -0.4  0.6
    2  -4        -4          1  1.6
    3   5         5       -1.4  0.2

    A game for two: one changes x and wants x times y to be small, the other changes y
    and wants it to be large. The equilibrium is at 0. The square of the distance from
    it is 2 at first, and plain descent with lr = 0.1 makes it 1.01 times as large at
    every step:

    >>> from npoptim import SGD, Arrays
    >>> def play(rule):
    ...     model = Arrays(x=1, y=1)
    ...     optimizer = rule(model, lr=0.1)
    ...     for _ in range(500):
    ...         x, y = model.parameters.values()
    ...         model.gradients["x"][...], model.gradients["y"][...] = y, -x
    ...         optimizer.step()
    ...     return float(x**2 + y**2)
    >>> round(play(SGD), 3), round(2 * 1.01**500, 3)
    (289.546, 289.546)
    >>> round(play(OptimisticSGD), 3)
    0.013
    """

    slots = ("previous",)

    def update(self, w: Array, g: Array, previous: Array) -> Array:
        increment = -self.lr * (2 * g - previous)
        previous[...] = g
        return increment
