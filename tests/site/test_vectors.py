"""A rule in another language passes the vectors, and a wrong one does not."""

import re
from html import unescape
from pathlib import Path

import pytest

pytestmark = pytest.mark.site

SITE = Path(__file__).parents[2] / "docs" / "_build" / "html"
BLOCK = re.compile(r'<div class="highlight-js .*?<pre>(.*?)</pre>', re.DOTALL)


@pytest.fixture
def largest_difference(tab, url):
    """Return what the page's JavaScript says of a rule, as one may change it."""
    page = (SITE / "vectors.html").read_text("utf-8")
    (block,) = BLOCK.findall(page)
    code = unescape(re.sub("<.*?>", "", block))
    tab.goto(url + "vectors.html")

    def run(old="", new=""):
        assert old in code
        return tab.evaluate(
            """async code => {
              const vectors = await (await fetch("vectors/Adam.json")).json();
              const asked = "return [vectors.cases.length, "
                + "largestDifference(vectors, adam)];";
              return new Function("vectors", code + asked)(vectors);
            }""",
            code.replace(old, new, 1),
        )

    return run


def test_adam_in_javascript(largest_difference):
    cases, difference = largest_difference()
    assert cases > 5
    assert difference < 1e-12


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1 - a.beta1)", "1)"),
        ("g * g", "g"),
        ("a.eps_in_sqrt ?", "!a.eps_in_sqrt ?"),
        ("a.weight_decay * w", "0"),
        ("4 * tail.length", "4 * tail.length - 1"),
    ],
)
def test_a_mistake_is_noticed(largest_difference, old, new):
    _, difference = largest_difference(old, new)
    assert not difference < 1e-3  # not a number, for one


def test_page_of_a_class_leads_to_its_file(tab, url):
    tab.goto(url + "generated/npoptim.Adam.html")
    (link,) = tab.get_by_role("link", name="Adam.json").all()
    href = link.evaluate("link => link.href")
    assert href == url + "vectors/Adam.json"
    assert tab.request.get(href).json()["class"] == "Adam"
