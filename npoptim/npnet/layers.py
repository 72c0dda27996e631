"""Layers: each computes its outputs forward and its gradients backward."""

from math import sqrt
from typing import Any

import numpy as np

from npoptim.hyperparameters import check_count
from npoptim.saving import Saved, check_alike, copied, fill, identity


class Layer(Saved):
    """What every layer has; a layer is a model of its own, too.

    Attributes
    ----------
    parameters, gradients : dict
        The arrays of the layer by name, and the gradients of the same names and
        shapes. Both are empty where there is nothing to train. A dict that is assigned
        is copied into the one that is there, so that all who hold that see it.
    """

    def __init__(self) -> None:
        self._held: tuple[dict[str, np.ndarray], dict[str, np.ndarray]] = {}, {}

    # A list of layers' dicts that somebody has made holds these for good: what is
    # assigned goes into them.
    @property
    def parameters(self) -> dict[str, np.ndarray]:
        return self._held[0]

    @parameters.setter
    def parameters(self, arrays: dict[str, np.ndarray]) -> None:
        _replace(self._held[0], arrays)

    @property
    def gradients(self) -> dict[str, np.ndarray]:
        return self._held[1]

    @gradients.setter
    def gradients(self, arrays: dict[str, np.ndarray]) -> None:
        _replace(self._held[1], arrays)

    @property
    def _parameters(self) -> list[dict[str, np.ndarray]]:
        return [self.parameters]

    @property
    def _gradients(self) -> list[dict[str, np.ndarray]]:
        return [self.gradients]

    def state_dict(self) -> dict[str, Any]:
        """Return the parameters: a plain dict of copies.

        Returns
        -------
        dict
            The class, with those of the layers in it, the version of this package, and
            the parameters, with a dict for each layer.

        Examples
        --------
        >>> import numpy as np
        >>> from npoptim.npnet import Linear, ReLU, Sequential
        >>> model = Sequential(Linear(2, 1, rng=0), ReLU())
        >>> state = model.state_dict()
        >>> state["class"]
        ['Sequential', ['Linear'], ['ReLU']]
        >>> other = Sequential(Linear(2, 1, rng=1), ReLU())
        >>> other.load_state_dict(state)
        >>> x = np.ones((1, 2), np.float32)
        >>> bool(other.forward(x) == model.forward(x))
        True
        """
        return {**identity(self._kinds()), "parameters": copied(self._parameters)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over the parameters of a model of the same layers.

        Parameters
        ----------
        state : dict
            What ``state_dict`` has returned.

        Raises
        ------
        ValueError
            If the state is of other layers, shapes, dtypes, or another version. Nothing
            has changed then.
        """
        check_alike(state, self.state_dict())
        fill(self._parameters, state["parameters"])

    def _kinds(self) -> list[Any]:
        return [type(self).__name__]

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return the outputs for a batch of inputs, and remember what backward needs.

        Parameters
        ----------
        x : np.ndarray, shape (n, features)
            A batch, one sample a row.
        """
        raise NotImplementedError

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Add to the gradients those of the last batch, and pass the gradient on.

        Parameters
        ----------
        dy : np.ndarray
            The gradient of the loss with respect to the outputs.

        Returns
        -------
        np.ndarray
            The gradient of the loss with respect to the inputs.
        """
        raise NotImplementedError

    def add_gradients(self, dy: np.ndarray) -> None:
        """Do what backward does, for a first layer: nothing needs its return value.

        Parameters
        ----------
        dy : np.ndarray
            The gradient of the loss with respect to the outputs.
        """
        self.backward(dy)


def _replace(held: dict[str, np.ndarray], arrays: dict[str, np.ndarray]) -> None:
    """Let a dict hold other arrays."""
    arrays = dict(arrays)  # which may be the dict itself
    held.clear()
    held.update(arrays)


class Linear(Layer):
    r"""Map each sample linearly: :math:`y = W x + b`.

    Parameters
    ----------
    in_features, out_features : int
        Lengths of a sample and of its output, at least 1.
    rng : np.random.Generator or int, optional
        Draws the weights, uniformly within :math:`\pm 1 / \sqrt{\text{in\_features}}`;
        an int seeds a new generator. By default they differ from run to run. The
        biases start at 0.
    dtype : dtype, default np.float32
        Of the parameters: np.float32 or np.float64.

    Attributes
    ----------
    parameters : dict
        ``"weight"``, of shape (out_features, in_features), and ``"bias"``, of shape
        (out_features,).

    Raises
    ------
    TypeError
        If a number of features is not an int.
    ValueError
        If a number of features is less than 1, or ``dtype`` is not one of floats.

    Examples
    --------
    >>> import numpy as np
    >>> from npoptim.npnet import Linear
    >>> layer = Linear(2, 1, rng=0)
    >>> layer.parameters["weight"][...] = [[3, -1]]
    >>> layer.parameters["bias"][...] = 0.5

    3 · 1 - 1 · 2 + 0.5 = 1.5:

    >>> layer.forward(np.array([[1, 2]], dtype=np.float32))
    array([[1.5]], dtype=float32)
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        rng: np.random.Generator | int | None = None,
        dtype: type[np.floating] = np.float32,
    ) -> None:
        super().__init__()
        check_count("in_features", in_features)
        check_count("out_features", out_features)
        if np.dtype(dtype).kind != "f":
            raise ValueError(f"dtype must be one of floats, got {dtype!r}")
        bound = 1 / sqrt(in_features)
        weight = np.random.default_rng(rng).uniform(
            -bound, bound, (out_features, in_features)
        )
        self.parameters = {
            "weight": weight.astype(dtype),
            "bias": np.zeros(out_features, dtype),
        }
        self.gradients = {k: np.zeros_like(w) for k, w in self.parameters.items()}

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.x = x
        return x @ self.parameters["weight"].T + self.parameters["bias"]

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.add_gradients(dy)
        return dy @ self.parameters["weight"]

    def add_gradients(self, dy: np.ndarray) -> None:
        self.gradients["weight"] += dy.T @ self.x
        self.gradients["bias"] += dy.sum(axis=0)


