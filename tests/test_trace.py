"""The records of a trace, and how they print."""

import numpy as np
import pytest

import npoptim
from npoptim import (
    SAM,
    SGD,
    Adafactor,
    Adagrad,
    Adam,
    Groups,
    L1Optimizer,
    Part,
    PolyakSGD,
    Trace,
    trace,
)


def test_records():
    steps = trace(SGD, 4, [2, -6], lr=0.5)
    assert type(steps) is Trace
    assert isinstance(steps, tuple)
    assert steps == ((1, 2, -1, -1, 3), (2, -6, 3, 3, 6))
    assert steps[0]._fields == ("t", "g", "v", "increment", "w")
    assert [type(value) for value in steps[1]] == [int, float, float, float, float]
    assert steps[1].w == 6
    t, *_, w = steps[-1]
    assert (t, w) == (2, 6)


def test_fields_are_the_slots():
    assert trace(Adam, 1, [2])[0]._fields == ("t", "g", "m", "v", "increment", "w")


def test_losses_are_those_of_the_closure():
    steps = trace(PolyakSGD, 1, [2, -4], losses=[2, 8])
    assert [step.w for step in steps] == [0, 2]
    with pytest.raises(TypeError, match="PolyakSGD needs"):
        trace(PolyakSGD, 1, [2, -4])
    with pytest.raises(ValueError, match=r"losses must be as many as .*, 2, got 1"):
        trace(PolyakSGD, 1, [2, -4], losses=[2])
    assert trace(SGD, 1, [2, -4], losses=[2, 8]) == trace(SGD, 1, [2, -4])


def test_gradient_that_is_a_function():
    seen = []

    def gradient(w):
        seen.append(w.copy())
        return 2 * w

    class Sharp(SAM, SGD):
        pass

    # Once before the first step, for the shape; then where w is, and 0.5 uphill.
    steps = trace(Sharp, [3.0], [gradient], lr=0.25, radius=0.5)
    assert np.ravel(seen).tolist() == [3, 3, 3.5]
    assert steps[0].g == [7]
    with pytest.raises(
        ValueError, match=r"gradients\[1\] must have the shape of w \(\)"
    ):
        trace(SGD, 1, [2, lambda w: [w, w]])
    named = trace(SGD, {"a": 1, "b": 2}, [lambda w: {"a": w["b"], "b": 0}], lr=1)
    assert [step.w for step in named] == [-1, 2]


def test_slices_are_traces():
    steps = trace(SGD, 4, [2, -6, 1], lr=0.5)
    assert type(steps[1:]) is Trace
    assert steps[1:] == tuple(steps)[1:]
    assert repr(steps[1:2]) == "t   g  v  increment  w\n2  -6  3          3  6"
    assert repr(steps[3:]) == "Trace of no steps"
    with pytest.raises(IndexError):
        steps[3]


def test_columns_are_aligned_to_the_right():
    steps = trace(SGD, 1, [1000, -0.25], lr=0.5, momentum=0.5)
    assert repr(steps).splitlines() == [
        "t      g         v  increment         w",
        "1   1000      -500       -500      -499",
        "2  -0.25  -249.875   -249.875  -748.875",
    ]


def test_six_digits():
    (line,) = repr(trace(SGD, 0, [1 / 3], lr=1)).splitlines()[1:]
    assert line.split() == ["1", "0.333333", "-0.333333", "-0.333333", "-0.333333"]


def test_no_steps():
    steps = trace(SGD, 1, [])
    assert type(steps) is Trace
    assert len(steps) == 0
    assert repr(steps) == "Trace of no steps"


def test_minus_zero_prints_as_zero():
    steps = trace(SGD, 0, [-0.0], lr=1)
    assert np.signbit(steps[0].g)
    assert repr(steps).splitlines()[1].split() == ["1", "0", "0", "0", "0"]
    steps = trace(SGD, [0, 1], [[-0.0, 0]], lr=1)
    assert np.signbit(steps[0].g[0])
    assert "-" not in repr(steps)


def test_g_has_the_penalty():
    assert [s.g for s in trace(SGD, 1, [3, -1], lr=0.5, weight_decay=2)] == [5, -4]
    l1 = type("L1SGD", (L1Optimizer, SGD), {})
    assert [s.g for s in trace(l1, 1, [3, -1], lr=0.5, weight_decay=2)] == [5, -3]


def test_arrays():
    steps = trace(SGD, [1, 2], [[2, -4], [0, 8]], lr=0.5)
    assert [step.w.tolist() for step in steps] == [[0, 4], [0, 0]]
    # Each record has a copy of its own.
    arrays = [value for step in steps for value in step[1:]]
    assert not any(
        np.shares_memory(a, b) for i, a in enumerate(arrays) for b in arrays[:i]
    )
    assert repr(steps).splitlines() == [
        "t       g       v  increment      w",
        "1  [2 -4]  [-1 2]     [-1 2]  [0 4]",
        "2   [0 8]  [0 -4]     [0 -4]  [0 0]",
    ]


def test_matrix_is_one_line():
    steps = trace(SGD, np.eye(2), [np.ones((2, 2))], lr=1)
    assert repr(steps).splitlines()[1].endswith("[[0 -1] [-1 0]]")
    assert steps[0].w.shape == (2, 2)


