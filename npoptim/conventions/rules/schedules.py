"""Schedules of the learning rate: step t here is step t - 1 elsewhere."""

from npoptim.conventions.form import NO_LONGER, REQUIRED, Form, Rule

START = "learning rate at the start"
END = "learning rate at the end"
WARMUP = "steps of a rise before, along a line"
FIRST = "learning rate at the start of the rise"
# PyTorch's schedulers multiply the rate of the optimizer.
TORCH = "torch.optim.lr_scheduler.{}(optimizer, {{}})  # from lr={{lr}}"

# Keras computes in integers if this is one.
KERAS_RATE = {"initial_learning_rate": "1.0 * lr"}

# The last step of a rise here is the first of what follows.
TO_WARMUP = {"warmup": "warmup_steps - 1", "initial_rate": "value / warmup_steps"}
FROM_WARMUP = {"warmup_steps": "warmup + 1"}
# Falls of Optax: along a curve, they are at each step.
TO_FALLS = {
    "steps": "where(staircase, transition_steps, 1)",
    "factor": "where(staircase, decay_rate, decay_rate ** (1 / transition_steps))",
    "end": "where(end_value, end_value, 0)",
}
FROM_FALLS = {
    "transition_steps": "steps",
    "decay_rate": "factor",
    "staircase": "steps > 1",
    "end_value": "where(end, end, None)",
}
ONE_CYCLE = {"pct_start": 0.3, "div_factor": 25.0, "final_div_factor": 1e4}
FROM_ENDS = {
    "div_factor": "lr / initial_rate",
    "final_div_factor": "initial_rate / end",
}
# Optax rounds a share of the steps down, which must not round a step away.
SHARE = "where(floor({0} / steps * steps) == {0}, {0} / steps, ({0} + 0.5) / steps)"
# Optax's argument for the factors, if there are any.
SCALES = (
    "pieces(init_value, where(boundaries_and_scales, boundaries_and_scales, ()))[{}]"
)


def ends(peak: str) -> dict[str, str]:
    """Return the rates at both ends of a cycle, of the argument for its peak."""
    return {
        "initial_rate": f"{peak} / div_factor",
        "end": f"{peak} / div_factor / final_div_factor",
    }