class ReLU(Layer):
    """Replace negative inputs by 0.

    The gradient at 0, where there is none, is taken as 0.

    Examples
    --------
    >>> import numpy as np
    >>> from npoptim.npnet import ReLU
    >>> layer = ReLU()
    >>> layer.forward(np.array([[-2.0, 0.0, 3.0]]))
    array([[0., 0., 3.]])
    >>> layer.backward(np.array([[5.0, 5.0, 5.0]]))
    array([[0., 0., 5.]])
    """

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.positive = x > 0
        return np.maximum(x, 0)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        return dy * self.positive


class Sequential(Layer):
    """Run layers one after the other.

    Parameters
    ----------
    *layers : Layer
        At least one, in the order of the forward pass.

    Attributes
    ----------
    layers : tuple of Layer

    Raises
    ------
    TypeError
        If one of the layers is none.
    ValueError
        If there are no layers.

    Examples
    --------
    >>> from npoptim import SGD
    >>> from npoptim.npnet import Linear, ReLU, Sequential
    >>> model = Sequential(Linear(784, 128), ReLU(), Linear(128, 10))
    >>> optimizer = SGD(model, lr=1e-4)
    >>> [{k: w.shape for k, w in layer.items()} for layer in optimizer.parameters]
    [{'weight': (128, 784), 'bias': (128,)}, {}, {'weight': (10, 128), 'bias': (10,)}]
    """

    def __init__(self, *layers: Layer) -> None:
        super().__init__()
        if not layers:
            raise ValueError("layers must be at least one, got none")
        for i, layer in enumerate(layers):
            if not isinstance(layer, Layer):
                raise TypeError(f"layers[{i}] must be a Layer, got {layer!r}")
        self.layers = layers

    @property
    def _parameters(self) -> list[dict[str, np.ndarray]]:
        return [p for layer in self.layers for p in layer._parameters]

    @property
    def _gradients(self) -> list[dict[str, np.ndarray]]:
        return [g for layer in self.layers for g in layer._gradients]

    def _kinds(self) -> list[Any]:
        return [type(self).__name__, *(layer._kinds() for layer in self.layers)]

    def forward(self, x: np.ndarray) -> np.ndarray:
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dy: np.ndarray) -> np.ndarray:
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        return dy

    def add_gradients(self, dy: np.ndarray) -> None:
        for layer in self.layers[:0:-1]:
            dy = layer.backward(dy)
        self.layers[0].add_gradients(dy)
