r"""
Six optimizers on Fashion-MNIST
===============================

Does it matter how one descends? Here one linear model, 784 pixels to 10 classes,
is trained six times: from the same start, on the same batches of 100 images in the
same order, for 25 epochs. Only the rule differs.

With cross-entropy the loss of a linear model is convex: there is one valley, and
every rule walks toward its bottom. What differs is how soon it gets there.
"""

# %%
# The data
# --------
#
# Fashion-MNIST :cite:p:`xiao2017` has 60,000 training and 10,000 test images of
# garments. Where it can neither be found nor downloaded, drawn garments stand in
# for it; the output below and the titles of the figures say which of the two it was.

from copy import deepcopy

import matplotlib.pyplot as plt

from npoptim import SGD, Adagrad, Adam, RMSprop
from npoptim.npnet import (
    CrossEntropy,
    Linear,
    accuracy,
    load_fashion_mnist,
    make_garments,
    train_fashion_mnist,
)

try:
    data = "Fashion-MNIST"
    images, labels = load_fashion_mnist("train")
    test_images, test_labels = load_fashion_mnist("test")
except ConnectionError:
    data = "drawn stand-in, not Fashion-MNIST"
    images, labels = make_garments("train")
    test_images, test_labels = make_garments("test")
print(f"Trained on: {data}, {len(images):,} images")

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
# The loss is the mean over an epoch's batches, measured while the model trains on
# them. The accuracy is that on the test images, after the last epoch.

losses = {}
print("            loss    test  seconds")
for name, optimizer in contenders.items():
    trained = deepcopy(model)
    losses[name], _, seconds = train_fashion_mnist(
        trained, CrossEntropy(), optimizer(trained), images, labels
    )
    right = accuracy(trained, test_images, test_labels)
    print(f"{name:10}  {losses[name][-1]:.3f}  {right:6.3f}  {seconds.sum():7.1f}")

# %%
# The comparison
# --------------

figure, axes = plt.subplots(layout="constrained")
for name, loss in losses.items():
    axes.plot(range(1, 26), loss, label=name)
axes.set(
    title=f"Linear model on {data}",
    xlabel="epoch",
    ylabel="loss per image",
    xticks=range(0, 26, 5),
)
axes.legend()
ranking = ", ".join(sorted(losses, key=lambda name: -losses[name][-1]))
figure.set_label(
    f"Training loss by epoch on {data}. Last epoch, from high to low: {ranking}."
)
plt.show()

# %%
# What came out
# -------------

plain = losses["SGD"][-1]
for name, loss in losses.items():
    epoch = 1 + int((loss <= plain).argmax())
    print(f"{name:10} was at plain descent's last loss, {plain:.3f}, by epoch {epoch}")
better = [name for name, loss in losses.items() if loss[-1] < plain]
print(f"{len(better)} of {len(losses) - 1} refinements ended below plain descent")

# %%
# Every refinement beats plain descent at the rates given above, and by far more than
# the refinements differ among one another.
#
# The rule or the rate?
# ---------------------
#
# A rule is never compared alone, always with its learning rate. Plain descent again,
# at ten times the rate:

trained = deepcopy(model)
optimizer = SGD(trained, lr=1e-4)
loss, *_ = train_fashion_mnist(trained, CrossEntropy(), optimizer, images, labels)
print(f"SGD at 1e-5: {plain:.3f}, SGD at 1e-4: {loss[-1]:.3f}")

# %%
# So most of what set plain descent back was its rate. The optimizer is one more
# hyperparameter, and it is chosen together with the learning rate: try several of
# both on a small run like this one, then take the pair that suits the problem. The
# rates above are one choice, not the best of each rule, so the curves are no ranking.
#
# Try next: the other rules at ten times their rates and at a tenth, or
# ``Linear(784, 128)``, ``ReLU()`` and ``Linear(128, 10)`` in a
# :class:`~npoptim.npnet.Sequential`, whose loss is no longer convex.
