"""What the docstrings' displays say, run beside the classes that they belong to."""

import re
import warnings
from collections.abc import Iterator
from functools import cache
from inspect import cleandoc, getsource, signature
from itertools import chain, product, zip_longest
from math import cos
from typing import NamedTuple

import numpy as np
import vectors
from contract.public import MIXINS, OPTIMIZERS, PUBLIC, inner, is_joint, is_matrix
from docs.latex import Keep, Line, mutants, parts, read, read_symbol, show, split, write
from docs.test_notation import BLOCK

import npoptim
from npoptim import SGD, Adam, Arrays, Flag, Number, Optimizer, Schedule
from npoptim.declared import HEADING

SCHEDULES = [
    cls
    for cls in map(vars(npoptim).get, npoptim.__all__)
    if isinstance(cls, type) and issubclass(cls, Schedule) and cls is not Schedule
]
# The walk that the peers are compared on: starts and gradients by shape, and losses.
FIRST, GRADIENTS = vectors.script()
LOSSES = vectors.losses()
SHAPES = {name: w.shape for name, w in FIRST.items()}
# For rules of matrices, one more that is higher than wide.
TALL = {"tall": (4, 3)}
for arrays in (FIRST, *GRADIENTS):
    arrays["tall"] = arrays["matrix"].T.copy()
STEPS = len(GRADIENTS)
# Enough for each side of every maximum and minimum to be taken. A mutant that is the
# same after them walks on to the end.
FEW = 8

OPTION = re.compile(r"``(\w+)=([\w.]+)``")
# State is 0 before the first step unless the sentence has ":math:`X_0 = Y`".
START = re.compile(r":math:`([^`=]+_0) = ([^`]+)`")
# Where a class says that another one has the lines that it does not show.
AS_IN = re.compile(r"as in :class:`(?:~npoptim\.)?(\w+)`")
METHOD = re.compile(r":meth:`(\w+)`")
# What is kept of steps, until there are too many.
KEPT = re.compile(r"are kept where :math:`([^`]+)`.* newest :math:`(\w) \\le (\w)`")
# The one shape that has equations of its own, in words.
FLAT = "For a vector or a number"
# What a line of a rule gives a value to: that of step t, or one of all steps.
LEFT = ("_t", r"_{\infty}")
# The indices of what is counted within a step.
COUNTED = {"i", "i-1", "i+1", "k", "n", "0"}
# What a mixin's line changes, and where it does.
HOOKS = {"g_t": "regularize", r"\Delta w_t": "get_updates"}
# Slots that are named by what they are, not by their symbol.
SLOTS = {
    "g": "previous",
    "w_0": "first",
    r"\bar w": "average",
    r"\hat w": "w_hat",
    r"\tilde w": "slow",
}


class Display(NamedTuple):
    """A displayed block, and what the paragraph in front of it says of it."""

    tokens: tuple[str, ...]
    options: dict[str, object]
    starts: tuple[Line, ...]  # X_0 = ...
    flat: bool
    functions: frozenset[str]
    method: str  # that returns what the display has without a left side
    joint: bool  # whether norms are those of all arrays together
    keep: Keep | None

    @property
    def lines(self):
        lines = read(self.tokens, self.functions)[0]
        candidates = [f"{name}_t" for name in self.keep.names] if self.keep else []
        last = [line.left for line in lines if line.left in candidates][-1:]
        return [
            line._replace(
                joint=self.joint, keep=self.keep if line.left in last else None
            )
            for line in lines
        ]

    def holds(self, options, flat):
        return flat >= self.flat and all(
            options[name] == value for name, value in self.options.items()
        )


class Case(NamedTuple):
    """A class with its arguments."""

    cls: type
    arguments: dict


@cache
def displays(cls):
    """Return the displays of a class's own docstring."""
    docstring = cleandoc(cls.__doc__ or "") + "\n"
    found = []
    for match in BLOCK.finditer(docstring):
        front = docstring[: match.start()].rstrip().rpartition("\n\n")[2]
        options = {
            name: {"True": True, "False": False}.get(value)
            if value.isalpha()
            else float(value)
            for name, value in OPTION.findall(front)
        }
        assert options.keys() <= cls.hyperparameters.keys(), (cls, front)
        starts = [
            line
            for left, right in START.findall(front)
            for line in read(split(f"{left} = {right}"))[0]
        ]
        functions = frozenset(functions_of(cls))
        method = "".join(METHOD.findall(front))
        found.append(
            Display(
                split(match[2]),
                options,
                tuple(starts),
                FLAT in front,
                functions,
                method,
                is_joint(cls),
                find_kept(front),
            )
        )
    return tuple(found)


