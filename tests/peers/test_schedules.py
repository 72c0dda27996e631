"""Every schedule against PyTorch, Optax and Keras, and what is said of them.

Step t here is step t - 1 there.
"""

import os
import warnings
from inspect import signature
from math import sqrt

import jax
import numpy as np
import optax
import pytest
import torch
from peers.walk import record
from torch.optim import lr_scheduler

os.environ["KERAS_BACKEND"] = "jax"
import keras
from keras.optimizers import schedules as keras_schedules

from npoptim import (
    Constant,
    CosineDecay,
    CosineRestarts,
    ExponentialDecay,
    InverseSquareRoot,
    OneCycle,
    PolynomialDecay,
    StepDecay,
    Warmup,
)

pytestmark = [pytest.mark.peers, pytest.mark.usefixtures("in_float64")]

STEPS = 150
# Of the largest rate. Most of PyTorch's schedulers multiply the last rate at each step,
# so 150 roundings of 1e-16 add up.
TOLERANCE = 1e-12
# The cosine of Keras is in float32, whatever its float type is.
KERAS_COSINE = 1e-6
VALUE = pytest.mark.parametrize("value", [0.1, 3.0])
END = pytest.mark.parametrize("end", [0.0, 0.02])
LENGTH = pytest.mark.parametrize("steps", [1, 7, 100])


class Rates(np.ndarray):
    """The rate of each step, and whose it is: a class of this package, or a peer."""

    def __array_finalize__(self, whole):
        self.of = getattr(whole, "of", None)


def rates_of(of, values):
    rates = np.array(values).view(Rates)
    rates.of = of
    return rates


def ours(schedule, steps=STEPS):
    return rates_of(type(schedule), [schedule(t) for t in range(1, steps + 1)])


def counted(schedule, steps=STEPS):
    """Return what a schedule of Optax or Keras has, which counts from 0."""
    is_keras = isinstance(schedule, keras_schedules.LearningRateSchedule)
    peer = "Keras" if is_keras else "Optax"
    return rates_of(peer, jax.vmap(schedule)(jax.numpy.arange(steps)))


def stepped(build, value, steps=STEPS, number="lr", **arguments):
    """Return the rate of each step under one of PyTorch's schedulers."""
    optimizer = torch.optim.SGD(
        [torch.nn.Parameter(torch.zeros(1))], lr=value, momentum=0.9
    )
    rates = []
    with warnings.catch_warnings():
        # SequentialLR itself does what PyTorch has deprecated.
        warnings.filterwarnings("ignore", "The epoch parameter in `scheduler.step")
        scheduler = build(optimizer, **arguments)
        for t in range(1, steps + 1):
            rates.append(optimizer.param_groups[0][number])
            optimizer.step()
            if t < steps:
                scheduler.step()
    # A function that PyTorch is given is no schedule of its own.
    return rates_of(None if build is lr_scheduler.LambdaLR else "PyTorch", rates)


def assert_close(rates, expected, tolerance=TOLERANCE):
    rates, expected = (np.asanyarray(side) for side in (rates, expected))
    size = np.abs(expected).max()
    sides = getattr(rates, "of", None), getattr(expected, "of", None)
    if isinstance(sides[0], type) and isinstance(sides[1], str):
        record(*sides, float(np.abs(rates - expected).max() / size))
    atol = tolerance * size
    np.testing.assert_allclose(rates, expected, rtol=0, atol=atol)


# The step's number


def test_first_step_of_each_takes_the_first_rate():
    schedule = ExponentialDecay(0.5, factor=0.25)
    rates = [0.5, 0.125]
    assert [schedule(1), schedule(2)] == rates

    w = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([w], lr=0.5)
    scheduler = lr_scheduler.ExponentialLR(optimizer, gamma=0.25)
    w.grad = torch.ones(1)
    points = [0.0]
    for _ in rates:
        optimizer.step()
        scheduler.step()
        points.append(w.item())
    np.testing.assert_array_equal(-np.diff(points), rates)

    rule = optax.sgd(optax.exponential_decay(0.5, 1, 0.25))
    gradient = jax.numpy.ones(())
    state = rule.init(gradient)
    for rate in rates:
        update, state = rule.update(gradient, state)
        assert float(update) == -rate

    there = keras.optimizers.SGD(keras_schedules.ExponentialDecay(0.5, 1, 0.25))
    variable = keras.Variable(0.0, dtype="float64")
    points = [0.0]
    for _ in rates:
        there.apply([keras.ops.convert_to_tensor(1.0)], [variable])
        points.append(float(variable.value))
    np.testing.assert_array_equal(-np.diff(points), rates)


