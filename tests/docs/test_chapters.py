"""A chapter that shows a rule's update has the lines of its docstring.

Those are run: see ``test_equations.py``. What else a chapter displays is derivation.
"""

import re
from pathlib import Path

import pytest
from docs.test_notation import BLOCK

import npoptim
from npoptim import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    DecoupledWeightDecay,
    L1Optimizer,
    PaperAdam,
    RMSprop,
)

STORY = Path(__file__).parents[2] / "docs" / "story"
DISPLAY = re.compile(r"\$\$\n(.*?)\$\$", re.DOTALL)
# For each class the chapter, and how many lines its first display has.
SHOWN = {
    SGD: ("momentum", 2),
    Adagrad: ("adaptive", 2),
    RMSprop: ("adaptive", 2),
    Adam: ("adam", 3),
    PaperAdam: ("adam", 5),
    AdamW: ("adam", 1),
}


def lines(display):
    """Return the lines of a display, without spaces and what aligns them."""
    text = re.sub(r"\\(?:begin|end)\{aligned\}|\\[,;]|[&\s]", "", display)
    return [line.rstrip(".,") for line in text.split(r"\\")]


def shown_by(chapter):
    page = (STORY / f"{chapter}.md").read_text(encoding="utf-8")
    return {line for display in DISPLAY.findall(page) for line in lines(display)}


@pytest.mark.parametrize("cls", SHOWN)
def test_chapter_has_the_lines_of_the_docstring(cls):
    chapter, count = SHOWN[cls]
    display = lines(BLOCK.search(f"{cls.__doc__}\n")[2])
    found = [line for line in display if line in shown_by(chapter)]
    assert found == display
    assert len(found) == count


def test_every_rule_that_a_chapter_derives_is_looked_for():
    derived = {
        cls
        for cls in map(vars(npoptim).get, npoptim.__all__)
        if re.search(r"Derived in :doc:`/story/", cls.__doc__ or "")
    }
    # These two are no rules: their chapters show what becomes of a step under them.
    assert derived - {*SHOWN} == {L1Optimizer, DecoupledWeightDecay}
