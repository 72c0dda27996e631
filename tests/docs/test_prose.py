"""The numbers that sentences of the story take from a run are what the run gives.

Each test writes its sentence with what it computes, and looks for it on the page. What
is not here: numbers that a block beside the sentence prints, arithmetic, which
``test_arithmetic.py`` reads, the settings of a run, and what papers say.
"""

import re
from inspect import signature
from math import ceil, floor
from pathlib import Path

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
    ExponentialAverage,
    PaperAdam,
    RMSprop,
    trace,
)
from npoptim.npnet import CrossEntropy, Linear, make_garments, sweep
from npoptim.npnet import train_fashion_mnist as train
from npoptim.problems import AdamCounterexample, Quadratic, descend

STORY = Path(__file__).parents[2] / "docs" / "story"
WORDS = {3: "three", 7: "seven", 10: "ten", 50: "fifty", 100: "hundred"}
TIMES = {2: "twice", 10: "ten times"}
PARTS = {10: "a tenth", 100: "a hundredth"}


def says(chapter, sentence):
    """Return whether a chapter has this piece of a sentence, wherever lines end."""
    page = (STORY / f"{chapter}.md").read_text(encoding="utf-8")
    # As whole words and numbers: 0.8 is not in 0.81.
    wanted = rf"(?<![\w.]){re.escape(sentence)}(?!\w|\.\d)"
    return re.search(wanted, " ".join(page.split())) is not None


def scientific(number):
    return np.format_float_scientific(number, precision=3, trim="-", exp_digits=1)


def lengths(optimizer_class, gradients, **arguments):
    """Return the lengths of the steps of one weight, in learning rates."""
    steps = trace(optimizer_class, 0, gradients, lr=1, **arguments)
    return np.abs([step.increment for step in steps])


def first(condition):
    """Return the number, from 1, of the first step of which it is true."""
    assert condition.any()
    return 1 + int(condition.argmax())


def final(h, steps, **arguments):
    """Return how far from the minimum a walk of SGD ends on a quadratic."""
    problem = Quadratic(h)
    return abs(descend(problem, SGD(problem, **arguments), steps)[-1]).max()


def default(optimizer_class, name):
    return signature(optimizer_class).parameters[name].default


# Defaults


@pytest.mark.parametrize("rule", [Adam, PaperAdam])
def test_defaults_of_adam(rule):
    corrected = "yes" if default(rule, "bias_correction") else "no"
    place = "inside" if default(rule, "eps_in_sqrt") else "outside"
    cells = (default(rule, "beta2"), corrected, scientific(default(rule, "eps")))
    row = " | ".join(map(str, cells))
    assert says("adam", f"| `{rule.__name__}` here | {row}, {place} |")


def test_defaults_of_adaptive_rules():
    cells = [
        f"{'inside' if default(rule, 'eps_in_sqrt') else 'outside'}, "
        f"{scientific(default(rule, 'eps'))}"
        for rule in (Adagrad, RMSprop)
    ]
    assert says("adaptive", f"| npoptim | {' | '.join(cells)} |")


# Descent


def test_best_rate_of_descent():
    factors = {lr / 100: final([1, 9], 1, lr=lr / 100) for lr in range(1, 30)}
    best = min(factors, key=factors.get)
    assert says("descent", rf"$\lambda$ is {best} and $\rho$ is {factors[best]:.3g}")


def test_weight_decay_takes_a_share():
    steps = trace(SGD, 1, [0, 0, 0], lr=0.5, weight_decay=0.2)
    shares = {round(-s.increment / (s.w - s.increment), 9) for s in steps}
    (share,) = shares
    assert says("descent", f"{PARTS[round(1 / share)]} goes at each step")


# Mini-batches and noise


def outputs(chapter, word):
    """Return the numbers of each line that blocks with this word in them print."""
    page = (STORY / f"{chapter}.md").read_text(encoding="utf-8")
    for block in re.findall(r"^```pycon\n(.*?)^```$", page, re.DOTALL | re.MULTILINE):
        if word in block:
            for line in block.splitlines():
                if not line.startswith((">>>", "...")):
                    yield [float(x) for x in re.findall(r"(?<!\S)\d[\d.]*", line)]


