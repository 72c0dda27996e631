"""Every rule against PyTorch, in float64, and what is said of PyTorch."""

import inspect
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from peers.walk import TOLERANCE, assert_close, script

from npoptim import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    AMSGrad,
    DecoupledWeightDecay,
    L1Optimizer,
    RMSprop,
)

pytestmark = pytest.mark.peers


def ours(cls, arguments, penalty=None, changes=None):
    """Return the parameters after each step."""
    starts, gradients = script()
    model = SimpleNamespace(
        _parameters=[{"w": w} for w in starts],
        _gradients=[{"w": np.zeros_like(w)} for w in starts],
    )
    optimizer = cls(model, **arguments)
    points = []
    for t, step in enumerate(gradients):
        if changes and t in changes:
            optimizer.lr = changes[t]
        for w, layer, g in zip(starts, model._gradients, step, strict=True):
            layer["w"][...] = g + (penalty(w) if penalty else 0)
        optimizer.step()
        points.append([w.copy() for w in starts])
    return points


def theirs(cls, arguments, penalty=None, changes=None, uncorrected=False):
    starts, gradients = script()
    tensors = [torch.tensor(w, requires_grad=True) for w in starts]
    optimizer = getattr(torch.optim, cls)(tensors, **arguments)
    if uncorrected:
        # Ten million steps on, 1 - beta^t is 1: nothing is left to correct.
        for w in tensors:
            optimizer.state[w] = {
                "step": torch.tensor(1e7),
                **{
                    name: torch.zeros_like(w)
                    for name in ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")
                },
            }
    points = []
    for t, step in enumerate(gradients):
        if changes and t in changes:
            optimizer.param_groups[0]["lr"] = changes[t]
        for w, g in zip(tensors, step, strict=True):
            more = penalty(w.detach().numpy()) if penalty else 0
            w.grad = torch.tensor(g + more)
        optimizer.step()
        points.append([w.detach().numpy().copy() for w in tensors])
    return points


DECAY = pytest.mark.parametrize("decay", [0.0, 0.1])
EPS = pytest.mark.parametrize("eps", [1e-8, 0.1])


@DECAY
@pytest.mark.parametrize(
    ("momentum", "nesterov"), [(0.0, False), (0.9, False), (0.5, False), (0.9, True)]
)
def test_sgd(momentum, nesterov, decay):
    arguments = {
        "lr": 0.1, "momentum": momentum, "nesterov": nesterov, "weight_decay": decay,
    }  # fmt: skip
    assert_close(ours(SGD, arguments), theirs("SGD", arguments))


@DECAY
@EPS
def test_adagrad(eps, decay):
    arguments = {"lr": 0.1, "eps": eps, "weight_decay": decay}
    expected = theirs("Adagrad", arguments)
    assert_close(ours(Adagrad, {**arguments, "eps_in_sqrt": False}), expected)


@DECAY
@EPS
@pytest.mark.parametrize("delta", [0.9, 0.99, 0.0])
def test_rmsprop(delta, eps, decay):
    arguments = {"lr": 0.1, "eps": eps, "weight_decay": decay}
    expected = theirs("RMSprop", {**arguments, "alpha": delta})
    more = {"decay_rate": delta, "eps_in_sqrt": False}
    assert_close(ours(RMSprop, {**arguments, **more}), expected)


BETAS = pytest.mark.parametrize(
    ("beta1", "beta2"), [(0.9, 0.999), (0.8, 0.95), (0.0, 0.5)]
)


@DECAY
@EPS
@BETAS
@pytest.mark.parametrize("corrected", [True, False])
def test_adam(beta1, beta2, eps, decay, corrected):
    arguments = {"lr": 0.1, "eps": eps, "weight_decay": decay}
    expected = theirs(
        "Adam", {**arguments, "betas": (beta1, beta2)}, uncorrected=not corrected
    )
    more = {
        "beta1": beta1, "beta2": beta2,
        "bias_correction": corrected, "eps_in_sqrt": False,
    }  # fmt: skip
    assert_close(ours(Adam, {**arguments, **more}), expected)


def test_adam_of_the_docstring():
    # The docstring of Adam says how to have theirs.
    arguments = {"beta2": 0.999, "bias_correction": True, "eps_in_sqrt": False}
    assert_close(ours(Adam, arguments), theirs("Adam", {}))


@EPS
@BETAS
@pytest.mark.parametrize("decay", [0.0, 0.01, 0.5])
def test_adamw(beta1, beta2, eps, decay):
    arguments = {"lr": 0.1, "eps": eps, "weight_decay": decay}
    expected = theirs("AdamW", {**arguments, "betas": (beta1, beta2)})
    assert_close(ours(AdamW, {**arguments, "beta1": beta1, "beta2": beta2}), expected)


def test_adamw_by_default():
    assert_close(ours(AdamW, {}), theirs("AdamW", {}))


@DECAY
@EPS
@BETAS
def test_amsgrad_of_the_paper(beta1, beta2, eps, decay):
    arguments = {"lr": 0.1, "eps": eps, "weight_decay": decay}
    expected = theirs(
        "Adam",
        {**arguments, "betas": (beta1, beta2), "amsgrad": True},
        uncorrected=True,
    )
    more = {"beta1": beta1, "beta2": beta2, "eps_in_sqrt": False}
    assert_close(ours(AMSGrad, {**arguments, **more}), expected)


