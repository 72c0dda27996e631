"""What each framework makes of a rule, as data.

A rule has terms: numbers that say what it computes, whatever they are called. A form is
a call of a framework, with its arguments and their defaults, and how the two stand to
each other. Expressions are of arithmetic, comparisons, indices and ``where``, so that
they can be read in other languages, too.
"""

from collections.abc import Iterator, Mapping
from itertools import product
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
    """Terms that have one value, of those that differ from 0."""
    only: Mapping[str, Any] = {}
    """Arguments that are another rule with another value."""


class Rule(NamedTuple):
    """A rule that several frameworks have."""

    terms: Mapping[str, str]
    """What it is made of, and what each means. All are 0 where a form lacks them."""
    forms: tuple[Form, ...]
    unless: Mapping[str, tuple[str, str]] = {}
    """Terms that make no difference where an expression is 0, and under a condition."""


PENALTY = "strength of an L2 penalty, added to the gradient"
DECAY = "strength of a decay beside the step, times the rate"
OUTSIDE = "epsilon beside the root"
INSIDE = "epsilon inside of the root"
HAT = "epsilon beside the root of the uncorrected mean"
CONSTANT = "the learning rate stays constant"


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


# Above it, the share is beta1 from the first step on, to all digits.
RISE = {
    "rise": "where(momentum_decay < 1e6, momentum_decay, 0)",
    "constant": "momentum_decay >= 1e6",
}
MOMENTUM_DECAY = {"momentum_decay": "where(constant, 1e9, rise)"}
NPOPTIM = {"lr": 1e-3, "weight_decay": 0.0}
PLACED = {"eps": 1e-8, "eps_in_sqrt": True}
TO_PLACES = {
    "eps": "where(eps_in_sqrt, 0, eps)",
    "inside": "where(eps_in_sqrt, eps, 0)",
}
FROM_PLACES = {"eps": "where(inside, inside, eps)", "eps_in_sqrt": "inside > 0"}
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

