r"""
How long may a step be?
=======================

A longer step gets on faster, until it gets too long. Where is the limit, and what
does it cost when a loss is steep in one direction and flat in another?

On the loss :math:`L(w) = \frac{h}{2} w^2` the gradient is :math:`h w`, and plain
descent with the learning rate :math:`\lambda` multiplies the weight at each step by
:math:`1 - \lambda h`. So it should converge for :math:`\lambda < 2/h` and no further:
:doc:`/story/descent` has the derivation. Here is the walk.
"""

import matplotlib.pyplot as plt

from npoptim import SGD
from npoptim.plotting import styles, trajectories
from npoptim.problems import Quadratic, descend

# %%
# One direction
# -------------
#
# With the curvature :math:`h` = 4 and the start :math:`w_0` = 1, four learning rates,
# each a share of :math:`1/h`:

h = 4
figure, grid = plt.subplots(
    2, 2, sharex=True, sharey=True, figsize=(6.4, 5), layout="constrained"
)
print("λh   1 - λh   w after 12 steps")
for axes, share in zip(grid.flat, (0.3, 1.9, 2, 2.1), strict=True):
    problem = Quadratic([h])
    path = descend(problem, SGD(problem, lr=share / h), 12)[:, 0]
    axes.axhline(0, color="gray", linewidth=1)
    axes.plot(path, **styles(["SGD"])["SGD"], marker="o", markersize=4)
    axes.set_title(f"λ = {share}/h")
    print(f"{share:3}  {1 - share:6.1f}  {path[-1]:17.2f}")
figure.supxlabel("step t", size="medium")
figure.supylabel("weight w", size="medium")
figure.set_label(
    "Weight by step at four learning rates. At 0.3/h it falls to 0 from one side. At "
    "1.9/h it jumps from side to side and shrinks, at 2/h it jumps between 1 and -1, "
    "at 2.1/h the jumps grow."
)
plt.show()

# %%
# Between 1.9/h and 2.1/h the walk turns from shrinking to growing. At 2/h it does
# neither.
#
# Two directions, one rate
# ------------------------
#
# Now a loss with the curvature 1 along one weight and 9 along the other, so that the
# condition number :math:`\kappa` is 9. Each direction has its own factor,
# :math:`1 - \lambda` and :math:`1 - 9\lambda`, and the one of larger size sets the
# pace. To measure it: what is left after 20 steps from (1, 1), as a factor per step.

print("   λ   flat  steep  slower")
for lr in (0.05, 0.1, 0.15, 0.19, 0.2, 0.21, 0.23):
    problem = Quadratic([1, 9])
    descend(problem, SGD(problem, lr=lr), 20)
    flat, steep = abs(problem.w) ** (1 / 20)
    print(f"{lr:4}  {flat:.3f}  {steep:.3f}   {max(flat, steep):.3f}")

# %%
# A larger rate speeds up the flat direction until the steep one becomes the slower of
# the two. The best of these rates is the one that makes them equal,
# :math:`\lambda = 2/(1 + 9) = 0.2`. The walk there:

problem = Quadratic([1, 9])
path = descend(problem, SGD(problem, lr=0.2), 12)
figure, axes = plt.subplots(figsize=(6.4, 6), layout="constrained")
levels = problem.value(path[:8:2].T)[::-1]
trajectories(problem, {"SGD": path}, axes, levels=levels)
axes.lines[0].set(markevery=1, markersize=4)
axes.set(xlabel="weight of curvature 1", ylabel="weight of curvature 9")
axes.legend(loc="lower left")
figure.set_label(
    "Plain descent on elliptic contours, three times as wide as high. The walk jumps "
    "across the narrow valley at every step, and creeps along it to the minimum."
)
plt.show()

# %%
# What came out
# -------------
#
# The steepest direction limits the rate, the flattest pays for it. At the best fixed
# rate both shrink by the same factor, 0.8, which is
# :math:`(\kappa - 1)/(\kappa + 1)`: one by creeping, the other by jumping across.
# What :cite:t:`goh2017` says of gradient descent is the same analysis, with figures
# that move.
#
# Try next: curvatures 1 and 100, at their best rate and at a tenth above it; or
# ``SGD(problem, lr=0.25, momentum=0.25)`` on the curvatures of this page, which is what
# :doc:`/story/momentum` arrives at.
