"""What is written in JavaScript for what rules consist of, and what is refused."""

import re
from importlib.util import module_from_spec, spec_from_file_location

import pytest
import to_javascript
from javascript import CannotTranslateError, Function, Known, to_js

import npoptim
from npoptim import problems

MODULE = """
from math import cos, inf, pi, sqrt

import numpy as np

from npoptim.optimizer import Array, Optimizer
from npoptim.rooted import Rooted


def half(x: Array) -> Array:
    return x / 2


def share(x: float, of: float = 2) -> float:
    return x / of


class Own(Rooted):
    slots = ("v",)
    shared = {"product": 1.0}

    def update(self, w: Array, g: Array, v: Array) -> Array:
        x, d = 3, {"a": g}
        BODY

    def corrected(self, mean: Array, beta: float = 0.9) -> float:
        return 1 - beta
"""


@pytest.fixture
def write(tmp_path):
    """Return what writes the statements of a rule."""

    def write_rule(body):
        path = tmp_path / "own.py"
        path.write_text(MODULE.replace("BODY", body.replace("\n", "\n        ")))
        spec = spec_from_file_location("npoptim.own", path)
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        known = Known()
        for known.first in (True, False, False):
            text = Function(known, module.Own.update, module.Own).write("update")
            for name, function in known.functions.items():
                Function(known, function).write(name)
        _, *lines, _ = text.splitlines()
        written = [line.removeprefix("  ") for line in lines]
        return "\n".join(line for line in written if "[x, d] = " not in line)

    return write_rule


EXPRESSIONS = {
    # numbers
    "self.lr + self.t - 1": "this.lr + this.t - 1",
    "self.lr - (self.t - 1)": "this.lr - (this.t - 1)",
    "self.lr / (self.t * x)": "this.lr / (this.t * x)",
    "-self.lr * x": "-this.lr * x",
    "-(self.lr + x)": "-(this.lr + x)",
    "self.eps ** -x": "this.eps ** -x",
    "(-x) ** 0.5": "(-x) ** 0.5",
    "-(x**0.5)": "-(x ** 0.5)",
    "(x**3) ** x": "(x ** 3) ** x",
    "x ** (3**x)": "x ** 3 ** x",
    "x**2": "x * x",
    "1 / x**2": "1 / (x * x)",
    "(x + 1) ** 2": "squared(x + 1)",
    "(x - 1) // self.t": "Math.floor((x - 1) / this.t)",
    "x % self.t": "mod(x, this.t)",
    "sqrt(self.product)": "Math.sqrt(this.product)",
    "min(x, self.t / 2)": "Math.min(x, this.t / 2)",
    "cos(pi * x)": "Math.cos(3.141592653589793 * x)",
    "np.pi * x": "3.141592653589793 * x",
    "x or inf": "x || Infinity",
    "x and (x or 1)": "x && (x || 1)",
    "x if self.eps_in_sqrt else 1": "this.eps_in_sqrt ? x : 1",
    "x if x > 1 else 2 if x == 0 else 3": "x > 1 ? x : x === 0 ? 2 : 3",
    # arrays
    "g + 1": "add(g, 1)",
    "1 - g": "sub(1, g)",
    "-self.lr * g / v": "div(mul(-this.lr, g), v)",
    "-g": "neg(g)",
    "g**2": "squared(g)",
    "g**0.5": "pow(g, 0.5)",
    "g @ g.T": "matmul(g, np.transpose(g))",
    "g > 0": "gt(g, 0)",
    "g < 0": "lt(g, 0)",
    "np.maximum(np.abs(g), x)": "np.maximum(np.abs(g), x)",
    "np.sqrt(x) * x": "np.sqrt(x) * x",
    "np.sum(g) / g.size": "np.sum(g) / np.size(g)",
    "g.sum(axis=0) / 2": "div(np.sum(g, 0), 2)",
    "np.linalg.norm(g) ** 2 * x": "squared(np.linalg_norm(g)) * x",
    "np.asarray(g, dtype=float)": "g",
    "np.zeros((), w.dtype)": "np.zeros([])",
    "np.zeros_like(w, shape=(2, *w.shape))": "np.zeros_like(w, [2, ...np.shape(w)])",
    "np.sum(g * v).item() + 1": "np.sum(mul(g, v)) + 1",
    "g[..., x:]": "np.last(g, x)",
    # what a vector of weights answers
    "1 if w.ndim < 2 else np.fft.fft(w)": "1",
    "np.fft.fft(w) if v is None else 1": "1",
    # methods and functions
    "self.root(v)": "this.root(v)",
    "self.corrected(v) * x": "this.corrected(v) * x",
    "self.corrected(beta=x, mean=v)": "this.corrected(v, x)",
    "self.norm(self.gradients, minus=g)": "this.norm(this.gradients, g)",
    "super().start(w)": "super.start(w)",
    "half(g) * 2": "mul(half(g), 2)",
    "share(of=x, x=1) * 2": "share(1, x) * 2",
    "self.state['v'][0]": "this.state.v[0]",
    # sequences and dicts
    "[g, v][1:]": "[g, v].slice(1)",
    "[g, v][-x:]": "[g, v].slice(-x)",
    "[g, v][::-1]": "[...[g, v]].reverse()",
    "[*enumerate([g])]": "[...[g].entries()]",
    "[a / 2 for a, b in [d] if x > 1]": (
        "[d].filter(([a, b]) => x > 1).map(([a, b]) => div(a, 2))"
    ),
    "next((a for a in [g]), v)": "[g][0] ?? v",
    "[g] or [v]": "([g].length ? [g] : [v])",
    "{**d, 'b': x}": "{...d, b: x}",
    "d | {'b': x}": "{...d, ...{b: x}}",
    "{a: x for a in self.slots}": ("Object.fromEntries(this.slots.map((a) => [a, x]))"),
    "((1, 2),) * x": "repeat([[1, 2]], x)",
    "len(d) + float(g)": "d.length + g",
}


