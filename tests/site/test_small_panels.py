"""The panels of the story and of the rules walk as Python does, and can be moved."""

import json
import re
from html import unescape
from pathlib import Path

import explorer
import numpy as np
import pytest
import to_javascript
import valley
import vectors
from contract.public import MIXINS, OPTIMIZERS
from slopes import Slopes

from npoptim import SGD, Adagrad, AdamW, Muon, PaperAdam, RMSprop
from npoptim.problems import Quadratic, descend

pytestmark = [pytest.mark.site, pytest.mark.xdist_group("small panels")]

SITE = Path(__file__).parents[2] / "docs" / "_build" / "html"
# How many panels a chapter has.
STORY = {"adam": 2, "adaptive": 2, "descent": 1, "momentum": 1, "nesterov": 1}
WALK = """([script, panels]) => {
  const {create, descend} = new Function(script + "return npoptim;")();
  return panels.map(({told, rules, steps}) => rules.map(({names, values}) => {
    const problem = create(["Quadratic"], [1, told.condition], told.angle);
    const path = [[...problem.w]];
    descend(problem, create(names, problem, values), steps,
      () => path.push([...problem.w]));
    return path;
  }));
}"""
PICTURES = """() => [...document.querySelectorAll(".walk")].map((walk) => [
  ...[...walk.querySelectorAll("canvas")].map((each) => each.toDataURL()),
  walk.querySelector(".walk-summary").textContent,
])"""


def page(name):
    return (SITE / f"{name}.html").read_text("utf-8")


def told(text):
    """Return what the panels of a page are told."""
    found = re.findall(r'class="walk" data-panel="(.*?)"', text)
    return [json.loads(unescape(each)) for each in found]


def test_the_panel_of_each_rule_walks_as_python_does(tab):
    classes = [*OPTIMIZERS, *MIXINS]
    panels = []
    for cls in classes:
        (found,) = told(page(f"generated/npoptim.{cls.__name__}"))
        panels.append(found)
    parted = {}
    theirs = tab.evaluate(WALK, [to_javascript.script(), panels])
    for cls, panel, walks in zip(classes, panels, theirs, strict=True):
        assert panel["sliders"] == [*cls.hyperparameters]
        assert cls.__name__ in panel["rules"][0]["names"]
        for rule, path in zip(panel["rules"], walks, strict=True):
            problem = Quadratic([1, panel["told"]["condition"]], panel["told"]["angle"])
            optimizer = vectors.compose(rule["names"])(problem, **rule["values"])
            ours = descend(problem, optimizer, panel["steps"])
            gaps = abs(path - ours) > 1e-12 * np.maximum(1, abs(ours))
            parted[cls.__name__] = int(np.append(gaps.any(axis=1), True).argmax())
    # A last bit may differ, and grows where a walk is not stable.
    assert min(parted.values()) > 10
    assert sum(step <= valley.STEPS for step in parted.values()) <= 5


def test_slopes_are_those_of_python(tab):
    """The table of the last step, for the panels whose problem is not the library's."""
    for chapter in ("adam", "adaptive"):
        tab.goto((SITE / "story" / f"{chapter}.html").as_uri())
        for k, panel in enumerate(told(page(f"story/{chapter}"))):
            rows = tab.locator(".walk").nth(k).locator(".walk-summary tr").all()[1:]
            for rule, row in zip(panel["rules"], rows, strict=True):
                problem = Slopes(**panel["told"], start=panel["home"])
                optimizer = vectors.compose(rule["names"])(problem, **rule["values"])
                path = descend(problem, optimizer, panel["steps"])
                step = np.linalg.norm(path[-1] - path[-2])
                w, length = row.locator("td").all_inner_texts()
                assert w == ", ".join(f"{x:.4g}" for x in path[-1])
                assert length == f"{step:.4g}"


def test_rate_is_the_best_of_all():
    rates = np.geomspace(1e-4, 10, 51)
    for cls in (SGD, RMSprop):
        arrivals = []
        for lr in rates:
            problem = Quadratic([1, 20], 30)
            path = descend(problem, cls(problem, lr=lr), valley.STEPS)
            with np.errstate(all="ignore"):
                away = ~(np.hypot(*path.T) <= 0.05)
            arrivals.append(np.flatnonzero(away)[-1] + 1)
        best = rates[np.argmin(arrivals)]
        assert min(arrivals) <= valley.STEPS
        assert valley.best_rate([cls.__name__], {}) == best


@pytest.mark.parametrize("chapter", STORY)
def test_each_slider_changes_the_picture(tab, chapter):
    tab.goto((SITE / "story" / f"{chapter}.html").as_uri())
    panels = told(page(f"story/{chapter}"))
    assert len(panels) == STORY[chapter]
    for k, panel in enumerate(panels):
        walk = tab.locator(".walk").nth(k)
        sliders = walk.locator(".walk-controls input")
        assert sliders.count() == len(panel["sliders"])
        for slider in sliders.all():
            before = tab.evaluate(PICTURES)[k]
            # One way there is room on each.
            way = "Right" if slider.input_value() == "0" else "Left"
            slider.press(f"Arrow{way}")
            slider.press(f"Arrow{way}")
            after = tab.evaluate(PICTURES)[k]
            assert after[-1] != before[-1]
            assert after[:-1] != before[:-1]


def test_a_rate_beyond_the_limit_is_said(tab):
    tab.goto((SITE / "story" / "descent.html").as_uri())
    lr = tab.locator(".walk-controls input").first
    lr.press("ArrowRight")
    words = tab.locator(".walk-summary").inner_text
    assert re.search(r"^\s*SGD\s+on its way\s+1\s+1\s*$", words().split("loss")[1])
    lr.press("ArrowRight")
    assert "leaves the picture at step 1" in words()
    lr.press("End")
    assert lr.input_value() == lr.get_attribute("max")
    assert "leaves the picture at step 1" in words()


