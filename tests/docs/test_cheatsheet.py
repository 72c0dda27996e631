"""The parts of pages that are made from the classes, and how to cite the project."""

import re
import sys
import tomllib
from ast import literal_eval
from inspect import Parameter, signature
from pathlib import Path
from types import SimpleNamespace

import from_classes
import numpy as np
import pytest
from contract.public import MIXINS, OPTIMIZERS
from docs.equations import SCHEDULES, displays
from docs.latex import split

import npoptim
from npoptim import SGD, Adafactor, Arrays, Number, RMSprop, Warmup

TOP = Path(__file__).parents[2]
DOCS = TOP / "docs"

ON_SHEET = [*OPTIMIZERS, *MIXINS, *SCHEDULES]
NAME = re.compile(r"^### \{class\}`~npoptim\.(\w+)`$", re.MULTILINE)


def read(page):
    """Return a page's source as Sphinx parses it, and the files that it depends on."""
    noted = []
    app = SimpleNamespace(
        config=SimpleNamespace(release="7.8.9", copyright="2031, someone"),
        env=SimpleNamespace(note_dependency=lambda path, docname: noted.append(path)),
    )
    source = [(DOCS / f"{page}.md").read_text(encoding="utf-8")]
    from_classes.fill_in(app, page, source)
    return source[0], {Path(path).name for path in noted}


def test_sheet_has_every_class_once():
    sheet, noted = read("cheatsheet")
    assert sorted(NAME.findall(sheet)) == sorted(cls.__name__ for cls in ON_SHEET)
    assert {"adafactor.py", "schedules.py", "references.bib"} <= noted


def test_new_rule_is_on_sheet(monkeypatch):
    class Newest(SGD):
        """Do as it was done.

        .. math::

            w_t = w_{t-1}
        """

        gain: Number = Number("q", "(1, 2]", "a gain", default=1.5)

    Newest.__module__ = SGD.__module__
    monkeypatch.setattr(sys.modules[SGD.__module__], "Newest", Newest, raising=False)
    monkeypatch.setattr(npoptim, "Newest", Newest, raising=False)
    monkeypatch.setattr(npoptim, "__all__", [*npoptim.__all__, "Newest"])
    sheet, _ = read("cheatsheet")
    assert "Newest" in NAME.findall(sheet)
    assert "- `gain=1.5` $q \\in (1, 2]$\n" in sheet


@pytest.mark.parametrize("cls", ON_SHEET)
def test_arguments_are_those_of_the_signature(cls):
    entry = from_classes.write_entry(cls)
    expected = {
        name: parameter.default
        for name, parameter in signature(cls).parameters.items()
        # Over any optimizer, what a class does not declare is the rule's.
        if name != "model" and (cls not in MIXINS or name in vars(cls))
    }
    shown = re.findall(r"^- `(\w+)=?(.*?)`", entry, re.MULTILINE)
    assert expected == {
        name: literal_eval(value) if value else Parameter.empty for name, value in shown
    }


@pytest.mark.parametrize("cls", ON_SHEET)
def test_equations_are_the_first_of_the_docstring(cls):
    (shown,) = re.findall(r"```{math}\n(.*?)```", from_classes.write_entry(cls), re.S)
    assert split(shown) == displays(cls)[0].tokens


@pytest.mark.parametrize("cls", [*OPTIMIZERS, *MIXINS])
def test_state_is_that_of_the_slots(cls):
    shown = from_classes.describe_state(cls)
    state = cls(Arrays(w=np.zeros((2, 3)))).state
    kept = [slot for slot, (layer,) in state.items() if layer]
    assert shown.startswith("State per " if kept else "No state.")
    assert sorted(re.findall(r"`(\w+)`", shown)) == sorted(kept)
    if cls is Adafactor:  # the state of an n by m matrix is n + m numbers
        assert shown == "State per row: `row`; per column: `column`."


