r"""
Where Nesterov's momentum looks
===============================

The heavy ball takes the gradient where it is, Nesterov's momentum where the velocity
is about to take it. What does a look ahead change?

Both add the velocity :math:`\mu v_{t-1}` and a gradient step. Nesterov's gradient is
that at the look-ahead point :math:`\theta = w + \mu v`, which is where the model
stands when ``nesterov=True``: see :doc:`/story/nesterov`. So the position :math:`w`
is drawn from what the optimizer holds as :math:`\theta - \mu v`.
"""

import matplotlib.pyplot as plt
import numpy as np

from npoptim import SGD
from npoptim.plotting import shades, styles
from npoptim.problems import Quadratic, descend

# %%
# A few steps in a narrow valley
# ------------------------------
#
# The curvatures are 1 along the valley and 9 across it, the rate is 0.08, the momentum
# 0.9. Arrows are what survives of the velocity and the gradient step, the latter
# drawn where its gradient is taken. Dots are the positions :math:`w_0` to :math:`w_5`;
# where they stand across the valley is printed.

lr, mu = 0.08, 0.9
x, y = np.meshgrid(np.linspace(-0.8, 5.4, 125), np.linspace(-2.3, 2, 87))
looks, (light, dark) = styles(["Momentum", "Nesterov"]), shades(2)
arrows = {"angles": "xy", "scale_units": "xy", "scale": 1, "width": 0.007, "zorder": 3}
figure, stack = plt.subplots(2, sharex=True, figsize=(6.4, 8.8), layout="constrained")
for axes, nesterov in zip(stack, (False, True), strict=True):
    name = "Nesterov: g at w + μv" if nesterov else "heavy ball: g at w"
    color = looks["Nesterov" if nesterov else "Momentum"]["color"]
    problem = Quadratic([1, 9], start=[5, 1.5])
    optimizer = SGD(problem, lr=lr, momentum=mu, nesterov=nesterov)
    walk = []
    for _ in range(6):
        walk.append((problem.w.copy(), optimizer.state["v"][0]["w"].copy()))
        problem.compute_gradient()
        optimizer.step()
    stands, v = np.transpose(walk, (1, 2, 0))
    w = stands - mu * v if nesterov else stands
    start, look, velocity = w[:, :-1], stands[:, :-1], mu * v[:, :-1]
    step = -lr * problem.gradient(look)
    axes.contour(x, y, problem.value([x, y]), 8, colors="gray", linewidths=0.5)
    axes.quiver(*start, *velocity, color=dark, label="velocity μv", **arrows)
    axes.quiver(*look, *step, color=light, label="step -λg", **arrows)
    axes.plot(*w, "o:", color=color, markersize=6, zorder=4)
    axes.set(title=name, aspect=1, xlabel="flat weight", ylabel="steep weight")
    print(name.split(":")[0].ljust(10), *(f"{across:6.2f}" for across in w[1]))
stack[0].legend(loc="lower left")
figure.set_label(
    "Five steps of each in a narrow valley. The heavy ball swings far across it. "
    "Nesterov's gradient steps start at the velocity's tip, and it ends on the floor."
)
plt.show()

# %%
# The heavy ball passes the floor of the valley with a gradient that still says go on;
# Nesterov's look ahead is already on the other side, and brakes.
#
# What it is worth
# ----------------
#
# On a quadratic, Nesterov's form is the heavy ball with :math:`\mu(1 - \lambda h)` in
# the place of :math:`\mu`. With that, the polynomial of :doc:`/story/momentum` gives
# the factor per step in the long run for both: its larger root. The limit of
# :math:`\lambda h` is :math:`2(1 + \mu)` for the heavy ball and
# :math:`2(1 + \mu)/(1 + 2\mu)` for Nesterov. The optimizer is asked, too, by 1,000
# steps just below and just above.


def largest_root(mu, lh):
    half = (1 + mu - lh) / 2
    return abs(half + np.where(half < 0, -1, 1) * np.sqrt(half**2 - mu + 0j))


lh = np.linspace(0, 4, 40001)
heavy, ahead = largest_root(mu, lh), largest_root(mu * (1 - lh), lh)
limits = {"Momentum": 2 * (1 + mu), "Nesterov": 2 * (1 + mu) / (1 + 2 * mu)}
figure, axes = plt.subplots(figsize=(6.4, 4.8), layout="constrained")
axes.axhline(1, color="gray", linewidth=1)
print("            limit   |w| at 99 and at 101 % of it")
for (name, limit), rate in zip(limits.items(), (heavy, ahead), strict=True):
    axes.plot(lh, rate, **styles(limits)[name], label=name)
    print(f"{name:10}  {limit:5.2f}", end="")
    for lr in (0.99 * limit, 1.01 * limit):
        problem = Quadratic([1])
        optimizer = SGD(problem, lr, momentum=mu, nesterov=name == "Nesterov")
        print(f"{abs(descend(problem, optimizer, 1000)[-1, 0]):9.0e}", end="")
    print()
axes.set(xlabel="λh, rate times curvature", ylabel="largest |r|", ylim=(0, 1.5))
axes.legend(loc="lower right")
figure.set_label(
    "Largest root by rate times curvature. The heavy ball's stays at 0.95 and reaches "
    "1 at 3.8. Nesterov's falls to 0 at 1, rises steeply and reaches 1 at 1.36."
)
plt.show()

smaller = lh[ahead < heavy - 1e-9]
print(f"Nesterov's is smaller from {smaller.min():.4f} to {smaller.max():.4f}")

# %%
# What came out
# -------------
#
# Looking ahead damps every direction better that is not extremely flat, until
# :math:`\lambda h` is well above 1; then it is worse and soon diverges. The upper
# crossing is where Nesterov's polynomial has the root :math:`-\sqrt\mu`, at
# :math:`\lambda h = (1 + \sqrt\mu)^2 / (1 + \sqrt\mu + \mu)`. So a learning rate near
# the heavy ball's limit is too large for Nesterov, and must be chosen anew. The
# form with :math:`\mu(1 - \lambda h)` is derived in :cite:t:`sutskever2013`, too.
#
# Try next: the same valley with the rate 0.16, for which :math:`\lambda h` is 1.44
# across it. Which of the two walks still comes to rest?
