"""What every optimizer refuses, and that nothing has changed then."""

import inspect
import re
import warnings
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from contract.public import OPTIMIZERS

from npoptim import SGD, Adam, AMSGrad, Optimizer

RANGES = {
    "lr": "[0, inf)",
    "weight_decay": "[0, inf)",
    "eps": "[0, inf)",
    "momentum": "[0, 1)",
    "decay_rate": "[0, 1)",
    "beta1": "[0, 1)",
    "beta2": "[0, 1)",
}
FLAG_NAMES = {"nesterov", "bias_correction", "eps_in_sqrt"}
# Every argument is in one of the two.
ARGUMENTS = {
    cls: [name for name in inspect.signature(cls).parameters if name != "model"]
    for cls in OPTIMIZERS
}
NUMBERS = {
    cls: {name: RANGES[name] for name in names if name not in FLAG_NAMES}
    for cls, names in ARGUMENTS.items()
}
FLAGS = {
    cls: [name for name in names if name in FLAG_NAMES]
    for cls, names in ARGUMENTS.items()
}
each_number = pytest.mark.parametrize(
    ("cls", "name", "interval"),
    [
        pytest.param(cls, name, interval, id=f"{cls.__name__}-{name}")
        for cls, names in NUMBERS.items()
        for name, interval in names.items()
    ],
)
each_flag = pytest.mark.parametrize(
    ("cls", "name"), [(cls, name) for cls, names in FLAGS.items() for name in names]
)
TOO_LOW = [
    -1,
    -1e-300,
    float("nan"),
    float("inf"),
    -float("inf"),
    np.float32("nan"),
    -(10**400),
]
TOO_HIGH = [1, 1.0, 1.5, np.float32(1), Fraction(3, 2)]
NO_NUMBERS = ["0.1", None, True, np.True_, [0.1], 0.1j, np.array([0.1])]
NO_FLAGS = [0, 1, 1.0, "True", None, []]


def assert_refused(cls, make_model, name, value, error, interval):
    """Assert that a value is refused at construction and at assignment."""
    pattern = f"^{name} must be .*{re.escape(interval)}, got {re.escape(repr(value))}$"
    with pytest.raises(error, match=pattern):
        cls(make_model(), **{name: value})
    optimizer = cls(make_model())
    old = getattr(optimizer, name)
    with pytest.raises(error, match=pattern):
        setattr(optimizer, name, value)
    assert getattr(optimizer, name) == old


@pytest.mark.parametrize("cls", NUMBERS)
def test_tables_are_complete(cls):
    named = {*NUMBERS[cls], *FLAGS[cls]}
    assert named == set(inspect.signature(cls).parameters) - {"model"}


@pytest.mark.parametrize("value", TOO_LOW, ids=lambda value: repr(value)[:20])
@each_number
def test_number_out_of_range(cls, name, interval, value, make_model):
    assert_refused(cls, make_model, name, value, ValueError, interval)


@pytest.mark.parametrize("value", TOO_HIGH, ids=repr)
@each_number
def test_share_of_one_or_more(cls, name, interval, value, make_model):
    if interval == "[0, 1)":
        assert_refused(cls, make_model, name, value, ValueError, interval)
    else:
        assert getattr(cls(make_model(), **{name: value}), name) == value


@pytest.mark.parametrize("value", NO_NUMBERS, ids=repr)
@each_number
def test_no_number(cls, name, interval, value, make_model):
    assert_refused(cls, make_model, name, value, TypeError, interval)


@pytest.mark.parametrize("value", NO_FLAGS, ids=repr)
@each_flag
def test_no_flag(cls, name, value, make_model):
    assert_refused(cls, make_model, name, value, TypeError, "True or False")


@pytest.mark.parametrize("value", [0, 0.0, 0.5, np.float32(0.5), np.int64(0)], ids=repr)
@each_number
def test_number_in_range(cls, name, interval, value, make_model):
    optimizer = cls(make_model(), **{name: value})
    assert getattr(optimizer, name) == value
    assert type(getattr(optimizer, name)) is float
    setattr(optimizer, name, 0.25)
    assert getattr(optimizer, name) == 0.25


@pytest.mark.parametrize("value", [True, False, np.True_, np.False_])
@each_flag
def test_flag(cls, name, value, make_model):
    # nesterov without momentum would warn.
    more = {"momentum": 0.5} if name == "nesterov" else {}
    assert getattr(cls(make_model(), **{name: value}, **more), name) is bool(value)


@each_number
def test_int_beyond_all_floats(cls, name, interval, make_model):
    pattern = f"^{name} must be in {re.escape(interval)}, got 1000"
    with pytest.raises(ValueError, match=pattern):
        cls(make_model(), **{name: 10**400})


@pytest.mark.parametrize("cls", NUMBERS)
def test_unknown_keyword(cls, make_model):
    with pytest.raises(TypeError, match="learning_rate"):
        cls(make_model(), learning_rate=0.1)


def test_amsgrad_has_no_bias_correction(make_model):
    with pytest.raises(TypeError, match="bias_correction"):
        AMSGrad(make_model(), bias_correction=True)


def test_nesterov_without_momentum_warns_and_descends(make_model, leaves):
    with pytest.warns(UserWarning, match="plain descent") as record:
        nesterov = SGD(make_model(), lr=0.1, nesterov=True)
    # The warning points at the caller's line, not into the library.
    assert [warning.filename for warning in record] == [__file__]
    plain = SGD(make_model(), lr=0.1)
    for _ in range(3):
        nesterov.step()
        plain.step()
    for w, expected in zip(
        leaves(nesterov.parameters), leaves(plain.parameters), strict=True
    ):
        np.testing.assert_array_equal(w, expected)


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum_does_not_warn(nesterov, make_model):
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")
        SGD(make_model(), momentum=0.5, nesterov=nesterov)
    assert record == []


