"""The denominator of adaptive rules: where epsilon stands."""

import numpy as np

from npoptim.hyperparameters import Flag, Number
from npoptim.optimizer import Array, Optimizer


class Rooted(Optimizer):
    r"""Divide by the root of a sum or mean of squares, and by no 0.

    For the squares :math:`v`, :meth:`root` is

    .. math::

        \sqrt{v + \varepsilon}

    and, with ``eps_in_sqrt=False``,

    .. math::

        \sqrt{v} + \varepsilon

    This class has no rule. Those that divide by such a root derive from it.

    See Also
    --------
    Adagrad, RMSprop, Adam : rules that divide by it

    Notes
    -----
    Inside the root, :math:`\varepsilon` is compared with squares of gradients, so
    1e-8 is large beside gradients below 1e-4, such as those of a loss that is
    averaged over a large batch. Outside, only gradients below 1e-8 are that small.
    See :doc:`/story/choosing`.

    With :math:`\varepsilon` = 0, the step of a weight whose gradients were all 0 is
    0/0, an error here. In PyTorch, Keras and Optax the weight is NaN from then on,
    except in Optax's Adagrad, where that step is 0.

    .. warning::

        In float32 the square of a gradient above 1.8e19 is infinite, an error here. In
        Optax it makes :math:`v` infinite, and all steps of that weight 0 from then on.
        PyTorch multiplies by :math:`1 - \beta_2` or :math:`1 - \delta` before it
        squares, and with its defaults bears 5.8e20 in Adam and 1.8e20 in RMSprop.
        Keras's Adam makes the weight NaN at the next step.

    Examples
    --------
    √(9 + 16) = 5, and √9 + 16 = 19:

    >>> from npoptim import Arrays, Rooted
    >>> model = Arrays(w=0)
    >>> [float(Rooted(model, eps=16, eps_in_sqrt=x).root(9)) for x in (True, False)]
    [5.0, 19.0]
    """

    eps: Number = Number(
        r"\varepsilon",
        "[0, inf)",
        "keeps the division finite",
        default=1e-8,
    )
    eps_in_sqrt: Flag = Flag(
        "whether ``eps`` is added inside the root or outside", default=True
    )

    def root(self, v: Array) -> Array:
        """Return the denominator.

        Parameters
        ----------
        v : np.ndarray
            Squares, of any shape.

        Returns
        -------
        np.ndarray
            Of the same shape.
        """
        if self.eps_in_sqrt:
            return np.sqrt(v + self.eps)
        return np.sqrt(v) + self.eps
