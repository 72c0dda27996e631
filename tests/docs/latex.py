"""The LaTeX of the displayed equations as a language: read, run, and changed.

It knows what the equations of this package are written in, and nothing else: whatever
it does not know is an error, so that no part of an equation is left out in silence.
"""

import re
from collections.abc import Callable
from functools import cache, reduce
from math import pi
from types import CodeType
from typing import NamedTuple

import numpy as np

TOKEN = re.compile(
    r"\s*(\\(?:begin|end|operatorname|text)\{\w+\}|\\[a-zA-Z]+|\\\\|\\,|\d+(?:\.\d+)?|[a-zA-Z]"
    r"|[-+/=<>(),{}^_&])"
)
SPACES = {r"\,", r"\quad"}
GREEK = {
    *(r"\alpha", r"\beta", r"\gamma", r"\delta", r"\varepsilon", r"\zeta", r"\eta"),
    *(r"\theta", r"\iota", r"\kappa", r"\lambda", r"\mu", r"\nu", r"\xi", r"\rho"),
    *(r"\sigma", r"\varsigma", r"\tau", r"\phi", r"\chi", r"\psi", r"\omega"),
}
ACCENTS = {r"\hat", r"\bar", r"\tilde", r"\Delta"}
COMPARISONS = {"<": "<", ">": ">", "=": "==", r"\le": "<=", r"\ge": ">="}
OTHERWISE = r"\text{otherwise}"
# The numbers of rows and columns of the matrix that an array is taken as.
SIZES = {r"\text{rows}", r"\text{columns}"}
# For each index, the one that it may be mistaken for.
INDICES = {
    **{"t": "t-1", "t-1": "t", "i": "i+1", "i+1": "i", "i-1": "i"},
    **{"k": "0", "0": "k", "n": "0"},
}
# One that is mistaken for the other.
OPPOSITES = {r"\max": r"\min", r"\min": r"\max"}


def choose(*cases):
    """Return the value of the one case that holds, of arrays element by element."""
    conditions = [condition() for condition, _ in cases]
    if conditions[-1] is None:
        conditions[-1] = np.sum(conditions[:-1], axis=0) == 0
    if any(map(np.ndim, conditions)):
        assert np.all(np.sum(conditions, axis=0) == 1)
        return np.select(conditions, [value() for _, value in cases])
    (value,) = [
        value for holds, (_, value) in zip(conditions, cases, strict=True) if holds
    ]
    return value()


def mean(x):
    # Of arrays with more than two axes, the last two are those of a matrix.
    return np.mean(x, axis=(-2, -1), keepdims=True)


def newton_schulz(x, repetitions):
    """Return a matrix after what Muon's own equations have over i."""
    for _ in range(repetitions):
        square = x @ x.T
        x = 3.4445 * x - 4.775 * square @ x + 2.0315 * square @ square @ x
    return x


FUNCTIONS: dict[str, Callable] = {
    r"\max": lambda *numbers: reduce(np.maximum, numbers),
    r"\min": lambda *numbers: reduce(np.minimum, numbers),
    r"\cos": np.cos,
    r"\sqrt": np.sqrt,
    r"\lfloor": np.floor,
    r"\operatorname{sign}": np.sign,
    r"\operatorname{mean}": mean,
    r"\operatorname{mean}_\text{inputs}": lambda x: np.mean(
        x, tuple(range(1, np.ndim(x))), keepdims=True
    ),
    r"\operatorname{size}": np.size,
    r"\operatorname{sum}": np.sum,
    r"\operatorname{mean}_\text{columns}": lambda x: np.mean(x, -1, keepdims=True),
    r"\operatorname{mean}_\text{rows}": lambda x: np.mean(x, -2, keepdims=True),
    r"\max_\text{columns}": lambda x: np.max(x, -1, keepdims=True),
    r"\max_\text{rows}": lambda x: np.max(x, -2, keepdims=True),
    r"\operatorname{RMS}": lambda x: np.sqrt(np.mean(x**2)),
    r"\operatorname{NewtonSchulz}": newton_schulz,
    r"\operatorname{QR}": lambda x: np.linalg.qr(x)[0].view(Matrix),
    r"\lVert": lambda x: np.sqrt(np.sum(np.square(x))),
    r"\lVert_1": lambda x: np.sum(np.abs(x)),
    r"\langle": lambda x, y: np.vdot(*np.broadcast_arrays(x, y)),
}


class Matrix(np.ndarray):
    """What a capital letter stands for: products and powers are those of matrices."""

    def __mul__(self, other):
        return self @ other if isinstance(other, Matrix) else super().__mul__(other)

    def __pow__(self, exponent):
        values, vectors = np.linalg.eigh(self)
        return (vectors * values**exponent) @ vectors.T


