"""The walk that every peer is compared on, and how far apart the two sides were."""

from importlib.metadata import version

import numpy as np
import pytest
import vectors

import npoptim
from npoptim import Arrays, Prodigy

STEPS = 50
# A step is some ten operations on numbers of size 1, each good to 1e-16, and
# 50 steps add up.
TOLERANCE = {"rtol": 1e-12, "atol": 1e-12}
# The largest difference by class and peer, for the documentation.
DIFFERENCES: dict[tuple[str, str], float] = {}
# What is kept of the walks, so that they can be compared with where no peer is: by
# class, peer, and which options are on, an entry of ``docs/checked/walks``.
ENTRIES: dict[tuple[str, str, str], dict] = {}
# What each translation of a call was, by its rule, framework and name: for each target
# a sign for each of the arguments that were tried.
OUTCOMES: dict[tuple[str, str, str], dict[str, str]] = {}
PACKAGES = {"PyTorch": "torch", "Optax": "optax", "Keras": "keras"}

script = vectors.script
LOSSES = vectors.losses()

DECAY = pytest.mark.parametrize("decay", [0.0, 0.1])
EPS = pytest.mark.parametrize("eps", [1e-8, 0.1])
BETAS = pytest.mark.parametrize(
    ("beta1", "beta2"), [(0.9, 0.999), (0.8, 0.95), (0.0, 0.5)]
)
CORRECTED = pytest.mark.parametrize("corrected", [True, False])


class Walk(list):
    """Points, and whose they are: a class of this package, or a peer by its name.

    ``recipe`` is how to walk there again, where numbers and options say it all, and
    ``package`` what a peer's step is from, if it is from a package.
    """

    def __init__(self, points, of, recipe=None, package=None):
        super().__init__(points)
        self.of, self.recipe, self.package = of, recipe, package


def name_of(cls):
    """Return the first public name that a class has."""
    return next(c.__name__ for c in cls.__mro__ if c.__name__ in npoptim.__all__)


def only(walk, *names):
    """Return a walk of some arrays alone."""
    return Walk([{name: w[name] for name in names} for w in walk], walk.of)


def corrected_rate(lr, beta1, beta2):
    """Return rates that correct Adam's means for their start at 0."""
    return lambda t: lr * np.sqrt(1 - beta2**t) / (1 - beta1**t)


class ProdigyByTheNewDistance(Prodigy):
    """Prodigy with epsilon times the new d, as its implementations have it."""

    def get_updates(self):
        rate = self.lr * max(self.d, self.initial)
        super().get_updates()
        for w, increment, m, v in self.blocks(
            self.parameters, self.updates, self.state["m"], self.state["v"]
        ):
            u = m / (np.sqrt(v) + self.d * self.eps)
            increment[...] = -rate * (u + self.weight_decay * w)


def record(cls, peer, difference):
    """Keep the largest difference, for the documentation."""
    key = name_of(cls), peer
    DIFFERENCES[key] = max(difference, DIFFERENCES.get(key, 0.0))


def keep(points, expected):
    """Keep where a peer went, if it can be said how to walk there here."""
    cls = points.of
    if points.recipe and len(expected) == STEPS:
        source = "transcription"
        if expected.package:
            source = f"{expected.package} {version(expected.package)}"
        weights = {str(t): vectors.to_hex(expected[t - 1]) for t in vectors.KEPT}
        entry = {**points.recipe, "peer": source, "weights": weights}
        # Of walks with the same options on, one is enough.
        options = f"{entry['class']} {entry['evaluated']}" + "".join(
            f" {name}={value != 0}"
            for name, value in sorted(entry["arguments"].items())
            if cls.hyperparameters[name].default in (False, True, 0.0)
        )
        ENTRIES.setdefault((name_of(cls), expected.of, options), entry)


def follow(step, of, penalty=None, recipe=None, package=None):
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
    return Walk(points, of, recipe, package or PACKAGES.get(of))


def as_matrices(point):
    """Return a point of matrices: a vector is a row, other axes join the second."""
    return {k: x.reshape(len(x) if x.ndim > 1 else 1, -1) for k, x in point.items()}


def follow_matrices(step, of):
    """Return where a step goes that takes matrices alone."""
    shapes = {name: w.shape for name, w in script()[0].items()}

    def reshape(t, gradients):
        point = step(t, as_matrices(gradients))
        return {name: np.reshape(x, shapes[name]) for name, x in point.items()}

    return follow(reshape, of)


def ours(cls, penalty=None, before=None, evaluated=False, **arguments):
    """Return where an optimizer of this package goes.

    ``before(optimizer, t)`` is called before each step. If asked for, the points are
    those at which the optimizer wants the model to be evaluated.
    """
    recipe, names = None, vectors.components(cls)
    plain = all(isinstance(value, bool | int | float) for value in arguments.values())
    if names and plain and not (penalty or before):
        recipe = {"class": names, "arguments": arguments, "evaluated": evaluated}
    model = Arrays(**script()[0])
    optimizer = cls(model, **arguments)

    def step(t, gradients):
        if before:
            before(optimizer, t)
        for name, g in gradients.items():
            model.gradients[name][...] = g
        optimizer.step(
            vectors.closure(model.parameters, model.gradients, LOSSES[t - 1])
        )
        if not evaluated:
            return model.parameters
        with optimizer.evaluation():
            return {name: w.copy() for name, w in model.parameters.items()}

    return follow(step, cls, penalty, recipe)


def assert_close(points, expected):
    sides = [walk.of for walk in (points, expected) if isinstance(walk, Walk)]
    # What is said of a peer alone compares it with itself.
    if [*map(type, sides)] == [type, str]:
        record(*sides, farthest(points, expected))
        keep(points, expected)
    for step, other in zip(points, expected, strict=True):
        assert step.keys() == other.keys()
        for name, w in step.items():
            np.testing.assert_allclose(w, other[name], **TOLERANCE, err_msg=name)


def farthest(points, others):
    """Return the largest difference of two walks; of large numbers, as a share."""
    pairs = zip(points, others, strict=True)
    return vectors.largest(vectors.farthest(step, other) for step, other in pairs)
