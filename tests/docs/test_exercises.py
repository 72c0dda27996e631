"""Every chapter ends in a summary, and in exercises whose solutions are checked.

Their code is run as any on a page, and ``test_arithmetic.py`` reads what is worked by
hand. ``PYTHONPATH=tests python tests/docs/test_exercises.py`` counts them by chapter.
"""

import re
from pathlib import Path

import pytest
from docs.test_arithmetic import BLOCK, QUOTED, count, paragraphs

STORY = Path(__file__).parents[2] / "docs" / "story"
TOCTREE = re.compile(r"^```\{toctree\}\n(.*?)^```", re.MULTILINE | re.DOTALL)
INDEX = TOCTREE.search((STORY / "index.md").read_text(encoding="utf-8"))[1]
CHAPTERS = re.findall(r"^\w+$", INDEX, re.MULTILINE)
ENDING = ["In five lines", "Exercises", "Try next"]
LEAD = "One star: by hand. Two: with code. Three: to think about."
ITEM = re.compile(r"^(?:-|\d\.) ", re.MULTILINE)
EXERCISE = re.compile(
    r"^(?:\([\w-]+\)=\n)?"  # a label, to refer to
    r"\*\*(?P<number>\d+)\*\* \(★{1,3}\) (?P<text>(?:(?!:::|\*\*\d).*\n)+)"
    r"^:::\{dropdown\} Solution\n(?P<solution>(?:(?!:::).*\n)+):::$",
    re.MULTILINE,
)
FENCE = re.compile(r"^```(.*)\n[\s\S]*?^```$", re.MULTILINE)
NUMBER = re.compile(r"(?<![\w.])\d")  # not that of L2


def sections(page):
    """Return the parts of a page by title; the titles are in order."""
    titles = re.split(r"^## (.*)$", page, flags=re.MULTILINE)[1:]
    return dict(zip(titles[::2], titles[1::2], strict=True))


def solutions(page):
    exercises = sections(page).get("Exercises", "")
    return [match["solution"] for match in EXERCISE.finditer(exercises)]


def code(solution):
    return "pycon" in FENCE.findall(solution)


def arithmetic(solution):
    return count(paragraphs(f"\n{solution}"))


def complaints(page):
    """Yield what is wrong with the end of a page."""
    parts = sections(page)
    if [*parts][-3:] != ENDING:
        yield f"it does not end in {ENDING}"
        return
    summary, exercises = parts["In five lines"], parts["Exercises"]
    if not 1 <= len(ITEM.findall(summary)) <= 5:
        yield "the summary has not one to five items"
    found = [*EXERCISE.finditer(exercises)]
    if [int(match["number"]) for match in found] != [*range(1, len(found) + 1)]:
        yield "exercises are not numbered from 1"
    if not 5 <= len(found) <= 8:
        yield f"it has {len(found)} exercises"
    rest = " ".join(EXERCISE.sub("", exercises).split())
    if rest != LEAD:
        yield f"no exercise, and no solution: {rest.removeprefix(LEAD)}"
    if "<!-- skip" in exercises:
        yield "code is skipped"
    read = {paragraph.text for paragraph in paragraphs(page)}
    for match in found:
        number, solution = match["number"], match["solution"]
        for language in FENCE.findall(solution):
            if language != "pycon" and not language.startswith("{"):
                yield f"{number}: {language!r} is not run"
        for paragraph in paragraphs(f"\n{solution}"):
            if paragraph.text not in read:
                yield f"{number}: not read as it stands there: {paragraph.text}"
        text = QUOTED.sub("x", BLOCK.sub("\n", solution))
        if NUMBER.search(text) and not (code(solution) or arithmetic(solution)):
            yield f"{number}: numbers without code or arithmetic"


def page_of(chapter):
    return (STORY / f"{chapter}.md").read_text(encoding="utf-8")


def table():
    """Return how many exercises there are, with code and with arithmetic."""
    rows = [("exercises", "code", "by hand", "chapter")]
    for chapter in CHAPTERS:
        each = solutions(page_of(chapter))
        hand = sum(map(bool, map(arithmetic, each)))
        rows.append((len(each), sum(map(code, each)), hand, chapter))
    return "\n".join("{:>9}  {:>4}  {:>7}  {}".format(*row) for row in rows)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_chapter_ends_in_exercises_with_solutions(chapter):
    assert [*complaints(page_of(chapter))] == []


FORM = f"""\
# A chapter

## In five lines

- One.
- Two,
  and a half.

## Exercises

{LEAD}

**1** (★) By hand?

:::{{dropdown}} Solution
The sum is 1 + 2 = 3.
:::

(second)=
**2** (★★) With code?

:::{{dropdown}} Solution
```pycon
>>> 1 + 2
3
```

And then 3 + 4 = 7.
:::

**3** (★★★) Why?

:::{{dropdown}} Solution
Because of $2^2$ and L2.
:::

**4** (★★★) Why
else?

:::{{dropdown}} Solution
$$
x^2
$$
:::

**5** (★★★) And?

:::{{dropdown}} Solution
It is so.
:::

## Try next

Another one.
"""
BROKEN = {
    "no summary": ("## In five lines", "## In short"),
    "another order": ("## Try next", "## Last"),
    "too long": ("- One.\n", "- One.\n" * 5),
    "empty": ("- One.\n- Two", "One. Two"),
    "no number": ("**2**", "**3**"),
    "too few": ("**5** (★★★) And?\n\n:::{dropdown} Solution\nIt is so.\n:::\n", ""),
    "no stars": ("(★★)", ""),
    "no solution": (":::{dropdown} Solution\nIt is so.\n:::\n", ""),
    "open": (":::{dropdown} Solution\nIt", ":::{note} Solution\nIt"),
    "text between": (":::\n\n**5**", ":::\n\nText.\n\n**5**"),
    "other lead": ("One star", "1 star"),
    "not run": ("```pycon", "```text"),
    "skipped": ("```pycon", '<!-- skip: next "reason" -->\n```pycon'),
    "numbers": ("It is so", "It is 4"),
    "no chain": ("1 + 2 = 3", "3"),
}


def test_form_is_known():
    assert [*complaints(FORM)] == []


@pytest.mark.parametrize(("old", "new"), BROKEN.values(), ids=BROKEN)
def test_broken_form_is_noticed(old, new):
    assert FORM.count(old) == 1
    assert [*complaints(FORM.replace(old, new))] != []


def test_chapters_are_found():
    assert {*CHAPTERS} == {path.stem for path in STORY.glob("*.md")} - {"index"}


if __name__ == "__main__":
    print(table())
