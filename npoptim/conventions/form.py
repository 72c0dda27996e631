"""What each framework makes of a rule, as data.

A rule has terms: numbers that say what it computes, whatever they are called, and the
steps that it takes with them. A form is a call of a framework, with its arguments and
their defaults, and how the two stand to each other.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

REQUIRED = object()  # the default of an argument that has none
FRAMEWORKS = ("npoptim", "torch", "keras", "optax")


class Form(NamedTuple):
    """A call of a framework that is a rule."""

    framework: str
    name: str
    """What the call is named by, such as adam or adamw."""
    call: str
    """The call, with {} for its arguments and {term} for the value of a term."""
    defaults: Mapping[str, Any]
    same: Mapping[str, str]
    """Arguments that are a term."""
    to: Mapping[str, str] = {}
    """Terms as expressions of arguments."""
    back: Mapping[str, str] = {}
    """Arguments as expressions of terms."""
    fixed: Mapping[str, Any] = {}
    """Terms that have one value, of those that differ from 0; None is any value."""
    only: Mapping[str, Any] = {}
    """Arguments that are another rule with another value, be it the default."""
    mask: str = "mask"
    """Optax's argument for the parameters that decay; empty if all do, or none."""
    placed: tuple[str, ...] = ()
    """Arguments with a place of their own in the call, as {argument}."""


class Rule(NamedTuple):
    """A rule that several frameworks have."""

    terms: Mapping[str, str]
    """What it is made of, and what each means. All are 0 where a form lacks them."""
    steps: str
    """What it does with them at step t and gradient g: a line for each assignment.

    What is assigned is kept for the next step. Capital letters are matrices, and
    lr_next is the rate of the next step, loss that at the weights, and gradient_at()
    the gradient elsewhere.
    """
    forms: tuple[Form, ...]
    start: Mapping[str, str] = {}
    """What a name is before the first step, of those that are not 0."""
    unless: Mapping[str, tuple[str, str]] = {}
    """Terms that make no difference where an expression is 0, and under a condition."""
    powers: Mapping[str, float] = {}
    """Terms that go as a power of the gradient's unit where the steps do not."""
    joint: bool = False
    """Whether it takes all arrays as one vector."""
    in_python: bool = False
    """Whether it is asked for in Python alone, and not in the form of the page.

    So are lists, and distances that rounding decides.
    """
    result: str = "w"
    """What they are for: w, the weights, their average a, the gradient g, or rate."""


PENALTY = "strength of an L2 penalty, added to the gradient"
DECAY = "strength of a decay beside the step, times the rate"
OUTSIDE = "epsilon beside the root"
INSIDE = "epsilon inside of the root"
HAT = "epsilon beside the root of the uncorrected mean"
CONSTANT = "the learning rate stays constant"
ONE_ARRAY = "there is one array alone"
TWO_AXES = "no array has more than two axes"
CURVED = "the curvature along each step is above the least"
SHORT = "the first gradient's components are at most 1 in sum"
NOT_STILL = "the gradients are not all 0"
NO_STOP = "no gradient is so small that it stops"
NO_LONGER = "there are no more steps than the schedule is for"


def decayed(form: Form, **more: str) -> Iterator[Form]:
    """Yield a form of this package, and one whose decay is beside the step.

    Parameters
    ----------
    form : Form
        With ``weight_decay`` as the penalty.
    **more : str
        Arguments and terms that both have, too.
    """
    same = {**form.same, **more}
    yield form._replace(same={**same, "weight_decay": "penalty"})
    name = form.call.partition("(")[0].removeprefix("npoptim.")
    if name.startswith("type"):
        call = form.call.replace('", (', 'W", (npoptim.DecoupledWeightDecay, ', 1)
    else:
        call = (
            f'type("{name}W", (npoptim.DecoupledWeightDecay, npoptim.{name}), {{{{}}}})'
            f"({form.call.partition('(')[2]}"
        )
    yield form._replace(call=call, same={**same, "weight_decay": "decay"})