def find_kept(front):
    """Return what a sentence says of what is kept."""
    match = KEPT.search(" ".join(front.split()))
    if match is None:
        return None
    (condition,), spots = read(split(f"{match[2]}, {match[1]}"))
    names = [name for _, _, name, index in spots.symbols if index == "t"]
    return Keep(condition, tuple(names), match[2], match[3])


class Program(NamedTuple):
    """A step, line by line."""

    gradient: list[Line]  # changes it
    rule: list[Line]
    increment: list[Line]  # changes it
    weights: list[Line]  # and what follows them


class Page:
    """All displays, of which those of one class may be replaced by a mutant."""

    def __init__(self, cls=None, replaced=None):
        self.cls, self.replaced = cls, replaced

    def displays(self, cls):
        return self.replaced if cls is self.cls else displays(cls)

    def claims(self, case):
        """Return what a class says of its first step with these arguments."""
        return [
            line
            for display in self.displays(case.cls)
            if display.holds(case.arguments, flat=True)
            for line in display.lines
            if is_claim(line)
        ]

    def rule(self, cls, options, flat=False):
        """Return the lines of a rule, and what the sentences say of the start."""
        own = [
            display
            for display in self.displays(cls)
            # A claim about one step is no line of the rule.
            if not any(is_claim(line) for line in display.lines)
        ]
        named = {name for display in own for name in display.options}
        as_in = find_as_in(cls)
        lines, starts = ([], ()) if as_in is None else self.rule(as_in, options, flat)
        kept = set()
        if any(
            options[name] != cls.hyperparameters[name].default
            for name in flags_of(cls)
            if name not in named
        ):
            assert as_in, f"{cls.__name__} shows no lines for {options}"
            kept = self.changed_by_options(as_in)
        for display in own:
            if display.holds(options, flat):
                lefts = {line.left for line in display.lines}
                assert len(lefts) == len(display.lines)
                assert all(map(is_left, lefts))
                assert "g_t" not in lefts
                new = [line for line in display.lines if line.left not in kept]
                lines, starts = overlay(lines, new), starts + display.starts
        return lines, starts

    def changed_by_options(self, cls):
        """Return the left sides whose lines depend on an option."""
        as_in = find_as_in(cls)
        return {
            line.left
            for display in self.displays(cls)
            if display.options
            for line in display.lines
        } | (self.changed_by_options(as_in) if as_in else set())

    def program(self, case, flat):
        """Return the lines of a step in their order, and those of the start."""
        cls = case.cls
        rule = rule_of(cls)
        options = {name: case.arguments[name] for name in rule.hyperparameters}
        lines, starts = self.rule(rule, options, flat)
        # Lines that nothing asks for are those that an option has replaced. The next
        # step asks for what it has of this one.
        # What reads the new weights follows them.
        following = [line for line in lines if "w_t" in line.reads]
        asked, before = {"w_t", *(line.left for line in following)}, set()
        while asked != before:
            before = set(asked)
            for line in lines:
                if given(line) & asked:
                    asked |= taken(line)
        needed = [x for x in lines if given(x) & asked and x not in following]
        # A rule over a mixin whose last line is its own has the mixin's part there.
        own = [line for display in self.displays(rule) for line in display.lines]
        has_mixins = needed[-1] in own
        chains, around, replaced = {hook: [] for hook in HOOKS.values()}, {}, set()
        for base in cls.__mro__:
            shown = base is Optimizer or base in MIXINS
            if shown and not (has_mixins and base in rule.__mro__ and base in MIXINS):
                its = []
                for display in self.displays(base):
                    if display.holds(case.arguments, flat):
                        starts += display.starts
                        lefts = {line.left for line in display.lines}
                        assert len(lefts) == len(display.lines)
                        its = overlay(its, display.lines)
                # What a hook's line needs stands in front of it.
                group = []
                for line in its:
                    group.append(line)
                    if hook := HOOKS.get(line.left):
                        chains[hook] += [group] if hook not in replaced else []
                        group = []
                for line in group:
                    around.setdefault(line.left, line)
            for hook in chains.keys() & vars(base).keys():
                if not calls_super(vars(base)[hook]):
                    replaced.add(hook)
        # A class changes the gradients before those behind it do, and the increments
        # after them.
        return Program(
            [*chain.from_iterable(chains["regularize"])],
            needed,
            [*chain.from_iterable(chains["get_updates"][::-1])],
            [around.pop("w_t"), *around.values(), *following],
        ), starts


