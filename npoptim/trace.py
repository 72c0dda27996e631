"""Every intermediate of every step, as a table."""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from npoptim.models import Arrays
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
    optimizer_class: Callable[..., Optimizer],
    w: Any,
    gradients: Sequence[Any],
    losses: Sequence[float] | None = None,
    **hyperparameters: Any,
) -> Trace:
    r"""Step an optimizer through scripted gradients and record everything.

    Parameters
    ----------
    optimizer_class : type or callable
        The class of the optimizer, or a function that builds one on a model.
    w : float or array_like, or dict of them
        The parameter to start from, of any shape, or several by name. They are copied,
        as float64.
    gradients : sequence of float or array_like, or of dicts of them, or of callables
        The gradient at each step, each of the shape of ``w``, with the names of ``w``
        if it has names. Or a function that returns it for any weights, which are given
        as ``w`` is, for rules that ask for it at other points, too.
    losses : sequence of float, optional
        The loss at each step, for rules that ask for it.
    **hyperparameters
        The arguments of the optimizer, such as ``lr``.

    Returns
    -------
    Trace
        A tuple with a record (a named tuple) for each step, which prints as a
        table. Its fields are ``t``; ``g``, the gradient after regularization; the
        optimizer's slots by name; ``increment``; and ``w`` after the step. Where
        ``w`` is a number they are floats, otherwise arrays of its shape. Where ``w``
        has names, there is a record for each step and name, which is the field
        ``name``, and a slot that the name does not have is None.

    Raises
    ------
    TypeError, ValueError
        What the optimizer raises for its hyperparameters.
    ValueError
        If a gradient does not have the shapes and names of ``w``; if there are not as
        many losses as gradients.

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

    Two parameters, and two rules. Adagrad makes the bias 1 - 0.5 · 3 / √3² = 0.5:

    >>> from npoptim import Adagrad, Groups, Part
    >>> def build(model):
    ...     weight = Part(model, lambda layer, name: name == "weight")
    ...     bias = Part(model, lambda layer, name: name == "bias")
    ...     return Groups(SGD(weight, lr=0.5), Adagrad(bias, lr=0.5, eps=0))
    >>> trace(build, {"weight": 4, "bias": 1}, [{"weight": 2, "bias": 3}])
    t    name  g   v  increment    w
    1  weight  2  -1         -1    3
    1    bias  3   9       -0.5  0.5
    """
    named = isinstance(w, Mapping)
    model = Arrays(**{k: np.array(a, float) for k, a in _by_name(w).items()})
    shapes = {name: a.shape for name, a in model.parameters.items()}

    def fill(i: int) -> float | None:
        """Fill in the gradients of a step: its closure."""
        gradient = gradients[i]
        if callable(gradient):
            now = {name: a.copy() for name, a in model.parameters.items()}
            gradient = gradient(now if named else now["w"])
        gradient = _by_name(gradient)
        given = {name: np.shape(g) for name, g in gradient.items()}
        if given != shapes:
            wanted, got = (
                ", ".join(f"{name} {shape}" for name, shape in each.items())
                for each in (shapes, given)
            )
            raise ValueError(
                f"gradients[{i}] must have the shape of {wanted}, got {got}"
            )
        for name, g in gradient.items():
            model.gradients[name][...] = g
        return None if losses is None else float(losses[i])

    if losses is not None and len(losses) != len(gradients):
        raise ValueError(
            f"losses must be as many as the gradients, {len(gradients)}, "
            f"got {len(losses)}"
        )
    for i in range(len(gradients)):
        fill(i)
    optimizer = optimizer_class(model, **hyperparameters)
    first = ("t", "name") if named else ("t",)
    fields = (*first, "g", *optimizer.state, "increment", "w")
    record = namedtuple("record", fields)  # type: ignore[misc]
    records = []
    for i, gradient in enumerate(gradients):
        fill(i)
        has_closure = losses is not None or callable(gradient)
        optimizer.step(partial(fill, i) if has_closure else None)
        for name in shapes:
            structures = (
                optimizer.gradients,
                *optimizer.state.values(),
                optimizer.updates,
                optimizer.parameters,
            )
            values = [_value(structure[0].get(name)) for structure in structures]
            where = (optimizer.t, name) if named else (optimizer.t,)
            records.append(record._make((*where, *values)))
    return Trace(records)


def _by_name(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {"w": value}


def _value(array: np.ndarray | None) -> Any:
    if array is None:
        return None
    return array.copy() if array.ndim else float(array)


def _cell(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    # Adding 0 turns -0 into 0.
    if isinstance(value, np.ndarray):
        text = np.array2string(value + 0, formatter={"float_kind": "{:.6g}".format})
        return " ".join(text.split())
    return f"{value + 0:.6g}"
