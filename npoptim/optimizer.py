r"""The template that every optimizer fills in."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from inspect import Parameter, signature
from itertools import islice
from math import isfinite, sqrt
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
from numpy.lib.array_utils import byte_bounds

from npoptim.declared import Declared, refuse_two_meanings
from npoptim.hyperparameters import Number, check_count
from npoptim.saving import check_alike, copied, fill, identity
from npoptim.schedules import describe_schedule

if TYPE_CHECKING:
    from npoptim.conventions import Translation

# Elements in a block. The temporaries of an equation are as large, and never travel
# to main memory and back. Measured by tests/benchmarks: with a quarter of it the
# calls cost more than the arithmetic saves, with eight times it caches overflow.
BLOCK = 32_768

# Where a sum of squares is larger, a rule's fourth powers may be beyond float32, which
# ends at about 3e38.
LARGE = 1e18

Array = np.ndarray
Structure = Sequence[dict[str, Array]]
Closure = Callable[[], Any]

# What no slot may be called: the other arguments of a rule, the columns of a trace.
WORDS = frozenset(("self", "t", "name", "w", "g", "increment"))


# The flags of the arithmetic itself: they cost nothing, and miss no number.
RAISING: dict[str, Any] = {"divide": "raise", "over": "raise", "invalid": "raise"}

# Attributes that the template itself sets.
OWN = frozenset(("t", "optimizers", "_away", "_layout"))


class Model(Protocol):
    """What an optimizer asks of a model: two lists of the same structure."""

    @property
    def _parameters(self) -> Structure: ...

    @property
    def _gradients(self) -> Structure: ...


class Optimizer(Declared, kw_only=False):
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

    A subclass declares its hyperparameters (:class:`Number`, :class:`Flag`) and the
    state arrays that it keeps for each parameter array (``slots``), and says how the
    increment follows from them (:meth:`update`). Everything else is written here,
    once.

    Attributes
    ----------
    model : object
        What the optimizer was built on. Its two lists are read anew at each step.
    parameters, gradients : list of dict
        The model's lists, as of the last step.
    updates : list of dict
        The increments :math:`\Delta w` of the last step, of the same structure.
    state : dict
        For each slot, its arrays, in the same structure.
    t : int
        The number of the step being taken, from 1; 0 before the first.
    schedules : dict
        The hyperparameters that are functions of :math:`t`, by name. The attribute
        of the hyperparameter has the value at the step ``t``, or at the first.

    Raises
    ------
    TypeError
        If the model lacks one of the two lists, or holds anything but arrays of
        floats; if a hyperparameter is not a number.
    ValueError
        If the two lists do not match, an array cannot be written to, or two share
        memory; if a hyperparameter is out of its range.

    Notes
    -----
    A model is anything with ``_parameters`` and ``_gradients``: two lists with a dict
    for each layer, each dict mapping a name such as ``"weight"`` to a writeable array
    of floats, of any shape. Both lists have the same structure, shapes and dtypes.
    The arrays are only changed in place. :class:`Arrays` makes a model of plain arrays.

    Every number may be a schedule, a function of :math:`t`: see :class:`Schedule`.

    A step refuses gradients that are infinite or not a number, and a rule that divides
    by 0 or leaves the range of its floats. For those who study divergence, NumPy's own
    switch lets through what it is told to ignore: ``with np.errstate(all="ignore"):``.
    Arrays of float16 are refused: most values of :math:`\varepsilon` are 0 there.

    .. warning::

        :meth:`regularize` changes the gradients in place, so ``gradients`` holds them
        with the penalty after a step. A second step on the same gradients, without
        :meth:`zero_grad` and a new backward pass, adds the penalty a second time.
        PyTorch adds it to a copy.

    Examples
    --------
    An optimizer of one's own is one equation. This one moves each weight by
    :math:`\lambda`, whatever the size of its gradient:

    >>> import numpy as np
    >>> from npoptim import Arrays, Optimizer, trace
    >>> class SignDescent(Optimizer):
    ...     def update(self, w, g):
    ...         return -self.lr * np.sign(g)

    With lr = 0.5 and weight decay 2, from w = 1, the gradients 3, -1, -5 become

    - g = 3 + 2 · 1 = 5, so w = 1 - 0.5 = 0.5;
    - g = -1 + 2 · 0.5 = 0, so w stays at 0.5;
    - g = -5 + 2 · 0.5 = -4, so w = 0.5 + 0.5 = 1.

    >>> trace(SignDescent, 1, [3, -1, -5], lr=0.5, weight_decay=2)
    t   g  increment    w
    1   5       -0.5  0.5
    2   0          0  0.5
    3  -4        0.5    1

    A gradient that is no number is refused, unless NumPy is told to ignore it:

    >>> model = Arrays(w=[1.0, 2.0])
    >>> optimizer = SignDescent(model, lr=0.5)
    >>> model.gradients["w"][...] = [1, np.nan]
    >>> optimizer.step()
    Traceback (most recent call last):
    ...
    FloatingPointError: layer 0, key 'w': 1 of 2 elements of the gradient is not finite
    >>> with np.errstate(invalid="ignore"):
    ...     optimizer.step()
    >>> model.parameters["w"]
    array([0.5, nan])
    """

    slots: ClassVar[tuple[str, ...]] = ()
    """Names of the state arrays that a class keeps for each parameter array. To those
    that a class declares, those of its bases are added."""

    shared: ClassVar[dict[str, float]] = {}
    """Numbers that all arrays share, and their values before the first step. Each is an
    attribute of its name, which :meth:`prepare` changes. Bases' are added."""

    elementwise: ClassVar[bool] = True
    """Whether each element's increment depends on that element alone. If so, large
    arrays reach :meth:`update` block by block; if not, always whole."""

    needs_closure: ClassVar[bool] = False
    """Whether a step calls ``self.closure()``, which fills the gradients anew where
    the model stands, and returns the loss."""

    arguments: ClassVar[dict[str, tuple[str, str]]] = {
        "model": (
            "object",
            "What is trained: :class:`~npoptim.Arrays`, or a network, for instance. "
            "See :class:`~npoptim.Optimizer`.",
        )
    }
    takes_schedules = True
    reserved = frozenset(
        ("model", "parameters", "gradients", "updates", "state", "schedules", "closure")
    )

    model: Model
    lr: Number = Number(r"\lambda", "[0, inf)", "learning rate", default=1e-3)
    weight_decay: Number = Number(
        r"\alpha", "[0, inf)", "strength of the L2 penalty", default=0.0, kw_only=True
    )

    t = 0

    _own_slots: ClassVar[tuple[str, ...]] = ()
    _own_shared: ClassVar[dict[str, float]] = {}
    _own_asked: ClassVar[list[str]] = []
    _handed: ClassVar[tuple[str, ...]] = ()  # the slots that update asks for

    def __init_subclass__(cls, *, kw_only: bool = True) -> None:
        super().__init_subclass__(kw_only=kw_only)
        cls._own_slots = tuple(vars(cls).get("slots", ()))
        cls._own_shared = dict(vars(cls).get("shared", {}))
        bases = [base for base in cls.__mro__[::-1] if issubclass(base, Optimizer)]
        cls.slots = tuple(dict.fromkeys(s for base in bases for s in base._own_slots))
        cls.shared = {k: v for base in bases for k, v in base._own_shared.items()}
        for slot in cls.slots:
            if slot in WORDS or slot in cls.hyperparameters:
                raise TypeError(f"{cls.__name__}: a slot cannot be named {slot!r}")
            having = {base: "a slot" for base in bases if slot in base._own_slots}
            refuse_two_meanings(cls, slot, having)
        for name in cls.shared:
            if hasattr(cls, name) or name in (*cls.slots, *cls.reserved):
                raise TypeError(
                    f"{cls.__name__}: a shared number cannot be named {name!r}"
                )
        # A rule is handed the slots that it asks for. The rest is for other methods.
        cls._own_asked = _asked(cls)
        asked = {name for base in bases for name in base._own_asked}
        if unknown := sorted(asked.difference(cls.slots)):
            raise TypeError(
                f"{cls.__name__}.update() asks for {', '.join(unknown)}, which is not "
                f"in its slots {cls.slots}"
            )
        cls._handed = tuple(slot for slot in cls.slots if slot in asked)

    def complete(self, **arguments: Any) -> None:
        """Look at the model, and make the state.

        Parameters
        ----------
        **arguments
            The model, as ``model``.
        """
        self.model = arguments["model"]
        self.closure: Closure | None = None  # that of the step being taken
        self._away = False
        _check_model(self.model)
        self.parameters, self.gradients = self.model._parameters, self.model._gradients
        _refuse_shared_memory(self.parameters, self.gradients)
        self._layout = [
            {name: (w.shape, w.dtype) for name, w in layer.items()}
            for layer in self.parameters
        ]
        self.updates = [
            InPlace({name: np.zeros_like(w) for name, w in layer.items()})
            for layer in self.parameters
        ]
        first = [
            {name: self._first_state(i, name, w) for name, w in layer.items()}
            for i, layer in enumerate(self.parameters)
        ]
        self.state = {
            slot: [
                InPlace({k: state[slot] for k, state in layer.items() if slot in state})
                for layer in first
            ]
            for slot in self.slots
        }
        vars(self).update(self.shared)

    def start(self, w: np.ndarray) -> dict[str, np.ndarray]:
        """Return the state of one array before the first step.

        By default that is zeros. A class that starts otherwise overrides this method
        and adds to what it gets from ``super().start(w)``.

        Parameters
        ----------
        w : np.ndarray
            The parameter.

        Returns
        -------
        dict of np.ndarray
            For each slot its array, of the shape of ``w`` if the rule is elementwise.
            If not, of any shape, and a slot that this parameter does not have is left
            out.
        """
        return {slot: np.zeros_like(w) for slot in self.slots}

    def step(self, closure: Closure | None = None) -> None:
        """Take one step: regularize, get the updates, apply them.

        Parameters
        ----------
        closure : callable, optional
            Fills the gradients anew where the model stands, and returns the loss. For
            rules that ask for it (``needs_closure``); others do not call it.

        Raises
        ------
        TypeError
            If the rule needs a closure and there is none.
        TypeError, ValueError
            If the model has changed since construction: other layers, names, shapes
            or dtypes. If a schedule's number is out of range.
        FloatingPointError
            If a gradient, or the loss of the closure, is infinite or not a number, or
            the rule divides by 0 or leaves the range of its floats: unless NumPy is
            told to ignore it, as by ``np.errstate(all="ignore")``.
        NotImplementedError
            If the subclass has no rule.

        Notes
        -----
        Whatever is raised, by a rule too, the parameters have not changed, and ``t``
        neither. Nothing has if it is for gradients that are not finite, or so large
        that the rule's squares are not.
        """
        self._check_step(closure)
        with self._trying(closure):
            self.prepare()
            self.regularize()
            self.get_updates()
        for w, u in _leaves(self.parameters, self.updates):
            w += u
        self.finish()

    def prepare(self) -> None:
        """Do what is done once a step, before any array changes: here, nothing.

        That is the place for numbers that all arrays share, such as a norm of all
        gradients (not yet regularized) or a product over the steps.
        """

    def regularize(self) -> None:
        """Add the gradient of the penalty to the gradients, in place: g += alpha w."""
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
        ValueError
            If an increment is not of the shape of its array.
        """
        handed = self._handed
        for w, g, u, *state in self.blocks(
            self.parameters,
            self.gradients,
            self.updates,
            *(self.state[slot] for slot in handed),
        ):
            try:
                increment = self.update(w, g, **dict(zip(handed, state, strict=True)))
            except FloatingPointError as error:
                raise FloatingPointError(
                    f"{_find(self.parameters, w)}, {w.dtype}: "
                    f"{type(self).__name__}.update(): {error}"
                ) from error
            if np.shape(increment) != u.shape:
                raise ValueError(
                    f"{type(self).__name__}.update() must return an increment of shape "
                    f"{u.shape}, got {np.shape(increment)}"
                )
            u[...] = increment

    def update(self, w: np.ndarray, g: np.ndarray, *_: Any, **state: Any) -> np.ndarray:
        """Return the increment of one array: the rule itself.

        Parameters
        ----------
        w, g : np.ndarray
            The parameter and its regularized gradient, of the same shape. Not to
            be changed.
        **state : np.ndarray
            The arrays of the slots, by name, as :meth:`start` made them, None for one
            that it left out. What is to be remembered is written into them:
            ``v[...] = ...``.

        Returns
        -------
        np.ndarray
            The increment, of the same shape.
        """
        raise self._no_rule()

    def evaluation(self) -> AbstractContextManager[None]:
        """Let the model hold the weights to evaluate, for a while.

        They are the model's own, unless a class keeps others, such as an average. At
        the end of the context the model has its own back, also after an exception.

        Returns
        -------
        context manager

        Examples
        --------
        >>> from npoptim import SGD, Arrays
        >>> model = Arrays(w=[1.0, 2.0])
        >>> with SGD(model).evaluation():
        ...     print(model.parameters["w"])
        [1. 2.]
        """
        return nullcontext()

    @contextmanager
    def standing_at(self, points: Structure) -> Iterator[None]:
        """Let the model stand at other weights for a while.

        Inside, ``self.closure()`` finds the gradients there. No step can be taken.

        Parameters
        ----------
        points : list of dict
            The weights, a structure like ``parameters``.
        """
        own = [w.copy() for (w,) in _leaves(self.parameters)]
        self._away = True
        try:
            for w, point in _leaves(self.parameters, points):
                w[...] = point
            yield
        finally:
            for (w,), old in zip(_leaves(self.parameters), own, strict=True):
                w[...] = old
            self._away = False

    def finish(self) -> None:
        """Do what is done once a step, after the weights have changed: here, nothing.

        That is the place for what follows the weights, such as an average of them.
        """

    def zero_grad(self) -> None:
        """Fill the gradients with zeros, in place."""
        fill_with_zeros(self.model._gradients)

    def clear(self) -> None:
        """Go back to the start: increments, all state and ``t`` are as before a step.

        The parameters stay where they are, and the state starts from there.
        """
        fill_with_zeros(self.updates)
        for i, layer in enumerate(self.parameters):
            for name, w in layer.items():
                for slot, first in self._first_state(i, name, w).items():
                    arrays = self.state[slot][i]
                    if arrays[name].shape != first.shape:
                        del arrays[name]  # a number has changed that it follows
                    arrays[name] = first
        vars(self).update(self.shared)
        self._count(0)

    def state_dict(self) -> dict[str, Any]:
        """Return all that the next steps depend on, the weights included.

        Returns
        -------
        dict
            A plain dict of copies: the class and those it is made of, the version of
            this package, the parameters, the last increments, ``t``, the
            hyperparameters, the arguments of schedules, the arrays of the slots and the
            numbers that arrays share. Whatever else a class of one's own keeps in its
            attributes is there, too.

        Raises
        ------
        RuntimeError
            Inside of :meth:`evaluation`, where the model holds other weights.

        Examples
        --------
        With lr = 0.5 and momentum 0.5, the velocity is -1 after a step from 4 along the
        gradient 2, and the weight 3:

        >>> from npoptim import SGD, Arrays
        >>> model = Arrays(w=4)
        >>> optimizer = SGD(model, lr=0.5, momentum=0.5)
        >>> model.gradients["w"][...] = 2
        >>> optimizer.step()
        >>> state = optimizer.state_dict()
        >>> state["t"], state["state"]["v"], state["parameters"]
        (1, [{'w': array(-1.)}], [{'w': array(3.)}])

        Another one goes on from there, with the velocity 0.5 · -1 - 0.5 · 2 = -1.5:

        >>> other = Arrays(w=0)
        >>> going_on = SGD(other)
        >>> going_on.load_state_dict(state)
        >>> other.gradients["w"][...] = 2
        >>> going_on.step()
        >>> print(other.parameters["w"], going_on)
        1.5 SGD(lr=0.5, momentum=0.5, nesterov=False, weight_decay=0.0)
        """
        state: dict[str, Any] = copied(self._whole())
        return state

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go to a state: the parameters, too, and the hyperparameters.

        Parameters
        ----------
        state : dict
            What ``state_dict`` of an optimizer of the same class has returned, on a
            model of the same layers, names, shapes and dtypes. Schedules must be the
            same ones here, since a function cannot be saved.

        Raises
        ------
        RuntimeError
            Inside of :meth:`evaluation`.
        TypeError, ValueError
            If the state is of anything else, of another version, or a number is out of
            its range. The message names it, and nothing has changed.
        """
        whole = self._whole()
        _check_model(self.model)
        check_alike(_plain(state), _plain(whole))
        self._check_memory(state)
        fill(self.model._parameters, state["parameters"])
        fill(self.updates, state["updates"])
        self._remember(state)

    def blocks(self, *structures: Structure) -> Iterator[list[np.ndarray]]:
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
            most 32,768 elements, views that stay in the cache. Empty arrays are left
            out.
        """
        for arrays in _leaves(*structures):
            if self.elementwise and arrays[0].size > BLOCK:
                yield from _pieces(arrays)
            elif arrays[0].size:
                yield arrays

    def norm(self, structure: Structure, minus: Structure | None = None) -> float:
        """Return the norm of the arrays of a structure, taken as one vector.

        It is found in float64, since squares may be too large for the arrays' type.

        Parameters
        ----------
        structure : list of dict
            A structure like ``parameters``.
        minus : list of dict, optional
            Another one, which is subtracted first: then it is the distance of the two.

        Returns
        -------
        float
            The root of the sum of all squares.

        Examples
        --------
        √(1² + 2² + 2²) = 3, and √(2² + 3² + 6²) = 7:

        >>> from npoptim import Arrays, Optimizer
        >>> optimizer = Optimizer(Arrays(a=[1, 2], b=-2))
        >>> optimizer.norm(optimizer.parameters)
        3.0
        >>> points = [{"a": np.array([3, -1]), "b": np.array(4)}]
        >>> optimizer.norm(optimizer.parameters, minus=points)
        7.0
        """
        if minus is None:
            vector = (array.astype(float) for (array,) in _leaves(structure))
        else:
            vector = (a.astype(float) - b for a, b in _leaves(structure, minus))
        return sqrt(sum(np.sum(part**2) for part in vector))

    def to(self, framework: str) -> "Translation":
        """Return the call of a framework that takes the same steps.

        Parameters
        ----------
        framework : str
            ``"torch"``, ``"keras"`` or ``"optax"``, none of which has to be installed.

        Returns
        -------
        Translation
            Printed, it is a line of code. Its ``conditions`` are empty if both take the
            same steps, but for rounding.

        Raises
        ------
        NoEquivalentError
            If no call of the framework takes the same steps, with the nearest one.
        ValueError
            If there is no such framework, or the class is not among those described
            there, or a number is a function of the step.
        TypeError
            If a class that is not of this package has a step of its own.

        See Also
        --------
        npoptim.conventions.translate : from and to any of the frameworks

        Examples
        --------
        >>> from npoptim import Arrays, PaperAdam
        >>> optimizer = PaperAdam(Arrays(w=[1.0, 2.0]), beta1=0.5)
        >>> print(optimizer.to("torch"))
        torch.optim.Adam(params, lr=0.001, betas=(0.5, 0.999))
        """
        # Who takes steps alone need not wait for what is known of frameworks; and it
        # imports this module.
        from npoptim.conventions import translate

        return translate(self, target=framework)

    def _whole(self) -> dict[str, Any]:
        """Return what state_dict() copies."""
        if self._away:
            raise RuntimeError("inside of evaluation() the model holds other weights")
        return {
            **identity([c.__name__ for c in type(self).__mro__ if c in _made_of(self)]),
            "parameters": [dict(layer) for layer in self.model._parameters],
            "updates": [dict(layer) for layer in self.updates],
            **self._memory(),
        }

    def _memory(self) -> dict[str, Any]:
        """Return what the next steps depend on, but for the weights and increments."""
        names = [n for n in self.hyperparameters if n not in self.schedules]
        known = self._known()
        return {
            "t": self.t,
            "hyperparameters": {name: getattr(self, name) for name in names},
            "schedules": {n: describe_schedule(s) for n, s in self.schedules.items()},
            "state": {slot: [*map(dict, self.state[slot])] for slot in self.slots},
            "shared": {name: getattr(self, name) for name in self.shared},
            "attributes": {k: v for k, v in vars(self).items() if k not in known},
        }

    def _known(self) -> set[str]:
        """Return the attributes that the template knows what to do with."""
        return {*self.reserved, *self.hyperparameters, *self.shared, *OWN}

    def _check_memory(self, state: dict[str, Any]) -> None:
        """Raise an error for a state whose numbers this optimizer would not take."""
        check_count("the state['t']", state["t"], least=0)
        if not set(state["attributes"]).isdisjoint(self._known()):
            raise ValueError(
                "the state['attributes'] must not have those of the template, got "
                f"{[*state['attributes']]}"
            )
        own = {name: describe_schedule(s) for name, s in self.schedules.items()}
        for name, schedule in own.items():
            if state["schedules"][name] != schedule:
                raise ValueError(
                    f"the schedule of {name} is {state['schedules'][name]}, here "
                    f"{schedule}: nothing was changed"
                )
            getattr(type(self), name).value_at(self.schedules[name], max(state["t"], 1))
        for name, value in state["hyperparameters"].items():
            getattr(type(self), name).check(value)

    def _remember(self, state: dict[str, Any]) -> None:
        """Take over what :meth:`_memory` has returned."""
        for name, value in state["hyperparameters"].items():
            setattr(self, name, value)
        for slot in self.slots:
            fill(self.state[slot], state["state"][slot])
        for name in self._memory()["attributes"]:
            del vars(self)[name]  # set by a later step, if it is not in the state
        vars(self).update(state["shared"])
        vars(self).update(copied(state["attributes"]))
        self._count(state["t"])

    def _first_state(self, i: int, name: str, w: np.ndarray) -> dict[str, np.ndarray]:
        """Return what start() makes, if it is a state."""
        state = self.start(w)
        missing = {*self.slots} - state.keys() if self.elementwise else set()
        if missing or not state.keys() <= {*self.slots}:
            raise TypeError(
                f"{type(self).__name__}.start() must return an array for each of "
                f"{self.slots}, got {tuple(state)}"
            )
        for slot, array in state.items():
            if not isinstance(array, np.ndarray):
                raise TypeError(
                    f"{type(self).__name__}.start() must return arrays, got "
                    f"{type(array).__name__} for {slot!r}"
                )
            if self.elementwise and array.shape != w.shape:
                raise TypeError(
                    f"{type(self).__name__} must set elementwise = False: layer {i}, "
                    f"key {name!r} has the shape {w.shape}, its {slot!r} {array.shape}"
                )
            if np.shares_memory(array, w):
                state[slot] = array.copy()
        return state

    def _count(self, t: int) -> None:
        """Set ``t``, and each number that has a schedule to its value then."""
        if self.schedules:
            values = {
                name: getattr(type(self), name).value_at(schedule, max(t, 1))
                for name, schedule in self.schedules.items()
            }
            vars(self).update(values)
        self.t = t

    def _check_step(self, closure: Closure | None) -> None:
        """Raise an error, before anything changes, unless a step can be taken."""
        cls = type(self)
        if cls.update is Optimizer.update and cls.get_updates is Optimizer.get_updates:
            raise self._no_rule()
        if self._away:
            raise RuntimeError("a step inside of evaluation() would be lost")
        if self.needs_closure and not callable(closure):
            raise TypeError(
                f"{cls.__name__} needs the loss, or the gradient at other points: "
                "optimizer.step(closure), where closure() fills the gradients where "
                f"the model stands and returns the loss, got {closure!r}"
            )
        parameters, gradients = self.model._parameters, self.model._gradients
        if not _is_as_before(parameters, gradients, self._layout):
            _check_model(self.model)
            _check_layout(parameters, self._layout)
        self.parameters, self.gradients = parameters, gradients

    @contextmanager
    def _trying(self, closure: Closure | None) -> Iterator[None]:
        """Count a step, watch its numbers, and undo what it has done if it fails."""
        told: Any = np.geterr()
        raising = RAISING
        if "ignore" in (told["divide"], told["over"], told["invalid"]):
            ignored = {kind: "ignore" for kind in RAISING if told[kind] == "ignore"}
            raising = RAISING | ignored
        with np.errstate(**raising):
            large = told["invalid"] != "ignore" and _check_finite(self.gradients)
            kept = self._keep() if large else None
            self._count(self.t + 1)
            self.closure = closure and self._guard(closure, told)
            try:
                yield
                if large:
                    self._check_overflow()
            except BaseException:
                self._count(self.t - 1)
                if self.t == 0:
                    self.clear()
                if kept is not None:
                    self._bring_back(kept)
                raise
            finally:
                self.closure = None

    def _check_overflow(self) -> None:
        """Raise a FloatingPointError for what NumPy's flags have missed.

        Those of sums of squares are not set by each version.
        """
        for structure in (self.updates, *self.state.values()):
            for i, layer in enumerate(structure):
                for name, array in layer.items():
                    if not np.isfinite(array).all():
                        raise FloatingPointError(
                            f"layer {i}, key {name!r}, {array.dtype}: overflow in "
                            f"{type(self).__name__}"
                        )

    def _guard(self, closure: Closure, told: Any) -> Closure:
        """Return a closure that checks what it has found, and warns as it is told."""

        def guarded() -> Any:
            with np.errstate(**told):
                loss = closure()
            if told["invalid"] != "ignore":
                _check_finite(self.model._gradients)
                if isinstance(loss, Real) and not isfinite(loss):
                    raise FloatingPointError(f"closure() returned the loss {loss}")
            return loss

        return guarded

    def _keep(self) -> Any:
        """Return copies of what a rule that fails may have changed."""
        arrays = [array.copy() for array in self._changed()]
        return arrays, {name: getattr(self, name) for name in self.shared}

    def _bring_back(self, kept: Any) -> None:
        """Undo what has changed since :meth:`_keep`."""
        arrays, numbers = kept
        for array, was in zip(self._changed(), arrays, strict=True):
            array[...] = was
        vars(self).update(numbers)

    def _changed(self) -> Iterator[Array]:
        """Yield the arrays that a step changes before the weights."""
        for structure in (self.gradients, self.updates, *self.state.values()):
            for layer in structure:
                yield from layer.values()

    def _no_rule(self) -> NotImplementedError:
        return NotImplementedError(
            f"{type(self).__name__} must define update() or get_updates()"
        )


def _asked(cls: type[Optimizer]) -> list[str]:
    """Return the slots that a class's own rule takes, by name or all of the class's."""
    if "update" not in vars(cls):
        return []
    _, *arguments = signature(cls.update).parameters.values()
    named = [
        argument.name
        for argument in arguments[2:]
        if argument.default is Parameter.empty
        and argument.kind in (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
    ]
    takes_all = any(argument.kind is Parameter.VAR_KEYWORD for argument in arguments)
    return named + [*cls._own_slots] * takes_all


def _made_of(optimizer: Optimizer) -> list[type]:
    """Return the class of an optimizer and those below the template it is made of."""
    return [c for c in type(optimizer).__mro__ if issubclass(c, Optimizer)][:-1]


def _plain(state: Any) -> Any:
    """Leave out of a state what may have been set by a step, or is checked apart."""
    if not isinstance(state, dict):
        return state
    loose = {
        "attributes": {},
        "schedules": dict.fromkeys(state.get("schedules", ()), 0),
    }
    kept = state | {key: loose[key] for key in loose if key in state}
    if "optimizers" in kept:
        kept["optimizers"] = [*map(_plain, kept["optimizers"])]
    return kept


class InPlace(dict[str, np.ndarray]):
    """A layer's arrays, where ``arrays[name] = value`` writes into the array.

    So a loop of one's own may assign an increment as it likes: the array stays the
    same, and is never one that belongs to somebody else.
    """

    def __setitem__(self, name: str, value: np.ndarray) -> None:
        if name in self:
            self[name][...] = value
        else:
            super().__setitem__(name, value)


def _check_model(model: Model) -> None:
    """Raise an error unless each parameter is an array and has its gradient."""
    for name in ("_parameters", "_gradients"):
        if not isinstance(getattr(model, name, None), Sequence):
            raise TypeError(
                "model must have the lists _parameters and _gradients: "
                f"{type(model).__name__} has no list {name}"
            )
    parameters, gradients = model._parameters, model._gradients
    if len(parameters) != len(gradients):
        raise ValueError(
            f"_parameters has {len(parameters)} layers, _gradients has {len(gradients)}"
        )
    for i, (layer, its) in enumerate(zip(parameters, gradients, strict=True)):
        if not isinstance(layer, dict) or not isinstance(its, dict):
            raise TypeError(
                f"layer {i} must be a dict of arrays, got "
                f"{type(layer).__name__} and {type(its).__name__}"
            )
        if layer.keys() != its.keys():
            raise ValueError(
                f"layer {i}: _parameters has the keys {[*layer]}, "
                f"_gradients has {[*its]}"
            )
        for name, w in layer.items():
            g = its[name]
            _check_array("_parameters", i, name, w)
            _check_array("_gradients", i, name, g)
            if w.shape != g.shape or w.dtype != g.dtype:
                raise ValueError(
                    f"layer {i}, key {name!r}: the parameter is "
                    f"{w.dtype} of shape {w.shape}, "
                    f"its gradient {g.dtype} of shape {g.shape}"
                )


def _check_array(which: str, i: int, name: str, array: Any) -> None:
    if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
        kind = getattr(array, "dtype", type(array).__name__)
        raise TypeError(
            f"{which}: layer {i}, key {name!r} must be a NumPy array of floats, "
            f"got {kind}"
        )
    if array.dtype.itemsize < 4:
        raise TypeError(
            f"{which}: layer {i}, key {name!r} is {array.dtype}, in which most squares "
            "and epsilons are 0 or infinite: take float32"
        )
    if not array.flags.writeable:
        raise ValueError(f"{which}: layer {i}, key {name!r} must be writeable")


def _is_as_before(
    parameters: Structure, gradients: Structure, layout: list[dict[str, Any]]
) -> bool:
    """Say at once that all is well, as it is in nearly every step."""
    if not len(parameters) == len(gradients) == len(layout):
        return False
    for layer, its, was in zip(parameters, gradients, layout, strict=True):
        if not (
            type(layer) is type(its) is dict and len(layer) == len(its) == len(was)
        ):
            return False
        for name, (shape, dtype) in was.items():
            w, g = layer.get(name), its.get(name)
            if not (
                type(w) is type(g) is np.ndarray
                and w.shape == g.shape == shape
                and w.dtype == g.dtype == dtype
                and w.flags.writeable
                and g.flags.writeable
            ):
                return False
    return True


def _check_layout(parameters: Structure, layout: list[dict[str, Any]]) -> None:
    """Raise a ValueError unless the model is as the optimizer was built for."""
    if len(parameters) != len(layout):
        raise ValueError(
            f"the model has {len(parameters)} layers, the optimizer was built for "
            f"{len(layout)}: build a new one"
        )
    for i, (layer, was) in enumerate(zip(parameters, layout, strict=True)):
        if layer.keys() != was.keys():
            raise ValueError(
                f"layer {i} has the keys {[*layer]}, the optimizer was built for "
                f"{[*was]}: build a new one"
            )
        for name, w in layer.items():
            shape, dtype = was[name]
            if w.shape != shape or w.dtype != dtype:
                raise ValueError(
                    f"layer {i}, key {name!r} is {w.dtype} of shape {w.shape}, the "
                    f"optimizer was built for {dtype} of shape {shape}: build a new one"
                )


def _check_finite(gradients: Structure) -> bool:
    """Raise a FloatingPointError for what is not finite; say if anything is large.

    It expects that NumPy raises what it is not told to ignore.
    """
    large = False
    for i, layer in enumerate(gradients):
        for name, g in layer.items():
            # The quickest look at all elements: no infinity and no NaN gets lost in a
            # sum of squares. Contiguous arrays are not copied.
            flat = g.ravel("K")
            try:
                if flat.dot(flat) < LARGE:
                    continue
            except FloatingPointError:  # some square is infinite
                pass
            lost = g.size - np.count_nonzero(np.isfinite(g))
            if lost:
                what = (
                    f"{lost} of {g.size} elements of the gradient "
                    f"{'is' if lost == 1 else 'are'}"
                )
                raise FloatingPointError(
                    f"layer {i}, key {name!r}: "
                    f"{what if g.ndim else 'the gradient is'} not finite"
                )
            large = True
    return large


def _find(structure: Structure, piece: Array) -> str:
    """Return where in a structure an array is, or the one that it is a piece of."""
    return next(
        f"layer {i}, key {name!r}"
        for i, layer in enumerate(structure)
        for name, array in layer.items()
        if np.may_share_memory(array, piece)
    )


def _refuse_shared_memory(parameters: Structure, gradients: Structure) -> None:
    """Raise a ValueError if a number in memory would be stepped twice."""
    places = [
        (f"{which}: layer {i}, key {name!r}", array)
        for which, layers in (("_parameters", parameters), ("_gradients", gradients))
        for i, layer in enumerate(layers)
        for name, array in layer.items()
        if array.size
    ]
    # In the order of memory, few are near enough to look at closely.
    spans = sorted((*byte_bounds(array), k) for k, (_, array) in enumerate(places))
    for i, (_, end, k) in enumerate(spans):
        for start, _, other in islice(spans, i + 1, None):
            if start >= end:
                break
            if np.shares_memory(places[k][1], places[other][1]):
                first, second = sorted((k, other))
                raise ValueError(
                    f"{places[second][0]} shares memory with {places[first][0]}. List "
                    "an array once, with the sum of its gradients"
                )


def _leaves(*structures: Structure) -> Iterator[list[np.ndarray]]:
    for layers in zip(*structures, strict=True):
        for name in layers[0]:
            yield [layer.get(name) for layer in layers]


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
    stepped, asked = (
        [id(array) for (array,) in _leaves(lists)]
        for lists in (optimizer.model._parameters, model._parameters)
    )
    return stepped == asked


def take_step(optimizer: Optimizer, closure: Closure) -> None:
    """Take a step, with the closure if the optimizer needs one."""
    if optimizer.needs_closure:
        optimizer.step(closure)
    else:
        optimizer.step()


def fill_with_zeros(structure: Structure) -> None:
    """Fill every array of a structure with zeros, in place."""
    for (array,) in _leaves(structure):
        array.fill(0)
