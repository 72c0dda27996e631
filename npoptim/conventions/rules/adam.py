"""Adam and what has come of it."""

from npoptim.conventions.form import (
    AHEAD,
    ANY_EPS,
    BETA1,
    BETA2,
    BETA_,
    BETAS,
    DECAY,
    FROM_CORRECTED,
    FROM_PLACES,
    HAT,
    INSIDE,
    KERAS_DECAY,
    LR,
    NPOPTIM,
    OPTAX_EPS,
    OUTSIDE,
    PENALTY,
    PLACED,
    REQUIRED,
    ROOTED,
    TO_CORRECTED,
    TO_PLACES,
    B,
    Form,
    Rule,
    decayed,
    penalized,
)

# Above it, the share is beta1 from the first step on, to all digits.
RISE = {
    "rise": "where(momentum_decay < 1e6, momentum_decay, 0)",
    "constant": "momentum_decay >= 1e6",
}
MOMENTUM_DECAY = {"momentum_decay": "where(constant, 1e9, rise)"}
UNCORRECTED = "whether the means are not corrected for their start at 0"
# Epsilon beside the root of the uncorrected mean, where ours is corrected.
EPS_HAT = "eps=lambda t: {eps_hat} / (1 - {beta2} ** t) ** 0.5"
TO_BOTH_CORRECTED = TO_CORRECTED | {"raw_squares": "not bias_correction"}