def shapes_of(cls):
    """Return the shapes that a class walks with, by name."""
    return SHAPES | TALL if is_matrix(rule_of(cls)) else SHAPES


@cache
def rule_of(cls):
    """Return the rule that a class is, or is made of."""
    return next(c for c in cls.__mro__ if c in OPTIMIZERS and displays(c))


def is_left(symbol):
    """Say whether a line of a rule may give a value to a symbol."""
    return symbol.endswith(LEFT) or parts(symbol)[1] in COUNTED


def known_as(symbol):
    """Return a symbol with the index that it has in the line that gives its value."""
    name, index = parts(symbol)
    return f"{name}_i" if index in COUNTED else symbol.replace("_{t-1}", "_t")


def given(line):
    """Return what a line gives a value to; one that keeps something, to that, too."""
    names = line.keep.names if line.keep else ()
    return {known_as(line.left), *(f"{name}_i" for name in names)}


def taken(line):
    """Return what a line, or the sentence on what it keeps, takes the values of."""
    reads = line.reads | (line.keep.condition.reads if line.keep else set())
    return {known_as(symbol) for symbol in reads}


def overlay(lines, new):
    """Replace the lines with the same left sides, and put others where they come."""
    lines = list(lines)
    for k, line in enumerate(new):
        lefts = [other.left for other in lines]
        if line.left in lefts:
            lines[lefts.index(line.left)] = line
        else:
            following = {other.left for other in new[k + 1 :]}
            places = [i for i, left in enumerate(lefts) if left in following]
            lines.insert(min(places, default=len(lines)), line)
    return lines


@cache
def calls_super(function):
    return "super()" in getsource(function)


@cache
def find_as_in(cls):
    """Return the class whose lines a docstring takes over, if it names one."""
    names = AS_IN.findall(HEADING.split(cleandoc(cls.__doc__ or ""))[0])
    if not names:
        return None
    (name,) = names
    return getattr(npoptim, name)


def is_claim(line):
    """Say whether a line is about one step alone: its left side has the index 1."""
    return line.left.endswith("_1")


@cache
def slot_of(symbol, cls):
    """Return the slot that a symbol stands for: m is m, v^max is v_max, r is row."""
    name = SLOTS.get(symbol) or symbol.replace(r"^{\max}", "_max")
    name = re.sub(r"\^\{\((\d)\)\}", r"\1", name)
    if name in cls.slots or len(name) > 1:
        return name
    first = name.lower()  # of matrices, too: L is left
    (name,) = [s for s in cls.slots if s not in SLOTS.values() and s[0] == first] or [
        ""
    ]
    return name


@cache
def shared_of(symbol, cls):
    """Return the number of all arrays that a symbol stands for: P is product."""
    named = [n for n in cls.shared if n == symbol or n[0] == symbol.lower()]
    return named[0] if named else ""


def values_of(cls, arguments):
    """Return the symbols' values, through the declarations."""
    values, quotients = {}, []
    for name, h in numbers_of(cls).items():
        if "/" in h.symbol:
            quotients.append((*map(read_symbol, h.symbol.split("/")), arguments[name]))
        else:
            values[read_symbol(h.symbol)] = arguments[name]
    # T_1 / T is declared, and T known: so is T_1.
    for over, under, value in quotients:
        if over in values:
            values[under] = values[over] / value
        else:
            values[over] = value * values[under]
    return values


def functions_of(cls):
    """Return the arguments that are functions in the equations, by their symbols."""
    arguments = vars(cls).get("arguments", {})
    return {
        read_symbol(match[1]): name
        for name, (_, meaning) in arguments.items()
        if (match := re.match(":math:`(.*?)`", meaning))
    }


