"""Adafactor: a mean of squares for each row and column, instead of each weight."""

from math import sqrt
from typing import Any

import numpy as np

from npoptim.hyperparameters import Number
from npoptim.optimizer import Array, Optimizer


def root_mean_square(x: Array) -> Any:
    """Return the root of the mean of the squares of an array."""
    return np.sqrt(np.mean(x**2))


class Adafactor(Optimizer):
    r"""Keep of a matrix of squares its rows and columns alone, and step in proportion.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the means :math:`r` of
    the rows and :math:`c` of the columns and the weights :math:`w` of a matrix follow

    .. math::

        \begin{aligned}
        \beta_t &= 1 - t^{-\tau} \\
        s_t &= g_t^2 + \varepsilon_1 \\
        r_t &= \beta_t r_{t-1} + (1 - \beta_t)
            \operatorname{mean}_{\text{columns}}(s_t) \\
        c_t &= \beta_t c_{t-1} + (1 - \beta_t)
            \operatorname{mean}_{\text{rows}}(s_t) \\
        v_t &= r_t c_t / \operatorname{mean}(r_t) \\
        u_t &= g_t / \sqrt{v_t} \\
        w_t &= w_{t-1} - \min(\lambda, 1 / \sqrt{t})
            \max(\varepsilon_2, \operatorname{RMS}(w_{t-1}))
            \frac{u_t}{\max(1, \operatorname{RMS}(u_t) / d)}
        \end{aligned}

    where :math:`r_t c_t` has for each weight the product of the means of its row and
    its column, and :math:`\operatorname{RMS}` is the root of the mean of all squares.
    For a vector or a number, three of the lines are one:

    .. math::

        v_t = \beta_t v_{t-1} + (1 - \beta_t) s_t

    Of arrays with more than two axes, the last two are those of a matrix.

    The state of an n by m matrix is n + m numbers, where Adam keeps 2nm. There is no
    mean of the gradients; instead the memory of the squares grows longer with time, and
    steps are held to a share of the size of the weights.

    See Also
    --------
    RMSprop : the mean of squares for each weight
    Adam : with a mean of the gradients, too
    SM3 : bounds of rows and columns, of sums that do not forget

    Notes
    -----
    If the squares are a product of a column and a row, :math:`v_t` is exact.

    .. warning::

        PyTorch's ``Adafactor`` adds no :math:`\varepsilon_1`: it bounds
        :math:`\sqrt{v_t}` and :math:`\operatorname{mean}(r_t)` from below by it, and
        decays the weights beside the step. Its ``eps`` is the pair of both numbers, and
        its ``beta2_decay`` is :math:`-\tau`.

    References
    ----------
    :cite:t:`shazeer2018`, Algorithms 4 and 5, with the defaults of Algorithm 6.

    Examples
    --------
    A vector, with lr = 0.5, tau = 2, epsilon = 9 and steps clipped at d = 0.4. Both
    weights are of one size, which is the RMS, and so are both elements of u:

    - beta = 1 - 1 = 0, v = 4² + 9 = 25; u = 4 / 5 = 0.8, clipped to 0.4;
      so the steps are 0.5 · 3 · 0.4 = 0.6 long, and w = 3 - 0.6 = 2.4;
    - beta = 1 - 1/4 = 3/4, v = (3 · 25 + 19² + 9) / 4 = 111.25; u = 19 / √111.25
      is above 1, clipped to 0.4; 0.5 · 2.4 · 0.4 = 0.48, so w = 2.4 + 0.48 = 2.88;
    - beta = 1 - 1/9 = 8/9, v = (8 · 111.25 + 1² + 9) / 9 = 100; u = 1/10, not
      clipped; 0.5 · 2.88 / 10 = 0.144, so w = 2.88 - 0.144 = 2.736.

    >>> from npoptim import Adafactor, trace
    >>> steps = trace(
    ...     Adafactor, [3, -3], [[4, -4], [-19, 19], [1, -1]],
    ...     lr=0.5, decay_exponent=2, clip=0.4, eps1=9,
    ... )
    >>> for step in steps:
    ...     print(step.row, step.column, step.v, step.w.round(6))
    None None [25. 25.] [ 2.4 -2.4]
    None None [111.25 111.25] [ 2.88 -2.88]
    None None [100. 100.] [ 2.736 -2.736]

    A matrix whose weights are small, so that epsilon = 2 stands for their RMS, with
    lr = 0.6, tau = 1 and clipping at 4. The squares of the first gradient are 1, 9 in
    the first row and 4, 36 in the second, with the means 5 and 20 of the rows and 2.5
    and 22.5 of the columns. 5 · 2.5 / 12.5 = 1, and likewise each v is the square. All
    later gradients are multiples of the first but for signs, so the roots of v are
    multiples, too, of 1, 3, 2 and 6:

    - v: 1, and u = 1; the steps are 0.6 · 2 · 1 = 1.2 long;
    - v: (1 + 7²) / 2 = 25, and u = 7 / 5 = 1.4; 0.6 · 2 · 1.4 = 1.68;
    - v: (2 · 25 + 5²) / 3 = 25, and u = 1; now 1 / √3 = 0.57735 is below 0.6, so
      the steps are 0.57735 · 2 · 1 = 1.1547 long;
    - v: (3 · 25 + 5²) / 4 = 25, and u = 1; 1 / √4 = 0.5, and 0.5 · 2 · 1 = 1.

    >>> import numpy as np
    >>> first = np.array([[1, -3], [2, 6]])
    >>> steps = trace(
    ...     Adafactor, np.zeros((2, 2)), [first, -7 * first, 5 * first, 5 * first],
    ...     lr=0.6, decay_exponent=1, clip=4, eps1=0, eps2=2,
    ... )
    >>> for step in steps:
    ...     row, column, increment = step.row, step.column, step.increment.round(6)
    ...     print(row.ravel(), column.ravel(), step.v, increment[0])
    [ 5. 20.] [ 2.5 22.5] None [-1.2  1.2]
    [125. 500.] [ 62.5 562.5] None [ 1.68 -1.68]
    [125. 500.] [ 62.5 562.5] None [-1.154701  1.154701]
    [125. 500.] [ 62.5 562.5] None [-1.  1.]
    """

    slots = ("row", "column", "v")
    elementwise = False

    lr = Number(meaning="largest step, as a share of the weights", default=1e-2)
    decay_exponent: Number = Number(r"\tau", "[0, inf)", "power in beta", default=0.8)
    clip: Number = Number("d", "(0, inf)", "largest RMS of u", default=1.0)
    eps1: Number = Number(r"\varepsilon_1", "[0, inf)", "least of s", default=1e-30)
    eps2: Number = Number(r"\varepsilon_2", "[0, inf)", "least RMS of w", default=1e-3)

    def start(self, w: Array) -> dict[str, Array]:
        if w.ndim < 2:
            return {"v": np.zeros_like(w)}
        rows, columns = w[..., :1], w[..., :1, :]
        return {"row": np.zeros_like(rows), "column": np.zeros_like(columns)}

    def update(self, w: Array, g: Array, row: Array, column: Array, v: Array) -> Array:
        beta = 1 - self.t**-self.decay_exponent
        squares = g**2 + self.eps1
        if v is not None:
            v[...] = beta * v + (1 - beta) * squares
        else:
            row[...] = beta * row + (1 - beta) * squares.mean(axis=-1, keepdims=True)
            column[...] = beta * column + (1 - beta) * squares.mean(-2, keepdims=True)
            v = row * column / row.mean(axis=-2, keepdims=True)
        u = g / np.sqrt(v)
        rate = min(self.lr, 1 / sqrt(self.t)) * max(self.eps2, root_mean_square(w))
        return -rate * u / max(1, root_mean_square(u) / self.clip)
