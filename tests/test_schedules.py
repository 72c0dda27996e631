"""Schedules by themselves, and inside of an optimizer."""

import pickle
from copy import deepcopy
from math import cos, pi, sqrt

import numpy as np
import pytest

import npoptim
from npoptim import (
    SGD,
    Adam,
    Arrays,
    Constant,
    CosineDecay,
    CosineRestarts,
    DecoupledWeightDecay,
    ExponentialDecay,
    InverseSquareRoot,
    OneCycle,
    PolynomialDecay,
    Schedule,
    StepDecay,
    Warmup,
)

SCHEDULES = [
    Constant(0.3),
    StepDecay(0.3, steps=7),
    ExponentialDecay(0.3, factor=0.9),
    PolynomialDecay(0.3, steps=10, power=0.5),
    CosineDecay(0.3, steps=10, end=0.01),
    CosineRestarts(0.3, steps=3, growth=2),
    OneCycle(0.3, steps=10),
    Warmup(CosineDecay(0.3, steps=10), steps=4),
    Warmup(Warmup(Constant(0.3), steps=2), steps=4),
    InverseSquareRoot(0.3, steps=4),
]
every = pytest.mark.parametrize("schedule", SCHEDULES, ids=repr)


def values(schedule, steps):
    return [schedule(t) for t in range(1, steps + 1)]


def test_every_schedule_is_here():
    public = {
        cls
        for cls in map(vars(npoptim).get, npoptim.__all__)
        if isinstance(cls, type) and issubclass(cls, Schedule)
    }
    assert {type(schedule) for schedule in SCHEDULES} == public - {Schedule}


@every
def test_values_are_floats(schedule):
    assert {type(value) for value in values(schedule, 30)} == {float}


@every
def test_copies_are_alike(schedule):
    for copy in (deepcopy(schedule), pickle.loads(pickle.dumps(schedule))):
        assert repr(copy) == repr(schedule)
        assert values(copy, 30) == values(schedule, 30)


@every
def test_repr_builds_it_anew(schedule):
    again = eval(repr(schedule), vars(npoptim))
    assert values(again, 30) == values(schedule, 30)


@every
def test_nothing_is_kept_between_calls(schedule):
    forward = values(schedule, 30)
    assert [schedule(t) for t in range(30, 0, -1)] == forward[::-1]


# Ends


@pytest.mark.parametrize("steps", [1, 2, 7, 1000])
@pytest.mark.parametrize(
    ("cls", "more"),
    [
        (CosineDecay, {}),
        (PolynomialDecay, {}),
        (PolynomialDecay, {"power": 0.3}),
        (PolynomialDecay, {"power": 2.5}),
    ],
)
@pytest.mark.parametrize(("value", "end"), [(0.3, 0.0), (0.3, 0.1), (-1, 0.7)])
def test_both_ends_are_exact_and_the_last_is_kept(cls, more, steps, value, end):
    schedule = cls(value, steps=steps, end=end, **more)
    # end + (value - end) rounds.
    assert schedule(1) == pytest.approx(value, rel=1e-15, abs=1e-15)
    assert schedule(steps) != end
    assert {schedule(t) for t in (steps + 1, steps + 2, 10**9)} == {end}
    there = values(schedule, steps + 1)
    assert there == sorted(there, reverse=value > end)


@pytest.mark.parametrize("steps", [10, 30, 1000])
def test_one_cycle_meets_start_peak_and_end(steps):
    schedule = OneCycle(2, steps=steps, div_factor=4, final_div_factor=10)
    peak = 3 * steps // 10
    assert schedule(1) == pytest.approx(0.5, rel=1e-15)
    assert schedule(peak) == 2
    assert {schedule(t) for t in (steps, steps + 1, 10**9)} == {0.05}
    there = values(schedule, steps)
    assert there[:peak] == sorted(there[:peak])
    assert there[peak - 1 :] == sorted(there[peak - 1 :], reverse=True)


@pytest.mark.parametrize("pct_start", [0.0, 0.05, 0.1, 0.15, 0.33, 0.9, 0.999])
@pytest.mark.parametrize("steps", [1, 10])
def test_one_cycle_peaks_anywhere(steps, pct_start):
    schedule = OneCycle(2, steps=steps, pct_start=pct_start)
    there = values(schedule, steps)
    assert all(0 < value <= 2 for value in there)
    # The highest of the steps is next to the peak.
    assert abs(1 + np.argmax(there) - max(pct_start * steps, 1)) < 1
    assert there[-1] == schedule(10**6) == pytest.approx(2 / 25 / 1e4)


