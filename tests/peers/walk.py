"""The walk that every peer is compared on."""

import numpy as np

from npoptim import Arrays

SHAPES = {"number": (), "vector": (5,), "matrix": (3, 4), "stack": (2, 3, 4)}
STEPS = 50
# A step is some ten operations on numbers of size 1, each good to 1e-16, and
# 50 steps add up.
TOLERANCE = {"rtol": 1e-12, "atol": 1e-12}


def script():
    """Return the starts, and gradients whose sign changes, each by name."""
    rng = np.random.default_rng(0)

    def draw():
        return {k: np.array(rng.normal(size=shape)) for k, shape in SHAPES.items()}

    return draw(), [draw() for _ in range(STEPS)]


def follow(step, penalty=None):
    """Return the parameters after each step, by name.

    ``step(t, gradients)`` takes it, and returns the parameters. To the gradients a
    penalty of the parameters may be added.
    """
    w, gradients = script()
    points = []
    for t, g in enumerate(gradients, 1):
        if penalty:
            g = {name: g[name] + penalty(w[name]) for name in g}
        w = {name: np.array(x) for name, x in step(t, g).items()}
        assert {x.dtype for x in w.values()} == {np.dtype(float)}
        points.append(w)
    return points


def ours(cls, penalty=None, before=None, evaluated=False, **arguments):
    """Return where an optimizer of this package goes.

    ``before(optimizer, t)`` is called before each step. If asked for, the points are
    those at which the optimizer wants the model to be evaluated.
    """
    model = Arrays(**script()[0])
    optimizer = cls(model, **arguments)

    def step(t, gradients):
        if before:
            before(optimizer, t)
        for name, g in gradients.items():
            model.gradients[name][...] = g
        optimizer.step()
        if not evaluated:
            return model.parameters
        with optimizer.evaluation():
            return {name: w.copy() for name, w in model.parameters.items()}

    return follow(step, penalty)


def assert_close(points, expected):
    for step, other in zip(points, expected, strict=True):
        assert step.keys() == other.keys()
        for name, w in step.items():
            np.testing.assert_allclose(w, other[name], **TOLERANCE, err_msg=name)


def farthest(points, others):
    """Return the largest difference between two walks."""
    return max(
        np.abs(step[name] - other[name]).max()
        for step, other in zip(points, others, strict=True)
        for name in step
    )