def test_pytorchs_schedulers_multiply_the_rate_that_they_find():
    w = torch.nn.Parameter(torch.zeros(1))
    for build in (
        lambda o: lr_scheduler.StepLR(o, 1, gamma=0.5),
        lambda o: lr_scheduler.ExponentialLR(o, gamma=0.5),
        lambda o: lr_scheduler.PolynomialLR(o, total_iters=2),
    ):
        optimizer = torch.optim.SGD([w], lr=1.0)
        scheduler = build(optimizer)
        optimizer.param_groups[0]["lr"] = 6.0
        optimizer.step()
        scheduler.step()
        assert optimizer.param_groups[0]["lr"] == 3.0


# Schedule by schedule


@VALUE
def test_constant(value):
    assert_close(ours(Constant(value)), counted(optax.constant_schedule(value)))
    others = stepped(lr_scheduler.ConstantLR, value)
    np.testing.assert_allclose(others[:5], value / 3, rtol=1e-15)
    np.testing.assert_allclose(others[5:], value, rtol=1e-15)
    assert not [name for name in dir(keras_schedules) if name.startswith("Constant")]


@VALUE
@LENGTH
@pytest.mark.parametrize("factor", [0.1, 0.7, 1.5])
def test_step_decay(value, steps, factor):
    rates = ours(StepDecay(value, steps=steps, factor=factor))
    assert_close(
        rates, stepped(lr_scheduler.StepLR, value, step_size=steps, gamma=factor)
    )
    assert_close(
        rates, counted(optax.exponential_decay(value, steps, factor, staircase=True))
    )
    assert_close(
        rates,
        counted(keras_schedules.ExponentialDecay(value, steps, factor, staircase=True)),
    )


def test_step_decays_default():
    assert signature(lr_scheduler.StepLR).parameters["gamma"].default == 0.1
    assert StepDecay.hyperparameters["factor"].default == 0.1


@VALUE
@pytest.mark.parametrize("factor", [0.1, 0.9, 0.99, 1.0, 1.01])
def test_exponential_decay(value, factor):
    rates = ours(ExponentialDecay(value, factor=factor))
    assert_close(rates, stepped(lr_scheduler.ExponentialLR, value, gamma=factor))
    assert_close(rates, counted(optax.exponential_decay(value, 1, factor)))
    assert_close(rates, counted(keras_schedules.ExponentialDecay(value, 1, factor)))
    # The relative difference does not grow either.
    np.testing.assert_allclose(
        rates, counted(optax.exponential_decay(value, 1, factor)), rtol=TOLERANCE
    )


def test_exponential_decay_over_several_steps():
    rates = ours(ExponentialDecay(0.1, factor=0.5 ** (1 / 10)))
    for schedule in (optax.exponential_decay, keras_schedules.ExponentialDecay):
        assert_close(rates, counted(schedule(0.1, 10, 0.5)))
        arguments = signature(schedule).parameters
        assert arguments["decay_rate"].default is arguments["decay_rate"].empty


@VALUE
@LENGTH
@END
@pytest.mark.parametrize("power", [0.5, 1.0, 3.0])
def test_polynomial_decay(value, steps, end, power):
    rates = ours(PolynomialDecay(value, steps=steps, end=end, power=power))
    assert_close(rates, counted(optax.polynomial_schedule(value, end, power, steps)))
    assert_close(
        rates, counted(keras_schedules.PolynomialDecay(value, steps, end, power))
    )
    if end == 0:
        arguments = {"total_iters": steps, "power": power}
        assert_close(rates, stepped(lr_scheduler.PolynomialLR, value, **arguments))
    if power == 1:
        arguments = {"start_factor": 1, "end_factor": end / value, "total_iters": steps}
        assert_close(rates, stepped(lr_scheduler.LinearLR, value, **arguments))


def test_polynomial_decays_defaults():
    assert signature(lr_scheduler.PolynomialLR).parameters["total_iters"].default == 5
    there = signature(keras_schedules.PolynomialDecay).parameters
    assert there["end_learning_rate"].default == 1e-4
    assert counted(keras_schedules.PolynomialDecay(0.1, 10))[-1] == 1e-4
    assert stepped(lr_scheduler.PolynomialLR, 0.1)[-1] == 0


