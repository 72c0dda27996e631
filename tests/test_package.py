"""What an index of packages shows: it has no other files of the repository."""

import re
import runpy
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

TOP = Path(__file__).parents[1]
LINKS = re.compile(r"""\]\(([^)]*)\)|(?:src|srcset)="([^"]*)""")


@pytest.fixture
def describe(monkeypatch):
    """Return what setup.py says, given the address of the repository."""

    def run(repository):
        said = {}
        monkeypatch.setitem(
            sys.modules, "setuptools", SimpleNamespace(setup=said.update)
        )
        monkeypatch.setenv("NPOPTIM_REPOSITORY_URL", repository)
        runpy.run_path(str(TOP / "setup.py"))
        links = [a or b for a, b in LINKS.findall(said["long_description"])]
        return said["project_urls"], links, said["long_description"]

    return run


def test_links_lead_to_the_repository(describe):
    urls, links, _ = describe("https://example.org/who/what")
    assert "https://example.org/who/what/blob/HEAD/LICENSE" in links
    assert "https://example.org/who/what/raw/HEAD/docs/comparison.png" in links
    assert all(link.startswith("https://") for link in [*links, *urls.values()])
    # They are those of the README, and lead to its files.
    shown = [a or b for a, b in LINKS.findall((TOP / "README.md").read_text("utf-8"))]
    assert len(links) == len(shown)
    assert all((TOP / link).is_file() for link in shown)


def test_without_a_repository_there_are_none(describe):
    urls, links, text = describe("")
    assert urls == {}
    assert links == []
    assert "<" not in re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    assert "BSD 3-Clause: see LICENSE." in text
