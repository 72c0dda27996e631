"""Laws that the equations imply, over every rule there is."""

from math import prod

import numpy as np
import pytest
from contract.public import OPTIMIZERS, is_joint, is_matrix, options, step
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

import npoptim
from npoptim import Arrays

STEPS = 6
SEEDS = st.integers(0, 2**32 - 1)
SHAPES = array_shapes(min_dims=0, max_dims=3, min_side=1, max_side=4)
# Few values, so that there are ties and zeros.
GRID = np.array([-2, -1, -0.5, 0, 0, 0.5, 1, 2])


def draw_arrays(rng, count, shape, general):
    """Return some arrays, with ties and zeros unless they are general."""
    arrays = rng.normal(size=(count, *shape))
    return arrays if general else rng.choice(GRID, size=arrays.shape)


def walk(cls, arguments, start, gradients, lr=0.1):
    """Return all arrays after each step, given their start and their gradients."""
    model = Arrays(**{f"a{k}": np.array(w) for k, w in enumerate(start)})
    optimizer = cls(model, **{"lr": lr} | arguments)
    path = []
    for gs in gradients:
        for slot, g in zip(model.gradients.values(), gs, strict=True):
            slot[...] = g
        step(optimizer)
        path.append([np.array(w) for w in model.parameters.values()])
    return path


def assert_close(path, expected, rtol=1e-7):
    for arrays, others in zip(path, expected, strict=True):
        for array, other in zip(arrays, others, strict=True):
            np.testing.assert_allclose(array, other, rtol=rtol, atol=rtol)


def arguments_of(cls):
    return st.sampled_from([arguments for _, arguments in options(cls)])


# What rules do is what they do to elements, rows and columns by whatever order.


@pytest.mark.parametrize("cls", OPTIMIZERS)
@given(data=st.data(), shape=SHAPES, seed=SEEDS)
def test_order_of_elements_does_not_matter(cls, data, shape, seed):
    rng = np.random.default_rng(seed)
    arguments = data.draw(arguments_of(cls)) | {"weight_decay": 0.1}
    w, *gradients = draw_arrays(rng, 1 + STEPS, shape, general=is_matrix(cls))
    orders = [rng.permutation(size) for size in shape]

    def permute(array):
        return array[np.ix_(*orders)] if shape else array

    path = walk(cls, arguments, [w], [[g] for g in gradients])
    permuted = walk(cls, arguments, [permute(w)], [[permute(g)] for g in gradients])
    expected = [[permute(array) for array in arrays] for arrays in path]
    assert_close(permuted, expected)


@pytest.mark.parametrize("cls", OPTIMIZERS)
@given(data=st.data(), shapes=st.lists(SHAPES, min_size=2, max_size=3), seed=SEEDS)
def test_order_of_arrays_does_not_matter(cls, data, shapes, seed):
    rng = np.random.default_rng(seed)
    arguments = data.draw(arguments_of(cls)) | {"weight_decay": 0.1}
    drawn = [draw_arrays(rng, 1 + STEPS, shape, is_matrix(cls)) for shape in shapes]
    start, *gradients = zip(*drawn, strict=True)
    path = walk(cls, arguments, start, gradients)
    back = walk(cls, arguments, start[::-1], [gs[::-1] for gs in gradients])
    assert_close([arrays[::-1] for arrays in back], path)


WITHOUT_SHAPE = [cls for cls in OPTIMIZERS if cls.elementwise or is_joint(cls)]


@pytest.mark.parametrize("cls", WITHOUT_SHAPE)
@given(data=st.data(), seed=SEEDS)
def test_one_array_is_as_good_as_its_pieces(cls, data, seed):
    rng = np.random.default_rng(seed)
    arguments = data.draw(arguments_of(cls)) | {"weight_decay": 0.1}
    n = data.draw(st.integers(1, 12))
    cuts = sorted(data.draw(st.lists(st.integers(0, n), max_size=3)))
    w, *gradients = draw_arrays(rng, 1 + STEPS, (n,), general=False)
    whole = walk(cls, arguments, [w], [[g] for g in gradients])
    pieces = walk(
        cls, arguments, np.split(w, cuts), [np.split(g, cuts) for g in gradients]
    )
    joined = [[np.concatenate(arrays)] for arrays in pieces]
    assert_close(joined, whole)
    if not is_joint(cls):
        assert [a.tobytes() for (a,) in joined] == [a.tobytes() for (a,) in whole]


