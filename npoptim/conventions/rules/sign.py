"""Rules that follow the gradient's sign."""

from npoptim.conventions.form import (
    BETA1,
    BETA_,
    DECAY,
    KERAS_DECAY,
    LR,
    NPOPTIM,
    PENALTY,
    REQUIRED,
    B,
    Form,
    Rule,
    decayed,
    penalized,
)

RULES: dict[str, Rule] = {
    "Lion": Rule(
        {
            "lr": LR,
            "beta1": "share of the mean in a step",
            "beta2": BETA1,
            "decay": DECAY,
        },
        """
            c = sign(beta1 * m + (1 - beta1) * g)
            m = beta2 * m + (1 - beta2) * g
            w = w - lr * c - lr * decay * w
        """,
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
    "Signum": Rule(
        {
            "lr": LR,
            "beta": BETA1,
            "penalty": PENALTY,
            "decay": DECAY,
        },
        """
            g = g + penalty * w
            m = beta * m + (1 - beta) * g
            w = w - lr * sign(m) - lr * decay * w
        """,
        (
            *decayed(
                Form(
                    "npoptim", "signum", "npoptim.Signum(model, {})",
                    NPOPTIM | {"momentum": 0.9}, {"lr": "lr", "momentum": "beta"},
                )
            ),
            *decayed(
                Form(
                    "npoptim", "signsgd", "npoptim.SignSGD(model, {})",
                    NPOPTIM, {"lr": "lr"},
                )
            ),
            *penalized(
                Form(
                    "optax", "signum", "optax.signum({})",
                    {"learning_rate": REQUIRED, "beta": 0.9},
                    {"learning_rate": "lr", "beta": "beta"},
                )
            ),
            *penalized(
                Form(
                    "optax", "sign_sgd", "optax.sign_sgd({})",
                    {"learning_rate": REQUIRED}, {"learning_rate": "lr"},
                )
            ),
        ),
        powers={"penalty": -1},
    ),
    "Rprop": Rule(
        {
            "lr": "size of the first step",
            "minus": "factor of a step size whose sign turns",
            "plus": "factor of a step size whose sign stays",
            "least": "least that a step size shrinks to",
            "most": "most that a step size grows to",
            "bounded": "whether a first size out of bounds is within once it changes",
            "late": "whether each step is taken one call late, if at all",
            "penalty": PENALTY,
            "decay": DECAY,
        },
        """
            g = g + penalty * w
            x = g * u
            p = where(x < 0, 0, s * u)
            r = where(x < 0, max(minus * s, least), s)
            r = where(x > 0, min(plus * s, most), r)
            s = where(bounded, where(x == 0, s, max(least, min(r, most))), r)
            u = where(x < 0, 0, sign(g))
            w = w - where(late, p, s * u) - lr * decay * w
        """,
        (
            *decayed(
                Form(
                    "npoptim", "rprop", "npoptim.Rprop(model, {})",
                    {
                        "lr": 0.1, "weight_decay": 0.0, "eta_minus": 0.5,
                        "eta_plus": 1.2, "min_size": 1e-6, "max_size": 50.0,
                    },
                    {
                        "lr": "lr", "eta_minus": "minus", "eta_plus": "plus",
                        "min_size": "least", "max_size": "most",
                    },
                )
            ),
            Form(
                "torch", "rprop", "torch.optim.Rprop(params, {})",
                {
                    "lr": 0.01, "etas": (0.5, 1.2), "step_sizes": (1e-6, 50),
                    "maximize": False,
                },
                {},
                {
                    "lr": "where(lr < step_sizes[0], step_sizes[0], "
                    "where(lr > step_sizes[1], step_sizes[1], lr))",
                    "minus": "etas[0]", "plus": "etas[1]", "least": "step_sizes[0]",
                    "most": "step_sizes[1]",
                },
                {
                    "lr": "lr", "etas": "(minus, plus)", "step_sizes": "(least, most)",
                },
                only={"maximize": False},
            ),
            *penalized(
                Form(
                    "optax", "rprop", "optax.rprop({})",
                    {
                        "learning_rate": REQUIRED, "eta_minus": 0.5, "eta_plus": 1.2,
                        "min_step_size": 1e-6, "max_step_size": 50.0,
                    },
                    {
                        "learning_rate": "lr", "eta_minus": "minus", "eta_plus": "plus",
                        "min_step_size": "least", "max_step_size": "most",
                    },
                    fixed={"bounded": True, "late": True},
                )
            ),
        ),
        start={"s": "lr"},
        unless={"bounded": ("lr < least or lr > most", "")},
        powers={"penalty": -1},
    ),
}  # fmt: skip