FED = {
    "SGD": (SGD, {"momentum": 0.9}, "SGD", {"momentum": 0.9}),
    "Adagrad": (Adagrad, {"eps_in_sqrt": False}, "Adagrad", {"eps": 1e-8}),
    "RMSprop": (
        RMSprop, {"eps_in_sqrt": False, "decay_rate": 0.99}, "RMSprop", {},
    ),
    "Adam": (
        Adam,
        {"beta2": 0.999, "bias_correction": True, "eps_in_sqrt": False},
        "Adam",
        {},
    ),
}  # fmt: skip
each_fed = pytest.mark.parametrize(
    ("cls", "arguments", "name", "more"), FED.values(), ids=FED.keys()
)


@each_fed
def test_l1_by_hand(cls, arguments, name, more):
    l1 = type("L1", (L1Optimizer, cls), {})
    expected = theirs(name, {"lr": 0.1, **more}, lambda w: 0.2 * np.sign(w))
    assert_close(ours(l1, {"lr": 0.1, "weight_decay": 0.2, **arguments}), expected)


@each_fed
def test_decoupled_by_hand(cls, arguments, name, more):
    decoupled = type("Decoupled", (DecoupledWeightDecay, cls), {})
    starts, gradients = script()
    tensors = [torch.tensor(w, requires_grad=True) for w in starts]
    optimizer = getattr(torch.optim, name)(tensors, lr=0.1, **more)
    expected = []
    for step in gradients:
        for w, g in zip(tensors, step, strict=True):
            w.grad = torch.tensor(g)
            w.data.mul_(1 - 0.1 * 0.2)
        optimizer.step()
        expected.append([w.detach().numpy().copy() for w in tensors])
    points = ours(decoupled, {"lr": 0.1, "weight_decay": 0.2, **arguments})
    assert_close(points, expected)


# What the docstrings say.


def defaults(cls):
    return {
        name: parameter.default
        for name, parameter in inspect.signature(getattr(torch.optim, cls)).parameters
        .items()
    }  # fmt: skip


def test_defaults_that_the_docstrings_name():
    assert defaults("Adagrad")["lr"] == 0.01
    assert defaults("Adagrad")["eps"] == 1e-10
    assert defaults("Adagrad")["initial_accumulator_value"] == 0
    assert defaults("RMSprop")["lr"] == 0.01
    assert defaults("RMSprop")["alpha"] == 0.99
    assert defaults("Adam")["betas"] == defaults("AdamW")["betas"] == (0.9, 0.999)
    assert defaults("AdamW")["weight_decay"] == 0.01


def test_weight_decay_is_coupled_but_in_adamw():
    for cls in ("SGD", "Adagrad", "RMSprop", "Adam"):
        coupled = theirs(cls, {"lr": 0.1, "weight_decay": 0.2})
        assert_close(theirs(cls, {"lr": 0.1}, lambda w: 0.2 * w), coupled)


@pytest.mark.parametrize("nesterov", [False, True])
def test_old_velocity_is_rescaled_there_and_keeps_its_size_here(nesterov):
    arguments = {"lr": 0.1, "momentum": 0.9, "nesterov": nesterov}
    changes = {20: 0.01}
    here = ours(SGD, arguments, changes=changes)
    there = theirs("SGD", arguments, changes=changes)
    assert_close(here[:20], there[:20])
    assert max(
        np.abs(a - b).max() for a, b in zip(here[20], there[20], strict=True)
    ) > (0.01)
    starts, gradients = script()
    w, g, before = starts[1], gradients, there[19][1]
    b = np.zeros_like(w)
    for step in g[:20]:
        b = 0.9 * b + step[1]
    new = 0.9 * b + g[20][1]
    move = g[20][1] + 0.9 * new if nesterov else new
    np.testing.assert_allclose(there[20][1], before - 0.01 * move, **TOLERANCE)
    v = 0.9 * (-0.1 * b) - 0.01 * g[20][1]
    move = 1.9 * v - 0.9 * (-0.1 * b) if nesterov else v
    np.testing.assert_allclose(here[20][1], here[19][1] + move, **TOLERANCE)


def test_adamw_multiplies_the_decay_by_the_learning_rate():
    (before,), _ = [script()[0][1:2]], None
    w = torch.tensor(before[0], requires_grad=True)
    w.grad = torch.zeros_like(w)
    torch.optim.AdamW([w], lr=0.1, weight_decay=0.2).step()
    np.testing.assert_allclose(w.detach(), before[0] * (1 - 0.1 * 0.2), rtol=1e-15)


def test_amsgrad_takes_the_maximum_first_and_corrects_it_afterward():
    arguments = {"lr": 0.1, "betas": (0.8, 0.9), "eps": 0.1, "amsgrad": True}
    points = theirs("Adam", arguments)
    starts, gradients = script()
    w = starts[1].copy()
    m = v = largest = np.zeros(5)
    for t, (step, point) in enumerate(zip(gradients, points, strict=True), 1):
        g = step[1]
        m = 0.8 * m + 0.2 * g
        v = 0.9 * v + 0.1 * g**2
        largest = np.maximum(largest, v)
        root = np.sqrt(largest / (1 - 0.9**t))
        w = w - 0.1 * m / (1 - 0.8**t) / (root + 0.1)
        np.testing.assert_allclose(point[1], w, **TOLERANCE)
