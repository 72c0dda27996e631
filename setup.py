"""What of the description depends on where the repository is: see pyproject.toml.

Only who publishes a release knows that, and says it in NPOPTIM_REPOSITORY_URL. An index
shows the README without the files that it links to, and without <source>.
"""

import os
import re
from pathlib import Path

from setuptools import setup

readme = Path(__file__).with_name("README.md").read_text(encoding="utf-8")
if repository := os.environ.get("NPOPTIM_REPOSITORY_URL"):
    readme = re.sub(r"\]\((?!https?:)", f"]({repository}/blob/HEAD/", readme)
    readme = re.sub(r' (src|srcset)="', rf' \1="{repository}/raw/HEAD/', readme)
    urls = {"Source": repository, "Issues": f"{repository}/issues"}
else:
    readme = re.sub(r"\[(.+?)\]\((?!https?:).+?\)", r"\1", readme)
    readme = re.sub(r"<picture>.*?</picture>\n\n", "", readme, flags=re.DOTALL)
    urls = {}
setup(
    long_description=readme,
    long_description_content_type="text/markdown",
    project_urls=urls,
)
