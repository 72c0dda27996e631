"""The equations of a framework's call, from the steps of the data of conventions.

What a call never has is left out: the steps are simplified with those terms at 0, and
what is left is written as LaTeX.
"""

import ast
import operator
from collections import Counter
from collections.abc import Container, Iterator, Mapping
from math import inf
from typing import Any

from npoptim.conventions.expressions import assignments
from npoptim.conventions.form import REQUIRED, Form, Rule
from npoptim.conventions.translation import terms_of

# What a term or a value of the steps is written as, but for single letters.
SYMBOLS = {
    "lr": r"\lambda",
    "momentum": r"\mu",
    "dampening": r"\tau",
    "penalty": r"\alpha",
    "decay": r"\alpha",
    "eps": r"\varepsilon",
    "eps_hat": r"\hat\varepsilon",
    "eps_after": r"\varepsilon",
    "inside": r"\varepsilon",
    "inside_steps": r"\varepsilon",
    "rho": r"\delta",
    "rate_falls": r"\eta",
    "beta1": r"\beta_1",
    "beta2": r"\beta_2",
    "rise": r"\psi",
    "mu": r"\mu",
    "nu": r"\nu",
    "first": "w_0",
    "lr_next": r"\hat\lambda",
    "fall": r"\delta",
    "exponent": r"\nu",
    "alpha": r"\gamma",
    "beta": r"\beta",
    "beta3": r"\beta_3",
    "minus": r"\eta^-",
    "plus": r"\eta^+",
    "least": r"s_{\min}",
    "most": r"s_{\max}",
    "initial": r"\rho",
    "initial_mean": r"\rho",
    "squared": r"\rho",
    "share": r"\rho",
    "distance": r"\rho",
    "first_rate": r"\eta",
    "estimate": r"\eta",
    "trust": r"\eta",
    "least_norm": r"\rho",
    "least_gradient": r"\rho",
    "decay_before": r"\alpha",
    "decay_average": r"\alpha",
    "shrinkage": r"\psi",
    "l1": r"\alpha_1",
    "l2": r"\alpha_2",
    "eps_rate": r"\varepsilon",
    "added": r"\varepsilon",
    "threshold": r"\tau",
    "unit": r"\omega",
    "ahead": r"\gamma",
    "slow": r"\gamma",
    "power": r"\nu",
    "loss": "L",
    "f_min": r"L_{\min}",
    "scale": r"\eta",
    "rate": r"\lambda",
    "initial_rate": r"\lambda_1",
    "end": r"\lambda_{\text{end}}",
    "steps": "T",
    "begin": r"\tau",
    "warmup": r"\tau",
    "factor": "q",
    "growth": "q",
    "pi": r"\pi",
    "bound": "c",
    "after": "t_0",
    "period": "K",
    "slow_step": r"\omega",
    "tau": r"\tau",
    "decay_alone": r"\alpha",
    "clip": "d",
    "least_root": r"\varepsilon_1",
    "least_rows": r"\varepsilon_1",
    "least_share": r"\varepsilon_2",
    "shortest": "n",
    "iterations": "n",
    "rms": r"\rho",
    "radius": r"\rho",
    "rows": r"\text{rows}",
    "columns": r"\text{columns}",
}
OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.Eq: operator.eq,
    ast.Gt: operator.gt,
    ast.Lt: operator.lt,
}
COMPARISONS = {ast.Eq: "=", ast.Gt: ">", ast.Lt: "<", ast.GtE: r"\ge"}
SUM, PRODUCT, POWER, ATOM = range(4)
# Of steps, half are some, and more than those of a rise before.
LARGE = 64.5


