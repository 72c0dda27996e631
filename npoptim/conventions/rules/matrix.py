"""Rules of matrices."""

from npoptim.conventions.form import DECAY, LR, REQUIRED, Form, Rule

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
            X = newton_schulz(u / max(norm(u) + eps, least), iterations)
            height = shape(u)[0]
            width = shape(u)[1]
            f = where(across, width / height, height / width)
            f = where(unscaled, 1, sqrt(max(1, f)))
            f = where(rms, rms * sqrt(max(height, width)), f)
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
}  # fmt: skip
