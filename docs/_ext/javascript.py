"""A function of Python's as one of JavaScript's, for what rules consist of.

It is read as a syntax tree and written statement by statement. Where both sides of an
operator are numbers, JavaScript's own is written, and elsewhere a function that takes
arrays, too. What is a number is found from what is declared and annotated, and from
what is assigned.

The weights of a page are one vector. So a question of that, such as ``w.ndim < 2`` or
whether a slot is None, is answered here, and what is for matrices alone is not written.
Neither are checks, an ``if`` that does nothing but raise an error: the page's controls
keep to what is declared.

Where a number ends at infinity, both go on in their own way: Python may raise an error,
and to JavaScript NaN is false.
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

from npoptim import Arrays, Flag, Number, Optimizer

RUNTIME = Path(__file__).with_name("runtime.js").read_text(encoding="utf-8")

# How tightly JavaScript binds, from loose to tight.
CHOICE, OR, AND, EQUAL, ORDER, SUM, PRODUCT, POWER, SIGN, ATOM = range(10)
# Operators of numbers, and the functions for arrays that the runtime has.
OPERATORS = {
    ast.Add: ("+", SUM, "add"),
    ast.Sub: ("-", SUM, "sub"),
    ast.Mult: ("*", PRODUCT, "mul"),
    ast.Div: ("/", PRODUCT, "div"),
    ast.Pow: ("**", POWER, "pow"),
    ast.Lt: ("<", ORDER, "lt"),
    ast.Gt: (">", ORDER, "gt"),
    ast.LtE: ("<=", ORDER, ""),
    ast.GtE: (">=", ORDER, ""),
    ast.Eq: ("===", EQUAL, ""),
    ast.NotEq: ("!==", EQUAL, ""),
}
# Functions of numbers.
MATH = {
    math.sqrt: "Math.sqrt({})",
    math.cos: "Math.cos({})",
    min: "Math.min({})",
    max: "Math.max({})",
}
# Functions of NumPy that find one number, if no axis is given, and that make an array.
FINDING = frozenset(("sum", "mean", "max", "vdot", "linalg_norm", "size", "ndim"))
MAKING = frozenset(("zeros", "full", "eye"))

# What is a name in Python and not in JavaScript.
WORDS = (
    "arguments case catch const debugger default delete do enum eval export extends "
    "function implements instanceof interface let new package private protected public "
    "static super switch this throw typeof undefined var void"
)


class CannotTranslateError(Exception):
    """What a rule has that is not known here."""


class Written(NamedTuple):
    """An expression in JavaScript, whether it is a number, and how tightly it binds."""

    text: str
    number: bool = False
    level: int = ATOM

    def within(self, level: int) -> str:
        """Return the text as a part of what binds so tightly."""
        return self.text if self.level >= level else f"({self.text})"


class Known:
    """What is known of all functions while they are written.

    One may assign what another one reads. So all are written again until nothing new
    is found that is not a number.
    """

    def __init__(self) -> None:
        self.functions: dict[str, FunctionType] = {}
        self.assigned: set[tuple[str, str]] = set()
        self.arrays: set[tuple[str, str]] = set()
        self.first = True

    def note(self, scope: str, name: str, number: bool) -> None:
        """Keep what is assigned to a name of a function, or an attribute of a class."""
        self.assigned.add((scope, name))
        if not number:
            self.arrays.add((scope, name))

    def is_number(self, cls: type, name: str) -> bool:
        """Say whether an attribute of self is a number, as far as is known."""
        if name == "t" or isinstance(getattr(cls, name, None), Number | Flag):
            return True
        keys = {(base.__name__, name) for base in cls.__mro__}
        found = self.first or name in getattr(cls, "shared", ()) or keys & self.assigned
        return bool(found) and not keys & self.arrays


@cache
def numpy_functions() -> dict[str, list[str]]:
    """Return the functions of NumPy that the runtime has, with their parameters."""
    (body,) = re.findall(r"^const np = \{\n(.*?)^\};", RUNTIME, re.M | re.S)
    heads = re.findall(r"^  (\w+): (unary\(|binary\(|\([^)]*\))", body, re.M)
    takes = {"unary(": ["x"], "binary(": ["x", "y"]}
    return {n: takes.get(h) or re.findall(r"[a-z]+", h) for n, h in heads}


@cache
def by_hand() -> frozenset[str]:
    """Return the names that the runtime has, and methods of the template."""
    names = re.findall(r"^(?:const|class) (\w+)", RUNTIME, re.M)
    (body,) = re.findall(r"^class Optimizer .*?^\}", RUNTIME, re.M | re.S)
    methods = re.findall(r"^  (\w+)\(.*\) \{$", body, re.M)
    return frozenset((*names, *(f"Optimizer.{name}" for name in methods)))


@cache
def absent(cls: type[Optimizer]) -> frozenset[str]:
    """Return the slots that a vector of weights does not have."""
    state = cls(Arrays(w=np.ones(2))).state
    return frozenset(slot for slot, (layer,) in state.items() if "w" not in layer)


def to_js(value: Any) -> str:
    """Return a value as JavaScript."""
    if isinstance(value, dict):
        items = ", ".join(f"{name}: {to_js(each)}" for name, each in value.items())
        return f"{{{items}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(to_js, value))}]"
    return json.dumps(value)  # infinity, too, has the same name


def tree_of(function: FunctionType) -> ast.FunctionDef:
    """Return the syntax tree of a function."""
    (tree,) = ast.parse(dedent(getsource(function))).body
    assert isinstance(tree, ast.FunctionDef)
    return tree


class Function:
    """A function, or a method of a class, while it is written."""

    def __init__(
        self, known: Known, function: FunctionType, cls: type | None = None
    ) -> None:
        self.known = known
        self.function = function
        self.cls = cls
        self.tree = tree_of(function)
        self.scope = function.__qualname__
        spec = self.tree.args
        self.arguments = [*spec.args, *filter(None, (spec.vararg, spec.kwarg))]
        # Who is self, and what it is called.
        self.self, self.this = "", "this"
        if cls:
            self.self = self.arguments.pop(0).arg
        elif annotation(self.arguments[0]) == "Optimizer":
            self.self = self.this = self.arguments[0].arg
            self.cls = Optimizer
        self.assigned = [
            node.id
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        ]
        self.declared = {argument.arg for argument in self.arguments}
        self.local = {*self.assigned, *self.declared}
        self.hoisted: list[str] = []
        if taken := self.local & {*WORDS.split(), *by_hand()}:
            self.refuse(self.tree, f"a local name {', '.join(taken)}")
        for argument in self.arguments:
            number = annotation(argument) in ("float", "int", "bool")
            known.note(self.scope, argument.arg, number)

    def refuse(self, node: ast.AST, what: str = "") -> Any:
        """Raise an error that shows the source."""
        shown = what or f"{type(node).__name__} in {ast.unparse(node)}"
        raise CannotTranslateError(f"{self.scope}: {shown}")

    def write(self, name: str) -> str:
        """Return the function as a method of an object."""
        body = self.block(self.tree.body, top=True)
        if self.hoisted:
            body = f"let {', '.join(self.hoisted)};\n{body}"
        body = body and f"\n{indent(body, '  ')}\n"
        return f"{name}({self.parameters()}) {{{body}}}"

    def parameters(self) -> str:
        """Return the parameters. A rule takes its state by name."""
        spec = self.tree.args
        rule = self.function.__name__ == "update"
        if spec.kwonlyargs or spec.posonlyargs or (spec.kwarg and not rule):
            self.refuse(self.tree, "its parameters")
        pairs = zip(spec.args[::-1], spec.defaults[::-1], strict=False)
        defaults = {a.arg: f" = {self.text(value)}" for a, value in pairs}
        texts = [
            "..." * (a in (spec.vararg, spec.kwarg)) + a.arg + defaults.get(a.arg, "")
            for a in self.arguments
        ]
        if rule and texts[2:]:
            texts[2:] = [f"{{{', '.join(texts[2:])}}}"]
        return ", ".join(texts)

    # Statements

    def block(self, statements: list[ast.stmt], *, top: bool = False) -> str:
        """Return statements, as far as they are reached."""
        lines: list[str] = []
        for statement in self.reached(statements):
            lines += self.statement(statement, top)
            if isinstance(statement, ast.Return):
                break
        return "\n".join(lines)

    def reached(self, statements: list[ast.stmt]) -> Iterator[ast.stmt]:
        """Yield statements; of an ``if`` that is answered here, those that follow."""
        for each in statements:
            answer = self.answer(each.test) if isinstance(each, ast.If) else None
            if answer is None:
                yield each
            elif isinstance(each, ast.If):
                yield from self.reached(each.body if answer else each.orelse)

    def answer(self, test: ast.expr) -> bool | None:
        """Answer a question that a vector of weights answers."""
        match test:
            case ast.Compare(ast.Attribute(_, "ndim"), [op], [ast.Constant(int(n))]):
                return {ast.Lt: n > 1, ast.Gt: n < 1}.get(type(op))
            case ast.Compare(ast.Name(name), [op], [ast.Constant(None)]):
                cls = self.cls
                if cls and issubclass(cls, Optimizer) and name in cls.slots:
                    return (name in absent(cls)) == isinstance(op, ast.Is)
        return None

    def statement(self, node: ast.stmt, top: bool) -> list[str]:
        """Return the lines of a statement."""
        match node:
            case (
                ast.Expr(ast.Constant(str()))
                | ast.Pass()
                | ast.If(_, [ast.Raise()], [])
            ):
                return []
            case ast.Expr(value):
                return [f"{self.text(value)};"]
            case ast.Return(ast.expr() as value):
                written = self.expression(value)
                self.known.note(self.scope, "return", written.number)
                return [f"return {written.text};"]
            case ast.If(test, body, orelse):
                head = f"if ({self.number(test).text}) {{"
                rest = ["} else {", self.inner(orelse)] if orelse else []
                return [head, self.inner(body), *rest, "}"]
            case ast.For(target, iterator, body, []):
                head = f"const {self.target(target)} of {self.text(iterator)}"
                return [f"for ({head}) {{", self.inner(body), "}"]
            case ast.With([ast.withitem(context, None)], body):
                return [f"{self.text(context)}(() => {{", self.inner(body), "});"]
            case ast.Assign(targets, value) if len(targets) == 1 or isinstance(
                value, ast.Constant
            ):
                return [self.assign(target, value, top) for target in targets]
            case ast.AnnAssign(target, _, ast.expr() as value):
                return [self.assign(target, value, top)]
            case ast.AugAssign(ast.Name() | ast.Attribute() as target, op, value):
                return [self.augment(target, op, value)]
        return self.refuse(node)

    def inner(self, body: list[ast.stmt]) -> str:
        return indent(self.block(body), "  ")

    def target(self, target: ast.expr) -> str:
        """Return what a loop gives names to."""
        match target:
            case ast.Name(name):
                self.known.note(self.scope, name, number=False)
                self.declared.add(name)
                return name
            case ast.Tuple(elements):
                return f"[{', '.join(map(self.target, elements))}]"
        return self.refuse(target)

    def declare(self, names: list[str], top: bool) -> str:
        """Return the word in front of names that are new, or keep them for the top."""
        new = [name for name in names if name not in self.declared]
        self.declared.update(new)
        if top and new == names:
            once = all(self.assigned.count(name) == 1 for name in names)
            return "const " if once else "let "
        self.hoisted += new
        return ""

    def assign(self, target: ast.expr, value: ast.expr, top: bool) -> str:
        """Return an assignment to names, an attribute, an item or into an array."""
        written = self.expression(value)
        match target:
            case ast.Name(name):
                self.known.note(self.scope, name, written.number)
                return f"{self.declare([name], top)}{name} = {written.text};"
            case ast.Tuple(targets) if all(isinstance(t, ast.Name) for t in targets):
                names = [ast.unparse(each) for each in targets]
                for i, name in enumerate(names):
                    self.known.note(self.scope, name, self.is_number(value, i))
                word = self.declare(names, top)
                return f"{word}[{', '.join(names)}] = {written.text};"
            case ast.Attribute(ast.Name(self.self), name):
                assert self.cls
                self.known.note(self.cls.__name__, name, written.number)
                return f"{self.this}.{name} = {written.text};"
            case ast.Subscript(array, ast.Constant(value=index)) if index is ...:
                return f"put({self.text(array)}, {written.text});"
            case ast.Subscript(array, ast.Name() as index):
                return f"{self.text(array)}[{self.text(index)}] = {written.text};"
        return self.refuse(target)

    def is_number(self, value: ast.expr, i: int) -> bool:
        """Say whether an item of a tuple is a number."""
        if isinstance(value, ast.Tuple):
            return self.expression(value.elts[i]).number
        return isinstance(value, ast.Attribute) and value.attr == "shape"

    def augment(
        self, target: ast.Name | ast.Attribute, op: ast.operator, value: ast.expr
    ) -> str:
        """Return ``x += y``: into an array, or a new value of a number."""
        old = ast.parse(ast.unparse(target), mode="eval").body
        new = ast.BinOp(old, op, value)
        if self.expression(old).number:
            return self.assign(target, new, top=False)
        return f"put({self.text(old)}, {self.text(new)});"

    # Expressions

    def text(self, node: ast.expr) -> str:
        """Return the text of an expression."""
        return self.expression(node).text

    def texts(self, nodes: list[ast.expr]) -> str:
        """Return the texts of several, for a list or a call."""
        return ", ".join(map(self.text, nodes))

    def atom(self, node: ast.expr) -> str:
        """Return the text of an expression, to stand in front of a dot."""
        return self.expression(node).within(ATOM)

    def number(self, node: ast.expr) -> Written:
        """Return a number; of anything else JavaScript has another truth."""
        written = self.expression(node)
        return written if written.number else self.refuse(node)

    def expression(self, node: ast.expr) -> Written:
        """Return an expression."""
        match node:
            case ast.Constant(builtins.Ellipsis):
                return Written("undefined")
            case ast.Constant(None | bool() | int() | float() | str() as value):
                return Written(to_js(value), isinstance(value, int | float))
            case ast.Name(self.self) if self.self:
                return Written(self.this)
            case ast.Name(name) if name in self.local:
                return Written(name, (self.scope, name) not in self.known.arrays)
            case ast.Name() if isinstance(value := self.named(node), int | float):
                return Written(to_js(value), number=True)
            case ast.Attribute(value, name):
                return self.attribute(node, value, name)
            case ast.BinOp(left, op, right):
                return self.operate(node, left, op, right)
            case ast.UnaryOp(ast.USub(), operand):
                written = self.expression(operand)
                if written.number:
                    return Written(f"-{written.within(SIGN)}", True, SIGN)
                return Written(f"neg({written.text})")
            case ast.Compare(left, [op], [ast.Constant(None)]):
                sign = "==" if isinstance(op, ast.Is) else "!="
                return Written(f"{self.atom(left)} {sign} null", True, EQUAL)
            case ast.Compare(left, [op], [right]):
                return self.operate(node, left, op, right)
            case ast.BoolOp(ast.Or(), [left, ast.List() as right]):
                a = self.atom(left)
                return Written(f"({a}.length ? {a} : {self.text(right)})")
            case ast.BoolOp(op, values):
                sign, level = ("||", OR) if isinstance(op, ast.Or) else ("&&", AND)
                parts = [self.number(value).within(level + 1) for value in values]
                return Written(f" {sign} ".join(parts), True, level)
            case ast.IfExp(test, body, orelse):
                return self.choose(test, body, orelse)
            case ast.Tuple(elements) | ast.List(elements):
                return Written(f"[{self.texts(elements)}]")
            case ast.Starred(value):
                return Written(f"...{self.text(value)}")
            case ast.Dict(keys, values):
                pairs = zip(map(self.key, keys), map(self.text, values), strict=True)
                return Written(f"{{{', '.join(map(''.join, pairs))}}}")
            case ast.DictComp(key, value, [ast.comprehension() as clause]):
                made = self.loop(ast.Tuple([key, value]), clause)
                return Written(f"Object.fromEntries({made})")
            case ast.ListComp(
                value, [ast.comprehension() as clause]
            ) | ast.GeneratorExp(value, [ast.comprehension() as clause]):
                return Written(self.loop(value, clause))
            case ast.Subscript(value, index):
                return self.item(value, index)
            case ast.Call(function, arguments, keywords):
                return self.call(node, function, arguments, keywords)
        return self.refuse(node)

    def key(self, key: ast.expr | None) -> str:
        """Return what stands in front of a dict's item, or of a dict in it."""
        match key:
            case None:
                return "..."
            case ast.Constant(str() as name):
                return f"{name}: "
        return self.refuse(key)

    def named(self, node: ast.expr) -> Any:
        """Return what a name of the module, or an attribute of it, stands for."""
        match node:
            case ast.Name(name) if name not in self.local and name != self.self:
                builtin = getattr(builtins, name, None)
                return self.function.__globals__.get(name, builtin)
            case ast.Attribute(value, name):
                return getattr(self.named(value), name, None)
        return None

    def attribute(self, node: ast.expr, value: ast.expr, name: str) -> Written:
        """Return an attribute of self, or of an array, or a number of a module."""
        if isinstance(known := self.named(node), float):
            return Written(to_js(known), number=True)
        if isinstance(value, ast.Name) and value.id == self.self and self.cls:
            number = self.known.is_number(self.cls, name)
            return Written(f"{self.this}.{name}", number)
        function = "transpose" if name == "T" else name
        if function in numpy_functions():
            return Written(f"np.{function}({self.text(value)})", function in FINDING)
        return self.refuse(node)

    def operate(
        self, node: ast.expr, left: ast.expr, op: ast.AST, right: ast.expr
    ) -> Written:
        """Return what an operator makes of two values."""
        a, b = self.expression(left), self.expression(right)
        numbers = a.number and b.number
        match op, left, right:
            case ast.Pow(), _, ast.Constant(2):
                # A product, as NumPy has it: the last bits of a power may differ.
                if numbers and isinstance(left, ast.Name | ast.Attribute):
                    return Written(f"{a.text} * {a.text}", True, PRODUCT)
                return Written(f"squared({a.text})", a.number)
            case ast.MatMult(), _, _:
                return Written(f"matmul({a.text}, {b.text})")
            case (ast.BitOr(), ast.Dict(), _) | (ast.BitOr(), _, ast.Dict()):
                return Written(f"{{...{a.text}, ...{b.text}}}")
            case ast.Mult(), ast.Tuple(), _:
                return Written(f"repeat({a.text}, {b.text})")
            case ast.FloorDiv(), _, _ if numbers:
                quotient = f"{a.within(PRODUCT)} / {b.within(SIGN)}"
                return Written(f"Math.floor({quotient})", True)
            case ast.Mod(), _, _ if numbers:
                return Written(f"mod({a.text}, {b.text})", True)
        sign, level, function = OPERATORS.get(type(op), ("", 0, ""))
        if numbers and sign:
            # Powers bind to the right, and their base cannot have a sign.
            power = sign == "**"
            front = a.within(ATOM if power else level)
            back = b.within(level if power else level + 1)
            return Written(f"{front} {sign} {back}", True, level)
        return (
            Written(f"{function}({a.text}, {b.text})")
            if function
            else self.refuse(node)
        )

    def choose(self, test: ast.expr, body: ast.expr, orelse: ast.expr) -> Written:
        """Return ``a if c else b``."""
        if (answer := self.answer(test)) is not None:
            return self.expression(body if answer else orelse)
        c, a, b = self.number(test), self.expression(body), self.expression(orelse)
        text = f"{c.within(OR)} ? {a.within(OR)} : {b.text}"
        return Written(text, a.number and b.number, CHOICE)

    def loop(self, value: ast.expr, clause: ast.comprehension) -> str:
        """Return ``a for b in c if d``."""
        over, name = self.atom(clause.iter), self.target(clause.target)
        for test in clause.ifs:
            over += f".filter(({name}) => {self.number(test).text})"
        if ast.unparse(value) == ast.unparse(clause.target):
            return over
        return f"{over}.map(({name}) => {self.text(value)})"

    def item(self, value: ast.expr, index: ast.expr) -> Written:
        """Return an item or a slice."""
        front = self.atom(value)
        match index:
            case ast.Slice(None, None, ast.UnaryOp(ast.USub(), ast.Constant(1))):
                return Written(f"[...{front}].reverse()")
            case ast.Slice(start, end, None):
                ends = [start or ast.Constant(0), *filter(None, [end])]
                return Written(f"{front}.slice({self.texts(ends)})")
            case ast.Tuple([ast.Constant(builtins.Ellipsis), ast.Slice(a, b, None)]):
                ends = [value, a or ast.Constant(0), *filter(None, [b])]
                return Written(f"np.last({self.texts(ends)})")
            case ast.Constant(str() as name):
                return Written(f"{front}.{name}")
            case ast.Constant(int()) | ast.Name() | ast.BinOp():
                return Written(f"{front}[{self.text(index)}]")
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
            case ast.Attribute(ast.Call(ast.Name("super"), []), name):
                return self.method("super", name, arguments, keywords)
            case ast.Attribute(ast.Name(self.self), name) if self.self:
                return self.method(self.this, name, arguments, keywords)
            case ast.Subscript(ast.Name("dict")) if not arguments:
                return Written("{}")
        if (known := self.named(function)) is not None:
            return self.function_call(node, function, known, arguments, keywords)
        if not isinstance(function, ast.Attribute):
            return self.refuse(node)
        # A method of an array is the function of that name.
        value, name = function.value, function.attr
        if name in numpy_functions():
            return self.numpy(node, name, [value, *arguments], keywords)
        match name, arguments:
            case "values", []:
                return Written(f"Object.values({self.text(value)})")
            case "append", [item]:
                return Written(f"{self.atom(value)}.push({self.text(item)})")
            case "item", []:
                return self.expression(value)._replace(number=True)
            case "tolist", []:
                return self.expression(value)
        return self.refuse(node)

    def method(
        self,
        this: str,
        name: str,
        arguments: list[ast.expr],
        keywords: list[ast.keyword],
    ) -> Written:
        """Return a call of a method of self, with each argument in its place."""
        cls: Any = super(self.cls, self.cls) if this == "super" else self.cls
        found = getattr(cls, name, None)
        number = False
        if isfunction(found):
            taken = signature(found)
            arguments = in_order(taken, [ast.Name("self"), *arguments], keywords)[1:]
            number = taken.return_annotation is float
        elif keywords:
            self.refuse(self.tree, f"keywords of {name}")
        called = "init" if name == "__init__" else name
        return Written(f"{this}.{called}({self.texts(arguments)})", number)

    def function_call(
        self,
        node: ast.expr,
        function: ast.expr,
        known: Any,
        arguments: list[ast.expr],
        keywords: list[ast.keyword],
    ) -> Written:
        """Return a call of what a name of the module stands for."""
        name = ast.unparse(function)
        if name.startswith("np."):
            return self.numpy(node, name[3:].replace(".", "_"), arguments, keywords)
        if isfunction(known) and known.__module__.startswith("npoptim."):
            arguments = in_order(signature(known), arguments, keywords)
            functions = {} if name in by_hand() else self.known.functions
            if functions.setdefault(name, known) is not known:
                self.refuse(node, f"two functions are called {name}")
            number = (known.__qualname__, "return") not in self.known.arrays
            return Written(f"{name}({self.texts(arguments)})", number)
        match known, arguments:
            case builtins.float, [value]:
                return self.expression(value)._replace(number=True)
            case builtins.tuple, [value]:
                return self.expression(value)
            case builtins.abs, [value]:
                return self.numpy(node, "abs", arguments, keywords)
            case builtins.len, [value]:
                return Written(f"{self.atom(value)}.length", number=True)
            case builtins.range, [value]:
                return Written(f"Array({self.text(value)}).keys()")
            case builtins.enumerate, [value]:
                return Written(f"{self.atom(value)}.entries()")
            case builtins.zip, _:
                return Written(f"zip({self.texts(arguments)})")
            case builtins.next, [value, default]:
                text = f"{self.atom(value)}[0] ?? {self.text(default)}"
                return Written(text, False, CHOICE)
        if known in MATH and not keywords:
            texts = ", ".join(self.number(each).text for each in arguments)
            return Written(MATH[known].format(texts), number=True)
        return self.refuse(node)

    def numpy(
        self,
        node: ast.expr,
        name: str,
        arguments: list[ast.expr],
        keywords: list[ast.keyword],
    ) -> Written:
        """Return a call of a function of NumPy's. All numbers are of one type here."""
        if name not in numpy_functions():
            return self.refuse(node)
        kind = Parameter.POSITIONAL_OR_KEYWORD
        taken = Signature(
            [
                Parameter(each, Parameter.VAR_POSITIONAL if each == "sizes" else kind)
                for each in numpy_functions()[name]
            ]
        )
        given = [each for each in arguments if not is_dtype(each)]
        try:
            kept = [each for each in keywords if each.arg != "dtype"]
            ordered = in_order(taken, given, kept)
        except TypeError:
            return self.refuse(node)
        if name in ("array", "asarray"):
            return self.expression(ordered[0])
        numbers = all(self.expression(each).number for each in ordered)
        number = numbers and name not in MAKING
        number |= name in FINDING and len(ordered) == 1 + (name == "vdot")
        return Written(f"np.{name}({self.texts(ordered)})", number)


def annotation(argument: ast.arg) -> str:
    """Return the annotation of a parameter."""
    return ast.unparse(argument.annotation) if argument.annotation else ""


def is_dtype(node: ast.expr) -> bool:
    """Say whether an argument is the type of an array's numbers."""
    return isinstance(node, ast.Attribute) and node.attr == "dtype"


def in_order(
    taken: Signature, arguments: list[ast.expr], keywords: list[ast.keyword]
) -> list[ast.expr]:
    """Return arguments in the order of the parameters, with ``...`` for what is not."""
    given = {str(each.arg): each.value for each in keywords}
    bound = taken.bind_partial(*arguments, **given).arguments
    names = [*taken.parameters]
    last = max((names.index(name) for name in bound), default=-1)
    ordered: list[ast.expr] = []
    for name in names[: last + 1]:
        value = bound.get(name, ast.Constant(...))
        ordered += value if isinstance(value, tuple) else [value]
    return ordered
