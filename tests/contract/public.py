"""Every public optimizer, found without a list."""

import npoptim
from npoptim import Optimizer

OPTIMIZERS = [
    cls
    for cls in map(vars(npoptim).get, npoptim.__all__)
    if isinstance(cls, type)
    and issubclass(cls, Optimizer)
    and cls.update is not Optimizer.update
]
