r"""
How close does noise let descent come?
======================================

The gradient of a mini-batch is the gradient of the loss and noise. Near the minimum the
gradient fades and the noise does not, so descent at a constant rate never comes to
rest. How far away does it stay, and what brings it closer?

On a quadratic loss of curvature :math:`h`, with noise of variance :math:`\sigma^2` and
the rate :math:`\lambda`,

.. math::

    \begin{aligned}
    \operatorname{E}[w_t^2] &= V + (1 - \lambda h)^{2t} (w_0^2 - V) , \\
    V &= \frac{\lambda \sigma^2}{h (2 - \lambda h)} .
    \end{aligned}

:doc:`/story/chance` derives it. Here it is run.
"""

import matplotlib.pyplot as plt
import numpy as np

from npoptim import SGD, CosineDecay, ExponentialAverage
from npoptim.plotting import shades, styles
from npoptim.problems import NoisyQuadratic


class AveragedSGD(ExponentialAverage, SGD):
    """Plain descent, evaluated at an average of the weights."""


def mean_square(steps, lr, noise=1.0, rule=SGD, **arguments):
    """Walk 1,000 times from 3, and return the mean of w² after each step."""
    problem = NoisyQuadratic(np.ones(1000), noise, rng=0, start=np.full(1000, 3))
    optimizer = rule(problem, lr, **arguments)
    found = [9.0]
    for _ in range(steps):
        problem.compute_gradient()
        optimizer.step()
        with optimizer.evaluation():
            found.append((problem.w**2).mean())
    return np.array(found)


# %%
# The floor
# ---------
#
# A thousand weights of curvature 1, each with noise of its own, are a thousand walks.
# The lines are the formula, the dots what the walks have. A mean of so many squares has
# a standard error of :math:`\sqrt{2/1000}`, or 4.5 %. That of the table, over the steps
# from 100 to 200 besides, has less.

t = np.arange(61)
cases = {(0.125, 1): "λ = 0.125", (0.25, 1): "λ = 0.25", (0.5, 1): "λ = 0.5"}
figure, axes = plt.subplots(figsize=(6.4, 4.8), layout="constrained")
print("  rate  noise   mean of w²   formula   below 0.5 at step")
for (lr, noise), color in zip([*cases, (0.5, 0.5)], [*shades(3), None], strict=True):
    found = mean_square(200, lr, noise)
    floor = lr * noise**2 / (2 - lr)
    if color:
        formula = floor + (1 - lr) ** (2 * t) * (9 - floor)
        axes.plot(t, formula, color=color, label=cases[lr, noise])
        axes.plot(t[::3], found[:61:3], "o", color=color, markersize=4)
    mean, first = found[100:].mean(), np.argmax(found < 0.5)
    print(f"{lr:6}  {noise:5}  {mean:11.4f}  {floor:8.4f}  {first:18}")
axes.set(xlabel="step t", ylabel="mean of w²", yscale="log")
axes.legend()
figure.set_label(
    "Mean square of the weight by step at three rates, on a logarithmic scale. The "
    "largest rate falls fastest, and stays highest, at a third; the smallest is slow, "
    "and comes down to a fifteenth. The dots lie on the lines."
)
plt.show()

# %%
# Half the rate has about half the floor, and takes about twice the steps. Half the
# noise, which is what four times the batch has, makes the floor a quarter. It takes no
# more steps, but each of them costs four times as much.
#
# Below it
# --------
#
# Four ways from the same start. At the rate 1/t, the weight is the mean of t samples,
# and its mean square 1/t. A cosine starts at 0.5 and ends at 0. The average is of a
# walk that stays at 0.5; it keeps 0.99 of itself at each step.

ways = {
    "SGD, λ = 0.5": {"lr": 0.5},
    "SGD, λ = 1/t": {"lr": lambda t: 1 / t},
    "SGD, cosine": {"lr": CosineDecay(0.5, steps=1000)},
    "SGD, average": {"lr": 0.5, "rule": AveragedSGD, "average_decay": 0.99},
}
figure, axes = plt.subplots(figsize=(6.4, 4.8), layout="constrained")
print("step            " + "".join(f"{t:10}" for t in (10, 100, 1000)))
for name, style in styles(ways).items():
    found = mean_square(1000, **ways[name])
    axes.plot(found, label=name.removeprefix("SGD, "), **style)
    print(f"{name:16}" + "".join(f"{found[t]:10.4f}" for t in (10, 100, 1000)))
axes.set(xlabel="step t", ylabel="mean of w²", xscale="log", yscale="log")
axes.set_xlim(1, 1000)
axes.legend(loc="lower left")
figure.set_label(
    "Mean square of the weight by step, on logarithmic scales. At the rate 0.5 it soon "
    "stays at a third. At 1/t it falls along a straight line to 0.001. The cosine "
    "leaves the floor slowly, and most of the way in the last few hundred steps. The "
    "average is high at first, falls below the floor between the steps 100 and 200, "
    "and comes to a floor of its own, at 0.005."
)
plt.show()

# %%
# What came out
# -------------
#
# The walks keep to the formula. At a constant rate the way down is quick and the floor
# is high, or the other way round. The rate 1/t is quick and ends low, but it has to be
# :math:`1/(ht)`, and only here is the curvature :math:`h` known. A planned fall, such
# as the cosine's, needs no curvature, but the length of the run. The average needs
# neither: its floor is near (1 - 0.99) / 2 = 0.005, and what it costs is its memory of
# the start, which lasts for some hundred steps.
#
# That a rate may fall like 1/t is from :cite:t:`robbins1951`. :cite:t:`polyak1992` take
# the average of all steps alike.
#
# Try next: ``"average_decay": 0.9``. When is it below the floor, and where does it
# stay? Or ``"lr": lambda t: 0.25 / t``, the right rate for four times the curvature.
