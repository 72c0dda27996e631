"""SAM: gradients from where the loss is highest nearby, for any optimizer."""

from npoptim.hyperparameters import Number
from npoptim.optimizer import Array, Closure, Optimizer


class SAM(Optimizer):
    r"""Take the gradient a little uphill, and step with that.

    With the gradients :math:`g_t` and the weights :math:`w_{t-1}` of all arrays, each
    taken as one vector, and :math:`\nabla L(\hat w_t)`, the gradient of the loss where
    the weights are :math:`\hat w_t`,

    .. math::

        \begin{aligned}
        \hat w_t &= w_{t-1} + \rho \frac{g_t}{\lVert g_t \rVert} \\
        g_t &\leftarrow \nabla L(\hat w_t)
        \end{aligned}

    Among the points that are :math:`\rho` away, :math:`\hat w_t` is about the one where
    the loss is highest. Descent from that gradient lowers the loss of a whole
    neighborhood, and so leads to minima that are wide and not sharp.

    A step takes two gradients: the model's own, and that of ``closure()``. Penalties
    are added afterward, at :math:`w_{t-1}`. Where all gradients are 0,
    :math:`\hat w_t = w_{t-1}`.

    List this class first: ``class SharpnessAwareSGD(SAM, SGD)``.

    See Also
    --------
    UniformAverage : is found to end in wide minima, too, with one gradient a step
    OptimisticSGD : looks ahead instead, with one gradient a step

    Notes
    -----
    The name is short for sharpness-aware minimization.

    .. warning::

        In Optax's ``sam`` the step uphill has a rule of its own: ``normalize`` and
        ``sgd`` with the rate :math:`\rho` make it this one. pytorch-optimizer's ``SAM``
        finds the norm in float32.

    References
    ----------
    :cite:t:`foret2021`, Algorithm 1 and equation 2 with p = 2.

    Examples
    --------
    >>> from npoptim import SAM, SGD, trace
    >>> class SharpnessAwareSGD(SAM, SGD):
    ...     pass

    The loss is w², whose gradient is 2w, and lr = 0.25. From 0.5 uphill of w = 3:

    - the gradient is 2 · 3 = 6, so w_hat = 3 + 0.5 · 6 / 6 = 3.5; g = 2 · 3.5 = 7,
      so w = 3 - 0.25 · 7 = 1.25;
    - the gradient is 2 · 1.25 = 2.5, so w_hat = 1.25 + 0.5 · 2.5 / 2.5 = 1.75;
      g = 2 · 1.75 = 3.5, so w = 1.25 - 0.25 · 3.5 = 0.375;
    - the gradient is 2 · 0.375 = 0.75, so w_hat = 0.375 + 0.5 · 0.75 / 0.75 = 0.875;
      g = 2 · 0.875 = 1.75, so w = 0.375 - 0.25 · 1.75 = -0.0625;
    - the gradient is 2 · -0.0625 = -0.125, so w_hat = -0.0625 - 0.5 · 0.125 / 0.125 =
      -0.5625; g = 2 · -0.5625 = -1.125, so w = -0.0625 + 0.25 · 1.125 = 0.21875.

    >>> trace(
    ...     SharpnessAwareSGD, 3, [lambda w: 2 * w] * 4, lr=0.25, radius=0.5
    ... )
    t       g         v    w_hat  increment        w
    1       7     -1.75      3.5      -1.75     1.25
    2     3.5    -0.875     1.75     -0.875    0.375
    3    1.75   -0.4375    0.875    -0.4375  -0.0625
    4  -1.125   0.28125  -0.5625    0.28125  0.21875

    Two arrays, the loss 2w² for both, the norm of all gradients
    √(12² + 16²) = 20, and lr = 0.5:

    - w_hat = 3 + 2 · 12 / 20 = 4.2; g = 4 · 4.2 = 16.8, so w = 3 - 0.5 · 16.8 = -5.4;
    - w_hat = 4 + 2 · 16 / 20 = 5.6; g = 4 · 5.6 = 22.4, so w = 4 - 0.5 · 22.4 = -7.2.

    >>> def gradient(w):
    ...     return {name: 4 * its for name, its in w.items()}
    >>> trace(SharpnessAwareSGD, {"a": 3, "b": 4}, [gradient], lr=0.5, radius=2)
    t  name     g      v  w_hat  increment     w
    1     a  16.8   -8.4    4.2       -8.4  -5.4
    1     b  22.4  -11.2    5.6      -11.2  -7.2

    At a minimum, w stays:

    >>> trace(SharpnessAwareSGD, 0, [lambda w: 2 * w], lr=0.5, radius=0.5)
    t  g  v  w_hat  increment  w
    1  0  0      0          0  0
    """

    slots = ("w_hat",)
    needs_closure = True
    closure: Closure

    radius: Number = Number(
        r"\rho", "[0, inf)", "how far uphill the gradient is taken", default=0.05
    )

    def start(self, w: Array) -> dict[str, Array]:
        return {**super().start(w), "w_hat": w}

    def prepare(self) -> None:
        super().prepare()
        norm = self.norm(self.gradients) or 1.0  # where all are 0, w_hat is w
        for w, g, w_hat in self.blocks(
            self.parameters, self.gradients, self.state["w_hat"]
        ):
            w_hat[...] = w + self.radius * g / norm
        with self.standing_at(self.state["w_hat"]):
            self.closure()
