"""What the template offers to a rule, a mixin or a wrapper of one's own."""

import inspect
import pickle
from copy import deepcopy
from typing import ClassVar

import numpy as np
import pytest

from npoptim import (
    SAM,
    SGD,
    Adam,
    AdamW,
    Arrays,
    DecoupledWeightDecay,
    ElasticNet,
    ExponentialAverage,
    Flag,
    L1Optimizer,
    Lookahead,
    Number,
    Optimizer,
    RMSprop,
    trace,
)


class Clipping(Optimizer):
    """Scale all gradients to a norm: a number for all arrays, found before any."""

    max_norm: Number = Number("c", "(0, inf)", "largest norm", default=1)

    def prepare(self):
        super().prepare()
        squares = [np.sum(g**2) for (g,) in self.blocks(self.gradients)]
        self.scale = min(1, self.max_norm / np.sqrt(sum(squares)))

    def regularize(self):
        for (g,) in self.blocks(self.gradients):
            g *= self.scale
        super().regularize()


class MomentumProduct(Optimizer):
    """As NAdam does, keep a product over the steps for all arrays."""

    slots = ("m",)
    shared: ClassVar = {"product": 1.0}

    def prepare(self):
        self.product *= 1 - 0.5**self.t

    def update(self, w, g, m):
        m[...] = 0.5 * m + 0.5 * g
        return -self.lr * m / self.product


def two_arrays(seed=0):
    rng = np.random.default_rng(seed)
    return Arrays(a=rng.normal(size=(2, 3)), b=rng.normal(size=4))


def feed(model, seed):
    rng = np.random.default_rng(seed)
    for g in model.gradients.values():
        g[...] = rng.normal(size=g.shape)


def walk(optimizer, steps, seed=10):
    points = []
    for t in range(steps):
        feed(optimizer.model, seed + t)
        optimizer.step()
        points.append({k: w.copy() for k, w in optimizer.model.parameters.items()})
    return points


def assert_same_walk(points, expected):
    for point, other in zip(points, expected, strict=True):
        for name in point:
            np.testing.assert_array_equal(point[name], other[name])


# Declarations


def test_signature_of_a_class_of_ones_own():
    class Own(Optimizer):
        size: Number = Number("s", "[0, 1]", "size of it", default=0.5)
        sharp: Flag = Flag("whether it is sharp", default=True)

    assert str(inspect.signature(Own)) == (
        "(model, lr=0.001, *, size=0.5, sharp=True, weight_decay=0.0)"
    )
    assert Own(two_arrays(), size=1).size == 1
    with pytest.raises(ValueError, match=r"size must be in \[0, 1\], got 1.5"):
        Own(two_arrays(), size=1.5)


def test_number_without_default_must_be_given():
    class Own(Optimizer):
        size: Number = Number("s", "(0, 1)", "size of it")

    with pytest.raises(TypeError, match=r"Own.*missing a required argument: 'size'"):
        Own(two_arrays())
    assert Own(two_arrays(), size=0.5).size == 0.5


def test_redeclared_default_keeps_range_and_meaning():
    class Fast(Adam):
        beta2 = Number(default=0.5)

    assert Fast.beta2.interval == Adam.beta2.interval
    assert Fast.beta2.meaning == Adam.beta2.meaning
    assert Fast(two_arrays()).beta2 == 0.5
    assert Adam(two_arrays()).beta2 == 0.99
    assert "beta2 : float or schedule, default 0.5" in (
        type("Documented", (Fast,), {"__doc__": "Something."}).__doc__
    )


@pytest.mark.parametrize(
    ("body", "error", "text"),
    [
        ({"size": Number("s", "[0, 1)")}, TypeError, "size must say what it means"),
        ({"size": Number("s", meaning="it")}, TypeError, "size must say its interval"),
        ({"beta1": Number(default=1)}, ValueError, r"beta1 must be in \[0, 1\), got 1"),
        ({"beta1": 0.5}, TypeError, r"write beta1 = Number\(default=0.5\)"),
        ({"bias_correction": True}, TypeError, r"= Flag\(default=True\)"),
        ({"slots": ("w",)}, TypeError, "slot cannot be named 'w'"),
        ({"slots": ("g",)}, TypeError, "slot cannot be named 'g'"),
        ({"slots": ("t",)}, TypeError, "slot cannot be named 't'"),
        ({"slots": ("lr",)}, TypeError, "slot cannot be named 'lr'"),
        ({"slots": ("beta1",)}, TypeError, "slot cannot be named 'beta1'"),
        ({"slots": ("increment",)}, TypeError, "slot cannot be named 'increment'"),
        ({"shared": {"step": 1.0}}, TypeError, "number cannot be named 'step'"),
        ({"shared": {"beta1": 1.0}}, TypeError, "number cannot be named 'beta1'"),
        ({"shared": {"m": 1.0}}, TypeError, "number cannot be named 'm'"),
        ({"shared": {"state": 1.0}}, TypeError, "number cannot be named 'state'"),
        *(
            (
                {name: Number("s", "[0, 1)", "size", default=0)},
                TypeError,
                f"hyperparameter cannot be named '{name}'",
            )
            for name in ("step", "t", "slots", "model", "updates", "closure", "root")
        ),
        (
            {"update": lambda self, w, g, m, v, u: g},
            TypeError,
            r"update\(\) asks for u, which is not in its slots \('m', 'v'\)",
        ),
    ],
    ids=lambda value: str(value)[:30],
)
def test_class_that_cannot_be_made(body, error, text):
    with pytest.raises(error, match=text):
        type("Own", (Adam,), body)


