"""A Sphinx extension that writes the rules as JavaScript, from their Python.

Rules, mixins, wrappers, schedules and problems are read as the syntax trees of their
methods, and written statement by statement: ``_static/npoptim.js`` is a classic script
that needs no other, and works from disk. What it stands on, the loop of a step and the
arithmetic of small arrays, is ``runtime.js``, written by hand.

Where both sides of an operator are numbers, JavaScript's own is written, and elsewhere
a function that takes arrays, too. What is a number is found from what is declared and
annotated, and from what is assigned.

The weights of a page are one vector. So a question of that, such as ``w.ndim < 2`` or
whether a slot is None, is answered here, and what is for matrices alone is not written.
Neither are checks, an ``if`` or a method that does nothing but raise an error: the
page's controls keep to what is declared.

What cannot be translated is an error, unless ``LEFT_OUT`` has a reason.

Nothing here imports Sphinx, which the tests do without.
"""

import ast
import builtins
import json
import math
import re
from collections.abc import Iterator
from functools import cache
from inspect import Parameter, Signature, getsource, isfunction, signature
from pathlib import Path
from textwrap import dedent, indent
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np

import npoptim
from npoptim import Arrays, Count, Flag, Number, Optimizer, Schedule, problems
from npoptim.declared import Declared
from npoptim.hyperparameters import Hyperparameter
from npoptim.optimizer import InPlace
from npoptim.problems import Problem

RUNTIME = Path(__file__).with_name("runtime.js")

# What is not translated, by its name, and why.
LEFT_OUT = {
    "Groups": "is for several arrays, and a page has one",
    "NoisyQuadratic": "has noise of NumPy's generator",
    "Optimizer.complete": "is the runtime's init(): the model needs no checks",
    "Optimizer.zero_grad": "is for models that add up gradients",
    "Optimizer.to": "is not part of a step",
    "Optimizer._first_state": "is the runtime's clear(): the state needs no checks",
    "Optimizer._check_step": "checks the model",
    "Optimizer._no_rule": "makes an error",
    "Optimizer.__init_subclass__": "is the runtime's build()",
    "SGD.complete": "warns",
    "Warmup.complete": "checks what follows, which the runtime sets",
}
# What classes have beside methods that the runtime gathers itself, or does not ask for.
GATHERED = frozenset(
    (
        *("slots", "shared", "arguments", "hyperparameters", "reserved"),
        *("takes_schedules", "elementwise"),
    )
)

# What JavaScript means by a name, or the runtime: a local one cannot be called so.
WORDS = frozenset(
    "arguments await break case catch class const continue debugger default delete do "
    "else enum eval export extends false finally for function if implements import in "
    "instanceof interface let new null package private protected public return static "
    "super switch this throw true try typeof var void while with yield".split()
)

# How tightly JavaScript binds, from loose to tight.
CHOICE, OR, AND, EQUAL, ORDER, SUM, PRODUCT, POWER, SIGN, ATOM = range(10)
OPERATORS = {
    ast.Add: ("+", SUM, "add"),
    ast.Sub: ("-", SUM, "sub"),
    ast.Mult: ("*", PRODUCT, "mul"),
    ast.Div: ("/", PRODUCT, "div"),
    ast.Pow: ("**", POWER, "pow"),
}
COMPARISONS = {
    ast.Lt: ("<", ORDER, "lt"),
    ast.Gt: (">", ORDER, "gt"),
    ast.LtE: ("<=", ORDER, ""),
    ast.GtE: (">=", ORDER, ""),
    ast.Eq: ("===", EQUAL, ""),
    ast.NotEq: ("!==", EQUAL, ""),
}
MATH = {
    math.sqrt: "Math.sqrt",
    math.cos: "Math.cos",
    min: "Math.min",
    max: "Math.max",
}
# Functions of NumPy that find one number, if no axis is given.
REDUCING = frozenset(("sum", "mean", "max", "vdot", "linalg_norm", "size", "ndim"))
MAKING = frozenset(("zeros", "zeros_like", "full", "full_like", "eye", "copy"))


def joint(*parts: "Written") -> str:
    """Return what arithmetic makes of several values."""
    kinds = {part.kind for part in parts}
    if "" in kinds or kinds == {"number"}:
        return min(kinds)
    return "array" if "array" in kinds else "any"


class CannotTranslateError(Exception):
    """What a rule has that the translator does not know."""


class Written(NamedTuple):
    """An expression in JavaScript, what it is, and how tightly it binds."""

    text: str
    kind: str = "any"  # number, array, list, dict; "" until something is known
    level: int = ATOM

    @property
    def is_number(self) -> bool:
        """Say whether it is a number, as far as is known."""
        return self.kind in ("number", "")

    def within(self, level: int) -> str:
        """Return the text as a part of what binds so tightly."""
        return self.text if self.level >= level else f"({self.text})"


