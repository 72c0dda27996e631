"""Every intermediate of every step, as a table."""

from collections import namedtuple
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from npoptim.optimizer import Optimizer


class Trace(tuple[Any, ...]):
    """The records of some steps: a tuple that prints as an aligned table."""

    __slots__ = ()

    def __repr__(self) -> str:
        if not self:
            return "Trace of no steps"
        rows = [self[0]._fields, *([_cell(x) for x in record] for record in self)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join(
            "  ".join(cell.rjust(n) for cell, n in zip(row, widths, strict=True))
            for row in rows
        )

    def __getitem__(self, index: Any) -> Any:
        item = super().__getitem__(index)
        return Trace(item) if isinstance(index, slice) else item


def trace(
    optimizer_class: type[Optimizer],
    w: Any,
    gradients: Sequence[Any],
    **hyperparameters: Any,
) -> Trace:
    r"""Step an optimizer through scripted gradients and record everything.

    Parameters
    ----------
    optimizer_class : type
        The class of the optimizer.
    w : float or array_like
        The parameter to start from, of any shape. It is copied, as float64.
    gradients : sequence of float or array_like
        The gradient at each step, each of the shape of ``w``.
    **hyperparameters
        The arguments of the optimizer, such as ``lr``.

    Returns
    -------
    Trace
        A tuple with a record (a named tuple) for each step, which prints as a
        table. Its fields are ``t``; ``g``, the gradient after regularization; the
        optimizer's slots by name; ``increment``; and ``w`` after the step. Where
        ``w`` is a number they are floats, otherwise arrays of its shape.

    Raises
    ------
    TypeError, ValueError
        What the optimizer raises for its hyperparameters.
    ValueError
        If a gradient does not have the shape of ``w``.

    Examples
    --------
    Plain descent with lr = 0.5: w = 4 - 0.5 · 2 = 3, then 3 + 0.5 · 6 = 6.

    >>> from npoptim import SGD, trace
    >>> steps = trace(SGD, 4, [2, -6], lr=0.5)
    >>> steps
    t   g   v  increment  w
    1   2  -1         -1  3
    2  -6   3          3  6
    >>> [step.w for step in steps]
    [3.0, 6.0]
    """
    w = np.array(w, dtype=float)
    script = [np.asarray(gradient, dtype=float) for gradient in gradients]
    for i, gradient in enumerate(script):
        if gradient.shape != w.shape:
            raise ValueError(
                f"gradients[{i}] must have the shape of w, {w.shape}, "
                f"got {gradient.shape}"
            )
    g = np.zeros_like(w)
    model = SimpleNamespace(_parameters=[{"w": w}], _gradients=[{"w": g}])
    optimizer = optimizer_class(model, **hyperparameters)
    fields = ("t", "g", *optimizer.slots, "increment", "w")
    record = namedtuple("record", fields)  # type: ignore[misc]
    records = []
    for gradient in script:
        g[...] = gradient
        optimizer.step()
        state = [slot[0]["w"] for slot in optimizer.state.values()]
        arrays = (g, *state, optimizer.updates[0]["w"], w)
        records.append(record._make((optimizer.t, *map(_value, arrays))))
    return Trace(records)


def _value(array: np.ndarray) -> Any:
    return array.copy() if array.ndim else float(array)


def _cell(value: Any) -> str:
    # Adding 0 turns -0 into 0.
    if isinstance(value, np.ndarray):
        text = np.array2string(value + 0, formatter={"float_kind": "{:.6g}".format})
        return " ".join(text.split())
    return f"{value + 0:.6g}"
