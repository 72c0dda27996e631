"""Each displayed equation of a rule, mixin or schedule is what its class computes.

Their mutants take long: ``tox -e mutants`` runs them. So it does what the page of what
is checked says. With ``--write-results`` the table there is renewed, after the run of
the peers has renewed their part of it.
"""

import ast
import csv
import inspect
import re
from pathlib import Path

import numpy as np
import pytest
from contract.public import MIXINS, OPTIMIZERS, PUBLIC
from contract.test_mutations import UNSEEN, mutants_of
from docs.equations import (
    CLASSES,
    SCHEDULES,
    STEPS,
    TOLERANCE,
    Page,
    cases,
    displays,
    farthest,
    fates,
    numbers,
    over,
    table,
    walk,
)
from docs.latex import mutants, read, read_symbol, show, split
from docs.test_arithmetic import PAGES, count
from docs.test_notation import BLOCK
from peers import walk as peers_walk
from peers.conftest import PEERS

from npoptim import SGD, DecoupledWeightDecay, ExponentialAverage, L1Optimizer

# Mutants that compute the same.
R_0 = (
    r"r_0 = \begin{cases} \frac{\langle s_k, y_k \rangle}{\langle y_k, y_k \rangle}"
    r" q_0, k > 0 \\ g_t, \text{otherwise} \end{cases}"
)
EQUIVALENT = {
    r"Adafactor: v_t = r_t c_t / \operatorname{mean} (r_t)"
    r" -> v_t = r_t c_t / \operatorname{mean} (c_t)": (
        "both are the mean of all squares"
    ),
    **{
        r"Cautious: \Delta w_t \leftarrow \frac{\operatorname{size} (\chi_t)}"
        r"{\operatorname{sum} (\chi_t) + 1} \chi_t \Delta w_t -> \Delta w_t \leftarrow "
        rf"\frac{{\operatorname{{size}} ({other})}}"
        r"{\operatorname{sum} (\chi_t) + 1} \chi_t \Delta w_t": "all are of one size"
        for other in ("g_t", r"\Delta w_t")
    },
    "ScheduleFreeAdamW(bias_correction=True): "
    r"z_t = z_{t - 1} - \eta_t \left (\frac{g_t}{\sqrt{\hat v_t} + \varepsilon}"
    r" + \alpha w_{t - 1} \right)"
    r" -> z_t = z_{t - 1} - \lambda \left (\frac{g_t}{\sqrt{\hat v_t} + \varepsilon}"
    r" + \alpha w_{t - 1} \right)": "the rate is lambda there",
    **{
        f"LBFGS: {R_0} -> {R_0.replace('g_t', other)}": "q_0 is g_t where k is 0"
        for other in ("q_0", "q_k")
    },
}
CHECKED = Path(__file__).parents[2] / "docs" / "checked"
HEADER = (
    "", "code", "lines", "gap", "mutants", "noticed", "steps", "by hand", *PEERS,
)  # fmt: skip
GAP = HEADER.index("gap")
MOST = 25  # lines of code that a rule may have
# The cosines of Keras are in float32, whatever its float type is.
FLOAT32 = {("CosineDecay", "Keras"), ("CosineRestarts", "Keras"), ("Warmup", "Keras")}


def go_together(mixin, rule):
    """Say whether a class can be made: no rule has a second decay, or average."""
    try:
        return over(mixin, rule)
    except TypeError:
        return False


PAIRS = [(m, rule) for m in MIXINS for rule in OPTIMIZERS if go_together(m, rule)]


def test_all_displays_are_run():
    # Every one of these shows equations, and all of a class's are in its own docstring.
    assert {*OPTIMIZERS, *MIXINS, *SCHEDULES} <= {*CLASSES}
    for cls in (*PUBLIC, *SCHEDULES):
        assert len(displays(cls)) == cls.__doc__.count(".. math::")
        for name, member in vars(cls).items():
            if not name.startswith("__"):
                assert not BLOCK.search(f"{inspect.getdoc(member)}\n"), (cls, name)


@pytest.mark.parametrize("cls", CLASSES)
def test_equations_are_what_the_class_computes(cls):
    assert farthest(cls) <= TOLERANCE


@pytest.mark.parametrize(("mixin", "rule"), PAIRS)
def test_equations_of_mixins_go_with_those_of_every_rule(mixin, rule):
    # With all flags off, and with all on. A wrapper's period is 12 steps at most.
    *_, last, _, _ = its = cases(over(mixin, rule))
    assert max(walk(Page(), its[0], 15)) <= TOLERANCE
    if last is not its[0]:  # without flags it is
        assert max(walk(Page(), last, 15)) <= TOLERANCE


