r"""
What do L1 and L2 leave of the weights?
=======================================

Both penalties pull weights toward zero: L2 in proportion to their size, L1 with a
force that does not fade. On a single weight L1 had its minimum at exactly zero, and
descent came only near it: see :doc:`../landscapes/plot_soft_threshold`. What becomes of
the 7,840 weights of a classifier, and what does it cost?
"""

from functools import partial

import matplotlib.pyplot as plt
import numpy as np

from npoptim import Adagrad, L1Optimizer
from npoptim.npnet import CrossEntropy, Linear, accuracy, compare, load_garments
from npoptim.plotting import shades, weight_images

data = load_garments()
print(f"Trained on: {data.source}, {len(data.images):,} images")
images, labels, *tests = data[:4]


class L1Adagrad(L1Optimizer, Adagrad):
    """Adagrad with the penalty L1 in the place of L2."""


# %%
# The runs
# --------
#
# One linear model, one start, one shuffle, ten epochs: only the penalty differs, and
# small differences in accuracy may be chance. The loss is summed over a batch of 100
# images, and the penalty is added once, so a strength of 1 here is one of 0.01 on the
# mean. Adagrad's steps shrink as it goes, so the weights come to rest.

penalties = {"L1": (L1Adagrad, (0.03, 0.1, 0.3, 1)), "L2": (Adagrad, (0, 1, 3, 10, 30))}
contenders = {
    (penalty, alpha): partial(rule, lr=0.01, weight_decay=alpha)
    for penalty, (rule, strengths) in penalties.items()
    for alpha in strengths
}
start = Linear(784, 10, rng=0)
result = compare(
    start, CrossEntropy(), contenders, images, labels, 100, 10, [0], *tests
)

# %%
# What is left
# ------------
#
# A weight counts as near zero below 0.001 in size. The last column is the test accuracy
# after those weights have been set to zero.

print("strength  near 0  at 0  accuracy  without")
near, kept = {}, {}
for key, contender in result.items():
    weight = contender.models[0].parameters["weight"]
    kept[key], small = weight.copy(), abs(weight) < 0.001
    near[key], zeros = small.mean(), (weight == 0).sum()
    weight[small] = 0
    without = accuracy(contender.models[0], *tests)
    print(f"{key[0]} {key[1]:5g}  {near[key]:6.3f}  {zeros:4}", end="")
    print(f"  {contender.test_accuracy[0]:8.3f}  {without:7.3f}")

# %%
# L2 of strength 0 is the model without a penalty.

figure, axes = plt.subplots(layout="constrained")
for penalty, color in zip(penalties, shades(2), strict=True):
    keys = [key for key in result if key[0] == penalty]
    points = [(near[key], result[key].test_accuracy[0]) for key in keys]
    axes.plot(*np.transpose(points), marker="o", color=color, label=penalty)
    for (_, alpha), point in zip(keys, points, strict=True):
        axes.annotate(f" {alpha:g}", point, va="bottom")
axes.set(title=data.source, xlabel="share of weights near zero", ylabel="test accuracy")
axes.legend(title="penalty, strength")
figure.set_label(
    "Test accuracy by the share of weights near zero. Both penalties lose accuracy as "
    f"they get stronger. For that L1 has up to {near['L1', 1]:.0%} of the weights near "
    f"zero, L2 {near['L2', 30]:.0%}."
)
plt.show()

# %%
# The weights themselves
# ----------------------
#
# Without a penalty, with L2 of strength 10, and with L1 of strength 0.3, which is about
# as accurate. Red speaks for the class, blue against it.

for key, title in {
    ("L2", 0): "no penalty",
    ("L2", 10): "L2",
    ("L1", 0.3): "L1",
}.items():
    figure, axes = plt.subplots(figsize=(6.4, 3.4), layout="constrained")
    weight_images(kept[key], axes)
    axes.set_title(f"{title}, {data.source}")
    figure.set_label(
        f"The weights of the ten classes as pictures, {title}: {near[key]:.0%} of them "
        "are near zero."
    )
plt.show()

# %%
# What came out
# -------------
#
# No weight is exactly zero, under either penalty. Yet L1 has gathered a large share of
# them so near to it that the model does without them: the last two columns hardly
# differ. L2 makes weights small, too, but few of them that small. Where both cost about
# as much accuracy, L2 has left most pixels a small say, and L1 has left it to some.
#
# Neither made this model more accurate: a linear model with 60,000 images to learn from
# has little need of a penalty. What L1 gives is a model that can be read, and stored
# with fewer numbers.
#
# Reference: :cite:t:`tibshirani1996` for L1 and why it selects. Its gradient is at
# :class:`~npoptim.L1Optimizer`, the derivation in :doc:`/story/descent`.
#
# Try next: 1,000 images in the place of 60,000. Does a penalty now help, and which? Or
# ``class L1Adam(L1Optimizer, Adam)``, at a constant rate: how near to zero do its
# weights come, and which bound would you count them by?