def test_one_cycle_with_its_peak_at_the_first_step():
    assert OneCycle(2, steps=10, pct_start=0.1)(1) == 2


def test_factors_and_powers_of_one_and_above():
    assert values(ExponentialDecay(3, factor=1), 5) == [3.0] * 5
    assert values(ExponentialDecay(3, factor=2), 4) == [3.0, 6.0, 12.0, 24.0]
    assert values(StepDecay(3, steps=1, factor=2), 4) == [3.0, 6.0, 12.0, 24.0]
    assert StepDecay(1, steps=10)(11) == 0.1


def test_a_fall_to_almost_nothing_is_no_error():
    assert ExponentialDecay(1, factor=0.5)(10**6) == 0
    assert StepDecay(1, steps=1)(10**6) == 0


# Restarts


def count_through_cycles(length, growth, steps):
    """Yield, for each step, the steps since the last restart and its cycle's length."""
    since = 0
    for _ in range(steps):
        yield since, length
        since += 1
        if since == length:
            since, length = 0, length * growth


@pytest.mark.parametrize(("steps", "growth"), [(7, 1), (7, 2), (1, 3), (100, 10)])
def test_restarts_are_at_exact_steps(steps, growth):
    schedule = CosineRestarts(2, steps=steps, end=0.5, growth=growth)
    counted = count_through_cycles(steps, growth, 100_000)
    for t, (since, length) in enumerate(counted, 1):
        assert schedule(t) == 0.5 + 1.5 * (1 + cos(pi * (since / length))) / 2


@pytest.mark.parametrize(("growth", "cycles"), [(1, 10**14), (2, 45), (3, 30)])
def test_restarts_do_not_drift(growth, cycles):
    schedule = CosineRestarts(2, steps=7, growth=growth)
    length = 7 * growth ** (cycles - 1)
    before = cycles if growth == 1 else (growth**cycles - 1) // (growth - 1)
    restart = 1 + 7 * before
    assert restart > 10**14
    assert schedule(restart) == 2
    assert schedule(restart - 1) == 1 + cos(pi * ((length - 1) / length))


def test_the_first_cycle_is_a_decay():
    arguments = {"value": 0.3, "steps": 9, "end": 0.1}
    restarts, decay = CosineRestarts(**arguments), CosineDecay(**arguments)
    assert values(restarts, 9) == values(decay, 9)
    assert restarts(10) == restarts(1) != decay(10)


# Warm-up


@pytest.mark.parametrize("steps", [1, 2, 5, 30])
@pytest.mark.parametrize(
    "then",
    [lambda t: 1 / t, lambda t: 3, CosineDecay(0.3, steps=10), OneCycle(1, steps=9)],
)
def test_warmup_hands_over(then, steps):
    schedule = Warmup(then, steps=steps)
    rise = [schedule(t) for t in range(1, steps + 1)]
    np.testing.assert_allclose(
        rise, then(1) * np.arange(1, steps + 1) / steps, rtol=1e-15
    )
    follows = [schedule(t) for t in range(steps, steps + 30)]
    assert follows == [then(t) for t in range(1, 31)]


def test_warmup_of_one_step_is_none():
    decay = CosineDecay(0.3, steps=10)
    assert values(Warmup(decay, steps=1), 20) == values(decay, 20)


def test_warmup_asks_for_no_step_before_the_first():
    asked = []
    schedule = Warmup(lambda t: asked.append(t) or 1.0, steps=4)
    values(schedule, 6)
    assert asked == [1, 1, 1, 1, 2, 3]


def test_warmup_to_a_constant_stays():
    schedule = Warmup(Constant(2), steps=4)
    assert values(schedule, 7) == [0.5, 1, 1.5, 2, 2, 2, 2]


@pytest.mark.parametrize("steps", [1, 4, 4000])
def test_the_transformers_rate(steps):
    d_model = 512
    schedule = InverseSquareRoot(1 / sqrt(d_model * steps), steps=steps)
    for t in (1, 2, 3, 4, 5, 3999, 4000, 4001, 100_000):
        rate = d_model**-0.5 * min(t**-0.5, t * steps**-1.5)
        assert schedule(t) == pytest.approx(rate, rel=1e-14)
    assert round(1 / sqrt(512 * 4000), 5) == 7.0e-4


