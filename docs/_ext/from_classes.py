"""A Sphinx extension that writes parts of pages from the classes.

While a page is read, these blocks become a section of entries for each family, the
works that all classes cite, by year, and the families' pages of the reference::

    ```{cheat-sheet}
    ```
    ```{timeline}
    ```
    ```{reference}
    ```

All become Markdown, so no directive has these names; the module family adds two more.
The families' pages are written before any page is read.
``|version|`` and ``|year|`` are replaced, too, in blocks of code as well. Nothing here
imports Sphinx, which the tests do without.
"""

import re
from collections.abc import Callable
from functools import cache
from inspect import getdoc, getfile, signature
from itertools import chain
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
from porting import write_conventions

import npoptim
from npoptim import Arrays, Count, Flag, Optimizer

DOCS = Path(__file__).parents[1]
BIBLIOGRAPHY = DOCS / "references.bib"
BLOCK = re.compile(r"^```\{([a-z-]+)\}\n```$", re.MULTILINE)

DISPLAY = re.compile(r"^\.\. math::\n\n((?: +.*\n|\n)+)", re.MULTILINE)
REFERENCES = re.compile(r"^References\n-+\n(.*?)(?=\n\n\w[\w ]*\n-|\Z)", re.M | re.S)
WORK = re.compile(r"(:cite:t:`(\w+)`.*?);? *(?=:cite:|$)")
ROLE = re.compile(r":((?:\w+:)?\w+):(?=`)")
# A case of the page on which optimizer to use, and what it says.
CASE = re.compile(r"^- \*\*(.+?)\*\*:((?:.*\n)(?:  .*\n)*)", re.MULTILINE)
ROWS, COLUMNS = 5, 7
# What an array of state has a number for, by its size, if the weights are 5 by 7.
PER = {
    ROWS * COLUMNS: "weight",
    ROWS: "row",
    COLUMNS: "column",
    1: "array",
    ROWS**2: "pair of rows",
    COLUMNS**2: "pair of columns",
    npoptim.LBFGS.history.default * 2 * ROWS * COLUMNS: "kept pair",
}
# Modules of what works over a rule, and has the rule's numbers beside its own.
OVER_RULES = ("regularizers", "wrappers")
# The families, with the modules or folders of the package that they are.
FAMILIES = {
    "Descent": ("descent",),
    "Signs": ("sign",),
    "Adaptive step sizes": ("adaptive",),
    "The Adam family": ("adam",),
    "Layers and memory": ("layerwise",),
    "Matrices and curvature": ("matrix",),
    "No rate to choose": ("free",),
    "Over any optimizer": OVER_RULES,
    "Schedules": ("schedules",),
}
REFERENCE = DOCS / "api" / "families"


def room(cls: type) -> str:
    """Return the module or folder of the package that a class is from."""
    return cls.__module__.split(".")[1]


def to_markdown(text: str) -> str:
    """Return text of a docstring with its roles as Markdown has them."""
    return ROLE.sub(r"{\1}", text)


def works(cls: type) -> dict[str, str]:
    """Return what a docstring says of each work under References, by its key."""
    section = REFERENCES.search(getdoc(cls) or "")
    text = " ".join(section[1].split()) if section else ""
    return {key: to_markdown(part) for part, key in WORK.findall(text)}


@cache
def look_up(key: str, field: str) -> str:
    """Return a field of a work in the bibliography, without its braces."""
    entry = BIBLIOGRAPHY.read_text(encoding="utf-8").split(f"{{{key},\n", 1)[1]
    found = re.search(rf"^  {field} = {{(.*)}},$", entry.partition("\n}")[0], re.M)
    return re.sub("[{}]", "", found[1]) if found else ""


def year(cls: type) -> str:
    """Return the year of the first work that a class is from."""
    return min((look_up(key, "year") for key in works(cls)), default="")


def family(rooms: tuple[str, ...]) -> list[type]:
    """Return the public classes of some rooms, the oldest first."""

    def age(cls: type) -> tuple[str, int]:
        # Of one year, those come first that the package imports first.
        return year(cls), [*vars(npoptim)].index(cls.__name__)

    found = map(vars(npoptim).get, npoptim.__all__)
    return sorted(
        (cls for cls in found if isinstance(cls, type) and room(cls) in rooms), key=age
    )


def classes() -> dict[str, list[type]]:
    """Return the classes of each family that have equations."""
    return {
        title: [cls for cls in family(rooms) if DISPLAY.search(getdoc(cls) or "")]
        for title, rooms in FAMILIES.items()
    }


def describe_arguments(cls: type) -> list[str]:
    """Return each argument with its default, its symbol and its range."""
    described = []
    for name, parameter in signature(cls).parameters.items():
        if name == "model" or (room(cls) in OVER_RULES and name not in vars(cls)):
            continue
        default = parameter.default
        code = f"`{name}`" if default is parameter.empty else f"`{name}={default!r}`"
        h = cls.hyperparameters.get(name)
        if h is None:
            code += f", {to_markdown(cls.arguments[name][1]).partition(',')[0]}"
        elif not isinstance(h, Flag):
            interval = h.interval.replace("inf", r"\infty")
            whole = ", whole" if isinstance(h, Count) else ""
            code += f" ${h.symbol} \\in {interval}${whole}"
        described.append(code)
    return described