@pytest.mark.parametrize("cls", WITHOUT_SHAPE)
@given(
    data=st.data(), shape=array_shapes(min_dims=0, min_side=0, max_side=4), seed=SEEDS
)
def test_shape_and_layout_do_not_matter(cls, data, shape, seed):
    rng = np.random.default_rng(seed)
    arguments = data.draw(arguments_of(cls))
    w, *gradients = draw_arrays(rng, 1 + STEPS, (prod(shape),), general=False)
    flat = walk(cls, arguments, [w], [[g] for g in gradients])

    # A view of every other element of a larger array, backward and in another order.
    order = data.draw(st.permutations(range(len(shape))))
    larger = np.zeros([2 * shape[axis] for axis in order])
    every_other = (slice(None, None, -2),) * len(shape)
    view = larger[*every_other, ...].transpose(np.argsort(order))
    view[...] = w.reshape(shape)
    model = Arrays(w=view)
    optimizer = cls(model, **{"lr": 0.1} | arguments)
    for g, (expected,) in zip(gradients, flat, strict=True):
        model.gradients["w"][...] = g.reshape(shape)
        step(optimizer)
        assert model.parameters["w"] is view
        np.testing.assert_allclose(view.ravel(), expected, rtol=1e-12, atol=1e-12)
    untouched = larger.copy()
    untouched[every_other] = 0
    assert not untouched.any()


# The unit of gradients: rules that divide by their size do not see it, with eps = 0,
# and those that only add up see nothing else. What has a fixed size in it is neither.
WITHOUT_UNIT = {
    "ADOPT": {}, "Adagrad": {}, "Adam": {}, "AdamW": {}, "PaperAdam": {}, "Adamax": {},
    "AdEMAMix": {}, "AdaBelief": {}, "Adan": {}, "AMSGrad": {}, "CenteredRMSprop": {},
    "Adafactor": {"eps1": 0}, "DAdaptAdam": {}, "DoG": {}, "DoWG": {}, "Fromage": {},
    "FTRL": {"beta": 0, "l1": 0, "l2": 0}, "LAMB": {}, "LaProp": {}, "LARS": {},
    "Lion": {}, "Muon": {}, "NAdam": {}, "NovoGrad": {}, "Prodigy": {}, "QHAdam": {},
    "RMSprop": {}, "Rprop": {}, "ScheduleFreeAdamW": {}, "SignSGD": {}, "Signum": {},
    "SM3": {}, "SOAP": {}, "Yogi": {"initial": 0},
}  # fmt: skip
LINEAR = ["AggMo", "ASGD", "OptimisticSGD", "QHM", "ScheduleFreeSGD", "SGD"]
# A power of it: the cube root of a sum of squares, by which one divides; their power p.
POWER = {"MADGRAD": 1 / 3, "PAdam": 1 - 2 * 0.125}
# Adadelta's step grows out of eps alone, AdaBound's rates have bounds, RAdam begins as
# descent, as LBFGS does, Polyak's step is measured by the loss, and Shampoo begins with
# eps in every direction.
NEITHER = ["Adadelta", "AdaBound", "LBFGS", "PolyakSGD", "RAdam", "Shampoo"]


def test_every_rule_has_a_law_of_units():
    known = [*WITHOUT_UNIT, *LINEAR, *POWER, *NEITHER]
    assert sorted(known) == sorted(cls.__name__ for cls in OPTIMIZERS)


def without_eps(cls):
    """Return the argument that takes epsilon away, or makes it as good as nothing."""
    eps = cls.hyperparameters.get("eps")
    return {} if eps is None else {"eps": 0 if eps.has_low else 1e-300}


