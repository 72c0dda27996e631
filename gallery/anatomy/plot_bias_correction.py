r"""
Adam's first steps, corrected and not
=====================================

Adam's two moving means start at 0, so at first both are too small. What do its first
50 steps look like if that is corrected, and what if it is not?

A step is counted in learning rates, and positive where the weight falls:
:math:`(w_{t-1} - w_t) / \lambda`.
"""

# %%
# Three forms of Adam
# -------------------
#
# The paper has :math:`\beta_2` = 0.999 and corrects both means, as
# :class:`~npoptim.PaperAdam` does. The default of :class:`~npoptim.Adam` has 0.99 and
# corrects neither. The third form, 0.999 without correction, is there to show why. All
# have :math:`\beta_1` = 0.9, and :math:`\varepsilon` = 0 to keep it out of the
# comparison.

from functools import partial

import matplotlib.pyplot as plt
import numpy as np

from npoptim import Adam, PaperAdam, trace
from npoptim.plotting import shades

light, dark = shades(2)
forms = {
    "0.999, not corrected": (partial(PaperAdam, bias_correction=False), dark, ".-"),
    "0.99, not corrected": (Adam, light, ".-"),
    "0.999, corrected": (PaperAdam, dark, ".:"),
}


def draw_steps(gradients, title, label):
    figure, axes = plt.subplots(layout="constrained")
    steps = {}
    for name, (form, color, line) in forms.items():
        records = trace(form, 0, gradients, lr=1, eps=0)
        steps[name] = -np.array([record.increment for record in records])
        axes.plot(range(1, 51), steps[name], line, color=color, label=name)
    axes.set(title=title, xlabel="step t", ylabel="step in learning rates")
    axes.legend(title="β2")
    ranges = (f"{s.min():.1f} to {s.max():.1f} ({name})" for name, s in steps.items())
    figure.set_label(f"{label} Steps by β2: {'; '.join(ranges)}.")
    plt.show()
    return steps


# %%
# A constant gradient
# -------------------

constant = draw_steps(
    [3] * 50,
    "Constant gradient",
    "Under a constant gradient every corrected step is one learning rate long, and "
    "those that are not corrected are longer for a while.",
)

# %%
# The first step, the longest and when it is taken, the last, and the way gone in all:

for name, step in constant.items():
    longest = step.round(6).argmax()
    print(
        f"{name}\n  {step[0]:.2f}  {step[longest]:.2f} at {longest + 1}  "
        f"{step[-1]:.2f}  {step.sum():.0f}"
    )

# %%
# Without correction a step is too long by
# :math:`(1 - \beta_1^t) / \sqrt{1 - \beta_2^t}`. At step 1 that is
# :math:`0.1 / \sqrt{1 - \beta_2}`: 3.16 with 0.999, and 1 with 0.99, as if corrected.
# Then :math:`m` fills up sooner than :math:`v` and the factor grows, until :math:`v`
# follows and it falls. With 0.99 it is never much above 2; with 0.999 the weight goes
# five to six times as far in 50 steps as it should.
#
# Noisy gradients
# ---------------
#
# Now the gradients scatter about a mean of 1 with the standard deviation 2: 50 numbers,
# drawn once. Another seed gives another curve.

rng = np.random.default_rng(0)
noisy = draw_steps(
    rng.normal(1, 2, size=50),
    "Noisy gradients",
    "Under one draw of noisy gradients the three curves have the same ups and downs; "
    "they differ by how far they go.",
)

# %%
# Where gradients disagree, :math:`m` is small beside :math:`\sqrt v`, so most steps are
# shorter in all forms. But is the factor another one?

for t in (1, 12, 50):
    factors = [
        steps["0.999, not corrected"][t - 1] / steps["0.999, corrected"][t - 1]
        for steps in (constant, noisy)
    ]
    print(f"step {t:2}: {factors[0]:.2f} constant, {factors[1]:.2f} noisy")

# %%
# It is the same, and would be for any gradients: the correction divides by numbers that
# depend on :math:`t` alone. It acts like a schedule for the learning rate, and without
# it a run starts, with :math:`\beta_2` = 0.999, at three to seven times the rate that
# was asked for. With 0.99 it starts at the right one and soon takes twice that.
#
# Reference: :cite:t:`kingma2015`, section 3. The derivation of the factor is in
# :doc:`/story/adam`; the forms are at :class:`~npoptim.Adam` and
# :class:`~npoptim.PaperAdam`.
#
# Try next: 2000 steps in the place of 50. When is the excess below a tenth, with
# either :math:`\beta_2`? And which :math:`\beta_1` makes the first step with 0.999
# right?
