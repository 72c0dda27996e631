r"""
A loss that Adam climbs
=======================

Can Adam climb where it should descend, on losses that are straight lines? Those of
:cite:t:`reddi2018` are :math:`3 w` at every third step and :math:`-w` at the two
between. On average that is :math:`w / 3`, so :math:`w` should fall.
"""

# %%
# Ten rounds
# ----------
#
# The paper's hyperparameters for this loss are :math:`\beta_1 = 0` and
# :math:`\beta_2 = 1 / (1 + 3^2)` = 0.1.

import matplotlib.pyplot as plt
import numpy as np

from npoptim import Adam, AMSGrad, trace
from npoptim.plotting import styles
from npoptim.problems import AdamCounterexample

looks = styles(["Adam", "AMSGrad"])
settings = {"lr": 1, "beta1": 0, "beta2": 0.1, "eps": 0}
gradients = [3, -1, -1] * 10

figure, axes = plt.subplots(layout="constrained")
for rule in (Adam, AMSGrad):
    steps = trace(rule, 0, gradients, **settings)
    path, name = [0] + [step.w for step in steps], rule.__name__
    axes.plot(path, marker=".", **looks[name], label=name)
axes.set(
    title="Learning rate 1, no bounds",
    xlabel="step t",
    ylabel="weight w",
)
axes.legend()
figure.set_label(
    "Weight over 30 steps from 0. Both rules go down at every third step and up at "
    "the two between. Adam's line rises to about 7, AMSGrad's falls to below -3."
)
plt.show()

# %%
# The three steps of the tenth round:

for rule in (Adam, AMSGrad):
    last = trace(rule, 0, gradients, **settings)[-3:]
    increments = [step.increment for step in last]
    text = "  ".join(f"{x:+.2f}" for x in increments)
    print(f"{rule.__name__:7}  {text}  sum {sum(increments):+.2f}")

# %%
# The gradient of 3 has been mostly forgotten one step later, as :math:`\beta_2` = 0.1
# is the share of :math:`v` that survives a step. So Adam's two steps up are nearly as
# long as the one down, and two beat one. AMSGrad divides all three by the same number,
# the largest :math:`\sqrt v` so far, and its steps keep the proportions of the
# gradients: 3 to 1.
#
# As in the paper
# ---------------
#
# There :math:`w` is held in [-1, 1] and the learning rate falls as
# :math:`1 / \sqrt t`, here from 0.5. The best point is -1 and the worst is 1:
# :class:`~npoptim.problems.AdamCounterexample`.


def walk(rule):
    problem = AdamCounterexample()
    optimizer = rule(problem, **settings)
    path = []
    for t in range(1, 3001):
        optimizer.lr = 0.5 / t**0.5
        problem.compute_gradient()
        optimizer.step()
        problem.project()
        path.append(problem.w.item())
    return np.array(path)


paths = {rule.__name__: walk(rule) for rule in (Adam, AMSGrad)}

figure, axes = plt.subplots(layout="constrained")
for name, path in paths.items():
    axes.semilogx(range(1, 3001), path, **looks[name], label=name)
axes.set(
    title="Falling rate, weight within [-1, 1]",
    xlabel="step t",
    ylabel="weight w",
)
axes.legend(loc="center right")
figure.set_label(
    "Weight over 3000 steps from 0, horizontal axis logarithmic. Adam's line zigzags "
    "up to 1, AMSGrad's down to -1. Both arrive before step 100 and stay close."
)
plt.show()

# %%
# Where :math:`w` is at the end, and at which step it first came within 0.01 of that:

for name, path in paths.items():
    near = 1 + int((abs(path - path[-1]) < 0.01).argmax())
    print(f"{name:7}  {path[-1]:+.2f}  step {near}")

# %%
# Adam ends at the worst point, AMSGrad beside the best. A falling rate does not save
# Adam: within a round it shortens the steps up and the step down nearly alike.
#
# Reference: :cite:t:`reddi2018`, section 3 and theorem 1. There is more on both rules
# in :doc:`/story/adam`, and at :class:`~npoptim.AMSGrad`.
#
# Try next: Adam with :math:`\beta_2` = 0.9 or 0.99, so that it remembers for longer
# than a round. Does it still climb?
