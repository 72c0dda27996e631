"""The site's search, asked in a browser what readers would ask."""

import re
from pathlib import Path
from urllib.parse import quote

import pytest

pytestmark = pytest.mark.site

# Pages on a disk cannot be fetched, which takes most of the time: excerpts are made of
# them. So only what is about excerpts has the site served.
DISK = f"{(Path(__file__).parents[2] / 'docs' / '_build' / 'html').as_uri()}/"
TEX = re.compile(r"\\[a-zA-Z]+|\\[()\[\]]|\$\$")
HITS = """
() => [...document.querySelectorAll("#search-results li")].map(hit => {
  const link = hit.querySelector("a");
  return {
    page: link.getAttribute("href").split("#")[0],
    title: [...hit.children]
      .filter(child => child.matches("a, span"))
      .map(child => child.textContent)
      .join(""),
    excerpt: hit.querySelector(".context")?.textContent,
  };
})
"""


def ask(tab, query, base=DISK):
    """Return what the search shows, when it has shown all but the excerpts."""
    tab.goto(f"{base}search.html?q={quote(query)}")
    tab.wait_for_selector(".search-summary:not(:empty)")
    return tab.evaluate(HITS)


# What is asked, the page to be found, and among how many.
QUESTIONS = [
    ("saddle point", "auto_gallery/landscapes/plot_saddle.html", 2),
    ("which optimizer should I use", "which.html", 1),
    ("weight decay vs L2", "generated/npoptim.AdamW.html", 1),
    ("weight decay", "story/adam.html", 1),  # coupled or not
    ("warmup", "generated/npoptim.Warmup.html", 1),
    ("exercise", "story/", 1),
    ("license", "cite.html", 1),
    ("cite", "cite.html", 1),
    ("cheat sheet", "cheatsheet.html", 1),
    ("tensorflow epsilon", "story/adam.html", 1),
    ("keras adam", "generated/npoptim.Adam.html", 1),
    ("Adam optimizer", "generated/npoptim.Adam.html", 1),
    ("Adam", "generated/npoptim.Adam.html", 1),
    ("Adam", "story/adam.html", 3),
    ("adamw", "generated/npoptim.AdamW.html", 1),
    ("AMSGrad", "generated/npoptim.AMSGrad.html", 1),
    ("momentum", "story/momentum.html", 1),
    ("SGD with momentum", "generated/npoptim.SGD.html", 1),
    ("nesterov", "story/nesterov.html", 1),
    ("learning rate", "story/descent.html", 1),
    (
        "how do I choose a learning rate",
        "auto_gallery/training/plot_sweep.html",
        1,
    ),
    ("learning rate schedule", "generated/npoptim.Schedule.html", 3),
    ("l1", "story/descent.html", 1),
    ("cosine", "generated/npoptim.CosineDecay.html", 1),
    ("minibatch noise", "story/chance.html", 1),
    ("mini-batch", "story/chance.html", 1),
    ("bias correction", "story/adam.html", 1),
    ("bias correction", "auto_gallery/anatomy/plot_bias_correction.html", 2),
    ("epsilon", "story/adam.html", 1),
    ("epsilon", "auto_gallery/anatomy/plot_epsilon.html", 3),
    ("beta2", "generated/npoptim.Adam.html", 3),
    ("fashion mnist", "auto_gallery/training/plot_fashion_mnist.html", 1),
    ("no learning rate", "story/choosing.html", 1),
    ("parameter-free", "story/choosing.html", 1),
    ("schedule-free", "generated/npoptim.ScheduleFree", 1),
    ("D-Adaptation", "generated/npoptim.DAdaptAdam.html", 1),
    ("Polyak step size", "generated/npoptim.PolyakSGD.html", 1),
    ("gradient clipping", "generated/npoptim.ClipByGlobalNorm.html", 1),
    ("sharpness-aware minimization", "generated/npoptim.SAM.html", 1),
    ("SWA", "generated/npoptim.UniformAverage.html", 1),
    ("elastic net", "generated/npoptim.ElasticNet.html", 1),
    ("lookahead", "generated/npoptim.Lookahead.html", 1),
    ("trust ratio", "generated/npoptim.LARS.html", 2),
    ("GAN", "generated/npoptim.OptimisticSGD.html", 1),
    ("constructor", "generated/", 5),  # objects in JavaScript have one
    ("loss", "auto_gallery/anatomy/plot_amsgrad.html", 3),  # no attribute first
]


@pytest.mark.parametrize(
    ("query", "page", "among"), QUESTIONS, ids=lambda value: str(value)
)
def test_question_is_answered(tab, query, page, among):
    pages = [hit["page"] for hit in ask(tab, query)]
    # Sphinx drops index entries when it builds only some of the pages anew.
    assert any(found.startswith(page) for found in pages[:among]), (
        f"{query!r} should find {page} among the first {among}, after a build of the"
        f" whole site, and finds {pages[:5]}"
    )


@pytest.mark.parametrize(
    ("query", "same"),
    [
        ("TensorFlow", "Keras"),
        ("optimisers", "optimizers"),
        ("regularisation", "regularization"),
        ("minibatch", "mini-batch"),
        ("momentum zyzzyva", "momentum"),  # no page has the second word
    ],
)
def test_other_words_find_the_same(tab, query, same):
    found = {hit["page"] for hit in ask(tab, query)}
    assert found
    assert found == {hit["page"] for hit in ask(tab, same)}


@pytest.mark.parametrize("query", ["Adam", "momentum", "exercises", "learning rate"])
def test_hits_are_told_apart(tab, query):
    pages = {}
    for hit in ask(tab, query):
        pages.setdefault(hit["title"], set()).add(hit["page"])
    assert {title: found for title, found in pages.items() if len(found) > 1} == {}


def test_hit_says_where_it_is(tab):
    titles = {hit["page"]: hit["title"] for hit in ask(tab, "momentum is friction")}
    assert titles["story/momentum.html"] == "The story > Momentum"
    assert titles["generated/npoptim.SGD.html"] == "Reference > SGD"
    lesson = "Gallery > Momentum is friction"
    assert titles["auto_gallery/landscapes/plot_momentum.html"] == lesson


def listen(tab):
    """Return a list of what will have gone wrong."""
    errors = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("console", lambda said: said.type == "error" and errors.append(said.text))
    return errors


@pytest.mark.parametrize("query", ["learning rate", "epsilon", "velocity", "curvature"])
def test_excerpts_have_no_latex(tab, url, query):
    errors = listen(tab)
    ask(tab, query, url)
    # What is found as an object has a description in place of an excerpt.
    tab.wait_for_function("""
        () => [...document.querySelectorAll("#search-results li")].every(
          hit => hit.matches(".kind-object") || hit.querySelector(".context"))
    """)
    excerpts = [hit["excerpt"] for hit in tab.evaluate(HITS) if hit["excerpt"]]
    assert len(excerpts) > 5
    assert any("…" in excerpt for excerpt in excerpts)  # where formulas stood
    assert [excerpt for excerpt in excerpts if TEX.search(excerpt)] == []
    assert errors == []


def test_search_works_from_disk(tab, url):
    errors = listen(tab)
    hits = ask(tab, "bias correction")
    tab.wait_for_load_state("networkidle")
    assert errors == []
    assert [hit["excerpt"] for hit in hits if hit["excerpt"]] == []
    served = ask(tab, "bias correction", url)
    assert [hit["title"] for hit in hits] == [hit["title"] for hit in served]
