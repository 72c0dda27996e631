"""What is said of Keras, executed in float64 on its JAX backend."""

import os
from inspect import signature

import numpy as np
import pytest
from peers.walk import (
    STEPS,
    TOLERANCE,
    as_matrices,
    assert_close,
    farthest,
    follow,
    follow_matrices,
    ours,
    script,
)

# On the NumPy backend Keras computes in float32, whatever its float type is.
os.environ["KERAS_BACKEND"] = "jax"
import jax
import keras

from npoptim import (
    FTRL,
    LAMB,
    SGD,
    Adadelta,
    Adagrad,
    Adamax,
    AMSGrad,
    CenteredRMSprop,
    ClipByGlobalNorm,
    ClipByValue,
    DecoupledWeightDecay,
    ElasticNet,
    Lion,
    Muon,
    NAdam,
    PaperAdam,
    RMSprop,
    ScheduleFreeAdamW,
    Velocity,
    trace,
)

pytestmark = [pytest.mark.peers, pytest.mark.usefixtures("in_float64")]


def theirs(optimizer, rates=None):
    """Return where an optimizer of Keras goes."""
    w = {k: keras.Variable(x, dtype="float64") for k, x in script()[0].items()}
    optimizer.build([*w.values()])

    def step(t, gradients):
        if rates is not None:
            optimizer.learning_rate.assign(rates[t - 1])
        optimizer.apply([keras.ops.convert_to_tensor(gradients[k]) for k in w])
        return {k: np.asarray(x.value) for k, x in w.items()}

    return follow(step, "Keras")


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


@pytest.mark.parametrize("lr", [0.1, 1.0])
@pytest.mark.parametrize("eps", [1e-6, 0.1])
@pytest.mark.parametrize("delta", [0.9, 0.95, 0.0])
def test_adadelta(delta, eps, lr):
    peer = keras.optimizers.Adadelta(lr, rho=delta, epsilon=eps)
    assert_close(ours(Adadelta, lr=lr, decay_rate=delta, eps=eps), theirs(peer))


def test_adadelta_by_default_but_for_rate_and_epsilon():
    peer = keras.optimizers.Adadelta()
    assert_close(ours(Adadelta, lr=1e-3, eps=1e-7), theirs(peer))


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


@pytest.mark.parametrize("eps", [1e-7, 0.1])
@pytest.mark.parametrize(("beta1", "beta2"), [(0.9, 0.999), (0.8, 0.95), (0.0, 0.5)])
def test_lamb(beta1, beta2, eps):
    peer = keras.optimizers.Lamb(0.1, beta_1=beta1, beta_2=beta2, epsilon=eps)
    points = ours(LAMB, lr=0.1, beta1=beta1, beta2=beta2, eps=eps)
    assert_close(points, theirs(peer))


def test_lamb_by_default_but_for_epsilon():
    assert_close(ours(LAMB, eps=1e-7), theirs(keras.optimizers.Lamb()))


def test_ratio_of_weights_at_0_is_1():
    w = keras.Variable([0.0, 0.0], dtype="float64")
    peer = keras.optimizers.Lamb(0.5, epsilon=2)
    peer.build([w])
    peer.apply([keras.ops.convert_to_tensor(np.array([3.0, -8.0]))])
    (step,) = trace(LAMB, [0, 0], [[3, -8]], lr=0.5, eps=2)
    np.testing.assert_allclose(step.w, w, **TOLERANCE)
    np.testing.assert_allclose(step.w, [-0.3, 0.4], **TOLERANCE)


def test_decay_of_lamb_comes_before_the_step():
    def decay(optimizer, t):
        for w in optimizer.parameters[0].values():
            w *= 1 - 0.1 * 0.2

    expected = theirs(keras.optimizers.Lamb(0.1, epsilon=0.01, weight_decay=0.2))
    assert_close(ours(LAMB, before=decay, lr=0.1, eps=0.01), expected)
    assert farthest(ours(LAMB, lr=0.1, eps=0.01, weight_decay=0.2), expected) > 0.01


