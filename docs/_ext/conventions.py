"""A Sphinx extension that has the page of conventions answer as ``translate`` does.

The data of the rules goes into the page as JSON, with its expressions as trees, and
``_static/conventions.js`` computes with them. So the page needs no server, and works
from a disk.

Nothing here imports Sphinx, which the tests do without.
"""

import ast
import json
from collections.abc import Mapping
from typing import Any

from npoptim.conventions.expressions import assignments
from npoptim.conventions.form import FRAMEWORKS, LINES, REQUIRED, Form, Rule
from npoptim.conventions.rules import RULES
from npoptim.conventions.walk import ALIKE, AWAY, ROUNDING

PAGE = "conventions"
# What the script knows, by the names that it has there: these, and the functions.
OPERATIONS: dict[type, str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**",
    ast.MatMult: "@", ast.USub: "negative", ast.Not: "not", ast.And: "and",
    ast.Or: "or", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Eq: "==", ast.NotEq: "!=", ast.Tuple: "tuple", ast.Subscript: "item",
}  # fmt: skip
FUNCTIONS = (
    *("where", "sqrt", "abs", "sign", "max", "min", "sum", "mean", "norm", "shape"),
    *("rows", "columns", "inputs", "factored", "newton_schulz", "floor", "wave"),
    *("highest", "gradient_at"),
)

FORM = """
<form class="translator" aria-label="Translation of a call" hidden>
  <div class="translator-fields">
    <p>
      <label for="translator-from">From</label>
      <select id="translator-from" name="from"></select>
    </p>
    <p>
      <label for="translator-optimizer">Optimizer</label>
      <select id="translator-optimizer" name="optimizer"></select>
    </p>
    <p>
      <label for="translator-to">To</label>
      <select id="translator-to" name="to"></select>
    </p>
  </div>
  <fieldset><legend>Arguments</legend></fieldset>
  <fieldset><legend>Options</legend></fieldset>
  <div role="status" aria-live="polite">
    <p class="translator-notes"></p>
    <p class="translator-outcome"></p>
    <ul class="translator-reasons"></ul>
    <div class="highlight-python notranslate">
      <div class="highlight"><pre></pre></div>
    </div>
    <div class="translator-lines">
      <p>With this before each step <code>t</code>, from 1 on, it is the same:</p>
      <div class="highlight-python notranslate">
        <div class="highlight"><pre></pre></div>
      </div>
    </div>
    <p class="translator-changed"></p>
    <ul class="translator-changes"></ul>
  </div>
</form>
<noscript>
  <p>Here is a form that needs JavaScript. The command line has the same answers:
  <code>python -m npoptim.conventions adam --from torch --to optax</code>.</p>
</noscript>
"""

Tree = Any


def tree(expression: str) -> Tree:
    """Return an expression as lists of an operation and what it is done with.

    A name is a text, and so is an integer, which JavaScript would not know from a
    float. A text is a list.
    """
    return branch(ast.parse(expression, mode="eval").body)


def branch(node: ast.AST) -> Tree:
    """Return a node of an expression as a tree."""
    match node:
        case ast.Constant(str(text)):
            return ["text", text]
        case ast.Constant(None | bool() | float() as value):
            return value
        case ast.Constant(int(value)):
            return str(value)
        case ast.Name(name):
            return name
        case ast.Call(ast.Name(name), parts, []) if name in FUNCTIONS:
            return [name, *map(branch, parts)]
        case ast.BinOp(left, op, right) if type(op) in OPERATIONS:
            return [OPERATIONS[type(op)], branch(left), branch(right)]
        case ast.UnaryOp(op, part) if type(op) in OPERATIONS:
            return [OPERATIONS[type(op)], branch(part)]
        case ast.BoolOp(op, parts):
            return [OPERATIONS[type(op)], *map(branch, parts)]
        case ast.Compare(left, [op], [right]) if type(op) in OPERATIONS:
            return [OPERATIONS[type(op)], branch(left), branch(right)]
        case ast.Tuple(parts):
            return [OPERATIONS[ast.Tuple], *map(branch, parts)]
        case ast.Subscript(value, index):
            return [OPERATIONS[ast.Subscript], branch(value), branch(index)]
    raise ValueError(f"conventions.js does not know {ast.unparse(node)}")


def value_tree(value: Any) -> Tree:
    """Return a value as a tree, and that of a required argument as a name."""
    return "REQUIRED" if value is REQUIRED else tree(repr(value))


def write_form(form: Form) -> dict[str, Any]:
    """Return what the script needs of a form."""
    return form._asdict() | {
        "defaults": {name: value_tree(value) for name, value in form.defaults.items()},
        "to": {term: tree(text) for term, text in form.to.items()},
        "back": {name: tree(text) for name, text in form.back.items()},
        "fixed": {term: value_tree(value) for term, value in form.fixed.items()},
        "only": {name: value_tree(value) for name, value in form.only.items()},
    }


def write_rule(rule: Rule) -> dict[str, Any]:
    """Return what the script needs of a rule."""
    return rule._asdict() | {
        "steps": [[name, tree(text)] for name, text in assignments(rule.steps)],
        "forms": [write_form(form) for form in rule.forms],
        "start": {name: tree(text) for name, text in rule.start.items()},
        "unless": {
            term: [tree(text), condition]
            for term, (text, condition) in rule.unless.items()
        },
        "powers": {term: value_tree(power) for term, power in rule.powers.items()},
    }


def write() -> str:
    """Return a script with the data of all rules, but for those asked in Python alone.

    Rules and forms are much alike: what several have is there once, and they have its
    number.
    """
    rules = {
        title: write_rule(rule) for title, rule in RULES.items() if not rule.in_python
    }
    parts: dict[str, int] = {}

    def number(part: Any) -> int:
        return parts.setdefault(to_json(part), len(parts))

    for rule in rules.values():
        rule["terms"] = {term: number(text) for term, text in rule["terms"].items()}
        rule["forms"] = [
            [number(p) if isinstance(p, Mapping) else p for p in form.values()]
            for form in rule["forms"]
        ]
    text = (
        f'{{"frameworks":{to_json(FRAMEWORKS)},"fields":{to_json(Form._fields)},'
        f'"lines":{to_json([{**e._asdict(), "instead": [*e.instead]} for e in LINES])},'
        f'"away":{to_json(AWAY)},"alike":{to_json([ROUNDING, ALIKE])},'
        f'"rules":{to_json(rules)},"parts":[{",".join(parts)}]}}'
    )
    # No text of the data ends the script.
    return f"const conventionsData = {text.replace('<', chr(92) + 'u003c')};"


def to_json(value: Any) -> str:
    """Return a value as JSON, as short as can be."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def add_files(app: Any, name: str, *_: Any) -> None:
    """Have the page load the data, and what computes with it."""
    if name == PAGE:
        app.add_css_file("conventions.css")
        app.add_js_file(None, body=write())
        app.add_js_file("conventions.js")


def setup(app: Any) -> dict[str, bool]:
    """Add the form, and the files of its page."""
    from docutils import nodes
    from docutils.parsers.rst import Directive

    class Translator(Directive):
        def run(self) -> list[nodes.Node]:
            return [nodes.raw("", FORM, format="html")]

    app.add_directive("translator", Translator)
    app.connect("html-page-context", add_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
