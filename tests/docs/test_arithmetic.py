"""Every step worked by hand on a page is right, and ends in the output below it.

A page's arithmetic is its chains of values that are said to be equal, such as
``√(10 + 15) = 5`` or ``v = 0.1 · 10² = 10``; ``m = 1.5, over 1 - 0.5 is 3`` is a
quotient. In examples, no equals sign and no operator outside of code and LaTeX is left
unread. ``python tests/docs/test_arithmetic.py`` prints the number of chains by page.
"""

import ast
import re
from doctest import DocTestParser, Example
from fractions import Fraction
from inspect import cleandoc
from itertools import pairwise
from math import cos, isqrt, log, pi
from pathlib import Path
from typing import NamedTuple

import pytest

import npoptim
from npoptim import Optimizer

ROOT = Path(__file__).parents[2]

# What is not read: LaTeX, fences, code, roles.
BLOCK = re.compile(
    r"^( *)\.\. math::.*\n(?:\1 +.*\n| *\n)*|^\$\$\n[\s\S]*?^\$\$\n"
    r"|^```py.*\n(?P<kept>[\s\S]*?)^```\n"
    r"|^```(?!py)[\s\S]+?^```\n"
    r"|^(?:```|:::).*$",
    re.MULTILINE,
)
QUOTED = re.compile(r"(?::[\w:+-]+:|\{[\w:-]+\})?(`+)[\s\S]+?\1|\$[^$]+\$")
PARAGRAPH = re.compile(r"\n\s*\n|\n(?= *[-*|] )|\n(?=Examples\n-)")

TOKEN = re.compile(
    r"(?P<number>\d+(?:\.\d+)?(?:e-?\d+)?|[½π])"
    r"|(?P<relation>[=<>]|(?:(?:is|are) )?(?:below|lower than|above|larger than)\b"
    r"|is\b|are\b)"
    r"|(?P<function>[√∛]|log\b|cos\b)"
    r"|(?P<word>[^\W\d_π][\w'-]*)"
    r"|(?P<operator> [-+·/] |[²³·])|(?P<sign>\S)"
)
# Prose other than of examples is read where something is equal to a number.
EQUAL = re.compile(r"[\d)²³½π] = [-√∛(\d]")


class Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


class Side(NamedTuple):
    """A value, and the text that stands for it."""

    kind: str
    text: str
    start: int
    end: int
    value: Fraction

    def is_number(self):
        return re.fullmatch(r"-?(?:[√∛]|log |cos )?[\d.e/π½-]+", self.text)


class Chain(NamedTuple):
    name: str
    relations: list[str]
    sides: list[Side]

    def equal(self):
        """Return the sides that are equal, without those that are only compared."""
        equal = [relation in ("=", "is") for relation in self.relations]
        return self.sides[: [*equal, False].index(False) + 1]


