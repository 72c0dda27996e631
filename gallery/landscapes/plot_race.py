r"""
A race down one valley
======================

Six rules start at the same place in a valley that is steep across and flat along. Each
may take 300 gradients. Who is down first, if each has the rate that suits it best?

The valley is a quadratic with the curvatures 1 and 100, turned by 30 degrees, so that
it runs along neither of the two weights.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

from npoptim import SGD, Adagrad, Adam, RMSprop
from npoptim.plotting import trajectories
from npoptim.problems import Quadratic, descend

rules = {
    "SGD": SGD,
    "Momentum": lambda problem, lr: SGD(problem, lr, momentum=0.9),
    "Nesterov": lambda problem, lr: SGD(problem, lr, momentum=0.9, nesterov=True),
    "Adagrad": Adagrad,
    "RMSprop": RMSprop,
    "Adam": Adam,
}

# %%
# The same search for each
# ------------------------
#
# A rule has arrived at the step from which on it stays within 0.05 of the minimum.
# Each is tried at the same 51 constant rates from 0.0001 to 10. The best one is that
# at which it arrives soonest. All other hyperparameters stay as they are here.

rates = np.geomspace(1e-4, 10, 51)


def arrival(path):
    """Return the first step from which on all points are near the minimum, 0."""
    with np.errstate(over="ignore"):  # some rates are far too high
        away = ~(np.hypot(*path.T) <= 0.05)
    return 1 + int(away.nonzero()[0][-1])


def race(angle):
    """Return each rule's path at its best rate, and print how it did."""
    print("           best rate  arrives at")
    best = {}
    for label, rule in rules.items():
        paths = {}
        for lr in rates:
            valley = Quadratic([1, 100], angle=angle)
            paths[lr] = descend(valley, rule(valley, lr=lr), 300)
        lr = min(rates, key=lambda lr: arrival(paths[lr]))
        best[label] = paths[lr]
        step = arrival(paths[lr])
        print(f"{label:10} {lr:9.4f}  {'never' if step > 300 else step:>10}")
    return best


paths = race(angle=30)

# %%
# The two with a velocity, and Adam, are down in about a third of the steps of plain
# descent, or fewer. The counts depend on the grid of rates: a finer one finds other
# best rates, and moves the counts by some steps. All these rates are inside of the
# range that was tried.
#
# The race
# --------
#
# The first 120 steps of each, from the square on the slope to the star, with the step
# at which it arrives. The button sets them in motion, two steps to a picture, as
# ``plt.show()`` does where the script is run. In a notebook,
# ``IPython.display.HTML(animation.to_jshtml())`` does.

figure, grid = plt.subplots(
    3, 2, sharex=True, sharey=True, figsize=(6.4, 9.6), layout="constrained"
)
lines = {}
for axes, (label, path) in zip(grid.flat, paths.items(), strict=True):
    valley = Quadratic([1, 100], angle=30)
    valley.limits = ((-0.4, 1.75), (-0.4, 1.75))
    trajectories(valley, {label: path[:121]}, axes, levels=8)
    axes.set(xlabel=None, ylabel=None, title=f"{label}: step {arrival(path)}")
    axes.get_legend().remove()
    lines[label] = axes.lines[0]
title = figure.suptitle("step 0")
figure.supxlabel("weight $w_1$", size="medium")
figure.supylabel("weight $w_2$", size="medium")


def draw(t):
    """Draw all paths up to step t."""
    for label, line in lines.items():
        line.set_data(*paths[label][: t + 1].T)
        line.set_markevery([t])
    title.set_text(f"step {t}")


animation = FuncAnimation(figure, draw, frames=range(2, 121, 2), interval=110)
figure.set_label(
    "Six paths in one valley, from a start on its slope, each in a picture of its own. "
    "Momentum and Adam swing across the floor, in turns that get shorter. Nesterov "
    "turns in soon. SGD and Adagrad jump across it and then creep along. RMSprop "
    "slants down to it, creeps along, and jumps about near the minimum."
)
plt.show()

# %%
# Who notices that the valley is turned?
# --------------------------------------
#
# The same race in a valley along the first weight. The start turns with it.

_ = race(angle=0)

# %%
# What came out
# -------------
#
# SGD, Momentum and Nesterov need exactly the steps and the rate that they needed
# before. What they do with a gradient is the same in every direction, so that a valley
# that is turned just turns their paths. Adagrad, RMSprop and Adam divide each weight's
# gradient by that weight's own size of gradients. Along the axes this undoes the
# difference between the curvatures, and it cannot where the valley runs across them.
# (That Adagrad arrives in a single step is luck besides: its first step is as long as
# the rate in both weights, and the start is 1 away in both.)
#
# So which rule is best is a question about the axes, too: about how a problem is
# written down. And no rule here was slowed by a rate chosen for another.
#
# References: :cite:t:`duchi2011` for steps of its own for each weight,
# :cite:t:`polyak1964` for momentum.
#
# Try next: ``race(angle=45)``. Who is slower there than at 30 degrees, and who cannot
# be?