def numbers_of(cls):
    return {n: h for n, h in cls.hyperparameters.items() if isinstance(h, Number)}


def flags_of(cls):
    return [n for n, h in cls.hyperparameters.items() if isinstance(h, Flag)]


def draw(h, rng):
    """Return a number of a hyperparameter's interval that is nowhere special."""
    if h.kind == "int":
        return int(rng.integers(4, 13))
    if np.isfinite(h.high):
        return inner(h, rng.uniform(0.2, 0.9))
    return max(h.low, 0.0) + rng.uniform(0.2, 0.9)


def cases(cls, **given):
    """Return a class with each set of its flags, and its numbers three times.

    They are drawn twice, with weight decay and without, and once left as they are.
    """
    rng = np.random.default_rng(len(cls.__name__))
    found = []
    for flags in product((False, True), repeat=len(flags_of(cls))):
        drawn, again = (
            {name: draw(h, rng) for name, h in numbers_of(cls).items()}
            for _ in range(2)
        )
        if "weight_decay" in again:
            again["weight_decay"] = 0.0
        # Bounds are reached now and then: those of sizes, as the gradients are about 7,
        # and those that are 0 by default, of products.
        for name, h in numbers_of(cls).items():
            if issubclass(cls, Optimizer) and not np.isfinite(h.high):
                again[name] *= 12 if not h.has_low else 36 if h.default == 0 else 1
        defaults = {
            name: drawn[name] if h.default is ... else h.default
            for name, h in numbers_of(cls).items()
        }
        for values in (drawn, again, defaults):
            own = values | dict(zip(flags_of(cls), flags, strict=True))
            if all(
                given[n] == v for n, v in own.items() if isinstance(given.get(n), bool)
            ):
                found.append(Case(cls, own | given))
    return found


_walks: dict[str, tuple[list, Iterator]] = {}


def ours(case, t):
    """Return weights, increments, state and shared numbers after a step of a class."""
    points, further = _walks.setdefault(f"{case}", ([], steps_of(case)))
    while len(points) < t:
        points.append(next(further))
    return points[t - 1]


def steps_of(case):
    """Yield weights, increments, state and shared numbers after each step."""
    model = Arrays(**{name: FIRST[name].copy() for name in shapes_of(case.cls)})
    with warnings.catch_warnings():
        # Momentum is 0 by default, which Nesterov's is warned of.
        warnings.filterwarnings("ignore", "nesterov=True with momentum=0")
        optimizer = case.cls(model, **case.arguments)
    for g, loss in zip(GRADIENTS, LOSSES, strict=True):
        for name in model.gradients:
            model.gradients[name][...] = g[name]
        optimizer.step(vectors.closure(model.parameters, model.gradients, loss))
        structures = {"w": model._parameters, r"\Delta w": optimizer.updates}
        yield {
            (name, shape): np.array(array)
            for name, lists in (structures | optimizer.state).items()
            for layer in lists
            for shape, array in layer.items()
        } | {
            (name, shape): getattr(optimizer, name)
            for name in optimizer.shared
            for shape in model.parameters
        }