def test_means_of_runs_are_near_their_expectations():
    tables = [outputs("chance", word) for word in ("formula", "exact", "{A:")]
    pairs = [pair for table in tables for row in table for pair in in_pairs(row)]
    pairs += [(row[1], 1) for row in outputs("chance", "run[t] * 2**2")]
    assert len(pairs) == 6 * 3 + 5 + 3 + 5
    errors = [abs(run / expected - 1) for run, expected in pairs]
    assert max(errors) <= 3 * (2 / 1000) ** 0.5
    sentence = "No mean of runs in this chapter is further off than three such errors"
    assert says("chance", sentence)


def in_pairs(row):
    return [*zip(row[-2::-2], row[::-2], strict=False)]


def test_share_of_the_start_in_an_average():
    class AveragedSGD(ExponentialAverage, SGD):
        pass

    # The first step goes to 0, so that the average has nothing but the start.
    decay = default(AveragedSGD, "average_decay")
    steps = trace(AveragedSGD, 1, [1] + [0] * 999, lr=1)
    assert 1 / 3 < steps[-1].average < 1 / 2
    sentence = f"thousand steps with the default of {decay} that is still more than a"
    assert says("chance", f"{sentence} third")


def test_shuffled_epochs():
    x = np.array([1, 2, 3, 5, 9]) - 4
    rng, w, squares = np.random.default_rng(0), np.zeros(1000), []
    for sample in np.hstack(
        [rng.permuted(np.tile(x, (1000, 1)), axis=1) for _ in range(30)]
    ).T:
        w = w - 0.1 * (w - sample)
        squares.append((w**2).mean())
    early, middle, end = squares[-5], squares[-3], squares[-1]
    assert middle > early > 2 * end
    assert says("chance", "In the middle of an epoch there is more.")


def test_a_single_walk_where_samples_agree():
    factors = np.random.default_rng(0).choice([0.1, 1.7], (1000, 200))
    assert (factors.prod(axis=1) < 1e-9).mean() > 0.99
    assert says("chance", "almost every walk comes to 0")


# Momentum


def test_effective_rates():
    low, high = (
        TIMES[round(lengths(SGD, [1] * 500, momentum=mu)[-1])] for mu in (0.5, 0.9)
    )
    sentence = rf"{low} $\lambda$ at $\mu$ = 0.5, {high} at 0.9"
    assert says("momentum", sentence)


def test_bounds_of_damping():
    mu = 0.25
    rates = np.arange(1, 25) / 8
    # Swings have a complex pair of roots, and the bounds a double one.
    swings = rates[(1 + mu - rates) ** 2 <= 4 * mu]
    limit = min(lr for lr in rates if final([1], 300, lr=lr, momentum=mu) >= 1)
    sentence = f"the bounds are {swings[0]} and {swings[-1]}, and the limit is {limit}"
    assert says("momentum", sentence)


def test_critical_momentum():
    momenta = np.arange(100) / 100
    rates = [abs(np.roots([1, -(1 + mu - 0.04), mu])).max() for mu in momenta]
    critical = momenta[np.argmin(rates)]
    assert says("momentum", rf"$\lambda h$ = 0.04 it is $\mu$ = {critical} that is")


def test_factors_per_step():
    heavy, plain = (
        final([1, 9], 401, **settings) / final([1, 9], 400, **settings)
        for settings in ({"lr": 0.25, "momentum": 0.25}, {"lr": 0.2})
    )
    sentence = f"is {heavy:.1f} per step in the place of {plain:.1f}"
    assert says("momentum", sentence)


def test_factors_of_double_roots():
    early, later, late = (
        round(final([1, 9], t, lr=0.25, momentum=0.25) / 0.5**t) for t in (10, 20, 30)
    )
    assert says("momentum", f"right one is {early}, {later} and {late} times $0.5^t$")


# Adaptive rates


