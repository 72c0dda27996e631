"""SM3: Adagrad's sums, of which a matrix keeps a bound for each row and column."""

import numpy as np

from npoptim.hyperparameters import Number
from npoptim.optimizer import Array
from npoptim.rooted import Rooted


class SM3(Rooted):
    r"""Bound Adagrad's sums by the largest of each row and column, and keep these.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the bounds :math:`v`
    of the sums of squares, the largest of them in each row, :math:`r`, and each column,
    :math:`c`, and the weights :math:`w` of a matrix follow

    .. math::

        \begin{aligned}
        v_t &= \min(r_{t-1}, c_{t-1}) + g_t^2 \\
        r_t &= \max_{\text{columns}}(v_t) \\
        c_t &= \max_{\text{rows}}(v_t) \\
        w_t &= w_{t-1} - \lambda \frac{g_t}{\sqrt{v_t + \varepsilon}}
        \end{aligned}

    where :math:`\min(r_{t-1}, c_{t-1})` has for each weight the smaller of the values
    of its row and its column. With ``eps_in_sqrt=False``, the last line is

    .. math::

        w_t = w_{t-1} - \lambda \frac{g_t}{\sqrt{v_t} + \varepsilon}

    For a vector or a number, three of the lines are one:

    .. math::

        v_t = v_{t-1} + g_t^2

    Of arrays with more than two axes, the last two are those of a matrix.

    A weight's sum of squares is at most the largest in its row, and the largest in its
    column. So :math:`v` is never below Adagrad's, and steps along the same gradients
    are never longer. It is close to it where the gradients of a row, or those of a
    column, are of like size.

    The state of an n by m matrix is n + m numbers, where Adagrad keeps nm.

    See Also
    --------
    Adagrad : the sums themselves, which it is for vectors
    Adafactor : products of means that forget, instead of smallest bounds

    Notes
    -----
    The name is short for square root of minima of sums of maxima of squares.

    In the paper weights may be in any sets, of which each weight is at least in one:
    rows and columns here, and of a vector each weight alone.

    .. warning::

        Optax averages the steps, with ``momentum`` 0.9 by default. That is
        :class:`Velocity` over this class, at :math:`1 - \phi` times the rate.

        Of arrays with more than two axes, Optax and pytorch-optimizer keep the largest
        of each slice along each axis. pytorch-optimizer's :math:`\varepsilon` is 1e-30.

    References
    ----------
    :cite:t:`anil2019`, Algorithm SM3-II. It has no :math:`\varepsilon`, and 0/0 is 0.

    Examples
    --------
    A 2 by 2 matrix from 0, with lr = 0.5 and an epsilon so large that its place shows,
    144. The gradients that are not given are 0:

    - v = 9² = 81 and v = 16² = 256 are on the diagonal; r = 81 and r = 256;
      c = 81 and c = 256; √(81 + 144) = 15, √(256 + 144) = 20,
      w = -0.5 · 9 / 15 = -0.3 and w = -0.5 · 16 / 20 = -0.4;
    - in the second column, where the smaller of both are 81 and 256, v = 81 + 20² = 481
      and v = 256 + 15² = 481; r = 481 twice; c = 81 and c = 481;
      √(481 + 144) = 25, w = -0.5 · 20 / 25 = -0.4 and w = -0.4 + 0.5 · 15 / 25 = -0.1;
    - in the first column the smaller is 81 twice, so v = 81 + 20² = 481 twice, though
      the second weight there had no gradient before; r = 481 and c = 481 twice;
      w = -0.3 + 0.5 · 20 / 25 = 0.1 and w = -0.5 · 20 / 25 = -0.4.

    >>> import numpy as np
    >>> from npoptim import SM3, trace
    >>> gradients = [[[9, 0], [0, 16]], [[0, 20], [0, -15]], [[-20, 0], [20, 0]]]
    >>> for step in trace(SM3, np.zeros((2, 2)), gradients, lr=0.5, eps=144):
    ...     print(step.row.ravel(), step.column.ravel(), step.w[0], step.w[1])
    [ 81. 256.] [ 81. 256.] [-0.3  0. ] [ 0.  -0.4]
    [481. 481.] [ 81. 481.] [-0.3 -0.4] [ 0.  -0.1]
    [481. 481.] [481. 481.] [ 0.1 -0.4] [-0.4 -0.1]

    A vector, here of one weight, is as in the example of :class:`Adagrad`:

    - v = 0 + 9² = 81; √(81 + 144) = 15, so w = 1 - 1.3 · 9 / 15 = 0.22;
    - v = 81 + 20² = 481; √625 = 25, so w = 0.22 + 1.3 · 20 / 25 = 1.26.

    >>> for step in trace(SM3, [1], [[9], [-20]], lr=1.3, eps=144):
    ...     print(step.v, step.w)
    [81.] [0.22]
    [481.] [1.26]

    Each matrix of a stack has its own rows and columns. The largest squares are 3² = 9
    and 4² = 16 in the columns of the first, and 7² = 49 and 8² = 64 in those of the
    second:

    >>> stack = [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]
    >>> (step,) = trace(SM3, np.full((2, 2, 2), -1), [stack])
    >>> print(step.row.ravel(), step.column.ravel())
    [ 4. 16. 36. 64.] [ 9. 16. 49. 64.]
    """

    slots = ("row", "column", "v")
    elementwise = False

    lr = Number(default=0.1)

    def start(self, w: Array) -> dict[str, Array]:
        if w.ndim < 2:
            return {"v": np.zeros_like(w)}
        rows, columns = w[..., :1], w[..., :1, :]
        return {"row": np.zeros_like(rows), "column": np.zeros_like(columns)}

    def update(self, w: Array, g: Array, row: Array, column: Array, v: Array) -> Array:
        if v is not None:
            v[...] = v + g**2
        else:
            v = np.minimum(row, column) + g**2
            row[...] = v.max(axis=-1, keepdims=True)
            column[...] = v.max(axis=-2, keepdims=True)
        return -self.lr * g / self.root(v)