RULES: dict[str, Rule] = {
    "SGD": Rule(
        {
            "lr": LR,
            "momentum": "share of the velocity that stays",
            "nesterov": "whether the look-ahead is Nesterov's",
            "rate_inside": "whether the rate is inside of the velocity",
            "penalty": PENALTY,
            "decay": DECAY,
        },
        (
            *decayed(
                Form(
                    "npoptim", "sgd", "npoptim.SGD(model, {})",
                    NPOPTIM | {"momentum": 0.0, "nesterov": False},
                    {"lr": "lr", "momentum": "momentum"}, {"nesterov": "nesterov"},
                    NESTEROV, {"rate_inside": True},
                )
            ),
            Form(
                "torch", "sgd", "torch.optim.SGD(params, {})",
                {
                    "lr": 1e-3, "momentum": 0.0, "dampening": 0.0, "weight_decay": 0.0,
                    "nesterov": False, "maximize": False,
                },
                {"lr": "lr", "momentum": "momentum", "weight_decay": "penalty"},
                {"nesterov": "nesterov"}, NESTEROV,
                only={"dampening": 0.0, "maximize": False},
            ),
            Form(
                "keras", "sgd", "keras.optimizers.SGD({})",
                {
                    "learning_rate": 0.01, "momentum": 0.0, "nesterov": False,
                    "weight_decay": None,
                },
                {
                    "learning_rate": "lr", "momentum": "momentum",
                    "nesterov": "nesterov",
                },
                fixed={"rate_inside": True}, **KERAS_DECAY,
            ),
            *penalized(
                Form(
                    "optax", "sgd", "optax.sgd({})",
                    {"learning_rate": REQUIRED, "momentum": None, "nesterov": False},
                    {"learning_rate": "lr", "nesterov": "nesterov"},
                    {"momentum": "where(momentum, momentum, 0)"},
                    {"momentum": "where(momentum, momentum, None)"},
                )
            ),
        ),
        {"rate_inside": ("momentum", CONSTANT), "nesterov": ("momentum", "")},
    ),
    "Adagrad": Rule(
        {
            "lr": LR,
            "inside": "epsilon inside of the root, and what the sum starts at",
            "eps": OUTSIDE,
            "rate_falls": "how fast the rate falls",
            "penalty": PENALTY,
            "decay": DECAY,
        },
        (
            *decayed(
                Form(
                    "npoptim", "adagrad", "npoptim.Adagrad(model, {})",
                    NPOPTIM | PLACED, {"lr": "lr"}, TO_PLACES, FROM_PLACES,
                )
            ),
            Form(
                "torch", "adagrad", "torch.optim.Adagrad(params, {})",
                {
                    "lr": 0.01, "lr_decay": 0.0, "weight_decay": 0.0,
                    "initial_accumulator_value": 0.0, "eps": 1e-10, "maximize": False,
                },
                {
                    "lr": "lr", "lr_decay": "rate_falls", "eps": "eps",
                    "initial_accumulator_value": "inside", "weight_decay": "penalty",
                },
                only={"maximize": False},
            ),
            Form(
                "keras", "adagrad", "keras.optimizers.Adagrad({})",
                {
                    "learning_rate": 1e-3, "initial_accumulator_value": 0.1,
                    "epsilon": 1e-7, "weight_decay": None,
                },
                {"learning_rate": "lr"},
                KERAS_DECAY["to"] | {"inside": "initial_accumulator_value + epsilon"},
                KERAS_DECAY["back"]
                | {"initial_accumulator_value": "inside", "epsilon": "0.0"},
            ),
            *penalized(
                Form(
                    "optax", "adagrad", "optax.adagrad({})",
                    {
                        "learning_rate": REQUIRED, "initial_accumulator_value": 0.1,
                        "eps": 1e-7,
                    },
                    {"learning_rate": "lr"},
                    {"inside": "initial_accumulator_value + eps"},
                    {"initial_accumulator_value": "inside", "eps": "0.0"},
                )
            ),
        ),
    ),
    "Adadelta": Rule(
        {
            "lr": LR,
            "rho": "share of the means that stays",
            "inside": INSIDE,
            "penalty": PENALTY,
            "decay": DECAY,
        },
        (
            *decayed(
                Form(
                    "npoptim", "adadelta", "npoptim.Adadelta(model, {})",
                    NPOPTIM | {"lr": 1.0, "decay_rate": 0.95, "eps": 1e-6},
                    {"lr": "lr", "decay_rate": "rho", "eps": "inside"},
                )
            ),
            Form(
                "torch", "adadelta", "torch.optim.Adadelta(params, {})",
                {
                    "lr": 1.0, "rho": 0.9, "eps": 1e-6, "weight_decay": 0.0,
                    "maximize": False,
                },
                {"lr": "lr", "rho": "rho", "eps": "inside", "weight_decay": "penalty"},
                only={"maximize": False},
            ),
            Form(
                "keras", "adadelta", "keras.optimizers.Adadelta({})",
                {
                    "learning_rate": 1e-3, "rho": 0.95, "epsilon": 1e-7,
                    "weight_decay": None,
                },
                {"learning_rate": "lr", "rho": "rho", "epsilon": "inside"},
                **KERAS_DECAY,
            ),
            *penalized(
                Form(
                    "optax", "adadelta", "optax.adadelta({})",
                    {
                        "learning_rate": REQUIRED, "rho": 0.9, "eps": 1e-6,
                        "weight_decay": 0.0,
                    },
                    {"learning_rate": "lr", "rho": "rho", "eps": "inside"},
                    only={"weight_decay": 0.0},
                )
            ),
        ),
    ),
    "Adam": Rule(
        {
            "lr": LR,
            "beta1": BETA1,
            "beta2": BETA2,
            "eps": OUTSIDE,
            "inside": INSIDE,
            "eps_hat": HAT,
            "maximum": "largest mean of squares instead of the mean (AMSGrad): 1 is "
            "corrected after the largest is taken, 2 before",
            "penalty": PENALTY,
            "decay": DECAY,
        },
        (
            *decayed(
                Form(
                    "npoptim", "adam", "npoptim.PaperAdam(model, {})",
                    NPOPTIM
                    | {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "eps_in_sqrt": False},
                    {"lr": "lr", "beta1": "beta1", "beta2": "beta2"},
                    TO_PLACES, FROM_PLACES,
                )
            ),
            Form(
                "npoptim", "adamw", "npoptim.AdamW(model, {})",
                {
                    "lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8,
                    "eps_in_sqrt": False, "weight_decay": 0.01,
                },
                {
                    "lr": "lr", "beta1": "beta1", "beta2": "beta2",
                    "weight_decay": "decay",
                },
                TO_PLACES, FROM_PLACES,
            ),
            Form(
                "npoptim", "adam with eps_hat",
                "npoptim.PaperAdam(model, {}, eps=lambda t: {eps_hat} / "
                "(1 - {beta2} ** t) ** 0.5)",
                NPOPTIM | {"beta1": 0.9, "beta2": 0.999},
                {
                    "lr": "lr", "beta1": "beta1", "beta2": "beta2",
                    "weight_decay": "penalty",
                },
                fixed={"eps_hat": None},
            ),
            Form(
                "npoptim", "adamw with eps_hat",
                "npoptim.AdamW(model, {}, eps=lambda t: {eps_hat} / "
                "(1 - {beta2} ** t) ** 0.5)",
                {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "weight_decay": 0.01},
                {
                    "lr": "lr", "beta1": "beta1", "beta2": "beta2",
                    "weight_decay": "decay",
                },
                fixed={"eps_hat": None},
            ),
            *decayed(
                Form(
                    "npoptim", "amsgrad with eps_hat",
                    "npoptim.AMSGrad(model, {}, bias_correction=True, "
                    "eps_in_sqrt=False, eps=lambda t: {eps_hat} / "
                    "(1 - {beta2} ** t) ** 0.5)",
                    NPOPTIM
                    | {"beta1": 0.9, "beta2": 0.999, "corrected_maximum": False},
                    {"lr": "lr", "beta1": "beta1", "beta2": "beta2"},
                    {"maximum": "where(corrected_maximum, 2, 1)"},
                    {"corrected_maximum": "maximum == 2"},
                    {"eps_hat": None},
                )
            ),
            *decayed(
                Form(
                    "npoptim", "amsgrad",
                    "npoptim.AMSGrad(model, {}, bias_correction=True)",
                    NPOPTIM
                    | {
                        "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "eps_in_sqrt": True,
                        "corrected_maximum": False,
                    },
                    {"lr": "lr", "beta1": "beta1", "beta2": "beta2"},
                    TO_PLACES | {"maximum": "where(corrected_maximum, 2, 1)"},
                    FROM_PLACES | {"corrected_maximum": "maximum == 2"},
                )
            ),
            *(
                Form(
                    "torch", cls.lower(), f"torch.optim.{cls}(params, {{}})",
                    {
                        "lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8,
                        "weight_decay": default, "amsgrad": False, "maximize": False,
                    },
                    {"lr": "lr", "weight_decay": term},
                    BETAS | {"eps": "eps", "maximum": "where(amsgrad, 1, 0)"},
                    {
                        "betas": "(beta1, beta2)",
                        "eps": ANY_EPS,
                        "amsgrad": "maximum > 0",
                    },
                    only={"maximize": False},
                )
                for cls, default, term in (
                    ("Adam", 0.0, "penalty"), ("AdamW", 0.01, "decay")
                )
            ),
            *(
                Form(
                    "keras", cls.lower(), f"keras.optimizers.{cls}({{}})",
                    {
                        "learning_rate": 1e-3, "beta_1": 0.9, "beta_2": 0.999,
                        "epsilon": 1e-7, "amsgrad": False, "weight_decay": default,
                    },
                    BETA_,
                    KERAS_DECAY["to"]
                    | {"eps_hat": "epsilon", "maximum": "where(amsgrad, 1, 0)"},
                    {
                        "weight_decay": decay,
                        "epsilon": ANY_EPS,
                        "amsgrad": "maximum > 0",
                    },
                )
                for cls, default, decay in (
                    ("Adam", None, KERAS_DECAY["back"]["weight_decay"]),
                    ("AdamW", 0.004, "decay"),
                )
            ),
            *penalized(
                Form(
                    "optax", "adam", "optax.adam({})",
                    {
                        "learning_rate": REQUIRED, "b1": 0.9, "b2": 0.999, "eps": 1e-8,
                        "eps_root": 0.0, "nesterov": False,
                    },
                    B | {"eps_root": "inside"}, {"eps": "eps"}, OPTAX_EPS,
                    only={"nesterov": False},
                )
            ),
            Form(
                "optax", "adamw", "optax.adamw({})",
                {
                    "learning_rate": REQUIRED, "b1": 0.9, "b2": 0.999, "eps": 1e-8,
                    "eps_root": 0.0, "weight_decay": 1e-4, "nesterov": False,
                },
                B | {"eps_root": "inside", "weight_decay": "decay"},
                {"eps": "eps"}, OPTAX_EPS, only={"nesterov": False},
            ),
            *penalized(
                Form(
                    "optax", "amsgrad", "optax.amsgrad({})",
                    {
                        "learning_rate": REQUIRED, "b1": 0.9, "b2": 0.999, "eps": 1e-8,
                        "eps_root": 0.0, "bias_correction_mu": True,
                        "bias_correction_nu": True,
                    },
                    B | {"eps_root": "inside"}, {"eps": "eps"}, OPTAX_EPS,
                    fixed={"maximum": 2},
                    only={"bias_correction_mu": True, "bias_correction_nu": True},
                )
            ),
        ),
    ),
    "RMSprop": Rule(
        {
            "lr": LR,
            "rho": BETA2,
            "eps": OUTSIDE,
            "inside": INSIDE,
            "centered": "whether the square of the mean is subtracted",
            "momentum": "share of a velocity that stays",
            "nesterov": "whether the look-ahead is Nesterov's",
            "rate_inside": "whether the rate is inside of the velocity",
            "penalty": PENALTY,
            "decay": DECAY,
        },
        (
            *(
                form
                for centered, velocity in product((False, True), repeat=2)
                for form in decayed(
                    Form(
                        "npoptim",
                        "centeredrmsprop" if centered else "rmsprop",
                        over("Velocity" * velocity, "Centered" * centered + "RMSprop"),
                        NPOPTIM | PLACED | {"decay_rate": 0.9}
                        | ({"step_momentum": 0.9} if velocity else {}),
                        {"lr": "lr", "decay_rate": "rho"}
                        | ({"step_momentum": "momentum"} if velocity else {}),
                        TO_PLACES, FROM_PLACES,
                        {"centered": centered, "rate_inside": True},
                    )
                )
            ),
            Form(
                "torch", "rmsprop", "torch.optim.RMSprop(params, {})",
                {
                    "lr": 0.01, "alpha": 0.99, "eps": 1e-8, "weight_decay": 0.0,
                    "momentum": 0.0, "centered": False, "maximize": False,
                },
                {
                    "lr": "lr", "alpha": "rho", "weight_decay": "penalty",
                    "momentum": "momentum", "centered": "centered",
                },
                {"eps": "eps"}, {"eps": "where(eps, eps, inside)"},
                only={"maximize": False},
            ),
            Form(
                "keras", "rmsprop", "keras.optimizers.RMSprop({})",
                {
                    "learning_rate": 1e-3, "rho": 0.9, "momentum": 0.0,
                    "epsilon": 1e-7, "centered": False, "weight_decay": None,
                },
                {
                    "learning_rate": "lr", "rho": "rho", "momentum": "momentum",
                    "centered": "centered",
                },
                KERAS_DECAY["to"] | {"inside": "epsilon"},
                KERAS_DECAY["back"] | {"epsilon": "where(inside, inside, eps)"},
                {"rate_inside": True},
            ),
            *penalized(
                Form(
                    "optax", "rmsprop", "optax.rmsprop({})",
                    {
                        "learning_rate": REQUIRED, "decay": 0.9, "eps": 1e-8,
                        "initial_scale": 0.0, "eps_in_sqrt": True, "centered": False,
                        "momentum": None, "nesterov": False, "bias_correction": False,
                    },
                    {
                        "learning_rate": "lr", "decay": "rho", "centered": "centered",
                    },
                    TO_PLACES
                    | {
                        "momentum": "where(momentum, momentum, 0)",
                        "nesterov": "nesterov",
                    },
                    FROM_PLACES | NESTEROV
                    | {"momentum": "where(momentum, momentum, None)"},
                    {"rate_inside": True},
                    {"initial_scale": 0.0, "bias_correction": False},
                )
            ),
        ),
        {"rate_inside": ("momentum", CONSTANT), "nesterov": ("momentum", "")},
    ),
    "Adamax": Rule(
        {
            "lr": LR,
            "beta1": BETA1,
            "beta2": "share of the largest size that stays",
            "eps": "epsilon added to the sizes before the largest is taken",
            "eps_after": "epsilon added to the largest size",
            "penalty": PENALTY,
            "decay": DECAY,
        },
        (
            *decayed(
                Form(
                    "npoptim", "adamax", "npoptim.Adamax(model, {})",
                    {
                        "lr": 2e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8,
                        "weight_decay": 0.0,
                    },
                    {"lr": "lr", "beta1": "beta1", "beta2": "beta2"},
                    {"eps": "eps"}, {"eps": "where(eps, eps, eps_after)"},
                )
            ),
            Form(
                "torch", "adamax", "torch.optim.Adamax(params, {})",
                {
                    "lr": 2e-3, "betas": (0.9, 0.999), "eps": 1e-8,
                    "weight_decay": 0.0, "maximize": False,
                },
                {"lr": "lr", "weight_decay": "penalty"}, BETAS | {"eps": "eps"},
                {"betas": "(beta1, beta2)", "eps": "where(eps, eps, eps_after)"},
                only={"maximize": False},
            ),
            Form(
                "keras", "adamax", "keras.optimizers.Adamax({})",
                {
                    "learning_rate": 1e-3, "beta_1": 0.9, "beta_2": 0.999,
                    "epsilon": 1e-7, "weight_decay": None,
                },
                BETA_, KERAS_DECAY["to"] | {"eps_after": "epsilon"},
                KERAS_DECAY["back"] | {"epsilon": "where(eps_after, eps_after, eps)"},
            ),
            *penalized(
                Form(
                    "optax", "adamax", "optax.adamax({})",
                    {"learning_rate": REQUIRED, "b1": 0.9, "b2": 0.999, "eps": 1e-8},
                    B, {"eps": "eps"}, {"eps": "where(eps, eps, eps_after)"},
                )
            ),
            Form(
                "optax", "adamaxw", "optax.adamaxw({})",
                {
                    "learning_rate": REQUIRED, "b1": 0.9, "b2": 0.999, "eps": 1e-8,
                    "weight_decay": 1e-4,
                },
                B | {"weight_decay": "decay"}, {"eps": "eps"},
                {"eps": "where(eps, eps, eps_after)"},
            ),
        ),
    ),
    "NAdam": Rule(
        {
            "lr": LR,
            "beta1": BETA1,
            "beta2": BETA2,
            "eps": OUTSIDE,
            "inside": INSIDE,
            "rise": "how fast the share of the mean rises to beta1",
            "constant": "whether it is beta1 from the first step on",
            "penalty": PENALTY,
            "decay": DECAY,
        },
        (
            *decayed(
                Form(
                    "npoptim", "nadam", "npoptim.NAdam(model, {})",
                    {
                        "lr": 2e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8,
                        "eps_in_sqrt": False, "momentum_decay": 4e-3,
                        "weight_decay": 0.0,
                    },
                    {"lr": "lr", "beta1": "beta1", "beta2": "beta2"},
                    TO_PLACES | RISE, FROM_PLACES | MOMENTUM_DECAY,
                )
            ),
            *(
                Form(
                    "torch", f"nadam{'w' * decoupled}",
                    "torch.optim.NAdam(params, {}"
                    + ", decoupled_weight_decay=True" * decoupled + ")",
                    {
                        "lr": 2e-3, "betas": (0.9, 0.999), "eps": 1e-8,
                        "weight_decay": 0.0, "momentum_decay": 4e-3, "maximize": False,
                    },
                    {"lr": "lr", "weight_decay": "decay" if decoupled else "penalty"},
                    BETAS | {"eps": "eps"} | RISE,
                    {"betas": "(beta1, beta2)", "eps": "where(eps, eps, inside)"}
                    | MOMENTUM_DECAY,
                    only={"maximize": False},
                )
                for decoupled in (False, True)
            ),
            Form(
                "keras", "nadam", "keras.optimizers.Nadam({})",
                {
                    "learning_rate": 1e-3, "beta_1": 0.9, "beta_2": 0.999,
                    "epsilon": 1e-7, "weight_decay": None,
                },
                BETA_, KERAS_DECAY["to"] | {"eps": "epsilon"},
                KERAS_DECAY["back"] | {"epsilon": "where(eps, eps, inside)"},
                {"rise": 1.0},
            ),
            *penalized(
                Form(
                    "optax", "nadam", "optax.nadam({})",
                    {
                        "learning_rate": REQUIRED, "b1": 0.9, "b2": 0.999, "eps": 1e-8,
                        "eps_root": 0.0,
                    },
                    B | {"eps": "eps", "eps_root": "inside"}, fixed={"constant": True},
                )
            ),
            Form(
                "optax", "nadamw", "optax.nadamw({})",
                {
                    "learning_rate": REQUIRED, "b1": 0.9, "b2": 0.999, "eps": 1e-8,
                    "eps_root": 0.0, "weight_decay": 1e-4,
                },
                B | {"eps": "eps", "eps_root": "inside", "weight_decay": "decay"},
                fixed={"constant": True},
            ),
        ),
    ),
    "Lion": Rule(
        {
            "lr": LR,
            "beta1": "share of the mean in a step",
            "beta2": BETA1,
            "decay": DECAY,
        },
        (
            Form(
                "npoptim", "lion", "npoptim.Lion(model, {})",
                {"lr": 1e-4, "beta1": 0.9, "beta2": 0.99, "weight_decay": 0.0},
                {
                    "lr": "lr", "beta1": "beta1", "beta2": "beta2",
                    "weight_decay": "decay",
                },
            ),
            Form(
                "keras", "lion", "keras.optimizers.Lion({})",
                {
                    "learning_rate": 1e-3, "beta_1": 0.9, "beta_2": 0.99,
                    "weight_decay": None,
                },
                BETA_, **KERAS_DECAY,
            ),
            Form(
                "optax", "lion", "optax.lion({})",
                {
                    "learning_rate": REQUIRED, "b1": 0.9, "b2": 0.99,
                    "weight_decay": 1e-3,
                },
                B | {"weight_decay": "decay"},
            ),
        ),
    ),
}  # fmt: skip