@pytest.mark.parametrize(
    "cls", [cls for cls in OPTIMIZERS if cls.__name__ in {*WITHOUT_UNIT, *POWER}]
)
@given(data=st.data(), seed=SEEDS, exponent=st.integers(-30, 30))
def test_scale_of_gradients(cls, data, seed, exponent):
    rng = np.random.default_rng(seed)
    arguments = {
        **data.draw(arguments_of(cls)),
        **without_eps(cls),
        **WITHOUT_UNIT.get(cls.__name__, {}),
    }
    shape = (3, 4)
    w, *gradients = rng.normal(size=(1 + STEPS, *shape))
    path = np.array(walk(cls, arguments, [w], [[g] for g in gradients]))
    scaled = np.array(
        walk(cls, arguments, [w], [[2.0**exponent * g] for g in gradients])
    )
    power = POWER.get(cls.__name__, 0)
    assert (path[-1] != w).any()
    np.testing.assert_allclose(
        scaled - w, 2.0 ** (exponent * power) * (path - w), rtol=1e-6, atol=1e-9
    )


@pytest.mark.parametrize("cls", [cls for cls in OPTIMIZERS if cls.__name__ in LINEAR])
@given(data=st.data(), seed=SEEDS, a=st.floats(-9, 9), b=st.floats(-9, 9))
def test_descent_is_linear_in_the_gradients(cls, data, seed, a, b):
    rng = np.random.default_rng(seed)
    arguments = data.draw(arguments_of(cls))
    if cls.__name__ == "ASGD":
        arguments |= {"decay": 0}
    first, second = rng.normal(size=(2, STEPS, 1, 5))
    start = [np.zeros(5)]
    one, other, both = (
        np.array(walk(cls, arguments, start, gradients))
        for gradients in (first, second, a * first + b * second)
    )
    np.testing.assert_allclose(both, a * one + b * other, rtol=1e-9, atol=1e-9)