@pytest.mark.parametrize("beta", [0, 1])
@pytest.mark.parametrize(("l1", "l2"), [(0, 0), (0.3, 0), (0, 0.4), (1, 3)])
def test_ftrl(l1, l2, beta):
    peer = keras.optimizers.Ftrl(
        0.1, initial_accumulator_value=0, beta=beta, l1_regularization_strength=l1,
        l2_regularization_strength=l2 / 2,
    )  # fmt: skip
    assert_close(ours(FTRL, lr=0.1, beta=beta, l1=l1, l2=l2), theirs(peer))


def test_ftrl_of_a_weight_without_a_gradient():
    w = keras.Variable(0.5, dtype="float64")
    peer = keras.optimizers.Ftrl(0.1, initial_accumulator_value=0)
    peer.build([w])
    peer.apply([keras.ops.convert_to_tensor(np.array(0.0))])
    with np.errstate(invalid="ignore"):
        (step,) = trace(FTRL, 0.5, [0], beta=0)
    assert np.isnan(step.w)
    assert np.isnan(float(w))


def test_ftrl_by_default_but_for_beta_and_the_start():
    def set_v(optimizer, t):
        if t == 1:
            for v in optimizer.state["v"][0].values():
                v[...] = 0.1

    expected = theirs(keras.optimizers.Ftrl())
    assert_close(ours(FTRL, before=set_v, beta=0), expected)


@pytest.mark.parametrize("eps", [0, 0.1])
def test_epsilon_of_adamax_is_added_after_the_maximum(eps):
    peer = keras.optimizers.Adamax(0.1, beta_1=0.8, beta_2=0.9, epsilon=eps)
    points = theirs(peer)
    arguments = {"lr": 0.1, "beta1": 0.8, "beta2": 0.9, "eps": eps}
    if eps == 0:
        assert_close(ours(Adamax, **arguments), points)
    else:
        assert farthest(ours(Adamax, **arguments), points) > 0.01
    starts, gradients = script()
    w = starts["vector"]
    m = u = np.zeros(5)
    for t, (step, point) in enumerate(zip(gradients, points, strict=True), 1):
        g = step["vector"]
        m = 0.8 * m + 0.2 * g
        u = np.maximum(0.9 * u, np.abs(g))
        w = w - 0.1 * m / (1 - 0.8**t) / (u + eps)
        np.testing.assert_allclose(point["vector"], w, **TOLERANCE)


def test_nadam_has_shares_that_rise_fast():
    peer = keras.optimizers.Nadam(0.1, beta_1=0.8, beta_2=0.9, epsilon=0.01)
    arguments = {"lr": 0.1, "beta1": 0.8, "beta2": 0.9, "eps": 0.01}
    assert_close(ours(NAdam, **arguments, momentum_decay=1), theirs(peer))


@pytest.mark.parametrize("bound", [3.0, 6.5])
def test_clipping(bound):
    cls = type("Clipped", (ClipByGlobalNorm, SGD), {})
    peer = keras.optimizers.SGD(0.1, momentum=0.9, global_clipnorm=bound)
    assert_close(ours(cls, lr=0.1, momentum=0.9, max_norm=bound), theirs(peer))


@pytest.mark.parametrize("bound", [0.5, 1.5])
def test_clipping_by_value(bound):
    cls = type("Clipped", (ClipByValue, SGD), {})
    peer = keras.optimizers.SGD(0.1, momentum=0.9, clipvalue=bound)
    assert_close(ours(cls, lr=0.1, momentum=0.9, max_value=bound), theirs(peer))


@pytest.mark.parametrize("decay", [None, 0.2])
def test_lion(decay):
    peer = keras.optimizers.Lion(0.1, beta_1=0.8, beta_2=0.5, weight_decay=decay)
    arguments = {"lr": 0.1, "beta1": 0.8, "beta2": 0.5, "weight_decay": decay or 0}
    assert_close(ours(Lion, **arguments), theirs(peer))


def test_defaults_that_the_docstrings_name():
    def default(name, argument):
        return signature(getattr(keras.optimizers, name)).parameters[argument].default

    assert default("Adagrad", "initial_accumulator_value") == 0.1
    assert default("Adagrad", "epsilon") == default("RMSprop", "epsilon") == 1e-7
    assert default("RMSprop", "rho") == 0.9
    assert default("Adadelta", "learning_rate") == 0.001
    assert default("Adadelta", "epsilon") == 1e-7
    assert default("Adam", "beta_2") == 0.999
    assert default("AdamW", "weight_decay") == 0.004
    assert default("Lion", "learning_rate") == 0.001
    assert default("Nadam", "learning_rate") == 0.001
    assert default("Nadam", "epsilon") == 1e-7
    assert default("Lion", "weight_decay") is None
    assert default("Adamax", "learning_rate") == 0.001
    assert default("Adamax", "epsilon") == 1e-7


