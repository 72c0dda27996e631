r"""
One regression, written four ways
=================================

A logistic regression is convex: all rules come down to the same minimum. What does it
change to measure its inputs in other units, or from another zero?

With the slope :math:`w_1` and the bias :math:`w_2` the logit of an input :math:`x` is
:math:`z = w_1 x + w_2`. If all inputs are multiplied by :math:`c`, the slope
:math:`w_1/c` gives the same logits, and if they are shifted by :math:`c`, the bias
:math:`w_2 - c w_1` does. So nothing that the model can say changes. The path does.
"""

import matplotlib.pyplot as plt
import numpy as np

from npoptim import SGD, Adagrad, Arrays, PaperAdam
from npoptim.plotting import styles
from npoptim.problems import LogisticRegression

# %%
# The condition number
# --------------------
#
# The samples of :class:`~npoptim.problems.LogisticRegression`, at 0 and 2: as they are,
# centered at 0, in a unit a tenth as large, and from a zero that is 5 away. The
# curvatures at the minimum, from the flattest to the steepest direction, are the
# eigenvalues of :math:`\sum p (1 - p)\, (x, 1)(x, 1)^T`, with the probability
# :math:`p` of a sample.

ways = {"as given": (1, 0), "centered": (1, -1), "times 10": (10, 0), "plus 5": (1, 5)}
problems = {}
print("          flattest   steepest        κ")
for way, (factor, shift) in ways.items():
    problem = LogisticRegression()
    problem.samples = [(factor * x + shift, k) for x, k in problem.samples]
    slope = problem.minimizers[0, 0] / factor
    problem.minimizers = np.array([[slope, -slope * shift]])
    x = np.array([(x, 1) for x, _ in problem.samples])
    p = 1 / (1 + np.exp(-x @ problem.minimizers[0]))
    flat, steep = np.linalg.eigvalsh((p * (1 - p) * x.T) @ x)
    print(f"{way:8} {flat:9.4f} {steep:10.1f} {steep / flat:8.0f}")
    problems[way] = problem

# %%
# The same search for each
# ------------------------
#
# Twenty starts, the same functions each way. A rule has arrived at the step from which
# on the loss stays within 0.001 of the least. Of the rates from 0.0001 to 10, two to a
# power of ten, the table has the one at which the median over the starts is lowest.

rules = {
    "SGD": SGD,
    "Momentum": lambda model, lr: SGD(model, lr, momentum=0.9),
    "Adagrad": Adagrad,
    "Adam": PaperAdam,
}
starts = np.random.default_rng(0).normal(0, 2, (2, 20))


def arrival(way, rule, lr):
    """Return the median over the starts; 401 is never."""
    problem, (factor, shift) = problems[way], ways[way]
    slope, bias = starts
    model = Arrays(w=[slope / factor, bias - shift * slope / factor])
    optimizer, w, path = rule(model, lr), model.parameters["w"], []
    for _ in range(401):
        path.append(w.copy())
        model.gradients["w"][...] = problem.gradient(w)
        optimizer.step()
    loss = problem.value(np.stack(path, axis=1)) - problem.value(problem.minimizers[0])
    return np.median(401 - (loss[::-1] < 0.001).cumprod(axis=0).sum(axis=0))


figure, axes = plt.subplots(figsize=(6.4, 4.8), layout="constrained")
rates = np.geomspace(1e-4, 10, 11)
print("arrives " + "".join(f"{way:>13}" for way in ways))
for name, look in styles(rules).items():
    best = [min((arrival(way, rules[name], lr), lr) for lr in rates) for way in ways]
    texts = [f"{n:.0f} at {lr:.1g}" if n < 401 else "never" for n, lr in best]
    print(f"{name:8}" + "".join(f"{text:>13}" for text in texts))
    steps = [n if n < 401 else np.nan for n, _ in best]
    axes.semilogy(list(ways), steps, "o", markersize=9, color=look["color"], label=name)
axes.set(xlabel="inputs", ylabel="steps to arrive, at the best rate", ylim=(3, 500))
axes.legend(loc="upper left")
figure.set_label(
    "Steps to arrive for four ways to write the inputs. Centered, SGD and Adagrad need "
    "fewer than ten. In another unit SGD has no point, since it does not arrive, and "
    "from another zero neither has Adagrad. Adam needs some 60, and at most 120."
)
plt.show()

# %%
# What came out
# -------------
#
# With plain descent the steps grow with :math:`\kappa`, and centering the inputs is
# worth more than any of these rules. Momentum minds a large :math:`\kappa` less. Where
# it is small, momentum 0.9 is no help: its best factor is :math:`\sqrt{0.9}` a step, as
# :doc:`/auto_gallery/landscapes/plot_momentum` has it, and the velocity has to die out.
#
# Adagrad and Adam divide each weight's gradient by its own size. That undoes another
# unit, nearly, for it stretches one weight. It does not undo another zero, which turns
# the valley away from the weights, as in :doc:`/auto_gallery/landscapes/plot_race`.
# Adam arrives there, too, if later.
#
# So before the rule is chosen, the inputs can be written well: centered, and of about
# the same size. The model that is found is the same.
#
# References: :cite:t:`cox1958` for the regression, :cite:t:`duchi2011` for Adagrad,
# :cite:t:`kingma2015` for Adam.
#
# Try next: ``"both": (10, -10)``, centered in the other unit. Whom does it trouble?
