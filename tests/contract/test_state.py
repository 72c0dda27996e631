"""Stopped and resumed is as if never stopped, and nothing else is taken for it."""

import os

import numpy as np
import pytest
from contract.public import step
from contract.test_optimizers import all_cases, all_rules, assert_same, run

import npoptim
from npoptim import (
    LBFGS,
    SGD,
    Adagrad,
    Adam,
    Arrays,
    CosineDecay,
    ExponentialAverage,
    Groups,
    Lookahead,
    NAdam,
    Optimizer,
    PaperAdam,
    Part,
    StepDecay,
    Warmup,
)
from npoptim.npnet import Linear, ReLU, Sequential


class LookaheadAdam(Lookahead, PaperAdam):
    pass


class AveragedGroups(ExponentialAverage, Groups):
    pass


def on_parts(model, cls=Groups, first=NAdam):
    rest = Part(model, lambda layer, name: name != "weight")
    return cls(first(Part(model, lambda layer, name: name == "weight")), LBFGS(rest))


def flat(optimizer):
    """Return a printable copy of all that a step may change, hyperparameters too."""
    return repr((optimizer.state_dict(), optimizer))


@all_rules
def test_file_keeps_the_state(cls, arguments, make_model, leaves, tmp_path):
    saved, loaded = cls(make_model(), **arguments), cls(make_model(seed=5), **arguments)
    run(saved, leaves, 3)
    saved.save(tmp_path / "state")
    loaded.load(tmp_path / "state")
    assert flat(loaded) == flat(saved)


@all_cases
def test_resumed_is_not_stopped(cls, arguments, make_model, leaves):
    whole = cls(make_model(np.float32), lr=0.02, weight_decay=0.01, **arguments)
    run(whole, leaves, 3)
    resumed = cls(make_model(np.float32, seed=5), **arguments)
    run(resumed, leaves, 1, seed=9)
    resumed.load_state_dict(whole.state_dict())
    assert repr(resumed) == repr(whole)
    assert_same(run(resumed, leaves, 4, seed=2), run(whole, leaves, 4, seed=2))
    assert flat(resumed) == flat(whole)


@pytest.mark.parametrize(
    "build", [on_parts, lambda model: on_parts(model, AveragedGroups)]
)
def test_groups_resume(build, make_model, leaves, tmp_path):
    whole = build(make_model())
    whole.optimizers[0].lr = 0.5
    run(whole, leaves, 3)
    whole.save(tmp_path / "state")
    resumed = build(make_model(seed=5))
    resumed.load(tmp_path / "state")
    assert resumed.optimizers[1].t == resumed.t == 3
    assert_same(run(resumed, leaves, 4, seed=2), run(whole, leaves, 4, seed=2))
    assert flat(resumed) == flat(whole)


def test_schedules_resume(make_model, leaves):
    def build(seed):
        lr = Warmup(CosineDecay(0.5, steps=6), steps=3)
        return PaperAdam(make_model(seed=seed), lr=lr, beta1=lambda t: 1 - 1 / (t + 1))

    whole, resumed = build(0), build(1)
    run(whole, leaves, 4)
    resumed.load_state_dict(whole.state_dict())
    assert resumed.lr == whole.lr
    assert_same(run(resumed, leaves, 4, seed=2), run(whole, leaves, 4, seed=2))


def test_state_is_a_copy(make_model, leaves):
    optimizer = PaperAdam(make_model())
    state = optimizer.state_dict()
    before = repr(state)
    run(optimizer, leaves, 2)
    assert repr(state) == before
    optimizer.load_state_dict(state)
    run(optimizer, leaves, 2)
    assert repr(state) == before


def other_class(model):
    class AMSGrad(Optimizer):
        def update(self, w, g):
            return -g

    return AMSGrad(model)


def spoil(**changes):
    def change(state):
        state |= changes

    return change


def at(*path, value):
    def change(state):
        *first, last = path
        for key in first:
            state = state[key]
        state[last] = value

    return change