def test_entry_of_a_rule():
    assert from_classes.write_entry(RMSprop) == (
        r"""### {class}`~npoptim.RMSprop`

Divide each weight's step by the size of its recent gradients.

With the gradient {math}`g_t` of the loss at {math}`w_{t-1}`, the moving mean of
squares {math}`v` and the weights {math}`w` follow, element by element,

```{math}
\begin{aligned}
v_t &= \delta v_{t-1} + (1 - \delta) g_t^2 \\
w_t &= w_{t-1} - \lambda \frac{g_t}{\sqrt{v_t + \varepsilon}}
\end{aligned}
```

- `lr=0.001` $\lambda \in [0, \infty)$
- `decay_rate=0.9` $\delta \in [0, 1)$
- `eps=1e-08` $\varepsilon \in [0, \infty)$
- `eps_in_sqrt=True`
- `weight_decay=0.0` $\alpha \in [0, \infty)$

State per weight: `v`. {cite:t}`tieleman2012`, slide 29. """
        r"The slide has no {math}`\varepsilon`."
    )


def test_entry_of_a_schedule_of_a_schedule():
    entry = from_classes.write_entry(Warmup)
    assert "\n- `then`, {math}`f`\n- `steps` $T \\in [1, \\infty)$, whole\n" in entry


def test_timeline_has_every_rule_at_its_year():
    page, noted = read("timeline")
    years = [int(year) for year in re.findall(r"^- \*\*(\d+)\*\*", page, re.MULTILINE)]
    assert years == sorted(years)
    assert "references.bib" in noted
    for cls in OPTIMIZERS:
        assert f"\n  - {{class}}`~npoptim.{cls.__name__}`: " in page
    # Each of SGD's works has its year, and what it does is said once.
    works = re.split(r"^- ", page, flags=re.MULTILINE)
    of_sgd = [work[2:6] for work in works if "~npoptim.SGD`" in work]
    assert of_sgd == ["1964", "1983", "2013"]
    assert page.count(SGD.__doc__.splitlines()[0]) == 1
    (work,) = [work for work in works if "~npoptim.Adam`" in work]
    first, *rest = work.splitlines()
    assert first == (
        "**2015** {cite:author}`kingma2015`, *Adam: a method for stochastic "
        "optimization* (preprint 2014)"
    )
    said = "Divide a moving mean of the gradients by the size of the recent ones."
    assert f"  - {{class}}`~npoptim.Adam`: {said}" in rest


def test_version_and_year_are_filled_in():
    page, _ = read("cite")
    assert page.count("{Version 7.8.9}") == page.count("year = {2031}") == 2
    assert "|" not in page


# Of version 1.2.0 of the format; it asks for the first two, the title and the authors.
KEYS = ["cff-version", "message", "type", "title", "license", "authors"]


def test_citation_file():
    lines = (TOP / "CITATION.cff").read_text(encoding="utf-8").splitlines()
    found = [re.fullmatch(r"(\S+):(?: (\S.*))?|  - name: (.+)", line) for line in lines]
    assert all(found)
    assert [match[1] for match in found if match[1]] == KEYS
    # What is quoted has a colon or a comma.
    values = {match[1] or "name": (match[2] or match[3] or "") for match in found}
    values = {key: value.strip('"') for key, value in values.items()}
    project = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["project"]
    assert values["cff-version"] == "1.2.0"
    assert values["type"] == "software"
    assert values["license"] == project["license"]
    assert values["title"] == f"{project['name']}: {project['description']}"
    assert [{"name": values["name"]}] == project["authors"]
    page = re.sub(r"[{}]|\n +", "", read("cite")[0].replace(",\n    ", ", "))
    assert f"title = {values['title']}," in page


def test_year_is_that_of_the_license():
    (year,) = re.findall(r"\(c\) (\d+), ", (TOP / "LICENSE").read_text("utf-8"))
    conf = (DOCS / "conf.py").read_text(encoding="utf-8")
    assert f'project_copyright = "{year}, npoptim developers"' in conf


def test_when_to_try_is_what_the_page_on_that_says():
    assert "To try: Sparse features." in from_classes.write_entry(npoptim.Adagrad)
    assert "To try" not in from_classes.write_entry(RMSprop)
    # Every case that names a class is on the sheet, and there are some.
    cases = from_classes.CASE.findall((DOCS / "which.md").read_text(encoding="utf-8"))
    sheet, _ = read("cheatsheet")
    named = [case for case, text in cases if "{class}" in text]
    assert len(named) > 5
    assert all(case in sheet for case in named)
