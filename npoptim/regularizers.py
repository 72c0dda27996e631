"""Penalties on the weights, as mixins that work over every optimizer."""

import numpy as np

from npoptim.hyperparameters import Number
from npoptim.optimizer import Optimizer


class L1Optimizer(Optimizer):
    r"""Pull every weight toward zero with the same force: the L1 penalty.

    The gradient of :math:`\alpha \lVert w \rVert_1` takes the place of the L2
    penalty's:

    .. math::

        g_t \leftarrow g_t + \alpha \operatorname{sign}(w_{t-1})

    At :math:`w = 0`, where the penalty has no gradient, the sign is 0. The force
    does not fade near zero as that of L2 does, so weights that the loss does not
    need end up at zero, or swinging around it: under plain descent by at most a step,
    if :math:`\lambda` times the curvature is at most 1. Momentum carries them further.

    This class overrides :meth:`regularize` and nothing else. Python's method
    resolution order does the rest, over any optimizer: list it first.

    See Also
    --------
    ElasticNet : this force and that of L2

    Notes
    -----
    Derived in :doc:`/story/descent`.

    It is not combined with :class:`DecoupledWeightDecay`: both take ``weight_decay``
    for their strength, and a class cannot be made of the two.

    References
    ----------
    :cite:t:`tibshirani1996`, the penalty; its own solver is another.

    Examples
    --------
    >>> from npoptim import SGD, L1Optimizer, trace
    >>> class L1SGD(L1Optimizer, SGD):
    ...     pass

    With lr = 0.1 and weight decay 0.5, from w = 0:

    - w at 0: g = -2, so w = 0 + 0.2 = 0.2;
    - w above 0: g = 10 + 0.5 = 10.5, so w = 0.2 - 1.05 = -0.85;
    - w below 0: g = 3 - 0.5 = 2.5, so w = -0.85 - 0.25 = -1.1.

    >>> trace(L1SGD, 0, [-2, 10, 3], lr=0.1, weight_decay=0.5)
    t     g      v  increment      w
    1    -2    0.2        0.2    0.2
    2  10.5  -1.05      -1.05  -0.85
    3   2.5  -0.25      -0.25   -1.1
    """

    weight_decay = Number(meaning="strength of the L1 penalty")

    def regularize(self) -> None:
        """Add the gradient of the penalty to the gradients: g += alpha sign(w)."""
        if self.weight_decay:
            for w, g in self.blocks(self.parameters, self.gradients):
                g += self.weight_decay * np.sign(w)


class ElasticNet(Optimizer):
    r"""Pull every weight toward zero with both forces, that of L1 and that of L2.

    The gradient of :math:`\alpha (\rho \lVert w \rVert_1 + \tfrac{1 - \rho}{2}
    \lVert w \rVert^2)` takes the place of the L2 penalty's:

    .. math::

        g_t \leftarrow g_t + \alpha
            (\rho \operatorname{sign}(w_{t-1}) + (1 - \rho) w_{t-1})

    At :math:`\rho` = 1 it is L1, at 0 it is L2. Of weights that do the same work, L1
    leaves it open which of them does how much. The part of L2 shares it out evenly.

    List this class first: ``class ElasticSGD(ElasticNet, SGD)``.

    See Also
    --------
    L1Optimizer : the first force alone
    Optimizer : the second force alone

    Notes
    -----
    The paper writes the penalty :math:`\lambda_1 \lVert w \rVert_1 + \lambda_2 \lVert
    w \rVert^2`, without the half. Minimizing with it is what the paper calls the naive
    elastic net, whose solution it makes :math:`1 + \lambda_2` times as large.

    As :class:`L1Optimizer`, it is not combined with :class:`DecoupledWeightDecay`.

    .. warning::

        Keras's ``L1L2`` has two strengths, and no half either: its ``l1`` is
        :math:`\alpha \rho`, and its ``l2`` is :math:`\alpha (1 - \rho) / 2`.

    References
    ----------
    :cite:t:`zou2005`, the penalty; its own solver is another.

    Examples
    --------
    >>> from npoptim import SGD, ElasticNet, trace
    >>> class ElasticSGD(ElasticNet, SGD):
    ...     pass

    With lr = 0.1 and a strength of 0.8, three quarters of it for L1, from w = 0:

    - w at 0: g = -2 + 0.8 · (0.75 · 0 + 0.25 · 0) = -2, so w = 0 + 0.1 · 2 = 0.2;
    - w above 0: g = 9.36 + 0.8 · (0.75 + 0.25 · 0.2) = 10, so w = 0.2 - 0.1 · 10 =
      -0.8;
    - w below 0: g = 3 - 0.8 · (0.75 + 0.25 · 0.8) = 2.24, so w = -0.8 - 0.1 · 2.24 =
      -1.024.

    >>> trace(ElasticSGD, 0, [-2, 9.36, 3], lr=0.1, weight_decay=0.8, l1_ratio=0.75)
    t     g       v  increment       w
    1    -2     0.2        0.2     0.2
    2    10      -1         -1    -0.8
    3  2.24  -0.224     -0.224  -1.024

    With none of it for L1, from w = 1:

    - g = 2 + 0.8 · (0 · 1 + 1 · 1) = 2.8, so w = 1 - 0.1 · 2.8 = 0.72.

    >>> trace(ElasticSGD, 1, [2], lr=0.1, weight_decay=0.8, l1_ratio=0)
    t    g      v  increment     w
    1  2.8  -0.28      -0.28  0.72
    """

    weight_decay = Number(meaning="strength of the penalty")
    l1_ratio: Number = Number(
        r"\rho", "[0, 1]", "share of L1 in the penalty", default=0.5
    )

    def regularize(self) -> None:
        """Add the gradient of the penalty to the gradients."""
        if self.weight_decay:
            rho = self.l1_ratio
            for w, g in self.blocks(self.parameters, self.gradients):
                g += self.weight_decay * (rho * np.sign(w) + (1 - rho) * w)


