"""What every file here needs: a model of plain arrays."""

from types import SimpleNamespace

import numpy as np
import pytest


@pytest.fixture
def make_model():
    """Return a function that builds a model of three layers, one of them empty."""

    def make(dtype=np.float64, seed=0):
        rng = np.random.default_rng(seed)
        shapes = [{"weight": (3, 4), "bias": (3,)}, {}, {"scale": (), "shift": (2,)}]
        draws = [
            [
                {k: rng.normal(size=s).astype(dtype) for k, s in layer.items()}
                for layer in shapes
            ]
            for _ in range(2)
        ]
        # astype turns the 0-d draws into scalars, which asarray turns back.
        parameters, gradients = (
            [{k: np.array(a) for k, a in layer.items()} for layer in draw]
            for draw in draws
        )
        return SimpleNamespace(_parameters=parameters, _gradients=gradients)

    return make


@pytest.fixture
def leaves():
    """Return a function that lists the arrays of a structure."""

    def list_leaves(structure):
        return [array for layer in structure for array in layer.values()]

    return list_leaves
