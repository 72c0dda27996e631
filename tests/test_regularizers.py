"""The penalties, over every optimizer."""

import numpy as np
import pytest

from npoptim import (
    SGD,
    Adafactor,
    Adagrad,
    Adam,
    AdamW,
    AMSGrad,
    Arrays,
    DecoupledWeightDecay,
    ElasticNet,
    L1Optimizer,
    Optimizer,
    PaperAdam,
    RMSprop,
    Rooted,
    Yogi,
)
from npoptim.declared import Declared
from npoptim.saving import Saved

RULES = {
    "SGD": (SGD, {}),
    "momentum": (SGD, {"momentum": 0.9}),
    "Nesterov": (SGD, {"momentum": 0.9, "nesterov": True}),
    "Adagrad": (Adagrad, {}),
    "RMSprop": (RMSprop, {}),
    "Adam": (Adam, {}),
    "PaperAdam": (PaperAdam, {}),
    "AMSGrad": (AMSGrad, {}),
    "Yogi": (Yogi, {}),
    "Adafactor": (Adafactor, {}),
}
all_rules = pytest.mark.parametrize(
    ("cls", "arguments"), RULES.values(), ids=RULES.keys()
)
STEPS = 30


def walk(cls, penalty=None, shrinkage=0, **arguments):
    """Step through random gradients, plus a penalty of w; return w and g each time.

    The weights shrink by a share of themselves, beside the optimizer's step.
    """
    rng = np.random.default_rng(0)
    # The first weight starts at 0, where the sign is 0.
    w = np.array([0, 1.0, -2.0, 0.5])
    model = Arrays(w=w)
    g = model.gradients["w"]
    optimizer = cls(model, lr=0.1, **arguments)
    points, gradients = [], []
    for _ in range(STEPS):
        g[...] = rng.normal(size=4)
        g += penalty(w) if penalty else 0
        before = w.copy()
        optimizer.step()
        w -= shrinkage * before
        points.append(w.copy())
        gradients.append(g.copy())
    return np.array(points), np.array(gradients)


@all_rules
def test_l2_is_added_to_the_gradients(cls, arguments):
    fed = walk(cls, lambda w: 0.3 * w, **arguments)
    np.testing.assert_array_equal(walk(cls, weight_decay=0.3, **arguments), fed)


@all_rules
def test_l1_is_added_to_the_gradients(cls, arguments):
    l1 = type("L1", (L1Optimizer, cls), {})
    fed = walk(cls, lambda w: 0.3 * np.sign(w), **arguments)
    np.testing.assert_array_equal(walk(l1, weight_decay=0.3, **arguments), fed)


@pytest.mark.parametrize("ratio", [0, 0.3, 1])
@all_rules
def test_elastic_net_is_added_to_the_gradients(cls, arguments, ratio):
    elastic = type("Elastic", (ElasticNet, cls), {})
    fed = walk(cls, lambda w: 0.3 * (ratio * np.sign(w) + (1 - ratio) * w), **arguments)
    points = walk(elastic, weight_decay=0.3, l1_ratio=ratio, **arguments)
    np.testing.assert_array_equal(points, fed)
    # At its ends it is one of the others.
    bases = {0: (), 1: (L1Optimizer,)}.get(ratio)
    if bases is not None:
        other = walk(type("Other", (*bases, cls), {}), weight_decay=0.3, **arguments)
        np.testing.assert_array_equal(points, other)


@pytest.mark.parametrize(
    "bases", [(), (L1Optimizer,), (ElasticNet,), (DecoupledWeightDecay,)]
)
@all_rules
def test_weight_decay_of_zero_changes_nothing(cls, arguments, bases):
    penalized = type("Penalized", (*bases, cls), {})
    points, gradients = walk(penalized, weight_decay=0, **arguments)
    script = np.random.default_rng(0).normal(size=(STEPS, 4))
    np.testing.assert_array_equal(gradients, script)
    np.testing.assert_array_equal(points, walk(cls, **arguments)[0])


@all_rules
def test_decoupled_decay_is_beside_the_step(cls, arguments):
    decoupled = type("Decoupled", (DecoupledWeightDecay, cls), {})
    points, gradients = walk(decoupled, weight_decay=0.3, **arguments)
    # The rule sees the gradients as they came: no penalty in them.
    script = np.random.default_rng(0).normal(size=(STEPS, 4))
    np.testing.assert_array_equal(gradients, script)
    expected, _ = walk(cls, shrinkage=0.1 * 0.3, **arguments)
    # Equal but for the order in which three numbers of size 1 are added.
    np.testing.assert_allclose(points, expected, rtol=0, atol=1e-14)


def test_decoupled_decay_follows_the_learning_rate():
    decoupled = type("SGDW", (DecoupledWeightDecay, SGD), {})
    w = np.full(1, 4.0)
    model = Arrays(w=w)
    optimizer = decoupled(model, lr=0.5, weight_decay=0.5)
    optimizer.step()
    assert w.item() == 3
    optimizer.lr = 1
    optimizer.step()
    assert w.item() == 1.5


