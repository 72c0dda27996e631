"""The walk that every peer is compared on."""

import numpy as np

SHAPES = [(), (5,), (3, 4)]
STEPS = 50
# A step is some ten operations on numbers of size 1, each good to 1e-16, and
# 50 steps add up.
TOLERANCE = {"rtol": 1e-12, "atol": 1e-12}


def script(seed=0):
    """Return the starts, and gradients whose sign changes, for each shape."""
    rng = np.random.default_rng(seed)
    starts = [np.array(rng.normal(size=shape)) for shape in SHAPES]
    gradients = [
        [np.array(rng.normal(size=shape)) for shape in SHAPES] for _ in range(STEPS)
    ]
    return starts, gradients


def assert_close(points, expected):
    for step, other in zip(points, expected, strict=True):
        for w, w_other in zip(step, other, strict=True):
            np.testing.assert_allclose(w, w_other, **TOLERANCE)
