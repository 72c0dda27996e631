r"""
The two places of epsilon
=========================

Adam adds a small :math:`\varepsilon` to a denominator that could be 0, inside the
root or outside. Below which gradients does it shorten the steps, and why does that
concern those who average the loss?
"""

# %%
# One step for every size of gradient
# -----------------------------------
#
# Under a constant gradient :math:`g`, both of Adam's corrected means are exact at
# every step, and the step is :math:`g / \sqrt{g^2 + \varepsilon}` learning rates long
# with :math:`\varepsilon` inside and :math:`g / (g + \varepsilon)` with it outside.
# One step of 141 weights at once shows it for gradients from 1e-12 to 1e2, with the
# two values that are common, 1e-8 and 1e-7.

import matplotlib.pyplot as plt
import numpy as np

from npoptim import Adam, trace
from npoptim.plotting import shades


def step_lengths(gradients, eps, eps_in_sqrt):
    steps = trace(
        Adam,
        np.zeros_like(gradients),
        [gradients],
        lr=1,
        eps=eps,
        eps_in_sqrt=eps_in_sqrt,
        bias_correction=True,
    )
    return abs(steps[0].increment)


places = {"inside": True, "outside": False}
gradients = np.logspace(-12, 2, 141)

figure, axes = plt.subplots(layout="constrained")
for place, line in (("inside", "-"), ("outside", "--")):
    for eps, color in zip(("1e-8", "1e-7"), shades(2), strict=True):
        length = step_lengths(gradients, float(eps), places[place])
        axes.loglog(gradients, length, line, color=color, label=f"{eps} {place}")
axes.set(
    title="Adam under a constant gradient",
    xlabel="size of the gradient",
    ylabel="step length in learning rates",
)
axes.legend(title="epsilon")
figure.set_label(
    "Length of Adam's step against the size of a constant gradient from 1e-12 to 100, "
    "both axes logarithmic. Each curve is 1 for large gradients and falls in "
    "proportion to the gradient for small ones. It bends at 1e-8 and 1e-7 with epsilon "
    "outside the root, at 1e-4 and 3e-4 with the same values inside."
)
plt.show()

# %%
# Above its bend a curve is flat: :math:`\varepsilon` is not felt, and a step is one
# learning rate long whatever the gradient. Below, the step is in proportion to the
# gradient, as in plain descent. The bend is where both terms of the denominator are
# equal: at :math:`g = \sqrt\varepsilon` inside the root, at
# :math:`g = \varepsilon` outside.

gradients = np.array([1e-3, 1e-4, 1e-8])
print("              " + " ".join(f"{g:7.0e}" for g in gradients))
for place, eps_in_sqrt in places.items():
    for eps in (1e-7, 1e-8):
        length = step_lengths(gradients, eps, eps_in_sqrt)
        print(f"{eps:.0e} {place:7} " + " ".join(f"{x:7.2g}" for x in length))

# %%
# So 1e-8 inside the root starts to bite at gradients of about 1e-4, where
# :math:`1 / \sqrt 2` of the step is left, and 1e-8 outside at 1e-8, where half is left.
# For gradients as small as 1e-8, the two differ by a factor of 5000.
#
# Summed or averaged
# ------------------
#
# A mean over a batch of :math:`n` samples has a gradient :math:`1/n` as large as the
# sum's: on the figure above, it stands a factor of :math:`n` further to the left. Let a
# weight's gradient be 1e-3 if the loss is summed. With :math:`\varepsilon` = 1e-8:

sizes = np.array([1, 10, 100, 1000])
inside = step_lengths(1e-3 / sizes, 1e-8, eps_in_sqrt=True)
outside = step_lengths(1e-3 / sizes, 1e-8, eps_in_sqrt=False)
print("               inside  outside")
for n, *length in zip(sizes, inside, outside, strict=True):
    name = f"mean over {n}" if n > 1 else "sum"
    print(f"{name:14} {length[0]:6.3f}  {length[1]:7.3f}")

# %%
# With :math:`\varepsilon` outside, the sum and the means make nearly the same steps.
# Inside, averaging shortens them, more in large batches, and only those of the
# weights whose gradients are small. So a learning rate found with one place of
# :math:`\varepsilon`, or with one way to reduce the loss, need not suit the other.
#
# Reference: :cite:t:`kingma2015`, Algorithm 1, has :math:`\varepsilon` = 1e-8 outside
# the root. What others have is listed in :doc:`/story/adaptive` and
# :doc:`/story/adam`; :class:`~npoptim.Adam` has both places.
#
# Try next: the same figure for the first step without ``bias_correction``. Where are
# the bends then, and why?
