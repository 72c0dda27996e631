r"""
Leaving a saddle
================

At a saddle the gradient is zero and yet it is no minimum. A walk that comes down a
ridge slows down there. How many steps does each rule need to get away, and what
decides it?

The loss here is :class:`~npoptim.problems.Saddle`,

.. math::

    L(w) = \frac{w_1^2 - w_2^2}{2} + \frac{w_2^4}{4} ,

with the ridge :math:`w_2 = 0`, which leads down to the saddle at the origin, and the
minima (0, 1) and (0, -1) on its two sides.
"""

import matplotlib.pyplot as plt
import numpy as np

from npoptim import SGD, Adagrad, PaperAdam, RMSprop
from npoptim.plotting import styles, trajectories
from npoptim.problems import Saddle, descend

# %%
# One start, one first step
# -------------------------
#
# All start at (1, 1e-6), a millionth beside the ridge. No rate is the same thing to
# two rules, so each has the one with which its first step along :math:`w_1` is 0.1
# long. Adam is the paper's.

rules = {
    "SGD": lambda model: SGD(model, 0.1),
    "Momentum": lambda model: SGD(model, 0.1, momentum=0.9),
    "Nesterov": lambda model: SGD(model, 0.1 / 1.9, momentum=0.9, nesterov=True),
    "Adagrad": lambda model: Adagrad(model, 0.1),
    "RMSprop": lambda model: RMSprop(model, 0.1 * 0.1**0.5, decay_rate=0.9),
    "Adam": lambda model: PaperAdam(model, 0.1),
}


def walk(name, problem):
    return descend(problem, rules[name](problem), 200)


def steps_off(path):
    """Count the steps until w2 is 0.2 or more in size; 0 if it never is."""
    return (abs(path[:, 1]) >= 0.2).argmax()


paths = {name: walk(name, Saddle((1, 1e-6))) for name in rules}
figure, axes = plt.subplots(figsize=(6.4, 6.4), layout="constrained")
# The last is drawn on top: that is to be plain descent.
trajectories(Saddle(), dict(reversed(paths.items())), axes)
figure.set_label(
    "Paths from a start at the right, on the ridge. SGD, Momentum and Nesterov follow "
    "it to the saddle and turn off there. Adagrad, RMSprop and Adam leave it at once "
    "and go slantwise to the upper minimum."
)
plt.show()

# %%
# How near each came to the saddle, and how many steps it took until :math:`w_2` was
# 0.2 in size:

print("          first step  nearest  steps")
for name, path in paths.items():
    nearest = np.linalg.norm(path, axis=1).min()
    print(f"{name:8}  {1 - path[1, 0]:10.2f}  {nearest:7.4f}  {steps_off(path):5}")

# %%
# Plain descent, by hand
# ----------------------
#
# Near the ridge the gradient's second component is :math:`-w_2`, so a step of plain
# descent multiplies the distance to the ridge by :math:`1 + \lambda`. From
# :math:`d` it takes :math:`\log(0.2/d) / \log(1 + \lambda)` steps to 0.2: the dotted
# line below, while the path's distance to the saddle first falls with :math:`w_1`.

figure, axes = plt.subplots(figsize=(6.4, 4.8), layout="constrained")
for name, look in styles(rules).items():
    axes.semilogy(np.linalg.norm(paths[name][:171], axis=1), **look, label=name)
axes.semilogy(1e-6 * 1.1 ** np.arange(130), ":", color="gray", label="1e-6 · 1.1$^t$")
axes.set(xlabel="step t", ylabel="distance to the saddle", ylim=(1e-4, 2))
axes.legend(loc="lower right")
figure.set_label(
    "Distance to the saddle by step, vertical axis logarithmic. SGD's falls straight "
    "to 0.001 near step 70, then rises along the dotted line. Momentum and Nesterov "
    "swing and turn earlier. The others stay far from the saddle."
)
plt.show()

# %%
# The same count for other distances :math:`d` at the start:

distances = np.array([1e-2, 1e-4, 1e-6, 1e-8])
by_hand = np.log(0.2 / distances) / np.log(1.1)


def print_rows(first, count):
    print(f"{first:9}" + "".join(f"{d:7.0e}" for d in distances))
    print(f"{'by hand':9}" + "".join(f"{n:7.1f}" for n in by_hand))
    for name in rules:
        print(f"{name:9}" + "".join(f"{count(name, d):7.0f}" for d in distances))


print_rows("d", lambda name, d: steps_off(walk(name, Saddle((1, d)))))

# %%
# Exactly on the ridge
# --------------------
#
# With :math:`w_2 = 0` the second component of the gradient is 0. How far does any of
# the six get from the ridge?

print(max(abs(walk(name, Saddle((1, 0)))[:, 1]).max() for name in rules))

# %%
# And if each component of the gradient is seen through normal noise? The first step of
# plain descent leads off the ridge by :math:`\lambda` times the noise. So that this is
# about :math:`d`, the standard deviation is :math:`d/\lambda` = :math:`10 d`. The
# median over 9 walks:


class NoisySaddle(Saddle):
    def compute_gradient(self):
        super().compute_gradient()
        self._gradients[0]["w"] += self.rng.normal(0, self.noise, 2)


def with_noise(name, d):
    NoisySaddle.noise, NoisySaddle.rng = 10 * d, np.random.default_rng(0)
    return np.median([steps_off(walk(name, NoisySaddle((1, 0)))) for _ in range(9)])


print_rows("noise/10", with_noise)

# %%
# What came out
# -------------
#
# Plain descent needs what the formula says, rounded up. From column to column :math:`d`
# becomes a hundredth, and the same number of steps is added, but for one or two. So it
# is with momentum, with fewer steps: the velocity makes the factor per step larger.
# Exactly on the ridge none of the six ever leaves. Noise is enough to start, however
# small. Later noise adds to the first, so plain descent is off a few steps sooner than
# the formula says.
#
# Adam divides each component by its own size, so the first step across the ridge is as
# long as that along it, unless the gradient is as small as :math:`\varepsilon`. Adagrad
# and RMSprop do the same as long as the gradient is above :math:`\sqrt\varepsilon` =
# 1e-4. Below that they are descent with the rate :math:`\lambda/\sqrt\varepsilon`:
# with Adagrad's 0.1 that is 1,000, and a factor of 1,001 for the first step. So these
# three never see the saddle. The price: where there is nothing but noise, they take
# steps of the same length.
#
# The loss is that of :cite:t:`nesterov2004`, section 1.2.3. For the factor with
# momentum, put :math:`h = -1` into the polynomial of :doc:`/story/momentum`.
#
# Try next: ten times the rates, or a tenth. What becomes of the steps to leave, for
# plain descent and for Adam? Or :math:`d` = 1e-12: why does Adam need longer then?
