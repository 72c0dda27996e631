"""Rules that follow the gradient's sign."""

from npoptim.conventions.form import (
    BETA1,
    BETA_,
    DECAY,
    KERAS_DECAY,
    LR,
    REQUIRED,
    B,
    Form,
    Rule,
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
}  # fmt: skip
