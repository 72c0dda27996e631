"""A Sphinx extension that sets a rule's equations beside the lines of code they are.

On the page of a class its first display becomes such a panel, with the numbers of the
first step of an example, and so does one that an option gives other lines of code; the
steps of examples are set in columns, and further examples are folded. On other pages
there is a directive, whose second argument is an option::

    ```{rule} Adam
    ```
    ```{rule} SGD nesterov
    ```

An equation and a line of code belong together if they give a value to the same thing.
Where one of the two is alone there is a warning.
"""

import ast
import inspect
import re
from itertools import pairwise
from textwrap import dedent
from typing import NamedTuple

from docutils import nodes
from sphinx.addnodes import desc, index, pending_xref, seealso
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx_design.shared import create_component

import npoptim
from npoptim import Flag, Optimizer, Schedule

logger = logging.getLogger(__name__)

DISPLAY = re.compile(r"^( *)\.\. math::\n\n((?:\1 +.*\n|\n)+)", re.MULTILINE)
# That of a line of cases is none.
LINE_END = re.compile(r"\\\\(?!(?:(?!\\begin\{cases\}).)*\\end\{cases\})", re.DOTALL)
OPTION = re.compile(r"``(\w+)=(True|False)``")
LEFT = re.compile(r"\s*(.*?)\s*&?\s*(?:=|\\leftarrow)")
# A value that a step works out: "m = 0.2 · 10 = 2", "so w = 1 - 0.8 = 0.2".
NAMED = re.compile(r"(?:(?:so|and) )?((\w+) = .*)")
GREEK = re.compile(
    r"\\(?:alpha|[a-z]*eta|varepsilon|lambda|mu|nu|psi|rho|tau)(?![a-z])"
)
LINES = 7  # of equations, beside which no other forms are folded
WIDE = 28  # letters: as many as half a page has room for
HOOKS = ("prepare", "regularize", "update", "get_updates", "finish")
# What the template names otherwise than the equations.
IN_CODE = {
    "w": "return", r"\bar w": "average", r"\tilde w": "slow",
    r"\Delta w": "increment", r"\Delta g": "difference",
}  # fmt: skip


class Display(NamedTuple):
    """The lines of a displayed equation, and the options that it is for."""

    lines: list[str]
    options: dict[str, bool]


class Statement(NamedTuple):
    """Some lines of code, and what they give a value to."""

    names: set[str]
    code: str
    method: str  # that they are in


class Row(NamedTuple):
    """Equations, what they are called in the code, and the lines that they are."""

    equations: list[str]
    names: list[str]
    code: str
    methods: list[str]


def is_optimizer(cls: type) -> bool:
    """Say whether a class is an optimizer, and not a schedule."""
    return issubclass(cls, Optimizer)


def displays(cls: type) -> list[Display]:
    """Return the displays of a class's docstring."""
    docstring = inspect.cleandoc(cls.__doc__ or "") + "\n"
    found = []
    for match in DISPLAY.finditer(docstring):
        front = docstring[: match.start()].rstrip().rpartition("\n\n")[2]
        options = {name: value == "True" for name, value in OPTION.findall(front)}
        tex = re.sub(r"\\(?:begin|end)\{aligned\}", "", match[2])
        lines = LINE_END.split(tex) if tex != match[2] else [tex]
        found.append(Display([" ".join(line.split()) for line in lines], options))
    return found


def flags(cls: type) -> dict[str, bool]:
    """Return the defaults of a class's flags."""
    declared = getattr(cls, "hyperparameters", {}).items()
    return {name: h.default for name, h in declared if isinstance(h, Flag)}


