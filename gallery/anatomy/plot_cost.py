r"""
What does a step cost?
======================

A step of a rule goes through every parameter, so its time should be in proportion to
their number. From how many parameters on is it, and what do the rules' further terms
and state arrays add?
"""

# %%
# One array of each size gets gradients of 1. A step is timed several times, and the
# fastest counts: whatever else the machine does can only add to it.

from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np

from npoptim import SGD, Adam, AMSGrad, Arrays, RMSprop
from npoptim.plotting import styles

sizes = [1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000]


def time_step(rule, size):
    model = Arrays(w=np.ones(size, np.float32))
    model.gradients["w"][...] = 1
    optimizer = rule(model)
    fastest = np.inf
    for _ in range(10 + 200_000 // size):
        started = perf_counter()
        optimizer.step()
        fastest = min(fastest, perf_counter() - started)
    return fastest


seconds = {
    rule.__name__: np.array([time_step(rule, size) for size in sizes])
    for rule in (SGD, RMSprop, Adam, AMSGrad)
}
each = {name: 1e9 * time / sizes for name, time in seconds.items()}

figure, axes = plt.subplots(layout="constrained")
for name, time in each.items():
    axes.loglog(sizes, time, marker="o", **styles(each)[name])
axes.set(
    title="Time of a step for each parameter",
    xlabel="parameters",
    ylabel="nanoseconds for each parameter",
)
axes.legend(each)
ends = (f"{name} from {time[0]:.1f} to {time[5]:.1f}" for name, time in each.items())
figure.set_label(
    "Time of a step for each parameter, both axes logarithmic. It falls, then levels "
    f"off: from 1,000 to 300,000 parameters, in nanoseconds, {', '.join(ends)}."
)
plt.show()

# %%
# In nanoseconds for each parameter, and in microseconds for the whole smallest step:

print("           " + "".join(f"{name:>9}" for name in each))
for i, size in enumerate(sizes):
    print(f"{size:11,}" + "".join(f"{time[i]:9.2f}" for time in each.values()))
print("all of 1000" + "".join(f"{1e6 * t[0]:7.1f} µs" for t in seconds.values()))

# %%
# On the left most of the time goes into the calls, one for each operation of the
# equations, however short the array is: ten times the parameters cost far less than
# ten times as much. With tens of thousands the arithmetic rules, and the time is nearly
# in proportion to the parameters. Every further term and state array adds to both: SGD,
# which has the fewest, is cheapest, then come RMSprop, Adam and AMSGrad.
#
# This is one run on one machine. With millions of parameters the arrays may no longer
# fit into the processor's cache. Then the memory sets the time, which other programs
# use, too, and a point there can lie far off. :doc:`/performance` compares such times
# with those of PyTorch.
#
# Try next: one step of Adam on 1,000 arrays of 1,000 elements each, instead of one
# array of a million. Which end of the curve does it cost?