@cache
def runtime() -> str:
    """Return the JavaScript that is written by hand."""
    return RUNTIME.read_text(encoding="utf-8")


@cache
def numpy_functions() -> dict[str, list[str]]:
    """Return the functions of NumPy that the runtime has, with their parameters."""
    (body,) = re.findall(r"^const np = \{\n(.*?)^\};", runtime(), re.M | re.S)
    takes = {"unary(": ["x"], "binary(": ["x", "y"]}
    return {
        name: takes.get(head) or re.findall(r"[a-z]+", head)
        for name, head in re.findall(
            r"^  (\w+): (unary\(|binary\(|\([^)]*\))", body, re.M
        )
    }


@cache
def by_hand() -> frozenset[str]:
    """Return the names that the runtime defines, methods of the template included."""
    top = re.findall(r"^(?:const|class) (\w+)", runtime(), re.M)
    (body,) = re.findall(r"^class Optimizer .*?^\}", runtime(), re.M | re.S)
    methods = re.findall(r"^  (\w+)\(.*\) \{$", body, re.M)
    return frozenset((*top, *(f"Optimizer.{name}" for name in methods)))


@cache
def absent(cls: type) -> frozenset[str]:
    """Return the slots that a vector of weights does not have."""
    if not issubclass(cls, Optimizer):
        return frozenset()
    state = cls(Arrays(w=np.ones(2))).state
    return frozenset(slot for slot, (layer,) in state.items() if "w" not in layer)


def tree_of(function: FunctionType) -> ast.FunctionDef:
    """Return the syntax tree of a function."""
    (tree,) = ast.parse(dedent(getsource(function))).body
    assert isinstance(tree, ast.FunctionDef)
    return tree


def only_raises(function: FunctionType) -> bool:
    """Say whether a method does nothing but raise an error."""
    body = [type(each) for each in tree_of(function).body]
    return body[-1] is ast.Raise and body[:-1] in ([], [ast.Expr])


class Translator:
    """What is known of all classes while they are written.

    Kinds of names follow from one another, so everything is written anew until no kind
    changes.
    """

    def __init__(self, classes: list[type]) -> None:
        self.classes = classes
        self.functions: dict[str, FunctionType] = {}
        self.kinds: dict[tuple[str, str], str] = {}

    def write(self) -> str:
        """Return the functions and the classes."""
        while True:
            found: dict[tuple[str, str], str] = {}
            self.found = found
            classes = "\n".join(map(self.write_class, self.classes))
            functions: dict[str, str] = {}
            while missing := self.functions.keys() - functions.keys():
                for name in sorted(missing):
                    body = Method(self, self.functions[name], None).write(name)
                    functions[name] = f"function {body}"
            if found == self.kinds:
                return "\n".join((*functions.values(), classes))
            self.kinds = found

    def note(self, scope: str, name: str, kind: str) -> None:
        """Keep what is assigned to a name, or that it is more than one thing."""
        if kind and self.found.setdefault((scope, name), kind) != kind:
            self.found[scope, name] = "any"

    def attribute(self, cls: type | None, name: str) -> str:
        """Return what an attribute of self is."""
        if cls is None:
            return "any"
        if name == "t" or isinstance(getattr(cls, name, None), (Number, Flag)):
            return "number"
        if any(name in getattr(base, "shared", ()) for base in cls.__mro__):
            return "number"
        if not self.kinds:
            return ""
        assigned = [(base.__name__, name) for base in cls.__mro__]
        kinds = {self.kinds[key] for key in assigned if key in self.kinds}
        return "number" if kinds == {"number"} else "any"

    def write_class(self, cls: type) -> str:
        """Return the definition of a class: its table, and its own methods."""
        parents = [base.__name__ for base in cls.__bases__ if base in self.classes]
        methods = []
        for name, member in vars(cls).items():
            title = f"{cls.__name__}.{name}"
            function = member.fget if isinstance(member, property) else member
            if not isfunction(function) or function is vars(Declared).get(name):
                continue
            if title in LEFT_OUT or title in by_hand() or only_raises(function):
                continue
            try:
                written = Method(self, function, cls).write(
                    "init" if name == "__init__" else name
                )
            except CannotTranslateError as error:
                raise CannotTranslateError(f"{title}: {error}") from None
            methods.append("get " * isinstance(member, property) + written)
        body = indent("\n".join(methods), "  ")
        made = f"Above => class extends Above {{\n{body}\n}}" if body else "Above => Above"
        return f"define({to_js(cls.__name__)}, {to_js(parents)}, {table(cls)}, {made});"


