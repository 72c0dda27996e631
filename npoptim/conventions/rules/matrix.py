"""Rules of matrices."""

from math import inf

from npoptim.conventions.form import (
    CURVED,
    DECAY,
    LR,
    NO_STOP,
    PENALTY,
    REQUIRED,
    SHORT,
    Form,
    Rule,
    decayed,
    penalized,
)

COEFFICIENTS = (3.4445, -4.775, 2.0315)
# A mean of gradients is 1 - momentum of the sum that momentum is, and so is its norm.
OF_A_MEAN = "where(eps, eps, least) * (1 - momentum)"

# Keras's Muon has an Adam for what is no matrix.
FOR_OTHERS = {
    "adam_beta_1": 0.9,
    "adam_beta_2": 0.999,
    "adam_lr_ratio": 1,
    "adam_weight_decay": 0.004,
    "epsilon": 1e-7,
    "exclude_embeddings": True,
}

RULES: dict[str, Rule] = {
    "Muon": Rule(
        {
            "lr": LR,
            "momentum": "share of the sum of gradients that stays",
            "nesterov": "whether the gradient counts once more, as Nesterov's",
            "corrected": "whether both parts are corrected for the sum's start at 0",
            "eps": "epsilon beside the norm",
            "least": "least norm",
            "iterations": "how often the singular values are raised",
            "rms": "size of a step, times the rate; 0 is by the shape alone",
            "across": "whether the shape's factor is columns over rows, not rows over "
            "columns",
            "unscaled": "whether the shape has no factor",
            "rounded": "whether the matrix is rounded to bfloat16 in between",
            "decay": DECAY,
        },
        """
            b = momentum * b + g
            c = where(corrected, 1 - momentum ** t, 1)
            n = where(corrected, 1 - momentum ** (t + 1), 1)
            u = where(nesterov, g / c + momentum * b / n, b / c)
            d = norm(u) + eps
            X = newton_schulz(u / where(least, max(d, least), d), iterations)
            height = shape(u)[0]
            width = shape(u)[1]
            a = where(across, width / height, height / width)
            s = where(unscaled, 1, sqrt(max(1, a)))
            f = where(rms > 0, rms * sqrt(max(height, width)), s)
            w = w - lr * f * X - lr * decay * w
        """,
        (
            Form(
                "npoptim", "muon", "npoptim.Muon(model, {})",
                {
                    "lr": 0.02, "momentum": 0.95, "iterations": 5, "eps": 1e-7,
                    "nesterov": True, "match_rms": False, "weight_decay": 0.0,
                },
                {
                    "lr": "lr", "momentum": "momentum", "iterations": "iterations",
                    "nesterov": "nesterov", "weight_decay": "decay",
                },
                {"eps": "eps", "rms": "where(match_rms, 0.2, 0)"},
                {"eps": "where(eps, eps, least)", "match_rms": "rms > 0"},
            ),
            Form(
                "torch", "muon", "torch.optim.Muon(params, {})",
                {
                    "lr": 1e-3, "weight_decay": 0.1, "momentum": 0.95,
                    "nesterov": True, "ns_coefficients": COEFFICIENTS, "eps": 1e-7,
                    "ns_steps": 5, "adjust_lr_fn": None,
                },
                {
                    "lr": "lr", "momentum": "momentum", "ns_steps": "iterations",
                    "nesterov": "nesterov", "weight_decay": "decay",
                },
                {
                    "least": "eps / (1 - momentum)",
                    "rms": "where(adjust_lr_fn == 'match_rms_adamw', 0.2, 0)",
                },
                {
                    "eps": OF_A_MEAN,
                    "adjust_lr_fn": "where(rms, 'match_rms_adamw', None)",
                },
                fixed={"rounded": True}, only={"ns_coefficients": COEFFICIENTS},
            ),
            Form(
                "keras", "muon", "keras.optimizers.Muon({})",
                {
                    "learning_rate": 1e-3, "weight_decay": 0.004, "muon_a": 3.4445,
                    "muon_b": -4.775, "muon_c": 2.0315, "momentum": 0.95,
                    "ns_steps": 5, "nesterov": True, "rms_rate": 0.2, **FOR_OTHERS,
                },
                {
                    "learning_rate": "lr", "momentum": "momentum",
                    "ns_steps": "iterations", "nesterov": "nesterov",
                },
                {
                    "decay": "where(weight_decay, weight_decay, 0)",
                    "rms": "where(rms_rate, rms_rate, 0)",
                },
                {"weight_decay": "decay", "rms_rate": "where(rms, rms, None)"},
                {"eps": 1e-7, "unscaled": True},
                {"muon_a": 3.4445, "muon_b": -4.775, "muon_c": 2.0315} | FOR_OTHERS,
            ),
            Form(
                "optax", "muon", "optax.contrib.muon({})",
                {
                    "learning_rate": REQUIRED, "ns_coeffs": COEFFICIENTS,
                    "ns_steps": 5, "beta": 0.95, "eps": 1e-8, "weight_decay": 0.0,
                    "nesterov": True, "adaptive": False,
                    "preconditioning": "frobenius", "consistent_rms": None,
                },
                {
                    "learning_rate": "lr", "beta": "momentum",
                    "ns_steps": "iterations", "nesterov": "nesterov",
                    "weight_decay": "decay",
                },
                {
                    "eps": "eps / (1 - beta)",
                    "rms": "where(consistent_rms, consistent_rms, 0)",
                },
                {"eps": OF_A_MEAN, "consistent_rms": "where(rms, rms, None)"},
                {"corrected": True, "across": True},
                {
                    "ns_coeffs": COEFFICIENTS, "adaptive": False,
                    "preconditioning": "frobenius",
                },
                "weight_decay_mask",
            ),
        ),
        unless={
            "nesterov": ("momentum", ""),
            "corrected": ("momentum and (nesterov or eps or least)", ""),
            "across": ("not rms", ""),
            "unscaled": ("not rms", ""),
            "rounded": ("1", "rounding to bfloat16 does not count"),
        },
        powers={"eps": -1, "least": -1},
    ),
    "LBFGS": Rule(
        {
            "lr": LR,
            "history": "largest number of pairs",
            "least_curvature": "curvature above which a pair is kept",
            "first": "exponent of the norm that shortens the first step, or 0 for none",
            "stops": "whether there are no steps where gradients are near to 0",
            "unit": "what a gradient counts for before there is a pair",
            "penalty": PENALTY,
            "decay": DECAY,
        },
        """
            g = g + penalty * w
            M = kept(M, w - o, g - p, history, least_curvature)
            r = where(M, 1, unit) * two_loops(M, g)
            n = where(first == 1, sum(abs(r)), where(first, norm(r), 0))
            k = where(t > 1, 1, 1 / max(n, 1))
            p = g
            o = w
            w = w - lr * k * r - lr * decay * w
        """,
        (
            *decayed(
                Form(
                    "npoptim", "lbfgs", "npoptim.LBFGS(model, {})",
                    {"lr": 1.0, "weight_decay": 0.0, "history": 10, "eps": 0.0},
                    {"lr": "lr", "history": "history"}, {"least_curvature": "eps"},
                    {"eps": "where(least_curvature > 0, least_curvature, 0.0)"},
                    {"unit": 1},
                )
            ),
            Form(
                "torch", "lbfgs", "torch.optim.LBFGS(params, {})",
                {
                    "lr": 1.0, "max_iter": 20, "tolerance_grad": 1e-7,
                    "tolerance_change": 1e-9, "history_size": 100,
                    "line_search_fn": None,
                },
                {"lr": "lr", "history_size": "history"},
                {"stops": "tolerance_grad > 0 or tolerance_change > 0"},
                {
                    "tolerance_grad": "where(stops, 1e-7, 0)",
                    "tolerance_change": "where(stops, 1e-9, 0)",
                },
                {"least_curvature": 1e-10, "first": 1, "unit": 1},
                {"max_iter": 1, "line_search_fn": None},
            ),
            *penalized(
                Form(
                    "optax", "lbfgs", "optax.lbfgs({})",
                    {
                        "learning_rate": None, "memory_size": 10,
                        "scale_init_precond": True, "linesearch": "zoom",
                    },
                    {"memory_size": "history"},
                    {"lr": "where(learning_rate == None, 1.0, learning_rate)"},
                    {"learning_rate": "lr"},
                    {"least_curvature": -inf, "first": 2, "unit": 1},
                    {"scale_init_precond": True, "linesearch": None},
                )
            ),
        ),
        start={"M": "()", "o": "w", "p": "0 * w"},
        unless={
            "least_curvature": ("1", CURVED), "first": ("1", SHORT),
            "stops": ("1", NO_STOP),
        },
        powers={"least_curvature": -1, "unit": 1, "penalty": -1},
        joint=True,
        in_python=True,
    ),
}  # fmt: skip