@pytest.mark.parametrize("interval", ["[0, 1", "0, 1", "[0; 1]", "positive", ""])
def test_interval_that_is_none(interval):
    with pytest.raises(ValueError, match="interval must be such as"):
        Number("s", interval, "size")


@pytest.mark.parametrize(
    "bases",
    [
        (DecoupledWeightDecay, L1Optimizer, SGD),
        (L1Optimizer, DecoupledWeightDecay, SGD),
        (L1Optimizer, AdamW),
        (L1Optimizer, ElasticNet, SGD),
    ],
)
def test_one_strength_cannot_be_that_of_two_penalties(bases):
    with pytest.raises(TypeError, match=r"weight_decay is .* L1Optimizer.* both"):
        type("Own", bases, {})


def test_slot_of_two_classes_that_know_nothing_of_each_other():
    class Mean(Optimizer):
        slots = ("v",)

    with pytest.raises(TypeError, match="v is a slot in Mean and a slot in SGD"):
        type("Own", (Mean, SGD), {})


def test_constructor_of_ones_own():
    # As the lecture note writes an optimizer, and as its users did before.
    class Written(Optimizer):
        def __init__(self, model, lr=0.25, momentum=0.5, weight_decay=0.0):
            super().__init__(model, lr, weight_decay)
            self.momentum = momentum

    optimizer = Written(two_arrays(), momentum=0.75, weight_decay=0.125)
    assert repr(optimizer) == "Written(lr=0.25, momentum=0.75, weight_decay=0.125)"
    assert [*inspect.signature(Written).parameters] == [
        "model", "lr", "momentum", "weight_decay",
    ]  # fmt: skip


def test_property_fixes_a_hyperparameter():
    class Fixed(Adam):
        beta1 = property(lambda self: 0.5)

    assert Fixed(two_arrays()).beta1 == 0.5
    assert "beta1" not in inspect.signature(Fixed).parameters
    with pytest.raises(TypeError, match="no argument 'beta1'"):
        Fixed(two_arrays(), beta1=0.1)


# State


def test_slots_are_collected():
    class Stack(ExponentialAverage, Lookahead, Clipping, AdamW):
        pass

    assert Stack.slots == ("m", "v", "slow", "average")
    assert [*Stack.hyperparameters][:4] == [
        "lr",
        "average_decay",
        "period",
        "slow_step",
    ]


def test_stack_of_wrappers_by_hand():
    class Stack(ExponentialAverage, Lookahead, Clipping, AdamW):
        pass

    model = two_arrays()
    optimizer = Stack(
        model, lr=0.1, weight_decay=0.2, period=3, max_norm=0.7, average_decay=0.6
    )
    ws = {k: w.copy() for k, w in model.parameters.items()}
    m, v = ({k: 0 * w for k, w in ws.items()} for _ in range(2))
    slow, average = ({k: w.copy() for k, w in ws.items()} for _ in range(2))
    for t in range(1, 11):
        feed(model, t)
        gs = {k: g.copy() for k, g in model.gradients.items()}
        optimizer.step()
        norm = np.sqrt(sum((g**2).sum() for g in gs.values()))
        for k, w in ws.items():
            g = gs[k] * min(1, 0.7 / norm)
            m[k] = 0.9 * m[k] + 0.1 * g
            v[k] = 0.999 * v[k] + 0.001 * g**2
            step = 0.1 * m[k] / (1 - 0.9**t)
            step /= np.sqrt(v[k] / (1 - 0.999**t)) + 1e-8
            w = w - step - 0.1 * 0.2 * w
            if t % 3 == 0:
                slow[k] = slow[k] + 0.5 * (w - slow[k])
                w = slow[k]
            average[k] = 0.6 * average[k] + 0.4 * w
            ws[k] = w
        for k, w in ws.items():
            # Ten steps of numbers of size 1, in another order of operations.
            np.testing.assert_allclose(model.parameters[k], w, rtol=0, atol=1e-13)
            np.testing.assert_allclose(
                optimizer.state["average"][0][k], average[k], rtol=0, atol=1e-13
            )
    with optimizer.evaluation():
        np.testing.assert_array_equal(
            model.parameters["a"], optimizer.state["average"][0]["a"]
        )


