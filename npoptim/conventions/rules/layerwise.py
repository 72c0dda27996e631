"""Rules that look at an array as a whole."""

from npoptim.conventions.form import (
    BETA1,
    BETA2,
    BETA_,
    FROM_CORRECTED,
    FROM_PLACES,
    INSIDE,
    LR,
    NPOPTIM,
    OUTSIDE,
    PENALTY,
    REQUIRED,
    TO_CORRECTED,
    TO_PLACES,
    B,
    Form,
    Rule,
    penalized,
)

RATIO = "strength of a decay inside of the ratio"

RULES: dict[str, Rule] = {
    "LAMB": Rule(
        {
            "lr": LR,
            "beta1": BETA1,
            "beta2": BETA2,
            "eps": OUTSIDE,
            "inside": INSIDE,
            "uncorrected": "whether the means are not corrected for their start at 0",
            "decay": RATIO,
            "decay_before": "strength of a decay before the step, times the rate",
        },
        """
            m = beta1 * m + (1 - beta1) * g
            v = beta2 * v + (1 - beta2) * g ** 2
            d = sqrt(v / where(uncorrected, 1, 1 - beta2 ** t) + inside) + eps
            w = w - lr * decay_before * w
            u = m / where(uncorrected, 1, 1 - beta1 ** t) / d + decay * w
            b = norm(w) * norm(u)
            r = where(b > 0, norm(w), 1) / where(b > 0, norm(u), 1)
            w = w - lr * r * u
        """,
        (
            Form(
                "npoptim", "lamb", "npoptim.LAMB(model, {})",
                NPOPTIM
                | {
                    "beta1": 0.9, "beta2": 0.999, "eps": 1e-6, "eps_in_sqrt": False,
                    "bias_correction": True,
                },
                {
                    "lr": "lr", "beta1": "beta1", "beta2": "beta2",
                    "weight_decay": "decay",
                },
                TO_PLACES | TO_CORRECTED, FROM_PLACES | FROM_CORRECTED,
            ),
            Form(
                "keras", "lamb", "keras.optimizers.Lamb({})",
                {
                    "learning_rate": 1e-3, "beta_1": 0.9, "beta_2": 0.999,
                    "epsilon": 1e-7, "weight_decay": None,
                },
                BETA_,
                {
                    "decay_before": "where(weight_decay, weight_decay, 0)",
                    "eps": "epsilon",
                },
                {
                    "weight_decay": "where(decay_before, decay_before, "
                    "where(decay, decay, None))",
                    "epsilon": "where(eps, eps, inside)",
                },
            ),
            Form(
                "optax", "lamb", "optax.lamb({})",
                {
                    "learning_rate": REQUIRED, "b1": 0.9, "b2": 0.999, "eps": 1e-6,
                    "eps_root": 0.0, "weight_decay": 0.0,
                },
                B | {"eps": "eps", "eps_root": "inside"}, {"decay": "weight_decay"},
                {"weight_decay": "where(decay, decay, decay_before)"},
            ),
        ),
        unless={"uncorrected": ("eps or inside or decay", "")},
        powers={"eps": -1, "inside": -2},
    ),
    "LARS": Rule(
        {
            "lr": LR,
            "trust": "length of a step, as a share of the weights",
            "momentum": "share of the velocity that stays",
            "nesterov": "whether the look-ahead is Nesterov's",
            "eps": "epsilon beside the norm",
            "decay": RATIO,
            "sum_of_norms": "whether the ratio has the sum of both norms, not the norm "
            "of the sum",
        },
        """
            u = g + decay * w
            b = where(sum_of_norms, norm(g) + decay * norm(w), norm(u))
            a = norm(w) * b
            r = where(a > 0, trust * norm(w), 1) / where(a > 0, b + eps, 1)
            v = momentum * v + lr * r * u
            w = w - where(nesterov, momentum * v + lr * r * u, v)
        """,
        (
            Form(
                "npoptim", "lars", "npoptim.LARS(model, {})",
                {"lr": 1.0, "trust": 1e-3, "momentum": 0.9, "weight_decay": 0.0},
                {
                    "lr": "lr", "trust": "trust", "momentum": "momentum",
                    "weight_decay": "decay",
                },
                fixed={"sum_of_norms": True},
            ),
            Form(
                "optax", "lars", "optax.lars({})",
                {
                    "learning_rate": REQUIRED, "weight_decay": 0.0,
                    "trust_coefficient": 1e-3, "eps": 0.0, "momentum": 0.9,
                    "nesterov": False,
                },
                {
                    "learning_rate": "lr", "weight_decay": "decay",
                    "trust_coefficient": "trust", "eps": "eps", "momentum": "momentum",
                },
                {"nesterov": "where(momentum, nesterov, 0)"}, {"nesterov": "nesterov"},
                mask="weight_decay_mask",
            ),
        ),
        unless={"sum_of_norms": ("decay", "")},
        powers={"eps": -1, "decay": -1},
    ),
    "NovoGrad": Rule(
        {
            "lr": LR,
            "beta1": "share of the sum that stays",
            "beta2": BETA2,
            "eps": OUTSIDE,
            "inside": INSIDE,
            "decay": "strength of a decay inside of the sum",
        },
        """
            v = where(t > 1, beta2 * v + (1 - beta2) * norm(g) ** 2, norm(g) ** 2)
            m = beta1 * m + g / (sqrt(v + inside) + eps) + decay * w
            w = w - lr * m
        """,
        (
            Form(
                "npoptim", "novograd", "npoptim.NovoGrad(model, {})",
                NPOPTIM
                | {"beta1": 0.95, "beta2": 0.98, "eps": 1e-8, "eps_in_sqrt": False},
                {
                    "lr": "lr", "beta1": "beta1", "beta2": "beta2",
                    "weight_decay": "decay",
                },
                TO_PLACES, FROM_PLACES,
            ),
            Form(
                "optax", "novograd", "optax.novograd({})",
                {
                    "learning_rate": REQUIRED, "b1": 0.9, "b2": 0.25, "eps": 1e-6,
                    "eps_root": 0.0, "weight_decay": 0.0,
                },
                B | {"eps": "eps", "eps_root": "inside", "weight_decay": "decay"},
                mask="",
            ),
        ),
        powers={"eps": -1, "inside": -2},
    ),
    "Fromage": Rule(
        {
            "lr": LR,
            "least_norm": "least norm of the weights",
            "least_gradient": "least norm of the gradient",
            "penalty": PENALTY,
        },
        """
            g = g + penalty * w
            a = max(norm(w), least_norm)
            b = max(norm(g), least_gradient)
            r = where(a * b > 0, a, 1) / where(a * b > 0, b, 1)
            w = (w - lr * r * g) / sqrt(1 + lr ** 2)
        """,
        (
            Form(
                "npoptim", "fromage", "npoptim.Fromage(model, {})",
                NPOPTIM | {"lr": 1e-2}, {"lr": "lr", "weight_decay": "penalty"},
            ),
            *penalized(
                Form(
                    "optax", "fromage", "optax.fromage({})",
                    {"learning_rate": REQUIRED, "min_norm": 1e-6},
                    {"learning_rate": "lr"},
                    {"least_norm": "min_norm", "least_gradient": "min_norm"},
                    {"min_norm": "where(least_norm, least_norm, 0.0)"},
                )
            ),
        ),
        powers={"least_gradient": -1, "penalty": -1},
    ),
}  # fmt: skip