@pytest.mark.parametrize("python", EXPRESSIONS)
def test_expression(write, python):
    assert write(f"return {python}") == f"return {EXPRESSIONS[python]};"


STATEMENTS = {
    "v[...] = v + g": "put(v, add(v, g));",
    "v += g": "put(v, add(v, g));",
    "x += 1": "x = x + 1;",
    "self.product *= x": "this.product = this.product * x;",
    "self.product = self.mu = 0.5": "this.product = 0.5;\nthis.mu = 0.5;",
    "self.mu = 2 * x\nself.nu = self.mu * g": (
        "this.mu = 2 * x;\nthis.nu = mul(this.mu, g);"
    ),
    "self.nu = self.nu + g": "this.nu = add(this.nu, g);",
    "a = 1\nb = a * g": "const a = 1;\nconst b = mul(a, g);",
    "a = 1\na = a * g": "let a = 1;\na = mul(a, g);",
    "a, b = x, g\nc = a * a + b": ("const [a, b] = [x, g];\nconst c = add(a * a, b);"),
    "if x > 1:\n    a = g\nelse:\n    a = 1": (
        "let a;\nif (x > 1) {\n  a = g;\n} else {\n  a = 1;\n}"
    ),
    "if x:\n    raise ValueError(f'{x}')": "",
    "if w.ndim > 1:\n    np.linalg.qr(w)\nelse:\n    v[...] = 0": "put(v, 0);",
    "if w.ndim < 2:\n    return g\nreturn np.linalg.qr(w)": "return g;",
    "for a, b in self.blocks(self.parameters, self.gradients):\n    a -= b": (
        "for (const [a, b] of this.blocks(this.parameters, this.gradients)) {\n"
        "  put(a, sub(a, b));\n}"
    ),
    "for _ in range(x):\n    pass": "for (const _ of Array(x).keys()) {\n\n}",
    "with self.standing_at(self.state['v']):\n    self.closure()": (
        "this.standing_at(this.state.v)(() => {\n  this.closure();\n});"
    ),
    "a = []\na.append(g)": "const a = [];\na.push(g);",
    "a = dict[int, float]()\na[x] = 1": "const a = {};\na[x] = 1;",
    "'A word.'": "",
}


@pytest.mark.parametrize("python", STATEMENTS)
def test_statement(write, python):
    assert write(python) == STATEMENTS[python]


REFUSED = [
    "return np.fft.fft(g)",
    "return np.sum(g, keepdims=True)",
    "return g.flags",
    "return g.tobytes()",
    "return lambda: g",
    "return unknown",
    "return g if g else v",
    "return g or v",
    "return min(g, v)",
    "return g % 2",
    "return g // 2",
    "return g >= v",
    "return 1 < x < 2",
    "return x in d",
    "return g is v",
    "return g[1:, 0]",
    "return g[::2]",
    "return range(1, x)",
    "return sorted(d)",
    "return f'{x}'",
    "return [a for a in g for b in v]",
    "return ~x",
    "return {x: g}",
    "g[0, 1] = 2",
    "while x:\n    x = 0",
    "if g:\n    x = 0",
    "for a in d:\n    pass\nelse:\n    x = 0",
    "try:\n    x = 0\nfinally:\n    pass",
    "del x",
    "def inner():\n    pass",
    "this = g",
    "add = g",
    "a = b = g",
]


@pytest.mark.parametrize("python", REFUSED)
def test_what_is_not_known_is_refused(write, python):
    with pytest.raises(CannotTranslateError, match=r"^Own\.update: "):
        write(python)


def test_every_public_class_is_written_or_left_out():
    written = {cls.__name__ for cls in to_javascript.translated()}
    named = {name.partition(".")[0] for name in to_javascript.LEFT_OUT}
    public = {
        name
        for module in (npoptim, problems)
        for name in module.__all__
        if isinstance(cls := getattr(module, name), type)
        and issubclass(cls, to_javascript.KINDS)
    }
    assert public - written == {"Groups"}
    assert named <= public


@pytest.mark.parametrize("title", to_javascript.LEFT_OUT)
def test_what_is_left_out_exists(title):
    name, _, method = title.partition(".")
    assert not method or method in vars(getattr(npoptim, name))


def test_script_is_small_and_whole():
    text = to_javascript.script()
    assert len(text.encode()) < 60_000
    for cls in to_javascript.translated():
        assert text.count(f'define("{cls.__name__}", ') == 1
    assert "import " not in text
    assert "fetch" not in text


def test_script_of_some_classes_has_what_they_stand_on():
    text = to_javascript.script(frozenset({"PaperAdam", "LBFGS"}))
    assert re.findall(r"^define\(\"(\w+)\"", text, re.M) == [
        "Optimizer", "Rooted", "Adam", "PaperAdam", "LBFGS",
    ]  # fmt: skip
    assert re.findall(r"^function (\w+)", text, re.M) == ["join", "split"]


def test_build_fails_on_what_cannot_be_translated(monkeypatch):
    monkeypatch.delitem(to_javascript.LEFT_OUT, "SGD.complete")
    with pytest.raises(CannotTranslateError, match=r"^SGD\.complete: "):
        to_javascript.write_all.__wrapped__()  # none is kept


def test_values():
    value = {"a": [1, 0.5, None], "b": (True, "\\mu"), "c": float("inf")}
    assert to_js(value) == '{a: [1, 0.5, null], b: [true, "\\\\mu"], c: Infinity}'
