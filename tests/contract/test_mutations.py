"""Break any one term of any rule, and a doctest of its own module fails.

All of them take minutes: ``tox -e mutants`` runs them.
"""

import ast
import doctest
import functools
import importlib
import inspect
import sys
import types
import warnings
from copy import deepcopy

import numpy as np
import pytest
from contract.public import PUBLIC

import npoptim
from npoptim import Number, Optimizer, Schedule

# For each module, its public rules, mixins and schedules.
CLASSES: dict[str, list[type]] = {}
for cls in [
    *PUBLIC,
    *(
        c
        for c in vars(npoptim).values()
        if isinstance(c, type) and issubclass(c, Schedule)
    ),
]:
    CLASSES.setdefault(cls.__module__, []).append(cls)
# What is changed of the template. Of all others it is every method and function.
HOOKS = ("step", "regularize", "norm")
# Mutants that compute the same, or what no example should have to show.
UNSEEN = {
    "DecoupledWeightDecay.get_updates: if self.weight_decay:"
    " -> if self.lr:": "saves adding zeros, no more",
    **{
        f"{name}: if self.weight_decay: -> if 1:": "saves adding zeros, no more"
        for name in (
            "DecoupledWeightDecay.get_updates",
            "L1Optimizer.regularize",
            "ElasticNet.regularize",
            "Optimizer.regularize",
        )
    },
    **{
        f"Optimizer.step: drop {line}": "test_template has it"
        for line in (
            "self._check_step(closure)",
            "self.prepare()",
            "self.finish()",
        )
    },
    **{
        f"{name}.finish: drop super().finish()": "test_template stacks wrappers"
        for name in ("ExponentialAverage", "UniformAverage")
    },
    **{
        "Cautious.get_updates: increment[...] = chi.size / (chi.sum() + 1) * chi"
        f" * increment -> increment[...] = {other}.size / (chi.sum() + 1) * chi"
        " * increment": ("all are of one size")
        for other in ("g", "increment")
    },
    "ASGD.finish: drop super().finish()": "does nothing under wrappers listed first",
    "PolyakSGD.prepare: self.loss = float(self.closure())"
    " -> self.loss = self.closure()": "test_descent has it",
    **{
        f"{name}.prepare: drop super().prepare()": (
            "does nothing under wrappers listed first"
        )
        for name in ("NAdam", "PolyakSGD", "ScheduleFreeSGD")
    },
    "SAM.prepare: drop super().prepare()": "NAdam's equations run under it",
    **{
        "SAM.prepare: norm = self.norm(self.gradients) or 1.0 -> norm ="
        f" self.norm(self.gradients) or {other}": "0 by any number is 0"
        for other in (2, 3)
    },
    **{
        f"ADOPT.update: return np.zeros_like(g) -> return np.zeros_like({name})": (
            "zeros of the same shape"
        )
        for name in "mvw"
    },
    **{
        f"join: {line.format('np.zeros(0)')} -> {line.format(other)}": (
            "of a model without arrays, where nothing is written"
        )
        for line in ("joined.append(np.concatenate(arrays or [{}], axis=-1))",)
        for other in ("0", "np.zeros(1)", "np.zeros(2)", "np.zeros(3)")
    },
    "split: start, end = (end, end + arrays[0].size)"
    " -> start, end = (end, end + arrays[2].size)": "both are as large as the weights",
    **{
        f"LBFGS.get_updates: {line.format('s, y', 'self.history')}"
        f" -> {line.format(*other)}": reason
        for line in ("kept = [(s, y) for s, y in pairs if np.vdot({}) > 0][-{}:]",)
        for other, reason in (
            (("s, y", "0"), "test_matrix has it"),
            (("s, s", "self.history"), "no row is left but one without a pair, of 0"),
            (("y, y", "self.history"), "no row is left but one without a pair, of 0"),
        )
    },
    "LBFGS.get_updates: "
    "r = next((np.vdot(s, y) / np.vdot(y, y) * q for s, y in kept[-1:]), q)"
    " -> r = next((np.vdot(s, y) / np.vdot(y, y) * q for s, y in kept[-1:]), g)": (
        "where no pair is kept q is g"
    ),
    "CenteredRMSprop.update: "
    "return -self.lr * g / self.root(np.maximum(0, v - m ** 2))"
    " -> return -self.lr * g / self.root(v - m ** 2)": (
        "is below 0 by rounding alone: test_finite has it"
    ),
    **{
        "Muon.update: return increment.reshape(w.shape)"
        f" -> return increment.reshape({other}.shape)": "all are of one shape"
        for other in "bgu"
    },
    **{
        f"Shampoo.update: {line.format('self.eps', 'self.eps')}"
        f" -> {line.format(*other)}": "it is below the eigenvalues but for rounding"
        for line in ("x = power(left, -1 / 4, {}) @ x @ power(right, -1 / 4, {})",)
        for least in ("0", "1", "self.lr")
        for other in ((least, "self.eps"), ("self.eps", least))
    },
    "Shampoo.update: return increment.reshape(w.shape)"
    " -> return increment.reshape(g.shape)": "both are of one shape",
    **{
        f"SOAP.update: {line} -> {line.replace('p is', f'{other} is')}": (
            "a vector has none of the four"
        )
        for line in (
            "if p is not None:",
            "u = u if p is None else p @ u @ q.T",
            "h, u = (x, u) if p is None else (p.T @ x @ q, p.T @ u @ q)",
        )
        for other in ("left", "right", "q")
    },
    "SOAP.update: h, u = (x, u) if p is None else (p.T @ x @ q, p.T @ u @ q)"
    " -> h, u = (g, u) if p is None else (p.T @ x @ q, p.T @ u @ q)": (
        "a vector is one row"
    ),
    **{
        f"SOAP.update: {line.format('w')} -> {line.format(other)}": "of one shape"
        for line in (
            "return -self.lr * u.reshape({}.shape)",
            "v[...] = self.beta2 * v + (1 - self.beta2) * h.reshape({}.shape) ** 2",
        )
        for other in "gmv"
    },
    **{
        f"Adafactor.start: return {before} -> return {after}": (
            "beta is 0 at first, whatever the state"
        )
        for before, after in (
            ("{'v': np.zeros_like(w)}", "{'v': w}"),
            (
                "{'row': np.zeros_like(rows), 'column': np.zeros_like(columns)}",
                "{'row': rows, 'column': np.zeros_like(columns)}",
            ),
            (
                "{'row': np.zeros_like(rows), 'column': np.zeros_like(columns)}",
                "{'row': np.zeros_like(rows), 'column': columns}",
            ),
        )
    },
    **{
        f"Adafactor.update: {line.format(old)} -> {line.format(new)}": (
            "the same on matrices; arrays of three axes are compared with PyTorch's"
        )
        for line, old, new in (
            (
                "row[...] = beta * row + (1 - beta) * squares.mean(axis={}, "
                "keepdims=True)",
                "-1",
                "1",
            ),
            (
                "column[...] = beta * column + (1 - beta) * squares.mean({}, "
                "keepdims=True)",
                "-2",
                "-0",
            ),
            ("v = row * column / row.mean(axis={}, keepdims=True)", "-2", "-0"),
            (
                "column[{}] = beta * column + (1 - beta) * squares.mean(-2, "
                "keepdims=True)",
                "...",
                "0",
            ),
        )
    },
}
# What a state is made of: test_state has them.
STATES = ("state_dict", "load_state_dict", "describe_schedule")
SWAPS = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Div],
    ast.Div: [ast.Mult],
    ast.Pow: [ast.Mult],
    ast.MatMult: [ast.Mult],
    ast.Mod: [ast.FloorDiv],
    ast.FloorDiv: [ast.Mod, ast.Div],
}
OPPOSITES = {"maximum": "minimum", "max": "min", "sqrt": "square", "cos": "sin"}
OPPOSITES |= {other: name for name, other in OPPOSITES.items()}


