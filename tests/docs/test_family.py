"""The table of all classes, and the tree of rules, are those of the classes."""

import re

import family
import pytest
from contract.public import MIXINS, OPTIMIZERS
from docs.test_cheatsheet import read

from npoptim import SGD, Adafactor, Adam, AdamW, Lion, PaperAdam, RMSprop, Signum

TREE = re.compile(r"^( *)- \{class\}`~npoptim\.(\w+)` (\d+): ", re.MULTILINE)
# Operations that a step takes for each weight, counted by hand; the last is that of the
# increment to the weight.
WORK = {
    SGD: 3 + 1,  # mu v - lambda g
    RMSprop: 4 + 2 + 2 + 1,  # mean of squares, root, quotient
    Adam: 3 + 4 + 2 + 2 + 1,  # mean, mean of squares, root, quotient
    PaperAdam: 3 + 4 + 2 + 2 + 2 + 1,  # two corrections more
    Signum: 3 + 1 + 1 + 1,  # mean, sign, product
}


def test_table_has_every_class_once():
    page, noted = read("family")
    rows = re.findall(r"^\| \{class\}`~npoptim\.(\w+)` \| \d+ \| ", page, re.MULTILINE)
    assert sorted(rows) == sorted(cls.__name__ for cls in (*OPTIMIZERS, *MIXINS))
    assert {"sgd.py", "averaging.py", "references.bib"} <= noted


def test_tree_has_every_rule_once_under_an_older_one():
    page, _ = read("family")
    found = TREE.findall(page)
    assert sorted(name for _, name, _ in found) == sorted(
        cls.__name__ for cls in OPTIMIZERS
    )
    above = []
    for indent, name, year in found:
        depth = len(indent) // 2
        # One rule has no other before it.
        assert depth or name == "SGD"
        assert depth <= len(above)
        above[depth:] = [year]
        assert above == sorted(above)


@pytest.mark.parametrize(
    ("cls", "expected"), [(Adam, PaperAdam), (Lion, Signum), (SGD, None)]
)
def test_parent(cls, expected):
    assert family.parent(cls) is expected


@pytest.mark.parametrize(
    ("cls", "expected"),
    [(SGD, "4"), (Adam, "8"), (AdamW, "8"), (Adafactor, "4 per row, 4 per column")],
)
def test_memory(cls, expected):
    assert family.memory(cls) == expected


@pytest.mark.parametrize(("cls", "expected"), WORK.items())
def test_work(cls, expected):
    assert family.work(cls) == str(expected)


def test_sums_and_products_of_matrices_are_counted():
    a = family.np.ones((3, 4)).view(family.Counting)
    family.Counting.counted = 0
    family.np.sum(a)
    assert family.Counting.counted == 12
    a @ a.T  # 9 sums of 4 products
    assert family.Counting.counted == 12 + 2 * 4 * 9
    assert not family.Counting.solved
    family.np.linalg.eigh(a @ a.T)
    assert family.Counting.solved
