"""What the problems share, and the loop that steps an optimizer on one."""

import numpy as np
from numpy.typing import ArrayLike

from npoptim.hyperparameters import check_count
from npoptim.optimizer import Optimizer, is_built_on, take_step


class Problem:
    r"""A function with known minimizers, as a model that an optimizer steps.

    A subclass is a function :math:`L` of n numbers: it has :meth:`value`,
    :meth:`gradient` and the three attributes ``minimizers``, ``limits`` and
    ``default_start``. The rest is written here. A loop is

    .. code-block:: python

        problem.compute_gradient()
        optimizer.step()
        problem.project()

    and :func:`descend` is that loop with a record.

    Parameters
    ----------
    start : array_like, shape (n,), optional
        Where :math:`w` stands at first. It is copied, as float64. By default the
        problem's ``default_start``.

    Attributes
    ----------
    minimizers : np.ndarray, shape (k, n)
        The k points, of float64, where the value is least.
    limits : tuple of pairs of float
        For each component, the range that is worth plotting.
    default_start : tuple of float
        A start that makes the problem interesting.

    Raises
    ------
    TypeError
        If ``start`` does not hold numbers.
    ValueError
        If ``start`` is not of shape (n,), or not finite.

    Examples
    --------
    A problem of one's own, :math:`(w - 3)^2`:

    >>> import numpy as np
    >>> from npoptim import SGD
    >>> from npoptim.problems import Problem, descend
    >>> class Parabola(Problem):
    ...     minimizers = np.array([[3.0]])
    ...     limits = ((0, 6),)
    ...     default_start = (1,)
    ...
    ...     def value(self, w):
    ...         return (w[0] - 3) ** 2
    ...
    ...     def gradient(self, w):
    ...         return 2 * (w - 3)

    With lr = 0.25, w = 1 + 0.25 · 4 = 2, then 2 + 0.25 · 2 = 2.5:

    >>> problem = Parabola()
    >>> descend(problem, SGD(problem, lr=0.25), 2)
    array([[1. ],
           [2. ],
           [2.5]])
    """

    minimizers: np.ndarray
    limits: tuple[tuple[float, float], ...]
    default_start: tuple[float, ...]

    def __init__(self, start: ArrayLike | None = None) -> None:
        w = finite_numbers("start", self.default_start if start is None else start)
        n = self.minimizers.shape[1]
        if w.shape != (n,):
            raise ValueError(f"start must have the shape ({n},), got {start!r}")
        self._parameters = [{"w": w}]
        self._gradients = [{"w": np.zeros_like(w)}]

    @property
    def w(self) -> np.ndarray:
        """The point where the problem stands, of shape (n,), to be changed in place."""
        return self._parameters[0]["w"]

    def value(self, w: ArrayLike) -> np.ndarray:
        """Return the function's value.

        Parameters
        ----------
        w : array_like, shape (n, ...)
            A point, or many, with the components along the first axis:
            ``value(np.meshgrid(x, y))`` has the heights for a map.

        Returns
        -------
        np.ndarray, shape (...)
        """
        raise NotImplementedError(f"{type(self).__name__} must define value()")

    def gradient(self, w: ArrayLike) -> np.ndarray:
        """Return the function's gradient.

        Parameters
        ----------
        w : array_like, shape (n, ...)
            As for :meth:`value`.

        Returns
        -------
        np.ndarray, shape (n, ...)
        """
        raise NotImplementedError(f"{type(self).__name__} must define gradient()")

    def compute_gradient(self) -> None:
        """Fill the gradients for the next step with the gradient at ``w``."""
        self._gradients[0]["w"][...] = self.gradient(self.w)

    def project(self) -> None:
        """Bring ``w`` back into the domain after a step: here, nothing to do."""


def descend(problem: Problem, optimizer: Optimizer, steps: int) -> np.ndarray:
    """Step the optimizer on the problem and return the path.

    It starts where the problem stands, and the problem stands at its end afterward.
    A path that diverges goes on to inf and nan, without a warning.

    Parameters
    ----------
    problem : Problem
        The problem.
    optimizer : Optimizer
        An optimizer that was built on the problem.
    steps : int
        How many steps, at least 0.

    Returns
    -------
    np.ndarray, shape (steps + 1, n)
        Every point, the start first.

    Raises
    ------
    TypeError
        If ``steps`` is not an int.
    ValueError
        If ``steps`` is negative, or the optimizer was built on another model.

    Examples
    --------
    With curvature 4 and lr = 1/8, each step multiplies by 1 - 4/8 = 1/2:

    >>> from npoptim import SGD
    >>> from npoptim.problems import Quadratic, descend
    >>> problem = Quadratic([4])
    >>> descend(problem, SGD(problem, lr=1 / 8), 3)
    array([[1.   ],
           [0.5  ],
           [0.25 ],
           [0.125]])
    """
    check_count("steps", steps, least=0)
    if not is_built_on(optimizer, problem):
        raise ValueError("optimizer must be built on problem, got one of another model")

    def closure() -> np.ndarray:
        problem.compute_gradient()
        return problem.value(problem.w)

    path = np.empty((steps + 1, problem.w.size))
    path[0] = problem.w
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(1, steps + 1):
            problem.compute_gradient()
            take_step(optimizer, closure)
            problem.project()
            path[t] = problem.w
    return path


def finite_numbers(name: str, values: ArrayLike) -> np.ndarray:
    """Return a new array of the values, if they are finite numbers."""
    try:
        array = np.array(values, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must hold numbers, got {values!r}") from None
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got {values!r}")
    return array
