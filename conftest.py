"""What pytest has to know about the documentation."""

import re

import pytest

# Sphinx runs these, and the tests' environment has no Sphinx.
collect_ignore = ["docs/_ext", "docs/conf.py"]

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
