"""What pytest has to know about the documentation, and what it may leave out."""

import doctest
from importlib.util import find_spec
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.parsers.myst import PythonCodeBlockParser, SkipParser

# Sphinx runs the first two, and the tests' environment has no Sphinx. The third is read
# by a type checker, and wrong on purpose.
collect_ignore = ["docs/_ext", "docs/conf.py", "tests/typing"]

# For each folder of tests/ that needs more than pytest: its marker, and the packages.
NEEDS = {
    "benchmarks": ("bench", ("torch", "jax", "optax", "pytest_benchmark")),
    "peers": (
        "peers",
        (
            *("torch", "jax", "optax", "keras", "pytorch_optimizer"),
            *("dadaptation", "prodigyopt", "schedulefree"),
        ),
    ),
    "site": ("site", ("playwright", "axe_playwright_python")),
}

# What starts with a prompt runs as doctest does it, any other block as a module. The
# fences say python or, what Sybil does not look for by itself, pycon.
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
PYTHON, CONSOLE = (PythonCodeBlockParser(doctest_optionflags=FLAGS) for _ in range(2))
CONSOLE.codeblock_parser.language = "pycon"
pytest_collect_file = Sybil([PYTHON, CONSOLE, SkipParser()], pattern="*.md").pytest()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the tests write the tables that the documentation shows."""
    parser.addoption(
        "--write-results",
        action="store_true",
        help="write what came out where the documentation shows it",
    )


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