def test_captions_are_true():
    def walk(problem, cls, steps=100, **values):
        return descend(problem, cls(problem, **values), steps)

    # Descent: at the limit it swings, one position of the slider above it leaves.
    swing = walk(Quadratic([2]), SGD, 30, lr=1)[:, 0]
    assert swing.tolist() == [1, -1] * 15 + [1]
    assert abs(walk(Quadratic([2]), SGD, 30, lr=1.12)).max() > 1.2
    assert abs(walk(Quadratic([2]), SGD, 30, lr=0.501)[1, 0]) < 0.01
    # Momentum
    low = [
        walk(Quadratic([1]), SGD, lr=0.04, momentum=mu).min() for mu in (0.6, 0.65, 0.9)
    ]
    assert low[0] > 0 > low[1]
    assert round(low[2], 2) == -0.44
    # Nesterov
    heavy, ahead = (
        [
            abs(walk(Quadratic([1, 9]), SGD, lr=lr, momentum=0.9, nesterov=n)[:, 1])
            for lr in (0.1, 0.158)
        ]
        for n in (False, True)
    )
    assert ahead[0][10:].max() < 0.001 < 0.3 < heavy[0][10:].max()
    assert ahead[1][-1] > 1.2 > 0.01 > heavy[1][-1]
    # Adagrad and RMSprop
    slopes = {"slopes": [[1]], "limits": [[-120, 10]]}

    def steps(cls, values=(), **told):
        path = walk(Slopes(**slopes, **told), cls, lr=1, **dict(values))
        return -np.diff(path[:, 0])

    ends = [steps(c, first=f)[-1] for f in (100, 1) for c in (RMSprop, Adagrad)]
    assert [round(end, 2) for end in ends] == [0.99, 0.01, 1, 0.1]
    # Epsilon
    for times, eps, inside in ((1, 1e-8, 1), (1e-5, 1e-8, 0.1), (1e-5, 0, 1)):
        for where, end in ((True, inside), (False, 1)):
            values = {"eps_in_sqrt": where, "eps": eps}
            assert steps(RMSprop, values, times=times)[-1] == pytest.approx(
                end, abs=0.01
            )
    # Correction
    for beta2, first, largest in ((0.99, 1, 2.13), (0.999, 3.16, 6.57)):
        found = steps(PaperAdam, {"beta2": beta2, "bias_correction": False})
        assert [round(found[0], 2), round(max(found), 2)] == [first, largest]
        np.testing.assert_allclose(steps(PaperAdam, {"beta2": beta2}), 1, rtol=1e-6)
    # Decay
    for cls, alpha, end in (
        (PaperAdam, 0.1, [0.8, 0.98]),
        (AdamW, 0.1, [0.8, 0.8]),
        (PaperAdam, 0, [0.98, 0.98]),
        (AdamW, 0, [0.98, 0.98]),
    ):
        problem = Slopes([[1, 100], [-1, -100]], [[0, 1.2]] * 2, start=[1, 1])
        path = walk(problem, cls, 200, lr=0.01, weight_decay=alpha)
        assert path[-1].round(2).tolist() == end


@pytest.mark.parametrize("name", ["story/descent", "generated/npoptim.Muon"])
def test_without_scripts_there_is_a_figure(browser, name):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto((SITE / f"{name}.html").as_uri())
    image = tab.locator(".walk-still img.only-light")
    assert image.is_visible()
    assert image.evaluate("each => each.complete && each.naturalWidth") > 500
    assert "Move" in tab.locator(".walk-still figcaption").inner_text()
    assert not tab.locator(".walk-stage").is_visible()
    context.close()


def test_steps_of_two_weights_have_no_curve(tab):
    tab.goto((SITE / "story" / "adam.html").as_uri())
    curves = tab.locator(".walk-curve")
    assert curves.nth(0).is_visible()
    assert not curves.nth(1).is_visible()


def test_what_to_move_is_said_with_scripts_too(tab):
    tab.goto((SITE / "generated" / "npoptim.Muon.html").as_uri())
    assert tab.locator(".walk-still figcaption").is_visible()
    assert not tab.locator(".walk-still img").first.is_visible()
    status = tab.locator(".walk-status").text_content()
    assert status.startswith("Step 80. Muon: loss ")
    (panel,) = told(page("generated/npoptim.Muon"))
    problem = Quadratic([1, panel["told"]["condition"]], panel["told"]["angle"])
    path = descend(problem, Muon(problem, **panel["rules"][0]["values"]), 80)
    shown = tab.locator(".walk-summary td").first.inner_text()
    assert shown == ", ".join(f"{x:.4g}" for x in path[-1])


def test_scripts_are_small():
    sizes = {}
    for path in [*SITE.glob("*.html"), *SITE.glob("*/*.html")]:
        text = path.read_text("utf-8")
        if "data-panel=" not in text:
            continue
        inline = re.findall(
            r"<script>(const (?:panelsData|npoptim).*?)</script>", text, re.S
        )
        files = [*explorer.SCRIPTS, "npoptim.js"]
        loaded = [name for name in files if f"_static/{name}" in text]
        sizes[path.name] = sum(map(len, inline)) + sum(
            (SITE / "_static" / name).stat().st_size for name in loaded
        )
    assert len(sizes) > 60
    assert min(sizes.values()) > 20_000  # nothing was missed
    assert max(sizes.values()) < 60 * 1024