def name_in_code(cls: type, tex: str) -> str:
    """Return what the left side of an equation is called in the code."""
    if not is_optimizer(cls):
        return "return"
    left = LEFT.match(tex)
    symbol = re.sub(r"_(?:\{.*?\}|\w)$", "", left[1]) if left else ""
    name = IN_CODE.get(symbol) or re.sub(r"\\hat (\w)", r"\1_hat", symbol)
    name = re.sub(r"\^\{\((\d)\)\}", r"\1", name)  # v^{(1)} is v1
    name = name.replace("^-", "_minus").replace("^+", "_plus")
    return name.replace(r"^{\max}", "_max").replace("\\", "")


def statements(cls: type, options: dict[str, bool]) -> list[Statement]:
    """Return the code of a class's step, as it runs with some options."""
    found = []
    for hook in HOOKS if is_optimizer(cls) else ("__call__",):
        owner = next((base for base in cls.__mro__ if hook in vars(base)), Optimizer)
        if owner in (Optimizer, Schedule):
            continue
        source = dedent(inspect.getsource(vars(owner)[hook]))
        (function,) = ast.parse(source).body
        assert isinstance(function, ast.FunctionDef)
        body = [part for part in function.body if not isinstance(part, ast.Expr)]
        method = f"{owner.__name__}.{hook}"
        if not body:
            first, _, _ = source.partition("\n")
            found.append(Statement({"g"}, f"{first} ...", method))
        for part in body:
            for each in taken(part, options):
                code = segment(source, each)
                found.append(Statement(given(each), code, method))
                if isinstance(each, ast.Return):
                    break
            else:
                continue
            break
    return found


def taken(statement: ast.stmt, options: dict[str, bool]) -> list[ast.stmt]:
    """Return what runs of a statement that asks for an option, or for a strength."""
    if isinstance(statement, ast.If):
        name = ast.unparse(statement.test).removeprefix("self.")
        if name == "weight_decay" or options.get(name):
            return statement.body
        if name in options:
            return statement.orelse
    return [statement]


def segment(source: str, node: ast.stmt) -> str:
    """Return the lines of a statement, at the left margin."""
    return dedent("\n".join(source.splitlines()[node.lineno - 1 : node.end_lineno]))


def given(node: ast.stmt) -> set[str]:
    """Return the names of what a statement gives a value to."""
    names = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Return):
            names.add("return")
        elif isinstance(part, ast.Call) and ast.unparse(part) == "self.closure()":
            names.add("g")
        elif isinstance(part, ast.Assign | ast.AugAssign | ast.AnnAssign):
            for target in getattr(part, "targets", None) or [part.target]:
                for each in getattr(target, "elts", [target]):
                    base = each.value if isinstance(each, ast.Subscript) else each
                    names.add(ast.unparse(base).removeprefix("self."))
    return names


def find(cls: type, name: str, code: list[Statement]) -> int | None:
    """Return the place of the last statement that gives a value to a name."""
    names = [name]
    if len(name) == 1 and not any(name in each.names for each in code):
        # r is the slot row, s is squares.
        known = {n for each in code for n in each.names if n[0] == name.lower()}
        names = [*(known & {*getattr(cls, "slots", ())} or known)]
    if name == "return":
        names.append("increment")  # what moves the increment that was returned
    places = [k for k, each in enumerate(code) if each.names.intersection(names)]
    return places[-1] if places and len(names) <= 2 else None


def rows(cls: type, display: Display) -> list[Row]:
    """Return the rows of a display: its equations, and their lines of code."""
    first = displays(cls)[0]
    code = statements(cls, flags(cls) | display.options)
    if display != first:  # what that shows need not be here again
        own, others = (
            {find(cls, name_in_code(cls, tex), code) for tex in each.lines}
            for each in (display, first)
        )
        shown = set().union(*(code[k].names for k in others - own if k is not None))
        code = [
            each
            for k, each in enumerate(code)
            if k in own or not each.names or not each.names <= shown
        ]
    if not any(name_in_code(cls, tex) == "g" for tex in first.lines):
        code = [each for each in code if each.names != {"g"}]
    found: list[Row] = []
    begin = 0
    for tex in display.lines:
        name = name_in_code(cls, tex)
        place = find(cls, name, code)
        if place is None:
            logger.warning("%s: no line of code is %s", cls.__name__, tex)
        elif place < begin:  # one statement for several equations
            found[-1].equations.append(tex)
            found[-1].names.append(name)
        else:
            mine = code[begin : place + 1]
            text = "\n".join(each.code for each in mine)
            methods = [each.method for each in mine]
            found.append(Row([tex], [name], text, methods))
            begin = place + 1
    for each in code[begin:] if display == first else ():
        logger.warning("%s: no equation is %s", cls.__name__, each.code)
    return found