class Reader:
    """Reads a paragraph; each function reads what it is named after."""

    def __init__(self, text):
        self.text, self.i = text, 0
        self.tokens = [
            Token(m.lastgroup, m[0], m.start(), m.end()) for m in TOKEN.finditer(text)
        ] + [Token("end", "", len(text), len(text))]

    def take(self, *texts):
        token = self.tokens[self.i]
        if token.text not in texts:
            return ""
        self.i += 1
        return token.text

    def nodes(self):
        """Return the values in the place of their tokens, and all others."""
        nodes = []
        while self.tokens[self.i].kind != "end":
            first, token = self.i, self.tokens[self.i]
            if token.kind in ("number", "function") or token.text in ("(", "-"):
                try:
                    value = self.sum()
                except ValueError:
                    # Parentheses and dashes of prose; what is behind is read by itself.
                    if token.text not in ("(", "-"):
                        raise
                    self.i = first
                else:
                    start, end = token.start, self.tokens[self.i - 1].end
                    side = Side("side", self.text[start:end], start, end, value)
                    nodes.append(side)
                    continue
            nodes.append(token)
            self.i += 1
        return nodes

    def sum(self):
        value = self.product()
        while sign := self.take(" + ", " - "):
            value = value + self.product() if sign == " + " else value - self.product()
        return value

    def product(self):
        value = self.factor()
        while sign := self.take(" · ", " / "):
            value = value * self.factor() if sign == " · " else value / self.factor()
        return value

    def factor(self):
        if self.take("-"):
            return -self.factor()
        if name := self.take("log", "cos"):
            # Rounded so that the cosine of π/2 is 0.
            return Fraction(round({"log": log, "cos": cos}[name](self.factor()), 15))
        value = self.power()
        return value / self.power() if self.take("/") else value

    def power(self):
        if self.take("√"):
            return root(self.power())
        if self.take("∛"):
            return Fraction(float(self.power()) ** (1 / 3))
        value = self.atom()
        while sign := self.take("²", "³"):
            value **= {"²": 2, "³": 3}[sign]
        return value

    def atom(self):
        if self.take("("):
            value = self.sum()
            if not self.take(")"):
                raise ValueError(f"no ) in {self.text!r}")
            return value
        token = self.tokens[self.i]
        if token.kind != "number":
            raise ValueError(
                f"no number at {self.text[token.start :]!r} in {self.text!r}"
            )
        self.i += 1
        special = {"½": Fraction(1, 2), "π": Fraction(pi)}
        value = special[token.text] if token.text in special else Fraction(token.text)
        return value * Fraction(pi) if self.take("π") else value


def root(value):
    above, below = isqrt(value.numerator), isqrt(value.denominator)
    exact = Fraction(above, below)
    return exact if exact**2 == value else Fraction(float(value) ** 0.5)


def chains(text):
    """Return the chains of a paragraph; raise ValueError for what cannot be read."""
    nodes, found, read = Reader(text).nodes(), [], set()

    def at(i):
        return nodes[i] if 0 <= i < len(nodes) else Token("end", "", 0, 0)

    i = 0
    while i < len(nodes):
        if nodes[i].kind != "side":
            i += 1
            continue
        first, sides, relations, name = i, [nodes[i]], [], ""
        if (
            at(i - 1).text == "over"
            and at(i + 1).text == "is"
            and at(i + 2).kind == "side"
        ):
            before = next(
                n for n in reversed(nodes[: i - 1]) if n.text not in (",", "which")
            )
            if before.kind != "side":
                raise ValueError(f"nothing to divide: {text!r}")
            value = before.value / nodes[i].value
            sides = [
                nodes[i]._replace(value=value, text="/ " + nodes[i].text),
                nodes[i + 2],
            ]
            relations, i = ["is"], i + 2
        else:
            if at(i - 1).kind == "relation":
                read.add(i - 1)
                name = at(i - 2).text if at(i - 1).text in ("=", "is", "are") else ""
                if at(i - 1).text == "=" and at(i - 2).kind != "word":
                    raise ValueError(f"no left side of {at(i).text!r}: {text!r}")
            # "The cosines of 0 and 2π/3 are 1 and -½" is no claim about 2π/3.
            while (
                at(i + 1).kind == "relation"
                and at(i + 1).text != "are"
                and at(i + 2).kind == "side"
            ):
                read.add(i + 1)
                relations.append(nodes[i + 1].text)
                sides.append(nodes[i + 2])
                i += 2
        if len(sides) == 1 and not sides[0].is_number():
            raise ValueError(f"{sides[0].text!r} has no value beside it: {text!r}")
        if name or relations:
            found.append(Chain(name, relations, sides))
        i = max(i, first) + 1
    for i, node in enumerate(nodes):
        if (node.text == "=" and i not in read) or node.kind in (
            "operator",
            "function",
        ):
            raise ValueError(
                f"{node.text!r} cannot be read: {text[node.start - 20 :]!r}"
            )
    return found