def test_decoupled_equals_l2_under_plain_descent():
    decoupled = type("SGDW", (DecoupledWeightDecay, SGD), {})
    one, _ = walk(decoupled, weight_decay=0.3)
    other, _ = walk(SGD, weight_decay=0.3)
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-14)


@pytest.mark.parametrize(
    ("cls", "arguments"),
    [
        (SGD, {"momentum": 0.9}),
        (Adagrad, {}),
        (RMSprop, {}),
        (Adam, {}),
        (AMSGrad, {}),
    ],
)
def test_decoupled_differs_from_l2_where_rules_remember(cls, arguments):
    decoupled = type("Decoupled", (DecoupledWeightDecay, cls), {})
    one, _ = walk(decoupled, weight_decay=0.3, **arguments)
    other, _ = walk(cls, weight_decay=0.3, **arguments)
    assert np.abs(one - other).max() > 0.01


def test_adamw_is_not_adam_with_l2():
    adam_w, _ = walk(AdamW, weight_decay=0.3)
    adam_l2, _ = walk(PaperAdam, weight_decay=0.3)
    assert np.abs(adam_w - adam_l2).max() > 0.01
    by_hand, _ = walk(PaperAdam, shrinkage=0.1 * 0.3)
    np.testing.assert_allclose(adam_w, by_hand, rtol=0, atol=1e-14)


def test_weights_with_large_gradients_decay_least_under_l2():
    # The docstring of DecoupledWeightDecay says so. Two weights whose gradients
    # change sign at each step, one a hundred times the other.
    def ends(cls):
        w = np.ones(2)
        model = Arrays(w=w)
        optimizer = cls(model, lr=1e-3, weight_decay=0.1)
        for t in range(200):
            model.gradients["w"][...] = np.array([1, 100]) * (-1) ** t
            optimizer.step()
        return w

    small, large = 1 - ends(RMSprop)
    assert small > 10 * large
    small, large = 1 - ends(type("", (DecoupledWeightDecay, RMSprop), {}))
    # 1 - (1 - 1e-4)^200; the gradients themselves cancel but for the first steps.
    assert small == pytest.approx(large, rel=1e-6)


def test_resolution_order():
    class L1SGD(L1Optimizer, SGD):
        pass

    template = (Optimizer, Declared, Saved, object)
    assert L1SGD.__mro__ == (L1SGD, L1Optimizer, SGD, *template)
    assert L1SGD.regularize is L1Optimizer.regularize
    assert L1SGD.update is SGD.update
    rules = (DecoupledWeightDecay, PaperAdam, Adam, Rooted)
    assert AdamW.__mro__ == (AdamW, *rules, *template)
    assert AdamW.regularize is DecoupledWeightDecay.regularize


def test_l1_leaves_unneeded_weights_near_zero():
    # The loss wants the first weight at 1 and does not care for the second.
    w = np.ones(2)
    model = Arrays(w=w)
    optimizer = type("L1SGD", (L1Optimizer, SGD), {})(model, lr=0.1, weight_decay=0.15)
    for _ in range(300):
        model.gradients["w"][...] = [w[0] - 1, 0]
        optimizer.step()
    # The first balances at 1 - 0.15; the second swings by at most a step.
    np.testing.assert_allclose(w[0], 0.85, rtol=1e-12)
    assert abs(w[1]) <= 0.1 * 0.15


def test_elastic_net_shares_work_out_evenly():
    # Two weights of which the loss wants the sum to be 2.
    ends = []
    for penalty in (L1Optimizer, ElasticNet):
        w = np.array([1.0, 0.5])
        model = Arrays(w=w)
        optimizer = type("Own", (penalty, SGD), {})(model, lr=0.1, weight_decay=1)
        for _ in range(1000):
            model.gradients["w"][...] = w.sum() - 2
            optimizer.step()
        ends.append(w[0] - w[1])
    np.testing.assert_allclose(ends, [0.5, 0], rtol=0, atol=1e-12)


def swing(curvature, **arguments):
    """Return how far from 0 weights swing that want to be at 0, and a step's length."""
    w = np.linspace(-1, 1, 41) + 1e-4
    model = Arrays(w=w)
    optimizer = type("L1SGD", (L1Optimizer, SGD), {})(
        model, lr=0.01, weight_decay=1, **arguments
    )
    far, step = 0, 0
    for t in range(1000):
        model.gradients["w"][...] = curvature * w
        optimizer.step()
        if t >= 500:
            far = max(far, np.abs(w).max())
            step = max(step, np.abs(optimizer.updates[0]["w"]).max())
    return far, step


def test_l1_swings_within_a_step_under_plain_descent_and_beyond_it_with_momentum():
    for curvature in (0, 50, 100):
        far, _ = swing(curvature)
        assert far <= 0.01 * (1 + 1e-9)
    # The learning rate times the curvature is above 1.
    far, _ = swing(150)
    assert far > 0.015
    far, step = swing(0, momentum=0.9)
    assert far > 1.5 * step
