"""Rules that look at an array as a whole."""

from npoptim.conventions.form import (
    BETA1,
    BETA2,
    BETA_,
    CONSTANT,
    DECAY,
    FROM_CORRECTED,
    FROM_PLACES,
    INSIDE,
    LR,
    NPOPTIM,
    OUTSIDE,
    PENALTY,
    PLACED,
    REQUIRED,
    TO_CORRECTED,
    TO_PLACES,
    TWO_AXES,
    B,
    Form,
    Rule,
    decayed,
    over,
    penalized,
)

BEFORE = "strength of a decay before the step, times the rate"
# PyTorch's epsilon is by default that of the numbers, which are most often float32.
LEAST = "where(eps[0] == None, 2.0 ** -23, eps[0])"
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
            "decay_before": BEFORE,
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
    "Adafactor": Rule(
        {
            "lr": "learning rate, as a share of the weights",
            "bounded": "whether the rate is at most 1 over the root of the step",
            "tau": "power in the share of the means that stays",
            "added": "epsilon added to the squares",
            "least_root": "least root of the mean of squares",
            "least_rows": "least mean of the rows",
            "share": "whether a step is a share of the weights",
            "least_share": "least size of the weights that a step is a share of",
            "clip": "largest size of a step before its rate",
            "unclipped": "whether a step may have any size before its rate",
            "shortest": "least length of both axes of what is factored",
            "longest": "whether the longest two axes are factored, not the last two",
            "penalty": PENALTY,
            "decay": DECAY,
            "decay_before": BEFORE,
            "decay_alone": "strength of a decay beside the step, whatever the rate",
        },
        """
            g = g + penalty * w
            w = w - lr * decay_before * w
            s = g ** 2 + added
            k = t ** -tau
            r = (1 - k) * r + k * where(factored(g, shortest), rows(s), s)
            c = (1 - k) * c + k * columns(s)
            m = where(least_rows, max(columns(r), least_rows), columns(r))
            v = where(factored(g, shortest), r * c / m, r)
            u = g / sqrt(where(least_root, max(v, least_root ** 2), v))
            u = u / where(unclipped, 1, max(1, sqrt(mean(u ** 2)) / clip))
            a = where(bounded, min(lr, 1 / sqrt(t)), lr)
            a = a * where(share, max(sqrt(mean(w ** 2)), least_share), 1)
            w = w - a * u - lr * decay * w - decay_alone * w
        """,
        (
            *decayed(
                Form(
                    "npoptim", "adafactor", "npoptim.Adafactor(model, {})",
                    {
                        "lr": 1e-2, "decay_exponent": 0.8, "clip": 1.0, "eps1": 1e-30,
                        "eps2": 1e-3, "weight_decay": 0.0,
                    },
                    {
                        "lr": "lr", "decay_exponent": "tau", "clip": "clip",
                        "eps2": "least_share",
                    },
                    {"added": "eps1"},
                    {"eps1": "where(added, added, where(least_root, 1e-30, 0.0))"},
                    {"bounded": True, "share": True},
                )
            ),
            Form(
                "torch", "adafactor", "torch.optim.Adafactor(params, {})",
                {
                    "lr": 1e-2, "beta2_decay": -0.8, "eps": (None, 1e-3), "d": 1.0,
                    "weight_decay": 0.0, "maximize": False,
                },
                {"lr": "lr", "d": "clip", "weight_decay": "decay"},
                {
                    "tau": "-beta2_decay", "least_root": LEAST, "least_rows": LEAST,
                    "least_share": "eps[1]",
                },
                {
                    "beta2_decay": "-tau",
                    "eps": "(where(least_root == 2.0 ** -23 or added, None, "
                    "least_root), least_share)",
                },
                {"bounded": True, "share": True}, {"maximize": False},
            ),
            Form(
                "keras", "adafactor", "keras.optimizers.Adafactor({})",
                {
                    "learning_rate": 1e-3, "beta_2_decay": -0.8, "epsilon_1": 1e-30,
                    "epsilon_2": 1e-3, "clip_threshold": 1.0, "weight_decay": None,
                    "relative_step": True,
                },
                {
                    "learning_rate": "lr", "epsilon_2": "least_share",
                    "clip_threshold": "clip",
                },
                {
                    "tau": "-beta_2_decay", "added": "epsilon_1",
                    "decay_before": "where(weight_decay, weight_decay, 0)",
                },
                {
                    "beta_2_decay": "-tau",
                    "epsilon_1": "where(added, added, where(least_root, 1e-30, 0.0))",
                    "weight_decay": "where(decay_before, decay_before, "
                    "where(decay, decay, None))",
                },
                {"bounded": True, "share": True}, {"relative_step": True},
            ),
            *penalized(
                Form(
                    "optax", "adafactor", "optax.adafactor({})",
                    {
                        "learning_rate": None, "min_dim_size_to_factor": 128,
                        "decay_rate": 0.8, "decay_offset": 0,
                        "multiply_by_parameter_scale": True, "clipping_threshold": 1.0,
                        "momentum": None, "weight_decay_rate": None, "eps": 1e-30,
                        "factored": True,
                    },
                    {
                        "min_dim_size_to_factor": "shortest", "decay_rate": "tau",
                        "multiply_by_parameter_scale": "share",
                    },
                    {
                        "lr": "where(learning_rate == None, 1.0, learning_rate)",
                        "clip": "where(clipping_threshold == None, 1.0, "
                        "clipping_threshold)",
                        "unclipped": "clipping_threshold == None",
                        "decay_alone": "where(weight_decay_rate, weight_decay_rate, 0)",
                        "added": "eps",
                    },
                    {
                        "learning_rate": "lr",
                        "clipping_threshold": "where(unclipped, None, clip)",
                        "weight_decay_rate": "where(decay_alone, decay_alone, None)",
                        "eps": "where(added, added, where(least_root, 1e-30, 0.0))",
                    },
                    {"least_share": 1e-3, "longest": True},
                    {"decay_offset": 0, "momentum": None, "factored": True},
                    "weight_decay_mask",
                )
            ),
        ),
        unless={
            "longest": ("1", TWO_AXES),
            "least_share": ("share", ""),
        },
        powers={"added": -2, "least_root": -1, "least_rows": -2, "penalty": -1},
    ),
    # Of arrays of three axes or less.
    "SM3": Rule(
        {
            "lr": LR,
            "beta1": "share of the mean of steps that stays",
            "rate_inside": "whether the rate is inside of the mean",
            "eps": OUTSIDE,
            "inside": INSIDE,
            "every_axis": "whether it keeps the largest of the slices across each "
            "axis, not of rows and columns",
            "penalty": PENALTY,
            "decay": DECAY,
        },
        """
            g = g + penalty * w
            a = min(highest(v, 1, every_axis), highest(v, 2, every_axis))
            v = min(a, highest(v, 3, every_axis)) + g ** 2
            u = where(rate_inside, lr, 1) * g / (sqrt(v + inside) + eps)
            m = beta1 * m + (1 - beta1) * u
            w = w - where(rate_inside, 1, lr) * m - lr * decay * w
        """,
        (
            *decayed(
                Form(
                    "npoptim", "sm3", "npoptim.SM3(model, {})",
                    NPOPTIM | PLACED | {"lr": 0.1}, {"lr": "lr"}, TO_PLACES,
                    FROM_PLACES, {"rate_inside": True},
                )
            ),
            # The velocity is a sum, and not a mean.
            Form(
                "npoptim", "sm3", over("Velocity", "SM3"),
                NPOPTIM | PLACED | {"lr": 0.1, "step_momentum": 0.9},
                {"step_momentum": "beta1", "weight_decay": "penalty"},
                TO_PLACES | {"lr": "lr / (1 - step_momentum)"},
                FROM_PLACES | {"lr": "lr * (1 - beta1)"},
                {"rate_inside": True},
            ),
            *penalized(
                Form(
                    "optax", "sm3", "optax.sm3({})",
                    {"learning_rate": REQUIRED, "momentum": 0.9},
                    {"learning_rate": "lr", "momentum": "beta1"},
                    fixed={"inside": 1e-8, "every_axis": True},
                )
            ),
        ),
        start={"v": "0 * w"},
        unless={"rate_inside": ("beta1", CONSTANT), "every_axis": ("1", TWO_AXES)},
        powers={"eps": -1, "inside": -2, "penalty": -1},
    ),
}  # fmt: skip
