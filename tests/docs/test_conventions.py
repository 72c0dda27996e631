"""The data of conventions, as the page's script reads it."""

import json

import conventions
import pytest
from conventions import tree

from npoptim.conventions.expressions import FUNCTIONS
from npoptim.conventions.form import REQUIRED
from npoptim.conventions.rules import RULES


def test_trees():
    assert tree("w - lr * g ** 2") == ["-", "w", ["*", "lr", ["**", "g", "2"]]]
    assert tree("where(not a and b >= 0.5, x[1], None)") == [
        "where", ["and", ["not", "a"], [">=", "b", 0.5]], ["item", "x", "1"], None,
    ]  # fmt: skip
    assert tree("(-1e-8, True, 'name')") == [
        "tuple", ["negative", 1e-8], True, ["text", "name"],
    ]  # fmt: skip
    assert conventions.value_tree(REQUIRED) == "REQUIRED"


@pytest.mark.parametrize(
    "expression",
    ["f(x)", "max(x, axis=0)", "x.T", "x[1:]", "a < b < c", "a if b else c", "x // 2",
     "a is None", "~x", "[x]", "1j", "lambda: 0"],
)  # fmt: skip
def test_what_the_script_does_not_know_is_an_error(expression):
    with pytest.raises(ValueError, match=r"conventions\.js does not know"):
        tree(expression)


def test_script_knows_all_functions():
    assert {*conventions.FUNCTIONS} >= FUNCTIONS.keys()


def test_data_is_that_of_the_rules():
    name, _, data = conventions.write().removesuffix(";").partition(" = ")
    assert name == "const conventionsData"
    assert "<" not in data
    found = json.loads(data)
    asked = {title: rule for title, rule in RULES.items() if not rule.in_python}
    assert found["rules"].keys() == asked.keys()
    for title, rule in asked.items():
        written = found["rules"][title]
        terms = {term: found["parts"][k] for term, k in written["terms"].items()}
        assert terms == rule.terms
        assert len(written["forms"]) == len(rule.forms)