@pytest.mark.parametrize("w", [[1.0, 2.0], [1, 2]])
def test_start_is_not_changed(w):
    start = np.array(w)
    steps = trace(SGD, start, [[1, 1], [1, 1]], lr=1)
    assert start.tolist() == w
    assert steps[1].w.tolist() == [-1, 0]
    assert steps[1].w.dtype == np.float64


def test_gradients_are_not_changed():
    gradients = np.ones((2, 1))
    trace(SGD, [1.0], gradients, weight_decay=1)
    assert gradients.tolist() == [[1], [1]]


@pytest.mark.parametrize(
    ("w", "gradients", "text"),
    [
        (1, [2, [3]], r"gradients\[1\].*w \(\), got w \(1,\)"),
        ([1, 2], [1], r"gradients\[0\].*w \(2,\), got w \(\)"),
        ([1, 2], [[1, 2], [1, 2, 3]], r"gradients\[1\].*w \(2,\), got w \(3,\)"),
        ([[1, 2]], [[1, 2]], r"gradients\[0\].*w \(1, 2\), got w \(2,\)"),
        ({"a": 1}, [{"a": [1]}], r"gradients\[0\].*a \(\), got a \(1,\)"),
        ({"a": 1, "b": 1}, [{"a": 1}], r"a \(\), b \(\), got a \(\)"),
        ({"a": 1}, [{"a": 1}, {"b": 1}], r"gradients\[1\].*a \(\), got b \(\)"),
        ({"a": 1}, [1], r"a \(\), got w \(\)"),
        (1, [{"a": 1}], r"w \(\), got a \(\)"),
    ],
)
def test_wrong_shape(w, gradients, text):
    with pytest.raises(ValueError, match=text):
        trace(SGD, w, gradients)


def test_names():
    start = {"a": np.array(4.0), "b": [1, 2]}
    script = [{"a": 2, "b": [2, -4]}, {"b": [0, 8], "a": -6}]
    steps = trace(SGD, start, script, lr=0.5)
    assert steps[0]._fields == ("t", "name", "g", "v", "increment", "w")
    # In the order of the start, whatever that of the gradients.
    assert [step[:2] for step in steps] == [(1, "a"), (1, "b"), (2, "a"), (2, "b")]
    # Each name goes as it goes alone.
    assert [step.w for step in steps[::2]] == [3, 6]
    assert [step.w.tolist() for step in steps[1::2]] == [[0, 4], [0, 0]]
    assert repr(steps).splitlines() == [
        "t  name       g       v  increment      w",
        "1     a       2      -1         -1      3",
        "1     b  [2 -4]  [-1 2]     [-1 2]  [0 4]",
        "2     a      -6       3          3      6",
        "2     b   [0 8]  [0 -4]     [0 -4]  [0 0]",
    ]
    assert start["a"] == 4


def in_groups(model, lr, **more):
    first = Part(model, lambda layer, name: name == "a")
    rest = Part(model, lambda layer, name: name != "a")
    return Groups(Adam(first, lr=lr, **more), Adagrad(rest, lr=lr))


def test_function_that_builds_an_optimizer():
    start, script = {"a": 1, "b": 2}, [{"a": 3, "b": -1}, {"a": -2, "b": 5}]
    steps = trace(in_groups, start, script, lr=0.5, beta1=0)
    for rule, name, more in ((Adam, "a", {"beta1": 0}), (Adagrad, "b", {})):
        gradients = [gradient[name] for gradient in script]
        alone = trace(rule, start[name], gradients, lr=0.5, **more)
        found = [step for step in steps if step.name == name]
        for field in alone[0]._fields:
            expected = [getattr(step, field) for step in alone]
            assert [getattr(step, field) for step in found] == expected


def test_slot_that_a_name_does_not_have():
    steps = trace(in_groups, {"a": 1, "b": 2}, [{"a": 3, "b": -1}], lr=0.5)
    assert steps[0]._fields == ("t", "name", "g", "m", "v", "increment", "w")
    assert steps[0].m == pytest.approx(0.3)
    assert steps[1].m is None
    _, first, second = repr(steps).splitlines()
    # The column stays empty.
    assert (len(first.split()), len(second.split())) == (7, 6)
    assert len(first) == len(second)


def test_slots_of_other_shapes():
    (step,) = trace(Adafactor, np.ones((2, 3)), [np.ones((2, 3))])
    assert (step.row.shape, step.column.shape) == ((2, 1), (1, 3))
    assert step.v is None
    # Of a vector the other way round.
    (step,) = trace(Adafactor, [1, 2], [[3, 4]])
    assert (step.row, step.v.tolist()) == (None, [9, 16])


def test_errors_of_the_optimizer():
    with pytest.raises(ValueError, match="lr must be in"):
        trace(SGD, 1, [1], lr=-1)
    with pytest.raises(TypeError, match="beta1"):
        trace(SGD, 1, [1], beta1=0.5)


def test_exported():
    assert sorted(npoptim.__all__) == sorted(set(npoptim.__all__))
    assert all(hasattr(npoptim, name) for name in npoptim.__all__)
