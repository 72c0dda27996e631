"""What every optimizer refuses, and that nothing has changed then."""

import re
import warnings
from fractions import Fraction
from inspect import signature
from types import SimpleNamespace

import numpy as np
import pytest
from contract.public import FLAGS, NUMBERS, OPTIMIZERS, PUBLIC, inner

from npoptim import SGD, Adam, AMSGrad, Arrays, Optimizer

each_number = pytest.mark.parametrize(
    ("cls", "name", "number"),
    [
        pytest.param(cls, name, number, id=f"{cls.__name__}-{name}")
        for cls in OPTIMIZERS
        for name, number in NUMBERS[cls].items()
    ],
)
each_flag = pytest.mark.parametrize(
    ("cls", "name"), [(cls, name) for cls in OPTIMIZERS for name in FLAGS[cls]]
)
ENDLESS = [
    float("nan"),
    float("inf"),
    -float("inf"),
    np.float32("nan"),
    10**400,
    -(10**400),
]
NO_NUMBERS = ["0.1", None, True, np.True_, [0.1], 0.1j, np.array([0.1])]
NO_FLAGS = [0, 1, 1.0, "True", None, [], abs]


def assert_refused(cls, make_model, name, value, error, interval):
    """Assert that a value is refused at construction and at assignment."""
    shown = re.escape(repr(value)[:60])
    pattern = f"^{name} must be .*{re.escape(interval)}, got {shown}"
    with pytest.raises(error, match=pattern):
        cls(make_model(), **{name: value})
    optimizer = cls(make_model())
    old = getattr(optimizer, name)
    with pytest.raises(error, match=pattern):
        setattr(optimizer, name, value)
    assert getattr(optimizer, name) == old


@pytest.mark.parametrize("cls", PUBLIC)
def test_signature_is_what_is_declared(cls):
    parameters = signature(cls).parameters
    assert [*parameters] == ["model", *cls.hyperparameters]
    by_position = [n for n, p in parameters.items() if p.kind is not p.KEYWORD_ONLY]
    assert by_position == ["model", "lr"]


@pytest.mark.parametrize("cls", PUBLIC)
def test_docstring_has_what_is_declared(cls):
    for name, h in cls.hyperparameters.items():
        entry = re.search(
            rf"^{name} : (.*)\n((?:    .*\n)+)", cls.__doc__, re.MULTILINE
        )
        assert f"default {h.default!r}" in entry[1]
        text = " ".join(entry[2].split(" ")).replace("\N{NO-BREAK SPACE}", " ")
        assert " ".join(h.meaning.split())[1:] in " ".join(text.split())
        assert h.kind == "bool" or h.interval in text


@pytest.mark.parametrize("value", ENDLESS, ids=lambda value: repr(value)[:20])
@each_number
def test_endless_number(cls, name, number, value, make_model):
    whole = number.kind != "int" or isinstance(value, int)
    error = ValueError if whole else TypeError
    assert_refused(cls, make_model, name, value, error, number.interval)


@each_number
def test_number_out_of_range(cls, name, number, make_model):
    outside = []
    if np.isfinite(number.low):
        outside += [number.low - 1, number.low - 1e-12, Fraction(number.low) - 2]
        outside += [] if number.has_low else [number.low, int(number.low)]
    if np.isfinite(number.high):
        outside += [number.high + 1, np.float32(number.high + 1)]
        outside += [] if number.has_high else [number.high, np.float64(number.high)]
    assert outside or number.interval == "(-inf, inf)"
    for value in outside:
        if number.kind == "int":
            if int(value) != value:
                continue
            value = int(value)
        assert_refused(cls, make_model, name, value, ValueError, number.interval)


@pytest.mark.parametrize("value", NO_NUMBERS, ids=repr)
@each_number
def test_no_number(cls, name, number, value, make_model):
    assert_refused(cls, make_model, name, value, TypeError, number.interval)


@pytest.mark.parametrize("value", NO_FLAGS, ids=repr)
@each_flag
def test_no_flag(cls, name, value, make_model):
    assert_refused(cls, make_model, name, value, TypeError, "True or False")


@pytest.mark.parametrize("kind", [float, np.float32, np.float64, Fraction])
@each_number
def test_number_in_range(cls, name, number, kind, make_model):
    values = [inner(number, 0.25), inner(number, 0.75)]
    values += [number.low] if number.has_low else []
    values += [number.high] if number.has_high else []
    for value in values:
        given = int(value) if number.kind == "int" else kind(value)
        optimizer = cls(make_model(), **{name: given})
        assert getattr(optimizer, name) == given
        assert type(getattr(optimizer, name)).__name__ == number.kind
        setattr(optimizer, name, given)
        assert getattr(optimizer, name) == given


@pytest.mark.parametrize("value", [True, False, np.True_, np.False_])
@each_flag
def test_flag(cls, name, value, make_model):
    # nesterov without momentum would warn.
    more = {"momentum": 0.5} if name == "nesterov" else {}
    assert getattr(cls(make_model(), **{name: value}, **more), name) is bool(value)


