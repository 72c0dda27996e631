"""How many examples Hypothesis tries: the same few, or others each time.

``--hypothesis-profile=fuzz`` asks for the latter, as tox -e fuzz does.
"""

from hypothesis import settings

for profile, examples in {"plain": 5, "fuzz": 100}.items():
    settings.register_profile(
        profile,
        max_examples=examples,
        derandomize=profile == "plain",
        database=None,
        deadline=None,
        print_blob=True,
    )
settings.load_profile("plain")
