"""Polyak's step size: as long as the loss is away from its minimum."""

from math import inf

from npoptim.hyperparameters import Number
from npoptim.optimizer import Closure, Optimizer


class PolyakSGD(Optimizer):
    r"""Descend at the rate that the loss and the gradients themselves ask for.

    With the loss :math:`L_t` at :math:`w_{t-1}`, its gradients :math:`g_t` of all
    arrays, taken as one vector, and the least value :math:`L_{\min}` that the loss can
    have, the rate :math:`\eta_t` of the step and the weights :math:`w` follow

    .. math::

        \begin{aligned}
        \eta_t &= \min \left( \frac{L_t - L_{\min}}{q \lVert g_t \rVert^2},
            \lambda \right) \\
        w_t &= w_{t-1} - \eta_t g_t
        \end{aligned}

    Where all gradients are 0, there is no step.

    Were the loss a plane, the step with :math:`q = 1` would end where it is
    :math:`L_{\min}`. A convex loss lies above its plane, and is that small only farther
    on, so that the step ends closer to the minimum than it began.

    The rate follows from the loss, so a step needs a closure:
    ``optimizer.step(closure)``.

    See Also
    --------
    SGD : a rate that is chosen

    Notes
    -----
    Of a batch, the paper takes the least loss that is possible on that batch alone. For
    usual losses without a penalty that is 0.

    With the loss :math:`\tfrac{h}{2} w^2` the first bound is
    :math:`1 / (2 q h)`, whatever the weight: at :math:`q = 1` a step halves it, and at
    :math:`q = \tfrac{1}{2}` it ends at the minimum.

    The penalty of ``weight_decay`` is a part of the gradient, not of the loss.

    .. index:: ! Polyak step size

    .. warning::

        Where the loss is below :math:`L_{\min}` the rate is negative, and the step
        climbs. So does that of Optax's ``polyak_sgd``, but with ``variant="sps+"`` it
        stands still there.

        Optax's ``scaling`` is :math:`q`, but multiplies the largest rate, too: the
        gradient is scaled before its norm is taken. Where the square of that norm is
        below 2e-16, Optax takes no step.

    References
    ----------
    :cite:t:`loizou2021`, who call it SPS\ :sub:`max`, with :math:`c` for :math:`q`.

    Examples
    --------
    With the least loss 0.5, q = 0.25 and rates up to 0.75, from w = 1. The losses are
    2.5, 1.5, 1.4 and 0.5:

    - eta = (2.5 - 0.5) / (0.25 · 4²) = 0.5, so w = 1 - 0.5 · 4 = -1;
    - (1.5 - 0.5) / (0.25 · 1²) = 4 is above 0.75, so eta = 0.75,
      so w = -1 + 0.75 · 1 = -0.25;
    - eta = (1.4 - 0.5) / (0.25 · 3²) = 0.4, so w = -0.25 - 0.4 · 3 = -1.45;
    - the gradient is 0, so eta = 0, so w = -1.45 - 0 · 0 = -1.45.

    >>> from npoptim import PolyakSGD, trace
    >>> trace(
    ...     PolyakSGD, 1, [4, -1, 3, 0], losses=[2.5, 1.5, 1.4, 0.5],
    ...     lr=0.75, f_min=0.5, scale=0.25,
    ... )
    t   g  increment      w
    1   4         -2     -1
    2  -1       0.75  -0.25
    3   3       -1.2  -1.45
    4   0          0  -1.45

    With two arrays, and all numbers as they are by default:

    - √(2² + 4² + 4²) = 6, so eta = (18 - 0) / (1 · 6²) = 0.5;
      a = 1 - 0.5 · 2 = 0 and a = 2 + 0.5 · 4 = 4; b = 5 - 0.5 · 4 = 3.

    >>> trace(
    ...     PolyakSGD, {"a": [1, 2], "b": 5}, [{"a": [2, -4], "b": 4}], losses=[18]
    ... )
    t  name       g  increment      w
    1     a  [2 -4]     [-1 2]  [0 4]
    1     b       4         -2      3
    """

    needs_closure = True
    closure: Closure

    lr = Number(meaning="largest rate", default=1.0)
    f_min: Number = Number(
        r"L_{\min}", "(-inf, inf)", "least value of the loss", default=0.0
    )
    scale: Number = Number(
        "q", "(0, inf)", "what the first bound of the rate is divided by", default=1.0
    )

    def prepare(self) -> None:
        super().prepare()
        self.loss = float(self.closure())

    def get_updates(self) -> None:
        norm = self.norm(self.gradients)
        divisor = self.scale * norm**2 or inf  # where all are 0, there is no step
        eta = min((self.loss - self.f_min) / divisor, self.lr)
        for g, increment in self.blocks(self.gradients, self.updates):
            increment[...] = -eta * g
