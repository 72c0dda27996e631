r"""
A loss with many valleys
========================

The loss of a linear model has one valley, so wherever one starts, one descends into
it. A hidden layer ends that. Does it then matter where one starts, or with which rule
one goes?

The network has 784 inputs, 128 hidden units with ReLU, and 10 outputs. Exchange two
of the hidden units, with all their weights, and it computes the same. So weights say
little about whether two networks are alike. Their predictions do: the share of test
images on which they disagree.
"""

from functools import partial
from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np

from npoptim import SGD, Adam, npnet
from npoptim.npnet import Linear, ReLU, Sequential
from npoptim.plotting import styles

data, n = npnet.load_garments(), 12_000
print(f"Trained on: {data.source}, {n:,} images")
images, labels, *tests = data[:4]
optimizers = {
    "SGD": lambda model, lr: SGD(model, lr),
    "Momentum": lambda model, lr: SGD(model, lr, momentum=0.9),
    "Adam": lambda model, lr: Adam(model, lr),
}


def linear(rng):
    return Linear(784, 10, rng)


def network(rng):
    return Sequential(Linear(784, 128, rng), ReLU(), Linear(128, 10, rng))


# %%
# The runs
# --------
#
# Each model is drawn three times, and each rule goes ten epochs from each of the three
# starts, always on the same batches, those of one shuffle. The rates are found
# beforehand, for both models alike: of six rates from 1e-5 to 3e-3, over three epochs
# of 5,000 images, the lowest safe one, as in :doc:`plot_sweep`.

runs, points, loss = {}, {}, npnet.CrossEntropy()
few, rates = (images[:5000], labels[:5000]), np.logspace(-5, -2.5, 6)
for draw in (linear, network):
    starts = [draw(np.random.default_rng(seed)) for seed in range(3)]
    swept = npnet.sweep(starts[0], loss, optimizers, *few, rates)
    chosen = {name: swept.safe_range(name)[0] for name in swept}
    print(f"{draw.__name__:7}", *(f"{name} {lr:.2g} " for name, lr in chosen.items()))
    rules = {name: partial(optimizers[name], lr=lr) for name, lr in chosen.items()}
    runs[draw.__name__] = [
        npnet.compare(start, loss, rules, images[:n], labels[:n], 100, 10, [0], *tests)
        for start in starts
    ]

# %%
# The loss of the network, one line for each start:

figure, axes = plt.subplots(layout="constrained")
for name, look in styles(optimizers).items():
    losses = np.transpose([run[name].loss[0] for run in runs["network"]])
    axes.plot(range(1, 11), losses, **look, linewidth=1, label=[name, None, None])
axes.set(title=f"Network on {data.source}", xlabel="epoch", ylabel="loss per image")
axes.legend()
figure.set_label(
    "Training loss of the network by epoch, a line for each of three starts; those of "
    "a rule lie nearly on one another. The highest after ten epochs: "
    + ", ".join(
        f"{name} {max(run[name].final_loss[0] for run in runs['network']):.3f}"
        for name in optimizers
    )
    + "."
)
plt.show()

# %%
# Where they end
# --------------
#
# The lowest and the highest final loss of the three starts; the share of the test
# images on which two models disagree, and the accuracies in training and on test
# images, each a mean over pairs or starts:

print("          loss            differ  train   test")
for kind, results in runs.items():
    print(kind)
    for name in optimizers:
        ends = [run[name] for run in results]
        losses = [end.final_loss[0] for end in ends]
        said = [end.models[0].forward(tests[0]).argmax(axis=1) for end in ends]
        differ = np.mean([(one != two).mean() for one, two in combinations(said, 2)])
        points[kind, name] = [(e.accuracy[0, -1], e.test_accuracy[0]) for e in ends]
        trained, tested = np.mean(points[kind, name], axis=0)
        print(f"{name:8}  {min(losses):.3f} to {max(losses):.3f}", end="")
        print(f"  {differ:.3f}  {trained:.3f}  {tested:.3f}")

# %%
# Learned or learned by heart
# ---------------------------
#
# The same accuracies for each start. On the gray line the two are equal.

figure, axes = plt.subplots(figsize=(6.4, 4.8), layout="constrained")
for (kind, name), values in points.items():
    color, marker = styles(optimizers)[name]["color"], "os"[kind == "network"]
    axes.plot(*np.transpose(values), marker, color=color, label=f"{kind}, {name}")
axes.axline((0.85, 0.85), slope=1, color="gray", linewidth=1)
axes.set(title=data.source, xlabel="training accuracy", ylabel="test accuracy")
axes.legend()
figure.set_label(
    "Test accuracy by training accuracy. All points lie below the line of equality; "
    "those of the network lie to the right of the linear model's, most of them higher. "
    f"The highest is at {max(y for ends in points.values() for _, y in ends):.3f}."
)
plt.show()

# %%
# All images
# ----------
#
# The network again, from the last start and with Adam, on five times the images:

adam = {"Adam": rules["Adam"]}
print(npnet.compare(starts[-1], loss, adam, images, labels, 100, 10, [0], *tests))

# %%
# What came out
# -------------
#
# From three starts the linear models come to almost the same loss, and disagree little:
# they are on their way to one minimum. The networks disagree more often, under each
# rule: the starts lead to different places. But these are about equally deep, so in
# the loss a start can hardly be told from another. What a rule and its rate do is
# larger: from every start plain descent stays behind the two others.
#
# The networks are on average more accurate on the test images than the linear models,
# under each rule. All models are less accurate there than on the images that they have
# seen. Which rule is ahead on the test images, this lesson does not say: all its runs
# share one shuffle, and with another the order can be another one, too.
#
# More images help more than any of the rules did: with all of them the network gets
# more of the test images right than any network did before. On Fashion-MNIST,
# :cite:t:`xiao2017` report 0.871 for a multilayer perceptron.
#
# Try next: all images with the other rules. Is plain descent behind now? Or
# ``Linear(784, 16)`` and ``Linear(16, 10)``: do networks with fewer hidden units agree
# more, or less?
