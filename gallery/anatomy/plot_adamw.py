r"""
AdamW: is the decay free of the rate?
=====================================

:class:`~npoptim.Adam` puts the L2 penalty's gradient through its two means.
:class:`~npoptim.AdamW` leaves the gradient alone and lets the weights decay beside the
step, so that both can be chosen apart: :cite:t:`loshchilov2019`. Does the best decay
then stay where it is when the learning rate changes, and does it move with the penalty?
"""

# %%
# A model that needs decay
# ------------------------
#
# A linear model learns 1,000 images of garments, of which the first 400 get new labels
# at random. What it learns by heart of those is wrong, and decay keeps it from that.
# What counts is the accuracy on 2,000 other images from the training set, with their
# right labels: a test set is not for choosing. Every other column of pixels is enough.
# Adam is the paper's form, :class:`~npoptim.PaperAdam`, as AdamW is.

from functools import partial

import matplotlib.pyplot as plt
import numpy as np

from npoptim import AdamW, PaperAdam
from npoptim.npnet import CrossEntropy, Linear, compare, load_garments

data = load_garments()
print(f"Trained on: {data.source}, 1,000 images")
x, y = data.images[:, ::2], data.labels
images, labels = x[:1000], y[:1000].copy()
setting = {"epoch": 30, "seeds": (0, 1, 2)}
others = {"test_images": x[1000:3000], "test_labels": y[1000:3000]}
labels[:400] = np.random.default_rng(0).integers(0, 10, 400)

rates = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2]
decays = {"L2": [0, 0.03, 0.1, 0.3, 1, 3], "AdamW": [0, 1, 3, 10, 30, 100]}
rules = {"L2": PaperAdam, "AdamW": AdamW}


def measure(rule, rates, decays, reduction="mean"):
    """Return the accuracy for each rate and decay, the mean over three seeds."""
    contenders = {
        (lr, decay): partial(rules[rule], lr=lr, weight_decay=decay)
        for lr in rates
        for decay in decays
    }
    start, loss = Linear(392, 10, rng=0), CrossEntropy(reduction)
    result = compare(start, loss, contenders, images, labels, **setting, **others)
    means = [contender.test_accuracy.mean() for contender in result.values()]
    return np.reshape(means, (len(rates), len(decays)))


# %%
# Rate by decay
# -------------
#
# Three shuffles, whose mean is taken, with one start and one draw of the new labels.
# Both rules at five rates :math:`\lambda` and six decays :math:`\alpha`. A ring is the
# best decay for a rate. In the paper the decay is not multiplied by :math:`\lambda`, as
# it is here and in the frameworks; its strength is our :math:`\lambda\alpha`, constant
# along the dotted line.

maps = {rule: measure(rule, rates, decays[rule]) for rule in rules}
low, high = np.min([*maps.values()]), np.max([*maps.values()])
figure, stack = plt.subplots(2, figsize=(6.4, 8), layout="constrained")
for axes, (rule, accuracy) in zip(stack, maps.items(), strict=True):
    picture = axes.pcolormesh(accuracy, vmin=low, vmax=high, cmap="cividis")
    axes.plot(
        accuracy.argmax(axis=1) + 0.5, np.arange(5) + 0.5, "ko", mfc="none", ms=12
    )
    axes.set(title=f"{rule}, {data.source}", xlabel="decay", ylabel="learning rate")
    axes.set_xticks(np.arange(6) + 0.5, decays[rule])
    axes.set_yticks(np.arange(5) + 0.5, [f"{lr:g}" for lr in rates])
stack[1].plot([1.5, 5.5], [4.5, 0.5], "k:")
figure.colorbar(picture, ax=stack, label="accuracy", location="bottom", aspect=40)
figure.set_label(
    f"Accuracy by learning rate and decay, from {low:.2f}, dark, to {high:.2f}, a map "
    "for each rule. Low rates do nearly alike at all but the strongest decays; high "
    "rates do best at those in the middle."
)
plt.show()

# %%
# The best decay at each rate, and the accuracy with it:

print("rate  " + "".join(f"{lr:7g}" for lr in rates))
for rule, accuracy in maps.items():
    best = accuracy.argmax(axis=1)
    print(f"{rule:6}" + "".join(f"{decays[rule][k]:7}" for k in best))
    print(" " * 6 + "".join(f"{share:7.3f}" for share in accuracy.max(axis=1)))

# %%
# At the low rates there is no time to learn by heart, and all but the strong decays do
# nearly alike, so a ring there says little. What does it cost, then, to keep one decay
# at all rates? At each rate something is lost against the best decay there. The largest
# of these losses, at the decay for which it is least, and the same along the dotted
# line:

print("at all rates the same   loses up to")
for rule, accuracy in maps.items():
    lost = (accuracy.max(axis=1, keepdims=True) - accuracy).max(axis=0)
    print(f"decay of {rule:5} {decays[rule][lost.argmin()]:6}  {lost.min():12.3f}")
lost = accuracy.max(axis=1) - accuracy[:, :0:-1].diagonal()
print(f"rate times it    0.01  {lost.max():12.3f}")

# %%
# Mean and sum
# ------------
#
# Now the rate is 3e-3, and the loss of a batch of 100 the mean or the sum: gradients
# are 100 times as large.

print("loss  L2, 0.1  L2, 10  AdamW, 10")
for reduction in ("mean", "sum"):
    ((weak, strong),) = measure("L2", [3e-3], [0.1, 10], reduction)
    ((beside,),) = measure("AdamW", [3e-3], [10], reduction)
    print(f"{reduction:4}  {weak:7.3f}  {strong:6.3f}  {beside:9.3f}")

# %%
# What came out
# -------------
#
# In both maps the good decays of the high rates are in about the same columns as those
# of the low ones: one :math:`\alpha` does for all rates, with either rule. One
# :math:`\lambda\alpha` does not, and loses more. That is what the equations say of
# weights that have come to rest. With L2 the gradient and :math:`\alpha w` balance,
# with AdamW :math:`\hat m / \sqrt{\hat v}` and :math:`\alpha w`: no :math:`\lambda` in
# either. It comes in where the decay is not multiplied by it. The paper's maps, of deep
# networks, came out the other way: with its form, rate and decay could be chosen apart,
# with L2 less so. A small convex model, trained until it learns by heart, need not
# behave as those do.
#
# What decoupling frees the decay of, here, is the size of the gradients. Adam divides
# it out, so AdamW is the same with mean and sum. L2 is not: the penalty is added
# before the division, so its decay has to grow with the gradients, 100 times here, to
# have the same effect.
#
# Reference: :cite:t:`loshchilov2019`, Algorithm 2 and section 4.2. The equations are at
# :class:`~npoptim.AdamW` and :class:`~npoptim.DecoupledWeightDecay`.
#
# Try next: ``epoch=5``, where no rate has the time to come to rest. Or a model of two
# layers, ``Sequential(Linear(392, 32), ReLU(), Linear(32, 10))``, with fewer rates:
# does one decay still do?