def as_matrix(value):
    """Return the value of a capital letter: a number may have one, too."""
    return value.view(Matrix) if np.ndim(value) == 2 else value


NAMES = {"F": FUNCTIONS, "M": as_matrix, "choose": choose, "pi": pi}


class Line(NamedTuple):
    """A line of a display: ``left = right`` or ``left <- right``, or ``right`` alone.

    ``right`` and ``condition`` are Python code, for a dict ``x`` of symbols' values.
    A line, and those before it that have the index i, too, may be run again and again,
    with the first and the last i in ``loop``.
    """

    left: str
    changes: bool  # the arrow
    right: CodeType
    reads: frozenset[str]
    condition: CodeType | None
    start: int
    end: int
    loop: tuple[str, str] | None = None
    joint: bool = False  # whether the symbols are those of all arrays as one vector
    keep: "Keep | None" = None

    def run(self, x):
        value = eval(self.right, NAMES, {"x": x})
        return np.asarray(value) if isinstance(value, Matrix) else value

    def holds(self, x):
        return eval(self.condition, NAMES, {"x": x})


class Keep(NamedTuple):
    """What is kept of a step, and counted from 1, once a line has been run."""

    condition: Line  # of x_t, which become x_k
    names: tuple[str, ...]
    count: str
    most: str


class Spots(NamedTuple):
    """Where a display can be changed, as positions in its tokens."""

    signs: list[tuple[int, bool]]  # and whether nothing is before it
    terms: list[list[tuple[int, int, int]]]  # sign, start, end of each in a sum
    factors: list[list[tuple[int, int]]]
    symbols: list[tuple[int, int, str, str]]  # start, end, name, index
    numbers: list[int]
    commands: list[int]
    loops: list[tuple[int, int]]  # the places of the first and the last
    products: list[tuple[int, int, int]]  # of matrices: start, start of the second, end


def split(tex):
    """Return the tokens of some LaTeX."""
    tokens, i, tex = [], 0, tex.strip()
    while i < len(tex):
        match = TOKEN.match(tex, i)
        if match is None:
            raise SyntaxError(f"{tex[i:]!r} is not known")
        tokens.append(match[1])
        i = match.end()
    return tuple(token for token in tokens if token not in SPACES)


def show(tokens):
    """Return LaTeX that reads well."""
    text = " ".join(tokens).replace("& ", "")
    text = re.sub(r" ?([_^{]) ?| (?=[}),])|(?<=\() ", r"\1", text)
    return re.sub(r"\{([^{} ]) ?\}", r"{\1}", text)


def write(name, index):
    """Return a symbol as the equations and the code have it: m_t, m_{t-1}."""
    if len(index) > 1:
        index = f"{{{index}}}"
    return f"{name}_{index}" if index else name


@cache
def parts(symbol):
    """Return the name and the index of a symbol: m and t-1."""
    name, _, index = symbol.partition("_")
    return name, index.strip("{}")


