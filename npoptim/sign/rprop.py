"""Rprop: signs alone, and a step size for each weight that they adapt."""

import numpy as np

from npoptim.hyperparameters import Number
from npoptim.optimizer import Array, Optimizer


class Rprop(Optimizer):
    r"""Let the step of each weight grow while its sign stays, and shrink if it turns.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the step size
    :math:`s` of each weight, :math:`s_0 = \lambda`, the direction :math:`u` and the
    weights :math:`w` follow, element by element,

    .. math::

        \begin{aligned}
        s_t &= \begin{cases}
            \min(\eta^+ s_{t-1}, s_{\max}), & g_t u_{t-1} > 0 \\
            \max(\eta^- s_{t-1}, s_{\min}), & g_t u_{t-1} < 0 \\
            s_{t-1}, & \text{otherwise}
            \end{cases} \\
        u_t &= \begin{cases}
            0, & g_t u_{t-1} < 0 \\
            \operatorname{sign}(g_t), & \text{otherwise}
            \end{cases} \\
        w_t &= w_{t-1} - s_t u_t
        \end{aligned}

    Where the sign turns, the last step went too far: the step size shrinks, and the
    weight stays for one step. The direction is 0 then, so the step after it is taken
    with the size as it is, whatever its sign.

    The sizes of the gradients do not matter at all, and the learning rate only at the
    first step: each weight finds its own.

    See Also
    --------
    SGD : steps in proportion to the gradient
    Signum : steps of one length
    RMSprop : a mean of squares in the place of the last two signs

    Notes
    -----
    The rule is for gradients of the whole data. Of a batch's it counts the signs, not
    the sizes, so the rare large gradient that evens out many small ones is lost: the
    last example.

    ``lr`` is where the step sizes start: a later one has no effect, and of a schedule
    the first value counts.

    .. warning::

        :cite:t:`igel2003` tell four rules of this name apart. The first paper's takes
        the step back after which the sign turns. This one, iRprop⁻, leaves the weight
        where it is.

        PyTorch's ``Rprop`` is this one, with the default rate 0.01, and with ``etas``
        and ``step_sizes`` as pairs. It keeps the first step within the bounds, too. And
        it multiplies two gradients, where signs are compared here: of float32 gradients
        of 1e-30 the product is 0, and the step does not grow.

        Optax's ``rprop`` takes each step one call late, and the first call takes none.
        A step is left out if the sign has turned until then.

    References
    ----------
    :cite:t:`riedmiller1993`, with the defaults of the paper; :cite:t:`igel2003`, where
    this form is iRprop⁻.

    Examples
    --------
    With lr = 0.4, the factors 0.25 and 1.5, from w = 2. At the third step the sign
    turns, and at the last the gradient is 0:

    - s = 0.4, u = 1, so w = 2 - 0.4 = 1.6;
    - s = 1.5 · 0.4 = 0.6, u = 1, so w = 1.6 - 0.6 = 1;
    - s = 0.25 · 0.6 = 0.15, u = 0, so w = 1 - 0.15 · 0 = 1;
    - s = 0.15, u = -1, so w = 1 + 0.15 = 1.15;
    - s = 1.5 · 0.15 = 0.225, u = -1, so w = 1.15 + 0.225 = 1.375;
    - s = 0.225, u = 0, so w = 1.375 + 0.225 · 0 = 1.375.

    >>> from npoptim import Rprop, trace
    >>> trace(
    ...     Rprop, 2, [3, 0.5, -0.25, -2, -4, 0], lr=0.4, eta_minus=0.25, eta_plus=1.5
    ... )
    t      g   size   u  increment      w
    1      3    0.4   1       -0.4    1.6
    2    0.5    0.6   1       -0.6      1
    3  -0.25   0.15   0          0      1
    4     -2   0.15  -1       0.15   1.15
    5     -4  0.225  -1      0.225  1.375
    6      0  0.225   0          0  1.375

    Held between 0.2 and 0.5:

    - s = 0.4, u = 1, so w = 2 - 0.4 = 1.6;
    - 1.5 · 0.4 is above 0.5, so s = 0.5, u = 1, so w = 1.6 - 0.5 = 1.1;
    - 0.25 · 0.5 is below 0.2, so s = 0.2, u = 0, so w = 1.1 - 0.2 · 0 = 1.1;
    - s = 0.2, u = -1, so w = 1.1 + 0.2 = 1.3.

    >>> trace(
    ...     Rprop, 2, [3, 0.5, -0.25, -2], lr=0.4, eta_minus=0.25, eta_plus=1.5,
    ...     min_size=0.2, max_size=0.5,
    ... )
    t      g  size   u  increment    w
    1      3   0.4   1       -0.4  1.6
    2    0.5   0.5   1       -0.5  1.1
    3  -0.25   0.2   0          0  1.1
    4     -2   0.2  -1        0.2  1.3

    Nine gradients of 1 and one of -9 have the mean 0. With the defaults, nine steps of
    0.1, 0.12 and so on go one way, and none goes back: w = -0.1 · ((1.2³)³ - 1) / 0.2 =
    -2.079890176.

    >>> from npoptim import SGD
    >>> round(trace(Rprop, 0, [1] * 9 + [-9])[-1].w, 9)
    -2.079890176
    >>> trace(SGD, 0, [1] * 9 + [-9], lr=0.5)[-1].w
    0.0
    """

    slots = ("size", "u")

    lr = Number(interval="(0, inf)", meaning="size of the first step", default=0.1)
    eta_minus: Number = Number(
        r"\eta^-", "(0, 1)", "factor of a step size whose sign turns", default=0.5
    )
    eta_plus: Number = Number(
        r"\eta^+", "(1, inf)", "factor of a step size whose sign stays", default=1.2
    )
    min_size: Number = Number(
        r"s_{\min}", "[0, inf)", "least that a step size shrinks to", default=1e-6
    )
    max_size: Number = Number(
        r"s_{\max}", "(0, inf)", "most that a step size grows to", default=50.0
    )

    def start(self, w: Array) -> dict[str, Array]:
        return {**super().start(w), "size": np.full_like(w, self.lr)}

    def update(self, w: Array, g: Array, size: Array, u: Array) -> Array:
        longer = np.minimum(self.eta_plus * size, self.max_size)
        shorter = np.maximum(self.eta_minus * size, self.min_size)
        size[...] = np.select([g * u > 0, g * u < 0], [longer, shorter], size)
        u[...] = np.where(g * u < 0, 0, np.sign(g))
        return -size * u
