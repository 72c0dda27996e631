r"""The template that every optimizer fills in."""

from collections.abc import Iterator, Sequence
from inspect import signature
from typing import Any, ClassVar, Protocol

import numpy as np

from npoptim.checks import Number

# Elements in a block. The temporaries of an equation are as large, and never travel
# to main memory and back. Measured by tests/benchmarks: with a quarter of it the
# calls cost more than the arithmetic saves, with eight times it caches overflow.
BLOCK = 32_768

Arrays = Sequence[dict[str, np.ndarray]]


class Model(Protocol):
    """What an optimizer asks of a model: two lists of the same structure."""

    @property
    def _parameters(self) -> Arrays: ...

    @property
    def _gradients(self) -> Arrays: ...


class Optimizer:
    r"""Descend along the gradient: regularize, get the updates, apply them.

    One step, for each parameter array :math:`w` with its gradient :math:`g`, the
    weight decay :math:`\alpha` (``weight_decay``) and the increment
    :math:`\Delta w` that the subclass's rule finds, is

    .. math::

        \begin{aligned}
        g_t &\leftarrow g_t + \alpha w_{t-1} \\
        w_t &= w_{t-1} + \Delta w_t
        \end{aligned}

    The first line is the gradient of the L2 penalty
    :math:`\tfrac{\alpha}{2} \lVert w \rVert^2`, square included. The penalty is
    never added to the loss, and it holds for every array, biases too.

    A subclass says which state arrays it keeps for each parameter array
    (``slots``) and how the increment follows from them (:meth:`update`).
    Everything else is written here, once.

    Parameters
    ----------
    model : object
        Anything with ``_parameters`` and ``_gradients``: two lists with a dict
        for each layer, each dict mapping a name such as ``"weight"`` to a
        writeable array of floats, of any shape. Both lists have the same
        structure, shapes and dtypes. The arrays are only changed in place.
    lr : float, default 1e-3
        Learning rate :math:`\lambda`, in [0, inf).
    weight_decay : float, default 0.0
        Strength :math:`\alpha` of the penalty, in [0, inf).

    Attributes
    ----------
    parameters, gradients : list of dict
        The model's own lists.
    updates : list of dict
        The increments :math:`\Delta w` of the last step, of the same structure.
    state : dict
        For each slot, its arrays, of the same structure.
    t : int
        The number of the step being taken, from 1; 0 before the first.

    Raises
    ------
    TypeError
        If the model lacks one of the two lists, or holds anything but arrays of
        floats; if a hyperparameter is not a number.
    ValueError
        If the two lists do not match, or an array cannot be written to; if a
        hyperparameter is out of its range.

    Examples
    --------
    An optimizer of one's own is one equation. This one moves each weight by
    :math:`\lambda`, whatever the size of its gradient:

    >>> import numpy as np
    >>> from npoptim import Optimizer, trace
    >>> class SignDescent(Optimizer):
    ...     def update(self, w, g):
    ...         return -self.lr * np.sign(g)

    With lr = 0.5 and weight decay 2, from w = 1, the gradients 3, -1, -5 become

    - 3 + 2 · 1 = 5, so w = 1 - 0.5 = 0.5;
    - -1 + 2 · 0.5 = 0, so w stays at 0.5;
    - -5 + 2 · 0.5 = -4, so w = 0.5 + 0.5 = 1.

    >>> trace(SignDescent, 1, [3, -1, -5], lr=0.5, weight_decay=2)
    t   g  increment    w
    1   5       -0.5  0.5
    2   0          0  0.5
    3  -4        0.5    1
    """

    slots: ClassVar[tuple[str, ...]] = ()
    """Names of the state arrays that the rule keeps for each parameter array.
    They are zeros before the first step."""

    elementwise: ClassVar[bool] = True
    """Whether each element's increment depends on that element alone. If so, large
    arrays reach :meth:`update` block by block; if not, always whole."""

    lr = Number()
    weight_decay = Number()

    def __init__(
        self, model: Model, lr: float = 1e-3, weight_decay: float = 0.0
    ) -> None:
        for name in ("_parameters", "_gradients"):
            if not isinstance(getattr(model, name, None), Sequence):
                raise TypeError(
                    "model must have the lists _parameters and _gradients: "
                    f"{type(model).__name__} has no list {name}"
                )
        self.lr = lr
        self.weight_decay = weight_decay
        self.parameters = model._parameters
        self.gradients = model._gradients
        self._check_arrays()
        self.updates = self._zeros()
        self.state = {slot: self._zeros() for slot in self.slots}
        self.t = 0

    def step(self) -> None:
        """Take one step: regularize, get the updates, apply them.

        Raises
        ------
        TypeError, ValueError
            If the model's lists have come to differ since construction. Nothing
            has changed then.
        NotImplementedError
            If the subclass has no rule.
        """
        self._check_rule()
        self._check_arrays()
        self.t += 1
        self.regularize()
        self.get_updates()
        for w, u in _leaves(self.parameters, self.updates):
            w += u

    def regularize(self) -> None:
        """Add the gradient of the penalty to the gradients: g += alpha w."""
        if self.weight_decay:
            for w, g in self.blocks(self.parameters, self.gradients):
                g += self.weight_decay * w

    def get_updates(self) -> None:
        """Fill ``updates`` with the increments, array by array.

        A rule that needs all arrays at once overrides this method instead of
        :meth:`update`, and loops over ``parameters``, ``gradients`` and
        ``updates`` as it pleases.

        Raises
        ------
        NotImplementedError
            If the subclass has neither method.
        """
        for w, g, u, *state in self.blocks(
            self.parameters, self.gradients, self.updates, *self.state.values()
        ):
            u[...] = self.update(w, g, **dict(zip(self.state, state, strict=True)))

    def update(self, w: np.ndarray, g: np.ndarray, *_: Any, **state: Any) -> np.ndarray:
        """Return the increment of one array: the rule itself.

        Parameters
        ----------
        w, g : np.ndarray
            The parameter and its regularized gradient, of the same shape. Not to
            be changed.
        **state : np.ndarray
            The arrays of the slots, by name, of the same shape. What is to be
            remembered is written into them: ``v[...] = ...``.

        Returns
        -------
        np.ndarray
            The increment, of the same shape.
        """
        raise self._no_rule()

    def zero_grad(self) -> None:
        """Fill the gradients with zeros, in place."""
        fill_with_zeros(self.gradients)

    def clear(self) -> None:
        """Go back to the start: increments, all state and ``t`` are 0 again.

        The parameters stay where they are.
        """
        for structure in (self.updates, *self.state.values()):
            fill_with_zeros(structure)
        self.t = 0

    def blocks(self, *structures: Arrays) -> Iterator[list[np.ndarray]]:
        """Walk through the arrays of several structures side by side.

        Parameters
        ----------
        *structures : list of dict
            Structures like ``parameters``.

        Yields
        ------
        list of np.ndarray
            For each layer and name, the array of each structure, to be changed in
            place. If the rule is elementwise, large arrays come in pieces of at
            most 32,768 elements, views that stay in the cache.
        """
        for arrays in _leaves(*structures):
            if self.elementwise and arrays[0].size > BLOCK:
                yield from _pieces(arrays)
            else:
                yield arrays

    def __repr__(self) -> str:
        names = [name for name in signature(type(self)).parameters if name != "model"]
        values = (f"{n}={getattr(self, n)!r}" for n in names if hasattr(self, n))
        return f"{type(self).__name__}({', '.join(values)})"

    def _zeros(self) -> list[dict[str, np.ndarray]]:
        return [
            _InPlace({name: np.zeros_like(w) for name, w in layer.items()})
            for layer in self.parameters
        ]

    def _check_rule(self) -> None:
        cls = type(self)
        if cls.update is Optimizer.update and cls.get_updates is Optimizer.get_updates:
            raise self._no_rule()

    def _no_rule(self) -> NotImplementedError:
        return NotImplementedError(
            f"{type(self).__name__} must define update() or get_updates()"
        )

    def _check_arrays(self) -> None:
        if len(self.parameters) != len(self.gradients):
            raise ValueError(
                f"_parameters has {len(self.parameters)} layers, "
                f"_gradients has {len(self.gradients)}"
            )
        for i, (layer, gradients) in enumerate(
            zip(self.parameters, self.gradients, strict=True)
        ):
            if not isinstance(layer, dict) or not isinstance(gradients, dict):
                raise TypeError(
                    f"layer {i} must be a dict of arrays, got "
                    f"{type(layer).__name__} and {type(gradients).__name__}"
                )
            if layer.keys() != gradients.keys():
                raise ValueError(
                    f"layer {i}: _parameters has the keys {[*layer]}, "
                    f"_gradients has {[*gradients]}"
                )
            for name, w in layer.items():
                g = gradients[name]
                _check_array("_parameters", i, name, w)
                _check_array("_gradients", i, name, g)
                if w.shape != g.shape or w.dtype != g.dtype:
                    raise ValueError(
                        f"layer {i}, key {name!r}: the parameter is "
                        f"{w.dtype} of shape {w.shape}, "
                        f"its gradient {g.dtype} of shape {g.shape}"
                    )


