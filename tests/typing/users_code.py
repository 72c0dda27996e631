"""What a type checker must say of a user's code: ``mypy tests/typing``, in strict mode.

An ignored error that does not occur is an error itself.
"""

from collections.abc import Callable
from typing import assert_type

import numpy as np

from npoptim import (
    SGD,
    Adam,
    AdamW,
    Arrays,
    CosineDecay,
    Groups,
    L1Optimizer,
    Number,
    Optimizer,
    Part,
    Warmup,
    trace,
)

model = Arrays(w=np.ones(3))
adam = Adam(model, 0.1, beta1=0.5, bias_correction=True)
assert_type(adam.lr, float)
assert_type(adam.bias_correction, bool)
assert_type(Adam.beta1, Number)
adam.lr = 0.5
adam.lr = CosineDecay(0.1, steps=100)
adam.beta1 = lambda t: 1 - 1 / t

Adam(model, lr=lambda t: 0.1 / t)
Adam(model, beta_1=0.9)  # type: ignore[call-arg]
Adam(model, 0.1, 0.9)  # type: ignore[call-arg]
Adam(0.1)  # type: ignore[arg-type]
Adam(model, beta1="0.9")  # type: ignore[arg-type]
Adam(model, bias_correction=0)  # type: ignore[arg-type]
AdamW(model, momentum=0.9)  # type: ignore[call-arg]
CosineDecay(0.1)  # type: ignore[call-arg]
Adam(model, lr=Warmup(CosineDecay(0.1, steps=9), steps=3))
Warmup(CosineDecay(0.1, steps=9), 3)  # type: ignore[call-arg]


class L1SGD(L1Optimizer, SGD):
    pass


class SignDescent(Optimizer):
    scale: Number = Number("s", "(0, inf)", "factor of each step", default=1)

    def update(self, w: np.ndarray, g: np.ndarray) -> np.ndarray:
        return -self.lr * self.scale * np.sign(g)


class Written(Optimizer):
    """As a lecture note has it: with a constructor of its own."""

    def __init__(self, model: Arrays, lr: float = 1e-3) -> None:
        super().__init__(model, lr, weight_decay=0.0)


L1SGD(model, 0.1, momentum=0.9, weight_decay=0.1)
SignDescent(model, scale=2)
SignDescent(model, size=2)  # type: ignore[call-arg]
Written(model, lr=0.1)
trace(SignDescent, 1, [2], scale=3)
build: Callable[[Arrays], Optimizer] = SGD
Groups(SGD(Part(model, lambda layer, name: name == "w")), AdamW(model))
