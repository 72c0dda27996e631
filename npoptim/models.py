"""Models of plain arrays, parts of a model, and several optimizers as one."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from npoptim.optimizer import Closure, InPlace, Model, Optimizer, Structure


class Arrays:
    """A model of plain arrays, with their gradients.

    Parameters
    ----------
    **parameters : array_like
        The parameters by name, of any shape. An array of floats is kept as it is, so
        that an optimizer's steps change it in place; other numbers become a new array
        of float64.

    Attributes
    ----------
    parameters, gradients : dict of np.ndarray
        By name. The gradients are zeros at first, of the same shapes and dtypes.

    Raises
    ------
    TypeError
        If a parameter does not hold real numbers.

    Examples
    --------
    With lr = 0.5, w = 4 - 0.5 · 2 = 3:

    >>> from npoptim import SGD, Arrays
    >>> model = Arrays(w=4)
    >>> optimizer = SGD(model, lr=0.5)
    >>> model.gradients["w"][...] = 2
    >>> optimizer.step()
    >>> model.parameters["w"]
    array(3.)
    """

    def __init__(self, **parameters: ArrayLike) -> None:
        self.parameters: dict[str, np.ndarray] = {}
        for name, value in parameters.items():
            array = np.asarray(value)
            if array.dtype.kind not in "fiub":
                raise TypeError(f"{name} must hold real numbers, got {value!r}")
            kept = array if array.dtype.kind == "f" else array.astype(float)
            self.parameters[name] = kept
        self.gradients = {k: np.zeros_like(w) for k, w in self.parameters.items()}

    @property
    def _parameters(self) -> Structure:
        return [self.parameters]

    @property
    def _gradients(self) -> Structure:
        return [self.gradients]


class Part:
    """Some of a model's arrays, as a model.

    Parameters
    ----------
    model : object
        The model that it is a part of.
    chosen : callable
        ``chosen(layer, name)`` says whether an array belongs to the part: ``layer`` is
        the number of its layer in the model, from 0, and ``name`` its name there.

    Examples
    --------
    >>> from npoptim import SGD, Part
    >>> from npoptim.npnet import Linear, ReLU, Sequential
    >>> model = Sequential(Linear(3, 2), ReLU(), Linear(2, 1))
    >>> biases = Part(model, lambda layer, name: name == "bias")
    >>> [[*layer] for layer in SGD(biases).parameters]
    [['bias'], [], ['bias']]
    """

    def __init__(self, model: Model, chosen: Callable[[int, str], bool]) -> None:
        if not callable(chosen):
            raise TypeError(
                f"chosen must be a function of a layer's number and an array's name, "
                f"got {chosen!r}"
            )
        self.model = model
        self.chosen = chosen

    @property
    def _parameters(self) -> Structure:
        return self._choose(self.model._parameters)

    @property
    def _gradients(self) -> Structure:
        return self._choose(self.model._gradients)

    def _choose(self, layers: Structure) -> Structure:
        return [
            {name: array for name, array in layer.items() if self.chosen(i, name)}
            for i, layer in enumerate(layers)
        ]


class Groups(Optimizer):
    """Several optimizers on the parts of one model, as one optimizer.

    Each has a :class:`Part` of the model, and each array of the model is in one part.
    So the biases may go without decay, or the matrices by another rule than the
    vectors.

    Parameters
    ----------
    *optimizers : Optimizer
        At least one. Their models are parts of the same model.

    Attributes
    ----------
    optimizers : tuple of Optimizer
        Each has its own hyperparameters; this class has none.

    Raises
    ------
    TypeError
        If there is no optimizer, or what is given is none, or not on a part.
    ValueError
        If the parts are of different models, or an array is in no part or in two.

    Examples
    --------
    Decay for the weight alone. With lr = 0.5, the bias becomes 2 - 0.5 · 1 = 1.5, and
    the weight 2 - 0.5 · (1 + 0.5 · 2) = 1:

    >>> from npoptim import SGD, Arrays, Groups, Part
    >>> model = Arrays(weight=2, bias=2)
    >>> weight = Part(model, lambda layer, name: name == "weight")
    >>> bias = Part(model, lambda layer, name: name == "bias")
    >>> optimizer = Groups(SGD(weight, lr=0.5, weight_decay=0.5), SGD(bias, lr=0.5))
    >>> for g in model.gradients.values():
    ...     g[...] = 1
    >>> optimizer.step()
    >>> model.parameters
    {'weight': array(1.), 'bias': array(1.5)}
    """

    arguments: ClassVar[dict[str, tuple[str, str]]] = {}

    def __init__(self, *optimizers: Optimizer, **hyperparameters: Any) -> None:
        for i, optimizer in enumerate(optimizers):
            if not isinstance(getattr(optimizer, "model", None), Part):
                raise TypeError(
                    f"optimizers[{i}] must be an optimizer on a Part of the model, got "
                    f"{optimizer!r}"
                )
        if not optimizers:
            raise TypeError("optimizers must be at least one, got none")
        self.optimizers = optimizers
        super().__init__(**hyperparameters)

    def _refuse(self, *value: Any) -> Any:
        raise AttributeError(
            "Groups has no hyperparameters: those of each group are in optimizers[i]"
        )

    lr = property(_refuse, _refuse)
    weight_decay = property(_refuse, _refuse)

    @property
    def needs_closure(self) -> bool:  # type: ignore[override]
        """Whether one of the optimizers needs a closure."""
        return any(optimizer.needs_closure for optimizer in self.optimizers)

    def complete(self, **arguments: Any) -> None:
        super().complete(model=_find_whole(self.optimizers))
        self.updates = _join([optimizer.updates for optimizer in self.optimizers])
        slots = dict.fromkeys(s for o in self.optimizers for s in o.state)
        for slot in slots:
            having = [o.state[slot] for o in self.optimizers if slot in o.state]
            self.state.setdefault(slot, _join(having))

    def prepare(self) -> None:
        for optimizer in self.optimizers:
            optimizer.closure = self.closure
            optimizer.prepare()
            optimizer.closure = None

    def regularize(self) -> None:
        for optimizer in self.optimizers:
            optimizer.regularize()

    def get_updates(self) -> None:
        for optimizer in self.optimizers:
            optimizer.get_updates()

    def finish(self) -> None:
        for optimizer in self.optimizers:
            optimizer.finish()

    def clear(self) -> None:
        for optimizer in self.optimizers:
            optimizer.clear()
        super().clear()

    def evaluation(self) -> AbstractContextManager[Any]:
        stack = ExitStack()
        for optimizer in self.optimizers:
            stack.enter_context(optimizer.evaluation())
        return stack

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.optimizers))})"

    def _count(self, t: int) -> None:
        for optimizer in self.optimizers:
            optimizer._count(t)
        super()._count(t)

    def _memory(self) -> dict[str, Any]:
        return {
            **super()._memory(),
            "optimizers": [
                {"class": type(o).__name__, **o._memory()} for o in self.optimizers
            ],
        }

    def _check_memory(self, state: dict[str, Any]) -> None:
        super()._check_memory(state)
        for optimizer, its in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer._check_memory(its)

    def _remember(self, state: dict[str, Any]) -> None:
        super()._remember(state)
        for optimizer, its in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer._remember(its)

    def _keep(self) -> Any:
        return super()._keep(), [optimizer._keep() for optimizer in self.optimizers]

    def _bring_back(self, kept: Any) -> None:
        own, theirs = kept
        super()._bring_back(own)
        for optimizer, its in zip(self.optimizers, theirs, strict=True):
            optimizer._bring_back(its)

    def _check_step(self, closure: Closure | None) -> None:
        super()._check_step(closure)
        for optimizer in self.optimizers:
            optimizer._check_step(closure)


def _find_whole(optimizers: Sequence[Optimizer]) -> Model:
    """Return the model of which the optimizers have the parts, if each is in one."""
    parts = [o.model for o in optimizers if isinstance(o.model, Part)]
    whole = parts[0].model
    for i, part in enumerate(parts):
        if part.model is not whole:
            raise ValueError(
                f"optimizers[{i}] must be on a part of the same model as optimizers[0]"
            )
    for i, layer in enumerate(whole._parameters):
        for name in layer:
            owners = [k for k, part in enumerate(parts) if name in part._parameters[i]]
            if len(owners) != 1:
                where = f"those of optimizers {owners}" if owners else "none"
                raise ValueError(
                    f"layer {i}, key {name!r} must be in one part, but is in {where}"
                )
    return whole


def _join(structures: Sequence[Structure]) -> list[InPlace]:
    """Return one structure with the arrays of all: of parts of one model."""
    return [
        InPlace({k: a for layer in layers for k, a in layer.items()})
        for layers in zip(*structures, strict=True)
    ]