def names_of_arrays(function):
    """Return the names of a function's arguments and variables, without self."""
    stored = {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    arguments = {argument.arg for argument in function.args.args} - {"self"}
    return sorted(arguments | stored)


def numbers_of_self(function, cls):
    """Return the numbers of its class that a function calculates with, and t."""
    numbers = {"t"}
    if cls is not None:
        numbers |= {n for n, h in cls.hyperparameters.items() if isinstance(h, Number)}
    return sorted(
        {
            node.attr
            for node in ast.walk(function)
            if isinstance(node, ast.Attribute) and node.attr in numbers
        }
    )


def replacements(node, arrays, numbers):
    """Yield what a node of a function may wrongly be."""
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            for other in SWAPS.get(type(op), []):
                yield ast.BinOp(left, other(), right)
            if isinstance(op, ast.MatMult) and ast.dump(left) != ast.dump(right):
                yield ast.BinOp(right, op, left)
            yield left
            yield right
        case ast.AugAssign(target=target, op=op, value=value):
            for other in SWAPS.get(type(op), []):
                yield ast.AugAssign(target, other(), value)
            yield ast.Assign([target], value)
            yield ast.Pass()
        case ast.Assign() | ast.Expr() | ast.Return():
            yield ast.Pass()
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield operand
        case ast.Constant(value=bool() | str()):
            pass
        case ast.Constant(value=value):
            yield from map(ast.Constant, {0, 1, 2, 3} - {value})
        case ast.Attribute(attr=attr, ctx=ast.Load()) if attr in numbers:
            yield ast.Constant(0)
            yield ast.Constant(1)
            for other in numbers:
                if other != attr:
                    yield ast.Attribute(node.value, other, node.ctx)
        case ast.Attribute(value=ast.Name(id="np"), attr=attr) if attr in OPPOSITES:
            yield ast.Attribute(node.value, OPPOSITES[attr], node.ctx)
        case ast.Call(
            func=ast.Name(id=name, ctx=context), args=[_, *_] as arguments
        ) if name != "super":
            if name in ("max", "min"):
                yield ast.Call(ast.Name(OPPOSITES[name], context), arguments, [])
            yield from arguments
        case ast.Name(id=name, ctx=ast.Load()) if name in arrays:
            for other in arrays:
                if other != name:
                    yield ast.Name(other, node.ctx)
        case ast.Call(func=ast.Attribute(value=ast.Name(id="np")), args=arguments):
            yield from arguments
        case ast.Call(func=ast.Attribute(value=value, attr="copy")):
            yield value
        case ast.If(test=test, body=body, orelse=orelse):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield ast.IfExp(test, orelse, body)


def without_docstrings(function):
    if ast.get_docstring(function) is not None:
        function.body = function.body[1:] or [ast.Pass()]
    return function


@functools.cache
def mutants_of(module):
    """Return what builds a changed syntax tree of a module, by what was changed."""
    return dict(generate_mutants(module))


def generate_mutants(module):
    tree = ast.parse(inspect.getsource(importlib.import_module(module)))
    for cls, name, function in functions_of(module, tree):
        without_docstrings(function)
        before = unparse(function.body)
        arrays, numbers = names_of_arrays(function), numbers_of_self(function, cls)
        body = ast.Module(function.body, [])
        left_alone = nodes_left_alone(body)
        for i, node in enumerate(ast.walk(body)):
            if node in left_alone:
                continue
            for replacement in replacements(node, arrays, numbers):
                changed = deepcopy(body)
                parent, field, index = place(changed, i)
                if index is None:
                    setattr(parent, field, deepcopy(replacement))
                else:
                    getattr(parent, field)[index] = deepcopy(replacement)
                description = describe(name, before, unparse(changed.body))
                yield description, functools.partial(build, tree, function, changed)


def build(tree, function, changed):
    """Return a copy of a tree with another body of a function."""
    whole, function.body = function.body, changed.body
    try:
        return ast.fix_missing_locations(deepcopy(tree))
    finally:
        function.body = whole


def unparse(body):
    return "\n".join(
        ast.unparse(ast.fix_missing_locations(statement)) for statement in body
    )


def nodes_left_alone(tree):
    """Return what says or mends that something is wrong, and loops that may not end."""
    parts = []
    for node in ast.walk(tree):
        match node:
            case ast.Raise() | ast.While():
                parts.append(node)
            case ast.Try(handlers=handlers, finalbody=final):
                parts += [*handlers, *final]
    return {inner for part in parts for inner in ast.walk(part)}


def functions_of(module, tree):
    """Yield what is to be changed: its class, if it has one, its name, and the tree."""
    classes = {cls.__name__: cls for cls in CLASSES[module]}
    for node in tree.body:
        if (
            isinstance(node, ast.FunctionDef)
            and Optimizer not in CLASSES[module]
            and node.name not in STATES
        ):
            yield None, node.name, node
        elif isinstance(node, ast.ClassDef) and node.name in classes:
            cls = classes[node.name]
            for method in node.body:
                if isinstance(method, ast.FunctionDef) and (
                    method.name in HOOKS
                    if cls is Optimizer
                    else method.name not in ("complete", *STATES)  # raises and warns
                ):
                    yield cls, f"{cls.__name__}.{method.name}", method


def place(tree, number):
    """Return where the node of that number in the walk hangs."""
    child = list(ast.walk(tree))[number]
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            if value is child:
                return parent, field, None
            if isinstance(value, list):
                for index, item in enumerate(value):
                    if item is child:
                        return parent, field, index
    raise LookupError(number)


def describe(name, before, after):
    """Return the first line that differs, as it was and as it is."""
    for line, other in zip(before.splitlines(), after.splitlines(), strict=False):
        if line != other:
            if other.strip() == "pass":
                return f"{name}: drop {line.strip()}"
            return f"{name}: {line.strip()} -> {other.strip()}"
    raise AssertionError("nothing has changed")


def doctests_pass(module, tree, monkeypatch):
    """Run a module's doctests with its code replaced, and nothing else changed."""
    original = importlib.import_module(module)
    tests = [test for test in doctest.DocTestFinder().find(original) if test.examples]
    assert tests
    mutant = types.ModuleType(original.__name__)
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.FAIL_FAST
    runner = doctest.DocTestRunner(verbose=False, optionflags=flags)
    with monkeypatch.context() as patch, warnings.catch_warnings():
        # A warning is not what should give a wrong number away.
        warnings.simplefilter("ignore")
        patch.setitem(sys.modules, original.__name__, mutant)
        exec(compile(tree, original.__file__, "exec"), vars(mutant))
        for name, value in vars(mutant).items():
            if name in npoptim.__all__ and value.__module__ == original.__name__:
                patch.setattr(npoptim, name, value)
        for test in tests:
            test.globs = dict(vars(mutant))
            if runner.run(test, out=lambda text: None).failed:
                return False
    return True


@pytest.fixture(autouse=True)
def nothing_leaks():
    """Assert that the library is the same before and after."""
    before = {name: getattr(npoptim, name) for name in npoptim.__all__}
    yield
    assert before == {name: getattr(npoptim, name) for name in npoptim.__all__}
    for module, classes in CLASSES.items():
        assert all(
            getattr(sys.modules[module], cls.__name__)
            is getattr(npoptim, cls.__name__)
            is cls
            for cls in classes
        )


@pytest.mark.parametrize("module", CLASSES)
def test_unchanged_module_passes(module, monkeypatch):
    original = importlib.import_module(module)
    assert doctests_pass(module, ast.parse(inspect.getsource(original)), monkeypatch)


@pytest.mark.mutants
@pytest.mark.parametrize("module", CLASSES)
def test_every_mutant_fails_a_doctest(module, monkeypatch):
    # Where an example fails, it would seem to notice all that is changed.
    test_unchanged_module_passes(module, monkeypatch)
    mutants = mutants_of(module)
    survivors = {
        description
        for description, mutant in mutants.items()
        if doctests_pass(module, mutant(), monkeypatch)
    }
    assert len(mutants) >= 10
    expected = {name for name in UNSEEN if name in mutants}
    assert sorted(survivors - expected) == []
    # A reason that has become void does not stay.
    assert sorted(expected - survivors) == []


@pytest.mark.mutants
def test_reasons_name_mutants():
    described = {name for module in CLASSES for name in mutants_of(module)}
    assert set(UNSEEN) <= described


def test_a_mutant_computes_something_else(monkeypatch):
    # The machinery itself: one known mutant, run by hand.
    trees = mutants_of("npoptim.descent.sgd")
    name = (
        "SGD.update: v[...] = self.momentum * v - self.lr * g"
        " -> v[...] = self.momentum * v + self.lr * g"
    )
    assert name in trees
    namespace = {"__name__": "mutant"}
    exec(compile(trees[name](), "mutant", "exec"), namespace)
    steps = npoptim.trace(namespace["SGD"], 1, [2], lr=0.25)
    assert steps[0].w == 1.5
    assert npoptim.trace(npoptim.SGD, 1, [2], lr=0.25)[0].w == 0.5
    assert np.isfinite(steps[0].v)
