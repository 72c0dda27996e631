"""The order of the gallery's lessons."""

# What one lesson says the next ones build on.
LESSONS = (
    *("fashion_mnist", "sweep", "fair", "mlp", "l1_l2", "batch_size"),
    *("stability", "noise", "momentum", "nesterov", "race", "inputs", "saddle"),
    *("walls", "basins", "dents", "soft_threshold"),
    *("step_sizes", "bias_correction", "epsilon", "amsgrad", "adamw", "cost"),
)


class TeachingOrder:
    """The order of the lessons in a section, as a key to sort by.

    Parameters
    ----------
    folder : str
        The section's folder; not used, since no two lessons have the same name.
    """

    def __init__(self, folder: str) -> None:
        pass

    def __call__(self, script: str) -> int:
        """Return the place of a script; one that is not listed comes last."""
        name = script.removeprefix("plot_").removesuffix(".py")
        return LESSONS.index(name) if name in LESSONS else len(LESSONS)
