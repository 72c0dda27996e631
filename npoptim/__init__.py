"""Gradient-descent optimizers in NumPy, each written as its equations."""

from importlib.metadata import PackageNotFoundError, version

from npoptim.adam.adabelief import AdaBelief
from npoptim.adam.adabound import AdaBound
from npoptim.adam.adam import Adam, AdamW, PaperAdam
from npoptim.adam.adamax import Adamax
from npoptim.adam.adan import Adan
from npoptim.adam.ademamix import AdEMAMix
from npoptim.adam.adopt import ADOPT
from npoptim.adam.amsgrad import AMSGrad
from npoptim.adam.laprop import LaProp
from npoptim.adam.nadam import NAdam
from npoptim.adam.padam import PAdam
from npoptim.adam.qhadam import QHAdam
from npoptim.adam.radam import RAdam
from npoptim.adam.yogi import Yogi
from npoptim.adaptive.adadelta import Adadelta
from npoptim.adaptive.adagrad import Adagrad
from npoptim.adaptive.ftrl import FTRL
from npoptim.adaptive.madgrad import MADGRAD
from npoptim.adaptive.rmsprop import CenteredRMSprop, RMSprop
from npoptim.descent.aggmo import AggMo
from npoptim.descent.asgd import ASGD
from npoptim.descent.optimistic import OptimisticSGD
from npoptim.descent.polyak import PolyakSGD
from npoptim.descent.qhm import QHM
from npoptim.descent.sgd import SGD
from npoptim.free.dadapt import DAdaptAdam
from npoptim.free.dog import DoG, DoWG
from npoptim.free.prodigy import Prodigy
from npoptim.free.schedulefree import ScheduleFreeAdamW, ScheduleFreeSGD
from npoptim.hyperparameters import Count, Flag, Number
from npoptim.layerwise.adafactor import Adafactor
from npoptim.layerwise.fromage import Fromage
from npoptim.layerwise.lamb import LAMB
from npoptim.layerwise.lars import LARS
from npoptim.layerwise.novograd import NovoGrad
from npoptim.layerwise.sm3 import SM3
from npoptim.matrix.lbfgs import LBFGS
from npoptim.matrix.muon import Muon
from npoptim.matrix.shampoo import Shampoo
from npoptim.matrix.soap import SOAP
from npoptim.models import Arrays, Groups, Part
from npoptim.optimizer import Optimizer
from npoptim.regularizers import DecoupledWeightDecay, ElasticNet, L1Optimizer
from npoptim.rooted import Rooted
from npoptim.schedules import (
    Constant,
    CosineDecay,
    CosineRestarts,
    ExponentialDecay,
    InverseSquareRoot,
    OneCycle,
    PolynomialDecay,
    Schedule,
    StepDecay,
    Warmup,
)
from npoptim.sign.lion import Lion
from npoptim.sign.rprop import Rprop
from npoptim.sign.signum import SignSGD, Signum
from npoptim.trace import Trace, trace
from npoptim.wrappers.averaging import ExponentialAverage, UniformAverage
from npoptim.wrappers.cautious import Cautious
from npoptim.wrappers.centralization import GradientCentralization
from npoptim.wrappers.clipping import ClipByGlobalNorm, ClipByValue
from npoptim.wrappers.lookahead import Lookahead
from npoptim.wrappers.sam import SAM
from npoptim.wrappers.velocity import Velocity

try:
    __version__ = version("npoptim")
except PackageNotFoundError:  # the files alone, not installed
    __version__ = "unknown"

__all__ = [
    "ADOPT",
    "ASGD",
    "FTRL",
    "LAMB",
    "LARS",
    "LBFGS",
    "MADGRAD",
    "QHM",
    "SAM",
    "SGD",
    "SM3",
    "SOAP",
    "AMSGrad",
    "AdEMAMix",
    "AdaBelief",
    "AdaBound",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Adan",
    "AggMo",
    "Arrays",
    "Cautious",
    "CenteredRMSprop",
    "ClipByGlobalNorm",
    "ClipByValue",
    "Constant",
    "CosineDecay",
    "CosineRestarts",
    "Count",
    "DAdaptAdam",
    "DecoupledWeightDecay",
    "DoG",
    "DoWG",
    "ElasticNet",
    "ExponentialAverage",
    "ExponentialDecay",
    "Flag",
    "Fromage",
    "GradientCentralization",
    "Groups",
    "InverseSquareRoot",
    "L1Optimizer",
    "LaProp",
    "Lion",
    "Lookahead",
    "Muon",
    "NAdam",
    "NovoGrad",
    "Number",
    "OneCycle",
    "OptimisticSGD",
    "Optimizer",
    "PAdam",
    "PaperAdam",
    "Part",
    "PolyakSGD",
    "PolynomialDecay",
    "Prodigy",
    "QHAdam",
    "RAdam",
    "RMSprop",
    "Rooted",
    "Rprop",
    "Schedule",
    "ScheduleFreeAdamW",
    "ScheduleFreeSGD",
    "Shampoo",
    "SignSGD",
    "Signum",
    "StepDecay",
    "Trace",
    "UniformAverage",
    "Velocity",
    "Warmup",
    "Yogi",
    "trace",
]
