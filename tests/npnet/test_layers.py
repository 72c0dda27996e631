"""Outputs by hand, and gradients against differences of the outputs."""

from copy import deepcopy
from types import SimpleNamespace

import numpy as np
import pytest

from npoptim import SGD
from npoptim.npnet import Layer, Linear, ReLU, Sequential

MODELS = {
    "Linear": lambda: Linear(4, 3, rng=0, dtype=np.float64),
    "ReLU": ReLU,
    "one": lambda: Sequential(Linear(4, 3, rng=1, dtype=np.float64)),
    "several": lambda: Sequential(
        Linear(4, 6, rng=2, dtype=np.float64),
        ReLU(),
        Linear(6, 5, rng=3, dtype=np.float64),
        ReLU(),
        Linear(5, 2, rng=4, dtype=np.float64),
    ),
    "nested": lambda: Sequential(
        Sequential(Linear(4, 6, rng=5, dtype=np.float64), ReLU()),
        Sequential(Sequential(Linear(6, 3, rng=6, dtype=np.float64))),
    ),
    "ReLU-first": lambda: Sequential(ReLU(), Linear(4, 3, rng=7, dtype=np.float64)),
}
each_model = pytest.mark.parametrize("make", MODELS.values(), ids=MODELS.keys())


def arrays(structure):
    return [array for layer in structure for array in layer.values()]


def setting(make):
    """Return a model with biases other than 0, a batch, and weights of its outputs."""
    rng = np.random.default_rng(10)
    model = make()
    for w in arrays(model._parameters):
        w[...] += 0.1 * rng.normal(size=w.shape)
    # Away from 0, where ReLU has no gradient.
    x = rng.uniform(0.5, 1.5, (5, 4)) * rng.choice([-1, 1], (5, 4))
    return model, x, rng.normal(size=model.forward(x).shape)


def differences(loss, array):
    """Return the central differences of a loss that reads an array."""
    h = 1e-6
    gradient = np.zeros_like(array)
    for i in np.ndindex(array.shape):
        kept = array[i]
        array[i] = kept + h
        above = loss()
        array[i] = kept - h
        below = loss()
        array[i] = kept
        gradient[i] = (above - below) / (2 * h)
    return gradient


# The loss, near 10, is rounded at 1e-15, and 1e-15 / 1e-6 is 1e-9. Between the kinks
# of ReLU the loss is linear in each number, so the differences have no other error.
TOLERANCE = 1e-8


@each_model
def test_gradients_are_those_of_the_outputs(make):
    model, x, dy = setting(make)

    def loss():
        return (model.forward(x) * dy).sum()

    expected = [differences(loss, w) for w in arrays(model._parameters)]
    expected_dx = differences(loss, x)
    model.forward(x)
    dx = model.backward(dy)
    np.testing.assert_allclose(dx, expected_dx, rtol=0, atol=TOLERANCE)
    for g, numeric in zip(arrays(model._gradients), expected, strict=True):
        assert g.any()
        np.testing.assert_allclose(g, numeric, rtol=0, atol=TOLERANCE)


@each_model
def test_add_gradients_does_what_backward_does(make):
    model, x, dy = setting(make)
    model.forward(x)
    model.backward(dy)
    expected = [g.copy() for g in arrays(model._gradients)]
    SGD(model).zero_grad()
    assert model.add_gradients(dy) is None
    for g, other in zip(arrays(model._gradients), expected, strict=True):
        np.testing.assert_array_equal(g, other)


@each_model
def test_gradients_add_up_in_place(make):
    model, x, dy = setting(make)
    before = arrays(model._gradients)
    model.forward(x)
    model.backward(dy)
    once = [g.copy() for g in arrays(model._gradients)]
    model.backward(dy)
    model.add_gradients(dy)
    for g, old, single in zip(arrays(model._gradients), before, once, strict=True):
        assert g is old
        np.testing.assert_allclose(g, 3 * single, rtol=1e-15)


@each_model
def test_arguments_are_not_changed(make):
    model, x, dy = setting(make)
    x_before, dy_before = x.copy(), dy.copy()
    model.forward(x)
    model.backward(dy)
    np.testing.assert_array_equal(x, x_before)
    np.testing.assert_array_equal(dy, dy_before)


@each_model
def test_deep_copy_is_independent_and_whole(make):
    model, x, dy = setting(make)
    model.forward(x)
    model.backward(dy)
    copied = deepcopy(model)
    np.testing.assert_array_equal(copied.forward(x), model.forward(x))
    for one, other in zip(
        arrays(copied._parameters) + arrays(copied._gradients),
        arrays(model._parameters) + arrays(model._gradients),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)
        assert not np.shares_memory(one, other)

    # The lists of the copy are those that its forward reads and backward fills.
    before = [w.copy() for w in arrays(model._parameters)]
    output = model.forward(x)
    copied.forward(x)
    optimizer = SGD(copied, lr=0.1)
    optimizer.zero_grad()
    copied.backward(dy)
    optimizer.step()
    if before:
        assert (copied.forward(x) != output).any()
        assert all(g.any() for g in arrays(copied._gradients))
    for w, old in zip(arrays(model._parameters), before, strict=True):
        np.testing.assert_array_equal(w, old)


def test_linear_by_hand():
    layer = Linear(2, 3, dtype=np.float64)
    layer.parameters["weight"][...] = [[1, 2], [0, -1], [3, 0]]
    layer.parameters["bias"][...] = [10, 20, 30]
    x = np.array([[1.0, 2], [-1, 0]])
    assert layer.forward(x).tolist() == [[15, 18, 33], [9, 20, 27]]
    # dx = dy W, dW = dy^T x, db = sum of dy.
    dx = layer.backward(np.array([[1.0, 0, 2], [0, 1, 0]]))
    assert dx.tolist() == [[7, 2], [0, -1]]
    assert layer.gradients["weight"].tolist() == [[1, 2], [-1, 0], [2, 4]]
    assert layer.gradients["bias"].tolist() == [1, 1, 2]


