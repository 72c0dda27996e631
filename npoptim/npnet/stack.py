"""Stacks: copies of one model, which a comparison computes together.

Arrays have an axis more in front: weights are of shape (models, out_features,
in_features), outputs of shape (models, n, out_features).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from npoptim.npnet.layers import Layer, Linear, ReLU, Sequential
from npoptim.npnet.loss import CrossEntropy, cross_entropy


def fits_a_stack(layer: Layer) -> bool:
    """Say whether copies of a layer can be stacked."""
    # The very types: a subclass may compute something else.
    if type(layer) is Sequential:
        return all(map(fits_a_stack, layer.layers))
    return type(layer) in (Linear, ReLU)


def stack_models(models: Sequence[Any]) -> Layer:
    """Return what computes copies of a model; their arrays become views of its own."""
    if type(models[0]) is Sequential:
        layers = zip(*(model.layers for model in models), strict=True)
        return Sequential(*map(stack_models, layers))
    if type(models[0]) is ReLU:
        return ReLU()
    return LinearStack(models)


class LinearStack(Layer):
    """Linear layers side by side.

    The inputs are one batch for all, of shape (n, in_features), or a batch for each,
    of shape (models, n, in_features).

    Parameters
    ----------
    layers : sequence of Linear
        Of one shape. Their arrays become views of the stack's.
    """

    def __init__(self, layers: Sequence[Linear]) -> None:
        super().__init__()
        self.parameters = _join([layer.parameters for layer in layers])
        self.gradients = _join([layer.gradients for layer in layers])

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.x = x
        # Multiplied in this order, outputs lie in memory one model after the other, and
        # so do the gradients that come back: their large product copies nothing.
        y = _product(self.parameters["weight"], x.mT).mT
        return y + self.parameters["bias"][:, np.newaxis]

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.add_gradients(dy)
        # dy W, laid out as the outputs of the layer below are.
        return (self.parameters["weight"].mT @ dy.mT).mT

    def add_gradients(self, dy: np.ndarray) -> None:
        self.gradients["weight"] += _product(dy.mT, self.x)
        self.gradients["bias"] += dy.sum(axis=1)


class CrossEntropyStack(CrossEntropy):
    """The losses of models side by side, an array, on labels known to be valid."""

    def forward(self, logits: np.ndarray, labels: np.ndarray) -> Any:
        # Samples do not depend on each other: the models' batches make one large one.
        models, n, classes = logits.shape
        losses, dz = cross_entropy(logits.reshape(-1, classes), np.tile(labels, models))
        loss = losses.reshape(models, n).sum(axis=1)
        self.dz = dz.reshape(logits.shape)
        if self.reduction == "mean":
            self.dz /= n
            loss /= n
        return loss


def _join(layers: Sequence[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Return the arrays of several layers as one each, and make them its views."""
    joined = {name: np.stack([layer[name] for layer in layers]) for name in layers[0]}
    for i, layer in enumerate(layers):
        layer.update({name: array[i] for name, array in joined.items()})
    return joined


def _product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return a @ b, as one large product if all models share the matrix b."""
    if b.ndim > 2:
        return a @ b
    return (a.reshape(-1, a.shape[-1]) @ b).reshape(*a.shape[:-1], -1)
