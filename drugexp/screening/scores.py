"""How like signatures predicted profiles are, computed on the device.

Cosine and Pearson are ratios of products that are linear and quadratic in a
profile: with a profile ``p = c B`` they are products of the coefficients c with
small matrices, and p is never made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from drugexp.predict.heads import Head
from drugexp.score.connectivity import about, divided, gene_sets, unit, weighted_connectivity

Measure = Literal["cosine", "pearson", "connectivity"]


@dataclass(frozen=True, eq=False)
class Signatures:
    """Changes of expression that profiles are held against.

    Attributes
    ----------
    names
        (signature,).
    values
        (signature, gene) float32 on the model's axis; 0 where `used` is False.
    used
        (gene,) bool: genes that all signatures tell of.
    """

    names: tuple[str, ...]
    values: np.ndarray
    used: np.ndarray


def score_head(signatures: Signatures, measure: Measure, *, set_size: int = 50) -> Head:
    """Return the head that scores profiles against signatures: one array (sample, signature) float32 in -1 to 1.

    Parameters
    ----------
    signatures
        On the model's axis.
    measure
        ``cosine``; ``pearson``: the same about the means over genes; ``connectivity``: the weighted connectivity
        score of the signature's strongest genes in the profile (Subramanian et al., Cell 2017, 171, 1437).
    set_size
        For ``connectivity``, how many raised and how many lowered genes of a signature are looked up.
    """
    if measure == "connectivity":
        up, down = gene_sets(signatures.values, signatures.used, set_size)
        sets = {"up": up, "down": down, "used": signatures.used.astype(np.float32)}
        return Head(sets, _connectivity)
    mask = signatures.used.astype(np.float32)
    centred = measure == "pearson"
    aim = unit(about(signatures.values, mask, centred=centred))

    def fold(basis: np.ndarray) -> dict[str, np.ndarray]:
        part = about(basis.astype(np.float64), mask, centred=centred)
        return {"cross": (part @ aim.T).astype(np.float32), "root": _root(part).astype(np.float32)}

    centre = mask / mask.sum() if centred else np.zeros_like(mask)
    arrays = {"aim": aim.T.astype(np.float32), "mask": mask, "centre": centre.astype(np.float32)}
    return Head(arrays, _correlation, fold, _folded_correlation)


def _root(part: np.ndarray) -> np.ndarray:
    """Return R (direction, direction) with ``|c part| = |c R|``: the triangle of a QR decomposition."""
    if part.shape[0] >= part.shape[1]:
        return part
    upper: np.ndarray = np.linalg.qr(part.T).R
    return upper.T


def _correlation(arrays: Any, mean: Any) -> tuple[Any, ...]:
    part = (mean - (mean @ arrays["centre"])[:, None]) * arrays["mask"]
    return (divided(part @ arrays["aim"], part),)


def _folded_correlation(arrays: Any, coefficients: Any) -> tuple[Any, ...]:
    return (divided(coefficients @ arrays["cross"], coefficients @ arrays["root"]),)


def _connectivity(arrays: Any, mean: Any) -> tuple[Any, ...]:
    return (weighted_connectivity(mean, arrays["up"], arrays["down"], arrays["used"]),)