def test_relu_by_hand():
    layer = ReLU()
    x = np.array([[-1.0, -0.0, 0.0, 1e-300, 2.0]])
    assert layer.forward(x).tolist() == [[0, 0, 0, 1e-300, 2]]
    assert layer.backward(np.full((1, 5), 3.0)).tolist() == [[0, 0, 0, 3, 3]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_goes_through(dtype):
    model = Sequential(
        Linear(4, 3, rng=0, dtype=dtype), ReLU(), Linear(3, 2, rng=1, dtype=dtype)
    )
    x = np.ones((2, 4), dtype)
    y = model.forward(x)
    assert y.dtype == model.backward(y).dtype == dtype
    assert {a.dtype for a in arrays(model._parameters)} == {np.dtype(dtype)}
    assert {a.dtype for a in arrays(model._gradients)} == {np.dtype(dtype)}


def test_default_dtype_is_float32():
    assert Linear(2, 1).parameters["weight"].dtype == np.float32


def test_weights_are_uniform_within_the_bound():
    weight = Linear(400, 50, rng=0, dtype=np.float64).parameters["weight"]
    bound = 1 / 20
    assert np.abs(weight).max() <= bound
    # Of 20,000 draws, the extremes and the mean: misses have odds below 1e-8.
    assert np.abs(weight).max() > 0.999 * bound
    assert abs(weight.mean()) < 6 * bound / np.sqrt(3 * 20_000)
    assert not Linear(400, 50, rng=0).parameters["bias"].any()


def test_same_seed_same_weights():
    one, same, other = (Linear(5, 4, rng=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.parameters["weight"], same.parameters["weight"])
    assert (one.parameters["weight"] != other.parameters["weight"]).all()


def test_generator_is_drawn_from():
    rng = np.random.default_rng(1)
    first, second = Linear(5, 4, rng=rng), Linear(5, 4, rng=rng)
    seeded = Linear(5, 4, rng=1)
    np.testing.assert_array_equal(
        first.parameters["weight"], seeded.parameters["weight"]
    )
    assert (first.parameters["weight"] != second.parameters["weight"]).all()


def test_without_a_seed_weights_differ():
    one, other = Linear(50, 4), Linear(50, 4)
    assert (one.parameters["weight"] != other.parameters["weight"]).any()


@pytest.mark.parametrize("rng", [None, 0])
def test_global_state_is_neither_used_nor_changed(rng):
    np.random.seed(0)  # noqa: NPY002
    before = np.random.get_state()  # noqa: NPY002
    Linear(3, 2, rng=rng)
    after = np.random.get_state()  # noqa: NPY002
    np.testing.assert_equal(after, before)


def test_lists_of_a_sequential():
    inner = Linear(3, 2), ReLU(), Linear(2, 1)
    model = Sequential(inner[0], Sequential(*inner[1:]))
    for name in ("parameters", "gradients"):
        expected = [getattr(layer, name) for layer in inner]
        found = getattr(model, f"_{name}")
        assert all(a is b for a, b in zip(found, expected, strict=True))


@pytest.mark.parametrize("value", [0, -1])
@pytest.mark.parametrize("name", ["in_features", "out_features"])
def test_too_few_features(name, value):
    arguments = {"in_features": 2, "out_features": 2, name: value}
    with pytest.raises(ValueError, match=f"{name} must be at least 1, got {value}"):
        Linear(**arguments)


@pytest.mark.parametrize("value", [2.0, "2", None, True], ids=repr)
@pytest.mark.parametrize("name", ["in_features", "out_features"])
def test_features_of_another_type(name, value):
    arguments = {"in_features": 2, "out_features": 2, name: value}
    with pytest.raises(TypeError, match=f"{name} must be an int"):
        Linear(**arguments)


@pytest.mark.parametrize("dtype", [int, bool, complex, object])
def test_dtype_of_no_floats(dtype):
    with pytest.raises(ValueError, match="dtype must be"):
        Linear(2, 2, dtype=dtype)


def test_sequential_of_nothing():
    with pytest.raises(ValueError, match="layers must be at least one"):
        Sequential()


@pytest.mark.parametrize(
    "layer",
    [Linear, None, [ReLU()], np.ones(2)],
    ids=["class", "none", "list", "array"],
)
def test_sequential_of_no_layers(layer):
    with pytest.raises(TypeError, match=r"layers\[1\] must be a Layer"):
        Sequential(ReLU(), layer)


def test_layer_of_no_kind():
    layer = Layer()
    for method in (layer.forward, layer.backward, layer.add_gradients):
        with pytest.raises(NotImplementedError):
            method(np.ones((1, 1)))
    assert layer._parameters == layer._gradients == [{}]


def test_dicts_that_are_replaced_stay_in_lists_of_ones_own():
    layer = Linear(2, 1, rng=0, dtype=np.float64)
    lists = SimpleNamespace(
        _parameters=[layer.parameters], _gradients=[layer.gradients]
    )
    optimizer = SGD(lists, lr=1)
    layer.parameters = {"weight": np.array([[3.0, 4.0]]), "bias": np.array([5.0])}
    layer.gradients = {"weight": np.array([[1.0, 1.0]]), "bias": np.array([1.0])}
    layer.gradients = layer.gradients
    optimizer.step()
    assert layer.parameters["weight"].tolist() == [[2, 3]]
    assert layer.parameters["bias"].tolist() == [4]