class Reader:
    """A recursive reader of one display, which writes Python."""

    def __init__(self, tokens, functions):
        self.tokens, self.functions, self.i = tokens, functions, 0
        self.spots = Spots([], [], [], [], [], [], [], [])
        self.reads = set()

    def next(self):
        return self.tokens[self.i] if self.i < len(self.tokens) else ""

    def take(self, *expected):
        token = self.next()
        if not token or (expected and token not in expected):
            raise SyntaxError(
                f"{token!r} after {show(self.tokens[: self.i])!r}, "
                f"where {' or '.join(expected) or 'more'} has to be"
            )
        self.i += 1
        return token

    def skip(self, token):
        if self.next() == token:
            self.i += 1
            return True
        return False

    def display(self):
        aligned = self.skip(r"\begin{aligned}")
        lines = [self.line()]
        while aligned and self.skip(r"\\"):
            lines.append(self.line())
        if aligned:
            self.take(r"\end{aligned}")
        if self.next():
            raise SyntaxError(f"{self.next()!r} after {show(self.tokens[: self.i])!r}")
        return lines

    def line(self):
        start, left, changes = self.i, "", False
        marks = (t for t in self.tokens[start:] if t in (r"\\", "=", r"\leftarrow"))
        if next(marks, r"\\") != r"\\":
            left = self.symbol()
            self.skip("&")
            changes = self.take("=", r"\leftarrow") == r"\leftarrow"
        self.reads = set()
        right, condition, loop = self.sum(), None, None
        if self.skip(","):
            if self.tokens[self.i : self.i + 2] == ("i", "="):
                loop = self.loop()
            else:
                condition = self.condition()
        return Line(
            left,
            changes,
            compile(right, show(self.tokens[start : self.i]), "eval"),
            frozenset(self.reads),
            condition and compile(condition, "condition", "eval"),
            start,
            self.i,
            loop,
        )

    def loop(self):
        self.take("i")
        self.take("=")
        first = self.take()
        for token in (",", r"\dots", ","):
            self.take(token)
        last = self.take()
        self.spots.loops.append((self.i - 5, self.i - 1))
        return first, last

    def condition(self):
        if self.skip(OTHERWISE):
            return "None"
        code, before = self.sum(), self.i
        while self.next() in COMPARISONS:
            code += COMPARISONS[self.take()] + self.sum()
        if self.i == before:
            raise SyntaxError(f"no comparison in {show(self.tokens)!r}")
        return code

    def sum(self):
        code, terms = "", []
        while True:
            sign = self.i
            if self.next() in ("-", "+") and (terms or self.next() == "-"):
                self.spots.signs.append((sign, not terms))
                code += self.take()
            elif terms:
                break
            start = self.i
            code += self.product()
            terms.append((sign, start, self.i))
        if len(terms) > 1:
            self.spots.terms.append(terms)
        return f"({code})"

    def product(self):
        factors = [self.span(self.power)]
        code, divided = factors[0][2], False
        while True:
            if self.skip("/"):
                code, divided = f"{code}/{self.power()}", True
            elif self.begins_factor():
                if divided:
                    raise SyntaxError(f"a / b c in {show(self.tokens)!r}: which is it?")
                start, middle, _ = factors[-1]
                factors.append(self.span(self.power))
                code += f"*{factors[-1][2]}"
                if all(re.fullmatch("[A-Z]", self.tokens[i]) for i in (start, middle)):
                    self.spots.products.append((start, middle, self.i))
            else:
                break
        if len(factors) > 1:
            self.spots.factors.append([(start, end) for start, end, _ in factors])
        return code

    def span(self, read):
        start = self.i
        code = read()
        return start, self.i, code

    def begins_factor(self):
        token = self.next()
        return bool(token) and token not in {
            *COMPARISONS, "+", "-", "=", ")", "}", ",", "&", "^", "_", r"\\", r"\right",
            r"\rfloor", r"\rVert", r"\rvert", r"\rangle", r"\end{aligned}",
            r"\end{cases}", r"\leftarrow",
        }  # fmt: skip

    def power(self):
        code = self.factor()
        if self.tokens[self.i : self.i + 2] == ("^", r"\top"):
            self.i += 2
            code += ".T"
        elif self.skip("^"):
            code = f"({code}**{self.group() if self.next() == '{' else self.factor()})"
        return code

    def group(self):
        self.take("{")
        code = self.sum()
        self.take("}")
        return code

    def bracketed(self, commas=False):
        """Read one sum in parentheses, or several with commas between them."""
        large = self.skip(r"\left")
        self.take("(")
        codes = [self.sum()]
        while commas and self.skip(","):
            codes.append(self.sum())
        if large:
            self.take(r"\right")
        self.take(")")
        return ",".join(codes)

    def factor(self):
        token = self.next()
        if token[:1].isdecimal():
            self.spots.numbers.append(self.i)
            return self.take()
        if token in ("(", r"\left"):
            return f"({self.bracketed()})"
        if token in (r"\frac", r"\dfrac"):
            self.take()
            return f"({self.group()}/{self.group()})"
        if token == r"\pi":
            self.take()
            return "pi"
        if token == r"\begin{cases}":
            return self.cases()
        if token == r"\sqrt":
            return f"F[{self.take()!r}]({self.group()})"
        if token == r"\lfloor":
            code = f"F[{self.take()!r}]({self.sum()})"
            self.take(r"\rfloor")
            return code
        if token == r"\lvert":
            self.take()
            code = f"abs({self.sum()})"
            self.take(r"\rvert")
            return code
        if token == r"\lVert":
            return self.norm()
        if token == r"\langle":
            return self.inner_product()
        if token in FUNCTIONS:
            return self.call()
        if token == r"\nabla":
            return self.gradient()
        symbol = self.symbol()
        if symbol in self.functions:
            return f"x[{symbol!r}]({self.bracketed()})"
        return f"M(x[{symbol!r}])" if symbol[0].isupper() else f"x[{symbol!r}]"

    def norm(self):
        name = self.take()
        code = self.sum()
        self.take(r"\rVert")
        if self.skip("_"):
            name += f"_{self.take('1')}"
        return f"F[{name!r}]({code})"

    def inner_product(self):
        name, one = self.take(), self.sum()
        self.take(",")
        other = self.sum()
        self.take(r"\rangle")
        return f"F[{name!r}]({one},{other})"

    def gradient(self):
        """Read the gradient at a point, of a loss whose curvature is 1."""
        self.take()
        self.take("L")
        self.reads |= {r"\nabla L", "w_{t-1}"}
        return f"(x['\\\\nabla L'] + {self.bracketed()} - x['w_{{t-1}}'])"

    def call(self):
        if self.next() in OPPOSITES:
            self.spots.commands.append(self.i)
        name = self.take()
        if self.skip("_"):
            self.take("{")
            name += f"_{self.take()}"
            self.take("}")
            if name not in FUNCTIONS:
                raise SyntaxError(f"{name} is not known")
        return f"F[{name!r}]({self.bracketed(commas=True)})"

    def cases(self):
        self.take(r"\begin{cases}")
        cases = []
        while not cases or self.skip(r"\\"):
            value = self.sum()
            self.take(",")
            self.take("&")
            cases.append(f"(lambda: {self.condition()}, lambda: {value})")
        self.take(r"\end{cases}")
        # A function inside of eval() sees the globals alone.
        return f"(lambda x: choose({','.join(cases)}))(x)"

    def symbol(self):
        start, name = self.i, ""
        if self.next() in ACCENTS:
            name = f"{self.take()} "
        token = self.take()
        if not (token in GREEK | SIZES or re.fullmatch("[a-zA-Z]", token)):
            raise SyntaxError(
                f"{token!r} in {show(self.tokens)!r} is not a symbol that is known"
            )
        name += token
        if self.tokens[self.i : self.i + 4] == ("^", "{", r"\max", "}"):
            self.i += 4
            name += r"^{\max}"
        # One of several of the same kind: v^{(1)}.
        if self.tokens[self.i : self.i + 3] == ("^", "{", "("):
            self.i += 3
            name += f"^{{({self.take()})}}"
            self.take(")")
            self.take("}")
        if self.tokens[self.i : self.i + 2] in (("^", "+"), ("^", "-")):
            name += f"{self.take()}{self.take()}"
        index = ""
        if self.skip("_"):
            if self.skip("{"):
                while not self.skip("}"):
                    index += self.take()
            else:
                index = self.take()
        self.spots.symbols.append((start, self.i, name, index))
        symbol = write(name, index)
        self.reads.add(symbol)
        return symbol


