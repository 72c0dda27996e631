"""The notation page has every symbol of the mathematics in the docstrings."""

import re
from inspect import getdoc
from pathlib import Path

import pytest

import npoptim
import npoptim.npnet
import npoptim.problems

NOTATION = Path(__file__).parents[2] / "docs" / "notation.md"

INLINE = re.compile(r":math:`([^`]+)`")
# A block lasts as long as lines are blank or indented further.
BLOCK = re.compile(r"^( *)\.\. math::(.*\n(?:\1 +.*\n| *\n)*)", re.MULTILINE)
NO_SYMBOLS = re.compile(r"\\(?:begin|end|operatorname|text)\{[^}]*\}|\\\\")
# An accent and a superscript max make symbols of their own. Indices are symbols.
SYMBOL = re.compile(
    r"\\(?:hat|bar|tilde) *(?:\\[a-zA-Z]+|[a-zA-Z])"
    r"|[a-zA-Z]\^\{\\max\}|\\[a-zA-Z]+|[a-zA-Z]"
)
# Every other command of LaTeX is an operator, or sets something.
GREEK = re.compile(
    r"\\(?:alpha|beta|gamma|delta|(?:var)?epsilon|zeta|eta|(?:var)?theta|iota|kappa|lambda|"
    r"mu|nu|xi|(?:var)?pi|(?:var)?rho|(?:var)?sigma|tau|upsilon|(?:var)?phi|chi|psi|omega|"
    r"Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Upsilon|Phi|Psi|Omega)"
)
NUMBERS = {"e", r"\pi"}


def symbols(tex):
    found = {s.replace(" ", "") for s in SYMBOL.findall(NO_SYMBOLS.sub(" ", tex))}
    return {
        s for s in found if s[0] != "\\" or GREEK.fullmatch(s) or is_accented(s)
    } - NUMBERS


def is_accented(symbol):
    return symbol.startswith((r"\hat", r"\bar", r"\tilde"))


def symbols_of_docstring(docstring):
    blocks = [tex for _, tex in BLOCK.findall(f"{docstring}\n")]
    return symbols(" ".join(INLINE.findall(docstring) + blocks))


def symbols_of_table():
    page = NOTATION.read_text(encoding="utf-8")
    cells = re.findall(r"^\|([^|]*)\|", page, re.MULTILINE)
    return symbols(" ".join(re.findall(r"\$([^$]+)\$", " ".join(cells))))


def docstrings():
    for module in (npoptim, npoptim.npnet, npoptim.problems):
        for name in module.__all__:
            public = getattr(module, name)
            members = vars(public).items() if isinstance(public, type) else ()
            for suffix, member in [("", public), *members]:
                if not suffix.startswith("_") and (docstring := getdoc(member)):
                    yield pytest.param(docstring, id=f"{name}.{suffix}".rstrip("."))


@pytest.mark.parametrize("docstring", [*docstrings()])
def test_symbols_are_on_the_notation_page(docstring):
    assert symbols_of_docstring(docstring) - symbols_of_table() == set()


def test_symbols_are_found():
    docstring = r"""With :math:`\hat m_t`, a :math:`\lambda` and

    .. math::

        \begin{aligned}
        v^{\max}_t &= \max(q^{-1}, \text{some}) \prod_i \bar w^\top \\
        x &= \operatorname{sign}(\hat\varepsilon) \min(e^\pi)
        \end{aligned}

    comes the end."""
    expected = {r"\hatm", "t", r"\lambda", r"v^{\max}", "q", "x", r"\hat\varepsilon"}
    expected |= {"i", r"\barw"}
    assert symbols_of_docstring(docstring) == expected
