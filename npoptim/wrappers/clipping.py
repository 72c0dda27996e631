"""Gradients that are held to a size before the step."""

import numpy as np

from npoptim.hyperparameters import Number
from npoptim.optimizer import Optimizer


class ClipByGlobalNorm(Optimizer):
    r"""Shorten the gradients of all arrays together, if they are too long.

    With the norm :math:`\lVert g_t \rVert` of the gradients of all arrays, taken as one
    vector, and the bound :math:`c`, they become

    .. math::

        g_t \leftarrow \frac{c}{\max(c, \lVert g_t \rVert)} g_t

    All are shortened by the same factor, so that a step of plain descent keeps its
    direction. Penalties are added afterward.

    List this class first: ``class Clipped(ClipByGlobalNorm, SGD)``.

    See Also
    --------
    ClipByValue : bounds each component of the gradients instead
    Adafactor : bounds the step of each array instead

    Notes
    -----
    .. index:: ! gradient clipping

    .. warning::

        PyTorch's ``clip_grad_norm_`` divides by the sum of the norm and 1e-6. Keras's
        ``global_clipnorm`` and Optax's ``clip_by_global_norm`` divide by the norm.

    References
    ----------
    :cite:t:`pascanu2013`, Algorithm 1.

    Examples
    --------
    >>> from npoptim import SGD, ClipByGlobalNorm, trace
    >>> class Clipped(ClipByGlobalNorm, SGD):
    ...     pass

    With lr = 0.5, gradients up to c = 10 long, and two weights from 0. The norms are
    15, 10 and 5, so that only the first gradient is shortened:

    - √(9² + 12²) = 15, so g = 10 / 15 · 9 = 6 and g = -10 / 15 · 12 = -8;
      w = 0 - 0.5 · 6 = -3 and w = 0 + 0.5 · 8 = 4;
    - √(6² + 8²) = 10, so g = -10 / 10 · 6 = -6 and g = 10 / 10 · 8 = 8;
      w = -3 + 0.5 · 6 = 0 and w = 4 - 0.5 · 8 = 0;
    - √(3² + 4²) = 5 is below 10, so g = 10 / 10 · 3 = 3 and g = 10 / 10 · 4 = 4;
      w = 0 - 0.5 · 3 = -1.5 and w = 0 - 0.5 · 4 = -2.

    >>> gradients = [[9, -12], [-6, 8], [3, 4]]
    >>> for step in trace(Clipped, [0, 0], gradients, lr=0.5, max_norm=10):
    ...     print(step.g, step.w)
    [ 6. -8.] [-3.  4.]
    [-6.  8.] [0. 0.]
    [3. 4.] [-1.5 -2. ]

    With weight decay 0.25, too, and one weight from 4. The penalty is added to what is
    left of the gradient:

    - g = 10 / 20 · 20 + 0.25 · 4 = 11, so w = 4 - 0.5 · 11 = -1.5;
    - g = -10 / 16 · 16 - 0.25 · 1.5 = -10.375, so w = -1.5 + 0.5 · 10.375 = 3.6875;
    - 6 is below 10; g = 6 + 0.25 · 3.6875 = 6.921875,
      so w = 3.6875 - 0.5 · 6.921875 = 0.2265625.

    >>> trace(Clipped, 4, [20, -16, 6], lr=0.5, weight_decay=0.25, max_norm=10)
    t        g         v  increment         w
    1       11      -5.5       -5.5      -1.5
    2  -10.375    5.1875     5.1875    3.6875
    3  6.92188  -3.46094   -3.46094  0.226562
    """

    max_norm: Number = Number("c", "(0, inf)", "largest norm", default=1.0)

    def regularize(self) -> None:
        norm = self.norm(self.gradients)
        for (g,) in self.blocks(self.gradients):
            g *= self.max_norm / max(self.max_norm, norm)
        super().regularize()


class ClipByValue(Optimizer):
    r"""Hold each component of the gradients within a bound.

    With the bound :math:`c`, and element by element,

    .. math::

        g_t \leftarrow \max(-c, \min(c, g_t))

    A single huge component leaves the others as they are, where a bound on the norm
    makes all of them small. The step of plain descent changes its direction for that.
    Penalties are added afterward.

    List this class first: ``class Clipped(ClipByValue, SGD)``.

    See Also
    --------
    ClipByGlobalNorm : keeps the direction

    References
    ----------
    :cite:t:`mikolov2012`.

    Examples
    --------
    >>> from npoptim import SGD, ClipByValue, trace
    >>> class Clipped(ClipByValue, SGD):
    ...     pass

    With lr = 0.5, weight decay 0.25 and components up to c = 2, from w = 4:

    - g = 2 + 0.25 · 4 = 3, so w = 4 - 0.5 · 3 = 2.5;
    - g = -2 + 0.25 · 2.5 = -1.375, so w = 2.5 + 0.5 · 1.375 = 3.1875;
    - g = 1 + 0.25 · 3.1875 = 1.796875, so w = 3.1875 - 0.5 · 1.796875 = 2.2890625.

    >>> trace(Clipped, 4, [5, -3, 1], lr=0.5, weight_decay=0.25, max_value=2)
    t        g          v  increment        w
    1        3       -1.5       -1.5      2.5
    2   -1.375     0.6875     0.6875   3.1875
    3  1.79688  -0.898438  -0.898438  2.28906
    """

    max_value: Number = Number(
        "c", "(0, inf)", "largest size of a component", default=1.0
    )

    def regularize(self) -> None:
        for (g,) in self.blocks(self.gradients):
            g[...] = np.maximum(-self.max_value, np.minimum(self.max_value, g))
        super().regularize()
