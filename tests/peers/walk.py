"""The walk that every peer is compared on, and how far apart the two sides were."""

import numpy as np

import npoptim
from npoptim import Arrays

SHAPES = {"number": (), "vector": (5,), "matrix": (3, 4), "stack": (2, 3, 4)}
STEPS = 50
# A step is some ten operations on numbers of size 1, each good to 1e-16, and
# 50 steps add up.
TOLERANCE = {"rtol": 1e-12, "atol": 1e-12}
# The largest difference by class and peer, for the documentation.
DIFFERENCES: dict[tuple[str, str], float] = {}


class Walk(list):
    """Points, and whose they are: a class of this package, or a peer by its name."""

    def __init__(self, points, of):
        super().__init__(points)
        self.of = of


def record(cls, peer, difference):
    """Keep the largest difference, under the first public name that a class has."""
    name = next(c.__name__ for c in cls.__mro__ if c.__name__ in npoptim.__all__)
    DIFFERENCES[name, peer] = max(difference, DIFFERENCES.get((name, peer), 0.0))


def script():
    """Return the starts, and gradients whose sign changes, each by name."""
    rng = np.random.default_rng(0)

    def draw():
        return {k: np.array(rng.normal(size=shape)) for k, shape in SHAPES.items()}

    return draw(), [draw() for _ in range(STEPS)]


def follow(step, of, penalty=None):
    """Return the parameters after each step, by name.

    ``step(t, gradients)`` takes it, and returns the parameters. To the gradients a
    penalty of the parameters may be added. ``of`` is whose step it is.
    """
    w, gradients = script()
    points = []
    for t, g in enumerate(gradients, 1):
        if penalty:
            g = {name: g[name] + penalty(w[name]) for name in g}
        w = {name: np.array(x) for name, x in step(t, g).items()}
        assert {x.dtype for x in w.values()} == {np.dtype(float)}
        points.append(w)
    return Walk(points, of)


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

    return follow(step, cls, penalty)


def rmsprop_with_all_options(rates, root):
    """Return where RMSprop goes, centered and with a velocity that has the rate inside.

    The shares are 0.8 and 0.5. ``root`` is the denominator, of the variance.
    """
    w, _ = script()
    m, v, b = ({name: 0 * x for name, x in w.items()} for _ in range(3))

    def step(t, gradients):
        for name, g in gradients.items():
            m[name] = 0.8 * m[name] + 0.2 * g
            v[name] = 0.8 * v[name] + 0.2 * g**2
            rate = rates[t - 1]
            b[name] = 0.5 * b[name] - rate * g / root(v[name] - m[name] ** 2)
            w[name] = w[name] + b[name]
        return w

    return follow(step, "equations")


def assert_close(points, expected):
    if isinstance(points, Walk) and isinstance(expected, Walk):
        sides = points.of, expected.of
        # What is said of a peer alone compares it with itself.
        if isinstance(sides[0], type) and isinstance(sides[1], str):
            record(*sides, farthest(points, expected))
    for step, other in zip(points, expected, strict=True):
        assert step.keys() == other.keys()
        for name, w in step.items():
            np.testing.assert_allclose(w, other[name], **TOLERANCE, err_msg=name)


def farthest(points, others):
    """Return the largest difference of two walks; of large numbers, as a share."""
    return max(
        float(np.max(abs(step[name] - other[name]) / np.maximum(1, abs(other[name]))))
        for step, other in zip(points, others, strict=True)
        for name in step
    )
