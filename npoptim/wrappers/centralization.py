"""Gradients whose mean over each output's weights is taken out before the step."""

from npoptim.optimizer import Optimizer


class GradientCentralization(Optimizer):
    r"""Take the mean out of the gradient of all weights that lead to one output.

    Of an array with more than one axis the first has the outputs, so that in a matrix
    these weights are a row:

    .. math::

        g_t \leftarrow g_t - \operatorname{mean}_{\text{inputs}}(g_t)

    where the mean is over all axes but the first. For a vector or a number, such as a
    bias, nothing changes:

    .. math::

        g_t \leftarrow g_t

    Under plain descent the mean of a row of weights then stays what it was at the
    start, so that there are fewer directions to go astray in. Penalties are added
    afterward.

    List this class first: ``class Centralized(GradientCentralization, SGD)``.

    See Also
    --------
    ClipByGlobalNorm : changes the size of the gradient alone

    References
    ----------
    :cite:t:`yong2020`, equation 1.

    Examples
    --------
    >>> from npoptim import SGD, GradientCentralization, trace
    >>> class Centralized(GradientCentralization, SGD):
    ...     pass

    A matrix with two rows, and lr = 0.5, from (1, 4) and (0, 0):

    - (6 + 2) / 2 = 4, so g = 6 - 4 = 2 and g = 2 - 4 = -2;
      (1 + 3) / 2 = 2, so g = 1 - 2 = -1 and g = 3 - 2 = 1;
      w = 1 - 0.5 · 2 = 0, w = 4 + 0.5 · 2 = 5, w = 0.5 and w = -0.5;
    - (-5 + 1) / 2 = -2, so g = -5 + 2 = -3 and g = 1 + 2 = 3;
      (2 - 2) / 2 = 0, so g = 2 and g = -2;
      w = 0 + 0.5 · 3 = 1.5, w = 5 - 0.5 · 3 = 3.5, w = 0.5 - 0.5 · 2 = -0.5 and
      w = -0.5 + 0.5 · 2 = 0.5;
    - (3 + 3) / 2 = 3, so g = 3 - 3 = 0, twice;
      (0 - 4) / 2 = -2, so g = 0 + 2 = 2 and g = -4 + 2 = -2;
      the first row stays, w = -0.5 - 0.5 · 2 = -1.5 and w = 0.5 + 0.5 · 2 = 1.5.

    The sum of a row is what it was at the start, here 5 and 0.

    >>> gradients = [[[6, 2], [1, 3]], [[-5, 1], [2, -2]], [[3, 3], [0, -4]]]
    >>> for step in trace(Centralized, [[1, 4], [0, 0]], gradients, lr=0.5):
    ...     print(step.g.tolist(), step.w.tolist())
    [[2.0, -2.0], [-1.0, 1.0]] [[0.0, 5.0], [0.5, -0.5]]
    [[-3.0, 3.0], [2.0, -2.0]] [[1.5, 3.5], [-0.5, 0.5]]
    [[0.0, 0.0], [2.0, -2.0]] [[1.5, 3.5], [-1.5, 1.5]]

    With weight decay 0.2, which is not centralized:

    - g = 6 - 4 + 0.2 · 1 = 2.2 and g = 2 - 4 + 0.2 · 4 = -1.2;
      w = 1 - 0.5 · 2.2 = -0.1 and w = 4 + 0.5 · 1.2 = 4.6.

    >>> for step in trace(
    ...     Centralized, [[1, 4]], [[[6, 2]]], lr=0.5, weight_decay=0.2
    ... ):
    ...     print(step.g, step.w)
    [[ 2.2 -1.2]] [[-0.1  4.6]]

    A vector of two weights, each of another output, is left as it is:

    - w = 1 - 0.5 · 6 = -2 and w = 4 - 0.5 · 2 = 3.

    >>> for step in trace(Centralized, [1, 4], [[6, 2]], lr=0.5):
    ...     print(step.g, step.w)
    [6. 2.] [-2.  3.]
    """

    elementwise = False

    def regularize(self) -> None:
        for (g,) in self.blocks(self.gradients):
            if g.ndim > 1:
                g -= g.mean(axis=tuple(range(1, g.ndim)), keepdims=True)
        super().regularize()