def table(cls: type) -> str:
    """Return what a class declares itself."""
    declared = {n: h for n, h in vars(cls).items() if isinstance(h, Hyperparameter)}
    numbers = {n: h for n, h in declared.items() if isinstance(h, Number)}
    data = {
        name: value.tolist() if isinstance(value, np.ndarray) else value
        for name, value in vars(cls).items()
        if isinstance(value, (bool, tuple, np.ndarray))
        and not name.startswith("_")
        and name not in GATHERED
    }
    own = {
        "slots": [*getattr(cls, "_own_slots", ())] if issubclass(cls, Optimizer) else [],
        "asks": getattr(cls, "_own_asked", []),
        "shared": getattr(cls, "_own_shared", {}),
        "functions": [*vars(cls).get("arguments", ())] * issubclass(cls, Schedule),
        "numbers": {
            n: [h.symbol, h.interval, None if h.default is ... else h.default]
            for n, h in numbers.items()
            if not isinstance(h, Count)
        },
        "counts": {
            n: [h.symbol, h.interval, None if h.default is ... else h.default]
            for n, h in numbers.items()
            if isinstance(h, Count)
        },
        "flags": {n: h.default for n, h in declared.items() if isinstance(h, Flag)},
        "data": data,
    }
    return to_js({name: value for name, value in own.items() if value})


def to_js(value: Any) -> str:
    """Return a value as JavaScript."""
    if isinstance(value, dict):
        items = ", ".join(f"{name}: {to_js(each)}" for name, each in value.items())
        return f"{{{items}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(to_js, value))}]"
    if isinstance(value, float) and math.isinf(value):
        return "Infinity"
    return json.dumps(value)