def state(cls: type[Optimizer]) -> dict[str, list[str]]:
    """Return slots of a matrix of weights, by what they have a number for."""
    slots: dict[str, list[str]] = {}
    for slot, (layer,) in cls(Arrays(w=np.zeros((ROWS, COLUMNS)))).state.items():
        for array in layer.values():
            slots.setdefault(PER[array.size], []).append(slot)
    return slots


def describe_state(cls: type[Optimizer]) -> str:
    """Return the arrays that a class keeps of a matrix of weights."""
    kept = [
        f"per {per}: {', '.join(f'`{slot}`' for slot in slots)}"
        for per, slots in state(cls).items()
    ]
    return f"State {'; '.join(kept)}." if kept else "No state."


def when_to_try(cls: type) -> str:
    """Return the cases in which the page on which optimizer to use names a class."""
    cases = CASE.findall((DOCS / "which.md").read_text(encoding="utf-8"))
    mine = [case for case, text in cases if f"npoptim.{cls.__name__}`" in text]
    return f"To try: {'; '.join(mine)}." if mine else ""


def write_entry(cls: type) -> str:
    """Return a class's entry: its docstring up to the first display, and the rest."""
    docstring = getdoc(cls) or ""
    display = DISPLAY.search(docstring)
    assert display
    facts = [describe_state(cls)] if issubclass(cls, Optimizer) else []
    facts.append(when_to_try(cls))
    if found := works(cls):
        facts.append("; ".join(found.values()))
    return "\n\n".join(
        (
            f"### {{class}}`~npoptim.{cls.__name__}`",
            to_markdown(docstring[: display.start()].rstrip()),
            f"```{{math}}\n{dedent(display[1]).strip()}\n```",
            "\n".join(f"- {argument}" for argument in describe_arguments(cls)),
            " ".join(filter(None, facts)),
        )
    )


def write_sections(
    write: Callable[[list[type]], str], of: dict[str, list[type]]
) -> str:
    """Return a section for each family that has classes."""
    return "\n\n".join(
        f"## {title}\n\n{write(found)}" for title, found in of.items() if found
    )


def write_sheet() -> str:
    """Return the entries of all classes."""
    return write_sections(lambda found: "\n\n".join(map(write_entry, found)), classes())


def write_timeline() -> str:
    """Return the works that classes cite, by year, each with its classes."""
    citing: dict[str, list[str]] = {}
    for cls in sorted(chain.from_iterable(classes().values()), key=year):
        # At the first work what the class does, at others what else is said of them.
        said = f": {to_markdown((getdoc(cls) or '').splitlines()[0])}"
        for key, part in works(cls).items():
            line = f"  - {{class}}`~npoptim.{cls.__name__}`"
            citing.setdefault(key, []).append(line + (said or part.split("`", 2)[2]))
            said = ""
    lines = []
    for key in sorted(citing, key=lambda key: look_up(key, "year")):
        when, eprint = look_up(key, "year"), look_up(key, "eprint")
        line = f"- **{when}** {{cite:author}}`{key}`, *{look_up(key, 'title')}*"
        if eprint and (preprint := f"20{eprint[:2]}") < when:
            line += f" (preprint {preprint})"
        lines += [line, *citing[key]]
    return "\n".join(lines)


def write_reference() -> str:
    """Return the contents of the reference, as far as they are the families'."""
    pages = [f"api/{REFERENCE.name}/{rooms[0]}" for rooms in FAMILIES.values()]
    return "\n".join(["```{toctree}", ":maxdepth: 2", "", *pages, "```"])


def write_families(*_: Any) -> None:
    """Write the page of each family, for autosummary to find, if it has changed."""
    REFERENCE.mkdir(exist_ok=True)
    for title, rooms in FAMILIES.items():
        names = "\n".join(f"   {cls.__name__}" for cls in family(rooms))
        text = (
            f"# {title}\n\n```{{eval-rst}}\n.. currentmodule:: npoptim\n"
            ".. autosummary::\n   :toctree: ../../generated\n   :nosignatures:\n\n"
            f"{names}\n```\n"
        )
        path = REFERENCE / f"{rooms[0]}.md"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


# What a block of that name becomes.
WRITERS: dict[str, Callable[[], str]] = {
    "cheat-sheet": write_sheet,
    "timeline": write_timeline,
    "reference": write_reference,
    "conventions": write_conventions,
}


def fill_in(app: Any, docname: str, source: list[str]) -> None:
    """Replace what stands for the classes, the version and the year on a page."""

    def write(block: re.Match[str]) -> str:
        if block[1] not in WRITERS:
            return block[0]
        found = chain.from_iterable(classes().values())
        for path in {str(BIBLIOGRAPHY), str(DOCS / "which.md"), *map(getfile, found)}:
            app.env.note_dependency(path, docname=docname)
        return WRITERS[block[1]]()

    source[0] = (
        BLOCK.sub(write, source[0])
        .replace("|version|", app.config.release)
        .replace("|year|", app.config.copyright[:4])
    )


def setup(app: Any) -> dict[str, bool]:
    """Write while the pages are read, and those of the families before."""
    app.connect("config-inited", write_families)
    app.connect("source-read", fill_in)
    app.add_css_file("from_classes.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
