"""Expressions of the data: arithmetic, comparisons, indices and a few functions.

They are texts, so that other languages can read them, too.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import accumulate, pairwise
from math import floor
from operator import mul
from types import CodeType
from typing import Any

import numpy as np


def where(condition: Any, one: Any, other: Any) -> Any:
    """Return one of two values, or of arrays element by element.

    Parameters
    ----------
    condition : bool or np.ndarray
        Which.
    one, other : object
        The values.

    Returns
    -------
    object
        One of them, or an array.
    """
    if isinstance(condition, np.ndarray):
        return np.where(condition, one, other)
    return one if condition else other


def factored(x: Any, shortest: float) -> bool:
    """Return whether an array has two axes that are at least so long."""
    return np.ndim(x) > 1 and sorted(np.shape(x))[-2] >= shortest


def rows(x: Any) -> Any:
    """Return the mean of each row, along the last axis; of less, what it is."""
    return np.mean(x, axis=-1, keepdims=True) if np.ndim(x) > 1 else x


def columns(x: Any) -> Any:
    """Return the mean of each column, along the axis before; of less, what it is."""
    return np.mean(x, axis=-2, keepdims=True) if np.ndim(x) > 1 else x


def highest(x: Any, axis: int, every_axis: bool) -> Any:
    """Return the largest in each slice across an axis; without that axis, infinity.

    Parameters
    ----------
    x : np.ndarray
        Any.
    axis : int
        Counted from the last, which is 1.
    every_axis : bool
        Whether a slice has all other axes, and not only the other one of the last two.

    Returns
    -------
    np.ndarray or float
        Which has one number for each slice.
    """
    axes = range(1, 1 + (np.ndim(x) if every_axis else min(np.ndim(x), 2)))
    others = tuple(-k for k in axes if k != axis)
    return np.max(x, others, keepdims=True) if axis in axes else np.inf


def newton_schulz(x: Any, repetitions: int) -> Any:
    """Return a matrix whose singular values are raised towards 1."""
    for _ in range(repetitions):
        a = x @ x.T
        x = 3.4445 * x + (2.0315 * a @ a - 4.775 * a) @ x
    return x


def kept(pairs: Any, s: Any, y: Any, most: int, least: float) -> Any:
    """Return the newest pairs of steps and changes of the gradient, with one more.

    Parameters
    ----------
    pairs : tuple
        Those before.
    s, y : np.ndarray
        The new one, which is left out if the product of both is 0, or too little.
    most : int
        How many there may be.
    least : float
        What the product is above.

    Returns
    -------
    tuple
        Pairs of arrays.
    """
    curvature = np.vdot(s, y)
    return (*pairs, (s, y))[-most:] if curvature and curvature > least else pairs


def two_loops(pairs: Any, g: Any) -> Any:
    """Return a gradient, times the inverse of the curvature that pairs have."""
    shares = []
    for s, y in reversed(pairs):
        shares.append(np.vdot(s, g) / np.vdot(s, y))
        g = g - shares[-1] * y
    for s, y in pairs[-1:]:
        g = np.vdot(s, y) / np.vdot(y, y) * g
    for (s, y), share in zip(pairs, reversed(shares), strict=True):
        g = g + (share - np.vdot(y, g) / np.vdot(s, y)) * s
    return g


def wave(x: float) -> float:
    """Return how high half a wave is that falls from 1 at 0 to 0 at 1."""
    return (1 + np.cos(np.pi * x)) / 2


def inputs(x: Any) -> Any:
    """Return the mean along all axes but the first; of a vector, 0."""
    return np.mean(x, tuple(range(1, x.ndim)), keepdims=True) if x.ndim > 1 else 0.0


FUNCTIONS = {
    "where": where,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "sign": np.sign,
    "max": np.maximum,
    "min": np.minimum,
    "norm": np.linalg.norm,
    "floor": floor,
    "inputs": inputs,
    "wave": wave,
    "sum": np.sum,
    "mean": np.mean,
    "factored": factored,
    "rows": rows,
    "columns": columns,
    "shape": np.shape,
    "highest": highest,
    "newton_schulz": newton_schulz,
}


def each(xs: Any, y: Any) -> Any:
    """Return pairs of each of several and one that is the same for all."""
    return tuple((x, y) for x in xs)


def pieces(first: float, factors: Any) -> tuple[tuple[Any, ...], tuple[float, ...]]:
    """Return when a number changes, in order, and what it is before and after each.

    Parameters
    ----------
    first : float
        The number at first.
    factors : dict or sequence
        A step and the factor there, for each.

    Returns
    -------
    tuple
        The steps, and one number more.
    """
    found: dict[Any, float] = {}
    for step, factor in factors.items() if isinstance(factors, dict) else factors:
        found[step] = found.get(step, 1.0) * factor
    changes = tuple(sorted(found))
    values = accumulate((found[step] for step in changes), mul, initial=1.0 * first)
    return changes, tuple(values)


def factors_between(values: Any) -> tuple[float, ...]:
    """Return each of several numbers over the one before; 1 if that is 0."""
    return tuple(y / x if x else 1.0 for x, y in pairwise(values))


def paired(xs: Any, ys: Any) -> dict[Any, Any]:
    """Return what is at each of several places."""
    return dict(zip(xs, ys, strict=True))


def moved(xs: Any, by: float) -> tuple[Any, ...]:
    """Return each of several numbers and another."""
    return tuple(x + by for x in xs)


def passed(xs: Any, t: float) -> int:
    """Return how many of several numbers are below another."""
    return sum(x < t for x in xs)


# Those of rules that the form of the page does not ask for.
IN_PYTHON = {
    "kept": kept,
    "two_loops": two_loops,
    "each": each,
    "pieces": pieces,
    "factors_between": factors_between,
    "paired": paired,
    "moved": moved,
    "passed": passed,
}


GLOBALS = {"__builtins__": {}, **FUNCTIONS, **IN_PYTHON}


@cache
def compiled(expression: str) -> CodeType:
    """Return an expression, compiled."""
    return compile(expression, expression, "eval")


def evaluate(expression: str, names: Mapping[str, Any]) -> Any:
    """Return the value of an expression.

    Parameters
    ----------
    expression : str
        Of the data.
    names : mapping
        What each name in it stands for.

    Returns
    -------
    object
        A number, None, a tuple or an array.
    """
    return eval(compiled(expression), GLOBALS, names)


def assignments(steps: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the expression of each line of steps.

    Parameters
    ----------
    steps : str
        Of a rule.
    """
    for line in steps.strip().splitlines():
        name, _, expression = line.partition(" = ")
        yield name.strip(), expression.strip()
