"""The page of differences has all that was measured, and nothing else."""

from pathlib import Path

import differences
import pytest

DOCS = Path(__file__).parents[2] / "docs"
ROWS = differences.read()


def source(page):
    return (DOCS / f"{page}.md").read_text(encoding="utf-8")


def test_every_row_is_on_the_page_and_the_other_way_round():
    blocks = differences.BLOCK.findall(source("differences"))
    found = [key for block in blocks for key in block.split()]
    assert sorted(found) == sorted(ROWS)
    assert blocks.count("") == 1


def test_every_row_says_what_was_measured():
    page = differences.fill_in(source("differences"))
    for key, row in ROWS.items():
        assert f"(difference-{key})=" in page
        assert f"`{row['call']}` and `{row['other']}`: **{row['apart']}**" in page
        assert f"](difference-{key}) | " in page


@pytest.mark.parametrize("page", differences.PAGES)
def test_numbers_in_sentences_are_from_the_file(page):
    text = source(page)
    keys = differences.NUMBER.findall(text)
    assert keys
    assert ROWS.keys() >= {*keys}


def test_unknown_key_is_an_error():
    with pytest.raises(KeyError):
        differences.fill_in("It is |optax-nothing| off.")
