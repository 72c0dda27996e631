"""The explorer walks as Python does, and keeps what it shows in its address."""

import json
import re
from pathlib import Path

import explorer
import numpy as np
import pytest
import to_javascript
import vectors

import npoptim
from npoptim import Number, Optimizer, problems, trace
from npoptim.plotting import NAMES, styles
from npoptim.problems import descend

pytestmark = [pytest.mark.site, pytest.mark.xdist_group("explorer")]

SITE = Path(__file__).parents[2] / "docs" / "_build" / "html"
PAGE = (SITE / "explorer.html").as_uri()
# Each landscape, with what it is told, and four rules that are not alike in anything.
PLACES = {name: {} for name in explorer.names_of_problems()}
PLACES["Quadratic"] = {"condition": 50, "angle": -20}
PLACES["NoisyQuadratic"] = {"condition": 10, "noise": 0.5}
RULES = {
    "Momentum,lr=0.001": (["SGD"], {"lr": 0.001, "momentum": 0.9}),
    "Adam-Lookahead,lr=0.02,period=3": (
        ["Lookahead", "Adam"],
        {"lr": 0.02, "period": 3},
    ),
    "PolyakSGD,lr=0.01": (["PolyakSGD"], {"lr": 0.01}),
    "RMSprop-SAM,lr=0.01": (["SAM", "RMSprop"], {"lr": 0.01}),
}
STEPS = 60
# Rules that make no more of a last bit, at any rate.
TRIED = {
    "SGD": (["SGD"], {}),
    "Momentum": (["SGD"], {"momentum": 0.9}),
    "Adagrad-Cautious": (["Cautious", "Adagrad"], {}),
    "PaperAdam": (["PaperAdam"], {}),
}


def address(problem, rules=RULES, steps=STEPS, **told):
    parts = {"problem": problem, **told, "steps": steps}
    named = [f"{name}={value}" for name, value in parts.items()]
    return f"{PAGE}#{'&'.join([*named, *(f'rule={rule}' for rule in rules)])}"


def make(problem, told, start=None):
    panel = explorer.Panel(problem, told, [], [], STEPS, start)
    return explorer.make_problem(panel)


def walk(problem, told, names, values, steps=STEPS):
    place = make(problem, told)
    with np.errstate(all="ignore"):
        return descend(place, vectors.compose(names)(place, **values), steps)


def visit(tab, where=PAGE):
    """Open an address afresh: one that differs behind the # alone is the same page."""
    tab.goto("about:blank")
    tab.goto(where)


def paths(tab):
    """Return where the page's rules go."""
    found = tab.evaluate("""() => panels.explorer.walks.map(
        ({points}) => [...points].map((x) => isFinite(x) ? x : null))""")
    n = tab.evaluate("panels.explorer.base.w.length")
    return [np.array(each, dtype=float).reshape(-1, n) for each in found]


def picture(tab):
    """Return the pixels, and the code: what a reader sees."""
    return tab.evaluate("""() => [
        ...[...document.querySelectorAll("canvas")].map((each) => each.toDataURL()),
        document.querySelector(".walk-code pre").textContent,
        document.querySelector(".walk-summary").textContent,
    ]""")


def notes(tab):
    return tab.locator(".walk-notes").text_content()


def test_every_landscape_is_offered(tab):
    visit(tab)
    options = tab.get_by_label("Landscape", exact=True).locator("option")
    names = {n for n in problems.__all__ if n not in ("Problem", "descend")}
    assert {*options.all_inner_texts()} == names


@pytest.mark.parametrize("problem", PLACES)
def test_paths_are_those_of_python(tab, problem):
    visit(tab, address(problem, **PLACES[problem]))
    assert notes(tab) == ""
    for (names, values), path in zip(RULES.values(), paths(tab), strict=True):
        ours = walk(problem, PLACES[problem], names, values)
        np.testing.assert_allclose(path, ours, rtol=1e-12, atol=1e-12)


# State of vectors, of numbers and of lists of vectors.
TABLED = {
    "Momentum,lr=0.001": (["SGD"], {"lr": 0.001, "momentum": 0.9}),
    "Adam-Lookahead": (["Lookahead", "Adam"], {}),
    "NovoGrad": (["NovoGrad"], {}),
    "LBFGS,history=3": (["LBFGS"], {"history": 3}),
}