def cells(text: str) -> dict[str, str]:
    """Return what a step works out, by name, each with what leads to it."""
    found: dict[str, str] = {}
    before: list[str] = []
    for group in text.rstrip(";.").split("; "):
        name = ""
        for piece in group.split(", "):
            if match := NAMED.fullmatch(piece):
                name = match[2]
                found[name] = ", ".join([*before, match[1]])
                before = []
            elif name:
                found[name] += f", {piece}"
            else:
                before.append(piece)
    if found and before:
        found[[*found][-1]] += "; " + ", ".join(before)
    return found


def call_of(source: str) -> str:
    """Return the call that a source starts with, in one line."""
    for end, character in enumerate(source, 1):
        if character == ")" and source[:end].count("(") == source[:end].count(")"):
            return ast.unparse(ast.parse(source[:end]))
    raise ValueError(f"{source!r} is no call")


def first_step(cls: type, options: dict[str, bool]) -> tuple[dict[str, str], str]:
    """Return the first step of the first example that has these options, and its call.

    It is in the items that are right above the call of ``trace``.
    """
    docstring = inspect.cleandoc(cls.__doc__ or "")
    blocks = docstring.partition("\nExamples\n")[2].split("\n\n")
    for above, block in pairwise(blocks):
        if above.startswith("- ") and "trace(" in block:
            prompt = re.sub(r"^(?:>>>|\.\.\.) ?", "", block, flags=re.MULTILINE)
            call = call_of(prompt[prompt.index("trace(") :])
            given = {n: v == "True" for n, v in re.findall(r"(\w+)=(True|False)", call)}
            if flags(cls) | given == options:
                item = above[2:].partition("\n- ")[0]
                return cells(" ".join(item.split())), call
    return {}, ""


def panel(cls: type, display: Display, docname: str) -> nodes.container:
    """Return equations, code and numbers side by side, with where they are from."""
    numbers, call = first_step(cls, flags(cls) | display.options)
    box = nodes.container(classes=["panel"])
    found = rows(cls, display)
    # Of "m = 0.5 · 3 = 1.5, over 0.5 is 3" the end is the correction.
    for name in [name for row in found for name in row.names if "_hat" in name]:
        mean = name.removesuffix("_hat")
        before, over, after = numbers.get(mean, "").partition(", over ")
        if over:
            numbers |= {mean: before, name: f"over {after}"}
    for row in found:
        line = nodes.container(classes=["panel-row"])
        if max(map(width, row.equations)) > WIDE:
            line["classes"].append("panel-wide")
        left = nodes.container(classes=["panel-equation"])
        for tex in row.equations:
            tex = tex.replace("&", "") if r"\begin" not in tex else tex
            left += nodes.math_block(
                tex, tex, docname=docname, number=None, label=None, nowrap=False
            )
        names = ["w" if name == "return" else name for name in row.names]
        # A matrix M is worked by hand as a number m.
        names = [name if name in numbers else name.lower() for name in names]
        mine = [numbers.pop(name) for name in names if name in numbers]
        if row is found[-1]:
            mine += numbers.values()
        if mine:
            text = ", ".join(mine)
            left += nodes.paragraph(text, text, classes=["panel-numbers"])
        right = nodes.container(classes=["panel-code"])
        right += nodes.literal_block(row.code, row.code, language="python")
        line += left
        line += right
        box += line
    caption = nodes.paragraph(classes=["panel-caption"])
    methods = dict.fromkeys(method for row in found for method in row.methods)
    for k, method in enumerate(methods):
        caption += nodes.Text(" and " if k else "Code: ")
        caption += nodes.literal(method, method)
    if call:
        caption += nodes.Text(". Numbers: step 1 of ")
        caption += nodes.literal(call, call)
    caption += nodes.Text(".")
    box += caption
    return box


