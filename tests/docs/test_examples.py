"""Every block of Python on the pages is run, but for those that say why not."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILT = {"_build", "auto_gallery", "generated"}
PAGES = [ROOT / "README.md"]
PAGES += [p for p in sorted((ROOT / "docs").rglob("*.md")) if not BUILT & {*p.parts}]

# Every prompt, wherever it stands; a fence of Python that does not start with one; and
# what prepares a block without being shown, or excuses one, with its reason.
EXAMPLE = re.compile(
    r"""^[ >]*(?:
        >>>\ .*
        |(?:```+|~~~+).*(?<![\w.])(?:i?python3?|py|pycon|doctest)\b.*\n(?![ >]*>>>\ )
        |<!--\ invisible-code-block:\ python$
        |<!--\ skip:\ next\ "[^"\n]+"\ -->
    )""",
    re.MULTILINE | re.VERBOSE | re.IGNORECASE,
)


def lines_of_examples(text):
    return [text.count("\n", 0, m.start()) + 1 for m in EXAMPLE.finditer(text)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_example_is_collected(page, request):
    collect = request.config.hook.pytest_collect_file
    files = collect(file_path=page, parent=request.session)
    lines = [item.example.line for file in files for item in file.collect()]
    assert lines == lines_of_examples(page.read_text(encoding="utf-8"))


def test_examples_are_found():
    text = """
```python
>>> 1
1
>>> 2
```

```console
$ pip install .
```

```{code-block} python
x = 1
```

- with an indent:

  ~~~py
  x = 2
  ~~~

```
>>> 3
```

<!-- skip: next "needs an hour" -->
```pycon
x = 3
```

<!-- skip: next -->
"""
    assert lines_of_examples(text) == [3, 5, 12, 18, 23, 26, 27]
