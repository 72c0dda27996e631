"""Rules with a rate for each weight."""

from itertools import product

from npoptim.conventions.form import (
    BETA2,
    CONSTANT,
    DECAY,
    FROM_PLACES,
    INSIDE,
    KERAS_DECAY,
    LR,
    NESTEROV,
    NPOPTIM,
    OUTSIDE,
    PENALTY,
    PLACED,
    RATE_INSIDE,
    REQUIRED,
    ROOTED,
    TO_PLACES,
    Form,
    Rule,
    decayed,
    over,
    penalized,
)

BOTH_ROOTS = {"inside": "eps", "inside_steps": "eps"}

RULES: dict[str, Rule] = {
    "Adagrad": Rule(
        {
            "lr": LR,
            "inside": "epsilon inside of the root, and what the sum starts at",
            "eps": OUTSIDE,
            "rate_falls": "how fast the rate falls",
            "penalty": PENALTY,
            "decay": DECAY,
        },
        """
            g = g + penalty * w
            v = v + g ** 2
            r = lr / (1 + (t - 1) * rate_falls)
            w = w - r * g / (sqrt(v) + eps) - r * decay * w
        """,
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
        start={"v": "inside"},
        powers=ROOTED,
    ),
    "Adadelta": Rule(
        {
            "lr": LR,
            "rho": "share of the means that stays",
            "inside": INSIDE,
            "inside_steps": "epsilon inside of the root of the steps",
            "penalty": PENALTY,
            "decay": DECAY,
        },
        """
            g = g + penalty * w
            v = rho * v + (1 - rho) * g ** 2
            u = sqrt(x + inside_steps) / sqrt(v + inside) * g
            x = rho * x + (1 - rho) * u ** 2
            w = w - lr * u - lr * decay * w
        """,
        (
            *decayed(
                Form(
                    "npoptim", "adadelta", "npoptim.Adadelta(model, {})",
                    NPOPTIM | {"lr": 1.0, "decay_rate": 0.95, "eps": 1e-6},
                    {"lr": "lr", "decay_rate": "rho"}, BOTH_ROOTS, {"eps": "inside"},
                )
            ),
            Form(
                "torch", "adadelta", "torch.optim.Adadelta(params, {})",
                {
                    "lr": 1.0, "rho": 0.9, "eps": 1e-6, "weight_decay": 0.0,
                    "maximize": False,
                },
                {"lr": "lr", "rho": "rho", "weight_decay": "penalty"},
                BOTH_ROOTS, {"eps": "inside"},
                only={"maximize": False},
            ),
            Form(
                "keras", "adadelta", "keras.optimizers.Adadelta({})",
                {
                    "learning_rate": 1e-3, "rho": 0.95, "epsilon": 1e-7,
                    "weight_decay": None,
                },
                {"learning_rate": "lr", "rho": "rho"},
                KERAS_DECAY["to"] | {"inside": "epsilon", "inside_steps": "epsilon"},
                KERAS_DECAY["back"] | {"epsilon": "inside"},
            ),
            Form(
                "optax", "adadelta", "optax.adadelta({})",
                {
                    "learning_rate": REQUIRED, "rho": 0.9, "eps": 1e-6,
                    "weight_decay": 0.0,
                },
                {"learning_rate": "lr", "rho": "rho", "weight_decay": "penalty"},
                BOTH_ROOTS, {"eps": "inside"}, mask="weight_decay_mask",
            ),
        ),
        powers=ROOTED,
    ),
    "RMSprop": Rule(
        {
            "lr": LR,
            "rho": BETA2,
            "eps": OUTSIDE,
            "inside": INSIDE,
            "initial": "what the mean of squares starts at",
            "corrected": "whether the means are corrected for a start at 0",
            "centered": "whether the square of the mean is subtracted",
            "momentum": "share of a velocity that stays",
            "nesterov": "whether the look-ahead is Nesterov's",
            "rate_inside": RATE_INSIDE,
            "penalty": PENALTY,
            "decay": DECAY,
        },
        """
            g = g + penalty * w
            v = rho * v + (1 - rho) * g ** 2
            m = rho * m + (1 - rho) * g
            c = where(corrected, 1 - rho ** t, 1)
            s = v / c - where(centered, (m / c) ** 2, 0)
            u = g / (sqrt(s + inside) + eps)
            b = momentum * b + where(rate_inside, lr, 1) * u
            n = where(nesterov, momentum * b + where(rate_inside, lr, 1) * u, b)
            w = w - where(rate_inside, 1, lr) * n - lr * decay * w
        """,
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
                        "initial_scale": "initial", "bias_correction": "corrected",
                    },
                    TO_PLACES
                    | {
                        "momentum": "where(momentum, momentum, 0)",
                        "nesterov": "nesterov",
                    },
                    FROM_PLACES | NESTEROV
                    | {"momentum": "where(momentum, momentum, None)"},
                    {"rate_inside": True},
                )
            ),
            # With the correction it is Adam whose mean is the gradient.
            *decayed(
                Form(
                    "npoptim", "adam without a mean",
                    "npoptim.PaperAdam(model, {}, beta1=0.0)",
                    NPOPTIM | PLACED | {"beta2": 0.999, "eps_in_sqrt": False},
                    {"lr": "lr", "beta2": "rho"}, TO_PLACES, FROM_PLACES,
                    {"corrected": True},
                )
            ),
            Form(
                "torch", "adam without a mean",
                "torch.optim.Adam(params, {})",
                {
                    "lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.0,
                },
                {"lr": "lr", "weight_decay": "penalty"},
                {"rho": "betas[1]", "eps": "eps"},
                {"betas": "(0.0, rho)", "eps": "where(eps, eps, inside)"},
                {"corrected": True},
            ),
        ),
        start={"v": "initial"},
        unless={"rate_inside": ("momentum", CONSTANT), "nesterov": ("momentum", "")},
        powers=ROOTED | {"initial": -2},
    ),
    "FTRL": Rule(
        {
            "lr": LR,
            "initial": "what the sum of squares starts at",
            "beta": "what shortens the first steps",
            "l1": "strength of the penalty on sizes",
            "l2": "strength of the penalty on squares",
            "shrinkage": "strength of a penalty that the sum of squares lacks",
            "penalty": PENALTY,
            "decay": DECAY,
            "decay_before": "strength of a decay before the step, times the rate",
        },
        """
            w = w - lr * decay_before * w
            g = g + penalty * w
            b = sqrt(v)
            v = v + g ** 2
            z = z + g + shrinkage * w - (sqrt(v) - b) / lr * w
            d = (beta + sqrt(v)) / lr + l2
            w = -sign(z) * max(abs(z) - l1, 0) / d - lr * decay * w
        """,
        (
            *decayed(
                Form(
                    "npoptim", "ftrl", "npoptim.FTRL(model, {})",
                    NPOPTIM | {"beta": 1.0, "l1": 0.0, "l2": 0.0},
                    {"lr": "lr", "beta": "beta", "l1": "l1", "l2": "l2"},
                )
            ),
            Form(
                "keras", "ftrl", "keras.optimizers.Ftrl({})",
                {
                    "learning_rate": 1e-3, "learning_rate_power": -0.5,
                    "initial_accumulator_value": 0.1,
                    "l1_regularization_strength": 0.0,
                    "l2_regularization_strength": 0.0,
                    "l2_shrinkage_regularization_strength": 0.0, "beta": 0.0,
                    "weight_decay": None,
                },
                {
                    "learning_rate": "lr", "initial_accumulator_value": "initial",
                    "l1_regularization_strength": "l1", "beta": "beta",
                },
                {
                    "l2": "2 * l2_regularization_strength",
                    "shrinkage": "2 * l2_shrinkage_regularization_strength",
                    "decay_before": "where(weight_decay, weight_decay, 0)",
                },
                {
                    "l2_regularization_strength": "l2 / 2",
                    "l2_shrinkage_regularization_strength": "shrinkage / 2",
                    "weight_decay": "where(decay_before, decay_before, None)",
                },
                only={"learning_rate_power": -0.5},
            ),
        ),
        start={"v": "initial"},
        powers={
            "initial": -2, "beta": -1, "l1": -1, "l2": -1, "shrinkage": -1,
            "penalty": -1,
        },
    ),
    "MADGRAD": Rule(
        {
            "lr": LR,
            "momentum": "share of the way that is left",
            "eps": OUTSIDE,
            "eps_rate": "epsilon added to the rate",
            "penalty": PENALTY,
            "decay": DECAY,
        },
        """
            g = g + penalty * w
            r = (lr + eps_rate) * sqrt(t)
            s = s + r * g
            v = v + r * g ** 2
            z = first - s / (v ** (1 / 3) + eps)
            w = w + (1 - momentum) * (z - w) - lr * decay * w
        """,
        (
            *decayed(
                Form(
                    "npoptim", "madgrad", "npoptim.MADGRAD(model, {})",
                    {"lr": 0.01, "weight_decay": 0.0, "momentum": 0.9, "eps": 1e-6},
                    {"lr": "lr", "momentum": "momentum", "eps": "eps"},
                )
            ),
            *penalized(
                Form(
                    "optax", "madgrad", "optax.contrib.madgrad({})",
                    {
                        "learning_rate": REQUIRED, "momentum": 0.9, "weight_decay": 0.0,
                        "eps": 1e-6,
                    },
                    {"learning_rate": "lr", "momentum": "momentum", "eps": "eps"},
                    {"eps_rate": "eps"},
                    only={"weight_decay": 0.0},
                )
            ),
        ),
        start={"first": "w"},
        powers={
            "lr": 0.5, "eps": -0.5, "eps_rate": 0.5, "penalty": -1, "decay": -0.5,
        },
    ),
}  # fmt: skip