class Simplify(ast.NodeTransformer):
    """Work out what is known, such as a product with 0."""

    def __init__(
        self, known: Mapping[str, ast.expr], terms: Container[str] = ()
    ) -> None:
        self.known, self.terms = known, terms

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Put what is known in the place of its name."""
        return self.known.get(node.id, node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """Leave out what changes nothing."""
        left, right = self.visit(node.left), self.visit(node.right)
        one, two = value_of(left), value_of(right)
        kind = type(node.op)
        if one is not None and two is not None and kind is not ast.Div:
            return ast.Constant(OPERATORS[kind](one, two))
        if kind in (ast.Add, ast.Sub) and two == 0:
            return left
        if kind is ast.Add and one == 0:
            return right
        if kind is ast.Mult and 0 in (one, two):
            return ast.Constant(0)
        if kind is ast.Mult and one == 1:
            return right
        if kind in (ast.Mult, ast.Div, ast.Pow) and two == 1:
            return left
        if kind in (ast.Div, ast.Pow) and one == 0:
            return ast.Constant(0)
        if kind is ast.Pow and one == 1:
            return ast.Constant(1)
        return ast.BinOp(left, node.op, right)

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """Choose one of several that are known."""
        values = self.visit(node.value)
        if isinstance(values, ast.Tuple):
            return values.elts[value_of(node.slice)]
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        """Compare numbers that are known."""
        left, (right,) = self.visit(node.left), map(self.visit, node.comparators)
        one, two = value_of(left), value_of(right)
        if one is not None and two is not None:
            return ast.Constant(OPERATORS[type(node.ops[0])](one, two))
        return ast.Compare(left, node.ops, [right])

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """Choose where the condition is known, or where there is no choice."""
        arguments = [self.visit(each) for each in node.args]
        assert isinstance(node.func, ast.Name)
        if node.func.id == "where":
            condition, one, other = arguments
            known = value_of(condition)
            if isinstance(condition, ast.Name) and condition.id in self.terms:
                known = True  # those that are 0 have been left out
            if known is not None:
                return one if known else other
            if ast.dump(one) == ast.dump(other):
                return one
        elif node.func.id == "wave":
            (x,) = arguments
            wave = ast.parse("(1 + cos(pi * x)) / 2", mode="eval").body
            return Simplify({"x": x}).visit(wave)
        elif node.func.id == "floor" and is_whole(arguments[0]):
            return arguments[0]
        elif node.func.id in OF_A_MATRIX:
            return of_a_matrix(node.func.id, *arguments)
        elif node.func.id == "min" and value_of(arguments[1]) == inf:
            return arguments[0]
        return ast.Call(node.func, arguments, [])


def of_a_matrix(name: str, x: ast.expr, *options: ast.expr) -> ast.expr:
    """Return what a function of an array is where that is a matrix."""
    if name == "factored":
        (shortest,) = options
        if value_of(shortest) == 0:
            return ast.Constant(True)
        least = ast.parse("min(rows, columns)", mode="eval").body
        return ast.Compare(least, [ast.GtE()], [shortest])
    if name == "shape":
        return ast.Tuple([ast.Name("rows"), ast.Name("columns")])
    axis = value_of(options[0])
    if axis > 2:
        return ast.Constant(inf)
    # In all of a column, for each one, is along the rows.
    return ast.Call(ast.Name(("largest_of_rows", "largest_of_columns")[axis - 1]), [x])


def is_whole(node: ast.expr) -> bool:
    """Return whether an expression is made of the step and constants without parts."""
    return names_in(node) <= {"t"} and not any(
        isinstance(each, ast.Div) for each in ast.walk(node)
    )


def value_of(node: ast.expr) -> Any:
    """Return a number that is known, or None."""
    return node.value if isinstance(node, ast.Constant) else None


def shown_terms(rule: Rule, form: Form) -> dict[str, ast.expr]:
    """Return the terms that are numbers of a call's own: those that it never has are 0.

    Flags are as they are by default.
    """
    arguments = {
        name: default
        if isinstance(default, bool | str)
        else tuple(0.5 for _ in default)
        if isinstance(default, tuple)
        else LARGE + k
        if default is REQUIRED
        else 0.5
        for k, (name, default) in enumerate(form.defaults.items())
    } | dict(form.only)
    terms = terms_of(rule, form, arguments, dict.fromkeys(rule.terms, 0.5))
    return {
        name: ast.Constant(value)
        for name, value in terms.items()
        if value == 0 or isinstance(value, int) or form.fixed.get(name) is not None
    }


def lines_of(rule: Rule, form: Form) -> list[tuple[str, ast.expr]]:
    """Return the steps of a call, simplified."""
    known: dict[str, ast.expr] = shown_terms(rule, form)
    lines: list[tuple[str, ast.expr]] = []
    texts = [*assignments(rule.steps)]
    for k, (name, text) in enumerate(texts):
        value = Simplify(known, rule.terms).visit(ast.parse(text, mode="eval").body)
        known.pop(name, None)
        if isinstance(value, ast.Name) and value.id == name:
            continue
        read = {
            each for _, other in [*lines, (name, value)] for each in names_in(other)
        }
        changed = {each for each, _ in texts[k + 1 :]} & names_in(value)
        plain = isinstance(value, ast.Constant | ast.Name) and not changed
        if plain and name not in {*read, rule.result}:
            known[name] = value
        else:
            lines.append((name, value))
    return inlined(needed(lines, rule.result))


def needed(
    lines: list[tuple[str, ast.expr]], result: str
) -> list[tuple[str, ast.expr]]:
    """Return lines without those whose value no other line has."""
    kept = [
        (name, value)
        for name, value in lines
        if name == result or any(name in names_in(v) for n, v in lines if n != name)
    ]
    return kept if len(kept) == len(lines) else needed(kept, result)


def inlined(lines: list[tuple[str, ast.expr]]) -> list[tuple[str, ast.expr]]:
    """Return lines with each value in its place that one line alone has, once."""
    for k, (name, value) in enumerate(lines):
        count = Counter(n for _, v in lines for n in every_name(v))[name]
        later = [j for j, (_, v) in enumerate(lines) if j > k and name in names_in(v)]
        long = {"where", "newton_schulz"} & {*every_name(value)}
        if long or name in names_in(value) or count != 1 or len(later) != 1:
            continue
        (j,) = later
        if names_in(value) & {n for n, _ in lines[k + 1 : j]}:
            continue
        target, expression = lines[j]
        lines[j] = target, Simplify({name: value}).visit(expression)
        return inlined(lines[:k] + lines[k + 1 :])
    return lines


def every_name(node: ast.expr) -> Iterator[str]:
    """Yield the names in an expression, as often as they are there."""
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            yield each.id


def names_in(node: ast.expr) -> set[str]:
    """Return the names in an expression, but for functions."""
    calls = {id(each.func) for each in ast.walk(node) if isinstance(each, ast.Call)}
    return {
        each.id
        for each in ast.walk(node)
        if isinstance(each, ast.Name) and id(each) not in calls
    }


class Writer:
    """A writer of one step's lines as LaTeX."""

    def __init__(
        self, lines: list[tuple[str, ast.expr]], symbols: Mapping[str, str]
    ) -> None:
        self.assigned = {name for name, _ in lines} | {"g"}
        self.symbols = symbols
        self.done = {"g"}

    def line(self, name: str, value: ast.expr) -> str:
        """Return an assignment."""
        arrow = r"\leftarrow" if name in self.done else "="
        text = self.write(value)
        self.done.add(name)
        return f"{self.symbol(name)} &{arrow} {text}"

    def symbol(self, name: str) -> str:
        """Return a name with the step that it is of."""
        if name == "t":
            return name
        symbol = self.symbols.get(name) or symbol_of(name)
        if name not in self.assigned:
            return symbol
        return f"{symbol}_t" if name in self.done else f"{symbol}_{{t-1}}"

    def write(self, node: ast.expr, inside: int = SUM) -> str:
        """Return an expression, in parentheses if it is within a tighter one."""
        text, level = self.bare(node)
        return text if level >= inside else f"({text})"

    def bare(self, node: ast.expr) -> tuple[str, int]:
        """Return an expression, and how tightly it holds together."""
        match node:
            case ast.Constant(value=value):
                mantissa, _, exponent = f"{value:g}".partition("e")
                if not exponent:
                    return mantissa, ATOM
                assert mantissa == "1"
                return f"10^{{{int(exponent)}}}", POWER
            case ast.Name(id=name):
                return self.symbol(name), ATOM
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return f"-{self.write(operand, PRODUCT)}", SUM
            case ast.BinOp(left, ast.Add(), right):
                return f"{self.write(left)} + {self.write(right, PRODUCT)}", SUM
            case ast.BinOp(left, ast.Sub(), right):
                return f"{self.write(left)} - {self.write(right, PRODUCT)}", SUM
            case ast.BinOp(left, ast.Pow(), right):
                exponent = self.write(right)
                if len(exponent) > 1:
                    exponent = f"{{{exponent}}}"
                return f"{self.write(left, ATOM)}^{exponent}", POWER
            case ast.BinOp():
                return self.product(node)
            case ast.Compare(left, [op], [right]):
                sign = COMPARISONS[type(op)]
                return f"{self.write(left)} {sign} {self.write(right)}", SUM
            case ast.Call(
                func=ast.Name(id="sqrt"),
                args=[
                    ast.Call(
                        func=ast.Name(id="mean"),
                        args=[ast.BinOp(x, ast.Pow(), ast.Constant(value=2))],
                    )
                ],
            ):
                return rf"\operatorname{{RMS}}({self.write(x)})", ATOM
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self.call(name, arguments)
        raise NotImplementedError(ast.dump(node))

    def product(self, node: ast.expr) -> tuple[str, int]:
        """Return a product, with all that divides it below one line."""
        above: list[ast.expr] = []
        below: list[ast.expr] = []
        while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
            (above if isinstance(node.op, ast.Mult) else below).insert(0, node.right)
            node = node.left
        if value_of(node) != 1 or not below or above:
            above.insert(0, node)
        if not below:
            return self.factors(above), PRODUCT
        return rf"\frac{{{self.factors(above)}}}{{{self.factors(below)}}}", PRODUCT

    def factors(self, nodes: list[ast.expr]) -> str:
        """Return factors beside one another."""
        if not nodes:
            return "1"
        if len(nodes) == 1:
            return self.write(nodes[0])
        return " ".join(self.write(node, PRODUCT) for node in nodes)

    def call(self, name: str, arguments: list[ast.expr]) -> tuple[str, int]:
        """Return a function's value."""
        if name in ("min", "max"):
            arguments = [*operands(name, arguments)]
        texts = [self.write(each) for each in arguments]
        if name == "where":
            condition, one, other = texts
            return (
                rf"\begin{{cases}} {one}, & {condition} \\ "
                rf"{other}, & \text{{otherwise}} \end{{cases}}",
                ATOM,
            )
        return FUNCTIONS[name].format(", ".join(texts)), ATOM


