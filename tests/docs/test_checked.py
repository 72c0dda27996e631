"""The page that says what stands behind a formula has what the tests find.

``pytest tests/docs --write-results`` renews its table, after the run of the peers has
renewed their part of it.
"""

import csv
import re
from pathlib import Path

from docs.equations import STEPS, TOLERANCE, table
from docs.test_arithmetic import PAGES, count
from peers import walk

CHECKED = Path(__file__).parents[2] / "docs" / "checked"
HEADER = (
    "", "lines", "gap", "mutants", "noticed", "by hand",
    "PyTorch", "Optax", "Keras",
)  # fmt: skip
GAP = HEADER.index("gap")
# The cosines of Keras are in float32, whatever its float type is.
FLOAT32 = {("CosineDecay", "Keras"), ("CosineRestarts", "Keras"), ("Warmup", "Keras")}


def read(name):
    with (CHECKED / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [tuple(row) for row in csv.reader(file)]


def rows():
    peers = {name: differences for name, *differences in read("peers")[1:]}
    chains = {name: count(found) for name, found in PAGES}
    found = [
        (
            row.name, row.equations, f"{row.difference:.0e}".replace("0e+00", "0"),
            row.mutants, row.differing + row.failing, chains.get(row.name, 0),
            *peers.pop(row.name, ("", "", "")),
        )
        for row in table()
    ]  # fmt: skip
    assert not peers, f"{peers.keys()} have no equations"
    columns = list(zip(*found, strict=True))
    sums = [sum(columns[k]) for k in (1, 3, 4, 5)]
    gap = max(columns[GAP], key=float)
    total = ("all", sums[0], gap, *sums[1:], *map(largest, columns[-3:]))
    return [HEADER, *(tuple(map(str, row)) for row in (*found, total))]


def largest(column):
    return max(filter(None, column), key=float)


def without_gap(row):
    return row[:GAP] + row[GAP + 1 :]


def test_table_has_what_the_tests_find(request):
    found = rows()
    if request.config.getoption("write_results"):
        text = "\n".join(map(",".join, found))
        (CHECKED / "rules.csv").write_text(text + "\n", encoding="utf-8")
    shown = read("rules")
    # The last digits of a difference are not the same on all machines.
    assert [*map(without_gap, shown)] == [*map(without_gap, found)]
    assert all(float(row[GAP]) <= TOLERANCE for row in (*shown[1:], *found[1:]))


def test_peers_agree_to_what_the_page_says():
    (_, *peers), *shown = read("peers")
    for name, *cells in shown:
        for peer, text in zip(peers, cells, strict=True):
            bound = 1e-6 if (name, peer) in FLOAT32 else walk.TOLERANCE["rtol"]
            assert not text or float(text) <= bound


def test_page_says_what_is_done():
    page = (CHECKED.parent / "checked.md").read_text(encoding="utf-8")
    page = " ".join(page.split())
    assert walk.STEPS == STEPS
    assert walk.TOLERANCE["rtol"] == TOLERANCE
    assert f"{STEPS} random steps" in page
    assert len(re.findall(f"{TOLERANCE:.0e}", page)) == 2