@pytest.mark.parametrize("step", [1, 7])
def test_table_is_what_trace_prints(tab, step):
    visit(tab, address("Beale", TABLED) + f"&step={step}")
    tab.get_by_text("What trace prints").click()
    tables = tab.locator(".walk-tables table")
    tables.last.wait_for()
    for table, (names, values) in zip(tables.all(), TABLED.values(), strict=True):
        place = make("Beale", {})
        gradients = [place.gradient] * step
        steps = trace(vectors.compose(names), place.w, gradients, **values)
        lines = repr(steps[-1:]).splitlines()
        header, cells = (re.split(" {2,}", line.strip()) for line in lines)
        found = table.locator("tr").evaluate_all(
            "rows => rows.map((row) => [...row.cells].map((each) => each.innerText))"
        )
        assert found == [*map(list, zip(header, cells, strict=True))]


def test_numbers_are_printed_as_python_prints_them(tab):
    rng = np.random.default_rng(0)
    numbers = [0.0, -0.0, 770.0625, -770.0625, 0.5, 2.5, 1234565.0, 999999.5, 1e-5]
    numbers += (rng.normal(size=500) * 10.0 ** rng.integers(-9, 12, 500)).tolist()
    visit(tab)
    for digits in (1, 4, 6):
        ask = "([all, n]) => all.map((x) => panels.show(x, n))"
        found = tab.evaluate(ask, [numbers, digits])
        assert found == [f"{x + 0:.{digits}g}" for x in numbers]


def arrival(path, minimizers):
    away = ~(np.linalg.norm(path[:, None] - minimizers, axis=2).min(axis=1) <= 0.05)
    return 1 + int(np.flatnonzero(away)[-1])


@pytest.mark.parametrize("problem", ["Quadratic", "Rosenbrock"])
def test_best_rate_is_that_of_the_lessons(tab, problem):
    visit(tab, address(problem, TRIED, **PLACES[problem]))
    tab.get_by_role("button", name="Best rate for all").click()
    found = tab.evaluate("panels.explorer.rules.map(({values}) => values.lr)")
    place = make(problem, PLACES[problem])
    rates = np.geomspace(1e-4, 10, 51)
    np.testing.assert_allclose(tab.evaluate("panels.RATES"), rates, rtol=1e-12)
    words = notes(tab)
    for (names, values), lr in zip(TRIED.values(), found, strict=True):
        ends = []
        for rate in rates:
            path = walk(problem, PLACES[problem], names, values | {"lr": rate})
            with np.errstate(all="ignore"):
                step, end = arrival(path, place.minimizers), place.value(path[-1])
            end = np.inf if np.isnan(end) else float(end)
            ends.append((step, 0) if step <= STEPS else (np.inf, end))
        best = min(range(51), key=lambda k: ends[k])
        assert lr == pytest.approx(rates[best], rel=1e-12)
        text = (
            f"at step {ends[best][0]}." if ends[best][0] <= STEPS else "it ends lowest"
        )
        assert text in words


def test_copied_code_takes_the_same_path(tab, monkeypatch):
    plt = pytest.importorskip("matplotlib.pyplot")
    for problem, told in PLACES.items():
        visit(tab, address(problem, **told))
        tab.get_by_label("start w", exact=False).first.focus()
        tab.keyboard.press("ArrowLeft")
        code = tab.locator(".walk-code pre").text_content()
        assert "start=[" in code
        space = {}
        exec(code, space)
        for path, ours in zip(paths(tab), space["paths"].values(), strict=True):
            np.testing.assert_allclose(path, ours, rtol=1e-12, atol=1e-12)
    plt.close("all")


def test_what_is_shown_can_be_linked(tab, context):
    visit(tab)
    tab.get_by_label("Landscape", exact=True).select_option("Himmelblau")
    tab.get_by_label("Rule", exact=True).nth(1).select_option("AdamW")
    tab.get_by_label("Over it", exact=True).nth(2).select_option("Cautious")
    tab.get_by_role("button", name="Remove").last.click()
    tab.get_by_role("button", name="Best rate", exact=True).first.click()
    tab.get_by_label("eps_in_sqrt").first.check()
    tab.get_by_label("beta2").first.focus()
    tab.keyboard.press("ArrowLeft")
    tab.locator(".walk-map").click(position={"x": 100, "y": 150})
    tab.get_by_label("step", exact=True).fill("40")
    tab.wait_for_function("location.hash === panels.explorer.address")
    other = context.new_page()
    visit(other, tab.url)
    assert picture(other) == picture(tab)
    assert notes(other) == ""
    # Another link on the same page is followed, too.
    other.goto(address("Saddle"))
    other.wait_for_function("panels.explorer.problem === 'Saddle'")
    assert picture(other) != picture(tab)
    other.close()