def agree(a, b):
    """Say whether two values are equal, or one is the other to the digits shown.

    Only what no short decimal fraction is, such as 1/3, may be rounded, and to no fewer
    than three digits: with one or two, a wrong step would pass.
    """
    if a.value == b.value:
        return True
    for exact, shown in ((a, b), (b, a)):
        decimal = re.fullmatch(r"-?\d+\.\d+", shown.text)
        digits = len(re.sub(r"[-.]", "", shown.text).lstrip("0"))
        if decimal and digits >= 3 and 10**9 % exact.value.denominator:
            unit = Fraction(1, 10 ** len(shown.text.partition(".")[2]))
            return abs(exact.value - shown.value) <= unit / 2
    return False


def holds(relation, a, b):
    if relation in ("=", "is", "are"):
        return agree(a, b)
    less = "below" in relation or "lower" in relation or relation == "<"
    return a.value < b.value if less else a.value > b.value


def is_in(value, cells):
    """Say whether a printed number is this value, to six digits."""
    return Fraction(f"{float(value):.6g}") in map(Fraction, cells)


def numbers(lines):
    """Return the numbers of some lines, without their signs."""
    text = " ".join(lines)
    found = re.findall(r"(?<![\w.])\d[\d_]*(?:\.\d*)?(?:e[-+]?\d+)?", text)
    return [f"{float(x):.6g}" for x in found]


class Paragraph(NamedTuple):
    """Prose, its number among the items above an example, and what that prints.

    A paragraph right above an example is its last, and so are all items there.
    """

    text: str
    item: int | None
    items: int
    last: bool
    sources: list[str]
    outputs: list[str]

    def complaints(self, text=None):
        """Yield what is wrong with the paragraph, or with another in its place."""
        try:
            found = chains(text or self.text)
        except (ValueError, ZeroDivisionError) as error:
            yield str(error)
            return
        lines = self.outputs[0].splitlines() if self.outputs else []
        header = re.split(r"\s{2,}", lines[0].strip()) if lines else []
        rows = [re.split(r"\s{2,}", line.strip()) for line in lines[1:]]
        for chain in found:
            pairs = zip(chain.relations, pairwise(chain.sides), strict=True)
            for relation, (a, b) in pairs:
                if not holds(relation, a, b):
                    values = float(a.value), float(b.value)
                    yield f"{a.text} {relation} {b.text}: {values}"
            # The row of an item is known; a sentence may be about any.
            # "From w = 1" is where a walk starts.
            starts = self.item is None and not chain.relations
            if header[:1] == ["t"] and chain.name in header and not starts:
                column = header.index(chain.name)
                mine = rows if self.item is None else rows[self.item : self.item + 1]
                if not is_in(chain.equal()[-1].value, [row[column] for row in mine]):
                    yield f"{chain.name} = {chain.equal()[-1].text} is not in the table"

        # What comes last is there even if it is no column's, or goes into the code.
        values = [chain.equal()[-1].value for chain in found if chain.relations]
        mine = self.sources + self.outputs
        if self.item is not None:
            mine = lines[-self.items :][self.item : self.item + 1]
        # A step's length stands for the step, so the signs may differ here.
        if values and mine and self.last and not is_in(abs(values[-1]), numbers(mine)):
            yield f"{float(values[-1])} is not in the output"


def pages():
    """Yield the name and the text of every docstring and every page with examples."""
    for path in sorted((ROOT / "npoptim").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.Module):
                docstring = ast.get_docstring(node, clean=False)
                if docstring:
                    yield getattr(node, "name", path.stem), cleandoc(docstring) + "\n"
    for path in [
        *sorted((ROOT / "docs" / "story").glob("*.md")),
        ROOT / "docs/contributing.md",
    ]:
        yield path.stem, path.read_text(encoding="utf-8")