class Method:
    """A function or method while it is written."""

    def __init__(
        self, translator: Translator, function: FunctionType, cls: type | None
    ) -> None:
        self.translator = translator
        self.function = function
        self.cls = cls
        self.tree = tree_of(function)
        self.scope = function.__qualname__
        self.assigned = [
            node.id
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        ]
        self.declared: set[str] = set()
        self.hoisted: list[str] = []
        first, *rest = self.tree.args.args
        self.arguments = rest if cls else [first, *rest]
        spare = self.tree.args.vararg, self.tree.args.kwarg
        self.arguments += [argument for argument in spare if argument]
        self.named = {argument.arg for argument in self.arguments}
        for name in (*self.assigned, *self.named):
            if name in WORDS or name in by_hand():
                self.refuse(self.tree, f"a local name {name}")
        for argument in self.arguments:
            self.translator.note(self.scope, argument.arg, annotated(argument))

    def refuse(self, node: ast.AST, what: str = "") -> Any:
        """Raise an error that shows the source."""
        shown = what or f"{type(node).__name__}: {ast.unparse(node)}"
        raise CannotTranslateError(f"{self.scope}: {shown}")

    def write(self, name: str) -> str:
        """Return the method."""
        body = self.block(self.tree.body, top=True)
        if self.hoisted:
            body = f"let {', '.join(self.hoisted)};\n{body}"
        body = body and f"\n{indent(body, '  ')}\n"
        return f"{name}({self.parameters()}) {{{body}}}"

    def parameters(self) -> str:
        """Return the parameters. Those of update that are slots come by name."""
        spec = self.tree.args
        defaults = dict(
            zip([a.arg for a in spec.args][::-1], spec.defaults[::-1], strict=False)
        )
        rule = self.function.__name__ == "update"
        if spec.kwonlyargs or (spec.kwarg and not rule):
            self.refuse(self.tree, "its parameters")
        texts = [
            f"{a.arg} = {self.expression(defaults[a.arg]).text}"
            if a.arg in defaults
            else "..." * (a in (spec.vararg, spec.kwarg)) + a.arg
            for a in self.arguments
        ]
        if rule and texts[2:]:
            texts[2:] = [f"{{{', '.join(texts[2:])}}}"]
        return ", ".join(texts)

    # Statements

    def block(self, statements: list[ast.stmt], *, top: bool = False) -> str:
        """Return statements, as far as they are reached."""
        lines: list[str] = []
        for statement in statements:
            for part in self.reached(statement):
                lines += self.statement(part, top=top)
                if isinstance(part, ast.Return):
                    return "\n".join(lines)
        return "\n".join(lines)

    def reached(self, statement: ast.stmt) -> Iterator[ast.stmt]:
        """Yield a statement, or of one whose question is answered what follows."""
        answer = self.answer(statement.test) if isinstance(statement, ast.If) else None
        if answer is None:
            yield statement
        else:
            for each in statement.body if answer else statement.orelse:
                yield from self.reached(each)

    def answer(self, test: ast.expr) -> bool | None:
        """Answer a question that a vector of weights answers."""
        match test:
            case ast.Compare(
                ast.Attribute(attr="ndim"), [op], [ast.Constant(int(number))]
            ):
                compare = {ast.Lt: 1 < number, ast.Gt: 1 > number}
                return compare.get(type(op))
            case ast.Compare(ast.Name(name), [op], [ast.Constant(None)]) if (
                self.cls
                and issubclass(self.cls, Optimizer)
                and name in self.cls.slots
            ):
                return (name in absent(self.cls)) == isinstance(op, ast.Is)
        return None

    def statement(self, node: ast.stmt, *, top: bool = False) -> list[str]:
        """Return the lines of a statement."""
        match node:
            case ast.Expr(ast.Constant(str())) | ast.Pass():
                return []
            case ast.If(_, [ast.Raise()], []):
                return []
            case ast.Expr(value):
                return [f"{self.expression(value).text};"]
            case ast.Return(ast.expr() as value):
                written = self.expression(value)
                self.translator.note(self.scope, "return", written.kind)
                return [f"return {written.text};"]
            case ast.If(test, body, orelse):
                lines = [f"if ({self.truth(test).text}) {{", self.inner(body)]
                if orelse:
                    lines += ["} else {", self.inner(orelse)]
                return [*lines, "}"]
            case ast.For(target, iterator, body, []):
                return self.loop(target, iterator, body)
            case ast.With([ast.withitem(context, None)], body):
                return [
                    f"{self.expression(context).text}(() => {{",
                    self.inner(body),
                    "});",
                ]
            case ast.Assign([target], value):
                return self.assign(target, value, top=top)
            case ast.Assign(targets, ast.Constant() as value):
                return [
                    line
                    for target in targets
                    for line in self.assign(target, value, top=top)
                ]
            case ast.AnnAssign(target, _, ast.expr() as value):
                return self.assign(target, value, top=top)
            case ast.AugAssign(target, op, value):
                return self.augment(target, op, value)
        return self.refuse(node)

    def inner(self, body: list[ast.stmt]) -> str:
        return indent(self.block(body), "  ")

    def loop(
        self, target: ast.expr, iterator: ast.expr, body: list[ast.stmt]
    ) -> list[str]:
        """Return a loop, over arrays side by side or over anything else."""
        blocks = "array" if calls(iterator, "blocks") else "any"
        names = self.target(target, blocks)
        head = f"const {names} of {self.expression(iterator).text}"
        return [f"for ({head}) {{", self.inner(body), "}"]

    def target(self, target: ast.expr, kind: str = "any") -> str:
        """Return what a loop gives names to."""
        match target:
            case ast.Name(name):
                self.translator.note(self.scope, name, kind)
                self.declared.add(name)
                return name
            case ast.Tuple(elements):
                return f"[{', '.join(self.target(each, kind) for each in elements)}]"
        return self.refuse(target)

    def name(self, name: str, kind: str, *, top: bool) -> str:
        """Return a name that is assigned to, declared if it is new."""
        self.translator.note(self.scope, name, kind)
        if name in self.declared or name in self.named:
            return name
        self.declared.add(name)
        if top:
            once = self.assigned.count(name) == 1
            return f"{'const' if once else 'let'} {name}"
        self.hoisted.append(name)
        return name

    def assign(self, target: ast.expr, value: ast.expr, *, top: bool) -> list[str]:
        """Return an assignment to a name, an attribute, an item or into an array."""
        match target:
            case ast.Tuple(targets):
                return self.assign_all(targets, value, top=top)
            case ast.Name(name):
                written = self.expression(value)
                return [f"{self.name(name, written.kind, top=top)} = {written.text};"]
            case ast.Attribute(ast.Name("self"), name):
                written = self.expression(value)
                self.note(target, written.kind)
                return [f"this.{name} = {written.text};"]
            case ast.Subscript(array, ast.Constant(value=x)) if x is ...:
                into = self.expression(array).text
                return [f"put({into}, {self.expression(value).text});"]
            case ast.Subscript(array, ast.Name() as index):
                into = f"{self.expression(array).text}[{self.expression(index).text}]"
                return [f"{into} = {self.expression(value).text};"]
        return self.refuse(target)

    def note(self, target: ast.Name | ast.Attribute, kind: str) -> None:
        """Keep what a name or an attribute of self becomes."""
        if isinstance(target, ast.Name):
            self.translator.note(self.scope, target.id, kind)
        elif self.cls:
            self.translator.note(self.cls.__name__, target.attr, kind)

    def assign_all(
        self, targets: list[ast.expr], value: ast.expr, *, top: bool
    ) -> list[str]:
        """Return an assignment to several names at once."""
        sizes = isinstance(value, ast.Attribute) and value.attr == "shape"
        kinds = ["number" if sizes else "any"] * len(targets)
        if isinstance(value, ast.Tuple):
            kinds = [self.expression(each).kind for each in value.elts]
        if not all(isinstance(target, ast.Name) for target in targets):
            return self.refuse(targets[0])
        # One word declares all of them, so new ones beside old ones come first.
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        top = top and not (self.declared | self.named) & {*names}
        words = [
            self.name(name, kind, top=top)
            for name, kind in zip(names, kinds, strict=True)
        ]
        word = "let " if any(each.startswith("let ") for each in words) else "const "
        front = word if top else ""
        return [f"{front}[{', '.join(names)}] = {self.expression(value).text};"]

    def augment(self, target: ast.expr, op: ast.operator, value: ast.expr) -> list[str]:
        """Return ``x += y``: into an array, a new value of a number."""
        if not isinstance(target, ast.Name | ast.Attribute):
            return self.refuse(target)
        old = ast.parse(ast.unparse(target), mode="eval").body
        new = ast.BinOp(old, op, value)
        kind = self.expression(old).kind
        if kind == "array":
            return [f"put({self.expression(old).text}, {self.expression(new).text});"]
        if kind == "any" and isinstance(target, ast.Name):
            self.refuse(target, f"{ast.unparse(target)} may be a number or an array")
        written = self.expression(new)
        if not written.is_number:
            self.note(target, written.kind)
        return [f"{self.expression(old).text} = {written.text};"]

    # Expressions

    def truth(self, node: ast.expr) -> Written:
        """Return a condition, of which JavaScript thinks as Python does."""
        written = self.expression(node)
        return written if written.is_number else self.refuse(node)

    def expression(self, node: ast.expr) -> Written:
        """Return an expression."""
        match node:
            case ast.Constant(bool() | int() | float() as value):
                return Written(to_js(value), "number")
            case ast.Constant(None | str() as value):
                return Written(to_js(value))
            case ast.Name(name):
                return self.look_up(name)
            case ast.Attribute(value, name):
                return self.attribute(node, value, name)
            case ast.BinOp(left, op, right):
                return self.operate(left, op, right)
            case ast.UnaryOp(ast.USub(), operand):
                written = self.expression(operand)
                if written.is_number:
                    return Written(f"-{written.within(SIGN)}", written.kind, SIGN)
                return Written(f"neg({written.text})", written.kind)
            case ast.UnaryOp(ast.Not(), operand):
                return Written(f"!{self.truth(operand).within(SIGN)}", "number", SIGN)
            case ast.Compare(left, [op], [right]):
                return self.compare(node, left, op, right)
            case ast.BoolOp(op, values):
                return self.join(op, values)
            case ast.IfExp(test, body, orelse):
                return self.choose(test, body, orelse)
            case ast.Tuple(elements) | ast.List(elements):
                return Written(f"[{self.listed(elements)}]", "list")
            case ast.Starred(value):
                return Written(f"...{self.expression(value).text}")
            case ast.Dict(keys, values):
                items = [
                    f"{key.value}: {self.expression(value).text}"
                    if isinstance(key, ast.Constant)
                    else f"...{self.expression(value).text}"
                    for key, value in zip(keys, values, strict=True)
                ]
                return Written(f"{{{', '.join(items)}}}", "dict")
            case ast.DictComp(key, value, [ast.comprehension(target, iterator, [], 0)]):
                over = self.expression(iterator).text
                name = self.target(target)
                pair = f"[{self.expression(key).text}, {self.expression(value).text}]"
                made = f"Object.fromEntries({over}.map(({name}) => {pair}))"
                return Written(made, "dict")
            case (
                ast.ListComp(value, [ast.comprehension(target, iterator, tests, 0)])
                | ast.GeneratorExp(
                    value, [ast.comprehension(target, iterator, tests, 0)]
                )
            ):
                over = self.expression(iterator).text
                name = self.target(target)
                for test in tests:
                    over += f".filter(({name}) => {self.truth(test).text})"
                made = f"{over}.map(({name}) => {self.expression(value).text})"
                return Written(over if name == self.expression(value).text else made, "list")
            case ast.Subscript(value, index):
                return self.item(value, index)
            case ast.Call(function, arguments, keywords):
                return self.call(node, function, arguments, keywords)
        return self.refuse(node)

    def listed(self, nodes: list[ast.expr]) -> str:
        return ", ".join(self.expression(each).text for each in nodes)

    def look_up(self, name: str) -> Written:
        """Return a local name, or a number of the module."""
        if name == "self" and self.cls:
            return Written("this")
        if name in self.assigned or name in self.named:
            kinds = self.translator.kinds
            return Written(name, kinds.get((self.scope, name), ""))
        value = self.function.__globals__.get(name)
        if isinstance(value, int | float):
            return Written(to_js(value), "number")
        return self.refuse(ast.Name(name))

    def attribute(self, node: ast.expr, value: ast.expr, name: str) -> Written:
        """Return an attribute of self, or of an array, or a number of NumPy."""
        known = self.known(node)
        if isinstance(known, float):
            return Written(to_js(known), "number")
        if isinstance(value, ast.Name) and value.id == "self" and self.cls:
            return Written(f"this.{name}", self.translator.attribute(self.cls, name))
        function = {"T": "transpose"}.get(name, name)
        if function in numpy_functions():
            kind = "number" if function in REDUCING else "any"
            return Written(f"np.{function}({self.expression(value).text})", kind)
        if self.is_optimizer(value):
            return Written(f"{self.expression(value).text}.{name}")
        return self.refuse(node)

    def is_optimizer(self, node: ast.expr) -> bool:
        """Say whether a parameter is annotated as an optimizer."""
        return any(
            isinstance(node, ast.Name)
            and argument.arg == node.id
            and isinstance(argument.annotation, ast.Name)
            and argument.annotation.id == "Optimizer"
            for argument in self.arguments
        )

    def known(self, node: ast.expr) -> Any:
        """Return the object that a global name, or an attribute of one, stands for."""
        match node:
            case ast.Name(name) if name not in self.assigned and name not in self.named:
                return self.function.__globals__.get(name, getattr(builtins, name, None))
            case ast.Attribute(value, name):
                within = self.known(value)
                return getattr(within, name, None) if within is not None else None
        return None

    def operate(self, left: ast.expr, op: ast.operator, right: ast.expr) -> Written:
        """Return what an operator makes of two values."""
        if isinstance(op, ast.BitOr):
            parts = [self.expression(each) for each in (left, right)]
            if "dict" not in [part.kind for part in parts]:
                return self.refuse(ast.BinOp(left, op, right))
            joined = ", ".join(f"...{part.text}" for part in parts)
            return Written(f"{{{joined}}}", "dict")
        if isinstance(left, ast.Tuple) and isinstance(op, ast.Mult):
            count = self.expression(right).text
            return Written(f"repeat({self.expression(left).text}, {count})", "list")
        a, b = self.expression(left), self.expression(right)
        numbers, kind = a.is_number and b.is_number, joint(a, b)
        if isinstance(op, ast.Pow) and b.text == "2":
            # A product, as NumPy has it: the last bits of a power may differ.
            if numbers and isinstance(left, ast.Name | ast.Attribute):
                return Written(f"{a.text} * {a.text}", kind, PRODUCT)
            return Written(f"squared({a.text})", a.kind)
        if isinstance(op, ast.MatMult):
            return Written(f"matmul({a.text}, {b.text})")
        if numbers and isinstance(op, ast.FloorDiv):
            quotient = f"{a.within(PRODUCT)} / {b.within(PRODUCT + 1)}"
            return Written(f"Math.floor({quotient})", kind)
        if numbers and isinstance(op, ast.Mod):
            return Written(f"mod({a.text}, {b.text})", kind)
        if type(op) not in OPERATORS:
            return self.refuse(ast.BinOp(left, op, right))
        sign, level, function = OPERATORS[type(op)]
        if not numbers:
            return Written(f"{function}({a.text}, {b.text})", kind)
        if sign == "**":
            return Written(f"{a.within(ATOM)} ** {b.within(POWER)}", kind, POWER)
        text = f"{a.within(level)} {sign} {b.within(level + 1)}"
        return Written(text, kind, level)

    def compare(
        self, node: ast.expr, left: ast.expr, op: ast.cmpop, right: ast.expr
    ) -> Written:
        """Return a comparison: a number for numbers, and with None."""
        if isinstance(right, ast.Constant) and right.value is None:
            sign = "==" if isinstance(op, ast.Is) else "!="
            text = f"{self.expression(left).text} {sign} null"
            return Written(text, "number", EQUAL)
        if type(op) not in COMPARISONS:
            return self.refuse(node)
        sign, level, function = COMPARISONS[type(op)]
        a, b = self.expression(left), self.expression(right)
        if a.is_number and b.is_number:
            text = f"{a.within(level + 1)} {sign} {b.within(level + 1)}"
            return Written(text, "number", level)
        if not function:
            return self.refuse(node)
        return Written(f"{function}({a.text}, {b.text})")

    def join(self, op: ast.boolop, values: list[ast.expr]) -> Written:
        """Return ``a or b`` of numbers; of lists, whose emptiness JavaScript ignores."""
        parts = [self.expression(value) for value in values]
        if isinstance(op, ast.Or) and isinstance(values[-1], ast.List):
            a, b = parts
            return Written(f"({a.text}.length ? {a.text} : {b.text})", "list")
        if not all(part.is_number for part in parts):
            self.refuse(values[0], f"truth of {ast.unparse(values[0])}")
        sign, level = (" || ", OR) if isinstance(op, ast.Or) else (" && ", AND)
        return Written(
            sign.join(part.within(level + 1) for part in parts), "number", level
        )

    def choose(self, test: ast.expr, body: ast.expr, orelse: ast.expr) -> Written:
        """Return ``a if c else b``."""
        if (answer := self.answer(test)) is not None:
            return self.expression(body if answer else orelse)
        condition, a, b = self.truth(test), self.expression(body), self.expression(orelse)
        kind = a.kind if a.kind == b.kind else "any" if a.kind and b.kind else ""
        text = f"{condition.within(OR)} ? {a.within(OR)} : {b.within(CHOICE)}"
        return Written(text, kind, CHOICE)

    def item(self, value: ast.expr, index: ast.expr) -> Written:
        """Return ``a["name"]``, ``a[i]`` or a slice."""
        a = self.expression(value)
        match index:
            case ast.Constant(str() as name):
                return Written(f"{a.text}.{name}")
            case ast.Slice(None, None, ast.UnaryOp(ast.USub(), ast.Constant(1))):
                return Written(f"[...{a.text}].reverse()", "list")
            case ast.Slice(lower, upper, None):
                start = self.expression(lower).text if lower else "0"
                end = f", {self.expression(upper).text}" if upper else ""
                return Written(f"{a.text}.slice({start}{end})", "list")
            case ast.Tuple([ast.Constant(value=x), ast.Slice(start, end, None)]) if (
                x is ... and start and end
            ):
                ends = f"{self.expression(start).text}, {self.expression(end).text}"
                return Written(f"np.last({a.text}, {ends})")
            case ast.Constant(int()) | ast.Name() | ast.BinOp():
                return Written(f"{a.text}[{self.expression(index).text}]")
        return self.refuse(index)

    # Calls

    def call(
        self,
        node: ast.expr,
        function: ast.expr,
        arguments: list[ast.expr],
        keywords: list[ast.keyword],
    ) -> Written:
        """Return a call of a method, of a function, or of NumPy's."""
        match function:
            case ast.Attribute(ast.Call(ast.Name("super")), name):
                return self.method("super", name, arguments, keywords)
            case ast.Attribute(ast.Name("self"), name) if self.cls:
                return self.method("this", name, arguments, keywords)
            case ast.Attribute(value, name) if self.is_optimizer(value):
                receiver = self.expression(value).text
                return Written(f"{receiver}.{name}({self.listed(arguments)})")
            case ast.Subscript(ast.Name("dict")):
                return Written("{}", "dict")
        known = self.known(function)
        if known is not None:
            return self.function_call(node, known, arguments, keywords)
        if not isinstance(function, ast.Attribute):
            return self.refuse(node)
        # A method of an array is the function of that name.
        value, name = function.value, function.attr
        if name in numpy_functions():
            return self.numpy(node, name, [value, *arguments], keywords)
        receiver = self.expression(value)
        match name, arguments:
            case "values", []:
                return Written(f"Object.values({receiver.text})", "list")
            case "append", [item]:
                return Written(f"{receiver.text}.push({self.expression(item).text})")
            case "item", []:
                return receiver._replace(kind="number")
            case "tolist", []:
                return receiver
        return self.refuse(node)

    def method(
        self,
        receiver: str,
        name: str,
        arguments: list[ast.expr],
        keywords: list[ast.keyword],
    ) -> Written:
        """Return a call of a method of self, whose keywords take their places."""
        assert self.cls
        above: Any = self.cls if receiver == "this" else super(self.cls, self.cls)
        found = getattr(above, name, None)
        kind = "any"
        if isfunction(found):
            taken = signature(found)
            # A method of a mixin's base may have fewer parameters than the next one.
            arguments = in_order(taken, [ast.Name("self"), *arguments], keywords)[1:]
            kind = "number" if taken.return_annotation is float else "any"
        elif keywords:
            self.refuse(self.tree, f"keywords of {name}")
        name = "init" if name == "__init__" else name
        return Written(f"{receiver}.{name}({self.listed(arguments)})", kind)

    def function_call(
        self,
        node: ast.expr,
        known: Any,
        arguments: list[ast.expr],
        keywords: list[ast.keyword],
    ) -> Written:
        """Return a call of a function that a global name stands for."""
        module = getattr(known, "__module__", "") or ""
        if known in (np.zeros, np.array) or module.partition(".")[0] == "numpy" or isinstance(known, np.ufunc):
            name = ast.unparse(node.func).partition(".")[2].replace(".", "_")
            return self.numpy(node, name, arguments, keywords)
        if isfunction(known) and module.partition(".")[0] == "npoptim":
            if known.__name__ not in by_hand():
                other = self.translator.functions.setdefault(known.__name__, known)
                if other is not known:
                    self.refuse(node, f"two functions are called {known.__name__}")
            ordered = in_order(signature(known), arguments, keywords)
            kind = self.translator.kinds.get((known.__qualname__, "return"), "")
            return Written(f"{known.__name__}({self.listed(ordered)})", kind)
        if keywords and known is not zip:
            return self.refuse(node)
        parts = [self.expression(each) for each in arguments]
        texts = ", ".join(part.text for part in parts)
        if known in MATH:
            if not all(part.is_number for part in parts):
                return self.refuse(node)
            return Written(f"{MATH[known]}({texts})", "number")
        if known is abs:
            return Written(f"np.abs({texts})", parts[0].kind)
        if known is float:
            return parts[0]._replace(kind="number")
        if known is tuple:
            return parts[0]
        if known is len:
            return Written(f"{texts}.length", "number")
        if known is range and len(parts) == 1:
            return Written(f"Array({texts}).keys()", "list")
        if known is enumerate:
            return Written(f"{texts}.entries()", "list")
        if known is zip:
            return Written(f"zip({texts})", "list")
        if known is next:
            first, default = parts
            return Written(f"{first.text}[0] ?? {default.text}", "any", OR)
        return self.refuse(node)

    def numpy(
        self,
        node: ast.expr,
        name: str,
        arguments: list[ast.expr],
        keywords: list[ast.keyword],
    ) -> Written:
        """Return a call of a function of NumPy. All numbers are of one type here."""
        if name not in numpy_functions():
            return self.refuse(node)
        names = numpy_functions()[name]
        given = [each for each in arguments if not is_dtype(each)]
        kept = [each for each in keywords if each.arg != "dtype"]
        parameters = [
            Parameter(each, Parameter.POSITIONAL_OR_KEYWORD, default=None)
            for each in names
        ]
        if name == "reshape":
            parameters[1] = Parameter("shape", Parameter.VAR_POSITIONAL)
        try:
            ordered = in_order(Signature(parameters), given, kept)
        except TypeError:
            return self.refuse(node)
        if name in ("array", "asarray"):
            return self.expression(ordered[0])
        parts = [self.expression(each) for each in ordered]
        whole = name in REDUCING and len(parts) == len(given) <= 1 + (name == "vdot")
        if name in MAKING:
            kind = "array"
        elif whole:
            kind = "number"
        else:
            kind = joint(*parts) if names[0] == "x" else "any"
        return Written(f"np.{name}({', '.join(part.text for part in parts)})", kind)