# Arguments


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: Constant("1"), TypeError, "value must be a number in (-inf, inf)"),
        (lambda: Constant(np.nan), ValueError, "value must be in (-inf, inf), got nan"),
        (lambda: Constant(), TypeError, "missing a required argument: 'value'"),
        (lambda: StepDecay(1, steps=0), ValueError, "steps must be in [1, inf), got 0"),
        (lambda: StepDecay(1, steps=2.0), TypeError, "steps must be an int in [1"),
        (lambda: StepDecay(1, 2), TypeError, "too many positional arguments"),
        (
            lambda: StepDecay(1, steps=2, factor=0),
            ValueError,
            "factor must be in (0, inf), got 0",
        ),
        (
            lambda: ExponentialDecay(1, factor=-0.5),
            ValueError,
            "factor must be in (0, inf), got -0.5",
        ),
        (lambda: ExponentialDecay(1), TypeError, "missing a required"),
        (
            lambda: PolynomialDecay(1, steps=5, power=0),
            ValueError,
            "power must be in (0, inf), got 0",
        ),
        (lambda: CosineDecay(1, steps=True), TypeError, "steps must be an int"),
        (
            lambda: CosineDecay(1, steps=5, end=np.inf),
            ValueError,
            "end must be in (-inf, inf), got inf",
        ),
        (lambda: CosineDecay(1, step=5), TypeError, "did you mean 'steps'?"),
        (
            lambda: CosineRestarts(1, steps=5, growth=0),
            ValueError,
            "growth must be in [1, inf), got 0",
        ),
        (
            lambda: CosineRestarts(1, steps=5, growth=1.5),
            TypeError,
            "growth must be an int in [1, inf), got 1.5",
        ),
        (
            lambda: OneCycle(1, steps=5, pct_start=1),
            ValueError,
            "pct_start must be in [0, 1), got 1",
        ),
        (
            lambda: OneCycle(1, steps=5, div_factor=0),
            ValueError,
            "div_factor must be in (0, inf), got 0",
        ),
        (
            lambda: OneCycle(1, steps=5, final_div_factor=0),
            ValueError,
            "final_div_factor must be in (0, inf), got 0",
        ),
        (
            lambda: Warmup(0.1, steps=5),
            TypeError,
            "then must be a schedule or a function of the step, got 0.1: a number is "
            "Constant(number)",
        ),
        (lambda: Warmup(Constant(1)), TypeError, "a required argument: 'steps'"),
        (
            lambda: InverseSquareRoot(1, steps=-1),
            ValueError,
            "steps must be in [1, inf), got -1",
        ),
    ],
)
def test_bad_arguments(build, error, message):
    with pytest.raises(error) as caught:
        build()
    assert message in str(caught.value)


def test_a_number_is_checked_when_it_is_assigned():
    schedule = CosineDecay(1, steps=5)
    with pytest.raises(ValueError, match=r"steps must be in \[1, inf\), got 0"):
        schedule.steps = 0
    schedule.steps = 2
    assert schedule(3) == 0


def test_a_schedule_is_no_number_of_a_schedule():
    with pytest.raises(TypeError, match="value must be a number"):
        CosineDecay(Constant(1), steps=5)


def test_schedule_itself_has_no_equation():
    with pytest.raises(NotImplementedError, match=r"Schedule must define __call__\(\)"):
        Schedule()(1)


# Inside of an optimizer


GRADIENTS = np.random.default_rng(0).normal(size=(40, 3))


def walk(optimizer, gradients=GRADIENTS, before=None):
    """Return the weights after each step."""
    points = []
    for g in gradients:
        if before:
            before(optimizer)
        optimizer.model.gradients["w"][...] = g
        optimizer.step()
        points.append(optimizer.model.parameters["w"].copy())
    return np.array(points)


def build(cls=SGD, **arguments):
    return cls(Arrays(w=[1.0, -2.0, 0.5]), **arguments)


@every
def test_a_rate_is_as_if_set_by_hand(schedule):
    def set_rate(optimizer):
        optimizer.lr = schedule(optimizer.t + 1)

    by_hand = walk(build(momentum=0.9), before=set_rate)
    scheduled = build(lr=schedule, momentum=0.9)
    np.testing.assert_array_equal(walk(scheduled), by_hand)
    assert scheduled.lr == schedule(40)


class DecayedAdam(DecoupledWeightDecay, Adam):
    pass


@pytest.mark.parametrize(
    ("cls", "name"),
    [
        (SGD, "momentum"),
        (SGD, "weight_decay"),
        (Adam, "beta1"),
        (Adam, "beta2"),
        (Adam, "eps"),
        (DecayedAdam, "weight_decay"),
    ],
)
def test_any_number_may_have_a_schedule(cls, name):
    schedule = Warmup(PolynomialDecay(0.9, steps=20, end=0.1), steps=10)

    def set_number(optimizer):
        setattr(optimizer, name, schedule(optimizer.t + 1))

    by_hand = walk(build(cls, lr=0.1), before=set_number)
    scheduled = walk(build(cls, lr=0.1, **{name: schedule}))
    np.testing.assert_array_equal(scheduled, by_hand)
    constant = walk(build(cls, lr=0.1, **{name: schedule(1)}))
    assert np.abs(scheduled - constant).max() > 0.01