@pytest.mark.parametrize("penalty", [L1Optimizer, DecoupledWeightDecay])
def test_equations_of_mixins_stack(penalty):
    both = over(ExponentialAverage, over(penalty, SGD))
    assert max(walk(Page(), cases(both)[0], STEPS)) <= TOLERANCE


@pytest.mark.mutants
@pytest.mark.parametrize("cls", CLASSES)
def test_every_mutant_of_an_equation_is_noticed(cls):
    alive = {name for name, fate in fates(cls).items() if not fate}
    expected = {name for name in EQUIVALENT if name in fates(cls)}
    # A reason that has become void does not stay.
    assert alive == expected


@pytest.mark.mutants
def test_reasons_name_mutants():
    assert EQUIVALENT.keys() <= {name for cls in CLASSES for name in fates(cls)}


@pytest.mark.mutants
def test_table_has_all():
    rows = table()
    assert [row.name for row in rows] == [cls.__name__ for cls in CLASSES]
    living = sum(row.mutants - row.differing - row.failing for row in rows)
    assert living == len(EQUIVALENT)
    # Most mutants are equations, too, and give other numbers.
    assert sum(row.differing for row in rows) > sum(row.mutants for row in rows) / 2


@pytest.mark.parametrize(
    ("tex", "value"),
    [
        (r"a - b - c", -6),
        (r"-a^2 b", -12),
        (r"a b / c", 1.2),
        (r"\frac{a + b}{c} a", 2),
        (r"2^{-a} \sqrt{b + 1}", 0.5),
        (r"\max(a, b) \, \left( c - 1 \right)^a", 48),
        (r"\lfloor c / a \rfloor", 2),
        (r"\lvert a - b c \rvert a", 26),
        (r"\operatorname{sign}(a - b) a", -2),
        (r"\langle a + 1, b \rangle c", 45),
        (r"\begin{cases} a, & b < c \\ b, & b \ge c \end{cases}", 2),
        (r"\begin{cases} a, & b > c \\ b, & \text{otherwise} \end{cases}", 3),
        (r"\begin{cases} a, & b > c \\ b, & b \le c \end{cases}", 3),
    ],
)
def test_latex_is_read(tex, value):
    (line,), _ = read(split(tex))
    assert line.run({"a": 2, "b": 3, "c": 5}) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    "tex",
    [
        "a / b c",  # of two meanings
        r"\sum a",
        r"a \times b",
        r"a = b \quad \text{else}",
        r"\operatorname{median}(a)",
        r"\operatorname{mean}_{\text{layers}}(a)",
        "a + [b]",
        "(a",
        "a)",
        "a = b = c",
        r"\begin{aligned} a &= b",
        "a^",
        "a, b",
        r"\langle a \rangle",
        r"x_i = a, i = 1, 2",
        r"x_i = a, i = 1, \dots",
        r"\sqrt a",
        "+ a",
    ],
)
def test_unknown_latex_is_refused(tex):
    with pytest.raises(SyntaxError):
        read(split(tex))


def test_cases_are_chosen_element_by_element():
    (line,), _ = read(split(r"\begin{cases} a, & b > c \\ b, & b < c \end{cases}"))
    assert [*line.run({"a": 9, "b": np.array([1, 3]), "c": 2})] == [1, 9]
    with pytest.raises(AssertionError):  # neither case holds for the second element
        line.run({"a": 9, "b": np.array([1, 2]), "c": 2})


def test_capital_letters_are_matrices():
    a, b = np.array([[2.0, 1], [1, 3]]), np.array([[1.0, 2], [3, 4]])
    for tex, value in (
        (r"A B^\top / 2", a @ b.T / 2),
        (r"(A + B) B", (a + b) @ b),
        (r"2 A^2", 2 * a @ a),
        (r"\lVert B \rVert", np.sqrt(30)),
    ):
        (line,), _ = read(split(tex))
        np.testing.assert_allclose(line.run({"A": a, "B": b}), value, rtol=1e-14)
    (line,), _ = read(split("A B"))
    assert line.run({"A": 2, "B": 3}) == 6
    assert "B A" in [show(tokens) for _, tokens in mutants(split("A B"))]


def test_lines_are_repeated():
    (line,), _ = read(split(r"q_{i-1} = q_i - a_i, \quad i = k, \dots, 1"))
    assert line.loop == ("k", "1")
    assert [*numbers(line.loop, {"k": 3})] == [3, 2, 1]
    assert [*numbers(("1", "k"), {"k": 3})] == [1, 2, 3]
    assert [*numbers(("1", "k"), {"k": 0})] == [*numbers(("k", "1"), {"k": 0})] == []
    changed = [
        show(tokens) for _, tokens in mutants(split("x_i = a, i = 1, \\dots, n"))
    ]
    assert r"x_i = a, i = n, \dots, 1" in changed