def annotated(argument: ast.arg) -> str:
    """Return what a parameter is by its annotation."""
    text = ast.unparse(argument.annotation) if argument.annotation else ""
    numbers = {"float": "number", "int": "number", "bool": "number"}
    return numbers.get(text, "array" if text in ("Array", "np.ndarray") else "any")


def calls(node: ast.expr, name: str) -> bool:
    """Say whether an expression is a call of a method."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == name
    )


def is_dtype(node: ast.expr) -> bool:
    """Say whether an argument is the type of an array's numbers."""
    return isinstance(node, ast.Attribute) and node.attr == "dtype"


def in_order(
    taken: Signature, arguments: list[ast.expr], keywords: list[ast.keyword]
) -> list[ast.expr]:
    """Return arguments in the order of the parameters, up to the last one given."""
    bound = taken.bind(*arguments, **{str(each.arg): each.value for each in keywords})
    names = [*taken.parameters]
    last = max((names.index(name) for name in bound.arguments), default=-1)
    ordered: list[ast.expr] = []
    for name in names[: last + 1]:
        value = bound.arguments.get(name, ast.Constant(None))
        ordered += value if isinstance(value, tuple) else [value]
    return ordered


@cache
def translated() -> list[type]:
    """Return the classes that are written, each after those it is made of."""
    public = [getattr(npoptim, name) for name in npoptim.__all__]
    public += [getattr(problems, name) for name in problems.__all__]
    kinds = Optimizer, Schedule, Problem
    found = {
        base: None
        for cls in public
        if isinstance(cls, type) and issubclass(cls, kinds)
        for base in reversed(cls.__mro__)
        if issubclass(base, kinds) and base.__name__ not in LEFT_OUT
    }
    return [*found]


@cache
def script() -> str:
    """Return the whole script."""
    names = "classes, compose, create, descend, np, schedule"
    return "\n".join(
        (
            f"// npoptim {npoptim.__version__}: its rules, from their Python.",
            'const npoptim = (() => {\n"use strict";\n',
            runtime(),
            Translator(translated()).write(),
            f"return {{{names}}};\n}})();\n",
        )
    )


def write_file(app: Any, exception: Exception | None) -> None:
    """Write the script beside the theme's."""
    if not exception and app.builder.format == "html":
        path = Path(app.outdir) / "_static" / "npoptim.js"
        path.write_text(script(), encoding="utf-8")


def setup(app: Any) -> dict[str, bool]:
    """Write the script at the end."""
    app.connect("build-finished", write_file)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