def paragraphs(page):
    exemplary = False
    parts = DocTestParser().parse(BLOCK.sub(lambda m: f"\n{m['kept'] or ''}\n", page))
    for i, part in enumerate(parts):
        if isinstance(part, Example):
            continue
        sources, outputs = [], []
        for following in parts[i + 1 :]:
            if isinstance(following, Example):
                sources.append(following.source)
                outputs += [following.want] if following.want else []
            elif following.strip():
                break
        texts = [" ".join(p.split()) for p in PARAGRAPH.split(QUOTED.sub("x", part))]
        texts = [text for text in texts if text]
        items = 0
        while items < len(texts) and texts[-1 - items].startswith("- "):
            items += 1
        for k, text in enumerate(texts, start=items - len(texts)):
            if text.startswith("Examples -"):
                exemplary, text = True, re.sub("^Examples -+ ?", "", text)
            if not (exemplary or k >= 0 or EQUAL.search(text)):
                continue
            item, last = (k, True) if k >= 0 else (None, items == 0 and k == -1)
            # The dash of an item is none of arithmetic.
            yield Paragraph(
                text.removeprefix("- "), item, items, last, sources, outputs
            )


def mutants(text):
    """Yield the paragraph with a digit or sign of a chain changed, if that matters.

    A table prints six digits, so those of a longer number that come later may not.
    """
    for chain in chains(text):
        # What is larger remains so when most digits change.
        for side in chain.equal() if len(chain.equal()) > 1 else ():
            late = {
                number.start() + k
                for number in re.finditer(r"\d+\.\d+", text)
                for k in range(len(number[0]))
                if len(re.sub(r"[.]", "", number[0][:k]).lstrip("0")) >= 6
            }
            for k in {*range(side.start, side.end)} - late:
                for new in swaps(text, k):
                    changed = text[:k] + new + text[k + 1 :]
                    if value_at(changed, side.start) != value_at(text, side.start):
                        yield changed


def swaps(text, k):
    c = text[k]
    if c.isascii() and c.isdigit():
        return [str((int(c) + 1) % 10)]
    return {"+": ["-"], "-": ["+" if text[k + 1] == " " else ""], "²": ["³"]}.get(c, [])


def value_at(text, start):
    reader = Reader(text)
    reader.i = next(i for i, t in enumerate(reader.tokens) if t.start >= start)
    try:
        return reader.sum()
    except (ValueError, ZeroDivisionError):
        return None


PAGES = [
    (name, found)
    for name, page in pages()
    if re.search(r"[=·√²½]", page) and (found := list(paragraphs(page)))
]
# AMSGrad's last w is 1.07034 with any of these in the place of 13.30893, too.
BELOW_THE_DIGITS = ("/ 13.30894", "/ 13.30803", "/ 13.30993")
# Groups joins rules, and Rooted is a part of some.
RULES = [
    name
    for name in npoptim.__all__
    if isinstance(cls := getattr(npoptim, name), type)
    and issubclass(cls, Optimizer)
    and name not in ("Groups", "Rooted")
]


def count(found):
    return sum(bool(c.relations) for p in found for c in chains(p.text))


def table():
    counts = [(name, count(found)) for name, found in PAGES]
    return "\n".join(f"{n:4}  {name}" for name, n in counts if n)


@pytest.mark.parametrize(("name", "found"), PAGES, ids=[name for name, _ in PAGES])
def test_arithmetic_is_right_and_ends_in_the_output(name, found):
    assert [c for paragraph in found for c in paragraph.complaints()] == []


@pytest.mark.parametrize(("name", "found"), PAGES, ids=[name for name, _ in PAGES])
def test_a_changed_digit_or_sign_is_noticed(name, found):
    alive = [
        mutant
        for paragraph in found
        for mutant in mutants(paragraph.text)
        if not any(word in mutant for word in BELOW_THE_DIGITS)
        and not any(paragraph.complaints(mutant))
    ]
    assert alive == []


def test_every_rule_is_worked_by_hand():
    counts = {name: count(found) for name, found in PAGES}
    assert [name for name in RULES if counts.get(name, 0) < 3] == []


if __name__ == "__main__":
    print(table())
