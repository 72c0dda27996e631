r"""
Can momentum leave a dent?
==========================

Descent stays in the dent in which it starts. A velocity might carry the weights over
the wall, as a ball rolls out of a hollow. How often does it, and does it find a better
place?

:class:`~npoptim.problems.Rastrigin` is a bowl full of dents, one near each pair of
integers. The lowest is at (0, 0). Within the square from -5 to 5 it is one of about a
hundred.
"""

import matplotlib.pyplot as plt
import numpy as np

from npoptim import SGD, Arrays, PaperAdam
from npoptim.plotting import shades
from npoptim.problems import Rastrigin

# %%
# 3,000 starts
# ------------
#
# They lie anywhere in that square, and all walk at once: the array has a column for
# each. At the bottom of a dent the curvature is :math:`2 + 40\pi^2` = 397 in both
# weights, so plain descent comes to rest there with rates below 2/397 = 0.005. The
# dent of a start is that in which descent with a tiny rate ends.

problem = Rastrigin()
starts = np.random.default_rng(0).uniform(-5, 5, (2, 3000))


def walk(rule, **settings):
    """Return where the walks end."""
    model = Arrays(w=starts.copy())
    optimizer, w = rule(model, **settings), model.parameters["w"]
    for _ in range(3000):
        model.gradients["w"][...] = problem.gradient(w)
        optimizer.step()
    return w


def tell(name, lr, w):
    """Print how the walks ended, and return the share of those that left."""
    dents, rest = np.rint(w), np.linalg.norm(problem.gradient(w), axis=0) < 1
    left = (dents != home).any(axis=0).mean()
    best, loss = (dents == 0).all(axis=0).mean(), np.median(problem.value(w))
    print(f"{name:8} {lr:6} {left:6.1%} {best:10.1%} {loss:12.1f} {rest.mean():8.1%}")
    return left


home = np.rint(walk(SGD, lr=1e-4))
rates, momenta = (0.0005, 0.001, 0.002, 0.003), (0, 0.9, 0.95, 0.98)
figure, axes = plt.subplots(figsize=(6.4, 4.8), layout="constrained")
print("           rate   left  at (0, 0)  median loss  at rest")
for mu, color in zip(momenta, shades(4), strict=True):
    name = f"μ = {mu}"
    left = [tell(name, lr, walk(SGD, lr=lr, momentum=mu)) for lr in rates]
    axes.plot(rates, np.multiply(left, 100), "o-", color=color, label=name)
axes.set(xlabel="learning rate λ", ylabel="left their dent, %", ylim=(-1, 25))
axes.set_xticks(rates)
axes.legend(loc="upper left")
figure.set_label(
    "Share of the walks that left their dent by learning rate. Without momentum it is "
    "0 at all rates. It grows with the momentum and with the rate: to a few percent "
    "at 0.9, to about a fifth at 0.98."
)
plt.show()

# %%
# Whoever leaves comes to rest in another dent. With a momentum of 0.98 the median loss
# is lower, and (0, 0) is found about twice as often: by one or two starts of a hundred.
#
# Long steps
# ----------
#
# The steps of Adam, here the paper's, are about as long as its rate, and the dents are
# 1 apart:

print("           rate   left  at (0, 0)  median loss  at rest")
for lr in (0.01, 0.1, 0.3, 1):
    tell("Adam", lr, walk(PaperAdam, lr=lr))

# %%
# Steps shorter than a dent stay in it, those of length 1 go from dent to dent, and
# nearly none comes to rest.
#
# What came out
# -------------
#
# Momentum leaves dents if it is large: at 0.9 it hardly does at these rates. It does
# not search: of a hundred walks, at least ninety-eight end in a dent that is not the
# lowest, whichever of these rules leads them. What decides is the start.
#
# References: :cite:t:`rastrigin1974` for the loss, :cite:t:`polyak1964` for the ball.
#
# Try next: of 100 random starts keep the one that ends lowest. How often is it at
# (0, 0)? Or begin with Adam's rate 1 and let :class:`~npoptim.CosineDecay` bring it
# down to 0.