def penalized(form: Form) -> Iterator[Form]:
    """Yield a form of Optax, and one with a penalty before it."""
    yield form
    yield form._replace(
        call=f"optax.chain(optax.add_decayed_weights({{penalty}}), {form.call})",
        name=f"{form.name} with a penalty",
        fixed={**form.fixed, "penalty": None},
    )


def over(wrapper: str, rule: str) -> str:
    """Return the call of a rule of this package, or of a wrapper over it.

    Parameters
    ----------
    wrapper : str
        A class, or nothing.
    rule : str
        The rule's class.
    """
    if not wrapper:
        return f"npoptim.{rule}(model, {{}})"
    return (
        f'type("{wrapper}{rule}", (npoptim.{wrapper}, npoptim.{rule}), {{{{}}}})'
        "(model, {})"
    )


NPOPTIM = {"lr": 1e-3, "weight_decay": 0.0}
PLACED = {"eps": 1e-8, "eps_in_sqrt": True}
TO_PLACES = {
    "eps": "where(eps_in_sqrt, 0, eps)",
    "inside": "where(eps_in_sqrt, eps, 0)",
}
FROM_PLACES = {"eps": "where(inside, inside, eps)", "eps_in_sqrt": "inside > 0"}
TO_CORRECTED = {"uncorrected": "not bias_correction"}
FROM_CORRECTED = {"bias_correction": "not uncorrected"}
# It is refused, or warned of, where there is no momentum.
NESTEROV = {"nesterov": "where(momentum, nesterov, 0)"}
# Where there is one epsilon, and it is in another place, the same number is nearest.
ANY_EPS = "where(eps, eps, where(eps_hat, eps_hat, inside))"
OPTAX_EPS = {"eps": "where(eps, eps, eps_hat)"}
BETAS = {"beta1": "betas[0]", "beta2": "betas[1]"}
B = {"learning_rate": "lr", "b1": "beta1", "b2": "beta2"}
BETA_ = {"learning_rate": "lr", "beta_1": "beta1", "beta_2": "beta2"}
KERAS_DECAY: dict[str, Any] = {
    "to": {"decay": "where(weight_decay, weight_decay, 0)"},
    "back": {"weight_decay": "where(decay, decay, None)"},
}
LR = "learning rate"
BETA1 = "share of the mean that stays"
BETA2 = "share of the mean of squares that stays"
AHEAD = "whether the mean is one step ahead (Nesterov)"
RATE_INSIDE = "whether the rate is inside of the velocity"
# Of gradients in another unit, a rule that divides by their size takes the same steps.
ROOTED = {"eps": -1, "inside": -2, "eps_hat": -1, "penalty": -1}


class Lines(NamedTuple):
    """What a program does before each step t, from 1 on, where no argument does it."""

    framework: str
    term: str
    """What they are for."""
    instead: frozenset[str]
    """Terms that they replace."""
    text: str
    """With {term} for the value of a term."""


LINES = (
    Lines(
        "torch",
        "eps_hat",
        frozenset({"eps"}),
        "for group in optimizer.param_groups:\n"
        '    group["eps"] = {eps_hat} / (1 - {beta2} ** t) ** 0.5',
    ),
    Lines(
        "torch",
        "decay",
        frozenset(),
        "for group in optimizer.param_groups:\n"
        '    for w in group["params"]:\n'
        '        w.data.mul_(1 - group["lr"] * {decay})',
    ),
    Lines(
        "keras",
        "eps",
        frozenset({"eps_hat"}),
        "optimizer.epsilon = {eps} * (1 - {beta2} ** t) ** 0.5",
    ),
    Lines(
        "keras",
        "penalty",
        frozenset(),
        "gradients = [g + {penalty} * w for g, w in zip(gradients, weights)]",
    ),
    Lines(
        "optax",
        "decay",
        frozenset(),
        "params = jax.tree.map(lambda w: (1 - learning_rate * {decay}) * w, params)",
    ),
)