@pytest.mark.parametrize(
    ("query", "note"),
    [
        ("problem=Rosenbrok", "There is no landscape 'Rosenbrok': here is Quadratic."),
        ("problem=__proto__", "There is no landscape '__proto__'"),
        ("condition=1e9", "condition must be a number in [1, 1000], and not '1e9'"),
        ("angle=x", "angle must be a number in [-90, 90], and not 'x': here it is 30."),
        ("start=1", "start must be 2 numbers within the picture, and not '1'."),
        ("start=9,9", "start must be 2 numbers within the picture, and not '9,9'."),
        ("steps=1e9", "steps must be a number in [1, 500], and not '1e9'"),
        ("step=-1", "step must be a number in [0, 100], and not '-1'"),
        ("rule=adm", "There is no rule 'adm'."),
        ("rule=constructor", "There is no rule 'constructor'."),
        ("rule=Adam-x", "'x' does not go over Adam."),
        ("rule=AdamW-L1Optimizer", "'L1Optimizer' does not go over AdamW."),
        ("rule=Adam,lr=-1", "lr of Adam must be in [0, inf), and not '-1'"),
        ("rule=Adam,lr=<b>", "lr of Adam must be in [0, inf), and not '<b>'"),
        ("rule=Adam,beta1=1", "beta1 of Adam must be in [0, 1), and not '1'"),
        ("rule=Adam,momentum=0.5", "Adam has no number 'momentum'."),
        ("rule=Adam,bias_correction=2", "must be in true, false, and not '2'"),
        ("rule=SGD&" * 5 + "x=", "There is room for 4 rules: 'SGD' is left out."),
        ("x=1", "'x' is nothing that is asked here."),
        ("%=%%&&==%ff", ""),
    ],
)
def test_wild_address_is_answered_with_a_word(tab, query, note):
    errors = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    visit(tab, f"{PAGE}#{query}")
    assert note in notes(tab)
    assert errors == []
    assert tab.locator(".walk-summary tr").count() > 1
    assert "descend(" in tab.locator(".walk-code pre").text_content()


def start(tab):
    return tab.evaluate("panels.explorer.start")


def test_start_is_set_by_key_and_mouse(tab):
    visit(tab, address("Rosenbrock"))
    tab.locator(".walk-map").focus()
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Shift+ArrowUp")
    np.testing.assert_allclose(start(tab), [-1.2 + 0.1, 1 - 0.1 + 0.01])
    tab.get_by_label("start w1").focus()
    tab.keyboard.press("End")
    assert start(tab)[0] == 2
    said = "document.querySelector('.walk-status').textContent"
    before = tab.evaluate(said)
    tab.wait_for_function(f"before => {said} !== before", arg=before)
    assert "start at 2, 0.91" in tab.locator(".walk-map").get_attribute("aria-label")
    tab.locator(".walk-map").click(position={"x": 60, "y": 40})
    (x, y), clicked = start(tab), start(tab)
    assert -2 < x < -1.7
    assert 2.5 < y < 3
    # The mouse drags it, and not beyond the picture.
    box = tab.locator(".walk-map").bounding_box()
    tab.mouse.move(box["x"] + 60, box["y"] + 40)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 2000, box["y"] + 100)
    tab.mouse.up()
    assert start(tab)[0] == 2
    assert start(tab) != clicked


def test_finger_takes_the_start_or_scrolls(browser):
    phone = {"width": 390, "height": 844}
    context = browser.new_context(viewport=phone, has_touch=True, is_mobile=True)
    tab = context.new_page()
    visit(tab)
    touch = context.new_cdp_session(tab)
    box = tab.locator(".walk-map").bounding_box()

    def drag(x, y, to):
        path = [("Start", y), ("Move", (y + to) / 2), ("Move", to), ("End", None)]
        for kind, y in path:
            points = [] if y is None else [{"x": box["x"] + x, "y": box["y"] + y}]
            kind = {"type": f"touch{kind}", "touchPoints": points}
            touch.send("Input.dispatchTouchEvent", kind)

    x, y = tab.evaluate("panels.explorer.scale(0, panels.explorer.start)")
    drag(x + 5, y, y + 60)
    first, second = start(tab)
    assert second < 1
    assert tab.evaluate("scrollY") == 0
    drag(250, 200, 20)
    tab.wait_for_function("scrollY > 0")
    assert start(tab) == [first, second]
    context.close()


