"""A Sphinx extension for panels, in which rules walk down a landscape as readers say.

A panel is a problem, some rules, and what is to be moved::

    ```{panel} Quadratic(condition=100, angle=30)
    :sliders: start lr momentum
    :steps: 60

    SGD(lr=0.01)
    Momentum(lr=0.01)
    "Adam behind": Adam(Lookahead, lr=0.1)

    What is to be seen, in a sentence or two.
    ```

A rule is a class or one of ``VARIANTS``, after which others are mixed in, and it may
have a label. A slider with the name of a hyperparameter sets it for all rules that have
it. Where there is no JavaScript, and on paper, there is a figure by Matplotlib.

A page loads what its panels need: of the rules in JavaScript those that are shown. The
page ``explorer`` has them all.
"""

import ast
import json
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from inspect import signature
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import matplotlib.pyplot as plt
import minify
import numpy as np
import to_javascript
import vectors
from darken import DARK_INK, DARK_PAPER, darken
from docutils import nodes
from docutils.parsers.rst.directives import nonnegative_int, unchanged
from from_classes import FAMILIES, family
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from PIL import Image
from slopes import Slopes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from npoptim import Optimizer, Schedule, problems
from npoptim.plotting import COLORS, GRAY, NAMES, styles, trajectories
from npoptim.problems import Problem, descend

PAGE = "explorer"
SCRIPTS = "panel.js", "explorer.js", "slopes.js"
# What the figures call otherwise than its class, and how it is that.
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "Momentum": ("SGD", {"momentum": 0.9}),
    "Nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
}
PARTS = """
<div class="walk-stage" hidden>
  <p class="walk-notes" role="status"></p>
  <div class="walk-pictures">
    <div><canvas class="walk-map" role="img" tabindex="0"></canvas></div>
    <div>
      <canvas class="walk-curve" role="img"></canvas>
      <table class="walk-summary"></table>
    </div>
  </div>
  <p class="walk-status" role="status"></p>
  <div class="walk-steps">
    <button type="button">Play</button>
    <button type="button">Step</button>
    <button type="button">Start over</button>
  </div>
  <div class="walk-controls"></div>
</div>
<details class="walk-trace" hidden>
  <summary>What trace prints for this step</summary>
  <div class="walk-tables"></div>
</details>
"""
# Where the page's button to copy it is put, too.
CODE = """
<div class="walk-code" hidden>
<p>The same with npoptim:</p>
<div class="highlight-python notranslate"><div class="highlight"><pre></pre></div></div>
</div>
"""
# Where a slider begins for a number that has no default.
REQUIRED = 0.01
SEED = 0  # of the noise


class Rule(NamedTuple):
    """What walks: its label, its classes as mixed, and the numbers that are given."""

    label: str
    names: list[str]
    values: dict[str, Any]


class Panel(NamedTuple):
    """What is told of a panel."""

    problem: str
    told: dict[str, Any]
    rules: list[Rule]
    sliders: list[str]
    steps: int
    home: list[float] | None


def read_call(call: ast.AST) -> tuple[str, list[str], dict[str, Any]]:
    """Return the name that is called, the names it is called with, and the numbers."""
    match call:
        case ast.Call(ast.Name(name), given, keywords):
            names = [ast.unparse(each) for each in given]
            return (
                name,
                names,
                {k.arg or "": ast.literal_eval(k.value) for k in keywords},
            )
    raise ValueError(f"a panel needs a call, got {ast.unparse(call)}")


def read_rule(line: str) -> Rule:
    """Return a rule as a line has it, such as ``"mine": Adam(Lookahead, lr=0.1)``."""
    match ast.parse(f"{{{line}}}", mode="eval").body:
        case ast.Dict([ast.Constant(str(label))], [call]):
            pass
        case ast.Set([call]):
            label = ""
        case _:
            raise ValueError(f"a panel needs a rule, got {line}")
    name, mixins, values = read_call(call)
    base, own = VARIANTS.get(name, (name, {}))
    label = label or ", ".join((name, *mixins))
    return Rule(label, [*mixins, base], own | values)


