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
# The gradient is summed over the batch of 100, not averaged, so a learning rate of
# 1e-5 here is one of 1e-3 there. A velocity with momentum 0.9 adds up to ten gradients
# on top: see :doc:`/story/momentum`.

model = Linear(784, 10, rng=0)
contenders = {
    "SGD": lambda model: SGD(model, lr=1e-5),
    "Momentum": lambda model: SGD(model, lr=1e-4, momentum=0.9),
    "Nesterov": lambda model: SGD(model, lr=1e-5, momentum=0.9, nesterov=True),
    "Adagrad": lambda model: Adagrad(model, lr=1e-2),
    "RMSprop": lambda model: RMSprop(model, lr=1e-4),
    "Adam": lambda model: Adam(model, lr=1e-4),
}

# %%
# The runs
# --------
#
# :func:`~npoptim.npnet.compare` gives every contender its own copy of the model, and
# the batches that all see. The loss is the mean over an epoch's batches, measured
# while the model trains on them; the table has that of the last epoch, and the
# accuracy on the test images after it.


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
# The vertical axis leaves out most of the first epochs, so that the curves can be told
# apart where they are close.


def draw(comparison, label):
    figure, axes = plt.subplots(figsize=(6.4, 5.4), layout="constrained")
    loss_curves(comparison, axes)
    lowest = min(contender.loss.min() for contender in comparison.values())
    axes.set(title=f"Linear model on {data.source}", ylim=(lowest - 0.01, lowest + 0.2))
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=3)
    ranking = sorted(comparison, key=lambda name: -comparison[name].final_loss[0])
    figure.set_label(f"{label} Last epoch, from high to low: {'; '.join(ranking)}.")
    plt.show()


draw(result, f"Training loss by epoch on {data.source}, six optimizers.")

# %%
# When did each get to where plain descent ends?

plain = result["SGD"].final_loss[0]
print(f"A loss of {plain:.3f} was reached")
for name, contender in result.items():
    reached = contender.loss[0] <= plain
    epoch = f"in epoch {1 + reached.argmax()}" if reached.any() else "never"
    print(f"  {name:10} {epoch}")

# %%
# Every refinement beats plain descent at the rates given above, and by more than the
# refinements differ among one another.
#
# The rule or the rate?
# ---------------------
#
# A rule is never compared alone, always with its learning rate. Plain descent again,
# at ten times the rate:

faster = run({"SGD, 1e-4": lambda model: SGD(model, lr=1e-4)})
both = Comparison({**result, **faster})
draw(both, f"Training loss by epoch on {data.source}, SGD at two rates.")
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
# the learning rate. The rates above are one choice, not the best of each rule, so the
# curves are no ranking: :doc:`plot_sweep` looks for better ones, and runs the
# comparison again.
#
# Reference: :cite:t:`xiao2017` for the data. What makes a comparison fair is in
# :doc:`/story/choosing`.
#
# Try next: the other rules at ten times their rates and at a tenth; or
# ``seeds=range(3)`` in ``compare``, to see how much of a difference is chance.