RULES: dict[str, Rule] = {
    "ExponentialDecay": Rule(
        {
            "lr": START,
            "steps": "steps from one fall to the next",
            "factor": "what each fall leaves",
            "begin": "steps before the first of them",
            "end": "learning rate that it does not pass",
            "warmup": WARMUP,
            "initial_rate": FIRST,
        },
        """
            k = where(warmup, max(t - 1 - warmup, 0), t - 1)
            k = where(begin, max(k - begin, 0), k)
            x = lr * factor ** floor(k / steps)
            y = where(factor < 1, max(x, end), min(x, end))
            x = where(end, y, x)
            u = (t - 1) / where(warmup, warmup, 1)
            z = initial_rate + (lr - initial_rate) * u
            rate = where(warmup, where(t > warmup, x, z), x)
        """,
        (
            Form(
                "npoptim", "exponentialdecay", "npoptim.ExponentialDecay({})",
                {"value": REQUIRED, "factor": REQUIRED},
                {"value": "lr", "factor": "factor"}, {"initial_rate": "value"},
                fixed={"steps": 1},
            ),
            Form(
                "npoptim", "stepdecay", "npoptim.StepDecay({})",
                {"value": REQUIRED, "steps": REQUIRED, "factor": 0.1},
                {"value": "lr", "steps": "steps", "factor": "factor"},
                {"initial_rate": "value"},
            ),
            Form(
                "npoptim", "warmup_exponentialdecay",
                "npoptim.Warmup(npoptim.ExponentialDecay({}), steps={warmup_steps})",
                {"value": REQUIRED, "factor": REQUIRED, "warmup_steps": REQUIRED},
                {"value": "lr", "factor": "factor"}, TO_WARMUP, FROM_WARMUP,
                {"steps": 1}, placed=("warmup_steps",),
            ),
            Form(
                "npoptim", "warmup_stepdecay",
                "npoptim.Warmup(npoptim.StepDecay({}), steps={warmup_steps})",
                {
                    "value": REQUIRED, "steps": REQUIRED, "factor": 0.1,
                    "warmup_steps": REQUIRED,
                },
                {"value": "lr", "steps": "steps", "factor": "factor"},
                TO_WARMUP, FROM_WARMUP, placed=("warmup_steps",),
            ),
            Form(
                "torch", "exponentiallr", TORCH.format("ExponentialLR"),
                {"lr": REQUIRED, "gamma": REQUIRED}, {"lr": "lr", "gamma": "factor"},
                {"initial_rate": "lr"}, fixed={"steps": 1}, placed=("lr",),
            ),
            Form(
                "torch", "steplr", TORCH.format("StepLR"),
                {"lr": REQUIRED, "step_size": REQUIRED, "gamma": 0.1},
                {"lr": "lr", "step_size": "steps", "gamma": "factor"},
                {"initial_rate": "lr"}, placed=("lr",),
            ),
            Form(
                "keras", "exponentialdecay",
                "keras.optimizers.schedules.ExponentialDecay({})",
                {
                    "initial_learning_rate": REQUIRED, "decay_steps": REQUIRED,
                    "decay_rate": REQUIRED, "staircase": False,
                },
                {},
                {
                    "lr": "initial_learning_rate",
                    "initial_rate": "initial_learning_rate",
                    "steps": "where(staircase, decay_steps, 1)",
                    "factor": "where(staircase, decay_rate, "
                    "decay_rate ** (1 / decay_steps))",
                },
                KERAS_RATE
                | {
                    "decay_steps": "steps", "decay_rate": "factor",
                    "staircase": "steps > 1",
                },
            ),
            Form(
                "optax", "exponential_decay", "optax.exponential_decay({})",
                {
                    "init_value": REQUIRED, "transition_steps": REQUIRED,
                    "decay_rate": REQUIRED, "transition_begin": 0, "staircase": False,
                    "end_value": None,
                },
                {"init_value": "lr", "transition_begin": "begin"},
                TO_FALLS | {"initial_rate": "init_value"}, FROM_FALLS,
            ),
            Form(
                "optax", "warmup_exponential_decay_schedule",
                "optax.warmup_exponential_decay_schedule({})",
                {
                    "init_value": REQUIRED, "peak_value": REQUIRED,
                    "warmup_steps": REQUIRED, "transition_steps": REQUIRED,
                    "decay_rate": REQUIRED, "transition_begin": 0, "staircase": False,
                    "end_value": None,
                },
                {
                    "init_value": "initial_rate", "peak_value": "lr",
                    "warmup_steps": "warmup", "transition_begin": "begin",
                },
                TO_FALLS, FROM_FALLS,
            ),
        ),
        unless={"initial_rate": ("warmup", "")},
        result="rate",
    ),
    "PolynomialDecay": Rule(
        {
            "lr": START,
            "steps": "steps from the start to the end",
            "end": END,
            "power": "power of what is left of the steps",
            "begin": "steps before the first of them",
            "cycle": "whether it rises at the end, and falls anew, ever longer",
        },
        """
            k = where(begin, max(t - 1 - begin, 0), t - 1)
            n = where(cycle, steps * max(-floor(-k / steps), 1), steps)
            x = 1 - min(k, n) / n
            rate = end + (lr - end) * x ** power
        """,
        (
            Form(
                "npoptim", "polynomialdecay", "npoptim.PolynomialDecay({})",
                {"value": REQUIRED, "steps": REQUIRED, "end": 0.0, "power": 1.0},
                {"value": "lr", "steps": "steps", "end": "end", "power": "power"},
            ),
            Form(
                "npoptim", "warmup_constant",
                "npoptim.Warmup(npoptim.Constant({value}), {})",
                {"value": REQUIRED, "steps": REQUIRED}, {"value": "end"},
                {"lr": "value / steps", "steps": "steps - 1"}, {"steps": "steps + 1"},
                {"power": 1.0}, placed=("value",),
            ),
            Form(
                "torch", "polynomiallr", TORCH.format("PolynomialLR"),
                {"lr": REQUIRED, "total_iters": 5, "power": 1.0},
                {"lr": "lr", "total_iters": "steps", "power": "power"},
                placed=("lr",),
            ),
            # Its factors are at most 1.
            Form(
                "torch", "linearlr", TORCH.format("LinearLR"),
                {
                    "lr": REQUIRED, "start_factor": 1.0 / 3, "end_factor": 1.0,
                    "total_iters": 5,
                },
                {"total_iters": "steps"},
                {"lr": "lr * start_factor", "end": "lr * end_factor"},
                {
                    "lr": "where(lr > end, lr, end)",
                    "start_factor": "where(lr > end, 1.0, lr / where(end, end, 1))",
                    "end_factor": "where(lr > end, end / where(lr, lr, 1), 1.0)",
                },
                {"power": 1.0}, placed=("lr",),
            ),
            Form(
                "keras", "polynomialdecay",
                "keras.optimizers.schedules.PolynomialDecay({})",
                {
                    "initial_learning_rate": REQUIRED, "decay_steps": REQUIRED,
                    "end_learning_rate": 1e-4, "power": 1.0, "cycle": False,
                },
                {
                    "decay_steps": "steps", "end_learning_rate": "end",
                    "power": "power", "cycle": "cycle",
                },
                {"lr": "initial_learning_rate"}, KERAS_RATE,
            ),
            Form(
                "optax", "polynomial_schedule", "optax.polynomial_schedule({})",
                {
                    "init_value": REQUIRED, "end_value": REQUIRED, "power": REQUIRED,
                    "transition_steps": REQUIRED, "transition_begin": 0,
                },
                {
                    "init_value": "lr", "end_value": "end", "power": "power",
                    "transition_steps": "steps", "transition_begin": "begin",
                },
            ),
            Form(
                "optax", "linear_schedule", "optax.linear_schedule({})",
                {
                    "init_value": REQUIRED, "end_value": REQUIRED,
                    "transition_steps": REQUIRED, "transition_begin": 0,
                },
                {
                    "init_value": "lr", "end_value": "end",
                    "transition_steps": "steps", "transition_begin": "begin",
                },
                fixed={"power": 1.0},
            ),
            Form(
                "optax", "warmup_constant_schedule",
                "optax.warmup_constant_schedule({})",
                {
                    "init_value": REQUIRED, "peak_value": REQUIRED,
                    "warmup_steps": REQUIRED,
                },
                {"init_value": "lr", "peak_value": "end", "warmup_steps": "steps"},
                fixed={"power": 1.0},
            ),
        ),
        unless={"cycle": ("1", NO_LONGER), "power": ("lr != end", "")},
        result="rate",
    ),
    "CosineDecay": Rule(
        {
            "lr": "learning rate at the start of the fall",
            "steps": "steps from there to the end",
            "end": END,
            "exponent": "exponent of what is left of the fall",
            "again": "whether it rises after the end, and falls anew, as a wave",
            "warmup": WARMUP,
            "initial_rate": FIRST,
        },
        """
            k = where(warmup, max(t - 1 - warmup, 0), t - 1)
            x = where(again, k, min(k, steps)) / steps
            y = end + (lr - end) * wave(x) ** exponent
            u = (t - 1) / where(warmup, warmup, 1)
            z = initial_rate + (lr - initial_rate) * u
            rate = where(warmup, where(t > warmup, y, z), y)
        """,
        (
            Form(
                "npoptim", "cosinedecay", "npoptim.CosineDecay({})",
                {"value": REQUIRED, "steps": REQUIRED, "end": 0.0},
                {"value": "lr", "steps": "steps", "end": "end"},
                {"initial_rate": "value"},
                fixed={"exponent": 1.0},
            ),
            Form(
                "npoptim", "warmup_cosinedecay",
                "npoptim.Warmup(npoptim.CosineDecay({}), steps={warmup_steps})",
                {
                    "value": REQUIRED, "steps": REQUIRED, "end": 0.0,
                    "warmup_steps": REQUIRED,
                },
                {"value": "lr", "steps": "steps", "end": "end"},
                TO_WARMUP, FROM_WARMUP, {"exponent": 1.0},
                placed=("warmup_steps",),
            ),
            Form(
                "torch", "cosineannealinglr", TORCH.format("CosineAnnealingLR"),
                {"lr": REQUIRED, "T_max": REQUIRED, "eta_min": 0.0},
                {"lr": "lr", "T_max": "steps", "eta_min": "end"},
                {"initial_rate": "lr"},
                fixed={"exponent": 1.0, "again": True}, placed=("lr",),
            ),
            # A rise from 0 is refused.
            Form(
                "torch", "cosineannealinglr after a rise",
                "torch.optim.lr_scheduler.SequentialLR(optimizer, "
                "[torch.optim.lr_scheduler.LinearLR(optimizer, "
                "start_factor={start_factor}, total_iters={total_iters}), "
                "torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, {})], "
                "[{total_iters}])  # from lr={lr}",
                {
                    "lr": REQUIRED, "start_factor": 1.0 / 3, "total_iters": 5,
                    "T_max": REQUIRED, "eta_min": 0.0,
                },
                {
                    "lr": "lr", "total_iters": "warmup", "T_max": "steps",
                    "eta_min": "end",
                },
                {"initial_rate": "lr * start_factor"},
                {
                    "start_factor": "where(initial_rate < lr, where(initial_rate > 0, "
                    "initial_rate / where(lr, lr, 1), 1e-9), 1.0)",
                    "total_iters": "where(warmup, warmup, 1)",
                },
                {"exponent": 1.0, "again": True},
                placed=("lr", "start_factor", "total_iters"),
            ),
            Form(
                "keras", "cosinedecay", "keras.optimizers.schedules.CosineDecay({})",
                {
                    "initial_learning_rate": REQUIRED, "decay_steps": REQUIRED,
                    "alpha": 0.0, "warmup_target": None, "warmup_steps": 0,
                },
                {"decay_steps": "steps"},
                {
                    "lr": "where(warmup_target, warmup_target, initial_learning_rate)",
                    "end": "alpha * "
                    "where(warmup_target, warmup_target, initial_learning_rate)",
                    "warmup": "where(warmup_target, warmup_steps, 0)",
                    "initial_rate": "initial_learning_rate",
                },
                {
                    "initial_learning_rate": "1.0 * where(warmup, initial_rate, lr)",
                    "alpha": "end / where(lr, lr, 1)",
                    "warmup_target": "where(warmup, lr, None)",
                    "warmup_steps": "warmup",
                },
                {"exponent": 1.0},
            ),
            Form(
                "optax", "cosine_decay_schedule", "optax.cosine_decay_schedule({})",
                {
                    "init_value": REQUIRED, "decay_steps": REQUIRED, "alpha": 0.0,
                    "exponent": 1.0,
                },
                {
                    "init_value": "lr", "decay_steps": "steps", "exponent": "exponent",
                },
                {"end": "alpha * init_value", "initial_rate": "init_value"},
                {"alpha": "end / where(lr, lr, 1)"},
            ),
            Form(
                "optax", "warmup_cosine_decay_schedule",
                "optax.warmup_cosine_decay_schedule({})",
                {
                    "init_value": REQUIRED, "peak_value": REQUIRED,
                    "warmup_steps": REQUIRED, "decay_steps": REQUIRED,
                    "end_value": 0.0, "exponent": 1.0,
                },
                {
                    "init_value": "initial_rate", "peak_value": "lr",
                    "warmup_steps": "warmup", "end_value": "end",
                    "exponent": "exponent",
                },
                {"steps": "decay_steps - warmup_steps"},
                {"decay_steps": "warmup + steps"},
            ),
        ),
        unless={
            "exponent": ("lr != end", ""), "again": ("lr != end", NO_LONGER),
            "initial_rate": ("warmup", ""),
        },
        result="rate",
    ),
    "OneCycle": Rule(
        {
            "lr": "learning rate at the peak",
            "steps": "steps from the start to the end",
            "rise": "steps from the start to the peak",
            "fall": "steps from the start until it is back at the first rate",
            "initial_rate": START,
            "end": END,
            "linear": "whether it goes along lines, and not along half waves",
            "again": "whether there is one step after the end, on the way back",
        },
        """
            k = where(again, t - 1, min(t - 1, steps))
            a = where(fall, where(k < fall, rise, fall), rise)
            a = where(k < rise, 0, a)
            b = where(fall, where(k < fall, fall, steps), steps)
            b = where(k < rise, rise, b)
            p = where(fall, where(k < fall, lr, initial_rate), lr)
            p = where(k < rise, initial_rate, p)
            q = where(fall, where(k < fall, initial_rate, end), end)
            q = where(k < rise, lr, q)
            x = (k - a) / where(b > a, b - a, 1)
            rate = q + (p - q) * where(linear, 1 - x, wave(x))
        """,
        (
            Form(
                "npoptim", "onecycle", "npoptim.OneCycle({})",
                {"value": REQUIRED, "steps": REQUIRED} | ONE_CYCLE, {"value": "lr"},
                {"steps": "steps - 1", "rise": "pct_start * steps - 1"} | ends("value"),
                {"steps": "steps + 1", "pct_start": "(rise + 1) / (steps + 1)"}
                | FROM_ENDS,
            ),
            Form(
                "torch", "onecyclelr",
                "torch.optim.lr_scheduler.OneCycleLR(optimizer, {}, "
                "cycle_momentum=False)",
                {
                    "max_lr": REQUIRED, "total_steps": REQUIRED,
                    "anneal_strategy": "cos", "three_phase": False,
                }
                | ONE_CYCLE,
                {"max_lr": "lr"},
                {
                    "steps": "total_steps - 1", "rise": "pct_start * total_steps - 1",
                    "fall": "where(three_phase, 2 * pct_start * total_steps - 2, 0)",
                    "linear": "anneal_strategy == 'linear'",
                }
                | ends("max_lr"),
                {
                    "total_steps": "steps + 1",
                    "pct_start": "(rise + 1) / (steps + 1)",
                    "three_phase": "fall > 0",
                    "anneal_strategy": "where(linear, 'linear', 'cos')",
                }
                | FROM_ENDS,
                {"again": True},
            ),
            Form(
                "optax", "cosine_onecycle_schedule",
                "optax.cosine_onecycle_schedule({})",
                {"transition_steps": REQUIRED, "peak_value": REQUIRED} | ONE_CYCLE,
                {"transition_steps": "steps", "peak_value": "lr"},
                {"rise": "1.0 * floor(pct_start * transition_steps)"}
                | ends("peak_value"),
                {"pct_start": SHARE.format("rise")} | FROM_ENDS,
            ),
            # Two changes at one step are the second alone, so that it is not back.
            Form(
                "optax", "linear_onecycle_schedule",
                "optax.linear_onecycle_schedule({})",
                {
                    "transition_steps": REQUIRED, "peak_value": REQUIRED,
                    "pct_start": 0.3, "pct_final": 0.85, "div_factor": 25.0,
                    "final_div_factor": 1e4,
                },
                {"transition_steps": "steps", "peak_value": "lr"},
                {
                    "rise": "1.0 * floor(pct_start * transition_steps)",
                    "fall": "where(pct_final < 1, "
                    "1.0 * floor(pct_final * transition_steps), 0)",
                    "initial_rate": "peak_value / div_factor",
                    "end": "peak_value / where(pct_final < 1, div_factor, 1) "
                    "/ final_div_factor",
                },
                {
                    "pct_start": SHARE.format("rise"),
                    "pct_final": f"where(fall, {SHARE.format('fall')}, 1.0)",
                    "div_factor": "lr / initial_rate",
                    "final_div_factor": "where(fall, initial_rate, lr) / end",
                },
                {"linear": True},
            ),
        ),
        unless={"again": ("1", NO_LONGER)},
        result="rate",
    ),
    "CosineRestarts": Rule(
        {
            "lr": "learning rate at the start of the first cycle",
            "steps": "steps of the first cycle",
            "end": "learning rate that each cycle would end at",
            "growth": "steps of a cycle over those of the last",
            "share": "height of a cycle over that of the last",
        },
        """
            k = k + 1
            i = where(k < n, i, i + 1)
            z = where(k < n, n, growth * n)
            k = where(k < n, k, k - n)
            n = z
            rate = end + share ** i * (lr - end) * wave(k / n)
        """,
        (
            Form(
                "npoptim", "cosinerestarts", "npoptim.CosineRestarts({})",
                {"value": REQUIRED, "steps": REQUIRED, "end": 0.0, "growth": 1},
                {"value": "lr", "steps": "steps", "end": "end"},
                {"growth": "growth"}, {"growth": "floor(growth)"}, {"share": 1.0},
            ),
            Form(
                "torch", "cosineannealingwarmrestarts",
                TORCH.format("CosineAnnealingWarmRestarts"),
                {"lr": REQUIRED, "T_0": REQUIRED, "T_mult": 1, "eta_min": 0.0},
                {"lr": "lr", "T_0": "steps", "eta_min": "end"},
                {"growth": "T_mult"}, {"T_mult": "floor(growth)"}, {"share": 1.0},
                placed=("lr",),
            ),
            Form(
                "keras", "cosinedecayrestarts",
                "keras.optimizers.schedules.CosineDecayRestarts({})",
                {
                    "initial_learning_rate": REQUIRED, "first_decay_steps": REQUIRED,
                    "t_mul": 2.0, "m_mul": 1.0, "alpha": 0.0,
                },
                {"first_decay_steps": "steps", "t_mul": "growth", "m_mul": "share"},
                {
                    "lr": "initial_learning_rate",
                    "end": "alpha * initial_learning_rate",
                },
                KERAS_RATE | {"alpha": "end / where(lr, lr, 1)"},
            ),
        ),
        start={"k": "-1", "n": "steps"},
        unless={"share": ("lr != end", "")},
        result="rate",
    ),
    "Constant": Rule(
        {
            "lr": "learning rate",
            "factor": "factor of the first rates",
            "steps": "steps that have it, or 0 for all",
        },
        """
            rate = lr * where(steps, where(t > steps, 1, factor), factor)
        """,
        (
            Form(
                "npoptim", "constant", "npoptim.Constant({})",
                {"value": REQUIRED}, {"value": "lr"}, fixed={"factor": 1.0},
            ),
            Form(
                "torch", "constantlr", TORCH.format("ConstantLR"),
                {"lr": REQUIRED, "factor": 1.0 / 3, "total_iters": 5},
                {"lr": "lr", "factor": "factor", "total_iters": "steps"},
                placed=("lr",),
            ),
            Form(
                "optax", "constant_schedule", "optax.constant_schedule({})",
                {"value": REQUIRED}, {"value": "lr"}, fixed={"factor": 1.0},
            ),
        ),
        unless={"steps": ("factor != 1", "")},
        result="rate",
    ),
    "PiecewiseConstant": Rule(
        {
            "lr": START,
            "changes": "steps after which it changes",
            "values": "learning rates before the first of them, and after each",
        },
        """
            rate = values[passed(changes, t)]
        """,
        (
            # Any function of the step is a schedule here.
            Form(
                "npoptim", "piecewise constant",
                "lambda t: {values}[sum(t > n for n in {changes})]",
                {"changes": REQUIRED, "values": REQUIRED},
                {"changes": "changes", "values": "values"}, {"lr": "values[0]"},
                placed=("changes", "values"),
            ),
            Form(
                "torch", "multisteplr", TORCH.format("MultiStepLR"),
                {"lr": REQUIRED, "milestones": REQUIRED, "gamma": 0.1}, {"lr": "lr"},
                {
                    "changes": "pieces(lr, each(milestones, gamma))[0]",
                    "values": "pieces(lr, each(milestones, gamma))[1]",
                },
                {
                    "milestones": "changes",
                    "gamma": "(factors_between(values) + (0.1,))[0]",
                },
                placed=("lr",),
            ),
            Form(
                "keras", "piecewiseconstantdecay",
                "keras.optimizers.schedules.PiecewiseConstantDecay({})",
                {"boundaries": REQUIRED, "values": REQUIRED}, {"values": "values"},
                {"lr": "values[0]", "changes": "moved(boundaries, 1)"},
                {"boundaries": "moved(changes, -1)"},
            ),
            Form(
                "optax", "piecewise_constant_schedule",
                "optax.piecewise_constant_schedule({})",
                {"init_value": REQUIRED, "boundaries_and_scales": None},
                {"init_value": "lr"},
                {
                    "changes": SCALES.format(0), "values": SCALES.format(1),
                },
                {
                    "boundaries_and_scales": "where(changes, "
                    "paired(changes, factors_between(values)), None)",
                },
            ),
        ),
        in_python=True,
        result="rate",
    ),
}  # fmt: skip
