"""A rule's page has its equations beside its code, and both are those of the class."""

import inspect
import re
from html import unescape
from pathlib import Path

import pytest
from contract.public import MIXINS, OPTIMIZERS
from docs.test_notation import BLOCK

pytestmark = pytest.mark.site

SITE = Path(__file__).parents[2] / "docs" / "_build" / "html"
ROW = re.compile(r'<div class="panel-row.*?<div class="panel-code.*?</pre>', re.DOTALL)
MATH = re.compile(r'<div class="math.*?\\\[(.*?)\\\]', re.DOTALL)
CODE = re.compile(r"<pre>(.*?)</pre>", re.DOTALL)
NUMBERS = re.compile(r'<p class="panel-numbers">(.*?)</p>', re.DOTALL)


def words(text):
    """Return text without markup, and without what a page sets otherwise."""
    return re.sub(
        r"[\s&]|\\\\|\\(?:begin|end){\w+}", "", unescape(re.sub("<.*?>", "", text))
    )


@pytest.fixture(params=[*OPTIMIZERS, *MIXINS])
def page(request):
    cls = request.param
    text = (SITE / "generated" / f"npoptim.{cls.__name__}.html").read_text("utf-8")
    return cls, text, ROW.findall(text)


def test_equations_of_the_first_panel_are_the_first_display(page):
    cls, _, found = page
    (lines,) = BLOCK.search(f"{inspect.cleandoc(cls.__doc__)}\n").groups()[1:2]
    shown = [words(tex) for row in found for tex in MATH.findall(row)]
    assert "".join(shown).startswith(words(lines))


def test_code_is_the_source(page):
    cls, _, found = page
    sources = "".join(inspect.getsource(base) for base in cls.__mro__[:-1])
    assert found
    for row in found:
        for line in CODE.search(row)[1].splitlines():
            assert words(line).removesuffix("...") in words(sources)


def test_numbers_are_those_of_an_example(page):
    cls, text, found = page
    docstring = words(cls.__doc__)
    numbers = [n for row in found for n in NUMBERS.findall(row)]
    assert numbers
    for each in numbers:
        for piece in each.split(", "):
            assert words(piece) in docstring
    assert '<table class="worked' in text


def test_further_examples_are_folded():
    page = (SITE / "generated" / "npoptim.Adam.html").read_text("utf-8")
    before, _, folded = page.partition("Further examples")
    assert "With lr = 0.36" not in words(before)
    assert words("Corrected, with lr = 0.36") in words(folded)
