"""What is not finite is refused before anything changes, and nothing else is."""

import warnings

import numpy as np
import pytest
from contract.public import step
from contract.test_optimizers import RULES, all_rules, run

from npoptim import (
    SAM,
    SGD,
    Adagrad,
    Adam,
    AMSGrad,
    Arrays,
    CenteredRMSprop,
    Groups,
    NAdam,
    Optimizer,
    PaperAdam,
    Part,
    PolyakSGD,
    RMSprop,
)

BAD = (np.nan, np.inf, -np.inf)


def everything(optimizer):
    """Return a printable copy of all that a step may change."""
    model = optimizer.model
    structures = [model._parameters, model._gradients, optimizer.updates]
    structures += optimizer.state.values()
    numbers = [optimizer.t, *(getattr(optimizer, name) for name in optimizer.shared)]
    return repr([[[*map(dict, layers)] for layers in structures], numbers])


@all_rules
def test_gradient_that_is_not_finite(cls, arguments, make_model, leaves):
    optimizer = cls(make_model(np.float32), weight_decay=0.1, **arguments)
    for steps, bad in enumerate(BAD):
        run(optimizer, leaves, min(steps, 1))
        optimizer.gradients[2]["shift"][1] = bad
        before = everything(optimizer)
        message = "layer 2, key 'shift': 1 of 2 elements of the gradient is not finite"
        with pytest.raises(FloatingPointError, match=message):
            step(optimizer)
        assert everything(optimizer) == before
        optimizer.gradients[2]["shift"][1] = 1


@pytest.mark.parametrize("huge", [1e17, 1.8e19, 1.9e19, 3e38])
@all_rules
def test_huge_gradients_are_borne_or_refused(cls, arguments, huge, make_model, leaves):
    optimizer = cls(make_model(np.float32), weight_decay=0.1, **arguments)
    run(optimizer, leaves, 3)
    optimizer.gradients[0]["weight"][1, 2] = -huge
    before = everything(optimizer)
    try:
        step(optimizer)
    except FloatingPointError:
        assert everything(optimizer) == before
        return
    structures = (optimizer.parameters, *optimizer.state.values())
    assert all(np.isfinite(a).all() for s in structures for a in leaves(s))


class Unflagged(Optimizer):
    """A rule whose squares are infinite without a flag, as NumPy 2.0's norm is."""

    slots = ("v",)

    def update(self, w, g, v):
        with np.errstate(over="ignore"):
            v[...] = g**2
        return 0 * w


def in_a_group(model):
    return Groups(Unflagged(Part(model, lambda layer, name: True)))


@pytest.mark.parametrize("build", [Unflagged, in_a_group])
def test_square_beyond_float32_without_a_flag(build):
    model = Arrays(a=np.ones(2, np.float32))
    optimizer = build(model)
    rule = getattr(optimizer, "optimizers", [optimizer])[0]
    model.gradients["a"][...] = 1
    optimizer.step()
    model.gradients["a"][1] = 1.9e19
    with pytest.raises(FloatingPointError, match="key 'a', float32: overflow in"):
        optimizer.step()
    assert [*rule.state["v"][0]["a"]] == [1, 1]
    assert optimizer.t == rule.t == 1


@pytest.mark.parametrize("cls", [Adagrad, RMSprop, Adam, PaperAdam, AMSGrad])
def test_square_beyond_float32(cls):
    model = Arrays(a=np.ones(3, np.float32), b=np.ones((2, 2), np.float32))
    optimizer = cls(model, weight_decay=0.1)
    for g in model.gradients.values():
        g[...] = 1
    optimizer.step()
    model.gradients["b"][1, 0] = 1.9e19
    before = everything(optimizer)
    message = rf"key 'b', float32: {cls.__name__}.update\(\): overflow"
    with pytest.raises(FloatingPointError, match=message):
        optimizer.step()
    assert everything(optimizer) == before
    model.gradients["b"][1, 0] = 1.8e18
    optimizer.step()
    assert optimizer.t == 2


def test_plain_descent_needs_no_squares():
    model = Arrays(w=np.zeros(2, np.float32))
    model.gradients["w"][...] = [1e30, -2e30]
    SGD(model, lr=1).step()
    np.testing.assert_allclose(model.parameters["w"], [-1e30, 2e30], rtol=1e-7)


@pytest.mark.parametrize("cls", [Adagrad, RMSprop, PaperAdam])
def test_0_by_0(cls):
    model = Arrays(a=np.ones(2), b=np.ones(3))
    optimizer = cls(model, eps=0)
    model.gradients["a"][...] = 1
    model.gradients["b"][...] = [1, 0, 2]
    with pytest.raises(FloatingPointError, match=r"key 'b', float64: .*invalid value"):
        optimizer.step()
    assert [*model.parameters["a"], *model.parameters["b"]] == [1] * 5
    assert optimizer.t == 0
    assert not any(a.any() for layer in optimizer.updates for a in layer.values())
    optimizer.eps = 1e-8
    optimizer.step()
    assert model.parameters["b"][1] == 1 > model.parameters["b"][0]


