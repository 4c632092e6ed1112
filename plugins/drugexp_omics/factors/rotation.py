"""The rotation of factors that the relevances like best: without it, updates turn factors only very slowly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy.optimize import minimize

from drugexp_omics.factors.bound import TINY, Side, relevance
from drugexp_omics.factors.latent import Latent


def rotate(sides: Mapping[str, Side], latent: Latent) -> tuple[dict[str, Side], Latent]:
    """Return loadings times R and latent variables times R^-T for the R of the highest lower bound.

    What the data are told stays the same; the bound of what is left is (Virtanen et al. 2012, AISTATS)
    ``-tr(R^-1 Z'Z R^-T) / 2 + (features - cells) log |R| - sum over blocks and k of
    (TINY + features of the block / 2) log(TINY + r[k]' W'W r[k] / 2)``.
    """
    k = latent.mean.shape[1]
    if k < 2:
        return dict(sides), latent
    of_cells = latent.second[:, :-1, :-1].sum(axis=0)
    of_blocks = [side.second[:, :-1, :-1].sum(axis=0) for side in sides.values()]
    sizes = np.array([TINY + len(side.mean) / 2 for side in sides.values()])
    extra = sum(len(side.mean) for side in sides.values()) - len(latent.mean)

    def cost(flat: np.ndarray) -> tuple[float, np.ndarray]:
        r = flat.reshape(k, k)
        sign, size = np.linalg.slogdet(r)
        if sign == 0 or size < -50:
            return np.inf, np.zeros(k * k)
        back = np.linalg.inv(r)
        turned = back @ of_cells @ back.T
        value = np.trace(turned) / 2 - extra * size
        slope = -back.T @ turned - extra * back.T
        for own, weight in zip(of_blocks, sizes, strict=True):
            gram = own @ r
            inner = TINY + (r * gram).sum(axis=0) / 2
            value += weight * np.log(inner).sum()
            slope += weight * gram / inner
        return float(value), slope.ravel()

    start = np.eye(k).ravel()
    found = minimize(cost, start, jac=True, method="L-BFGS-B", options={"maxiter": 200})
    if not found.fun < cost(start)[0]:
        return dict(sides), latent
    r = found.x.reshape(k, k)
    back = np.linalg.inv(r)
    turned = Latent(latent.mean @ back.T, back @ latent.covariance @ back.T)
    whole = np.eye(k + 1)
    whole[:k, :k] = r
    out = {}
    for name, side in sides.items():
        new = replace(side, mean=side.mean @ whole, covariance=whole.T @ side.covariance @ whole)
        out[name] = replace(new, relevance=relevance(new))
    return out, turned