def test_average_follows_the_weights_in_any_order():
    orders = [
        (ExponentialAverage, DecoupledWeightDecay, SGD),
        (DecoupledWeightDecay, ExponentialAverage, SGD),
    ]
    averages = []
    for bases in orders:
        model = two_arrays()
        optimizer = type("Own", bases, {})(model, lr=0.1, weight_decay=0.5)
        walk(optimizer, 5)
        averages.append(optimizer.state["average"][0])
    assert_same_walk([averages[0]], [averages[1]])


def test_start_may_hand_out_the_parameter_itself():
    model = two_arrays()
    optimizer = type("Own", (Lookahead, SGD), {})(model)
    assert not np.shares_memory(optimizer.state["slow"][0]["a"], model.parameters["a"])
    np.testing.assert_array_equal(
        optimizer.state["slow"][0]["a"], model.parameters["a"]
    )


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ({}, r"start\(\) must return an array for each of \('m',\), got \(\)"),
        ({"m": np.zeros(2), "n": np.zeros(2)}, r"got \('m', 'n'\)"),
        ({"m": 0.0}, "must return arrays, got float for 'm'"),
        ({"m": np.zeros(3)}, r"elementwise = False: layer 0, key 'w' .*'m' \(3,\)"),
    ],
)
def test_start_that_is_none(state, text):
    class Own(Optimizer):
        slots = ("m",)

        def start(self, w):
            return state

    with pytest.raises(TypeError, match=text):
        Own(Arrays(w=np.ones(2)))


def test_state_of_another_shape():
    class RowMeans(Optimizer):
        slots = ("row",)
        elementwise = False

        def start(self, w):
            return {"row": np.full(len(w), 2.0)}

        def update(self, w, g, row):
            row[...] = row + g.mean(axis=1)
            return -row[:, None] * np.ones_like(g)

    steps = trace(RowMeans, np.zeros((2, 2)), [[[1, 3], [0, 2]], [[1, 1], [4, 4]]])
    assert [step.row.tolist() for step in steps] == [[4, 3], [5, 7]]
    assert steps[1].w.tolist() == [[-9, -9], [-10, -10]]


def test_slot_that_some_arrays_do_not_have():
    class OfMatrices(Optimizer):
        slots = ("m",)
        elementwise = False

        def start(self, w):
            return super().start(w) if w.ndim == 2 else {}

        def update(self, w, g, m):
            if m is None:
                return -g
            m[...] = m + g
            return -m

    gradients = [{"a": [[1, 2]], "b": [3, 4]}] * 2
    steps = trace(OfMatrices, {"a": [[0, 0]], "b": [0, 0]}, gradients)
    assert [step.m is None for step in steps] == [False, True] * 2
    assert steps[2].w.tolist() == [[-3, -6]]
    assert steps[3].w.tolist() == [-6, -8]
    optimizer = OfMatrices(two_arrays())
    walk(optimizer, 2)
    optimizer.clear()
    assert not optimizer.state["m"][0]["a"].any()
    assert [*optimizer.state["m"][0]] == ["a"]


def test_update_may_take_all_slots_of_its_class():
    class Own(Optimizer):
        slots = ("m", "n")

        def update(self, w, g, **state):
            for array in state.values():
                array[...] = array + g
            return -sum(state.values())

    averaged = type("Averaged", (ExponentialAverage, Own), {})
    steps = trace(averaged, 0, [2, 3])
    assert [(step.m, step.n, step.increment) for step in steps] == [
        (2, 2, -4),
        (5, 5, -10),
    ]


def test_mixin_may_change_what_the_rule_returns():
    class Halved(Optimizer):
        slots = ("before",)

        def update(self, w, g, before, **state):
            before[...] = super().update(w, g, **state)
            return before / 2

    steps = trace(type("Own", (Halved, RMSprop), {}), 0, [2], lr=1, eps=0)
    # 2 / sqrt(0.1 · 2²) = sqrt(10).
    np.testing.assert_allclose(steps[0].before, -np.sqrt(10), rtol=1e-15)
    np.testing.assert_allclose(steps[0].w, -np.sqrt(10) / 2, rtol=1e-15)


def test_slots_that_no_update_asks_for():
    # They are for the other methods, as those of a wrapper are.
    class Counting(Optimizer):
        slots = ("count",)

        def get_updates(self):
            super().get_updates()
            for (count,) in self.blocks(self.state["count"]):
                count += 1

    optimizer = type("Own", (Counting, RMSprop), {})(two_arrays())
    walk(optimizer, 3)
    assert (optimizer.state["count"][0]["a"] == 3).all()
    assert optimizer.state["v"][0]["a"].all()


