"""Small problems with a known answer, as models."""

from npoptim.problems.landscapes import Beale, Himmelblau, Rastrigin, Rosenbrock, Saddle
from npoptim.problems.problem import Problem, descend
from npoptim.problems.quadratics import NoisyQuadratic, Quadratic
from npoptim.problems.samples import AdamCounterexample, LogisticRegression

__all__ = [
    "AdamCounterexample",
    "Beale",
    "Himmelblau",
    "LogisticRegression",
    "NoisyQuadratic",
    "Problem",
    "Quadratic",
    "Rastrigin",
    "Rosenbrock",
    "Saddle",
    "descend",
]
