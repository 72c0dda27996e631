"""What is said of Keras, executed in float64 on its JAX backend."""

import os
from inspect import signature

import numpy as np
import pytest
from peers.walk import STEPS, assert_close, follow, ours, script

# On the NumPy backend Keras computes in float32, whatever its float type is.
os.environ["KERAS_BACKEND"] = "jax"
import keras

from npoptim import SGD, Adagrad, DecoupledWeightDecay, PaperAdam, RMSprop

pytestmark = pytest.mark.peers


@pytest.fixture(autouse=True)
def in_float64():
    assert keras.backend.backend() == "jax"
    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    yield
    keras.config.set_floatx(before)


def theirs(optimizer, rates=None):
    """Return where an optimizer of Keras goes."""
    w = {k: keras.Variable(x, dtype="float64") for k, x in script()[0].items()}
    optimizer.build([*w.values()])

    def step(t, gradients):
        if rates is not None:
            optimizer.learning_rate.assign(rates[t - 1])
        optimizer.apply([keras.ops.convert_to_tensor(gradients[k]) for k in w])
        return {k: np.asarray(x.value) for k, x in w.items()}

    return follow(step)


@pytest.mark.parametrize("nesterov", [False, True])
def test_the_rate_is_inside_the_velocity(nesterov):
    # A schedule would show it if it were outside.
    rates = np.where(np.arange(STEPS) < 20, 0.1, 0.01)
    peer = keras.optimizers.SGD(0.1, momentum=0.9, nesterov=nesterov)

    def set_rate(optimizer, t):
        optimizer.lr = rates[t - 1]

    here = ours(SGD, before=set_rate, momentum=0.9, nesterov=nesterov)
    assert_close(here, theirs(peer, rates))


def test_epsilon_is_inside_adagrads_root_and_v_starts_at_a_tenth():
    def set_v(optimizer, t):
        if t == 1:
            for v in optimizer.state["v"][0].values():
                v[...] = 0.1

    peer = keras.optimizers.Adagrad(0.1, epsilon=0.01)
    assert_close(ours(Adagrad, before=set_v, lr=0.1, eps=0.01), theirs(peer))


def test_epsilon_is_inside_rmsprops_root():
    peer = keras.optimizers.RMSprop(0.1, rho=0.8, epsilon=0.01)
    assert_close(ours(RMSprop, lr=0.1, decay_rate=0.8, eps=0.01), theirs(peer))


def test_epsilon_of_adam_is_the_papers_epsilon_hat():
    peer = keras.optimizers.Adam(0.1, beta_1=0.8, beta_2=0.9, epsilon=0.01)

    def set_eps(optimizer, t):
        optimizer.eps = 0.01 / np.sqrt(1 - 0.9**t)

    here = ours(PaperAdam, before=set_eps, lr=0.1, beta1=0.8, beta2=0.9)
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