def test_two_numbers_with_schedules():
    rate = CosineDecay(0.1, steps=30)
    optimizer = build(lr=rate, momentum=lambda t: 1 - 1 / t)
    walk(optimizer)
    assert (optimizer.lr, optimizer.momentum) == (0.0, 1 - 1 / 40)


def test_one_schedule_serves_two_optimizers():
    schedule = OneCycle(0.1, steps=30)
    first, second = build(lr=schedule), build(lr=schedule)
    walk(first, GRADIENTS[:10])
    np.testing.assert_array_equal(walk(second)[:10], walk(build(lr=schedule))[:10])


@pytest.mark.parametrize(
    ("name", "schedule", "step", "message"),
    [
        (
            "lr",
            PolynomialDecay(0.3, steps=3, end=-0.1),
            4,
            "lr must be in [0, inf), got -0.1 from its schedule at step 4",
        ),
        (
            "momentum",
            lambda t: t / 4,
            4,
            "momentum must be in [0, 1), got 1.0 from its schedule at step 4",
        ),
    ],
)
def test_a_value_out_of_range_changes_nothing(name, schedule, step, message):
    optimizer = build(**({"lr": 0.1, "momentum": 0.5} | {name: schedule}))
    walk(optimizer, GRADIENTS[: step - 1])
    model = optimizer.model
    model.gradients["w"][...] = g = GRADIENTS[step]
    w, v = model.parameters["w"].copy(), optimizer.state["v"][0]["w"].copy()
    last = getattr(optimizer, name)
    for _ in range(2):
        with pytest.raises(ValueError, match="step 4") as caught:
            optimizer.step()
        assert str(caught.value) == message
        assert optimizer.t == step - 1
        assert getattr(optimizer, name) == last == schedule(step - 1)
        np.testing.assert_array_equal(model.parameters["w"], w)
        np.testing.assert_array_equal(optimizer.state["v"][0]["w"], v)
        np.testing.assert_array_equal(model.gradients["w"], g)
    # With another number it goes on.
    setattr(optimizer, name, 0.5)
    optimizer.step()
    assert optimizer.t == step


def test_a_first_value_out_of_range_is_refused_at_once():
    with pytest.raises(ValueError, match=r"got -1\.0 from its schedule at step 1"):
        build(lr=Constant(-1))
    optimizer = build(lr=0.1)
    with pytest.raises(ValueError, match=r"got -1\.0 from its schedule at step 1"):
        optimizer.lr = Constant(-1)
    assert (optimizer.lr, optimizer.schedules) == (0.1, {})


def test_a_number_ends_a_schedule_and_a_schedule_starts_at_the_present_step():
    schedule = PolynomialDecay(1, steps=10)
    optimizer = build(lr=schedule)
    walk(optimizer, GRADIENTS[:3])
    assert optimizer.lr == schedule(3)
    optimizer.lr = 0.25
    walk(optimizer, GRADIENTS[:2])
    assert (optimizer.lr, optimizer.schedules) == (0.25, {})
    optimizer.lr = schedule
    assert optimizer.lr == schedule(5)
    walk(optimizer, GRADIENTS[:1])
    assert (optimizer.lr, optimizer.schedules) == (schedule(6), {"lr": schedule})


def test_clear_begins_anew():
    optimizer = build(lr=CosineDecay(0.5, steps=20), momentum=0.9)
    first = walk(optimizer)
    optimizer.clear()
    assert optimizer.lr == 0.5
    optimizer.model.parameters["w"][...] = [1.0, -2.0, 0.5]
    np.testing.assert_array_equal(walk(optimizer), first)


def test_repr_shows_schedules_not_their_values():
    optimizer = build(lr=Warmup(Constant(0.1), steps=2), momentum=0.9)
    walk(optimizer, GRADIENTS[:1])
    assert repr(optimizer) == (
        "SGD(lr=Warmup(then=Constant(value=0.1), steps=2), momentum=0.9, "
        "nesterov=False, weight_decay=0.0)"
    )


@pytest.mark.parametrize("copy", [deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_of_an_optimizer_go_on_alike(copy):
    optimizer = build(lr=CosineRestarts(0.1, steps=5, growth=2), momentum=0.9)
    walk(optimizer, GRADIENTS[:7])
    other = copy(optimizer)
    np.testing.assert_array_equal(
        walk(other, GRADIENTS[7:]), walk(optimizer, GRADIENTS[7:])
    )
