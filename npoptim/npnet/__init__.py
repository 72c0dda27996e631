"""What the optimizers train: layers, a loss, data and a training loop."""

from npoptim.npnet.comparison import Comparison, Contender, compare
from npoptim.npnet.fashion_mnist import GARMENTS, load_fashion_mnist
from npoptim.npnet.garments import Garments, load_garments, make_garments
from npoptim.npnet.layers import Layer, Linear, ReLU, Sequential
from npoptim.npnet.loss import CrossEntropy
from npoptim.npnet.rates import Recommendation, Sweep, recommend, sweep
from npoptim.npnet.training import History, accuracy, train_fashion_mnist

__all__ = [
    "GARMENTS",
    "Comparison",
    "Contender",
    "CrossEntropy",
    "Garments",
    "History",
    "Layer",
    "Linear",
    "ReLU",
    "Recommendation",
    "Sequential",
    "Sweep",
    "accuracy",
    "compare",
    "load_fashion_mnist",
    "load_garments",
    "make_garments",
    "recommend",
    "sweep",
    "train_fashion_mnist",
]