def one_weight(name, gradients, dtype="float64", **arguments):
    w = keras.Variable(np.ones(1), dtype=dtype)
    optimizer = getattr(keras.optimizers, name)(0.1, **arguments)
    optimizer.build([w])
    points = []
    for g in gradients:
        optimizer.apply([keras.ops.full((1,), g, dtype=dtype)])
        points.append(np.asarray(w.value).item())
    return points


def test_squares_that_overflow():
    keras.config.set_floatx("float32")
    for name in ("Adagrad", "RMSprop"):
        assert one_weight(name, [1.9e19, 1], "float32") == [1, 1]
    first, second = one_weight("Adam", [1.9e19, 1], "float32")
    assert first == 1
    assert np.isnan(second)


@pytest.mark.parametrize("name", ["Adagrad", "RMSprop", "Adam"])
def test_without_epsilon_a_gradient_of_0_is_nan(name):
    start = {"initial_accumulator_value": 0} if name == "Adagrad" else {}
    assert np.isnan(one_weight(name, [0, 0], epsilon=0, **start)).all()


def test_l2_is_without_the_half():
    # 0.5 · 3².
    assert float(keras.regularizers.L2(0.5)(keras.ops.ones(1) * 3)) == 4.5


def test_l1_and_l2_is_the_elastic_net_without_the_half():
    # 0.5 · 3 + 0.25 · 3². Its gradient at 3 is that of a strength 1, half of it L1.
    w = keras.ops.ones(1) * 3
    penalty = keras.regularizers.L1L2(l1=0.5, l2=0.25)
    assert float(penalty(w)) == 3.75
    rule = type("Elastic", (ElasticNet, SGD), {})
    gradient = trace(rule, 3, [0], weight_decay=1, l1_ratio=0.5)[0].g
    assert gradient == float(jax.grad(lambda w: penalty(w).sum())(w)[0]) == 2


@pytest.mark.filterwarnings("error")
def test_nesterov_without_momentum_is_plain_descent():
    points = theirs(keras.optimizers.SGD(0.1, nesterov=True))
    assert_close(ours(SGD, lr=0.1), points)


def test_amsgrad_is_pytorchs_but_for_epsilon_hat():
    peer = keras.optimizers.Adam(
        0.1, beta_1=0.8, beta_2=0.9, epsilon=0.01, amsgrad=True
    )

    def set_eps(optimizer, t):
        optimizer.eps = 0.01 / np.sqrt(1 - 0.9**t)

    here = ours(
        AMSGrad, before=set_eps, lr=0.1, beta1=0.8, beta2=0.9, bias_correction=True,
        eps_in_sqrt=False,
    )  # fmt: skip
    assert_close(here, theirs(peer))


@pytest.mark.parametrize("momentum", [0.0, 0.5])
@pytest.mark.parametrize("cls", [RMSprop, CenteredRMSprop])
def test_options_of_rmsprop_are_classes(cls, momentum):
    parameters = signature(keras.optimizers.RMSprop).parameters
    assert parameters["centered"].default is False
    assert parameters["momentum"].default == 0
    rates = np.where(np.arange(STEPS) < 20, 0.1, 0.01)
    peer = keras.optimizers.RMSprop(
        0.1, rho=0.8, epsilon=0.1, centered=cls is CenteredRMSprop, momentum=momentum
    )
    arguments = {"decay_rate": 0.8, "eps": 0.1}
    if momentum:
        cls = type("WithVelocity", (Velocity, cls), {})
        arguments["step_momentum"] = momentum
    points = ours(cls, lr=lambda t: 0.1 if t <= 20 else 0.01, **arguments)
    assert_close(points, theirs(peer, rates))


@pytest.mark.parametrize(("beta1", "beta2"), [(0.9, 0.999), (0.6, 0.8)])
@pytest.mark.parametrize("eps", [1e-8, 0.1])
def test_schedule_free_adamw(beta1, beta2, eps):
    peer = keras.optimizers.ScheduleFreeAdamW(0.1, beta1, beta2, eps)
    points = ours(
        ScheduleFreeAdamW, lr=0.1, beta1=beta1, beta2=beta2, eps=eps,
        bias_correction=True,
    )  # fmt: skip
    assert_close(points, theirs(peer))


