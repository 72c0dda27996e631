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
            *penalized(
                Form(
                    "optax", "adadelta", "optax.adadelta({})",
                    {
                        "learning_rate": REQUIRED, "rho": 0.9, "eps": 1e-6,
                        "weight_decay": 0.0,
                    },
                    {"learning_rate": "lr", "rho": "rho"},
                    BOTH_ROOTS, {"eps": "inside"}, only={"weight_decay": 0.0},
                )
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
            u = g / (sqrt(v - where(centered, m ** 2, 0) + inside) + eps)
            b = momentum * b + where(rate_inside, lr, 1) * u
            s = where(nesterov, momentum * b + where(rate_inside, lr, 1) * u, b)
            w = w - where(rate_inside, 1, lr) * s - lr * decay * w
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
        unless={"rate_inside": ("momentum", CONSTANT), "nesterov": ("momentum", "")},
        powers=ROOTED,
    ),
}  # fmt: skip
