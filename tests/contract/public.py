"""Every public optimizer and mixin, and values for their arguments, without a list."""

from functools import cache
from inspect import getsource, signature
from itertools import combinations

import numpy as np
import vectors

import npoptim
from npoptim import Arrays, Flag, Number, Optimizer
from npoptim.optimizer import take_step

HOOKS = ("prepare", "regularize", "get_updates", "update", "finish")


def step(optimizer):
    """Take a step whose gradients are those that the test has set.

    Away from the weights as they are, a closure adds to them how far it is away.
    """
    points = [
        vectors.closure(w, g, 1.0)
        for w, g in zip(optimizer.parameters, optimizer.gradients, strict=True)
    ]
    take_step(optimizer, lambda: sum(fill() for fill in points))


def has_rule(cls):
    """Say whether a class can take a step as it is."""
    try:
        step(cls(Arrays(w=np.ones((2, 3)))))
    except NotImplementedError:
        return False
    return True


@cache
def is_joint(cls):
    """Say whether a rule takes all arrays together, as its docstring has it."""
    return "as one vector" in " ".join((cls.__doc__ or "").split())


@cache
def is_matrix(cls):
    """Say whether a rule takes each array as a matrix, as its docstring has it."""
    return "taken as a matrix" in " ".join((cls.__doc__ or "").split())


def inner(number, share=0.5):
    """Return a number of the interval that a hyperparameter is declared for."""
    low = number.low if np.isfinite(number.low) else -1.0
    high = number.high if np.isfinite(number.high) else low + 1
    value = low + share * (high - low)
    return max(1, round(4 * share)) if number.kind == "int" else value


def options(cls):
    """Yield the arguments of each way that a class can go, by a name for it.

    With its flags as they are and changed, each set of them; once more with the
    numbers that are 0 by default, as these may switch something on.
    """
    yield "", {}
    flags = [n for n, h in cls.hyperparameters.items() if isinstance(h, Flag)]
    zeros = {
        name: inner(h, 0.9)
        for name, h in cls.hyperparameters.items()
        if name not in Optimizer.hyperparameters and h.default == 0 and h.kind != "bool"
    }
    if zeros:
        yield "-".join(zeros), zeros
    for size in range(1, len(flags) + 1):
        for changed in combinations(flags, size):
            values = {name: not cls.hyperparameters[name].default for name in changed}
            yield "-".join((*zeros, *changed)), zeros | values


PUBLIC = [
    cls
    for cls in map(vars(npoptim).get, npoptim.__all__)
    if isinstance(cls, type)
    and issubclass(cls, Optimizer)
    and "model" in signature(cls).parameters
]
OPTIMIZERS = [cls for cls in PUBLIC if has_rule(cls)]
MIXINS = [
    cls
    for cls in PUBLIC
    if cls not in (*OPTIMIZERS, Optimizer) and any(hook in vars(cls) for hook in HOOKS)
]
# Those that change gradients, whatever the penalty is.
CHANGING = [
    cls
    for cls in MIXINS
    if cls.needs_closure
    or ("regularize" in vars(cls) and "weight_decay" not in getsource(cls.regularize))
]
NUMBERS = {
    cls: {n: h for n, h in cls.hyperparameters.items() if isinstance(h, Number)}
    for cls in PUBLIC
}
FLAGS = {
    cls: [n for n, h in cls.hyperparameters.items() if isinstance(h, Flag)]
    for cls in PUBLIC
}