class DecoupledWeightDecay(Optimizer):
    r"""Shrink the weights beside the rule's own step, not through its gradient.

    The gradient stays as it is, and the increment :math:`\Delta w_t` that the rule
    finds is changed:

    .. math::

        \begin{aligned}
        g_t &\leftarrow g_t \\
        \Delta w_t &\leftarrow \Delta w_t - \lambda \alpha w_{t-1}
        \end{aligned}

    Under plain descent that is the same as the L2 penalty. It differs where a rule
    remembers or rescales gradients: there the penalty's gradient is remembered and
    rescaled too, and the weights with the largest gradients decay least.

    List this class first: ``class AdamW(DecoupledWeightDecay, Adam)``.

    See Also
    --------
    AdamW : the case that it was proposed for

    Notes
    -----
    Derived in :doc:`/story/adam`.

    The paper multiplies the decay by the schedule's multiplier alone, not by the
    learning rate. PyTorch, Optax and Keras multiply by the learning rate, as here.

    References
    ----------
    :cite:t:`loshchilov2019`, Algorithm 1, line 9.

    Examples
    --------
    >>> from npoptim import SGD, DecoupledWeightDecay, trace
    >>> class SGDW(DecoupledWeightDecay, SGD):
    ...     pass

    With lr = 0.5, momentum 0.5 and decay 0.2, from w = 1, each weight shrinks by
    0.5 · 0.2 = 0.1 of itself at every step:

    - v = -0.5 · 2 = -1; the increment is -1 - 0.1 · 1 = -1.1, so w = -0.1;
    - v = 0.5 · -1 + 0.5 · 4 = 1.5; 1.5 + 0.1 · 0.1 = 1.51, so w = 1.41;
    - v = 0.5 · 1.5 - 0.5 · 1 = 0.25; 0.25 - 0.141 = 0.109, so w = 1.519.

    >>> trace(SGDW, 1, [2, -4, 1], lr=0.5, momentum=0.5, weight_decay=0.2)
    t   g     v  increment      w
    1   2    -1       -1.1   -0.1
    2  -4   1.5       1.51   1.41
    3   1  0.25      0.109  1.519
    """

    weight_decay = Number(meaning="strength of the decay")

    def regularize(self) -> None:
        """Leave the gradients as they are."""

    def get_updates(self) -> None:
        """Fill ``updates`` with the rule's increments and the decay."""
        super().get_updates()
        if self.weight_decay:
            for w, increment in self.blocks(self.parameters, self.updates):
                increment -= self.lr * self.weight_decay * w
