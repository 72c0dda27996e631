"""A Sphinx extension that has pages say how far apart frameworks are, as measured.

The tests write ``docs/checked/differences.csv``. While a page is read, this block
becomes a line for each of some keys, and without keys a table of all::

    ```{differences}
    optax-adan
    ```

In sentences ``|optax-adan|`` becomes the number. Nothing here imports Sphinx, which the
tests do without.
"""

import csv
import re
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[1] / "checked" / "differences.csv"
PAGES = "differences", "questions"
BLOCK = re.compile(r"^```\{differences\}\n((?:[a-z-]+\n)*)```$", re.MULTILINE)
NUMBER = re.compile(r"\|([a-z]+(?:-[a-z]+)*)\|")
NAMES = {
    "keras": "Keras",
    "optax": "Optax",
    "pytorch_optimizer": "pytorch-optimizer",
    "torch": "PyTorch",
}

Row = dict[str, str]


def read() -> dict[str, Row]:
    """Return what was measured, by key."""
    with RESULTS.open(encoding="utf-8", newline="") as file:
        return {row["key"]: row for row in csv.DictReader(file)}


def versions(row: Row) -> str:
    """Return the names of the frameworks, with their versions."""
    pairs = (text.split(" ") for text in row["versions"].split(", "))
    return ", ".join(f"{NAMES[name]} {number}" for name, number in pairs)


def name(call: str) -> str:
    """Return what a call is of, without its arguments."""
    return f"`{call.partition('(')[0]}`"


def write_lines(rows: list[Row]) -> str:
    """Return a line for each call, with what it is compared with."""
    targets = [f"(difference-{row['key']})=" for row in rows]
    lines = [
        f"- `{row['call']}` and `{row['other']}`: **{row['apart']}** apart "
        f"({versions(row)})."
        for row in rows
    ]
    return "\n".join([*targets, *lines])


def write_table(rows: list[Row]) -> str:
    """Return a row for each call, with a link to where it is described."""
    seen = sorted({pair for row in rows for pair in versions(row).split(", ")})
    return "\n".join(
        [
            f"Seen in {', '.join(seen)}.",
            "",
            ":::{table}",
            ":class: conventions",
            "",
            "| Apart | Call | Other |",
            "|-|-|-|",
            *(
                f"| {row['apart']} | [{name(row['call'])}](difference-{row['key']}) | "
                f"{name(row['other'])} |"
                for row in rows
            ),
            ":::",
        ]
    )


def fill_in(text: str) -> str:
    """Return the text of a page with what was measured."""
    rows = read()

    def write(block: re.Match[str]) -> str:
        if keys := block[1].split():
            return write_lines([rows[key] for key in keys])
        return write_table([*rows.values()])

    # A number that is not there is an error, and so is a key.
    return BLOCK.sub(write, NUMBER.sub(lambda found: rows[found[1]]["apart"], text))


def replace(app: Any, docname: str, source: list[str]) -> None:
    """Replace what stands for the numbers on a page."""
    if docname in PAGES:
        app.env.note_dependency(str(RESULTS), docname=docname)
        source[0] = fill_in(source[0])


def setup(app: Any) -> dict[str, bool]:
    """Write while the pages are read."""
    app.connect("source-read", replace)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
