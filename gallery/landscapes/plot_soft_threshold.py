r"""
What L1 sets to zero, and what descent leaves
=============================================

An L1 penalty is said to make weights zero, where L2 only makes them small. Does
descent find those zeros?

The loss here has one weight and would by itself put it at :math:`a`. With either
penalty of strength :math:`\alpha` it is

.. math::

    \tfrac{h}{2} (w - a)^2 + \alpha |w|
    \qquad\text{or}\qquad
    \tfrac{h}{2} (w - a)^2 + \tfrac{\alpha}{2} w^2 .

:doc:`/story/descent` derives both minimizers. The first is the soft threshold of
:math:`a`,

.. math::

    w^\ast = \operatorname{sign}(a) \max\bigl(|a| - \alpha/h,\; 0\bigr) ,

the second is :math:`a\,h/(h + \alpha)`.
"""

import matplotlib.pyplot as plt
import numpy as np

from npoptim import SGD, L1Optimizer
from npoptim.plotting import shades
from npoptim.problems import Problem, descend


class L1SGD(L1Optimizer, SGD):
    """Plain descent with the L1 penalty."""


class Pull(Problem):
    """A loss that pulls each weight to its own a."""

    def __init__(self, a, start):
        self.minimizers = np.array([a])
        super().__init__(start)

    def gradient(self, w):
        return h * (w - self.minimizers[0])


# %%
# Where the minimum is
# --------------------
#
# With :math:`h` = 2 and :math:`\alpha` = 1 the threshold :math:`\alpha/h` is 0.5. The
# lines are the formulas; the dots are where 2,000 steps at the rate 0.01 end, for 20
# values of :math:`a`, all from :math:`w_0` = 1.

h, alpha = 2, 1
colors = dict(zip(("L2", "L1"), shades(2), strict=True))
cases = {
    "L1": (L1SGD, lambda a: np.sign(a) * np.maximum(abs(a) - alpha / h, 0)),
    "L2": (SGD, lambda a: a * h / (h + alpha)),
}
a, fine = np.linspace(-2, 2, 20), np.linspace(-2, 2, 401)
figure, axes = plt.subplots(figsize=(6.4, 4.8), layout="constrained")
axes.plot(fine, fine, ":", color="gray", label="no penalty")
print("    at most off by   minima at 0   weights at 0")
for name, (optimizer_class, minimizer) in cases.items():
    problem = Pull(a, start=np.ones(20))
    optimizer = optimizer_class(problem, lr=0.01, weight_decay=alpha)
    found = descend(problem, optimizer, 2000)[-1]
    axes.plot(fine, minimizer(fine), color=colors[name], label=name)
    axes.plot(a, found, "o", color=colors[name], markersize=4)
    error = abs(found - minimizer(a)).max()
    zeros = (minimizer(a) == 0).sum(), (found == 0).sum()
    print(f"{name}  {error:14.4f}  {zeros[0]:12}  {zeros[1]:13}")
axes.set(xlabel="a, the minimum without a penalty", ylabel="minimizer w*")
axes.legend()
figure.set_label(
    "Minimizer against a. L2 is a straight line through 0, flatter than without a "
    "penalty. L1 is 0 between -0.5 and 0.5, and 0.5 closer to 0 outside. Dots, where "
    "descent ended, lie on or next to the lines."
)
plt.show()

# %%
# L2 has been found to all digits shown. L1 has not: where the minimum is at 0, the
# weights are near it, and none of them is 0.
#
# Hovering
# --------
#
# One such weight, with :math:`a` = 0.25, from :math:`w_0` = 0.3. Near 0 the penalty's
# force has its full size on both sides, so steps overshoot, and the force turns round.
# At 0 it is at most :math:`\alpha + h|a|`, and no swing is wider to one side than
# :math:`\lambda` times that: the dashed lines.

figure, stack = plt.subplots(
    2, sharex=True, sharey=True, figsize=(6.4, 5.6), layout="constrained"
)
print("  λ    largest |w|   bound on it   weights at 0")
for axes, lr in zip(stack, (0.1, 0.02), strict=True):
    problem = Pull([0.25], start=[0.3])
    optimizer = L1SGD(problem, lr=lr, weight_decay=alpha)
    path = descend(problem, optimizer, 100)[:, 0]
    bound = lr * (alpha + h * 0.25)
    axes.axhline(0, color="gray", linewidth=1)
    for edge in (-bound, bound):
        axes.axhline(edge, color="gray", linestyle="--", linewidth=1)
    axes.plot(path, "o-", color=colors["L1"], markersize=3, linewidth=1)
    axes.set_title(f"λ = {lr}")
    last = abs(path[50:])
    print(f"{lr:4}  {last.max():12.3f}  {bound:11.3f}  {(last == 0).sum():13}")
stack[-1].set_xlabel("step t")
figure.supylabel("weight w", size="medium")
figure.set_label(
    "Weight by step at two learning rates. Both fall toward 0 and then jump up and "
    "down across it: at 0.1 up to 0.15, at 0.02 up to a fifth of that."
)
plt.show()

# %%
# What came out
# -------------
#
# The penalty of :cite:t:`tibshirani1996` has its minimum at exactly 0 as soon as
# :math:`|a| \le \alpha/h`, but descent with the penalty's gradient only comes within a
# step of it, and stays there. The table is of the steps from 50 on. A smaller rate
# makes the swing smaller, and no weight becomes 0. So after training with
# :class:`~npoptim.L1Optimizer`, count weights below a small bound, not zeros.
#
# Try next: an optimizer of your own whose ``update`` applies the soft threshold, with
# :math:`\lambda\alpha` in the place of :math:`\alpha/h`, to the weights after the
# step without a penalty. How many of its 20 weights are 0?
