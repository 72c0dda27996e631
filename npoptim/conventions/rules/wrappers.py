"""What works over any optimizer, which is here plain descent."""

from npoptim.conventions.form import (
    LR,
    NOT_STILL,
    ONE_ARRAY,
    REQUIRED,
    Form,
    Rule,
    over,
)

RULES: dict[str, Rule] = {
    "ClipByGlobalNorm": Rule(
        {
            "bound": "largest norm",
            "added": "what is added to the norm",
            "apart": "whether each array has its own norm",
        },
        """
            g = bound / max(bound, norm(g) + added) * g
        """,
        (
            Form(
                "npoptim", "clipbyglobalnorm", over("ClipByGlobalNorm", "SGD"),
                {"max_norm": 1.0}, {"max_norm": "bound"},
            ),
            Form(
                "torch", "clip_grad_norm_",
                "torch.nn.utils.clip_grad_norm_(params, {})",
                {"max_norm": REQUIRED, "norm_type": 2.0}, {"max_norm": "bound"},
                fixed={"added": 1e-6}, only={"norm_type": 2.0},
            ),
            Form(
                "keras", "global_clipnorm",
                "keras.optimizers.SGD(global_clipnorm={global_clipnorm})",
                {"global_clipnorm": REQUIRED}, {"global_clipnorm": "bound"},
                placed=("global_clipnorm",),
            ),
            Form(
                "keras", "clipnorm", "keras.optimizers.SGD(clipnorm={clipnorm})",
                {"clipnorm": REQUIRED}, {"clipnorm": "bound"}, fixed={"apart": True},
                placed=("clipnorm",),
            ),
            Form(
                "optax", "clip_by_global_norm", "optax.clip_by_global_norm({})",
                {"max_norm": REQUIRED}, {"max_norm": "bound"},
            ),
        ),
        unless={"apart": ("1", ONE_ARRAY)},
        powers={"bound": 1, "added": 1},
        joint=True,
        result="g",
    ),
    "ClipByValue": Rule(
        {"bound": "largest size of a component"},
        """
            g = max(-bound, min(bound, g))
        """,
        (
            Form(
                "npoptim", "clipbyvalue", over("ClipByValue", "SGD"),
                {"max_value": 1.0}, {"max_value": "bound"},
            ),
            Form(
                "torch", "clip_grad_value_",
                "torch.nn.utils.clip_grad_value_(params, {})",
                {"clip_value": REQUIRED}, {"clip_value": "bound"},
            ),
            Form(
                "keras", "clipvalue", "keras.optimizers.SGD(clipvalue={clipvalue})",
                {"clipvalue": REQUIRED}, {"clipvalue": "bound"}, placed=("clipvalue",),
            ),
            Form(
                "optax", "clip", "optax.clip({})",
                {"max_delta": REQUIRED}, {"max_delta": "bound"},
            ),
        ),
        powers={"bound": 1},
        result="g",
    ),
    "GradientCentralization": Rule(
        {},
        """
            g = g - inputs(g)
        """,
        (
            Form(
                "npoptim", "gradientcentralization",
                over("GradientCentralization", "SGD").replace(", {}", ""), {}, {},
            ),
            Form("optax", "centralize", "optax.centralize({})", {}, {}),
        ),
        result="g",
    ),
    "ExponentialAverage": Rule(
        {
            "share": "share of the average that stays",
            "from_first": "whether it is at first the weights after the first step",
            "from_zero": "whether it starts at 0",
            "corrected": "whether it is corrected for that",
        },
        """
            w = w - g
            u = share * m + (1 - share) * w
            m = where(from_first, where(t > 1, u, w), u)
            a = where(corrected, m / (1 - share ** t), m)
        """,
        (
            Form(
                "npoptim", "exponentialaverage", over("ExponentialAverage", "SGD"),
                {"average_decay": 0.999}, {"average_decay": "share"},
            ),
            Form(
                "torch", "get_ema_multi_avg_fn",
                "torch.optim.swa_utils.AveragedModel(model, "
                "multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn({decay}))",
                {"decay": 0.999}, {"decay": "share"}, fixed={"from_first": True},
                placed=("decay",),
            ),
            Form(
                "keras", "use_ema",
                "keras.optimizers.SGD(ema_momentum={ema_momentum}, use_ema=True)",
                {"ema_momentum": 0.99}, {"ema_momentum": "share"},
                fixed={"from_first": True}, placed=("ema_momentum",),
            ),
            Form(
                "optax", "ema", "optax.ema({})", {"decay": REQUIRED, "debias": True},
                {"decay": "share", "debias": "corrected"}, fixed={"from_zero": True},
            ),
        ),
        start={"m": "where(from_zero, 0 * w, w)"},
        unless={
            "from_first": ("share", ""), "from_zero": ("share", ""),
            "corrected": ("share", ""),
        },
        result="a",
    ),
    "UniformAverage": Rule(
        {"after": "steps that are left out"},
        """
            w = w - g
            a = a + (w - a) / max(t - after, 1)
        """,
        (
            Form(
                "npoptim", "uniformaverage", over("UniformAverage", "SGD"),
                {"average_after": 0}, {"average_after": "after"},
            ),
            Form(
                "torch", "averagedmodel",
                "torch.optim.swa_utils.AveragedModel(model)", {}, {},
            ),
        ),
        start={"a": "w"},
        result="a",
    ),
    "Lookahead": Rule(
        {
            "lr": LR,
            "period": "steps from one move of the slow weights to the next",
            "slow_step": "part of the way that the slow weights go",
        },
        """
            f = w - lr * g
            k = period * floor(t / period)
            s = where(t == k, s + slow_step * (f - s), s)
            w = where(t == k, s, f)
        """,
        (
            Form(
                "npoptim", "lookahead", over("Lookahead", "SGD"),
                {"lr": 1e-3, "period": 5, "slow_step": 0.5},
                {"lr": "lr", "period": "period", "slow_step": "slow_step"},
            ),
            # Plain descent has no state, but others have.
            Form(
                "optax", "lookahead",
                "optax.lookahead(optax.sgd(learning_rate={learning_rate}), {})",
                {
                    "learning_rate": REQUIRED, "sync_period": REQUIRED,
                    "slow_step_size": REQUIRED, "reset_state": False,
                },
                {
                    "learning_rate": "lr", "sync_period": "period",
                    "slow_step_size": "slow_step",
                },
                only={"reset_state": False}, placed=("learning_rate",),
            ),
        ),
        start={"s": "w"},
        powers={"lr": 1},
    ),
    "SAM": Rule(
        {
            "lr": LR,
            "radius": "how far uphill the gradient is taken",
            "undefined": "whether the weights become NaN where all gradients are 0",
        },
        """
            n = norm(g)
            n = where(undefined, n, where(n > 0, n, 1))
            x = w + radius * g / n
            w = w - lr * gradient_at(x)
        """,
        (
            Form(
                "npoptim", "sam", over("SAM", "SGD"), {"lr": 1e-3, "radius": 0.05},
                {"lr": "lr", "radius": "radius"},
            ),
            # Of its two rules, each with a rate, one is for the way uphill.
            Form(
                "optax", "sam",
                "optax.contrib.sam(optax.sgd(learning_rate={learning_rate}), "
                "optax.chain(optax.contrib.normalize(), optax.sgd({radius})), {})",
                {
                    "learning_rate": REQUIRED, "radius": REQUIRED, "sync_period": 2,
                    "reset_state": True, "opaque_mode": False, "batch_axis_name": None,
                },
                {"learning_rate": "lr", "radius": "radius"},
                only={
                    "sync_period": 2, "reset_state": True, "opaque_mode": True,
                    "batch_axis_name": None,
                },
                fixed={"undefined": True}, placed=("learning_rate", "radius"),
            ),
        ),
        unless={"undefined": ("1", NOT_STILL)},
        powers={"lr": 1},
        joint=True,
    ),
}  # fmt: skip
