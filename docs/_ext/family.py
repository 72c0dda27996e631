"""The family of rules, from the classes: who grew out of whom, state and work.

Two more blocks that the module from_classes fills in: a table of the classes of each
family, and the tree of all rules::

    ```{family}
    ```
    ```{family-tree}
    ```

A rule's parent is the first class under See Also in its docstring, unless that is a
younger one: then it has none. What it does is the docstring's first sentence, and its
year that of the first work under References.
"""

import re
from collections.abc import Iterator
from inspect import getdoc
from itertools import chain
from types import SimpleNamespace
from typing import Any

import numpy as np
from from_classes import WRITERS, classes, state, to_markdown, write_sections, year
from vectors import has_rule

import npoptim
from npoptim import Optimizer
from npoptim.optimizer import take_step

SEE_ALSO = re.compile(r"^See Also\n-+\n(\w+)", re.MULTILINE)
BYTES = 4  # of a number in float32
NUMBERS = {"kept pair": 2}  # of each weight, if it is not one
SIDE = 64  # of the matrix that work is counted on
STEP = 20  # that work is counted in: the first of some rules are shorter


class Counting(np.ndarray):
    """An array that counts the operations which it takes part in."""

    counted = 0
    solved = False  # by a function whose operations are its own

    def __array_ufunc__(
        self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **options: Any
    ) -> Any:
        """Compute as usual, and count a number of the result as an operation."""
        plain = [bare(each) for each in inputs]
        if out is not None:
            options["out"] = tuple(bare(each) for each in out)
        result = getattr(ufunc, method)(*plain, **options)
        if ufunc is np.matmul:
            Counting.counted += 2 * plain[0].shape[-1] * result.size
        elif method == "reduce":
            Counting.counted += plain[0].size
        elif result is not None:
            Counting.counted += np.size(result)
        return counting(result) if out is None else out[0]

    def __array_function__(
        self, function: Any, types: Any, inputs: Any, options: Any
    ) -> Any:
        """Compute as usual, and remember what is not made of such operations."""
        if function in (np.vdot, np.linalg.norm):
            Counting.counted += 2 * inputs[0].size
            return function(*map(bare, inputs), **options)
        if function.__module__ == "numpy.linalg":
            Counting.solved = True
            result = function(*map(bare, inputs), **options)
            if isinstance(result, tuple):
                return tuple(map(counting, result))
            return counting(result)
        return counting(super().__array_function__(function, types, inputs, options))


def bare(value: Any) -> Any:
    """Return an array that does not count."""
    return value.view(np.ndarray) if isinstance(value, Counting) else value


def counting(value: Any) -> Any:
    """Return an array that counts, of a number, too."""
    return np.asarray(value).view(Counting) if isinstance(value, np.ndarray) else value


def work(cls: type[Optimizer]) -> str:
    """Return how many operations a step takes for each weight of a matrix."""
    rng = np.random.default_rng(0)
    w, g = (rng.normal(size=(SIDE, SIDE)).view(Counting) for _ in range(2))
    optimizer = cls(SimpleNamespace(_parameters=[{"w": w}], _gradients=[{"w": g}]))
    for _ in range(STEP):
        g[...] = rng.normal(size=g.shape)
        Counting.counted, Counting.solved = 0, False
        take_step(optimizer, lambda: 1.0)
    number = f"{Counting.counted / SIDE**2:.0f}"
    return f"{number} and a decomposition" if Counting.solved else number


def memory(cls: type[Optimizer]) -> str:
    """Return the bytes of state for each weight, row, column or array, in float32."""
    sizes = {
        per: BYTES * len(slots) * NUMBERS.get(per, 1)
        for per, slots in state(cls).items()
    }
    each = (f"{n}" if per == "weight" else f"{n} per {per}" for per, n in sizes.items())
    return ", ".join(each) or "0"


def is_rule(cls: type) -> bool:
    """Say whether a class takes steps by itself."""
    return issubclass(cls, Optimizer) and has_rule(cls.__name__)


def parent(cls: type) -> type | None:
    """Return the rule that a class grew out of."""
    found = SEE_ALSO.search(getdoc(cls) or "")
    first = getattr(npoptim, found[1]) if found else None
    return first if first and year(first) <= year(cls) else None


def change(cls: type) -> str:
    """Return what a class does that others do not, in a sentence."""
    return to_markdown((getdoc(cls) or "").partition("\n\n")[0].replace("\n", " "))


def write_table(found: list[type]) -> str:
    """Return a table of classes."""
    rows = ["| | year | what it does | state | work |", "|-|-|-|-|-|"]
    for cls in found:
        base = parent(cls)
        after = f" After {{class}}`~npoptim.{base.__name__}`." if base else ""
        rows.append(
            f"| {{class}}`~npoptim.{cls.__name__}` | {year(cls)} | {change(cls)}{after}"
            f" | {memory(cls)} | {work(cls) if is_rule(cls) else ''} |"
        )
    return ":::{table}\n:class: family\n\n" + "\n".join(rows) + "\n:::"


def write_tables() -> str:
    """Return a section with a table for each family of optimizers."""
    return write_sections(
        write_table,
        {
            title: [cls for cls in found if issubclass(cls, Optimizer)]
            for title, found in classes().items()
        },
    )


def write_tree() -> str:
    """Return rules as a list in which each hangs on the one that it grew out of."""
    grown: dict[type | None, list[type]] = {}
    for cls in sorted(
        filter(is_rule, chain.from_iterable(classes().values())), key=year
    ):
        grown.setdefault(parent(cls), []).append(cls)

    def write(base: type | None, indent: str) -> Iterator[str]:
        for cls in grown.get(base, ()):
            name = cls.__name__
            yield f"{indent}- {{class}}`~npoptim.{name}` {year(cls)}: {change(cls)}"
            yield from write(cls, f"{indent}  ")

    return "\n".join(write(None, ""))


WRITERS |= {"family": write_tables, "family-tree": write_tree}


def setup(app: Any) -> dict[str, bool]:
    """Add the two blocks."""
    app.setup_extension("from_classes")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