def test_rare_gradients():
    gradients = [[1, t % 10 == 0] for t in range(1, 101)]
    last = trace(Adagrad, [0, 0], gradients, lr=1)[-1].increment
    often, rare = (round(1 / length**2) for length in last)
    assert says("adaptive", rf"$1/\sqrt{{{often}}}$ and $1/\sqrt{{{rare}}}$")


def test_adagrad_remembers():
    last = lengths(Adagrad, [100] + [1] * 100)[-1]
    assert says("adaptive", f"Adagrad's step is still {PARTS[round(1 / last)]}")


def test_memories():
    def memory(decay_rate):
        steps = trace(RMSprop, 0, [1] + [0] * 200, decay_rate=decay_rate)
        return first(np.array([s.v for s in steps[1:]]) <= steps[0].v / np.e)

    short, long = WORDS[memory(0.9)], WORDS[memory(0.99)]
    assert says("adaptive", f"{short} steps with 0.9, a {long} with 0.99")


def test_way_back():
    gradients = [1] * 100 + [100] + [1] * 900
    short, long = (
        first(lengths(RMSprop, gradients, decay_rate=delta)[101:] >= 0.9)
        for delta in (0.9, 0.99)
    )
    assert long / short >= 3
    assert lengths(Adagrad, gradients)[101:].max() < 0.02
    sentence = "With 0.99 the way back takes several times as long as with 0.9"
    assert says("adaptive", f"{sentence}; for Adagrad there is none")


def test_first_step_of_rmsprop():
    short, long = (
        lengths(RMSprop, [5] * 1000, eps=0, decay_rate=delta) for delta in (0.9, 0.99)
    )
    assert first(long < 1.01) > first(short < 1.01)
    sentence = f"With 0.99 the first step is {long[0]:.0f} long, and settling takes"
    assert says("adaptive", f"{sentence} longer")


def test_least_denominator():
    root = Adagrad(Quadratic([1])).root(np.zeros(1)).item()
    assert says("adaptive", f"no denominator is below {scientific(root)}")


# Adam


def test_steps_without_correction():
    excess = lengths(Adam, [1] * 100, eps=0, beta2=0.999)
    low, high = WORDS[floor(excess.min())], WORDS[ceil(excess.max())]
    assert says("adam", f"hundred steps would be {low} to {high} times too long")


def test_steps_of_the_simplified_form():
    excess = lengths(Adam, [1] * 1000, eps=0)
    corrected = lengths(Adam, [1] * 1000, eps=0, bias_correction=True)
    ratio = excess / corrected
    assert 100 < first((ratio < 1.05) & (ratio.argmax() < np.arange(1000))) < 500
    sentence = f"up to about {TIMES[round(ratio.max())]} as long as corrected ones,"
    assert says("adam", f"{sentence} which is over after a few hundred steps")


def test_first_step_from_a_small_gradient():
    (length,) = lengths(Adam, [1e-3])
    sentence = f"a gradient of 1e-3 makes it only {length:.2f}"
    assert says("adam", rf"{sentence} $\lambda$ long")


def test_epsilon_hat_at_the_first_step():
    v = trace(Adam, 0, [1], beta2=0.999)[0].v
    assert says("adam", rf"\approx {v**-0.5:.0f}$ at step 1 with $\beta_2$ = 0.999")


def test_coupled_decay():
    gradients = [[(-1) ** t, 100 * (-1) ** t] for t in range(200)]
    without, coupled = (
        trace(PaperAdam, [1, 1], gradients, lr=0.01, weight_decay=alpha)[-1].w
        for alpha in (0, 0.001)
    )
    small, large = without - coupled
    times = WORDS[round(small / large)]
    assert says("adam", f"a {times} times as large decays a {times} times less")


def test_counterexample():
    near = []
    for optimizer_class in (Adam, AMSGrad):
        problem = AdamCounterexample()
        optimizer = optimizer_class(problem, lr=1, beta1=0, beta2=0.1, eps=0)
        path = []
        for t in range(1, 3001):
            optimizer.lr = 0.5 / t**0.5
            problem.compute_gradient()
            optimizer.step()
            problem.project()
            path.append(problem.w.item())
        far = abs(np.array(path) - path[-1]) >= 0.1
        near.append(first(~np.logical_or.accumulate(far[::-1])[::-1]))
    steps = WORDS[10 * ceil(max(near) / 10)]
    assert says("adam", f"near their ends within {steps} steps, and stay")


