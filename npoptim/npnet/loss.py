"""The loss that a classifier is trained on."""

import numpy as np


class CrossEntropy:
    r"""Charge each sample the negative log of the probability of its label.

    With the logits :math:`z` of a sample, its label :math:`k` and the softmax
    :math:`p_j = e^{z_j} / \sum_i e^{z_i}`, the loss of a batch and its gradient are

    .. math::

        L = -\sum_{\text{samples}} \log p_k,
        \qquad
        \frac{\partial L}{\partial z_j} = p_j - [j = k]

    or both divided by the number of samples. The largest logit is subtracted from
    all of a sample's first, so nothing overflows and no logarithm sees a 0.

    Parameters
    ----------
    reduction : {"sum", "mean"}, default "sum"
        Whether losses and gradients are summed over the batch or averaged. To go
        from sum to mean, multiply the learning rate of plain descent by the batch
        size.

    Raises
    ------
    ValueError
        If ``reduction`` is neither.

    Examples
    --------
    Logits 0 and log 3 have the probabilities 1/4 and 3/4. Label 1 costs
    -log(3/4) = 0.287682, and label 0 would cost log 4:

    >>> import numpy as np
    >>> from npoptim.npnet import CrossEntropy
    >>> criterion = CrossEntropy()
    >>> logits = np.array([[0, np.log(3)]])
    >>> round(criterion.forward(logits, np.array([1])), 6)
    0.287682
    >>> criterion.backward().round(6)
    array([[ 0.25, -0.25]])
    """

    def __init__(self, reduction: str = "sum") -> None:
        if reduction not in ("sum", "mean"):
            raise ValueError(f'reduction must be "sum" or "mean", got {reduction!r}')
        self.reduction = reduction

    def forward(self, logits: np.ndarray, labels: np.ndarray) -> float:
        """Return the loss of a batch, and remember what backward needs.

        Parameters
        ----------
        logits : np.ndarray, shape (n, classes)
            Any finite numbers.
        labels : np.ndarray of int, shape (n,)
            The right classes, from 0 to classes - 1.

        Returns
        -------
        float
            The sum, or the mean, of the samples' losses.

        Raises
        ------
        ValueError
            If the shapes do not fit, or a label is out of range.
        """
        n, classes = logits.shape
        if labels.shape != (n,) or labels.dtype.kind not in "iu":
            raise ValueError(
                f"labels must have shape ({n},) and be ints, "
                f"got {labels.shape} of {labels.dtype}"
            )
        if labels.min() < 0 or labels.max() >= classes:
            raise ValueError(
                f"labels must be in [0, {classes}), "
                f"got {labels.min()} to {labels.max()}"
            )
        losses, self.dz = cross_entropy(logits, labels)
        loss = losses.sum()
        if self.reduction == "mean":
            self.dz /= n
            loss /= n
        return float(loss)

    def backward(self) -> np.ndarray:
        """Return the gradient of the last batch's loss.

        Returns
        -------
        np.ndarray, of the shape of the logits
            The gradient with respect to them.
        """
        return self.dz


def cross_entropy(
    logits: np.ndarray, labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the loss of each sample, and its gradient with respect to the logits.

    Parameters
    ----------
    logits, labels : np.ndarray
        As of :meth:`CrossEntropy.forward`, which checks them.

    Returns
    -------
    losses : np.ndarray, shape (n,)
        The negative logs of the probabilities of the labels.
    dz : np.ndarray, shape (n, classes)
        For each sample the gradient of its own loss.
    """
    # In Fortran order the samples of a class lie side by side in memory, so maximum
    # and sum over the few classes go through long rows.
    z = np.asfortranarray(logits)
    z = z - z.max(axis=1, keepdims=True)
    powers = np.exp(z)
    total = powers.sum(axis=1)
    right = np.arange(len(labels)), labels
    losses = np.log(total) - z[right]
    dz = powers / total[:, np.newaxis]
    dz[right] -= 1
    return losses, dz
