r"""
How long Adagrad and RMSprop remember
=====================================

Both rules divide the gradient by the size of earlier gradients. Adagrad sums their
squares, RMSprop takes a moving mean of them. What does that do to the length of a
step, when the gradient stays the same, and after one gradient that was large?

The length of a step is counted in learning rates:
:math:`|w_t - w_{t-1}| / \lambda`. With :math:`\lambda = 1` it is the size of the
increment.
"""

# %%
# A constant gradient
# -------------------
#
# RMSprop is run with two decay rates :math:`\delta`, 0.9 and 0.99. The gradient
# is 7 at each of 1000 steps; another size would cancel, too, but for the small
# :math:`\varepsilon`.

import matplotlib.pyplot as plt
import numpy as np

from npoptim import Adagrad, RMSprop, trace
from npoptim.plotting import styles

rules = {
    "Adagrad": (Adagrad, {}),
    "RMSprop, 0.9": (RMSprop, {"decay_rate": 0.9}),
    "RMSprop, 0.99": (RMSprop, {"decay_rate": 0.99}),
}


def step_lengths(gradients):
    lengths = {}
    for name, (rule, arguments) in rules.items():
        steps = trace(rule, 0, gradients, lr=1, **arguments)
        lengths[name] = np.abs([step.increment for step in steps])
    return lengths


constant = step_lengths([7] * 1000)

figure, axes = plt.subplots(layout="constrained")
for name, length in constant.items():
    axes.loglog(range(1, 1001), length, **styles(rules)[name], label=name)
axes.set(
    title="Constant gradient",
    xlabel="step t",
    ylabel="step length in learning rates",
)
axes.legend(title="rule, decay rate")
figure.set_label(
    "Step length over 1000 steps under a constant gradient, both axes logarithmic. "
    "Adagrad falls on a straight line from 1 to 0.03. RMSprop starts at 3 with decay "
    "rate 0.9 and at 10 with 0.99, and both come down to 1 and stay there."
)
plt.show()

# %%
# The lengths at some of the steps:

shown = np.array([1, 10, 100, 1000])
print("t =          " + "".join(f"{t:6}" for t in shown))
for name, length in constant.items():
    print(f"{name:13}" + "".join(f"{x:6.2f}" for x in length[shown - 1]))

# %%
# Adagrad's sum is :math:`t g^2` after :math:`t` steps, so a step is
# :math:`1 / \sqrt t` learning rates long: a tenth at step 100. RMSprop's mean is
# :math:`(1 - \delta^t)\, g^2`. It starts too small, so the first steps are too long,
# :math:`1 / \sqrt{1 - \delta}` at step 1; once it is full, a step is one
# learning rate long.
#
# One large gradient
# ------------------
#
# The gradient is 1, but for step 101, where it is 100.

large = step_lengths([1] * 100 + [100] + [1] * 900)

figure, axes = plt.subplots(layout="constrained")
for name, length in large.items():
    axes.semilogy(range(1, 1002), length, **styles(rules)[name], label=name)
axes.set(
    title="Gradient 1, and 100 at step 101",
    xlabel="step t",
    ylabel="step length in learning rates",
)
axes.legend(title="rule, decay rate", loc="lower right", bbox_to_anchor=(1, 0.12))
figure.set_label(
    "Step length over 1001 steps with one large gradient at step 101, vertical axis "
    "logarithmic. At the large gradient all three have a peak, then they drop. Adagrad "
    "stays at a hundredth. RMSprop climbs back to 1, within about a hundred steps with "
    "decay rate 0.9 and within several hundred with 0.99."
)
plt.show()

# %%
# What is left of it
# ------------------
#
# For each rule: the step right after the large gradient, the last step, and how many
# steps after the large gradient the length was back at a half.

print("               after     last  half at")
for name, length in large.items():
    after = length[101:]
    back = 1 + int((after >= 0.5).argmax()) if after.max() >= 0.5 else "never"
    print(f"{name:13}  {after[0]:.3f}   {after[-1]:.4f}  {back:>7}")

# %%
# In Adagrad's sum the large square counts as much as 10,000 squares of 1, and it is
# never taken out. RMSprop's decays by :math:`\delta` at each step, to
# :math:`1/e` in about :math:`1 / (1 - \delta)` steps: 10 with 0.9, 100 with 0.99. As
# long as it outweighs the other squares, the step should grow by about
# :math:`\sqrt e` = 1.65 in that time:

for name, memory in (("RMSprop, 0.9", 10), ("RMSprop, 0.99", 100)):
    growth = large[name][101 + memory] / large[name][101]
    print(f"{name:13}  in {memory:3} steps times {growth:.2f}")

# %%
# So the decay rate sets how soon a large gradient is forgotten, by
# :math:`1 / (1 - \delta)`; how many such times it takes until steps are long again
# depends on how large it was. Adagrad forgets nothing.
#
# Reference: :cite:t:`duchi2011` for Adagrad, :cite:t:`tieleman2012` for RMSprop. The
# equations are at :class:`~npoptim.Adagrad` and :class:`~npoptim.RMSprop`, their
# derivation in :doc:`/story/adaptive`.
#
# Try next: a large gradient of 10,000 in the place of 100, or gradients that shrink
# as :math:`1 / t`. Which rule still takes long steps at the end?
