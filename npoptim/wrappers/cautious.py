"""Steps that leave out the weights that a rule would move up along the gradient."""

import numpy as np

from npoptim.optimizer import Optimizer


class Cautious(Optimizer):
    r"""Leave out the increments that go uphill, and lengthen the others.

    With the gradient :math:`g_t`, penalty included, and the increment
    :math:`\Delta w_t` that the rule finds, :math:`\chi_t` is 1 for each weight that
    goes downhill, and 0 for the others:

    .. math::

        \begin{aligned}
        \chi_t &= \max(0, \operatorname{sign}(-g_t \Delta w_t)) \\
        \Delta w_t &\leftarrow
            \frac{\operatorname{size}(\chi_t)}{\operatorname{sum}(\chi_t) + 1}
            \chi_t \Delta w_t
        \end{aligned}

    The factor makes up for those that are left out: of an array with many weights the
    sum of the steps' sizes stays about what it was. Of a single weight the step is half
    as long.

    A velocity, or a mean of gradients, goes on for a while after the gradient has
    turned. Here it waits: the rule's state changes as it would, and the weight does
    not.

    List this class first: ``class CautiousLion(Cautious, Lion)``. A decay beside the
    rule's step is listed before it, so that all weights decay:
    ``class CautiousAdamW(DecoupledWeightDecay, Cautious, PaperAdam)``.

    See Also
    --------
    Rprop : takes no step where the gradient has turned

    Notes
    -----
    pytorch-optimizer's ``cautious=True`` is this in ``Lion``.

    References
    ----------
    :cite:t:`liang2024`, Algorithm 1.

    Examples
    --------
    >>> from npoptim import SGD, Cautious, trace
    >>> class CautiousSGD(Cautious, SGD):
    ...     pass

    One weight from 1, with lr = 2 and momentum 0.5. Downhill, its step is 1/2 of the
    velocity:

    - v = -2 · 2 = -4, downhill, so w = 1 - 0.5 · 4 = -1;
    - v = 0.5 · -4 + 2 · 0.5 = -1, uphill, so w stays at -1;
    - v = 0.5 · -1 + 2 · 3 = 5.5, downhill, so w = -1 + 0.5 · 5.5 = 1.75.

    >>> trace(CautiousSGD, 1, [2, -0.5, -3], lr=2, momentum=0.5)
    t     g    v  increment     w
    1     2   -4         -2    -1
    2  -0.5   -1          0    -1
    3    -3  5.5       2.75  1.75

    Three weights from 0, with lr = 0.5. Of 3, 1 or 2 of them that go downhill, the
    steps are 3/4, 3/2 or 3/3 of the velocity:

    - v = -0.5 · 2 = -1, v = -0.5 · 4 = -2 and v = 0.5 · 8 = 4, all downhill;
      w = 0 - 0.75 · 1 = -0.75, w = 0 - 0.75 · 2 = -1.5 and w = 0 + 0.75 · 4 = 3;
    - v = 0.5 · -1 + 0.5 · 1 = 0, v = 0.5 · -2 + 0.5 · 1 = -0.5, uphill, and
      v = 0.5 · 4 + 0.5 · 6 = 5; w = 3 + 1.5 · 5 = 10.5 alone moves;
    - v = 0.5 · 0 - 0.5 · 1 = -0.5, v = 0.5 · -0.5 + 0.5 · 3 = 1.25, and
      v = 0.5 · 5 - 0.5 · 2 = 1.5, uphill; w = -0.75 - 0.5 = -1.25 and
      w = -1.5 + 1.25 = -0.25.

    >>> gradients = [[2, 4, -8], [-1, -1, -6], [1, -3, 2]]
    >>> for step in trace(CautiousSGD, [0, 0, 0], gradients, lr=0.5, momentum=0.5):
    ...     print(step.v, step.w)
    [-1. -2.  4.] [-0.75 -1.5   3.  ]
    [ 0.  -0.5  5. ] [-0.75 -1.5  10.5 ]
    [-0.5   1.25  1.5 ] [-1.25 -0.25 10.5 ]
    """

    elementwise = False

    def get_updates(self) -> None:
        super().get_updates()
        for g, increment in self.blocks(self.gradients, self.updates):
            chi = np.maximum(0, np.sign(-g * increment))
            increment[...] = chi.size / (chi.sum() + 1) * chi * increment
