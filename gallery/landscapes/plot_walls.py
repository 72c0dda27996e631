r"""
Down a wall, onto a plain
=========================

A gradient of 100,000 at the start, gradients of 1 for the rest of the way: what does a
rule do with the first, and what does the first do to the rule?

:class:`~npoptim.problems.Beale` has both. It rises steeply toward its corners, and is
nearly flat around the minimum at (3, 0.5).
"""

import matplotlib.pyplot as plt
import numpy as np

from npoptim import SGD, Adagrad, Arrays, PaperAdam, RMSprop
from npoptim.plotting import styles
from npoptim.problems import Beale, descend

# %%
# From one corner
# ---------------
#
# All start at (4, -4). A rule has arrived at the step from which on it stays within 0.1
# of the minimum. Descent has two rates, with one of which it diverges. Adam is the
# paper's, once with the usual :math:`\beta_2` = 0.999 and once with 0.9, as RMSprop.

rules = {
    "SGD": (SGD, 1e-5),
    "SGD, 10 times": (SGD, 1e-4),
    "Adagrad": (Adagrad, 0.1),
    "RMSprop": (RMSprop, 0.01),
    "Adam": (PaperAdam, 0.01),
    "Adam, β2 = 0.9": (lambda model, lr: PaperAdam(model, lr, beta2=0.9), 0.01),
}
print(
    "length of the first gradient:", np.linalg.norm(Beale().gradient([4, -4])).round()
)
print("                  rate  arrives at  after 20,000 steps at")
figure, axes = plt.subplots(figsize=(6.4, 4.8), layout="constrained")
for name, (rule, lr) in rules.items():
    problem = Beale([4, -4])
    path = descend(problem, rule(problem, lr), 20000)
    distance = np.hypot(*(path - Beale.minimizers).T)
    away = (~(distance < 0.1)).nonzero()[0][-1] + 1
    when = away if away <= 20000 else "never"
    print(f"{name:16} {lr:5}  {when:>10}  ({path[-1, 0]:.1f}, {path[-1, 1]:.1f})")
    axes.loglog(range(1, 20001), distance[1:], **styles(rules)[name], label=name)
axes.set(xlabel="step t", ylabel="distance to the minimum", ylim=(0.05, 20))
axes.legend(loc="lower left")
figure.set_label(
    "Distance to the minimum by step, both axes logarithmic. SGD leaves upward at the "
    "higher rate and creeps at the lower. RMSprop and Adam with 0.9 arrive after some "
    "600 steps. Adam with 0.999 stands still for 10,000 steps before it arrives, and "
    "Adagrad never does."
)
plt.show()

# %%
# With the rate that the wall allows, descent creeps on the plain. Adagrad, RMSprop and
# Adam come down the wall in short steps, since they divide by the gradient's size. But
# then they divide by what they remember of it. Adagrad never forgets.
#
# How long Adam remembers can be computed. Of a first gradient :math:`G` the mean of
# squares keeps :math:`(1 - \beta_2) \beta_2^t G^2`, and that has fallen to 1 at

for beta2 in (0.9, 0.999):
    wall = np.linalg.norm(Beale().gradient([4, -4]))
    step = np.log((1 - beta2) * wall**2) / -np.log(beta2)
    print(f"β2 = {beta2}: step {step:.0f}")

# %%
# Many starts
# -----------
#
# Not one corner, but 300 starts anywhere right of 1.5, on a wall if the first gradient
# is longer than 1,000. Who arrives within 2,000 steps, at three rates each, and who is
# lost?

starts = np.random.default_rng(0).uniform([[1.5], [-4.5]], 4.5, (2, 300))
steep = np.linalg.norm(Beale().gradient(starts), axis=0) > 1000


def shares(rule, lr):
    model = Arrays(w=starts.copy())
    optimizer, w = rule(model, lr), model.parameters["w"]
    with np.errstate(all="ignore"):  # some walks diverge
        for _ in range(2000):
            model.gradients["w"][...] = Beale().gradient(w)
            optimizer.step()
        there, lost = np.hypot(*(w - Beale.minimizers.T)) < 0.1, ~np.isfinite(w[0])
    return there[~steep].mean(), there[steep].mean(), lost[steep].mean()


print(f"starts: {(~steep).sum()} on the plain, {steep.sum()} on a wall")
print("                   rate  plain   wall  wall, lost")
del rules["SGD, 10 times"]
for name, (rule, lr) in rules.items():
    for rate in lr * np.array([1, 10, 1000] if name == "SGD" else [0.3, 1, 3]):
        plain, wall, lost = shares(rule, rate)
        print(f"{name:15} {rate:7.2g} {plain:6.0%} {wall:6.0%} {lost:11.0%}")

# %%
# What came out
# -------------
#
# Descent needs a rate for the wall and another for the plain, and has one. Rules that
# divide by recent gradients come down any wall, and then it matters how soon they
# forget it: RMSprop and Adam with :math:`\beta_2` = 0.9 in about two hundred steps,
# Adam with 0.999 in more than these walks have. On the plain alone, where there is less
# to forget, Adam with 0.999 is slower than with 0.9, too. What else a short memory does
# is in :doc:`/auto_gallery/anatomy/plot_amsgrad`.
#
# References: :cite:t:`beale1958` for the loss, :cite:t:`kingma2015` for Adam,
# :cite:t:`duchi2011` for Adagrad.
#
# Try next: descent with gradients that are cut to a length of at most 1. Which rates
# does the wall allow then? Or Adam with 0.999 from (4, -4), and a new optimizer with
# empty memory after 500 steps.
