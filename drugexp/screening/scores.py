"""How like signatures predicted profiles are, computed on the device.

Cosine and Pearson are ratios of products that are linear and quadratic in a
profile: with a profile ``p = c B`` they are products of the coefficients c with
small matrices, and p is never made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np

from drugexp.predict.heads import Head

Measure = Literal["cosine", "pearson", "connectivity"]
LEAST = 1e-12


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
        up, down = gene_sets(signatures, set_size)
        sets = {"up": up, "down": down, "used": signatures.used.astype(np.float32)}
        return Head(sets, _connectivity)
    mask = signatures.used.astype(np.float32)
    aim = _unit(_about(signatures.values, mask, measure))

    def fold(basis: np.ndarray) -> dict[str, np.ndarray]:
        part = _about(basis.astype(np.float64), mask, measure)
        return {"cross": (part @ aim.T).astype(np.float32), "root": _root(part).astype(np.float32)}

    centre = mask / mask.sum() if measure == "pearson" else np.zeros_like(mask)
    arrays = {"aim": aim.T.astype(np.float32), "mask": mask, "centre": centre.astype(np.float32)}
    return Head(arrays, _correlation, fold, _folded_correlation)


def gene_sets(signatures: Signatures, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the most raised and the most lowered genes of each signature, (signature, gene) float32 of 0 and 1.

    At most `size` of each, and only genes above or below 0; ties go to the gene that stands first.
    """
    sets = []
    for sign in (1.0, -1.0):
        strength = np.where(signatures.used, sign * signatures.values, -np.inf)
        order = np.argsort(-strength, axis=1, kind="stable")[:, :size]
        chosen = np.zeros_like(signatures.values, dtype=np.float32)
        np.put_along_axis(chosen, order, 1.0, axis=1)
        sets.append(chosen * (strength > 0))
    return sets[0], sets[1]


def _about(values: np.ndarray, mask: np.ndarray, measure: Measure) -> np.ndarray:
    masked = values * mask
    if measure == "pearson":
        masked = (masked - masked.sum(1, keepdims=True) / mask.sum()) * mask
    return masked


def _unit(values: np.ndarray) -> np.ndarray:
    return values / np.maximum(np.sqrt((values**2).sum(1, keepdims=True)), LEAST)


def _root(part: np.ndarray) -> np.ndarray:
    """Return R (direction, direction) with ``|c part| = |c R|``: the triangle of a QR decomposition."""
    if part.shape[0] >= part.shape[1]:
        return part
    upper: np.ndarray = np.linalg.qr(part.T).R
    return upper.T


def _correlation(arrays: Any, mean: Any) -> tuple[Any, ...]:
    part = (mean - (mean @ arrays["centre"])[:, None]) * arrays["mask"]
    return (_divided(part @ arrays["aim"], part),)


def _folded_correlation(arrays: Any, coefficients: Any) -> tuple[Any, ...]:
    return (_divided(coefficients @ arrays["cross"], coefficients @ arrays["root"]),)


def _divided(product: Any, part: Any) -> Any:
    length = jnp.sqrt((part**2).sum(1, keepdims=True))
    return jnp.where(length > LEAST, product / jnp.maximum(length, LEAST), 0.0)


def _connectivity(arrays: Any, mean: Any) -> tuple[Any, ...]:
    # Genes that no signature tells of come last with no weight: they are passed over.
    strength = jnp.where(arrays["used"] > 0, mean, -jnp.inf)
    order = jnp.argsort(-strength, axis=1, stable=True)
    weight = jnp.take_along_axis(jnp.abs(mean) * arrays["used"], order, axis=1)
    used = jnp.take(arrays["used"], order)

    def one(sets: tuple[Any, Any]) -> Any:
        up, down = (_enrichment(jnp.take(chosen, order), weight, used) for chosen in sets)
        return jnp.where(jnp.sign(up) != jnp.sign(down), (up - down) / 2.0, 0.0)

    return (jax.lax.map(one, (arrays["up"], arrays["down"])).T,)


def _enrichment(inside: Any, weight: Any, used: Any) -> Any:
    """Return the weighted Kolmogorov-Smirnov statistic of a set in ranked genes, (sample,)."""
    hits = inside * weight
    total = hits.sum(1, keepdims=True)
    misses = (1.0 - inside) * used
    running = jnp.cumsum(hits / jnp.maximum(total, LEAST) - misses / jnp.maximum(misses.sum(1, keepdims=True), 1.0), 1)
    high, low = running.max(1), running.min(1)
    return jnp.where(total[:, 0] > LEAST, jnp.where(high >= -low, high, low), 0.0)