def operands(name: str, arguments: list[ast.expr]) -> Iterator[ast.expr]:
    """Yield what a function is of, with what the same function within it is of."""
    for each in arguments:
        match each:
            case ast.Call(func=ast.Name(id=inner), args=its) if inner == name:
                yield from operands(name, its)
            case _:
                yield each


FUNCTIONS = {
    "sqrt": r"\sqrt{{{}}}",
    "abs": r"\lvert {} \rvert",
    "norm": r"\lVert {} \rVert",
    "sum": r"\operatorname{{sum}}({})",
    "sign": r"\operatorname{{sign}}({})",
    "max": r"\max({})",
    "min": r"\min({})",
    "cos": r"\cos({})",
    "inputs": r"\operatorname{{mean}}_{{\text{{inputs}}}}({})",
    "floor": r"\lfloor {} \rfloor",
    # A row's mean is that of its columns.
    "rows": r"\operatorname{{mean}}_{{\text{{columns}}}}({})",
    "columns": r"\operatorname{{mean}}_{{\text{{rows}}}}({})",
    "largest_of_rows": r"\max_{{\text{{rows}}}}({})",
    "largest_of_columns": r"\max_{{\text{{columns}}}}({})",
    "gradient_at": r"\nabla L({})",
    "newton_schulz": r"\operatorname{{NewtonSchulz}}({})",
}
# What is simpler where the array is a matrix, and written as it is there.
OF_A_MATRIX = {"factored", "highest", "shape"}


