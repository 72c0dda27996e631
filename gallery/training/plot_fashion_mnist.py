r"""
Six optimizers on Fashion-MNIST
===============================

Does it matter how one descends? Here one linear model, 784 pixels to 10 classes,
is trained six times: from the same start, on the same batches of 100 images in the
same order, for 25 epochs. Only the rule and its learning rate differ.

With cross-entropy the loss of a linear model is convex: there is one valley, and
every rule walks toward its bottom. What differs is how soon it gets there, and how
close it stays.
"""

# %%
# The data
# --------
#
# Fashion-MNIST :cite:p:`xiao2017` has 60,000 training and 10,000 test images of
# garments. Where it can neither be found nor downloaded, drawn garments stand in
# for it; the output below and the titles of the figures say which of the two it was.

import matplotlib.pyplot as plt

from npoptim import SGD, Adagrad, Adam, RMSprop
from npoptim.npnet import Comparison, CrossEntropy, Linear, compare, load_garments
from npoptim.plotting import loss_curves

data = load_garments()
print(f"Trained on: {data.source}, {len(data.images):,} images")

# %%
# The contenders
# --------------
#
# The rates are those of a lecture note: somebody chose them, once, and by no rule that
# could be repeated. So the figure shows what these six pairs of rule and rate do, and
# its legend names both.
#
# The gradient is summed over the batch of 100, not averaged, so a learning rate of
# 1e-5 here is one of 1e-3 there. A velocity with momentum 0.9 adds up to ten gradients
# on top: see :doc:`/story/momentum`.

model = Linear(784, 10, rng=0)
contenders = {
    "SGD, 1e-5": lambda model: SGD(model, lr=1e-5),
    "Momentum, 1e-4": lambda model: SGD(model, lr=1e-4, momentum=0.9),
    "Nesterov, 1e-5": lambda model: SGD(model, lr=1e-5, momentum=0.9, nesterov=True),
    "Adagrad, 1e-2": lambda model: Adagrad(model, lr=1e-2),
    "RMSprop, 1e-4": lambda model: RMSprop(model, lr=1e-4),
    "Adam, 1e-4": lambda model: Adam(model, lr=1e-4),
}

# %%
# The runs
# --------
#
# :func:`~npoptim.npnet.compare` gives every contender its own copy of the model, and
# the batches that all see. The loss is the mean over an epoch's batches, measured
# while the model trains on them; the table has that of the last epoch, and the
# accuracy on the test images after it. It is one run of each, with one shuffle of the
# images before every epoch.


def run(contenders):
    return compare(
        model,
        CrossEntropy(),
        contenders,
        data.images,
        data.labels,
        test_images=data.test_images,
        test_labels=data.test_labels,
    )


result = run(contenders)
print(result)

# %%
# The comparison
# --------------
#
# The first epochs, whose loss is higher, are left out above, so that the curves can be
# told apart where they are close.


def draw(comparison, label):
    figure, axes = plt.subplots(figsize=(6.4, 5.6), layout="constrained")
    loss_curves(comparison, axes)
    lowest = min(contender.loss.min() for contender in comparison.values())
    top = round(lowest + 0.2, 1)
    axes.set(title=f"Linear model on {data.source}", ylim=(lowest - 0.01, top))
    axes.set_ylabel(f"loss per image, cut at {top:.1f}")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2)
    ends = {name: run.final_loss[0] for name, run in comparison.items()}
    ranking = sorted(ends, key=ends.get, reverse=True)
    last = ", ".join(f"{ends[name]:.3f} ({name})" for name in ranking)
    figure.set_label(f"{label} Loss in the last epoch, from high to low: {last}.")
    plt.show()


draw(result, "Six optimizers, each at a rate that somebody chose, one run each.")

# %%
# When did each get to where plain descent ends?

plain = result["SGD, 1e-5"].final_loss[0]
print(f"A loss of {plain:.3f} was reached")
for name, contender in result.items():
    reached = contender.loss[0] <= plain
    epoch = f"in epoch {1 + reached.argmax()}" if reached.any() else "never"
    print(f"  {name:15} {epoch}")

# %%
# At these rates every refinement beats plain descent, and by more than the refinements
# differ among one another. Which of those is ahead of which is one shuffle's result.
#
# The rule or the rate?
# ---------------------
#
# A rule is never compared alone, always with its learning rate. Plain descent again,
# at ten times the rate:

faster = run({"SGD, 1e-4": lambda model: SGD(model, lr=1e-4)})
both = Comparison({**result, **faster})
draw(both, "The same, and plain descent at ten times its rate.")
rest = [both[name].final_loss[0] for name in list(contenders)[1:]]
print(f"SGD at 1e-5   {plain:.3f}")
print(f"SGD at 1e-4   {both['SGD, 1e-4'].final_loss[0]:.3f}")
print(f"the others    {min(rest):.3f} to {max(rest):.3f}")

# %%
# What came out
# -------------
#
# At ten times its rate plain descent ends among the others: what had set it back was
# its rate. The optimizer is one more hyperparameter, and it is chosen together with
# the learning rate. The rates above are somebody's choice, so what to take from the
# curves is what a rate does, and no ranking of the rules: :doc:`plot_sweep` searches
# the rates, and :doc:`plot_fair` compares the rules at rates that were searched alike.
#
# Reference: :cite:t:`xiao2017` for the data. What makes a comparison fair is in
# :doc:`/story/choosing`.
#
# Try next: the other rules at ten times their rates and at a tenth; or
# ``seeds=range(3)`` in ``compare``, to see how much of a difference is chance.
