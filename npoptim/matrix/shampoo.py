"""Shampoo: a step divided by the roots of two matrices, of rows and of columns."""

import numpy as np

from npoptim.hyperparameters import Number
from npoptim.optimizer import Array, Optimizer


def as_matrix(x: Array) -> Array:
    """Return a vector as one row, and what has more than two axes by its first.

    Parameters
    ----------
    x : np.ndarray
        Of any shape.

    Returns
    -------
    np.ndarray
        The same numbers, as a matrix.

    Examples
    --------
    >>> import numpy as np
    >>> [as_matrix(np.zeros(s)).shape for s in ((), 4, (2, 3), (2, 3, 4), (0, 3))]
    [(1, 1), (1, 4), (2, 3), (2, 12), (0, 0)]
    """
    rows = len(x) if x.ndim > 1 else 1
    return x.reshape(rows, x.size // max(rows, 1))


def power(x: Array, exponent: float, least: float) -> Array:
    """Return a power of a symmetric matrix whose eigenvalues have a lower bound.

    Parameters
    ----------
    x : np.ndarray
        The matrix.
    exponent : float
        Of its eigenvalues; the eigenvectors stay.
    least : float
        The bound, which an eigenvalue is below by rounding alone.

    Returns
    -------
    np.ndarray
        A matrix of the same shape.

    Examples
    --------
    >>> power(np.array([[16.0, 0], [0, 3]]), -1 / 4, least=4) ** 2
    array([[0.25, 0.  ],
           [0.  , 0.5 ]])
    """
    values, vectors = np.linalg.eigh(x)
    return (vectors * np.maximum(values, least) ** exponent) @ vectors.T


class Shampoo(Optimizer):
    r"""Divide the gradient by the roots of what rows and columns have had of gradients.

    Each array with more than one axis is taken as a matrix, the first axis by all
    others. Capital letters are such matrices, with their products and powers, and
    :math:`G_t` is the gradient :math:`g_t` of the loss at :math:`w_{t-1}`. The matrices
    :math:`L` and :math:`R` start at :math:`L_0 = \varepsilon I` and
    :math:`R_0 = \varepsilon I`, with the identity :math:`I`. With them the weights
    :math:`w` follow

    .. math::

        \begin{aligned}
        L_t &= L_{t-1} + G_t G_t^\top \\
        R_t &= R_{t-1} + G_t^\top G_t \\
        w_t &= w_{t-1} - \lambda L_t^{-1/4} G_t R_t^{-1/4}
        \end{aligned}

    For a vector or a number, sums of squares take their place, from
    :math:`v_0 = \varepsilon`:

    .. math::

        \begin{aligned}
        v_t &= v_{t-1} + g_t^2 \\
        w_t &= w_{t-1} - \lambda \frac{g_t}{\sqrt{v_t}}
        \end{aligned}

    Full Adagrad would divide by the root of a matrix of all weights by all weights. Of
    an n by m matrix that is nm by nm; :math:`L` is n by n and :math:`R` m by m, and the
    two together stand for it.

    See Also
    --------
    Adagrad : a sum of squares for each weight alone
    Muon : without a memory of :math:`L` and :math:`R`
    Adafactor : a number for each row and column, not a matrix

    Notes
    -----
    With one gradient and :math:`\varepsilon = 0`, :math:`L^{-1/4} G R^{-1/4}` has the
    directions of :math:`G`, all with the singular value 1: what :class:`Muon` aims at.

    The paper has a matrix for each axis of an array, of which there may be one or more
    than two, and takes each to the power of -1 over twice their number. Of a vector
    that is full Adagrad; here it is Adagrad, since that matrix is large where vectors
    are.

    Where an eigenvalue is :math:`\varepsilon`, rounding leaves it only if
    :math:`\varepsilon` is not below some 1e-7 of the largest in float32, and 1e-16 in
    float64. One that rounding takes below :math:`\varepsilon` is :math:`\varepsilon`.

    The powers cost a decomposition of both matrices in every step. Implementations for
    large models find them seldom, and cut large matrices in pieces.

    .. warning::

        pytorch-optimizer's ``Shampoo`` has a matrix for each axis, as the paper does,
        and none for a number, which goes by plain descent.

    References
    ----------
    :cite:t:`gupta2018`, Algorithm 1.

    Examples
    --------
    A single weight, with lr = 0.65 and epsilon = 9, from w = 1:

    - v = 9 + 4² = 25, so w = 1 - 0.65 · 4 / √25 = 0.48;
    - v = 25 + 12² = 169, so w = 0.48 + 0.65 · 12 / √169 = 1.08;
    - v = 169 + 0² = 169, so w = 1.08 - 0.65 · 0 / √169 = 1.08.

    >>> import numpy as np
    >>> from npoptim import Shampoo, trace
    >>> steps = trace(Shampoo, 1, [4, -12, 0], lr=0.65, eps=9)
    >>> [(step.v, round(step.w, 6)) for step in steps]
    [(25.0, 0.48), (169.0, 1.08), (169.0, 1.08)]
    >>> trace(Shampoo, [1, 1], [[4, -4]], lr=0.65, eps=9)[0].w
    array([0.48, 1.52])

    A matrix of one row, 12 and -16, whose singular value is its norm, with lr = 0.5 and
    epsilon = 225:

    - √(12² + 16²) = 20, of which 20 / √(225 + 20²) = 0.8 is left, in the direction
      12/20 and -16/20: the steps are 0.5 · 0.8 · 12/20 = 0.24 and
      0.5 · 0.8 · 16/20 = 0.32 long.

    >>> trace(Shampoo, [[0, 0]], [[[12, -16]]], lr=0.5, eps=225)[0].increment.round(6)
    array([[-0.24,  0.32]])

    Three axes are a matrix of two rows, 12.5, 0, 3.5 and 3.5, 0, 12.5, and then 2.5, 0,
    -17.5 and -17.5, 0, 2.5. With lr = 0.5 and epsilon = 144. Both have the directions
    1, 1 and 1, -1 of rows and 1, 0, 1 and 1, 0, -1 of columns, and their singular
    values are sums and differences:

    - 12.5 + 3.5 = 16 and 12.5 - 3.5 = 9. Of L and of R the eigenvalues of these
      directions are 144 + 16² = 400 and 144 + 9² = 225, so 16 / √400 = 0.8 and
      9 / √225 = 0.6 are left of them. The elements are half their sum and difference,
      and the steps 0.5 · (0.8 + 0.6) / 2 = 0.35 and 0.5 · (0.8 - 0.6) / 2 = 0.05 long;
    - 2.5 - 17.5 = -15 and 2.5 + 17.5 = 20. The eigenvalues are 400 + 15² = 625 and
      225 + 20² = 625, and -15 / √625 = -0.6 and 20 / √625 = 0.8 are left. The steps are
      0.5 · (-0.6 + 0.8) / 2 = 0.05 and 0.5 · (-0.6 - 0.8) / 2 = -0.35 long.

    >>> first = [[[12.5, 0, 3.5]], [[3.5, 0, 12.5]]]
    >>> second = [[[2.5, 0, -17.5]], [[-17.5, 0, 2.5]]]
    >>> steps = trace(Shampoo, np.zeros((2, 1, 3)), [first, second], lr=0.5, eps=144)
    >>> for step in steps:
    ...     print(step.left.ravel(), -step.increment.round(6).ravel() + 0)
    [312.5  87.5  87.5 312.5] [0.35 0.   0.05 0.05 0.   0.35]
    [625.   0.   0. 625.] [ 0.05  0.   -0.35 -0.35  0.    0.05]
    >>> steps[0].right
    array([[312.5,   0. ,  87.5],
           [  0. , 144. ,   0. ],
           [ 87.5,   0. , 312.5]])
    """

    slots = ("left", "right", "v")
    elementwise = False

    eps: Number = Number(
        r"\varepsilon", "(0, inf)", "where L, R and v start", default=1e-6
    )

    def start(self, w: Array) -> dict[str, Array]:
        if w.ndim < 2:
            return {"v": np.full_like(w, self.eps)}
        rows, columns = as_matrix(w).shape
        left, right = np.eye(rows, dtype=w.dtype), np.eye(columns, dtype=w.dtype)
        return {"left": self.eps * left, "right": self.eps * right}

    def update(self, w: Array, g: Array, left: Array, right: Array, v: Array) -> Array:
        if v is not None:
            v[...] = v + g**2
            increment = -self.lr * g / np.sqrt(v)
        else:
            x = as_matrix(g)
            left[...] = left + x @ x.T
            right[...] = right + x.T @ x
            x = power(left, -1 / 4, self.eps) @ x @ power(right, -1 / 4, self.eps)
            increment = -self.lr * x
        return increment.reshape(w.shape)