@VALUE
@LENGTH
@END
def test_cosine_decay(value, steps, end):
    rates = ours(CosineDecay(value, steps=steps, end=end))
    alpha = end / value
    assert_close(rates, counted(optax.cosine_decay_schedule(value, steps, alpha)))
    there = keras_schedules.CosineDecay(value, steps, alpha)
    assert_close(rates, counted(there), KERAS_COSINE)
    arguments = {"T_max": steps, "eta_min": end}
    theirs = stepped(lr_scheduler.CosineAnnealingLR, value, **arguments)
    down = min(steps + 1, STEPS)
    assert_close(rates[:down], theirs[:down])
    # PyTorch's goes back on the way by which it came.
    up = min(2 * steps + 1, STEPS)
    assert_close(theirs[down - 1 : up], rates[down - 1 :: -1][: up - down + 1])
    assert theirs[down:up].max() > rates[down:up].max()


@VALUE
@END
@pytest.mark.parametrize(("steps", "growth"), [(1, 1), (7, 1), (1, 2), (7, 2), (1, 3)])
def test_cosine_restarts(value, steps, end, growth):
    rates = ours(CosineRestarts(value, steps=steps, end=end, growth=growth))
    arguments = {"T_0": steps, "T_mult": growth, "eta_min": end}
    assert_close(
        rates, stepped(lr_scheduler.CosineAnnealingWarmRestarts, value, **arguments)
    )
    lengths = [steps * growth**i for i in range(1 + STEPS // steps)]
    while growth > 1 and sum(lengths[:-1]) > STEPS:
        lengths.pop()
    cycles = [
        {
            "init_value": value, "peak_value": value, "end_value": end,
            "warmup_steps": 0, "decay_steps": length,
        }
        for length in lengths
    ]  # fmt: skip
    assert_close(rates, counted(optax.sgdr_schedule(cycles)))
    there = keras_schedules.CosineDecayRestarts(
        value, steps, t_mul=growth, alpha=end / value
    )
    assert_close(rates, counted(there), KERAS_COSINE)


def test_restarts_defaults():
    there = signature(lr_scheduler.CosineAnnealingWarmRestarts).parameters
    assert there["T_mult"].default == 1
    there = signature(keras_schedules.CosineDecayRestarts).parameters
    assert there["t_mul"].default == 2
    assert CosineRestarts.hyperparameters["growth"].default == 1


def test_a_logarithm_misses_a_restart():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=1, T_mult=3)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The epoch parameter in `scheduler.step")
        optimizer.step()
        scheduler.step(121)
    # 1 + 3 + 9 + 27 + 81 steps are over.
    assert optimizer.param_groups[0]["lr"] == 0
    assert CosineRestarts(1, steps=1, growth=3)(122) == 1


@VALUE
@pytest.mark.parametrize("steps", [2, 10, 33, 150])
@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"pct_start": 0.25, "div_factor": 10.0, "final_div_factor": 3.0},
        {"pct_start": 0.9},
        {"pct_start": 0.0},
    ],
)
def test_one_cycle(value, steps, arguments):
    rates = ours(OneCycle(value, steps=steps, **arguments), steps)
    theirs = stepped(
        lr_scheduler.OneCycleLR, value, steps,
        max_lr=value, total_steps=steps, **arguments,
    )  # fmt: skip
    assert_close(rates, theirs)


def test_one_cycles_defaults():
    for schedule in (lr_scheduler.OneCycleLR, optax.cosine_onecycle_schedule):
        there = signature(schedule).parameters
        for name in ("pct_start", "div_factor", "final_div_factor"):
            assert there[name].default == OneCycle.hyperparameters[name].default


def test_one_cycle_of_the_momentum():
    momenta = stepped(
        lr_scheduler.OneCycleLR, 1.0, number="momentum", max_lr=1.0, total_steps=STEPS
    )
    schedule = OneCycle(0.85, steps=STEPS, div_factor=0.85 / 0.95, final_div_factor=1)
    assert_close(ours(schedule), momenta)
    assert (round(min(momenta.tolist()), 12), max(momenta.tolist())) == (0.85, 0.95)


def test_one_cycle_after_its_end():
    arguments = {"max_lr": 1.0, "total_steps": 10, "cycle_momentum": False}
    schedule = OneCycle(1, steps=10)
    theirs = stepped(lr_scheduler.OneCycleLR, 1.0, 11, **arguments)
    assert theirs[10] > 1000 * theirs[9]
    assert ours(schedule, 11)[10] == schedule(10) == pytest.approx(theirs[9])
    with pytest.raises(ValueError, match="Tried to step 11 times"):
        stepped(lr_scheduler.OneCycleLR, 1.0, 12, **arguments)


def test_one_cycle_in_optax_is_a_step_behind():
    there = counted(optax.cosine_onecycle_schedule(100, 1.0), 110)
    schedule = OneCycle(1, steps=100)
    assert (1 + there.argmax(), there[30]) == (31, 1.0)
    assert schedule(30) == 1
    # The steps before the end.
    assert (there > there[-1]).sum() == 100
    assert (ours(schedule, 110) > schedule(100)).sum() == 99
    assert round(float(np.abs(ours(schedule, 110) - there).max()), 3) == 0.030
    assert not [name for name in dir(keras_schedules) if "cycle" in name.lower()]


def test_the_papers_one_cycle_in_pytorch():
    theirs = stepped(
        lr_scheduler.OneCycleLR, 1.0, 100, max_lr=1.0, total_steps=100,
        anneal_strategy="linear", three_phase=True,
    )  # fmt: skip
    start, peak = 1 / 25, 1.0
    # Up to step 30, down to step 59, and below the start.
    np.testing.assert_allclose(theirs[:30], np.linspace(start, peak, 30), rtol=1e-12)
    np.testing.assert_allclose(theirs[29:59], np.linspace(peak, start, 30), rtol=1e-12)
    assert (theirs[59:] < start).all()


@VALUE
@END
@pytest.mark.parametrize("rise", [2, 5, 60])
@pytest.mark.parametrize("steps", [7, 100])
def test_warmup(value, end, rise, steps):
    rates = ours(Warmup(CosineDecay(value, steps=steps, end=end), steps=rise))
    n = rise - 1
    shown = min(rise + steps, STEPS)  # there PyTorch's cosine rises again

    def in_sequence(optimizer):
        first = lr_scheduler.LinearLR(
            optimizer, start_factor=1 / (n + 1), total_iters=n
        )
        fall = lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps, eta_min=end)
        return lr_scheduler.SequentialLR(optimizer, [first, fall], milestones=[n])

    assert_close(rates[:shown], stepped(in_sequence, value)[:shown])
    alpha = end / value
    joined = optax.join_schedules(
        [
            optax.linear_schedule(value / (n + 1), value, n),
            optax.cosine_decay_schedule(value, steps, alpha),
        ],
        boundaries=[n],
    )
    assert_close(rates, counted(joined))
    whole = optax.warmup_cosine_decay_schedule(
        value / (n + 1), value, warmup_steps=n, decay_steps=n + steps, end_value=end
    )
    assert_close(rates, counted(whole))
    there = keras_schedules.CosineDecay(
        value / (n + 1), steps, alpha=alpha, warmup_target=value, warmup_steps=n
    )
    assert_close(rates, counted(there), KERAS_COSINE)


def test_warmup_reaches_the_end_with_its_last_step():
    schedule = Warmup(CosineDecay(0.1, steps=900), steps=100)
    assert schedule(999) > schedule(1000) == 0


def test_warmups_default():
    there = signature(lr_scheduler.LinearLR).parameters
    assert there["start_factor"].default == 1 / 3


@pytest.mark.parametrize(("d_model", "steps"), [(512, 40), (64, 1), (1024, 4000)])
def test_inverse_square_root(d_model, steps):
    rates = ours(InverseSquareRoot(1 / sqrt(d_model * steps), steps=steps))

    def papers(count):
        t = count + 1
        return d_model**-0.5 * min(t**-0.5, t * steps**-1.5)

    assert_close(rates, np.array([papers(count) for count in range(STEPS)]))
    assert_close(rates, stepped(lr_scheduler.LambdaLR, 1.0, lr_lambda=papers))
    schedules = (*dir(lr_scheduler), *dir(optax.schedules), *dir(keras_schedules))
    names = [name.lower().replace("_", "") for name in schedules]
    assert not [n for n in names if "inversesq" in n or "rsqrt" in n or "noam" in n]