def symbol_of(name: str) -> str:
    """Return a name of the steps as mathematics has it."""
    if name in SYMBOLS:
        return SYMBOLS[name]
    if len(name) == 1:
        return name
    letter, digit = name
    return f"{letter}^{{({int(digit)})}}"


def starts(
    rule: Rule, form: Form, lines: list[tuple[str, ast.expr]]
) -> Iterator[tuple[str, ast.expr]]:
    """Yield what a value is before the first step, of those that are not 0."""
    simplify = Simplify(shown_terms(rule, form), rule.terms)
    assigned = {name for name, _ in lines}
    for name, text in rule.start.items():
        value = simplify.visit(ast.parse(text, mode="eval").body)
        if name in assigned and value_of(value) != 0:
            yield name, value


def symbols(rule: Rule, form: Form) -> dict[str, str]:
    """Return the symbol of each term that a call's equations have.

    Where two have the same, and are not the same argument, the second has a bar.
    """
    given = arguments_of(form)
    lines = lines_of(rule, form)
    values = [value for _, value in [*starts(rule, form, lines), *lines]]
    read = {name for value in values for name in names_in(value)} & rule.terms.keys()
    found: dict[str, str] = {}
    for term in sorted(read, key=[*rule.terms].index):
        symbol = symbol_of(term)
        others = {given.get(other) for other, its in found.items() if its == symbol}
        found[term] = rf"\bar{symbol}" if others - {given.get(term)} else symbol
    meanings = {(symbol, given.get(term, term)) for term, symbol in found.items()}
    assert len(meanings) == len({*found.values()}), found
    assert len({*found.items()}) == len(found), found
    return found