DIFFERENT = {
    "version": (at("version", value="0.0.9"), r"\['version'\] is '0.0.9', here '"),
    "class": (at("class", 0, value="Adam"), r"\['class'\]\[0\] is 'Adam', here 'Look"),
    "shape": (
        at("parameters", 2, "shift", value=np.zeros(3)),
        r"\['parameters'\]\[2\]\['shift'\] is float64 of shape \(3,\), here float64",
    ),
    "dtype": (
        at("state", "slow", 0, "bias", value=np.zeros(3, np.float32)),
        r"\['state'\]\['slow'\]\[0\]\['bias'\] is float32 of shape",
    ),
    "layers": (at("updates", value=[{}]), r"\['updates'\]: its length is 1, here 3"),
    "names": (
        at("parameters", 1, "w", value=np.zeros(3)),
        r"has is \['w'\], here \[\]",
    ),
    "slot": (at("state", "v", value=[]), r"\['v'\]: its length is 0, here 3"),
    "key": (at("more", value=1), "more"),
    "t": (at("t", value=-1), r"the state\['t'\] must be at least 0, got -1"),
    "t text": (at("t", value="1"), r"\['t'\] is '1', here 2"),
    "range": (at("hyperparameters", "lr", value=-1.0), r"lr must be in \[0, inf\)"),
    "flag": (at("hyperparameters", "eps_in_sqrt", value=1), r"eps_in_sqrt'\] is 1"),
    "attributes": (at("attributes", value={"model": 1}), r"'attributes'\] must not"),
    "schedule": (at("schedules", "lr", value="f"), r"\['schedules'\]: what it has is"),
}


@pytest.mark.parametrize(("change", "message"), DIFFERENT.values(), ids=DIFFERENT)
def test_state_that_differs(change, message, make_model, leaves):
    optimizer = LookaheadAdam(make_model())
    run(optimizer, leaves, 2)
    state, before = optimizer.state_dict(), flat(optimizer)
    run(optimizer, leaves, 0)
    change(state)
    with pytest.raises((TypeError, ValueError), match=message):
        optimizer.load_state_dict(state)
    assert flat(optimizer) == before


@pytest.mark.parametrize("state", [None, [], 1, {}])
def test_no_state(state, make_model):
    optimizer = SGD(make_model())
    with pytest.raises(ValueError, match="the state"):
        optimizer.load_state_dict(state)


def test_array_that_cannot_be_written_to(make_model):
    optimizer = SGD(make_model())
    state, before = SGD(make_model(seed=1)).state_dict(), flat(optimizer)
    optimizer.parameters[2]["shift"].flags.writeable = False
    with pytest.raises(ValueError, match="layer 2, key 'shift' must be writeable"):
        optimizer.load_state_dict(state)
    assert flat(optimizer) == before


def test_another_optimizer_is_named(make_model, tmp_path):
    SGD(make_model()).save(tmp_path / "state")
    adagrad = Adagrad(make_model())
    with pytest.raises(ValueError, match=r"'class'\]: its length is 1, here 2|SGD"):
        adagrad.load(tmp_path / "state")


def test_another_schedule_is_named(make_model):
    state = SGD(make_model(), lr=StepDecay(0.1, steps=2)).state_dict()
    other = SGD(make_model(), lr=StepDecay(0.1, steps=3))
    before = flat(other)
    with pytest.raises(ValueError, match=r"the schedule of lr is .*'steps': 2.* here"):
        other.load_state_dict(state)
    assert flat(other) == before


def test_damage_at_every_byte(tmp_path):
    path = tmp_path / "state"
    optimizer = SGD(Arrays(w=[1.0, 2.0]))
    optimizer.save(path)
    data = path.read_bytes()
    before = flat(optimizer)
    damaged = [
        data[:i] + bytes([data[i] ^ 1]) + data[i + 1 :] for i in range(len(data))
    ]
    for wrong in (*damaged, data[:-1], data + b"0", b"", data[64:]):
        path.write_bytes(wrong)
        with pytest.raises(ValueError, match="damaged"):
            optimizer.load(path)
    assert flat(optimizer) == before
    path.write_bytes(data)
    optimizer.load(path)