# Each case spoils the second key of the third layer of a good model.
def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


SPOILED = {
    "ints": (lambda a: a.astype(int), TypeError, "int64"),
    "bools": (lambda a: a.astype(bool), TypeError, "bool"),
    "complex": (lambda a: a.astype(complex), TypeError, "complex128"),
    "objects": (lambda a: a.astype(object), TypeError, "object"),
    "list": (lambda a: a.tolist(), TypeError, "list"),
    "number": (lambda a: 1.0, TypeError, "float"),
    "None": (lambda a: None, TypeError, "NoneType"),
    "read-only": (read_only, ValueError, "writeable"),
    "shape": (lambda a: a[:1].copy(), ValueError, r"\(1,\)"),
    "dimension": (lambda a: a[None], ValueError, r"\(1, 2\)"),
    "dtype": (lambda a: a.astype(np.float32), ValueError, "float32"),
}
each_spoiled = pytest.mark.parametrize(
    ("spoil", "error", "text"), SPOILED.values(), ids=SPOILED.keys()
)
each_side = pytest.mark.parametrize("side", ["_parameters", "_gradients"])


def everything(model, optimizer=None):
    """Return a printable copy of all arrays."""
    structures = [model._parameters, model._gradients]
    if optimizer is not None:
        structures += [optimizer.updates, *optimizer.state.values()]
    return repr([[dict(layer) for layer in layers] for layers in structures])


@each_side
@each_spoiled
@pytest.mark.parametrize("cls", [SGD, Adam, AMSGrad])
def test_bad_array_at_construction(cls, spoil, error, text, side, make_model):
    model = make_model()
    layer = getattr(model, side)[2]
    layer["shift"] = spoil(layer["shift"])
    before = everything(model)
    with pytest.raises(error, match=f"layer 2, key 'shift'.*{text}"):
        cls(model)
    assert everything(model) == before


@each_side
@each_spoiled
@pytest.mark.parametrize("cls", [SGD, Adam, AMSGrad])
def test_bad_array_at_step(cls, spoil, error, text, side, make_model):
    model = make_model()
    optimizer = cls(model, lr=0.1, weight_decay=0.1)
    optimizer.step()
    layer = getattr(model, side)[2]
    layer["shift"] = spoil(layer["shift"])
    before = everything(model, optimizer)
    with pytest.raises(error, match=f"layer 2, key 'shift'.*{text}"):
        optimizer.step()
    assert everything(model, optimizer) == before
    assert optimizer.t == 1


@each_side
def test_lists_of_different_lengths(side, make_model):
    model = make_model()
    optimizer = SGD(model)
    getattr(model, side).append({})
    counts = (4, 3) if side == "_parameters" else (3, 4)
    pattern = "_parameters has {} layers, _gradients has {}".format(*counts)
    with pytest.raises(ValueError, match=pattern):
        SGD(model)
    with pytest.raises(ValueError, match=pattern):
        optimizer.step()
    assert optimizer.t == 0


@each_side
@pytest.mark.parametrize("change", ["more", "less", "other"])
def test_different_keys(side, change, make_model):
    model = make_model()
    optimizer = SGD(model)
    layer = getattr(model, side)[0]
    if change != "less":
        layer["extra"] = np.zeros(1)
    if change != "more":
        del layer["bias"]
    with pytest.raises(ValueError, match=r"layer 0: .*'weight'.*'weight'"):
        SGD(model)
    before = everything(model, optimizer)
    with pytest.raises(ValueError, match="layer 0"):
        optimizer.step()
    assert everything(model, optimizer) == before
    assert optimizer.t == 0


@each_side
def test_different_kinds_of_keys(side, make_model):
    model = make_model()
    getattr(model, side)[0][1] = np.zeros(1)
    with pytest.raises(ValueError, match=r"layer 0: .*'weight', 'bias', 1\]"):
        SGD(model)


@each_side
def test_layer_that_is_no_dict(side, make_model):
    model = make_model()
    getattr(model, side)[0] = [np.zeros(1)]
    with pytest.raises(
        TypeError, match=r"layer 0 must be a dict of arrays, got .*list"
    ):
        SGD(model)


@each_side
@pytest.mark.parametrize("value", [None, 3, {}, np.zeros(2)], ids=repr)
@pytest.mark.parametrize("cls", [Optimizer, SGD, Adam])
def test_model_without_a_list(cls, side, value, make_model):
    model = make_model()
    setattr(model, side, value)
    with pytest.raises(TypeError, match=f"SimpleNamespace has no list {side}"):
        cls(model)


@pytest.mark.parametrize("cls", [Optimizer, SGD, Adam])
def test_no_model(cls):
    with pytest.raises(TypeError, match="float has no list _parameters"):
        cls(0.1)


@each_side
def test_model_lacks_a_list(side, make_model):
    model = make_model()
    delattr(model, side)
    with pytest.raises(TypeError, match=f"no list {side}"):
        SGD(model)


def test_tuples_of_layers_are_lists_enough():
    w, g = np.ones(2), np.ones(2)
    SGD(SimpleNamespace(_parameters=({"w": w},), _gradients=({"w": g},)), lr=1).step()
    assert w.tolist() == [0, 0]
