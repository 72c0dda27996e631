"""Gradient-descent optimizers in NumPy, each written as its equations."""

from npoptim.adagrad import Adagrad
from npoptim.adam import Adam, AdamW
from npoptim.amsgrad import AMSGrad
from npoptim.optimizer import Optimizer
from npoptim.regularizers import DecoupledWeightDecay, L1Optimizer
from npoptim.rmsprop import RMSprop
from npoptim.sgd import SGD
from npoptim.trace import Trace, trace

__version__ = "0.1.0"

__all__ = [
    "SGD",
    "AMSGrad",
    "Adagrad",
    "Adam",
    "AdamW",
    "DecoupledWeightDecay",
    "L1Optimizer",
    "Optimizer",
    "RMSprop",
    "Trace",
    "trace",
]
