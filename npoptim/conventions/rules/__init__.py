"""The rules that several frameworks have, by family."""

from npoptim.conventions.form import Rule
from npoptim.conventions.rules import (
    adam,
    adaptive,
    descent,
    free,
    layerwise,
    matrix,
    schedules,
    sign,
    wrappers,
)

RULES: dict[str, Rule] = {
    **descent.RULES,
    **sign.RULES,
    **adaptive.RULES,
    **adam.RULES,
    **layerwise.RULES,
    **matrix.RULES,
    **free.RULES,
    **schedules.RULES,
    **wrappers.RULES,
}
