"""Muon: momentum as a matrix, with all its singular values brought near 1."""

from math import sqrt

import numpy as np

from npoptim.hyperparameters import Count, Flag, Number
from npoptim.matrix.shampoo import as_matrix
from npoptim.optimizer import Array
from npoptim.regularizers import DecoupledWeightDecay


class Muon(DecoupledWeightDecay):
    r"""Step by the momentum's directions alone, all of them about equally far.

    Each array is taken as a matrix: a vector as one row, and what has more than two
    axes as the first by all others. Capital letters are such matrices, with their
    products. With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the velocity
    :math:`b` and the weights :math:`w` follow

    .. math::

        \begin{aligned}
        b_t &= \mu b_{t-1} + g_t \\
        u_t &= g_t + \mu b_t \\
        X_0 &= \frac{u_t}{\lVert u_t \rVert + \varepsilon} \\
        A_i &= X_{i-1} X_{i-1}^\top \\
        X_i &= 3.4445 X_{i-1} - 4.775 A_i X_{i-1} + 2.0315 A_i^2 X_{i-1},
            \quad i = 1, \dots, n \\
        w_t &= w_{t-1} - \lambda \sqrt{\max(1, \text{rows} / \text{columns})} X_n
            - \lambda \alpha w_{t-1}
        \end{aligned}

    With ``nesterov=False``, the gradient is not counted once more:

    .. math::

        u_t = b_t

    With ``match_rms=True``, steps are about as long as Adam's:

    .. math::

        w_t = w_{t-1} - 0.2 \lambda \sqrt{\max(\text{rows}, \text{columns})} X_n
            - \lambda \alpha w_{t-1}

    A matrix is a sum of directions, each with a singular value. The lines over
    :math:`i` leave the directions as they are, and make of each singular value
    :math:`x` an odd polynomial, :math:`3.4445 x - 4.775 x^3 + 2.0315 x^5`: after five
    of them, those from 0.002 to 1 are between 0.68 and 1.21. So what the gradients
    seldom point at is learned as fast as what they always point at.

    See Also
    --------
    SGD : along the momentum itself
    Shampoo : all singular values near 1 at first, and a memory of gradients
    Lion : the sign of each element, not of each singular value
    Groups : joins it with another rule for other arrays

    Notes
    -----
    It is made for the matrices of hidden layers. Its author leaves vectors, embeddings
    and the last layer to Adam, which :class:`Groups` can do. Of a vector there is one
    direction, so that each step is about as long as the others.

    The numbers of the polynomial are chosen to raise small values fast, not to end at 1
    exactly.

    In Optax and Keras all arrays but matrices go by Adam, and PyTorch takes matrices
    alone.

    .. warning::

        PyTorch's ``Muon`` and pytorch-optimizer's compute the lines over :math:`i` in
        bfloat16, of which 8 binary digits count, and take :math:`\varepsilon` for the
        least norm. PyTorch's default rate is 0.001, and its decay 0.1.
        Optax's ``muon`` corrects the momentum for its start at 0. With ``nesterov`` it
        corrects both parts of :math:`u_t` by themselves, so that they are weighted
        otherwise. Its factor is the root of columns by rows, where those are more.
        Keras finds the norm in float32, whatever the type of the weights. Its factor is
        that of ``match_rms=True`` by default, and none with ``rms_rate=None``; its
        decay is 0.004.

    References
    ----------
    :cite:t:`jordan2024`; the factor of ``match_rms`` is from :cite:t:`liu2025`.

    Examples
    --------
    A single weight, whose matrices are numbers, with one repetition, lr = 0.1, a
    momentum of 0.25 and epsilon = 1, from w = 1:

    - b = 3.2, u = 3.2 + 0.25 · 3.2 = 4, X = 4 / (4 + 1) = 0.8, A = 0.8² = 0.64;
      0.8 · (3.4445 - 4.775 · 0.64 + 2.0315 · 0.64²) = 0.97648192;
      so w = 1 - 0.1 · 0.97648192 = 0.902351808;
    - b = 0.25 · 3.2 - 0.96 = -0.16, u = -0.96 - 0.25 · 0.16 = -1,
      X = -1 / (1 + 1) = -0.5, A = 0.5² = 0.25;
      -0.5 · (3.4445 - 4.775 · 0.25 + 2.0315 · 0.25²) = -1.188859375;
      so w = 0.902351808 + 0.1 · 1.188859375 = 1.0212377455;
    - b = 0.25 · -0.16 + 7.208 = 7.168, u = 7.208 + 0.25 · 7.168 = 9,
      X = 9 / (9 + 1) = 0.9, A = 0.9² = 0.81;
      0.9 · (3.4445 - 4.775 · 0.81 + 2.0315 · 0.81²) = 0.818655435;
      so w = 1.0212377455 - 0.1 · 0.818655435 = 0.939372202;
    - b = 0.25 · 7.168 - 0.3584 = 1.4336, u = -0.3584 + 0.25 · 1.4336 = 0, X = 0, A = 0;
      so w = 0.939372202 - 0.1 · 0 = 0.939372202.

    >>> from npoptim import Muon, trace
    >>> trace(
    ...     Muon, 1, [3.2, -0.96, 7.208, -0.3584], lr=0.1, momentum=0.25,
    ...     iterations=1, eps=1,
    ... )
    t        g       b   increment         w
    1      3.2     3.2  -0.0976482  0.902352
    2    -0.96   -0.16    0.118886   1.02124
    3    7.208   7.168  -0.0818655  0.939372
    4  -0.3584  1.4336           0  0.939372

    Eight rows and two columns, so that the factor is √(8 / 2) = 2, all 0 but for a
    corner with the gradient 2, 1 over 2, 0 and then -2, -0.5 over -1, 0. With a
    momentum of 0.5 and without Nesterov's:

    - the square of the norm of b is 2² + 1² + 2² = 9, so X is 2 / (3 + 1) = 0.5 and
      1 / (3 + 1) = 0.25 over 0.5 and 0; of A the corner is 0.5² + 0.25² = 0.3125 and
      0.5 · 0.5 = 0.25 over 0.25 and 0.25; that of A X is
      0.3125 · 0.5 + 0.25 · 0.5 = 0.28125 and 0.3125 · 0.25 = 0.078125 over
      0.25 · 0.5 + 0.25 · 0.5 = 0.25 and 0.25 · 0.25 = 0.0625, and that of A² X is
      0.3125 · 0.28125 + 0.25 · 0.25 = 0.150390625 and
      0.3125 · 0.078125 + 0.25 · 0.0625 = 0.0400390625 over
      0.25 · 0.28125 + 0.25 · 0.25 = 0.1328125 and
      0.25 · 0.078125 + 0.25 · 0.0625 = 0.03515625. So the increments are
      -0.2 · (3.4445 · 0.5 - 4.775 · 0.28125 + 2.0315 · 0.150390625) = -0.1369599609375,
      -0.2 · (3.4445 · 0.25 - 4.775 · 0.078125 + 2.0315 · 0.0400390625)
      = -0.11388349609375,
      -0.2 · (3.4445 · 0.5 - 4.775 · 0.25 + 2.0315 · 0.1328125) = -0.15966171875 and
      0.2 · (4.775 · 0.0625 - 2.0315 · 0.03515625) = 0.045403515625;
    - b is 0.5 · 2 - 2 = -1, 0.5 · 1 - 0.5 = 0 and 0.5 · 2 - 1 = 0, so X is
      -1 / (1 + 1) = -0.5, as above: the increment is 0.2 · 1.188859375 = 0.237771875.

    >>> import numpy as np
    >>> w, first, second = np.zeros((3, 8, 2))
    >>> first[:2], second[:2] = [[2, 1], [2, 0]], [[-2, -0.5], [-1, 0]]
    >>> for step in trace(
    ...     Muon, w, [first, second], lr=0.1, momentum=0.5, iterations=1, eps=1,
    ...     nesterov=False,
    ... ):
    ...     print(step.increment[:2].ravel().round(7) + 0, np.count_nonzero(step.w))
    [-0.13696   -0.1138835 -0.1596617  0.0454035] 4
    [0.2377719 0.        0.        0.       ] 4

    Four weights are one row as a vector, or one column. With lr = 0.5, two repetitions
    and epsilon = 0:

    - X is 1 / 2 = 0.5 or -0.5, and of a row A is 4 · 0.5² = 1, which makes of 1 and
      later of 0.701² = 0.491401 the factors 3.4445 - 4.775 · 1 + 2.0315 · 1 = 0.701 and
      3.4445 - 4.775 · 0.491401 + 2.0315 · 0.491401² = 1.58861657; a column comes to the
      same. So the steps are 0.5 · 0.5 · 0.701 · 1.58861657 = 0.278405 long in the row,
      √(4 / 1) · 0.278405 = 0.55681 in the column, and with the factor that matches
      Adam's steps 0.2 · √4 · 0.278405 = 0.111362 in both.

    >>> for matches in (False, True):
    ...     for shape in ((4,), (4, 1)):
    ...         g = np.reshape([1, -1, 1, -1], shape)
    ...         (step,) = trace(
    ...             Muon, 0 * g, [g], lr=0.5, iterations=2, eps=0, match_rms=matches
    ...         )
    ...         print(step.increment.ravel().round(6))
    [-0.278405  0.278405 -0.278405  0.278405]
    [-0.55681  0.55681 -0.55681  0.55681]
    [-0.111362  0.111362 -0.111362  0.111362]
    [-0.111362  0.111362 -0.111362  0.111362]
    """

    slots = ("b",)
    elementwise = False

    lr = Number(default=0.02)
    momentum: Number = Number(r"\mu", "[0, 1)", "share of b that stays", default=0.95)
    iterations: Count = Count("n", "[1, inf)", "how often X is changed", default=5)
    eps: Number = Number(r"\varepsilon", "[0, inf)", "added to the norm", default=1e-7)
    nesterov: Flag = Flag("whether u counts the gradient once more", default=True)
    match_rms: Flag = Flag("whether steps are as long as Adam's", default=False)

    def update(self, w: Array, g: Array, b: Array) -> Array:
        b[...] = self.momentum * b + g
        u = g + self.momentum * b if self.nesterov else b
        x = as_matrix(u) / (np.linalg.norm(u) + self.eps)
        for _ in range(self.iterations):
            a = x @ x.T
            x = 3.4445 * x - 4.775 * (a @ x) + 2.0315 * (a @ a @ x)
        rows, columns = x.shape
        if self.match_rms:
            increment = -0.2 * self.lr * sqrt(max(rows, columns)) * x
        else:
            increment = -self.lr * sqrt(max(1, rows / columns)) * x
        return increment.reshape(w.shape)
