"""What the optimizers train: layers, a loss, data and a training loop."""

from npoptim.npnet.fashion_mnist import GARMENTS, load_fashion_mnist
from npoptim.npnet.garments import make_garments
from npoptim.npnet.layers import Layer, Linear, ReLU, Sequential
from npoptim.npnet.loss import CrossEntropy
from npoptim.npnet.training import History, accuracy, train_fashion_mnist

__all__ = [
    "GARMENTS",
    "CrossEntropy",
    "History",
    "Layer",
    "Linear",
    "ReLU",
    "Sequential",
    "accuracy",
    "load_fashion_mnist",
    "make_garments",
    "train_fashion_mnist",
]