def test_file_is_one_of_numpy_without_pickle(tmp_path):
    SGD(Arrays(w=[1.0, 2.0])).save(tmp_path / "state.npz")
    with np.load(tmp_path / "state.npz", allow_pickle=False) as file:
        assert npoptim.__version__ in file["content"].item()
        assert [1.0, 2.0] in [file[name].tolist() for name in file.files]


def test_a_crash_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "state"
    optimizer = SGD(Arrays(w=[1.0, 2.0]), lr=0.5)
    optimizer.save(path)
    optimizer.lr = 0.25

    def crash(*_):
        raise OSError("no power")

    for name in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(os, name, crash)
            with pytest.raises(OSError, match="no power"):
                optimizer.save(path)
        assert [*tmp_path.iterdir()] == [path]
    optimizer.load(path)
    assert optimizer.lr == 0.5


def test_attribute_that_cannot_be_saved(tmp_path):
    optimizer = SGD(Arrays(w=1.0))
    optimizer.seen = {1, 2}
    with pytest.raises(TypeError, match=r"\['attributes'\]\['seen'\] cannot be saved"):
        optimizer.save(tmp_path / "state")
    assert not [*tmp_path.iterdir()]


def test_own_attributes_are_saved(tmp_path):
    optimizer = SGD(Arrays(w=1.0))
    optimizer.history = [(1, np.float32(2)), {3: np.arange(2)}, None, "text", True]
    optimizer.save(tmp_path / "state")
    other = SGD(Arrays(w=0.0))
    other.load(tmp_path / "state")
    assert repr(other.history) == repr(optimizer.history)


def test_no_state_inside_of_evaluation(make_model):
    optimizer = LookaheadAdam(make_model())
    state = optimizer.state_dict()
    with optimizer.evaluation():
        with pytest.raises(RuntimeError, match="other weights"):
            optimizer.state_dict()
        with pytest.raises(RuntimeError, match="other weights"):
            optimizer.load_state_dict(state)


def test_schedule_takes_over_arguments(tmp_path):
    schedule = Warmup(StepDecay(0.5, steps=2), steps=3)
    schedule.save(tmp_path / "schedule")
    other = Warmup(StepDecay(0.1, steps=7), steps=9)
    other.load(tmp_path / "schedule")
    assert repr(other) == repr(schedule)
    with pytest.raises(ValueError, match=r"\['class'\] is 'Warmup', here 'StepDecay'"):
        StepDecay(0.1, steps=1).load(tmp_path / "schedule")
    state = schedule.state_dict()
    state["arguments"]["steps"] = 0
    with pytest.raises(ValueError, match="steps must be in"):
        other.load_state_dict(state)
    assert repr(other) == repr(schedule)


def test_model_of_layers(tmp_path):
    def build(rng, width=4):
        return Sequential(Linear(3, width, rng), ReLU(), Linear(width, 2, rng))

    model, other = build(0), build(1)
    model.save(tmp_path / "model")
    other.load(tmp_path / "model")
    x = np.ones((1, 3), np.float32)
    np.testing.assert_array_equal(other.forward(x), model.forward(x))
    wide = build(1, 5)
    with pytest.raises(ValueError, match=r"'weight'\] is float32 of shape \(4, 3\)"):
        wide.load(tmp_path / "model")
    with pytest.raises(ValueError, match="'class'"):
        Sequential(Linear(3, 2)).load(tmp_path / "model")


def test_step_after_loading_is_counted(make_model):
    optimizer = Adam(make_model())
    step(optimizer)
    other = Adam(make_model())
    other.load_state_dict(optimizer.state_dict())
    step(other)
    assert other.t == 2
