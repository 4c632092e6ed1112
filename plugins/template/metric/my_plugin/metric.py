"""How often the direction of the strongest changes is right."""

import numpy as np

TOP = 20


def my_plugin(truth, prediction, mean, *, observed=None):
    """Share of the 20 genes farthest from the training mean whose direction is predicted right.

    Parameters
    ----------
    truth, prediction
        (sample, gene), in one unit.
    mean
        (gene,) or (sample, gene) mean of the training profiles.
    observed
        (sample, gene) bool; None: all observed.

    Returns
    -------
    numpy.ndarray
        (sample,) from 0 to 1; a prediction without a direction counts half; NaN where nothing was measured.
    """
    far, guess = truth - mean, prediction - mean
    seen = np.ones(truth.shape, dtype=bool) if observed is None else observed
    top = np.argsort(np.where(seen, -np.abs(far), np.inf), axis=1)[:, :TOP]
    seen, far, guess = (np.take_along_axis(a, top, axis=1) for a in (seen, far, guess))
    right = 0.5 + 0.5 * np.sign(far) * np.sign(guess)
    count = seen.sum(axis=1)
    return np.where(count > 0, (right * seen).sum(axis=1) / np.maximum(count, 1), np.nan)
