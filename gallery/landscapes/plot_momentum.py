r"""
Momentum is friction
====================

A velocity that survives from step to step carries the weights along. How much of it
should survive, and how long may the steps then be?

On a quadratic loss of curvature :math:`h`, descent with momentum :math:`\mu` and the
learning rate :math:`\lambda` moves by

.. math::

    w_t = (1 + \mu - \lambda h)\, w_{t-1} - \mu\, w_{t-2} .

The larger root of :math:`r^2 - (1 + \mu - \lambda h)\, r + \mu`, by absolute value, is
the factor by which :math:`w` shrinks per step in the long run:
:doc:`/story/momentum` has the derivation.
"""

import matplotlib.pyplot as plt
import numpy as np

from npoptim import SGD
from npoptim.plotting import shades
from npoptim.problems import Quadratic, descend

# A momentum has the same color in both figures.
colors = dict(zip((0, 0.25, 0.64, 0.9), shades(4), strict=True))


def walk(lh, mu, steps):
    """Walk from 1 where the curvature is 1, so that λh is the rate."""
    problem = Quadratic([1])
    return descend(problem, SGD(problem, lr=lh, momentum=mu), steps)[:, 0]


# %%
# How long the steps may be
# -------------------------
#
# The walk comes to rest where the root is below 1. The theory says
# :math:`\lambda h < 2(1 + \mu)`; the optimizer is asked, too, by 1,000 steps just
# below that limit and just above it.

lh = np.linspace(0, 4, 801)
figure, axes = plt.subplots(figsize=(6.4, 4.8), layout="constrained")
axes.axhline(1, color="gray", linewidth=1)
print("   μ   limit   |w| after 1,000 steps at")
print("               99 % of it   101 % of it")
for mu in (0, 0.25, 0.9):
    middle = (1 + mu - lh) / 2
    root = np.sqrt(middle**2 - mu + 0j)
    rate = np.maximum(abs(middle + root), abs(middle - root))
    limit = 2 * (1 + mu)
    axes.plot(lh, rate, color=colors[mu], label=f"μ = {mu}")
    axes.plot(limit, 1, "o", color=colors[mu])
    axes.text(limit - 0.05, 1.04, f"{limit:.1f}", ha="right")
    below = abs(walk(0.99 * limit, mu, 1000)[-1])
    above = abs(walk(1.01 * limit, mu, 1000)[-1])
    print(f"{mu:4}  {limit:6.1f}  {below:11.0e}  {above:12.0e}")
axes.set(xlabel="λh, rate times curvature", ylabel="largest |r|", ylim=(0, 1.5))
axes.legend(loc="lower right")
figure.set_label(
    "Largest root by rate times curvature. Without momentum it falls to 0 at 1 and is "
    "back at 1 at 2. With momentum 0.25 and 0.9 it has a flat floor, at 0.5 and at "
    "0.95, and reaches 1 at 2.5 and 3.8."
)
plt.show()

# %%
# More momentum stands longer steps, and its best factor is worse: on the floor of the
# curve it is :math:`\sqrt\mu`, whatever the curvature.
#
# Three ways to come to rest
# --------------------------
#
# What survives of the velocity is :math:`\mu`, so :math:`1 - \mu` is friction. Where
# :math:`\lambda h` is small, as in a flat direction, friction decides how the weight
# arrives. At :math:`\lambda h` = 0.04 both roots are equal for
# :math:`\mu = (1 - \sqrt{0.04})^2 = 0.64`; below that it creeps, above it swings.

figure, axes = plt.subplots(figsize=(6.4, 4.8), layout="constrained")
axes.axhline(0, color="gray", linewidth=1)
print("   μ   stays within 1 % from step   changes of sign before")
for mu, name in ((0.25, "overdamped"), (0.64, "critical"), (0.9, "underdamped")):
    path = walk(0.04, mu, 300)
    axes.plot(path[:101], color=colors[mu], label=f"μ = {mu}, {name}")
    rest = 1 + np.flatnonzero(abs(path) > 0.01)[-1]
    swings = (path[1:rest] * path[: rest - 1] < 0).sum()
    print(f"{mu:4}  {rest:26}  {swings:23}")
axes.set(xlabel="step t", ylabel="weight w")
axes.legend()
figure.set_label(
    "Weight by step at three momenta. At 0.25 it creeps to 0 from above, at 0.64 it "
    "falls to 0 soonest and stays, at 0.9 it swings through 0 several times."
)
plt.show()

# %%
# What came out
# -------------
#
# Too much friction creeps, too little swings; of these three the critical one is at
# rest first. But it is critical for one curvature only. A loss has many, and the
# momentum that :cite:t:`polyak1964` found for a range of them makes the flattest and
# the steepest critical at once. In :cite:t:`goh2017` the reader can move all this by
# hand.
#
# Try next: the same three at ten times the :math:`\lambda h`. Which of them is first
# then, and is it the critical one?