# Comparing optimizers


def test_pilot():
    epochs = signature(sweep).parameters["epoch"].default
    assert says("choosing", f"a linear model, {WORDS[epochs]} epochs")


def test_summed_and_averaged_gradients():
    size = signature(train).parameters["batch_size"].default
    images, labels = make_garments("train", n=1000)
    images = images[:size].astype(float)
    gradients = []
    for reduction in ("sum", "mean"):
        model, loss = Linear(784, 10, rng=0, dtype=np.float64), CrossEntropy(reduction)
        loss.forward(model.forward(images), labels[:size])
        model.backward(loss.backward())
        gradients.append(model.gradients["weight"].copy())
    summed, mean = gradients
    assert summed == pytest.approx(size * mean)
    sentence = f"a batch of {size} the summed gradient is a {WORDS[size]} times the"
    assert says("choosing", f"{sentence} mean one")
    assert says("choosing", f"it is {scientific(size * 1e-5)} on the mean")
    bound = RMSprop(model).root(0.0)
    assert 0 < abs(mean[mean != 0]).min() <= bound
    sentence = r"some averaged gradients are no larger than $\sqrt\varepsilon$"
    assert says("choosing", f"{sentence} = {scientific(bound)}")


# Which optimizer


def pilot_rate(rule):
    """Return the best rate that the pilot run prints for a rule."""
    page = (STORY / "choosing.md").read_text(encoding="utf-8")
    (rate,) = re.findall(rf"^{rule} +([\d.]+) [\d.]+$", page, re.MULTILINE)
    return float(rate)


def test_first_rates():
    adam = scientific(default(PaperAdam, "lr"))
    assert default(AdamW, "lr") == default(PaperAdam, "lr") == pilot_rate("Adam")
    assert says("../which", f"Adam, at the learning rate {adam}: {{class}}")
    assert says("../which", f"{{class}}`~npoptim.PaperAdam` at {adam}")
    assert says("../which", f"{{class}}`~npoptim.AdamW` at {adam}")
    adagrad = scientific(pilot_rate("Adagrad"))
    assert says("../which", f"{{class}}`~npoptim.Adagrad` at {adagrad}")
    size = signature(sweep).parameters["batch_size"].default
    rate = pilot_rate("Momentum")
    mean = f"Adam at {adam}, or momentum 0.9 at {scientific(size * rate)} on the mean"
    assert says("../which", f"{mean} loss, which is [{scientific(rate)} on the sum]")
    assert says("../which", f"over a batch of {size}.")
    adafactor = scientific(default(Adafactor, "lr"))
    assert says("../which", f"{{class}}`~npoptim.Adafactor` at {adafactor}")


def test_memory():
    n, m = 3, 5

    def size(rule):
        optimizer = rule(Arrays(w=np.zeros((n, m))))
        layers = [layer for slot in optimizer.state.values() for layer in slot]
        return sum(array.size for layer in layers for array in layer.values())

    assert size(Adafactor) == n + m
    assert size(PaperAdam) == 2 * n * m
    sentence = "Of an n by m matrix it keeps n + m numbers, where Adam keeps 2nm"
    assert says("../which", sentence)


def test_no_corrected_first_step_is_longer_than_the_rate():
    gradients = [10.0**k for k in range(-12, 9)]
    assert max(lengths(PaperAdam, [g]).item() for g in gradients) <= 1 + 1e-12
    assert says("../which", "no first step is longer than the rate")


def test_sum_or_mean_makes_no_difference_to_adamw():
    mean, summed = (
        trace(AdamW, 1, size * np.array([2, -6, 1]), eps=0, weight_decay=10)[-1].w
        for size in (1, 100)
    )
    assert mean == pytest.approx(summed)
    assert says("../which", "of the loss makes no difference")