def arguments_of(form: Form) -> dict[str, str]:
    """Return what terms of a call are, as expressions of its arguments."""
    flags = {
        name: ast.Constant(value)
        for name, value in form.defaults.items()
        if isinstance(value, bool)
    }
    given = {term: name for name, term in form.same.items()}
    for term, text in form.to.items():
        # What an argument is when it is given, and not None, or 0.
        value = Simplify(flags, form.defaults).visit(ast.parse(text, mode="eval").body)
        while isinstance(value, ast.Call) and ast.unparse(value.func) == "where":
            is_none = ast.unparse(value.args[0]).endswith("== None")
            value = value.args[2 if is_none else 1]
        given[term] = ast.unparse(value)
    return given


def legend(rule: Rule, form: Form) -> dict[str, str]:
    """Return the symbols of a call's equations, and the arguments that they are."""
    given = arguments_of(form)
    return {
        symbol: given.get(term, "any") for term, symbol in symbols(rule, form).items()
    }


def functions_of(rule: Rule) -> set[str]:
    """Return the functions that a rule's steps call."""
    trees = (ast.parse(text) for _, text in assignments(rule.steps))
    return {
        node.func.id
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }


def is_written(rule: Rule) -> bool:
    """Whether all that a rule's steps do can be written."""
    known = {"where", "wave", "mean", *FUNCTIONS, *OF_A_MATRIX}
    return bool(rule.steps) and functions_of(rule) <= known


def is_of_matrices(rule: Rule) -> bool:
    """Whether a rule's equations are those for a matrix."""
    return not functions_of(rule).isdisjoint({"rows", "columns", *OF_A_MATRIX})


def write_equations(rule: Rule, form: Form) -> str:
    """Return the equations of a call as the lines of one display."""
    lines = lines_of(rule, form)
    writer = Writer(lines, symbols(rule, form))
    written = [
        f"{symbol_of(name)}_0 &= {writer.write(value).replace('{t-1}', '0')}"
        for name, value in starts(rule, form, lines)
    ]
    written += [writer.line(name, value) for name, value in lines]
    body = " \\\\\n".join(written)
    return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"