RULES: dict[str, Rule] = {
    "Adam": Rule(
        {
            "lr": LR,
            "beta1": BETA1,
            "beta2": BETA2,
            "eps": OUTSIDE,
            "inside": INSIDE,
            "eps_hat": HAT,
            "maximum": "largest mean of squares instead (AMSGrad): 1 if corrected "
            "after, 2 before it is taken",
            "uncorrected": "whether the mean is not corrected for its start at 0",
            "raw_squares": "whether the mean of squares is not corrected for it",
            "nesterov": AHEAD,
            "penalty": PENALTY,
            "decay": DECAY,
        },
        """
            g = g + penalty * w
            m = beta1 * m + (1 - beta1) * g
            v = beta2 * v + (1 - beta2) * g ** 2
            c = where(raw_squares, 1, 1 - beta2 ** t)
            x = max(x, v / where(maximum == 2, c, 1))
            s = where(maximum, x, v) / where(maximum == 2, 1, c)
            d = sqrt(s + inside) + eps + eps_hat / sqrt(c)
            n = m / where(uncorrected, 1, 1 - beta1 ** t)
            h = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * g / (1 - beta1 ** t)
            w = w - lr * where(nesterov, h, n) / d - lr * decay * w
        """,
        (
            *(
                form
                for cls, beta2, in_sqrt in (
                    ("PaperAdam", 0.999, False), ("Adam", 0.99, True)
                )
                for form in decayed(
                    Form(
                        "npoptim", cls.lower(), f"npoptim.{cls}(model, {{}})",
                        NPOPTIM
                        | {
                            "beta1": 0.9, "beta2": beta2, "eps": 1e-8,
                            "eps_in_sqrt": in_sqrt, "bias_correction": not in_sqrt,
                        },
                        {"lr": "lr", "beta1": "beta1", "beta2": "beta2"},
                        TO_PLACES | TO_BOTH_CORRECTED, FROM_PLACES | FROM_CORRECTED,
                    )
                )
            ),
            Form(
                "npoptim", "adamw", "npoptim.AdamW(model, {})",
                {
                    "lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8,
                    "eps_in_sqrt": False, "bias_correction": True,
                    "weight_decay": 0.01,
                },
                {
                    "lr": "lr", "beta1": "beta1", "beta2": "beta2",
                    "weight_decay": "decay",
                },
                TO_PLACES | TO_BOTH_CORRECTED, FROM_PLACES | FROM_CORRECTED,
            ),
            Form(
                "npoptim", "adam with eps_hat",
                f"npoptim.PaperAdam(model, {{}}, {EPS_HAT})",
                NPOPTIM | {"beta1": 0.9, "beta2": 0.999},
                {
                    "lr": "lr", "beta1": "beta1", "beta2": "beta2",
                    "weight_decay": "penalty",
                },
                fixed={"eps_hat": None},
            ),
            Form(
                "npoptim", "adamw with eps_hat",
                f"npoptim.AdamW(model, {{}}, {EPS_HAT})",
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
                    f"eps_in_sqrt=False, {EPS_HAT})",
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
                    "npoptim", "amsgrad", "npoptim.AMSGrad(model, {})",
                    NPOPTIM
                    | {
                        "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "eps_in_sqrt": True,
                        "bias_correction": False, "corrected_maximum": False,
                    },
                    {"lr": "lr", "beta1": "beta1", "beta2": "beta2"},
                    TO_PLACES | TO_BOTH_CORRECTED
                    | {"maximum": "where(corrected_maximum and bias_correction, 2, 1)"},
                    FROM_PLACES | FROM_CORRECTED
                    | {"corrected_maximum": "maximum == 2"},
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
                    B | {"eps_root": "inside", "nesterov": "nesterov"},
                    {"eps": "eps"}, OPTAX_EPS,
                )
            ),
            Form(
                "optax", "adamw", "optax.adamw({})",
                {
                    "learning_rate": REQUIRED, "b1": 0.9, "b2": 0.999, "eps": 1e-8,
                    "eps_root": 0.0, "weight_decay": 1e-4, "nesterov": False,
                },
                B | {
                    "eps_root": "inside", "weight_decay": "decay",
                    "nesterov": "nesterov",
                },
                {"eps": "eps"}, OPTAX_EPS,
            ),
            *penalized(
                Form(
                    "optax", "amsgrad", "optax.amsgrad({})",
                    {
                        "learning_rate": REQUIRED, "b1": 0.9, "b2": 0.999, "eps": 1e-8,
                        "eps_root": 0.0, "bias_correction_mu": True,
                        "bias_correction_nu": True,
                    },
                    B | {"eps_root": "inside"},
                    {
                        "eps": "eps",
                        "maximum": "where(bias_correction_nu, 2, 1)",
                        "uncorrected": "not bias_correction_mu",
                        "raw_squares": "not bias_correction_nu",
                    },
                    OPTAX_EPS
                    | {
                        "bias_correction_mu": "not uncorrected",
                        "bias_correction_nu": "not raw_squares",
                    },
                )
            ),
            # With the mean ahead it is NAdam, whose share is the same in each step.
            *decayed(
                Form(
                    "npoptim", "nadam at one share",
                    "npoptim.NAdam(model, {}, momentum_decay=1e9)",
                    NPOPTIM | PLACED
                    | {
                        "lr": 2e-3, "beta1": 0.9, "beta2": 0.999, "eps_in_sqrt": False,
                    },
                    {"lr": "lr", "beta1": "beta1", "beta2": "beta2"},
                    TO_PLACES, FROM_PLACES, {"nesterov": True},
                )
            ),
            *(
                Form(
                    "torch", "nadam at one share",
                    "torch.optim.NAdam(params, {}, momentum_decay=1e9"
                    + ", decoupled_weight_decay=True" * (term == "decay") + ")",
                    {
                        "lr": 2e-3, "betas": (0.9, 0.999), "eps": 1e-8,
                        "weight_decay": 0.0,
                    },
                    {"lr": "lr", "weight_decay": term}, BETAS | {"eps": "eps"},
                    {"betas": "(beta1, beta2)", "eps": ANY_EPS}, {"nesterov": True},
                )
                for term in ("penalty", "decay")
            ),
        ),
        powers=ROOTED,
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
        """
            g = g + penalty * w
            m = beta1 * m + (1 - beta1) * g
            u = max(beta2 * u, abs(g) + eps)
            w = w - lr * m / (1 - beta1 ** t) / (u + eps_after) - lr * decay * w
        """,
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
        powers={"eps": -1, "eps_after": -1, "penalty": -1},
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
        """
            g = g + penalty * w
            mu = beta1 * (1 - where(constant, 0, 0.96 ** (t * rise) / 2))
            nu = beta1 * (1 - where(constant, 0, 0.96 ** ((t + 1) * rise) / 2))
            p = p * mu
            m = beta1 * m + (1 - beta1) * g
            v = beta2 * v + (1 - beta2) * g ** 2
            n = nu * m / (1 - p * nu) + (1 - mu) * g / (1 - p)
            d = sqrt(v / (1 - beta2 ** t) + inside) + eps
            w = w - lr * n / d - lr * decay * w
        """,
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
        start={"p": "1"},
        powers=ROOTED,
    ),
    "RAdam": Rule(
        {
            "lr": LR,
            "beta1": BETA1,
            "beta2": BETA2,
            "threshold": "length of the mean of squares up to which nothing is divided",
            "eps": OUTSIDE,
            "inside": INSIDE,
            "eps_hat": HAT,
            "nesterov": AHEAD,
            "unit": "what a gradient counts for in steps that are not divided",
            "penalty": PENALTY,
            "decay": DECAY,
        },
        """
            g = g + penalty * w
            m = beta1 * m + (1 - beta1) * g
            v = beta2 * v + (1 - beta2) * g ** 2
            c = 1 - beta2 ** t
            n = m / (1 - beta1 ** t)
            h = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * g / (1 - beta1 ** t)
            n = where(nesterov, h, n)
            k = 2 / (1 - beta2) - 1
            r = k - 2 * t * beta2 ** t / c
            p = where(r > threshold, (r - 4) * (r - 2) * k, 1)
            q = where(r > threshold, (k - 4) * (k - 2) * r, 1)
            d = where(r > threshold, sqrt(v / c + inside) + eps + eps_hat / sqrt(c), 1)
            u = where(r > threshold, 1, unit) * sqrt(p / q) * n / d
            w = w - lr * u - lr * decay * w
        """,
        (
            *decayed(
                Form(
                    "npoptim", "radam", "npoptim.RAdam(model, {})",
                    NPOPTIM | PLACED
                    | {
                        "beta1": 0.9, "beta2": 0.999, "eps_in_sqrt": False,
                        "threshold": 4,
                    },
                    {
                        "lr": "lr", "beta1": "beta1", "beta2": "beta2",
                        "threshold": "threshold",
                    },
                    TO_PLACES, FROM_PLACES, {"unit": 1},
                )
            ),
            *decayed(
                Form(
                    "npoptim", "radam with eps_hat",
                    f"npoptim.RAdam(model, {{}}, {EPS_HAT})",
                    NPOPTIM | {"beta1": 0.9, "beta2": 0.999, "threshold": 4},
                    {
                        "lr": "lr", "beta1": "beta1", "beta2": "beta2",
                        "threshold": "threshold",
                    },
                    fixed={"eps_hat": None, "unit": 1},
                )
            ),
            *(
                Form(
                    "torch", f"radam{'w' * decoupled}",
                    "torch.optim.RAdam(params, {}"
                    + ", decoupled_weight_decay=True" * decoupled + ")",
                    {
                        "lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8,
                        "weight_decay": 0.0, "maximize": False,
                    },
                    {"lr": "lr", "weight_decay": "decay" if decoupled else "penalty"},
                    BETAS | {"eps_hat": "eps"},
                    {"betas": "(beta1, beta2)", "eps": ANY_EPS},
                    {"threshold": 5, "unit": 1},
                    {"maximize": False},
                )
                for decoupled in (False, True)
            ),
            *penalized(
                Form(
                    "optax", "radam", "optax.radam({})",
                    {
                        "learning_rate": REQUIRED, "b1": 0.9, "b2": 0.999, "eps": 1e-8,
                        "eps_root": 0.0, "threshold": 5.0, "nesterov": False,
                    },
                    B | {
                        "eps_root": "inside", "threshold": "threshold",
                        "nesterov": "nesterov",
                    },
                    {"eps": "eps"}, OPTAX_EPS, {"unit": 1},
                )
            ),
        ),
        powers=ROOTED | {"unit": 1},
    ),
    "AdaBelief": Rule(
        {
            "lr": LR,
            "beta1": BETA1,
            "beta2": "share of the mean of squared deviations that stays",
            "eps": OUTSIDE,
            "inside": INSIDE,
            "added": "epsilon added to the mean of squared deviations at every step",
            "nesterov": AHEAD,
            "uncorrected": UNCORRECTED,
            "penalty": PENALTY,
            "decay": DECAY,
        },
        """
            g = g + penalty * w
            m = beta1 * m + (1 - beta1) * g
            v = beta2 * v + (1 - beta2) * (g - m) ** 2 + added
            n = m / where(uncorrected, 1, 1 - beta1 ** t)
            h = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * g / (1 - beta1 ** t)
            d = sqrt(v / where(uncorrected, 1, 1 - beta2 ** t) + inside) + eps
            w = w - lr * where(nesterov, h, n) / d - lr * decay * w
        """,
        (
            *decayed(
                Form(
                    "npoptim", "adabelief", "npoptim.AdaBelief(model, {})",
                    NPOPTIM | PLACED
                    | {
                        "beta1": 0.9, "beta2": 0.999, "eps_in_sqrt": False,
                        "bias_correction": True,
                    },
                    {"lr": "lr", "beta1": "beta1", "beta2": "beta2"},
                    TO_PLACES | TO_CORRECTED | {"added": "eps"},
                    FROM_PLACES | FROM_CORRECTED
                    | {"eps": "where(eps, eps, where(inside, inside, added))"},
                )
            ),
            *penalized(
                Form(
                    "optax", "adabelief", "optax.adabelief({})",
                    {
                        "learning_rate": REQUIRED, "b1": 0.9, "b2": 0.999, "eps": 1e-16,
                        "eps_root": 1e-16, "nesterov": False,
                    },
                    B | {"eps_root": "added", "nesterov": "nesterov"},
                    {"eps": "eps"}, {"eps": "where(eps, eps, inside)"},
                )
            ),
        ),
        powers=ROOTED | {"added": -2},
    ),
    "Yogi": Rule(
        {
            "lr": LR,
            "beta1": BETA1,
            "beta2": "what of the size of squares a new one leaves as it is",
            "initial": "what the size of squares starts at",
            "initial_mean": "what the mean starts at",
            "eps": OUTSIDE,
            "inside": INSIDE,
            "uncorrected": UNCORRECTED,
            "penalty": PENALTY,
            "decay": DECAY,
        },
        """
            g = g + penalty * w
            m = beta1 * m + (1 - beta1) * g
            v = v - (1 - beta2) * sign(v - g ** 2) * g ** 2
            n = m / where(uncorrected, 1, 1 - beta1 ** t)
            d = sqrt(v / where(uncorrected, 1, 1 - beta2 ** t) + inside) + eps
            w = w - lr * n / d - lr * decay * w
        """,
        (
            *decayed(
                Form(
                    "npoptim", "yogi", "npoptim.Yogi(model, {})",
                    {
                        "lr": 0.01, "weight_decay": 0.0, "beta1": 0.9, "beta2": 0.999,
                        "eps": 1e-3, "eps_in_sqrt": False, "bias_correction": True,
                        "initial": 1e-6,
                    },
                    {
                        "lr": "lr", "beta1": "beta1", "beta2": "beta2",
                        "initial": "initial",
                    },
                    TO_PLACES | TO_CORRECTED, FROM_PLACES | FROM_CORRECTED,
                )
            ),
            *penalized(
                Form(
                    "optax", "yogi", "optax.yogi({})",
                    {"learning_rate": REQUIRED, "b1": 0.9, "b2": 0.999, "eps": 1e-3},
                    B, {"eps": "eps"}, {"eps": "where(eps, eps, inside)"},
                    {"initial": 1e-6, "initial_mean": 1e-6},
                )
            ),
        ),
        start={"m": "initial_mean", "v": "initial"},
        powers=ROOTED | {"initial": -2, "initial_mean": -1},
    ),
    "Adan": Rule(
        {
            "lr": LR,
            "beta1": BETA1,
            "beta2": "share of the mean of differences that stays",
            "beta3": BETA2,
            "ahead": "share of the differences in a step, and in a square",
            "eps": OUTSIDE,
            "inside": INSIDE,
            "decay": DECAY,
        },
        """
            a = where(t > 1, g - p, 0 * g)
            p = g
            m = beta1 * m + (1 - beta1) * g
            b = beta2 * b + (1 - beta2) * a
            v = beta3 * v + (1 - beta3) * (g + ahead * a) ** 2
            n = m / (1 - beta1 ** t) + ahead * b / (1 - beta2 ** t)
            d = sqrt(v / (1 - beta3 ** t) + inside) + eps
            w = w - lr * n / d - lr * decay * w
        """,
        (
            Form(
                "npoptim", "adan", "npoptim.Adan(model, {})",
                NPOPTIM | PLACED
                | {"beta1": 0.98, "beta2": 0.92, "beta3": 0.99, "eps_in_sqrt": False},
                {
                    "lr": "lr", "beta1": "beta1", "beta2": "beta2", "beta3": "beta3",
                    "weight_decay": "decay",
                },
                TO_PLACES | {"ahead": "beta2"}, FROM_PLACES,
            ),
            Form(
                "optax", "adan", "optax.adan({})",
                {
                    "learning_rate": REQUIRED, "b1": 0.98, "b2": 0.92, "b3": 0.99,
                    "eps": 1e-8, "eps_root": 1e-8, "weight_decay": 0.0,
                },
                B | {
                    "b3": "beta3", "eps": "eps", "eps_root": "inside",
                    "weight_decay": "decay",
                },
                {"ahead": "1 - b2"},
            ),
        ),
        powers=ROOTED,
    ),
    "AdEMAMix": Rule(
        {
            "lr": LR,
            "beta1": BETA1,
            "beta2": BETA2,
            "beta3": "share of the slow mean that stays",
            "slow": "what the slow mean is multiplied by",
            "eps": OUTSIDE,
            "inside": INSIDE,
            "decay": DECAY,
        },
        """
            m = beta1 * m + (1 - beta1) * g
            n = beta3 * n + (1 - beta3) * g
            v = beta2 * v + (1 - beta2) * g ** 2
            d = sqrt(v / (1 - beta2 ** t) + inside) + eps
            w = w - lr * (m / (1 - beta1 ** t) + slow * n) / d - lr * decay * w
        """,
        (
            Form(
                "npoptim", "ademamix", "npoptim.AdEMAMix(model, {})",
                NPOPTIM | PLACED
                | {
                    "beta1": 0.9, "beta2": 0.999, "beta3": 0.9999, "slow_factor": 5.0,
                    "eps_in_sqrt": False,
                },
                {
                    "lr": "lr", "beta1": "beta1", "beta2": "beta2", "beta3": "beta3",
                    "slow_factor": "slow", "weight_decay": "decay",
                },
                TO_PLACES, FROM_PLACES,
            ),
            Form(
                "optax", "ademamix", "optax.contrib.ademamix({})",
                {
                    "learning_rate": REQUIRED, "b1": 0.9, "b2": 0.999, "b3": 0.9999,
                    "alpha": 5.0, "eps": 1e-8, "eps_root": 0.0, "weight_decay": 0.0,
                },
                B | {
                    "b3": "beta3", "alpha": "slow", "eps": "eps", "eps_root": "inside",
                    "weight_decay": "decay",
                },
            ),
        ),
        powers=ROOTED,
    ),
    "ADOPT": Rule(
        {
            "lr": LR,
            "beta1": "share of the mean of divided gradients that stays",
            "beta2": BETA2,
            "eps": "least divisor",
            "clipped": "whether divided gradients are bounded, by the root of the root "
            "of t - 1",
            "nesterov": AHEAD,
            "penalty": PENALTY,
            "decay": DECAY,
        },
        """
            g = g + penalty * w
            u = where(t > 1, g / where(t > 1, max(sqrt(v), eps), 1), 0 * g)
            c = (t - 1) ** 0.25
            u = where(clipped, max(-c, min(u, c)), u)
            m = beta1 * m + (1 - beta1) * u
            v = where(t > 1, beta2 * v + (1 - beta2) * g ** 2, g ** 2)
            n = where(nesterov, beta1 * m + (1 - beta1) * u, m)
            w = w - lr * n - lr * decay * w
        """,
        (
            *decayed(
                Form(
                    "npoptim", "adopt", "npoptim.ADOPT(model, {})",
                    NPOPTIM
                    | {"beta1": 0.9, "beta2": 0.9999, "eps": 1e-6, "clipped": True},
                    {
                        "lr": "lr", "beta1": "beta1", "beta2": "beta2", "eps": "eps",
                        "clipped": "clipped",
                    },
                )
            ),
            *penalized(
                Form(
                    "optax", "adopt", "optax.contrib.adopt({})",
                    {
                        "learning_rate": REQUIRED, "b1": 0.9, "b2": 0.9999, "eps": 1e-6,
                        "nesterov": False, "use_clipping": True,
                    },
                    B | {
                        "eps": "eps", "nesterov": "nesterov", "use_clipping": "clipped",
                    },
                )
            ),
        ),
        powers={"eps": -1, "penalty": -1},
    ),
}  # fmt: skip