def walk(page, case, steps):
    """Yield the difference of each step between the page and the class."""
    fixed = values_of(case.cls, case.arguments)
    programs, old = {}, {}
    shapes = shapes_of(case.cls)
    kept = {shape: [] for shape in shapes}
    matrix = is_matrix(rule_of(case.cls))
    for shape, size in shapes.items():
        program, starts = page.program(case, flat=len(size) < 2)
        start = fixed | {"w_0": as_matrix(FIRST[shape]) if matrix else FIRST[shape]}
        start["I"] = 1.0  # its size is that of what starts there
        start |= {line.left: line.run(start) for line in starts}
        reads = {symbol for lines in program for line in lines for symbol in line.reads}
        names = {s.removesuffix("_{t-1}") for s in reads if s.endswith("_{t-1}")}
        old[shape] = {name: start.get(f"{name}_0", 0.0) for name in names}
        for name in names if matrix else ():
            if f"{name}_0" in start and name.isupper():
                size = len(ours(case, 1)[slot_of(name, case.cls), shape])
                old[shape][name] = old[shape][name] * np.eye(size)
        programs[shape] = program
    for t, g in enumerate(GRADIENTS[:steps], 1):
        xs = {
            shape: fixed
            | {f"{name}_{{t-1}}": value for name, value in old[shape].items()}
            | {"t": t, "w_0": FIRST[shape], "g_t": g[shape]}
            # L is a matrix where there are some.
            | ({} if matrix else {"L_t": LOSSES[t - 1]})
            | {r"\nabla L": g[shape], "kept": kept[shape]}
            for shape in shapes
        }
        for x in xs.values() if matrix else ():
            x["g_t"] = as_matrix(x["g_t"])
            x[r"\text{rows}"], x[r"\text{columns}"] = x["g_t"].shape
        run("gradient", programs, xs)
        for x in xs.values() if matrix else ():
            x["G_t"] = x["g_t"]
        # Delta w is the increment, says the notation page. With more digits of the
        # weights it has all of its own.
        before = {shape: x["w_{t-1}"] for shape, x in xs.items()}
        for x in xs.values():
            x["w_{t-1}"] = np.asarray(x["w_{t-1}"], np.longdouble)
        run("rule", programs, xs)
        for shape, x in xs.items():
            x[r"\Delta w_t"] = np.asarray(x.pop("w_t") - x["w_{t-1}"], float)
            x["w_{t-1}"] = before[shape]
        run("increment", programs, xs)
        run("weights", programs, xs)
        for shape, x in xs.items():
            old[shape] = {name: x[f"{name}_t"] for name in old[shape]}
            yield compare(case, x, shape, t)
            if t == 1:
                first_step = {
                    s.removesuffix("t") + "1": x[s] for s in x if s.endswith("_t")
                }
                for line in page.claims(case):
                    expected = first_step[line.left]
                    yield difference(line.run(first_step | x), expected)


def as_matrix(array):
    """Return a vector as one row, and of more than two axes the first by the rest."""
    return array.reshape(*(array.shape[:1] if array.ndim > 1 else (1,)), -1)


def run(part, programs, xs):
    """Run a part of the programs, line by line: each gives a value, or changes one."""
    repeated = []
    # Of lines about all arrays there is one list; others may be a shape's own.
    for shapes_lines in zip_longest(*(getattr(programs[shape], part) for shape in xs)):
        for line in filter(None, shapes_lines):
            assert line.condition is None
            assert is_left(line.left)
            assert not line.changes or part in ("gradient", "increment")
        repeated.append(shapes_lines)
        (line, *_) = filter(None, shapes_lines)
        if parts(line.left)[1][:1] != "i":
            assert not line.loop
            run_line(shapes_lines, xs, {})
        elif line.loop:  # the last of its lines says how often
            for i in numbers(line.loop, *xs.values()):
                for lines in repeated:
                    run_line(lines, xs, {"i": i, "i-1": i - 1, "i+1": i + 1})
        else:
            continue
        repeated = []
    assert not repeated


def numbers(loop, x, *_):
    """Return the numbers that i is: down, if the last is known."""
    first, last = (int(end) if end.isdecimal() else x[end] for end in loop)
    down = loop[1].isdecimal()
    return range(first, last - 1, -1) if down else range(first, last + 1)


def run_line(shapes_lines, xs, counts):
    """Run one line for each shape, or for all of them at once."""
    lefts = []
    for line, x in zip(shapes_lines, xs.values(), strict=True):
        if line is None:
            continue
        counted = counts | {"0": 0} | {n: x[n] for n in "kn" if n in x}
        for symbol in line.reads:
            place = numbered(symbol, counted)
            if place in x:
                x[symbol] = x[place]
            elif parts(symbol)[1] in COUNTED:
                x.pop(symbol, None)
        left = numbered(line.left, counted)
        assert (left in x) == line.changes, f"{left} has two lines"
        lefts.append(left)
        if not line.joint:
            x[left] = line.run(x)
    (joint,) = {line is not None and line.joint for line in shapes_lines}
    if joint:
        line = shapes_lines[0]
        values = split_up(line.run(as_one_vector(xs, line.reads)), xs)
        for x, left, value in zip(xs.values(), lefts, values, strict=True):
            x[left] = value
        if line.keep:
            keep(line.keep, xs)


def numbered(symbol, counted):
    """Return a symbol with a number in the place of an index that counts."""
    name, index = parts(symbol)
    return write(name, f"{counted[index]}") if index in counted else symbol