def test_symbols_are_one_symbol():
    assert read_symbol(r"\eta^+") != read_symbol(r"\eta^-")
    assert read_symbol(r"v^{\max}_t") == r"v^{\max}_t"
    assert read_symbol(r"\hat m_{t-1}") == read_symbol(r"\hat m_{t - 1}")
    with pytest.raises(SyntaxError):
        read_symbol("a b")


# The page


def read_table(name):
    with (CHECKED / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [tuple(row) for row in csv.reader(file)]


def code_lines(cls):
    """Return the number of lines of a class, without docstrings and comments."""
    lines = inspect.getsource(cls).splitlines()
    for node in ast.walk(ast.parse(inspect.getsource(cls))):
        match node:
            case ast.Expr(
                value=ast.Constant(value=str()), lineno=start, end_lineno=end
            ):
                lines[start - 1 : end] = [""] * (end - start + 1)
    return sum(bool(line.partition("#")[0].strip()) for line in lines)


def steps_by_hand(cls):
    """Return the number of steps that a class's examples work out."""
    examples = inspect.cleandoc(cls.__doc__).partition("\nExamples\n")[2]
    items = re.findall(r"^- .*\n(?:  .*\n)*", examples, re.MULTILINE)
    return sum(" w = " in " ".join(item.split()) for item in items)


def code_mutants(cls):
    """Return how many mutants of a class's code there are, and how many are noticed."""
    of_class = [
        n for n in mutants_of(cls.__module__) if n.startswith(f"{cls.__name__}.")
    ]
    return len(of_class), len({*of_class} - UNSEEN.keys())


def rows():
    peers = {name: differences for name, *differences in read_table("peers")[1:]}
    chains = {name: count(found) for name, found in PAGES}
    found = []
    for cls, row in zip(CLASSES, table(), strict=True):
        mutants, noticed = code_mutants(cls)
        cells = (
            row.name, code_lines(cls), row.equations,
            f"{row.difference:.0e}".replace("0e+00", "0"),
            row.mutants + mutants, row.differing + row.failing + noticed,
            steps_by_hand(cls), chains.get(row.name, 0),
            *peers.pop(row.name, [""] * len(PEERS)),
        )  # fmt: skip
        found.append(cells)
    assert not peers, f"{peers.keys()} have no equations"
    sums = [
        largest(column) if name == "gap" or name in PEERS else sum(column)
        for name, column in zip(
            HEADER[1:], [*zip(*found, strict=True)][1:], strict=True
        )
    ]
    return [HEADER, *(tuple(map(str, row)) for row in (*found, ("all", *sums)))]


def largest(column):
    return max(filter(None, column), key=float)


def without_gap(row):
    return row[:GAP] + row[GAP + 1 :]


@pytest.mark.parametrize("cls", [*OPTIMIZERS, *MIXINS])
def test_a_rule_is_short_and_is_worked_by_hand(cls):
    assert code_lines(cls) <= MOST
    assert steps_by_hand(cls) >= 3


@pytest.mark.mutants
def test_table_has_what_the_tests_find(request):
    found = rows()
    if request.config.getoption("write_results"):
        text = "\n".join(map(",".join, found))
        (CHECKED / "rules.csv").write_text(text + "\n", encoding="utf-8")
    shown = read_table("rules")
    # The last digits of a difference are not the same on all machines.
    assert [*map(without_gap, shown)] == [*map(without_gap, found)]
    assert all(float(row[GAP]) <= TOLERANCE for row in (*shown[1:], *found[1:]))


def test_peers_agree_to_what_the_page_says():
    (_, *peers), *shown = read_table("peers")
    for name, *cells in shown:
        for peer, text in zip(peers, cells, strict=True):
            bound = 1e-6 if (name, peer) in FLOAT32 else peers_walk.TOLERANCE["rtol"]
            assert not text or float(text) <= bound


def test_page_says_what_is_done():
    page = (CHECKED.parent / "checked.md").read_text(encoding="utf-8")
    page = " ".join(page.split())
    assert peers_walk.STEPS == STEPS
    assert peers_walk.TOLERANCE["rtol"] == TOLERANCE
    assert f"{STEPS} random steps" in page
    assert len(re.findall(f"{TOLERANCE:.0e}", page)) == 2