def test_divergence_is_said(tab):
    visit(tab, address("Quadratic", ["SGD,lr=0.1", "SGD,lr=1000", "SGD,lr=0.005"], 200))
    words = tab.locator(".walk-summary small").all_inner_texts()
    assert words == [
        "diverges: leaves the picture at step 1",
        "diverges: leaves the picture at step 1",
        "on its way",
    ]
    path = walk("Quadratic", {"condition": 100, "angle": 30}, ["SGD"], {"lr": 0.1}, 1)
    assert abs(path[0]).max() < 1.64 < abs(path[1]).max()
    said = tab.locator(".walk-status")
    tab.wait_for_function("document.querySelector('.walk-status').textContent")
    assert "SGD, 2: loss nan, diverges" in said.text_content()
    # A path that comes back has not left.
    visit(tab, address("Rastrigin", ["Momentum,lr=0.01"], 200))
    path = walk("Rastrigin", {}, ["SGD"], {"lr": 0.01, "momentum": 0.9}, 200)
    assert abs(path).max() > 5.12 > abs(path[-1]).max()
    assert tab.locator(".walk-summary small").inner_text() == "on its way"


def test_steps_are_played_and_scrubbed(tab):
    visit(tab, address("Saddle"))
    tab.get_by_role("button", name="Start over").click()
    assert tab.get_by_label("step", exact=True).input_value() == "0"
    tab.get_by_role("button", name="Step", exact=True).click()
    assert tab.locator(".walk-summary").inner_text().split("\n")[0].find("step 1") > 0
    tab.get_by_role("button", name="Play").click()
    tab.wait_for_function("panels.explorer.step > 1")
    tab.get_by_role("button", name="Stop").click()
    tab.locator(".walk-curve").hover(position={"x": 44, "y": 50})
    assert tab.evaluate("panels.explorer.step") == 0


# What each rule has


def test_sliders_keep_to_what_is_declared(tab):
    visit(tab)
    found = tab.evaluate("""() => Object.keys(npoptim.classes).flatMap((name) =>
        Object.entries(panels.standards([name]))
          .filter(([, {kind}]) => kind !== "flags")
          .map(([each, declared]) => {
            const scale = panels.scaleOf(declared);
            const all = Array.from({length: scale.last + 1}, (_, k) => scale.value(k));
            const back = all.every((x, k) => scale.position(x) === k);
            return [name, each, all, back];
          }))""")
    seen = 0
    for name, each, values, back in found:
        cls = getattr(npoptim, name, None) or getattr(problems, name)
        declared = (
            cls.hyperparameters[each]
            if hasattr(cls, "hyperparameters")
            else vars(cls)[each]
        )
        assert back, (name, each, values)
        assert values == sorted(set(values))
        assert all(value in declared for value in values), (name, each)
        if isinstance(declared, Number) and declared.default is not ...:
            assert values[0] <= declared.default <= values[-1]
        seen += 1
    assert seen > 200


@pytest.mark.parametrize(
    "labels",
    [
        [*NAMES],
        ["Adam", "Adam, 2", "Adam, SAM", "Momentum"],
        ["Lion", "SGD", "Yogi", "AdEMAMix", "RAdam", "Adan", "QHM", "LARS"],
    ],
)
def test_colors_are_those_of_the_figures(tab, labels):
    visit(tab)
    found = tab.evaluate(
        """labels => panels.styles(labels).map(({color, dashes}) =>
            [panelsData.colors.light[color], dashes])""",
        labels,
    )
    expected = [
        [look["color"], [] if look["linestyle"] == "solid" else [*look["linestyle"][1]]]
        for look in styles(labels).values()
    ]
    assert found == expected