def keep(what, xs):
    """Keep something of this step, if it is to be, and number all that is kept."""
    holds = what.condition.holds(as_one_vector(xs, what.condition.reads))
    for x in xs.values():
        kept, most = x["kept"], x[what.most]
        if holds:
            kept.append([x[f"{name}_t"] for name in what.names])
            del kept[:-most]
        x[what.count] = len(kept)
        for i, values in enumerate(kept, 1):
            x |= {
                write(name, f"{i}"): value
                for name, value in zip(what.names, values, strict=True)
            }
        none = np.zeros((most - len(kept), len(what.names), *np.shape(x["g_t"])))
        x["pairs_t"] = np.concatenate([none, kept]) if kept else none


def as_one_vector(xs, symbols):
    """Return the values of some symbols, those of arrays one behind the other."""
    joined, sizes = {}, [x["g_t"].size for x in xs.values()]
    for symbol in symbols | {"t"}:
        values = [x[symbol] for x in xs.values() if symbol in x]
        if not values:  # needed in a case that does not hold, or an error
            continue
        joined[symbol] = (
            np.concatenate([np.ravel(value) for value in values])
            if [np.size(value) for value in values] == sizes
            else values[0]
        )
    return joined


def split_up(value, xs):
    """Return each array's part of a vector; a number is that of all of them."""
    if not np.ndim(value):
        return [value] * len(xs)
    gs = [x["g_t"] for x in xs.values()]
    parts = np.split(value, np.cumsum([g.size for g in gs])[:-1])
    return [part.reshape(g.shape) for part, g in zip(parts, gs, strict=True)]


def compare(case, x, shape, t):
    """Return the largest difference of a step in weights, increments and state."""
    largest = 0.0
    seen = set()
    its = ours(case, t)
    for symbol, value in x.items():
        if not symbol.endswith(("_t", "w_0")):
            continue
        name = symbol.removesuffix("_t")
        if name not in ("w", r"\Delta w"):
            name = slot_of(name, case.cls) or shared_of(name, case.cls)
        expected = its.get((name, shape))
        if expected is not None:
            seen.add(name)
            if is_matrix(rule_of(case.cls)) and np.size(value) == expected.size:
                value = np.reshape(value, expected.shape)
            largest = max(largest, difference(value, expected))
    # No state of the class is left out.
    kept = {name for name, of in its if of == shape}
    assert seen == kept, f"{case.cls.__name__}: {kept - seen} is not on the page"
    return largest


def difference(value, expected):
    """Return how far a value is away, or infinity where either is no number."""
    # A number stands for an array of it.
    if np.ndim(value) and np.shape(value) != np.shape(expected):
        return np.inf
    gap = np.max(np.abs(value - expected) / np.maximum(1, np.abs(expected)))
    return float(gap) if np.isfinite(gap) else np.inf


def walk_schedule(page, case, steps):
    """Yield the difference of each step between the page and the schedule."""
    schedule = case.cls(**case.arguments)
    fixed = values_of(case.cls, case.arguments) | {
        symbol: case.arguments[name] for symbol, name in functions_of(case.cls).items()
    }
    (display,) = page.displays(case.cls)
    *cycle, last = display.lines
    for t in range(1, steps + 1):
        x = fixed | {"t": t}
        if cycle:
            value = run_cycles(
                cycle, last, x | {line.left: line.run(x) for line in display.starts}
            )
        else:
            assert last.condition is None
            value = last.run(x)
        assert last.left == r"\lambda_t"
        yield difference(value, schedule(t))


def run_cycles(lines, last, x):
    """Go from cycle i to cycle i + 1, and return the value in the one that has t."""
    names = [line.left.removesuffix("_{i+1}") for line in lines]
    # Of floats, those that are wrong end at infinity, where ints grow without end.
    x |= {f"{name}_i": float(x[f"{name}_0"]) for name in names}
    values = []
    for _ in range(STEPS):
        for line in lines:
            x[line.left] = line.run(x)
        if last.holds(x):
            values.append(last.run(x))
        x |= {f"{name}_i": x[f"{name}_{{i+1}}"] for name in names}
    (value,) = values
    return value