def test_numpy_may_be_told_to_ignore_it():
    model = Arrays(w=np.ones(2))
    optimizer = Adam(model)
    model.gradients["w"][...] = [np.nan, 1]
    with np.errstate(invalid="ignore"):
        optimizer.step()
    lost, moved = model.parameters["w"]
    assert np.isnan(lost)
    assert moved < 1
    with pytest.raises(FloatingPointError):
        optimizer.step()
    assert optimizer.t == 1


@pytest.mark.parametrize("kind", ["warn", "raise", "print", "call"])
def test_nothing_else_that_numpy_is_told_counts(kind):
    model = Arrays(w=np.ones(2))
    model.gradients["w"][...] = np.inf
    with np.errstate(all=kind), pytest.raises(FloatingPointError, match="are not"):
        SGD(model).step()


def test_gradients_of_a_closure():
    class SharpSGD(SAM, SGD):
        pass

    model = Arrays(w=[1.0, 2.0])
    optimizer = SharpSGD(model)
    model.gradients["w"][...] = 1

    def closure():
        model.gradients["w"][0] = np.nan
        return 1.0

    with pytest.raises(FloatingPointError, match="1 of 2 elements"):
        optimizer.step(closure)
    assert model.parameters["w"].tolist() == [1, 2]


@pytest.mark.parametrize("loss", [np.nan, np.inf, np.float32("nan")])
def test_loss_of_a_closure(loss):
    model = Arrays(w=1.0)
    model.gradients["w"][...] = 1
    with pytest.raises(FloatingPointError, match=r"closure\(\) returned the loss"):
        PolyakSGD(model).step(lambda: loss)
    assert model.parameters["w"] == 1


def test_closure_warns_as_numpy_is_told():
    model = Arrays(w=1.0)
    model.gradients["w"][...] = 1

    def closure():
        np.exp(1000.0)
        return 1.0

    with pytest.warns(RuntimeWarning, match="overflow encountered in exp"):
        PolyakSGD(model).step(closure)


def test_group_names_the_layer_of_the_model(make_model):
    model = make_model()
    parts = [
        Part(model, lambda layer, name, i=i: (layer == 0) == i) for i in (True, False)
    ]
    optimizer = Groups(SGD(parts[0]), Adagrad(parts[1]))
    model._gradients[2]["scale"][...] = np.nan
    before = everything(optimizer)
    with pytest.raises(FloatingPointError, match="layer 2, key 'scale': the gradient"):
        optimizer.step()
    assert everything(optimizer) == before


def test_group_takes_back_what_its_rules_share():
    model = Arrays(a=np.ones(2, np.float32), b=np.ones(2, np.float32))
    parts = [Part(model, lambda _, name, own=own: name == own) for own in "ab"]
    groups = Groups(NAdam(parts[0]), RMSprop(parts[1]))
    groups.step()
    product = groups.optimizers[0].product
    model.gradients["b"][...] = 1e20
    with pytest.raises(FloatingPointError, match="key 'b'"):
        groups.step()
    assert groups.optimizers[0].product == product < 1
    assert groups.optimizers[0].t == groups.t == 1


def test_rule_of_ones_own_is_named_without_an_array():
    class Own(Optimizer):
        def get_updates(self):
            self.updates[0]["w"][...] = np.log(self.gradients[0]["w"])

    model = Arrays(w=[1.0])
    with pytest.raises(FloatingPointError, match="divide by zero encountered in log"):
        Own(model).step()


@pytest.mark.parametrize("side", ["_parameters", "_gradients"])
def test_float16_is_refused(side, make_model):
    model = make_model()
    layers = getattr(model, side)
    layers[2]["shift"] = layers[2]["shift"].astype(np.float16)
    with pytest.raises(TypeError, match="layer 2, key 'shift' is float16"):
        Adam(model)


@pytest.mark.parametrize("layout", [np.asfortranarray, lambda a: a[::2], lambda a: a.T])
def test_every_element_counts_in_every_layout(layout):
    g = layout(np.zeros((4, 6)))
    model = Arrays(w=np.ones_like(g))
    model.gradients["w"] = g
    optimizer = SGD(model)
    for place in np.ndindex(g.shape):
        g[place] = np.nan
        with pytest.raises(FloatingPointError, match="1 of"):
            optimizer.step()
        g[place] = 0
    optimizer.step()


@pytest.mark.parametrize("arguments", [{}, {"eps": 0.1, "eps_in_sqrt": False}])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_variance_of_gradients_that_stay(dtype, arguments):
    g = 1e3 * np.random.default_rng(0).uniform(0.5, 2, 100).astype(dtype)
    model = Arrays(w=np.zeros(100, dtype))
    optimizer = CenteredRMSprop(model, **arguments)
    below = False
    for _ in range(1000):
        model.gradients["w"][...] = g
        optimizer.step()
        v, m = (optimizer.state[slot][0]["w"] for slot in "vm")
        below |= bool((v < m**2).any())
    assert below  # or there was nothing to see
    assert np.isfinite(model.parameters["w"]).all()


def test_defaults_of_all_rules_stand_in_float32():
    # Constant gradients, the case of little variance, for every rule as it is.
    for cls, arguments in RULES.values():
        model = Arrays(w=np.ones((2, 3), np.float32))
        optimizer = cls(model, **arguments)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for _ in range(30):
                model.gradients["w"][...] = [[1, 0.3, 0.7], [1e-3, 2, 5]]
                step(optimizer)
        assert np.isfinite(model.parameters["w"]).all()