def read(call: str, lines: Iterable[str], sliders: str, steps: int) -> Panel:
    """Return what a directive has told."""
    problem, _, told = read_call(ast.parse(call, mode="eval").body)
    home = told.pop("start", None)
    rules = [read_rule(line) for line in lines]
    known = {"start", *told}
    for rule in rules:
        known.update(vectors.compose(rule.names).hyperparameters)
    if unknown := {*sliders.split()} - known:
        raise ValueError(f"a panel needs sliders of what it has, got {unknown}")
    return Panel(problem, told, rules, sliders.split(), steps, home)


def make_problem(panel: Panel) -> Problem:
    """Return the problem that a panel shows, as Python has it."""
    told = dict(panel.told)
    if "condition" in told:
        told["curvatures"] = [1, told.pop("condition")]
    cls = (
        Slopes if panel.problem == Slopes.__name__ else getattr(problems, panel.problem)
    )
    if "rng" in signature(cls).parameters:
        told["rng"] = SEED
    return cls(**told, start=panel.home)


def has_plane_of_slopes(panel: Panel) -> bool:
    """Say whether a panel shows two weights, and no landscape."""
    problem = make_problem(panel)
    return isinstance(problem, Slopes) and problem.w.size == 2


def paths(panel: Panel) -> dict[str, np.ndarray]:
    """Return where each rule of a panel goes, by its label."""
    found = {}
    for rule in panel.rules:
        problem = make_problem(panel)
        cls = vectors.compose(rule.names)
        needed = [n for n, h in cls.hyperparameters.items() if h.default is ...]
        values = dict.fromkeys(needed, REQUIRED) | rule.values
        found[rule.label] = descend(problem, cls(problem, **values), panel.steps)
    return found


def draw(panel: Panel) -> Figure:
    """Draw what a panel shows at first."""
    problem, found = make_problem(panel), paths(panel)
    two = problem.w.size == 2
    plane = has_plane_of_slopes(panel)
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.6, 4.2), dpi=100)
    figure.subplots_adjust(0.07, 0.12, 0.98, 0.95, wspace=0.2)
    looks = styles(found)
    if plane:
        for label, path in found.items():
            left.plot(*path.T, **looks[label])
        left.plot(*problem.w, "s", color="black", markerfacecolor="none")
        (x, y) = problem.limits
        left.set(xlim=x, ylim=y, xlabel="$w_1$", ylabel="$w_2$")
    elif two:
        trajectories(problem, found, left)
        left.get_legend().remove()
    else:
        left.axhline(problem.minimizers[0, 0], color=GRAY, linestyle="dashed")
        for label, path in found.items():
            left.plot(path[:, 0], **looks[label])
        left.set(ylim=problem.limits[0], xlabel="step", ylabel="$w$")
    right.set(yscale="log", xlabel="step")
    steps = np.arange(panel.steps + 1)
    if isinstance(problem, Slopes):
        right.set_ylabel("length of the step")
        for label, path in found.items():
            lengths = np.linalg.norm(np.diff(path, axis=0), axis=1)
            right.plot(steps[1:], lengths, **looks[label], label=label)
    else:
        right.set_ylabel("loss above its minimum")
        floor = least(problem)
        with np.errstate(all="ignore"):
            for label, path in found.items():
                loss = problem.value(path.T) - floor
                loss = np.where(loss > 0, loss, np.nan)
                right.plot(steps, loss, **looks[label], label=label)
        start = float(problem.value(problem.w)) - floor
        right.minorticks_off()  # half of the time that drawing takes
        right.set_ylim(top=min(right.get_ylim()[1], 100 * start))
    right.legend()
    if plane:
        # Steps of two weights have one length, which says little.
        left.legend()
        right.remove()
    return figure


def least(problem: Problem) -> float:
    """Return the least value of a problem."""
    return float(min(problem.value(problem.minimizers.T)))