# prepare, shared numbers


def test_shared_number_by_hand():
    # 1/2 · 2 = 1 over 1/2 is 2, then (1/2 · 1 + 1/2 · 3) over 1/2 · 3/4 is 16/3.
    steps = trace(MomentumProduct, 0, [2, 3], lr=3)
    assert [step.increment for step in steps] == [-6, -16]


def test_clear_resets_shared_numbers():
    optimizer = MomentumProduct(two_arrays())
    walk(optimizer, 3)
    assert optimizer.product == 0.5 * 0.75 * 0.875
    optimizer.clear()
    assert optimizer.product == 1


def test_prepare_comes_before_any_array_changes():
    seen = []

    class Watching(SGD):
        def prepare(self):
            seen.append((self.t, self.gradients[0]["w"].item(), self.lr))

    optimizer = Watching(Arrays(w=1.0), lr=lambda t: 1 / t, weight_decay=2)
    for _ in range(2):
        optimizer.gradients[0]["w"][...] = 3
        optimizer.step()
    assert seen == [(1, 3, 1), (2, 3, 0.5)]


def test_prepare_that_fails_changes_nothing():
    class Failing(SGD):
        def prepare(self):
            if self.t == 2:
                raise ArithmeticError("no norm")

    optimizer = Failing(two_arrays(), lr=0.1, momentum=0.5)
    points = walk(optimizer, 1)
    with pytest.raises(ArithmeticError, match="no norm"):
        optimizer.step()
    assert optimizer.t == 1
    assert_same_walk([optimizer.model.parameters], points)


# Closures


class SharpSGD(SAM, SGD):
    pass


def test_closure_by_hand():
    # L = w², so g = 2w. From w = 3, uphill is 3.5, where g = 7: w = 3 - 0.25 · 7.
    model = Arrays(w=3.0)
    optimizer = SharpSGD(model, lr=0.25, radius=0.5)
    w, g = model.parameters["w"], model.gradients["w"]
    seen = []

    def closure():
        seen.append(w.item())
        g[...] = 2 * w
        return w**2

    closure()
    optimizer.step(closure)
    assert seen == [3, 3.5]
    assert w == 1.25
    assert optimizer.closure is None
    pickle.dumps(optimizer.state)


@pytest.mark.parametrize("closure", [None, 0.5])
def test_closure_that_is_missing(closure):
    optimizer = SharpSGD(two_arrays(), lr=0.25)
    feed(optimizer.model, 0)
    before = deepcopy(optimizer.model.parameters)
    with pytest.raises(TypeError, match=r"SharpSGD.*optimizer\.step\(closure\)"):
        optimizer.step(closure)
    assert optimizer.t == 0
    assert_same_walk([optimizer.model.parameters], [before])


def test_closure_that_fails_leaves_the_weights():
    optimizer = SharpSGD(two_arrays(), lr=0.25)
    feed(optimizer.model, 0)
    before = deepcopy(optimizer.model.parameters)

    def closure():
        raise MemoryError("no memory")

    with pytest.raises(MemoryError):
        optimizer.step(closure)
    assert_same_walk([optimizer.model.parameters], [before])
    assert optimizer.t == 0


def test_others_do_not_call_the_closure():
    optimizer = SGD(two_arrays())
    optimizer.step(lambda: pytest.fail("called"))


# Evaluation


class AveragedSGD(ExponentialAverage, SGD):
    pass


def test_evaluation_brings_the_weights_back_after_an_error():
    optimizer = AveragedSGD(two_arrays(), lr=0.5)
    walk(optimizer, 3)
    before = deepcopy(optimizer.model.parameters)

    def fail():
        assert not np.array_equal(optimizer.model.parameters["a"], before["a"])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), optimizer.evaluation():
        fail()
    assert_same_walk([optimizer.model.parameters], [before])
    optimizer.step()


def test_no_step_inside_of_evaluation():
    optimizer = AveragedSGD(two_arrays(), lr=0.5)
    walk(optimizer, 3)
    with optimizer.evaluation(), pytest.raises(RuntimeError, match="would be lost"):
        optimizer.step()
    assert optimizer.t == 3


def test_evaluation_of_others_is_where_they_stand():
    optimizer = SGD(two_arrays(), lr=0.5)
    points = walk(optimizer, 2)
    with optimizer.evaluation():
        assert_same_walk([optimizer.model.parameters], points[1:])


def test_pickled_with_its_model_it_walks_on():
    optimizer = AveragedSGD(two_arrays(), lr=0.1, momentum=0.5)
    walk(optimizer, 3)
    loaded = pickle.loads(pickle.dumps(optimizer))
    assert_same_walk(walk(loaded, 3, seed=50), walk(optimizer, 3, seed=50))