def test_noise_is_that_of_numpy(tab):
    visit(tab)
    found = tab.evaluate("Array.from({length: 5000}, (_, i) => panels.draws(i))")
    expected = np.random.default_rng(0).normal(size=5000)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_every_rule_can_be_chosen(tab):
    visit(tab, f"{PAGE}#rule=SGD")
    rules = tab.get_by_label("Rule", exact=True)
    offered = rules.locator("option").evaluate_all("all => all.map((x) => x.value)")
    classes = {
        cls.__name__
        for cls in to_javascript.translated()
        if issubclass(cls, Optimizer) and cls.__name__ not in ("Optimizer", "Rooted")
    }
    over = tab.get_by_label("Over it").locator("option")
    mixins = over.evaluate_all("all => all.map((x) => x.value)")[1:]
    assert {*offered} == classes - {*mixins} | {*explorer.VARIANTS}
    assert {*mixins} < classes
    errors = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    for name in offered:
        rules.select_option(name)
        assert tab.locator(".walk-summary small").inner_text()
    assert errors == []


# The page


def test_page_loads_the_rules_that_it_needs():
    few = explorer.shrink(to_javascript.script(frozenset({"SGD", "Adam", "Quadratic"})))
    assert len(few) < 10_000


def test_nothing_is_fetched(tab):
    requests = []
    tab.on("request", lambda request: requests.append(request.url))
    visit(tab, address("Beale"))
    tab.get_by_role("button", name="Best rate for all").click()
    assert [
        url for url in requests if not url.startswith(("file:", "data:", "about:"))
    ] == []


def test_few_rules_walk_as_all_do(tab):
    script = explorer.shrink(to_javascript.script(frozenset({"Lion", "Saddle"})))
    found = tab.evaluate(
        """script => {
          const {create, descend} = new Function(script + ";return npoptim;")();
          const problem = create(["Saddle"]);
          descend(problem, create(["Lion"], problem, {lr: 0.1}), 20, () => {});
          return problem.w;
        }""",
        script,
    )
    path = walk("Saddle", {}, ["Lion"], {"lr": 0.1}, 20)
    np.testing.assert_allclose(found, path[-1], rtol=1e-12)


def test_without_scripts_there_is_a_figure(browser):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(PAGE)
    assert tab.locator(".walk-still img.only-light").is_visible()
    assert "Momentum swings" in tab.locator(".walk-still figcaption").inner_text()
    assert not tab.locator(".walk-stage").is_visible()
    context.close()


def test_a_drag_is_drawn_within_a_frame(tab, capsys):
    """How long it takes depends on the machine: the time is printed."""
    rules = ["SGD,lr=0.01", "Momentum,lr=0.01", "RMSprop,lr=0.02", "Adam,lr=0.1"]
    visit(tab, address("Quadratic", rules, 500))
    times = tab.evaluate("""() => Array.from({length: 60}, (_, i) => {
        const begin = performance.now();
        panels.explorer.stand([i / 60, 1]);
        panels.explorer.map.getContext("2d").getImageData(0, 0, 1, 1);
        document.body.offsetHeight;
        return performance.now() - begin;
    })""")
    with capsys.disabled():
        middle = float(np.median(times))
        print(
            f" drag of four rules of 500 steps: {min(times):.1f} ms, half {middle:.1f}"
        )
    assert min(times) < 100


def test_a_declaration_is_read():
    lines = ["SGD(lr=0.1)", '"mine": Adam(Lookahead, lr=0.2)', "Nesterov(momentum=0.5)"]
    panel = explorer.read("Quadratic(condition=9, start=[1, 2])", lines, "lr start", 8)
    assert panel.told == {"condition": 9}
    assert panel.home == [1, 2]
    assert panel.sliders == ["lr", "start"]
    assert [[*rule] for rule in panel.rules] == [
        ["SGD", ["SGD"], {"lr": 0.1}],
        ["mine", ["Lookahead", "Adam"], {"lr": 0.2}],
        ["Nesterov", ["SGD"], {"momentum": 0.5, "nesterov": True}],
    ]
    assert json.dumps(panel._asdict())
    with pytest.raises(ValueError, match="a panel needs a call, got 3"):
        explorer.read("3", lines, "", 8)
    with pytest.raises(ValueError, match="a panel needs sliders of what it has"):
        explorer.read("Saddle()", ["SGD()"], "lr beta1", 8)
    with pytest.raises(ValueError, match="a panel needs a rule"):
        explorer.read("Saddle()", ["SGD(), Adam()"], "", 8)
