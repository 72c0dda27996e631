"""What pytest has to know about the documentation, and what it may leave out."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

# Sphinx runs the first two, and the tests' environment has no Sphinx. The third is read
# by a type checker, and wrong on purpose.
collect_ignore = ["docs/_ext", "docs/conf.py", "tests/typing"]

# For each folder of tests/ that needs more than pytest: its marker, and the packages.
NEEDS = {
    "benchmarks": ("bench", ("torch", "jax", "optax", "pytest_benchmark")),
    "peers": ("peers", ("torch", "jax", "optax", "keras")),
    "site": ("site", ("playwright", "axe_playwright_python")),
}

CLOSING_FENCE = re.compile(r"^ *(```|:::)")


def pytest_itemcollected(item: pytest.Item) -> None:
    """End what the examples of a Markdown page print at the closing fence.

    To doctest, expected output goes on until a blank line.
    """
    if isinstance(item, pytest.DoctestItem) and item.path.suffix == ".md":
        for example in item.dtest.examples:
            example.want = _before_fence(example.want)
            if example.exc_msg is not None:
                example.exc_msg = _before_fence(example.exc_msg)


def _before_fence(text: str) -> str:
    lines = text.splitlines(keepends=True)
    ends = [i for i, line in enumerate(lines) if CLOSING_FENCE.match(line)]
    return "".join(lines[: ends[0]] if ends else lines)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out tests whose packages are not installed, unless they are asked for.

    With ``-m peers``, a missing peer is an error, not a run of nothing.
    """
    marker, packages = NEEDS.get(collection_path.parent.name, ("", ()))
    if (
        collection_path.name.startswith("test_")
        and config.option.markexpr != marker
        and not all(map(find_spec, packages))
    ):
        return True
    return None