# Rules that are another one with some argument, for any values of the others.
SAME = [
    ("QHM", {"momentum": 0}, "SGD", {}),
    ("QHM", {"nu": 0}, "SGD", {}),
    ("AggMo", {"momentum1": 0, "momentum2": 0, "momentum3": 0}, "SGD", {}),
    ("ASGD", {"decay": 0, "t0": 1e300}, "SGD", {}),
    ("Signum", {"momentum": 0}, "SignSGD", {}),
    ("Lion", {"beta1": 0}, "SignSGD", {}),
    ("QHM", {"nu": 1}, "SGD", {"momentum": 0.999, "lr": 0.1 * (1 - 0.999)}),
    ("Adam", {"beta1": 0, "beta2": 0.9}, "RMSprop", {}),
    ("AdamW", {"weight_decay": 0}, "PaperAdam", {}),
    ("AdEMAMix", {"slow_factor": 0}, "PaperAdam", {}),
    ("QHAdam", {"nu1": 1}, "PaperAdam", {"beta1": 0.995}),
    ("NAdam", {"beta1": 0}, "PaperAdam", {"beta1": 0}),
    ("ScheduleFreeSGD", {"beta1": 0}, "SGD", {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "arguments", "simpler", "others"),
    SAME,
    ids=[f"{row[0]}-{'-'.join(row[1])}" for row in SAME],
)
@given(seed=SEEDS)
def test_rule_that_is_a_simpler_one(name, arguments, simpler, others, seed):
    rng = np.random.default_rng(seed)
    w, *gradients = draw_arrays(rng, 1 + STEPS, (5,), general=False)
    gradients = [[g] for g in gradients]
    path = walk(getattr(npoptim, name), arguments, [w], gradients)
    expected = walk(getattr(npoptim, simpler), others, [w], gradients)
    assert_close(path, expected, rtol=1e-10)


@given(seed=SEEDS, lr=st.floats(1e-3, 10))
def test_descent_without_momentum_is_the_sum_of_gradients(seed, lr):
    w, *gradients = np.random.default_rng(seed).normal(size=(1 + STEPS, 5))
    path = walk(npoptim.SGD, {"momentum": 0}, [w], [[g] for g in gradients], lr)
    expected = w - lr * np.cumsum(gradients, axis=0)
    np.testing.assert_allclose(np.array(path)[:, 0], expected, rtol=1e-12, atol=1e-12)


# Wrappers that do nothing with some argument, whatever the rule is.
NEUTRAL = {
    "ClipByGlobalNorm": {"max_norm": 1e300},
    "ClipByValue": {"max_value": 1e300},
    "ExponentialAverage": {},
    "Lookahead": {"slow_step": 1, "period": 2},
    "SAM": {"radius": 0},
    "UniformAverage": {},
    "Velocity": {"step_momentum": 0},
}


@pytest.mark.parametrize("wrapper", NEUTRAL)
@given(cls=st.sampled_from(OPTIMIZERS), data=st.data(), seed=SEEDS)
def test_wrapper_that_does_nothing(wrapper, cls, data, seed):
    try:
        wrapped = type("Wrapped", (getattr(npoptim, wrapper), cls), {})
    except TypeError:
        return  # they keep the same already
    rng = np.random.default_rng(seed)
    arguments = data.draw(arguments_of(cls)) | {"weight_decay": 0.1}
    w, *gradients = rng.normal(size=(1 + STEPS, 3, 4))
    gradients = [[g] for g in gradients]
    expected = walk(cls, arguments, [w], gradients)
    assert_close(walk(wrapped, arguments | NEUTRAL[wrapper], [w], gradients), expected)


# How long a step may be, with a learning rate of 0.1 and epsilon 0.


def greatest_ratio(beta1, beta2, t):
    """Return how large a mean can be, divided by the root of the mean of squares.

    By Cauchy and Schwarz: its square is at most the sum of the squares of the former's
    weights, each divided by that of the latter.
    """
    k = np.arange(t)
    a = (1 - beta1) * beta1**k / (1 - beta1**t)
    b = (1 - beta2) * beta2**k / (1 - beta2**t)
    return np.sqrt((a**2 / b).sum())


def rms(array):
    return np.sqrt(np.mean(array**2))


def norm(array):
    return np.sqrt(np.sum(array**2))


BOUNDS = {
    # Each element of a step, by at most so much.
    "Adagrad": lambda w, step, t: (abs(step), 0.1),
    "RMSprop": lambda w, step, t: (abs(step), 0.1 / np.sqrt(1 - 0.9)),
    "PaperAdam": lambda w, step, t: (abs(step), 0.1 * greatest_ratio(0.9, 0.999, t)),
    # Kingma and Ba have the rate, but for means that are longer than the maximum's.
    "Adamax": lambda w, step, t: (
        abs(step),
        0.1 * 0.1 / (1 - 0.9**t) * ((0.9 / 0.999) ** np.arange(t)).sum(),
    ),
    "SignSGD": lambda w, step, t: (abs(step), 0.1),
    "Signum": lambda w, step, t: (abs(step), 0.1),
    "Lion": lambda w, step, t: (abs(step), 0.1),
    "Rprop": lambda w, step, t: (abs(step), min(0.1 * 1.2 ** (t - 1), 50)),
    # Its size, in proportion to that of the weights.
    "Adafactor": lambda w, step, t: (rms(step), 0.1 * max(rms(w), 1e-3)),
    "LAMB": lambda w, step, t: (norm(step), 0.1 * norm(w)),
    "Fromage": lambda w, step, t: (norm(w + step), norm(w) * 1.1 / np.sqrt(1.01)),
}


@pytest.mark.parametrize("name", BOUNDS)
@given(seed=SEEDS, growth=st.floats(0.5, 2), sparsity=st.floats(0, 0.9))
def test_bound_of_steps(name, seed, growth, sparsity):
    cls = getattr(npoptim, name)
    rng = np.random.default_rng(seed)
    w, *gradients = rng.normal(size=(31, 3, 4))
    # The first gradient has no zeros, by which there would be nothing to divide.
    gradients = [
        g * growth**t * ((rng.random(g.shape) >= sparsity) | (t == 0))
        for t, g in enumerate(gradients)
    ]
    path = walk(cls, without_eps(cls), [w], [[g] for g in gradients])
    for t, (before, after) in enumerate(zip([[w], *path], path, strict=False), 1):
        size, bound = BOUNDS[name](before[0], after[0] - before[0], t)
        assert (size <= bound * (1 + 1e-9) + 1e-12).all()


@given(growth=st.floats(0.5, 1.5), t=st.integers(1, 30))
def test_bound_of_adam_is_reached(growth, t):
    k = np.arange(t)[::-1]
    gradients = [[np.array(growth * (0.9 / 0.999) ** age)] for age in k]
    cls = npoptim.PaperAdam
    path = walk(cls, without_eps(cls), [np.array(0.0)], gradients)
    last = path[-1][0] - (path[-2][0] if t > 1 else 0)
    assert abs(last) == pytest.approx(0.1 * greatest_ratio(0.9, 0.999, t), rel=1e-9)
