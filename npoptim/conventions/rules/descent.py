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
    "ASGD": Rule(
        {
            "lr": LR,
            "fall": "strength of the decay, and of the fall of the rate",
            "exponent": "exponent of the fall of the rate",
            "t0": "steps after which the average begins, but for two",
            "late": "whether a change of the rate counts one step late",
            "penalty": PENALTY,
            "decay": DECAY,
        },
        """
            g = g + penalty * w
            r = where(late, n, lr / (1 + fall * lr * (t - 1)) ** exponent)
            n = lr / (1 + fall * lr * t) ** exponent
            w = w - fall * r * w - r * g - lr * decay * w
            a = a + (w - a) / max(1, t - 1 - t0)
        """,
        (
            *decayed(
                Form(
                    "npoptim", "asgd", "npoptim.ASGD(model, {})",
                    {
                        "lr": 0.01, "weight_decay": 0.0, "decay": 1e-4,
                        "decay_exponent": 0.75, "t0": 1e6,
                    },
                    {
                        "lr": "lr", "decay": "fall", "decay_exponent": "exponent",
                        "t0": "t0",
                    },
                )
            ),
            Form(
                "torch", "asgd", "torch.optim.ASGD(params, {})",
                {
                    "lr": 0.01, "lambd": 1e-4, "alpha": 0.75, "t0": 1e6,
                    "weight_decay": 0.0, "maximize": False,
                },
                {
                    "lr": "lr", "lambd": "fall", "alpha": "exponent", "t0": "t0",
                    "weight_decay": "penalty",
                },
                fixed={"late": True}, only={"maximize": False},
            ),
        ),
        start={"a": "w", "n": "lr"},
        unless={"late": ("1", CONSTANT)},
        powers={"lr": 1, "fall": -1, "penalty": -1, "decay": -1},
    ),
    "OptimisticSGD": Rule(
        {
            "lr": LR,
            "alpha": "factor of the gradient",
            "beta": "factor of its difference from the one before",
            "from_zero": "whether the one before the first is 0, and not the first",
            "penalty": PENALTY,
            "decay": DECAY,
        },
        """
            g = g + penalty * w
            d = where(t > 1, g - p, from_zero * g)
            p = g
            w = w - lr * (alpha * g + beta * d) - lr * decay * w
        """,
        (
            *decayed(
                Form(
                    "npoptim", "optimisticsgd", "npoptim.OptimisticSGD(model, {})",
                    NPOPTIM, {"lr": "lr"},
                    fixed={"alpha": 1.0, "beta": 1.0, "from_zero": True},
                )
            ),
            *penalized(
                Form(
                    "optax", "optimistic_gradient_descent",
                    "optax.optimistic_gradient_descent({})",
                    {"learning_rate": REQUIRED, "alpha": 1.0, "beta": 1.0},
                    {"learning_rate": "lr", "alpha": "alpha", "beta": "beta"},
                )
            ),
        ),
        unless={"from_zero": ("beta", "")},
        powers={"lr": 1, "penalty": -1, "decay": -1},
    ),
}  # fmt: skip