class _InPlace(dict[str, np.ndarray]):
    """A layer's arrays, where ``arrays[name] = value`` writes into the array.

    So a loop of one's own may assign an increment as it likes: the array stays the
    same, and is never one that belongs to somebody else.
    """

    def __setitem__(self, name: str, value: np.ndarray) -> None:
        if name in self:
            self[name][...] = value
        else:
            super().__setitem__(name, value)


def _check_array(which: str, i: int, name: str, array: Any) -> None:
    if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
        kind = getattr(array, "dtype", type(array).__name__)
        raise TypeError(
            f"{which}: layer {i}, key {name!r} must be a NumPy array of floats, "
            f"got {kind}"
        )
    if not array.flags.writeable:
        raise ValueError(f"{which}: layer {i}, key {name!r} must be writeable")


def _leaves(*structures: Arrays) -> Iterator[list[np.ndarray]]:
    for layers in zip(*structures, strict=True):
        for name in layers[0]:
            yield [layer[name] for layer in layers]


def _pieces(arrays: list[np.ndarray]) -> Iterator[list[np.ndarray]]:
    """Cut large arrays of one shape along the axis whose steps are longest."""
    if arrays[0].flags.fnc:
        arrays = [array.T for array in arrays]
    length, size = len(arrays[0]), arrays[0].size
    if size > BLOCK * length:
        for rows in zip(*arrays, strict=True):
            yield from _pieces([*rows])
    else:
        step = BLOCK * length // size
        for start in range(0, length, step):
            yield [array[start : start + step] for array in arrays]


def is_built_on(optimizer: Optimizer, model: Model) -> bool:
    """Say whether an optimizer's steps change the parameters of a model."""
    return [*map(id, optimizer.parameters)] == [*map(id, model._parameters)]


def fill_with_zeros(structure: Arrays) -> None:
    """Fill every array of a structure with zeros, in place."""
    for (array,) in _leaves(structure):
        array.fill(0)
