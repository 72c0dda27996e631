"""What is said of Keras, executed in float64 on its JAX backend."""

import os
from inspect import signature
from types import SimpleNamespace

import numpy as np
import pytest

# On the NumPy backend Keras computes in float32, whatever its float type is.
os.environ["KERAS_BACKEND"] = "jax"
import keras

from npoptim import SGD, Adagrad, Adam, DecoupledWeightDecay, RMSprop

pytestmark = pytest.mark.peers

STEPS = 50


@pytest.fixture(autouse=True)
def in_float64():
    assert keras.backend.backend() == "jax"
    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    yield
    keras.config.set_floatx(before)


def script():
    rng = np.random.default_rng(0)
    return rng.normal(size=(3, 4)), rng.normal(size=(STEPS, 3, 4))


def theirs(optimizer, rates=None):
    """Return the parameters after each step."""
    start, gradients = script()
    w = keras.Variable(start, dtype="float64")
    optimizer.build([w])
    points = []
    for t, g in enumerate(gradients):
        if rates is not None:
            optimizer.learning_rate.assign(rates[t])
        optimizer.apply([keras.ops.convert_to_tensor(g)], [w])
        points.append(np.asarray(w.value))
    assert points[0].dtype == np.float64
    return np.array(points)


def ours(cls, rates=None, set_eps=None, v=0.0, **arguments):
    start, gradients = script()
    g = np.zeros_like(start)
    model = SimpleNamespace(_parameters=[{"w": start}], _gradients=[{"w": g}])
    optimizer = cls(model, **arguments)
    if v:
        optimizer.state["v"][0]["w"][...] = v
    points = []
    for t, gradient in enumerate(gradients):
        g[...] = gradient
        if rates is not None:
            optimizer.lr = rates[t]
        if set_eps is not None:
            optimizer.eps = set_eps(t + 1)
        optimizer.step()
        points.append(start.copy())
    return np.array(points)


def assert_close(points, expected):
    # Some ten operations a step, each good to 1e-16, over 50 steps.
    np.testing.assert_allclose(points, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("nesterov", [False, True])
def test_the_rate_is_inside_the_velocity(nesterov):
    # A schedule would show it if it were outside.
    rates = np.where(np.arange(STEPS) < 20, 0.1, 0.01)
    peer = keras.optimizers.SGD(0.1, momentum=0.9, nesterov=nesterov)
    here = ours(SGD, rates, momentum=0.9, nesterov=nesterov)
    assert_close(here, theirs(peer, rates))


def test_epsilon_is_inside_adagrads_root_and_v_starts_at_a_tenth():
    peer = keras.optimizers.Adagrad(0.1, epsilon=0.01)
    assert_close(ours(Adagrad, lr=0.1, eps=0.01, v=0.1), theirs(peer))


def test_epsilon_is_inside_rmsprops_root():
    peer = keras.optimizers.RMSprop(0.1, rho=0.8, epsilon=0.01)
    assert_close(ours(RMSprop, lr=0.1, decay_rate=0.8, eps=0.01), theirs(peer))


def test_epsilon_of_adam_is_the_papers_epsilon_hat():
    peer = keras.optimizers.Adam(0.1, beta_1=0.8, beta_2=0.9, epsilon=0.01)
    here = ours(
        Adam,
        lr=0.1,
        beta1=0.8,
        beta2=0.9,
        bias_correction=True,
        eps_in_sqrt=False,
        set_eps=lambda t: 0.01 / np.sqrt(1 - 0.9**t),
    )
    assert_close(here, theirs(peer))


def test_weight_decay_is_decoupled_on_plain_descent_too():
    cls = type("SGDW", (DecoupledWeightDecay, SGD), {})
    peer = keras.optimizers.SGD(0.1, momentum=0.9, weight_decay=0.2)
    assert_close(ours(cls, lr=0.1, momentum=0.9, weight_decay=0.2), theirs(peer))


def test_defaults_that_the_docstrings_name():
    def default(name, argument):
        return signature(getattr(keras.optimizers, name)).parameters[argument].default

    assert default("Adagrad", "initial_accumulator_value") == 0.1
    assert default("Adagrad", "epsilon") == default("RMSprop", "epsilon") == 1e-7
    assert default("RMSprop", "rho") == 0.9
    assert default("Adam", "beta_2") == 0.999
    assert default("AdamW", "weight_decay") == 0.004