def width(tex: str) -> int:
    """Return about how many letters wide an equation is."""
    for cases in re.findall(r"\\begin\{cases\}(.*?)\\end\{cases\}", tex):
        tex = tex.replace(cases, max(cases.split(r"\\"), key=len))
    tex = re.sub(r"\\(begin|end)\{cases\}|\\text\{otherwise\}", "", tex)
    for over, under in re.findall(r"\\d?frac\{(.*?)\}\{(.*?)\}", tex):
        tex = tex.replace(min(over, under, key=len), "")
    tex = GREEK.sub("x", tex)
    # Those of functions, but not of small indices.
    tex = re.sub(r"(?<![_^]\{)\\(min|max|cos)", r"\1", tex)
    return len(re.sub(r"\\[a-z]+|[{}_^& ]", "", tex))


class Rule(SphinxDirective):
    """The panel of a rule on any page."""

    required_arguments = 1
    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Find the class, and the display of the option."""
        name, *options = self.arguments
        cls = getattr(npoptim, name)
        display = next(d for d in displays(cls) if [*d.options] == options)
        self.env.note_dependency(inspect.getsourcefile(cls))
        box = panel(cls, display, self.env.docname)
        link = pending_xref(
            refdomain="py", reftype="class", reftarget=f"npoptim.{name}",
            refdoc=self.env.docname, refexplicit=False, refwarn=True,
        )  # fmt: skip
        link += nodes.literal(name, name, classes=["xref", "py", "py-class"])
        box[-1] += [nodes.Text(" More: "), link, nodes.Text(".")]
        return [box]


def columns(steps: nodes.bullet_list) -> nodes.table | None:
    """Return the steps of an example as a table, if each ends in a weight."""
    found = [cells(item.astext().replace("\n", " ")) for item in steps]
    names = [*dict.fromkeys(name for step in found for name in step)]
    if len(found) < 2 or not all("w" in step for step in found):
        return None
    group = nodes.tgroup(cols=len(names) + 1)
    group += [nodes.colspec(colwidth=1), *(nodes.colspec(colwidth=9) for _ in names)]
    group[0]["stub"] = 1
    body = nodes.tbody()
    for t, step in enumerate(found, 1):
        row = nodes.row()
        for text in (f"{t}", *(step.get(name, "") for name in names)):
            row += nodes.entry("", nodes.paragraph(text, text))
        body += row
    group += body
    return nodes.table("", group, classes=["worked"])


def fold(content: nodes.Element) -> None:
    """Fold what follows the first worked example."""
    start = next(
        (
            k
            for k, child in enumerate(content)
            if isinstance(child, nodes.rubric) and child.astext() == "Examples"
        ),
        None,
    )
    if start is None:
        return
    section = []
    for child in content[start + 1 :]:
        if isinstance(child, nodes.rubric | index | desc):
            break
        section.append(child)
    kinds = [type(child) for child in section]
    worked = kinds.index(nodes.table) if nodes.table in kinds else 0
    if nodes.doctest_block not in kinds[worked:]:
        return
    rest = section[kinds.index(nodes.doctest_block, worked) + 1 :]
    if any(isinstance(child, nodes.doctest_block) for child in rest):
        fold_away(content, "Further examples", rest)


def fold_away(content: nodes.Element, title: str, children: list[nodes.Node]) -> None:
    """Put nodes into a box that opens when it is asked to."""
    box = create_component(
        "dropdown", opened=False, type="dropdown", has_title=True, icon=None,
        chevron=None, container_classes=["sd-mb-3"], title_classes=[],
        body_classes=[],
    )  # fmt: skip
    box += nodes.rubric("", title)
    content.insert(content.index(children[0]), box)
    for child in children:
        content.remove(child)
        box += child


def fold_forms(content: nodes.Element, cls: type) -> None:
    """Fold the displays behind the first, if there are many lines in all."""
    if sum(len(display.lines) for display in displays(cls)) <= LINES:
        return
    end = content.first_child_matching_class(nodes.field_list)
    before = content[:end]
    shown = [
        k
        for k, child in enumerate(before)
        if isinstance(child, nodes.math_block) or "panel" in child.get("classes", [])
    ]
    forms = [before[i] for k in shown[1:] for i in (k - 1, k)]
    if forms:
        fold_away(content, "Other forms", list(dict.fromkeys(forms)))


def place_of_members(content: nodes.Element) -> int:
    """Return the place behind a class's own text."""
    place = content.first_child_matching_class(desc)
    if place is None:
        return len(content)
    return place - isinstance(content[place - 1], index)


