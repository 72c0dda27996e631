"""Rules against pytorch-optimizer, packages of their authors, and the papers."""

import pytest
import pytorch_optimizer
import torch
from peers.walk import assert_close, follow, ours, script

from npoptim import AdaBelief, AggMo, Lion, SignSGD, Signum

pytestmark = pytest.mark.peers


def theirs(name, penalty=None, before=None, package=pytorch_optimizer, **arguments):
    """Return where an optimizer goes that has PyTorch's interface."""
    model = {k: torch.nn.Parameter(torch.tensor(w)) for k, w in script()[0].items()}
    optimizer = getattr(package, name)([*model.values()], **arguments)

    def step(t, gradients):
        if before:
            before(optimizer, t)
        for k, w in model.items():
            w.grad = torch.tensor(gradients[k])
        optimizer.step()
        return {k: w.detach().numpy() for k, w in model.items()}

    return follow(step, "others", penalty, package=package.__name__)


DECAY = pytest.mark.parametrize("decay", [0.0, 0.1])
EPS = pytest.mark.parametrize("eps", [1e-8, 0.1])
BETAS = pytest.mark.parametrize(
    ("beta1", "beta2"), [(0.9, 0.999), (0.8, 0.95), (0.0, 0.5)]
)


@DECAY
@EPS
@BETAS
def test_adabelief(beta1, beta2, eps, decay):
    expected = theirs(
        "AdaBelief", lr=0.1, betas=(beta1, beta2), eps=eps, weight_decay=decay,
        weight_decouple=False,
    )  # fmt: skip
    points = ours(
        AdaBelief, lr=0.1, beta1=beta1, beta2=beta2, eps=eps, weight_decay=decay
    )
    assert_close(points, expected)


@DECAY
@BETAS
def test_lion(beta1, beta2, decay):
    expected = theirs("Lion", lr=0.1, betas=(beta1, beta2), weight_decay=decay)
    points = ours(Lion, lr=0.1, beta1=beta1, beta2=beta2, weight_decay=decay)
    assert_close(points, expected)


@DECAY
@pytest.mark.parametrize("momentum", [0.9, 0.8, 0.0])
def test_signum(momentum, decay):
    expected = theirs(
        "SignSGD", lr=0.1, momentum=momentum, weight_decay=decay, weight_decouple=False
    )
    points = ours(Signum, lr=0.1, momentum=momentum, weight_decay=decay)
    assert_close(points, expected)


@DECAY
def test_sign_sgd(decay):
    expected = theirs(
        "SignSGD", lr=0.1, momentum=0.0, weight_decay=decay, weight_decouple=False
    )
    assert_close(ours(SignSGD, lr=0.1, weight_decay=decay), expected)


def test_their_sign_sgd_is_signum():
    assert_close(ours(Signum, lr=0.1), theirs("SignSGD", lr=0.1))


@DECAY
@pytest.mark.parametrize("shares", [(0.0, 0.9, 0.99), (0.5, 0.8, 0.95)])
def test_aggmo(shares, decay):
    numbers = {f"momentum{k}": share for k, share in enumerate(shares, 1)}
    expected = theirs("AggMo", lr=0.1, betas=shares, weight_decay=decay)
    assert_close(ours(AggMo, lr=0.1, weight_decay=decay, **numbers), expected)


def test_aggmo_by_default():
    assert_close(ours(AggMo), theirs("AggMo"))


def test_their_aggmo_has_one_velocity_for_equal_shares():
    model = torch.nn.Parameter(torch.tensor(1.0, dtype=torch.float64))
    optimizer = pytorch_optimizer.AggMo([model], lr=1.0, betas=(0.5, 0.5))
    model.grad = torch.tensor(1.0, dtype=torch.float64)
    optimizer.step()
    # v = 1, and then v = 0.5 + 1: the mean of the two is the step.
    assert model.item() == 1 - (1 + 1.5) / 2
