"""Rules that need no rate, or no schedule of it."""

from npoptim.conventions.form import (
    BETA1,
    BETA2,
    BETA_,
    BETAS,
    CONSTANT,
    FROM_CORRECTED,
    FROM_PLACES,
    INSIDE,
    LR,
    OUTSIDE,
    PENALTY,
    TO_CORRECTED,
    TO_PLACES,
    B,
    Form,
    Rule,
    penalized,
)

FACTOR = "factor of the rate"
# What a point of a schedule-free rule counts in the average.
COUNTS = {
    "power": "power of the rate by which a point counts in the average",
    "largest": "whether a point counts by the largest rate so far",
    "next_rate": "whether a point counts by the rate of the next step",
}
COUNTS_UNLESS = {
    "power": ("1", CONSTANT),
    "largest": ("power", CONSTANT),
    "next_rate": ("power", CONSTANT),
}

RULES: dict[str, Rule] = {
    "ScheduleFreeSGD": Rule(
        {
            "lr": LR,
            "beta1": "share of the average in the weights",
            **COUNTS,
            "penalty": PENALTY,
        },
        """
            g = g + penalty * w
            k = where(next_rate, lr_next, lr)
            p = where(largest, max(p, k), k)
            s = s + p ** power
            z = z - lr * g
            x = x + p ** power / where(s > 0, s, 1) * (z - x)
            w = z + beta1 * (x - z)
        """,
        (
            Form(
                "npoptim", "schedulefreesgd", "npoptim.ScheduleFreeSGD(model, {})",
                {"lr": 1.0, "beta1": 0.9, "weight_decay": 0.0},
                {"lr": "lr", "beta1": "beta1", "weight_decay": "penalty"},
                fixed={"power": 2},
            ),
            Form(
                "optax", "schedule_free_sgd", "optax.contrib.schedule_free_sgd({})",
                {
                    "learning_rate": 1.0, "warmup_steps": None, "b1": 0.9,
                    "weight_decay": None, "weight_lr_power": 2.0,
                },
                {
                    "learning_rate": "lr", "b1": "beta1", "weight_lr_power": "power",
                },
                {"penalty": "where(weight_decay, weight_decay, 0)"},
                {"weight_decay": "where(penalty, penalty, None)"},
                {"largest": True, "next_rate": True}, {"warmup_steps": None}, "",
            ),
        ),
        start={"z": "w", "x": "w"},
        unless=COUNTS_UNLESS,
        powers={"lr": 1, "penalty": -1},
    ),
    "ScheduleFreeAdamW": Rule(
        {
            "lr": LR,
            "beta1": "share of the average in the weights",
            "beta2": BETA2,
            "eps": OUTSIDE,
            "inside": INSIDE,
            "uncorrected": "whether the rate is corrected for the mean's start at 0, "
            "and not the mean",
            **COUNTS,
            "decay": "strength of a decay of the point that descends, times the rate",
            "decay_average": "strength of a decay of the average, times the rate over "
            "its share",
        },
        """
            c = 1 - beta2 ** t
            r = lr * where(uncorrected, sqrt(c), 1)
            k = where(next_rate, lr_next, r)
            p = where(largest, max(p, k), k)
            s = s + p ** power
            v = beta2 * v + (1 - beta2) * g ** 2
            d = sqrt(v / where(uncorrected, 1, c) + inside) + eps
            z = z - r * (g / d + decay * w)
            x = x - r * decay_average * w / where(beta1, beta1, 1)
            x = x + p ** power / where(s > 0, s, 1) * (z - x)
            w = z + beta1 * (x - z)
        """,
        (
            Form(
                "npoptim", "schedulefreeadamw",
                "npoptim.ScheduleFreeAdamW(model, {})",
                {
                    "lr": 2.5e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8,
                    "eps_in_sqrt": False, "bias_correction": False,
                    "weight_decay": 0.0,
                },
                {
                    "lr": "lr", "beta1": "beta1", "beta2": "beta2",
                    "weight_decay": "decay",
                },
                TO_PLACES | TO_CORRECTED, FROM_PLACES | FROM_CORRECTED, {"power": 2},
            ),
            Form(
                "keras", "schedulefreeadamw", "keras.optimizers.ScheduleFreeAdamW({})",
                {
                    "learning_rate": 2.5e-3, "beta_1": 0.9, "beta_2": 0.999,
                    "epsilon": 1e-8, "warmup_steps": 0, "weight_decay": None,
                },
                BETA_,
                {
                    "decay_average": "where(weight_decay, weight_decay, 0)",
                    "eps": "epsilon",
                },
                {
                    "weight_decay": "where(decay_average, decay_average, "
                    "where(decay, decay, None))",
                    "epsilon": "where(eps, eps, inside)",
                },
                only={"warmup_steps": 0},
            ),
            Form(
                "optax", "schedule_free_adamw", "optax.contrib.schedule_free_adamw({})",
                {
                    "learning_rate": 2.5e-3, "warmup_steps": None, "b1": 0.9,
                    "b2": 0.999, "eps": 1e-8, "weight_decay": 0.0,
                    "weight_lr_power": 2.0,
                },
                B | {"weight_lr_power": "power"},
                {"eps": "eps", "decay": "weight_decay"},
                {
                    "eps": "where(eps, eps, inside)",
                    "weight_decay": "where(decay, decay, decay_average)",
                },
                {"largest": True, "next_rate": True}, {"warmup_steps": None}, "",
            ),
        ),
        start={"z": "w", "x": "w"},
        unless=COUNTS_UNLESS,
        powers={"eps": -1, "inside": -2},
    ),
    "PolyakSGD": Rule(
        {
            "lr": "largest rate",
            "f_min": "least value of the loss",
            "scale": "what the first bound of the rate is divided by",
            "eps": "epsilon beside the square of the norm",
            "still": "whether there is no step where the loss is below its least",
            "penalty": PENALTY,
        },
        """
            g = g + penalty * w
            d = loss - f_min
            d = where(still, max(d, 0), d)
            n = scale * norm(g) ** 2 + eps
            w = w - min(d / where(n > 0, n, 1), lr) * g
        """,
        (
            Form(
                "npoptim", "polyaksgd", "npoptim.PolyakSGD(model, {})",
                {"lr": 1.0, "f_min": 0.0, "scale": 1.0, "weight_decay": 0.0},
                {
                    "lr": "lr", "f_min": "f_min", "scale": "scale",
                    "weight_decay": "penalty",
                },
            ),
            *penalized(
                Form(
                    "optax", "polyak_sgd", "optax.polyak_sgd({})",
                    {
                        "max_learning_rate": 1.0, "scaling": 1.0, "f_min": 0.0,
                        "eps": 0.0, "variant": "sps",
                    },
                    {"scaling": "scale", "f_min": "f_min"},
                    {
                        "lr": "max_learning_rate * scaling", "eps": "eps / scaling",
                        "still": "variant == 'sps+'",
                    },
                    {
                        "max_learning_rate": "lr / scale", "eps": "eps * scale",
                        "variant": "where(still, 'sps+', 'sps')",
                    },
                )
            ),
        ),
        powers={"lr": 1, "f_min": -1, "eps": -2, "penalty": -1},
        joint=True,
    ),
    "DoG": Rule(
        {
            "lr": FACTOR,
            "share": "first distance, as a share of the weights",
            "distance": "first distance",
            "first_rate": "rate of the first step",
            "eps": "epsilon inside of the root of the sum",
            "penalty": PENALTY,
        },
        """
            g = g + penalty * w
            r = max(r, norm(w - first))
            v = v + norm(g) ** 2
            k = r / sqrt(v + eps)
            k = where(t > 1, k, where(first_rate, first_rate, k))
            w = w - lr * k * g
        """,
        (
            Form(
                "npoptim", "dog", "npoptim.DoG(model, {})",
                {"lr": 1.0, "initial": 1e-6, "eps": 1e-8, "weight_decay": 0.0},
                {"lr": "lr", "eps": "eps", "weight_decay": "penalty"},
                {"share": "initial"},
                {"initial": "where(share, share, where(distance, distance, 1e-6))"},
            ),
            Form(
                "optax", "dog", "optax.contrib.dog({})",
                {
                    "learning_rate": 1.0, "init_step": ("heuristic", 1e-6),
                    "eps": 1e-8, "weight_decay": None,
                },
                {"learning_rate": "lr", "eps": "eps"},
                {
                    "share": "where(init_step[0] == 'heuristic', init_step[1], 0)",
                    "distance": "where(init_step[0] == 'distance', init_step[1], 0)",
                    "first_rate": "where(init_step[0] == 'learning_rate', "
                    "init_step[1], 0)",
                    "penalty": "where(weight_decay, weight_decay, 0)",
                },
                {
                    "init_step": "where(first_rate, ('learning_rate', first_rate), "
                    "where(distance, ('distance', distance), ('heuristic', share)))",
                    "weight_decay": "where(penalty, penalty, None)",
                },
            ),
        ),
        start={"first": "w", "r": "where(share, share * (1 + norm(w)), distance)"},
        powers={"first_rate": 1, "eps": -2, "penalty": -1},
        joint=True,
    ),
    "DoWG": Rule(
        {
            "lr": FACTOR,
            "squared": "square of the first distance",
            "eps": "epsilon beside the root of the sum",
            "penalty": PENALTY,
        },
        """
            g = g + penalty * w
            r = max(r, norm(w - first) ** 2)
            v = v + r * norm(g) ** 2
            w = w - lr * r / (sqrt(v) + eps) * g
        """,
        (
            Form(
                "npoptim", "dowg", "npoptim.DoWG(model, {})",
                {"lr": 1.0, "initial": 0.01, "eps": 1e-4, "weight_decay": 0.0},
                {"lr": "lr", "eps": "eps", "weight_decay": "penalty"},
                {"squared": "initial ** 2"}, {"initial": "squared ** 0.5"},
            ),
            Form(
                "optax", "dowg", "optax.contrib.dowg({})",
                {
                    "learning_rate": 1.0, "init_estim_sq_dist": None, "eps": 1e-4,
                    "weight_decay": None,
                },
                {"learning_rate": "lr", "eps": "eps"},
                {
                    "squared": "where(init_estim_sq_dist == None, eps, "
                    "init_estim_sq_dist)",
                    "penalty": "where(weight_decay, weight_decay, 0)",
                },
                {
                    "init_estim_sq_dist": "where(squared == eps, None, squared)",
                    "weight_decay": "where(penalty, penalty, None)",
                },
            ),
        ),
        start={"first": "w", "r": "squared"},
        powers={"eps": -1, "penalty": -1},
        joint=True,
    ),
    "DAdaptAdam": Rule(
        {
            "lr": FACTOR,
            "beta1": BETA1,
            "beta2": BETA2,
            "eps": OUTSIDE,
            "initial": "first distance",
            "uncorrected": "whether the means are not corrected for their start at 0",
            "penalty": PENALTY,
            "decay": "strength of a decay beside the step, times rate and distance",
        },
        """
            g = g + penalty * w
            c = where(uncorrected, 1, sqrt(1 - beta2 ** t) / (1 - beta1 ** t))
            k = lr * d * c
            r = sqrt(beta2) * r + k * sum(g * s / (sqrt(v) + eps))
            m = beta1 * m + (1 - beta1) * k * g
            v = beta2 * v + (1 - beta2) * g ** 2
            s = sqrt(beta2) * s + (1 - sqrt(beta2)) * k * g
            n = sum(abs(s))
            d = max(d, r / where(n > 0, n, 1))
            w = w - m / (sqrt(v) + eps) - k * decay * w
        """,
        (
            Form(
                "npoptim", "dadaptadam", "npoptim.DAdaptAdam(model, {})",
                {
                    "lr": 1.0, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8,
                    "initial": 1e-6, "weight_decay": 0.0,
                },
                {
                    "lr": "lr", "beta1": "beta1", "beta2": "beta2", "eps": "eps",
                    "initial": "initial", "weight_decay": "penalty",
                },
                fixed={"uncorrected": True},
            ),
            *penalized(
                Form(
                    "optax", "dadapt_adamw", "optax.contrib.dadapt_adamw({})",
                    {
                        "learning_rate": 1.0, "betas": (0.9, 0.999), "eps": 1e-8,
                        "estim_lr0": 1e-6, "weight_decay": 0.0,
                    },
                    {
                        "learning_rate": "lr", "eps": "eps", "estim_lr0": "initial",
                        "weight_decay": "decay",
                    },
                    BETAS, {"betas": "(beta1, beta2)"}, mask="",
                )
            ),
        ),
        start={"d": "initial"},
        powers={"eps": -1, "penalty": -1},
        joint=True,
    ),
    "Prodigy": Rule(
        {
            "lr": FACTOR,
            "beta1": BETA1,
            "beta2": BETA2,
            "beta3": "share of the sums that stays",
            "eps": "epsilon beside the root, times the distance",
            "eps_new": "whether epsilon is times the new distance",
            "initial": "first distance",
            "estimate": "factor of the distance's estimate",
            "uncorrected": "whether the means are not corrected for their start at 0",
            "decay": "strength of a decay beside the step, times rate and distance",
        },
        """
            c = where(uncorrected, 1, sqrt(1 - beta2 ** t) / (1 - beta1 ** t))
            k = lr * d * c
            m = beta1 * m + (1 - beta1) * d * g
            v = beta2 * v + (1 - beta2) * (d * g) ** 2
            r = beta3 * r + k * d * sum(g * (first - w))
            s = beta3 * s + k * d * g
            n = sum(abs(s))
            o = d
            d = max(d, estimate * r / where(n > 0, n, 1))
            w = w - k * m / (sqrt(v) + where(eps_new, d, o) * eps) - k * decay * w
        """,
        (
            Form(
                "npoptim", "prodigy", "npoptim.Prodigy(model, {})",
                {
                    "lr": 1.0, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8,
                    "initial": 1e-6, "weight_decay": 0.0,
                },
                {
                    "lr": "lr", "beta1": "beta1", "beta2": "beta2", "eps": "eps",
                    "initial": "initial", "weight_decay": "decay",
                },
                {"beta3": "beta2 ** 0.5"}, fixed={"estimate": 1, "uncorrected": True},
            ),
            Form(
                "optax", "prodigy", "optax.contrib.prodigy({})",
                {
                    "learning_rate": 1.0, "betas": (0.9, 0.999), "beta3": None,
                    "eps": 1e-8, "estim_lr0": 1e-6, "estim_lr_coef": 1.0,
                    "weight_decay": 0.0, "safeguard_warmup": False,
                },
                {
                    "learning_rate": "lr", "eps": "eps", "estim_lr0": "initial",
                    "estim_lr_coef": "estimate", "weight_decay": "decay",
                },
                BETAS | {"beta3": "where(beta3 == None, betas[1] ** 0.5, beta3)"},
                {
                    "betas": "(beta1, beta2)",
                    "beta3": "where(beta3 == beta2 ** 0.5, None, beta3)",
                },
                {"eps_new": True}, {"safeguard_warmup": False}, "",
            ),
        ),
        start={"d": "initial", "first": "w"},
        unless={"eps_new": ("eps", "")},
        powers={"eps": -1},
        joint=True,
    ),
}  # fmt: skip
