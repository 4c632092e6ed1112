"""How much of each block the factors explain."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from drugexp_omics.factors.latent import Latent, Loadings
from drugexp_omics.factors.seen import Seen


def explained(
    seen: Mapping[str, Seen], loadings: Mapping[str, Loadings], latent: Latent
) -> tuple[np.ndarray, np.ndarray]:
    """Return the share of each block explained by each factor alone and by all together.

    The share is 1 less the squared error over that of the feature means; of a Bernoulli block, 1 less the
    deviance over that of the feature rates. Both are over the measured entries. It may be a little below 0.

    Returns
    -------
    alone
        (block, factor).
    together
        (block,).
    """
    alone, together = [], []
    for name, block in seen.items():
        weight = loadings[name].mean
        level = block.values.sum(axis=0) / np.maximum(block.entries, 1)
        if block.kind == "bernoulli":
            rate = np.clip(level + 0.5, 1e-9, 1 - 1e-9)
            level = np.log(rate / (1 - rate))
        none = _error(block, np.broadcast_to(level, block.values.shape))
        everything = _error(block, latent.first @ weight.T)
        # One factor alone: the others stand at their mean, which is 0, and the level at its own.
        each = [
            _error(block, level + np.outer(latent.mean[:, k] - _mean(block, latent.mean[:, k]), weight[:, k]))
            for k in range(latent.mean.shape[1])
        ]
        alone.append([1 - e / none if none > 0 else 0.0 for e in each])
        together.append(1 - everything / none if none > 0 else 0.0)
    return np.array(alone).reshape(len(seen), latent.mean.shape[1]), np.array(together)


def _mean(block: Seen, values: np.ndarray) -> float:
    return float((block.present * values).sum() / max(block.present.sum(), 1))


def _error(block: Seen, predicted: np.ndarray) -> float:
    if block.kind == "gaussian":
        return float((block.mask * (block.values - predicted) ** 2).sum())
    truth = block.values + 0.5
    return float(2 * (block.mask * (np.logaddexp(0, predicted) - truth * predicted)).sum())
