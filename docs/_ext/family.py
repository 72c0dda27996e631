"""The family of rules, from the classes: who grew out of whom, state and work.

Like ``cheat-sheet`` and ``timeline`` of the module from_classes, two blocks become
Markdown while a page is read: a table of the classes of some rooms, and the tree of all
rules::

    ```{family} adam
    ```
    ```{family-tree}
    ```

A rule's parent is the first class under See Also in its docstring, unless that is a
younger one: then it has none. What it does is the docstring's first sentence, and its
year that of the first work under References.
"""

import re
from inspect import getdoc, getfile
from types import SimpleNamespace
from typing import Any

import numpy as np
from from_classes import (
    BIBLIOGRAPHY,
    COLUMNS,
    PER,
    ROWS,
    classes,
    look_up,
    to_markdown,
    works,
)
from vectors import has_rule

import npoptim
from npoptim import Optimizer
from npoptim.optimizer import take_step

SEE_ALSO = re.compile(r"^See Also\n-+\n(\w+)", re.MULTILINE)
BLOCK = re.compile(r"^```\{(family|family-tree)\}(.*)\n```$", re.MULTILINE)
SIDE = 64  # of the matrix that work is counted on
STEP = 10  # that work is counted in: the first of some rules are shorter


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
        if function.__module__ == "numpy.linalg":
            Counting.solved = True
            result = function(*map(bare, inputs), **options)
            if isinstance(result, tuple):
                return tuple(map(counting, result))
            return counting(result)
        return super().__array_function__(function, types, inputs, options)


def bare(value: Any) -> Any:
    """Return an array that does not count."""
    return value.view(np.ndarray) if isinstance(value, Counting) else value


def counting(value: Any) -> Any:
    """Return an array that counts, of a number, too."""
    return np.asarray(value).view(Counting) if isinstance(value, np.ndarray) else value


def build(cls: type[Optimizer], rows: int, columns: int) -> Optimizer:
    """Return an optimizer of one matrix; what works over a rule is over descent."""
    rng = np.random.default_rng(0)
    w, g = (rng.normal(size=(rows, columns)).view(Counting) for _ in range(2))
    model = SimpleNamespace(_parameters=[{"w": w}], _gradients=[{"w": g}])
    return cls(model)


def work(cls: type[Optimizer]) -> str:
    """Return how many operations a step takes for each weight of a matrix."""
    optimizer = build(cls, SIDE, SIDE)
    for _ in range(STEP):
        Counting.counted, Counting.solved = 0, False
        take_step(optimizer, lambda: 1.0)
    number = f"{Counting.counted / SIDE**2:.0f}"
    return f"{number} and a decomposition" if Counting.solved else number


def memory(cls: type[Optimizer]) -> str:
    """Return the bytes of state for each weight, row or column, in float32."""
    sizes: dict[str, int] = {}
    for (layer,) in build(cls, ROWS, COLUMNS).state.values():
        for array in layer.values():
            copies, rest = divmod(array.size, ROWS * COLUMNS)
            per = f" a {PER[array.size]}" if rest else ""
            sizes[per] = sizes.get(per, 0) + 4 * (1 if rest else copies)
    return ", ".join(f"{size}{per}" for per, size in sizes.items()) or "0"


def is_rule(cls: type) -> bool:
    """Say whether a class takes steps by itself."""
    return issubclass(cls, Optimizer) and has_rule(cls.__name__)


def year(cls: type) -> str:
    """Return the year of the first work that a class is from."""
    return min((look_up(key, "year") for key in works(cls)), default="")


def parent(cls: type) -> type | None:
    """Return the rule that a class grew out of."""
    found = SEE_ALSO.search(getdoc(cls) or "")
    first = getattr(npoptim, found[1]) if found else None
    return first if first and year(first) <= year(cls) else None


def change(cls: type) -> str:
    """Return what a class does that others do not, in a sentence."""
    return to_markdown((getdoc(cls) or "").partition("\n\n")[0].replace("\n", " "))


def write_table(found: list[type[Optimizer]]) -> str:
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


def write_tree(found: list[type[Optimizer]], base: type | None = None) -> str:
    """Return rules as a list in which each hangs on the one that it grew out of."""
    lines = []
    for cls in sorted(found, key=year):
        if parent(cls) is base:
            lines.append(
                f"- {{class}}`~npoptim.{cls.__name__}` {year(cls)}: {change(cls)}"
            )
            below = write_tree(found, cls)
            lines += [f"  {line}" for line in below.splitlines()]
    return "\n".join(lines)


def fill_in(app: Any, docname: str, source: list[str]) -> None:
    """Replace what stands for the classes on a page."""

    def write(block: re.Match[str]) -> str:
        found = classes(block[2].split())
        for path in {str(BIBLIOGRAPHY), *map(getfile, found)}:
            app.env.note_dependency(path, docname=docname)
        if block[1] == "family":
            return write_table(found)
        return write_tree([cls for cls in found if is_rule(cls)])

    source[0] = BLOCK.sub(write, source[0])


def setup(app: Any) -> dict[str, bool]:
    """Write while the pages are read."""
    app.connect("source-read", fill_in)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