def order(content: nodes.Element) -> None:
    """Put what readers come for first: others' departures, and the worked example.

    Behind it come the classes to see also, the calls of other frameworks, notes,
    references, and what is raised.
    """
    parts: dict[str, list[nodes.Node]] = {}
    part = ""
    end = place_of_members(content)
    for child in content[:end]:
        if isinstance(child, nodes.rubric):
            part = child.astext()
        elif isinstance(child, seealso):
            part = "See Also"
        parts.setdefault(part, []).append(child)
    fields = next((c for c in parts[""] if isinstance(c, nodes.field_list)), None)
    if "Examples" not in parts or fields is None:
        return
    elsewhere = [n for n in parts.get("Notes", ()) if isinstance(n, nodes.warning)]
    notes = [n for n in parts.get("Notes", ()) if n not in elsewhere]
    bases = [n for n in parts[""] if n.astext().startswith("Bases: ")]
    raised = nodes.field_list("")
    for field in [*fields]:
        if field[0].astext() == "Raises":
            fields.remove(field)
            raised += field
    content[:end] = [
        *(n for n in parts[""] if n not in bases),
        *elsewhere,
        *parts["Examples"],
        *parts.get("See Also", ()),
        *parts.get("In other frameworks", ()),
        *(notes if len(notes) > 1 else ()),  # more than the title
        *parts.get("References", ()),
        raised,
        *bases,
    ]


def arrange(app: Sphinx, doctree: nodes.document) -> None:
    """Set panels and columns on the page of a class."""
    for node in [*doctree.findall(desc)]:
        if node["domain"] != "py" or node["objtype"] != "class":
            continue
        cls = getattr(npoptim, node[0]["fullname"], None)
        content = node[-1]
        if not isinstance(cls, type) or node[0]["module"] != "npoptim":
            continue
        for steps in [*content.findall(nodes.bullet_list)]:
            if table := columns(steps):
                steps.replace_self(table)
        fold(content)
        if issubclass(cls, Optimizer | Schedule) and statements(cls, flags(cls)):
            blocks = [c for c in content if isinstance(c, nodes.math_block)]
            shown: list[str] = []
            for block, display in zip(blocks, displays(cls), strict=False):
                code = [s.code for s in statements(cls, flags(cls) | display.options)]
                if {*code} - {*shown}:
                    block.replace_self(panel(cls, display, app.env.docname))
                    shown += code
        if issubclass(cls, Optimizer | Schedule):
            fold_forms(content, cls)
            order(content)


def setup(app: Sphinx) -> dict[str, bool]:
    """Arrange pages of classes, and let others show panels."""
    app.add_directive("rule", Rule)
    app.connect("doctree-read", arrange)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