@cache
def read(tokens, functions=frozenset()):
    """Return the lines of a display, and where it can be changed."""
    reader = Reader(tokens, functions)
    return reader.display(), reader.spots


def read_symbol(tex):
    """Return a symbol as the lines have it."""
    reader = Reader(split(tex), frozenset())
    symbol = reader.symbol()
    if reader.next():
        raise SyntaxError(f"{tex!r} is more than a symbol")
    return symbol


def mutants(tokens, functions=frozenset()):
    """Yield the tokens with one thing changed: what it was, and the new tokens."""
    spots = read(tokens, functions)[1]

    def change(start, end, *new):
        return (*tokens[:start], *new, *tokens[end:])

    for i, leading in spots.signs:
        new = () if leading else ("-" if tokens[i] == "+" else "+",)
        yield i, change(i, i + 1, *new)
    for terms in spots.terms:
        for k, (sign, start, end) in enumerate(terms):
            if k:
                yield start, change(sign, end)
            else:
                following = terms[1][0]
                yield start, change(sign, following + (tokens[following] == "+"))
    for factors in spots.factors:
        for start, end in factors:
            yield start, change(start, end)
    others = {(name, index): None for _, _, name, index in spots.symbols}
    for start, end, name, index in spots.symbols:
        if index in INDICES:
            yield start, change(start, end, *split(write(name, INDICES[index])))
        for other, its in others:
            if other != name or (its != index and not {its, index} <= INDICES.keys()):
                yield start, change(start, end, *split(write(other, its)))
    for i in spots.numbers:
        yield i, change(i, i + 1, str(float(tokens[i]) + 1).removesuffix(".0"))
    for i in spots.commands:
        yield i, change(i, i + 1, OPPOSITES[tokens[i]])
    for start, middle, end in spots.products:
        yield start, change(start, end, *tokens[middle:end], *tokens[start:middle])
    for first, last in spots.loops:
        between = tokens[first + 1 : last]
        yield first, change(first, last + 1, tokens[last], *between, tokens[first])
