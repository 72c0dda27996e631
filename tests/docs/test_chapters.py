"""A chapter that derives a rule shows its equations and code from where they are run.

The directive ``rule`` takes them from the docstring, whose equations
``test_equations.py`` runs, and from the source. What else a chapter displays is
derivation.
"""

import re
from pathlib import Path

import pytest

import npoptim

STORY = Path(__file__).parents[2] / "docs" / "story"
DERIVED = [
    (cls.__name__, chapter)
    for cls in map(vars(npoptim).get, npoptim.__all__)
    for sentence in re.findall(r"Derived in [^.]*", cls.__doc__ or "")
    for chapter in re.findall(r"/story/(\w+)", sentence)
]


def test_rules_are_derived():
    assert len(DERIVED) > 5


@pytest.mark.parametrize(("name", "chapter"), DERIVED)
def test_chapter_shows_what_it_derives(name, chapter):
    page = (STORY / f"{chapter}.md").read_text(encoding="utf-8")
    assert re.search(rf"^```{{rule}} {name}\b", page, re.MULTILINE)
