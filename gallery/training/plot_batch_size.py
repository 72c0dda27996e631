r"""
Larger batches, larger rates?
=============================

When batches get ten times as large, what should the learning rate do? The usual
advice is the linear scaling rule of :cite:t:`goyal2017`: with the mean loss of a batch,
multiply the rate by ten, too. On the summed loss, which this site uses, the batch
multiplies the gradient already, so the rule says: leave the rate alone.

How far does that go, and does it go for Adam?
"""

import matplotlib.pyplot as plt
import numpy as np

from npoptim import SGD, Adam
from npoptim.npnet import CrossEntropy, Linear, load_garments, sweep
from npoptim.plotting import shades

data = load_garments()
print(f"Trained on: {data.source}, 5,000 images")

# %%
# The sweeps
# ----------
#
# Plain descent and Adam on one linear model, with five sizes of the batch and two seeds
# for each, whose median is shown. A run goes through the images three times, so larger
# batches mean fewer steps. Adam has its epsilon outside of the root, where it matters
# least: but for that, a sum and a mean make the same steps.

optimizers = {
    "SGD": lambda model, lr: SGD(model, lr),
    "Adam": lambda model, lr: Adam(model, lr, eps_in_sqrt=False),
}
rates, sizes = np.logspace(-6, -1, 11), (10, 30, 100, 300, 1000)
swept = {
    size: sweep(
        Linear(784, 10, rng=0),
        CrossEntropy(),
        optimizers,
        data.images[:5000],
        data.labels[:5000],
        rates,
        batch_size=size,
        seeds=range(2),
    )
    for size in sizes
}

# %%
# The best rates, with the loss in the last epoch. A rate on the summed loss, times the
# size of the batch, is one on the mean.

print("batch  SGD sum   mean   loss  Adam      loss")
for size, found in swept.items():
    line = f"{size:5}"
    for name in optimizers:
        best = found.best(name)
        loss = np.median(found[name][best].final_loss)
        mean = f"{best * size:7.2g}" if name == "SGD" else ""
        line += f"{best:9.2g}{mean}{loss:7.3f}"
    print(line)

# %%
# The loss of plain descent by either rate, and of Adam:

figure, stack = plt.subplots(3, sharey=True, figsize=(6.4, 10), layout="constrained")
for axes, name, mean in zip(stack, ("SGD", "SGD", "Adam"), (0, 1, 0), strict=True):
    for size, color, line in zip(sizes, shades(5), "osD^v", strict=True):
        loss = np.median(swept[size].loss(name), axis=1)
        axes.plot(rates * size**mean, loss, line + "-", ms=5, color=color, label=size)
    axes.set(
        title=f"{name}, {data.source}",
        xlabel=f"learning rate on the {'mean' if mean else 'sum'}",
        ylabel="final loss per image",
        xscale="log",
        ylim=(0.35, 2.6),
    )
stack[0].legend(title="batch", ncols=2)
least, most = swept[10], swept[1000]
figure.set_label(
    "Loss by learning rate for five sizes of the batch. On the sum, plain descent's "
    "curves share their left side, and rise the sooner the larger the batch: the best "
    f"rate is {least.best('SGD'):.2g} with 10 images and {most.best('SGD'):.2g} with "
    f"1,000. Adam's best rates are {least.best('Adam'):.2g} and "
    f"{most.best('Adam'):.2g}."
)
plt.show()

# %%
# The scaling rule itself
# -----------------------
#
# Plain descent at one small rate on the sum, 1e-5, and at one that is larger, 3e-4. A
# run that diverged is nan:

print("batch   1e-5   3e-4")
for size, found in swept.items():
    low, high = np.median(found.loss("SGD"), axis=1)[[2, 5]]
    print(f"{size:5}  {low:.3f}  {high:.3f}")

# %%
# What came out
# -------------
#
# At the small rate the rule holds: the sum of ten small steps is about one step on the
# sum, since the weights hardly move in between. All sizes come to nearly the same loss,
# the largest with a hundredth of the steps of the smallest. At the larger rate it holds
# for the small batches only.
#
# Its limit shows in the table. On the sum, the best rate stays where it is from 10 to
# 30, as the rule wants. Then it falls as the batch grows; on the mean it has come to
# 0.03 and stays there. There the curvature of the loss stops it, which does not depend
# on the batch: see :doc:`/story/descent`. Fewer steps that must not be longer come less
# far, so from there on the loss rises.
#
# Adam divides the gradient by its size, and with it by that of the batch. Over a
# hundred times the batch its best rate moves by one place in the list. Scaled in
# proportion, it would have moved by four.
#
# Reference: :cite:t:`goyal2017`, who kept to the rule up to batches of 8,192 images. A
# sum and a mean are compared in :doc:`/story/choosing`; :doc:`/story/chance` has what
# the noise of batches does.
#
# Try next: one epoch, or ten: does the best rate at batch 10 move? Or momentum 0.9,
# whose steps add up: at which batch does its limit come?