@cache
def names_of_problems() -> dict[str, list[str]]:
    """Return the problems that a page can draw, with what each is told in order."""
    return {
        name: [*signature(getattr(problems, name)).parameters]
        for name in problems.__all__
        if isinstance(getattr(problems, name), type) and name != "Problem"
    }


def go_together(mixin: type, cls: type) -> bool:
    """Say whether a class can be mixed in over a rule."""
    try:
        vectors.compose([mixin.__name__, cls.__name__])
    except TypeError:
        return False
    return True


@cache
def choices() -> dict[str, Any]:
    """Return the rules by family, what goes over them, and over which it does not."""
    families = {
        title: [cls for cls in family(rooms) if issubclass(cls, Optimizer)]
        for title, rooms in FAMILIES.items()
    }
    mixins = families.pop("Over any optimizer")
    rules = [cls for found in families.values() for cls in found]
    names = {t: [cls.__name__ for cls in found] for t, found in families.items()}
    for each in names.values():
        for variant, (base, _) in reversed(VARIANTS.items()):
            if base in each:
                each.insert(each.index(base) + 1, variant)
    apart: dict[tuple[str, ...], list[str]] = {}
    for mixin in mixins:
        found = tuple(c.__name__ for c in rules if not go_together(mixin, c))
        apart.setdefault(found, []).append(mixin.__name__)
    return {
        "families": {title: found for title, found in names.items() if found},
        "mixins": [mixin.__name__ for mixin in mixins],
        # Rules that some mixins do not go over.
        "apart": [[over, found] for found, over in apart.items() if found],
    }


@cache
def data(page: str = "") -> str:
    """Return a script with what the panels' has no classes for."""
    colors = np.array([[to_rgb(color) for color in COLORS]])
    state = np.random.PCG64(SEED).state["state"]
    found = {
        "colors": {
            "light": COLORS,
            "dark": [to_hex(color) for color in darken(colors, Figure())[0]],
            "light_page": ["#000000", "#ffffff"],
            "dark_page": [to_hex(DARK_INK), to_hex(DARK_PAPER)],
        },
        "places": NAMES,
        "problems": names_of_problems(),
        "seed": [str(state["state"]), str(state["inc"])],
        "variants": {name: [[cls], own] for name, (cls, own) in VARIANTS.items()},
    }
    if page == PAGE:
        found |= choices()
    else:
        more = {Slopes.__name__: [*signature(Slopes).parameters]}
        found["problems"] = names_of_problems() | more
    return f"const panelsData = {json.dumps(found, separators=(',', ':'))};"


def shrink(script: str) -> str:
    """Return a script that does the same and is as short as can be.

    The minifier would write a power for ``Math.sqrt``, which may differ in a last bit.
    """
    start = "(() => {\n"
    script = script.replace("Math.", "maths.")
    script = script.replace(start, f"{start}const maths = Math;\n", 1)
    return minify.string("text/javascript", script)


def rules_script() -> str:
    """Return the script of all that a panel can show: rates are constant there."""
    classes = to_javascript.translated()
    names = [cls.__name__ for cls in classes if not issubclass(cls, Schedule)]
    return to_javascript.script(frozenset(names))


class PanelNode(nodes.General, nodes.Element):
    """What becomes a panel, and the figure that is there without JavaScript."""


def open_panel(translator: Any, node: PanelNode) -> None:
    """Write the element that the script fills."""
    told = translator.attval(node["told"])
    translator.body.append(f'<div class="walk" data-panel="{told}"{node["more"]}>\n')


def close_panel(translator: Any, node: PanelNode) -> None:
    """Write its end."""
    translator.body.append("</div>\n")


