r"""
Which minimum is found
======================

Where a loss has several minima, a walk ends in one of them. Does the start decide in
which, or the rule?

:class:`~npoptim.problems.Himmelblau` has four minima of the same depth around a hill.
The walks start on that hill, at (0, -1).
"""

import matplotlib.pyplot as plt
import numpy as np

from npoptim import SGD, Arrays, Optimizer, PaperAdam
from npoptim.plotting import styles, trajectories
from npoptim.problems import Himmelblau, descend

# %%
# Two rules, two minima
# ---------------------
#
# Descent and Adam differ in two things: the length of a step, and its direction. Two
# rules in between tell them apart. One takes the gradient's direction, but all of its
# steps have one length. The other takes of each weight's gradient the sign alone.
# Adam is the paper's.


class Unit(Optimizer):
    elementwise = False

    def update(self, w, g):
        return -self.lr * g / np.linalg.norm(g, axis=0)


class Sign(Optimizer):
    def update(self, w, g):
        return -self.lr * np.sign(g)


rules = {"SGD": SGD, "SGD, one length": Unit, "Adam, sign": Sign, "Adam": PaperAdam}
rates = (0.001, 0.003, 0.01)
print("ends at   " + "".join(f"λ = {lr}".rjust(14) for lr in rates))
paths = {}
for name, rule in rules.items():
    ends = ""
    for lr in rates:
        problem = Himmelblau()
        paths[name] = descend(problem, rule(problem, lr), 6000)
        ends += "({:.1f}, {:.1f})".format(*problem.w).rjust(14)
    print(name.split(", ")[-1].ljust(10) + ends)

figure, axes = plt.subplots(figsize=(6.4, 6.4), layout="constrained")
trajectories(Himmelblau(), paths, axes)
axes.set(xlim=(-1, 5), ylim=(-3, 3))
axes.legend(loc="upper left")
figure.set_label(
    "Four walks from (0, -1), at the rate 0.01. SGD and steps of one length go right "
    "and then down to (3.6, -1.8), on almost the same line. Adam and the signs leave "
    "on the diagonal, up to (3, 2)."
)
plt.show()

# %%
# The length of a step changes nothing here, and neither does the rate: it is the
# division of each weight's gradient by its own size. At the start the gradient is
# (-12, 0). After the first step its second component is just below 0, so descent goes
# on almost level. Adam's steps are about as long in both weights, so it climbs the
# diagonal, into the other valley.
#
# Starts beside it
# ----------------
#
# 1,000 starts around (0, -1), normal with a standard deviation of 0.1 in both weights.
# All walk at once, at the rate 0.01: the array has a column for each.


def minimum(rule, starts):
    """Return the number of the minimum at which each walk ends."""
    model, problem = Arrays(w=starts.copy()), Himmelblau()
    optimizer, w = rule(model, 0.01), model.parameters["w"]
    for _ in range(2000):
        model.gradients["w"][...] = problem.gradient(w)
        optimizer.step()
    return np.linalg.norm(problem.minimizers[..., None] - w, axis=1).argmin(axis=0)


near = np.random.default_rng(0).normal([[0], [-1]], 0.1, (2, 1000))
rules = {"β2 = 0.9": lambda model, lr: PaperAdam(model, lr, beta2=0.9), **rules}
print("ends at    (3, 2)  (-2.8, 3.1)  (-3.8, -3.3)  (3.6, -1.8)")
for name, rule in rules.items():
    found = minimum(rule, near)
    counts = np.bincount(found, minlength=4)
    print("{:10}{:7}{:13}{:14}{:13}".format(name.split(", ")[-1], *counts))
for side, chosen in {"above": near[1] > -1, "below": near[1] < -1}.items():
    print(f"start {side} -1, Adam at (3, 2): {(found[chosen] == 0).mean():.0%}")

# %%
# Signs lead to (3, 2) even from below: they first go down, until the gradient turns.
# Adam divides by a mean of squares, which remembers the larger gradients from before
# the turn. Its steps back are too short, so most end where the first step points. In
# the first row :math:`\beta_2` is 0.9 in the place of 0.999, which remembers some ten
# steps and not a thousand, and Adam ends where the signs do.
#
# All starts
# ----------
#
# On a grid over the whole picture, the borders between starts that end in one minimum
# and starts that end in another. Both rules have the rate 0.01.

grid = np.array(np.meshgrid(*[np.linspace(-5, 5, 101)] * 2))
figure, axes = plt.subplots(figsize=(6.4, 6.4), layout="constrained")
trajectories(Himmelblau(), {}, axes)
ends = {}
for name, look in styles(["SGD", "Adam"]).items():
    ends[name] = minimum(rules[name], grid.reshape(2, -1))
    for i in range(4):
        inside = (ends[name] == i).reshape(101, 101)
        axes.contour(*grid, inside, levels=[0.5], colors=look["color"], linewidths=2)
    axes.plot([], **look, linewidth=2, label=name)
axes.legend(loc="lower left")
figure.set_label(
    "Borders between the starts that end in one of four minima and in another. On the "
    "left SGD's and Adam's are close. On the right Adam's begins lower and rises more "
    "steeply: of the starts between, those below the middle go up with Adam and down "
    "with SGD."
)
plt.show()
print(f"{(ends['SGD'] != ends['Adam']).mean():.1%} of the starts end elsewhere")

# %%
# What came out
# -------------
#
# The start decides for most, and the rule for those near a border. What counted there
# was not how long the steps are, but that Adam rescales each weight by its own
# gradients, and what it remembers of them. It is no better or worse for that: the four
# minima are equally deep.
#
# References: :cite:t:`himmelblau1972` for the loss, :cite:t:`kingma2015` for Adam.
#
# Try next: the first table for ``SGD(model, lr, momentum=0.9)`` with rates below 0.01,
# and at 0.02. Does a velocity change the minimum?