def walk_method(page, case, steps):
    """Yield the difference between displays without a left side and a method."""
    shown = [d for d in page.displays(case.cls) if d.holds(case.arguments, flat=True)]
    optimizer = case.cls(Arrays(w=0), **case.arguments)
    method = getattr(optimizer, "".join(display.method for display in shown))
    (line,) = shown[-1].lines
    assert not line.left
    for squares in GRADIENTS[:steps]:
        values = dict.fromkeys(signature(method).parameters, squares["matrix"] ** 2)
        x = values_of(case.cls, case.arguments) | values
        yield difference(line.run(x), method(**values))


@cache
def over(mixin, rule):
    return type(f"{mixin.__name__}{rule.__name__}", (mixin, rule), {})


@cache
def runs(cls):
    """Return how a class's displays are run, and with which cases."""
    if issubclass(cls, Schedule):
        return walk_schedule, cases(
            cls, **dict.fromkeys(functions_of(cls).values(), wave)
        )
    if cls is Optimizer:
        return walk, cases(SGD) + cases(Adam)
    if cls in MIXINS:
        return walk, cases(over(cls, SGD)) + cases(over(cls, Adam))
    if cls not in OPTIMIZERS:
        return walk_method, cases(cls)
    claimed = [
        case
        for display in displays(cls)
        if any(map(is_claim, display.lines))
        for case in cases(cls, **display.options)
    ]
    return walk, cases(cls) + claimed


def wave(t):
    """Stand for a function of the step."""
    return 2 + cos(t)


@cache
def farthest(cls):
    """Return the largest difference between the page and a class in all its cases."""
    go, its = runs(cls)
    return max(d for case in its for d in go(Page(), case, STEPS))


CLASSES = [cls for cls in (*PUBLIC, *SCHEDULES) if displays(cls)]
# Some ten operations a step on numbers of size 1, each good to 1e-16, over 50 steps:
# a thousandth of this. A larger number is measured by its own size.
TOLERANCE = 1e-12


def mutants_of(cls):
    """Yield the displays of a class with one thing changed, by what was changed."""
    for k, display in enumerate(displays(cls)):
        for place, tokens in mutants(display.tokens, display.functions):
            changed = display._replace(tokens=tokens)
            (line,) = [line for line in display.lines if line.start <= place < line.end]
            before = show(display.tokens[line.start : line.end])
            end = line.end + len(tokens) - len(display.tokens)
            name = f"{before} -> {show(tokens[line.start : end])}"
            options = ", ".join(f"{n}={v}" for n, v in display.options.items())
            front = f"{cls.__name__}({options})" if options else cls.__name__
            yield f"{front}: {name}", k, changed


def notices(cls, k, changed):
    """Say whether a case of the class notices that one of its displays is changed."""
    shown = list(displays(cls))
    shown[k] = changed
    go, its = runs(cls)
    # The cases that the display is about come first.
    display = displays(cls)[k]
    about = {name: cls.hyperparameters[name].default for name in flags_of(cls)}
    about |= display.options
    its = sorted(its, key=lambda case: not about.items() <= case.arguments.items())
    page = Page(cls, tuple(shown))
    for steps in (FEW, STEPS):
        for case in its:
            try:
                with np.errstate(all="ignore"):
                    if any(gap > TOLERANCE for gap in go(page, case, steps)):
                        return "differs"
            except Exception:  # what cannot be read or run is noticed, too
                return "fails"
    return ""


@cache
def fates(cls):
    """Return what becomes of each mutant of a class: it differs, fails, or lives."""
    return {name: notices(cls, k, changed) for name, k, changed in mutants_of(cls)}


class Row(NamedTuple):
    """What stands behind the equations of a class, for a table."""

    name: str
    equations: int
    options: tuple[str, ...]
    cases: int
    difference: float
    mutants: int
    differing: int  # that run, and go elsewhere
    failing: int  # that cannot be read or run


def table():
    """Return a row for each class that has displayed equations."""
    return [
        Row(
            cls.__name__,
            sum(len(display.lines) for display in displays(cls)),
            tuple(dict.fromkeys(n for d in displays(cls) for n in d.options)),
            len(runs(cls)[1]),
            farthest(cls),
            len(fates(cls)),
            *([*fates(cls).values()].count(fate) for fate in ("differs", "fails")),
        )
        for cls in CLASSES
    ]
