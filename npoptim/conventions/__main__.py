"""Translate a call: ``python -m npoptim.conventions adam --from torch --to optax``."""

import sys
from argparse import ArgumentParser
from ast import literal_eval

from npoptim.conventions.form import FRAMEWORKS
from npoptim.conventions.translation import NoEquivalentError, translate

EQUAL, UNDER_A_CONDITION, WRONG, NO_EQUIVALENT = range(4)


def main(words: list[str]) -> int:
    """Print the answer, and return the exit code.

    Parameters
    ----------
    words : list of str
        What stands behind the command.

    Returns
    -------
    int
        0 if both calls take the same steps, 1 if they do under a condition, 2 for a
        question that is wrong, 3 if there is no equivalent.
    """
    parser = ArgumentParser("python -m npoptim.conventions", description=__doc__)
    parser.add_argument("optimizer", help="the source's name of it, such as adam")
    parser.add_argument("--from", dest="source", required=True, choices=FRAMEWORKS)
    parser.add_argument("--to", dest="target", required=True, choices=FRAMEWORKS)
    parser.add_argument("arguments", nargs="*", metavar="name=value")
    given = parser.parse_intermixed_args(words)
    pairs = [argument.partition("=") for argument in given.arguments]
    try:
        arguments = {name: literal_eval(value) for name, _, value in pairs}
    # What it is documented to raise, for input of any kind.
    except (MemoryError, RecursionError, SyntaxError, TypeError, ValueError):
        parser.error(f"arguments must be name=value, got {' '.join(given.arguments)}")
    try:
        found = translate(given.optimizer, given.source, given.target, **arguments)
    except NoEquivalentError as error:
        print(f"{error.nearest}\n# not the same: {error}")
        if error.lines:
            print(f"# the same with this before each step t, from 1 on:\n{error.lines}")
        return NO_EQUIVALENT
    except (TypeError, ValueError) as error:
        parser.error(str(error))
    print(found)
    for condition in found.conditions:
        print(f"# the same as long as {condition}")
    return UNDER_A_CONDITION if found.conditions else EQUAL


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