class PanelDirective(SphinxDirective):
    """A panel, in its first state."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar = {"sliders": unchanged, "steps": nonnegative_int}
    more = ""
    parts = PARTS

    def run(self) -> list[nodes.Node]:
        """Draw the figure, and tell the script what is in it."""
        text = "\n".join(self.content)
        lines, _, caption = text.partition("\n\n")
        sliders, steps = self.options.get("sliders", ""), self.options.get("steps", 100)
        panel = read(self.arguments[0], lines.splitlines(), sliders, steps)
        return self.show(panel, " ".join(caption.split()))

    def show(self, panel: Panel, caption: str) -> list[nodes.Node]:
        """Return a panel with a caption."""
        told = panel._asdict() | {"rules": [rule._asdict() for rule in panel.rules]}
        more = self.more or " data-plane" * has_plane_of_slopes(panel)
        node = PanelNode(told=json.dumps(told), more=more)
        node["rules"] = [name for rule in panel.rules for name in rule.names]
        node["problem"] = panel.problem
        figure = nodes.figure(classes=["walk-still"])
        for scheme, path in self.save(panel).items():
            alt = "Figure, described in its caption"
            image = nodes.image(uri=f"/{path}", alt=alt, classes=[f"only-{scheme}"])
            figure += image
        words, messages = self.state.inline_text(caption, self.lineno)
        figure += nodes.caption("", "", *words)
        node += [figure, nodes.raw("", self.parts, format="html")]
        self.set_source_info(figure)
        return [node, *messages]

    def save(self, panel: Panel) -> dict[str, str]:
        """Save the figure for light and dark pages, and return where."""
        source = Path(self.env.srcdir)
        folder = source / "generated" / "panels"
        folder.mkdir(parents=True, exist_ok=True)
        walked = [path.tobytes() for path in paths(panel).values()]
        name = sha256(repr(panel).encode() + b"".join(walked)).hexdigest()[:16]
        found = {s: folder / f"{name}_{s}.png" for s in ("light", "dark")}
        if not all(path.exists() for path in found.values()):
            figure = draw(panel)
            canvas = FigureCanvasAgg(figure)
            canvas.draw()
            pixels = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
            plt.close(figure)
            # Drawn once, in few colors, and these once more for dark pages.
            image = pixels.quantize(64, method=Image.Quantize.FASTOCTREE)
            image.save(found["light"])
            colors = np.reshape(image.getpalette(), (1, -1, 3)) / 255
            dark = np.uint8(255 * darken(colors, Figure()) + 0.5)
            image.putpalette(dark.tobytes())
            image.save(found["dark"])
        return {s: path.relative_to(source).as_posix() for s, path in found.items()}


class ExplorerDirective(PanelDirective):
    """The panel of all rules."""

    more = " data-explorer"
    parts = PARTS + CODE


def add_files(app: Sphinx, name: str, _: str, context: Any, doctree: Any) -> None:
    """Have a page with panels load what they need."""
    panels = [] if doctree is None else [*doctree.findall(PanelNode)]
    if not panels:
        return
    app.add_css_file("explorer.css")
    app.add_js_file(None, body=data(name))
    if name == PAGE:
        app.add_js_file("npoptim.js")
    else:
        used = {each for node in panels for each in (*node["rules"], node["problem"])}
        used.add("Problem")
        app.add_js_file(None, body=shrink(to_javascript.script(frozenset(used))))
        if Slopes.__name__ in used:
            app.add_js_file("slopes.js")
    app.add_js_file("panel.js")
    if name == PAGE:
        app.add_js_file("explorer.js")


def write_files(app: Sphinx, exception: Exception | None) -> None:
    """Write the scripts as short as can be."""
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    (static / "npoptim.js").write_text(shrink(rules_script()), "utf-8")
    for name in SCRIPTS:
        script = Path(__file__).parents[1] / "_static" / name
        (static / name).write_text(shrink(script.read_text("utf-8")), "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Let pages have panels."""
    silent = (lambda *_: None, lambda *_: None)
    app.add_node(PanelNode, html=(open_panel, close_panel), text=silent, latex=silent)
    app.add_directive("panel", PanelDirective)
    app.add_directive("explorer", ExplorerDirective)
    app.connect("html-page-context", add_files)
    app.connect("build-finished", write_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
