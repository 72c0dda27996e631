"""Rules that follow the gradient."""

from npoptim.conventions.form import (
    CONSTANT,
    DECAY,
    KERAS_DECAY,
    LR,
    NESTEROV,
    NPOPTIM,
    PENALTY,
    RATE_INSIDE,
    REQUIRED,
    Form,
    Rule,
    decayed,
    penalized,
)

RULES: dict[str, Rule] = {
    "SGD": Rule(
        {
            "lr": LR,
            "momentum": "share of the velocity that stays",
            "dampening": "what the velocity lacks of a gradient, but for the first",
            "nesterov": "whether the look-ahead is Nesterov's",
            "rate_inside": RATE_INSIDE,
            "penalty": PENALTY,
            "decay": DECAY,
        },
        """
            g = g + penalty * w
            r = where(rate_inside, lr, 1)
            k = where(t > 1, 1 - dampening, 1)
            v = momentum * v + k * r * g
            u = where(nesterov, momentum * v + r * g, v)
            w = w - where(rate_inside, 1, lr) * u - lr * decay * w
        """,
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
                {
                    "nesterov": "nesterov",
                    "dampening": "where(momentum, dampening, 0)",
                },
                NESTEROV | {"dampening": "where(nesterov, 0.0, dampening)"},
                only={"maximize": False},
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
        unless={"rate_inside": ("momentum", CONSTANT), "nesterov": ("momentum", "")},
        powers={"lr": 1, "penalty": -1, "decay": -1},
    ),
}  # fmt: skip