def test_schedule_free_adamw_by_default_but_for_the_correction():
    points = ours(ScheduleFreeAdamW, bias_correction=True)
    assert_close(points, theirs(keras.optimizers.ScheduleFreeAdamW()))


def test_schedule_free_adamw_counts_all_points_alike_there():
    rates = np.where(np.arange(STEPS) < 20, 0.1, 0.01)

    def count_alike(optimizer, t):
        optimizer.squares = (t - 1) * rates[t - 1] ** 2

    points = ours(
        ScheduleFreeAdamW, before=count_alike, lr=lambda t: float(rates[t - 1]),
        bias_correction=True,
    )  # fmt: skip
    assert_close(points, theirs(keras.optimizers.ScheduleFreeAdamW(), rates))


def test_schedule_free_adamw_decays_the_average_there():
    def decay(optimizer, t):
        for name, average in optimizer.state["average"][0].items():
            average -= 0.1 * 0.5 * optimizer.parameters[0][name] / 0.8

    points = ours(
        ScheduleFreeAdamW, before=decay, lr=0.1, beta1=0.8, bias_correction=True
    )
    peer = keras.optimizers.ScheduleFreeAdamW(0.1, beta_1=0.8, weight_decay=0.5)
    assert_close(points, theirs(peer))


def muon(**arguments):
    """Return where Muon goes, if all arrays are matrices."""
    start = as_matrices(script()[0])
    w = {k: keras.Variable(x, dtype="float64") for k, x in start.items()}
    optimizer = keras.optimizers.Muon(0.1, **arguments)
    optimizer.build([*w.values()])

    def step(t, gradients):
        optimizer.apply([keras.ops.convert_to_tensor(gradients[k]) for k in w])
        return {k: np.asarray(x.value) for k, x in w.items()}

    return follow_matrices(step, "Keras")


@pytest.fixture
def norm_in_float64(monkeypatch):
    """Let the norm be found in the type of the matrix: in Keras it is in float32."""

    def norm(x, **options):
        return jax.numpy.linalg.norm(keras.ops.convert_to_tensor(x), **options)

    monkeypatch.setattr(keras.src.ops, "norm", norm)


@pytest.mark.usefixtures("norm_in_float64")
@pytest.mark.parametrize("decay", [0.0, 0.1])
# No array is higher than wide, so without a factor ours is 1.
@pytest.mark.parametrize("match_rms", [False, True])
@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize(("momentum", "iterations"), [(0.95, 5), (0.8, 3), (0.0, 1)])
def test_muon(momentum, iterations, nesterov, match_rms, decay):
    expected = muon(
        momentum=momentum, ns_steps=iterations, nesterov=nesterov, weight_decay=decay,
        rms_rate=0.2 if match_rms else None,
    )  # fmt: skip
    points = ours(
        Muon, lr=0.1, momentum=momentum, iterations=iterations, nesterov=nesterov,
        match_rms=match_rms, weight_decay=decay,
    )  # fmt: skip
    assert_close(points, expected)


def test_norm_of_muon_is_in_float32():
    gap = farthest(ours(Muon, lr=0.1), muon(rms_rate=None, weight_decay=0))
    assert 1e-10 < gap < 1e-5


def test_muon_defaults():
    parameters = signature(keras.optimizers.Muon).parameters
    assert parameters["rms_rate"].default == 0.2
    assert parameters["weight_decay"].default == 0.004
    vector = keras.Variable([1.0, 2.0], dtype="float64")
    assert keras.optimizers.Muon()._should_use_adamw(vector)
    w = keras.Variable(np.ones((8, 2)), dtype="float64")
    optimizer = keras.optimizers.Muon(1.0, rms_rate=None, weight_decay=0.0)
    optimizer.apply([keras.ops.ones((8, 2), dtype="float64")], [w])
    (step,) = trace(Muon, np.ones((8, 2)), [np.ones((8, 2))], lr=1)
    # Our factor is √(8 / 2) = 2.
    np.testing.assert_allclose(2 * (1 - np.asarray(w.value)), -step.increment)