@pytest.mark.parametrize("cls", PUBLIC)
def test_unknown_keyword_names_the_nearest(cls, make_model):
    for name in cls.hyperparameters:
        wrong = f"{name}_"
        pattern = f"{cls.__name__} has no argument '{wrong}': did you mean '{name}'"
        with pytest.raises(TypeError, match=re.escape(pattern)):
            cls(make_model(), **{wrong: 0.1})


@pytest.mark.parametrize("cls", PUBLIC)
def test_only_model_and_lr_by_position(cls, make_model):
    assert cls(make_model(), 0.25).lr == 0.25
    with pytest.raises(TypeError, match=r"lr=.*too many positional arguments"):
        cls(make_model(), 0.25, 0.5)
    with pytest.raises(TypeError, match="multiple values for argument 'lr'"):
        cls(make_model(), 0.25, lr=0.5)
    with pytest.raises(TypeError, match="missing a required argument: 'model'"):
        cls()


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


CHANGES = {
    "layer": (lambda model: [x.append({}) for x in sides(model)], "4 layers.*for 3"),
    "trained layer": (
        lambda model: [x.append({"w": np.ones(1)}) for x in sides(model)],
        "4 layers.*for 3",
    ),
    "fewer layers": (lambda model: [x.pop() for x in sides(model)], "2 layers.*for 3"),
    "key": (
        lambda model: [x[1].update(new=np.ones(2)) for x in sides(model)],
        r"layer 1 has the keys \['new'\].*for \[\]",
    ),
    "shape": (
        lambda model: [x[2].update(shift=np.ones((2, 1))) for x in sides(model)],
        r"layer 2, key 'shift'.*shape \(2, 1\).*of shape \(2,\)",
    ),
    "dtype": (
        lambda model: [x[0].update(bias=np.ones(3, "f4")) for x in sides(model)],
        "layer 0, key 'bias' is float32.*for float64",
    ),
}


def sides(model):
    return model._parameters, model._gradients


@pytest.mark.parametrize(("change", "text"), CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("cls", [SGD, Adam])
def test_model_that_has_changed_on_both_sides(cls, change, text, make_model):
    model = make_model()
    optimizer = cls(model, lr=0.1, weight_decay=0.1)
    optimizer.step()
    change(model)
    before = everything(model, optimizer)
    with pytest.raises(ValueError, match=f"{text}.*build a new one"):
        optimizer.step()
    assert everything(model, optimizer) == before
    assert optimizer.t == 1


def test_array_that_is_replaced_is_trained(make_model):
    # As long as it is of the same shape and dtype.
    model = make_model()
    optimizer = SGD(model, lr=0.5)
    model._parameters[0] = {"weight": np.ones((3, 4)), "bias": np.ones(3)}
    model._gradients[0] = {"weight": np.ones((3, 4)), "bias": np.full(3, 2.0)}
    optimizer.step()
    assert model._parameters[0]["weight"].tolist() == [[0.5] * 4] * 3
    assert model._parameters[0]["bias"].tolist() == [0] * 3
    optimizer.zero_grad()
    assert not model._gradients[0]["bias"].any()


def test_array_in_two_places():
    w = np.ones((2, 2))
    tied = [Arrays(a=w, b=w), Arrays(a=w, b=w.T), Arrays(a=w, b=w[0])]
    shared = Arrays(a=np.ones(2), b=np.ones(2))
    shared.gradients["b"] = shared.gradients["a"]
    own = Arrays(a=np.ones(2))
    own.gradients["a"] = own.parameters["a"]
    for model in (*tied, shared, own):
        with pytest.raises(ValueError, match=r"shares memory with .*key .[ab]."):
            SGD(model)
    SGD(Arrays(a=w[0], b=w[1])).step()


def assert_nothing_changes(optimizer, error, match, *arguments):
    model = optimizer.model
    before, t = everything(model, optimizer), optimizer.t
    with pytest.raises(error, match=match):
        optimizer.step(*arguments)
    assert everything(model, optimizer) == before
    assert optimizer.t == t


@pytest.mark.parametrize("wrong", [0.5, [0.5], [[1, 2]], [1, 2, 3]], ids=str)
def test_increment_of_another_shape(wrong):
    class Wrong(Optimizer):
        slots = ("m",)

        def update(self, w, g, m):
            m[...] = g
            return np.array(wrong)

    optimizer = Wrong(Arrays(w=np.ones(2)))
    optimizer.gradients[0]["w"][...] = 1
    assert_nothing_changes(
        optimizer,
        ValueError,
        r"Wrong.update\(\) must return an increment of shape \(2,",
    )


def test_rule_that_fails(make_model):
    class Failing(Optimizer):
        slots = ("m",)

        def update(self, w, g, m):
            m[...] = g
            if w.ndim == 0:
                raise ZeroDivisionError("of the rule")
            return -g

    optimizer = Failing(make_model())
    assert_nothing_changes(optimizer, ZeroDivisionError, "of the rule")


def test_tuples_of_layers_are_lists_enough():
    w, g = np.ones(2), np.ones(2)
    SGD(SimpleNamespace(_parameters=({"w": w},), _gradients=({"w": g},)), lr=1).step()
    assert w.tolist() == [0, 0]
