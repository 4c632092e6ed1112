"""How like signatures profiles are: products, weighted and plain Kolmogorov-Smirnov statistics, extreme sums.

All are JAX functions of arrays, so that they run inside of other compiled programs. Of every pair the whole profile
counts, or the signature's sets of raised and lowered genes.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

LEAST = 1e-12
"""Lengths and sums below it are none."""


def gene_sets(values: np.ndarray, used: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the most raised and the most lowered genes of each signature, (signature, gene) float32 of 0 and 1.

    Parameters
    ----------
    values
        (signature, gene) changes.
    used
        (gene,) bool: genes that count.
    size
        At most so many of each, and only genes above or below 0; ties go to the gene that stands first.
    """
    sets = []
    for sign in (1.0, -1.0):
        strength = np.where(used, sign * values, -np.inf)
        order = np.argsort(-strength, axis=1, kind="stable")[:, :size]
        chosen = np.zeros_like(values, dtype=np.float32)
        np.put_along_axis(chosen, order, 1.0, axis=1)
        sets.append(chosen * (strength > 0))
    return sets[0], sets[1]


def about(values: Any, used: Any, *, centred: bool) -> Any:
    """Return (row, gene) values with 0 in genes that are not used, and each row less its mean where `centred`."""
    masked = values * used
    return (masked - masked.sum(1, keepdims=True) / used.sum()) * used if centred else masked


def unit(values: np.ndarray) -> np.ndarray:
    """Return rows of length 1; a row of zeros stays."""
    return values / np.maximum(np.sqrt((values**2).sum(1, keepdims=True)), LEAST)


def divided(product: Any, part: Any) -> Any:
    """Return (row, signature) products over the length of each row of `part`; 0 where that is none."""
    length = jnp.sqrt((part**2).sum(1, keepdims=True))
    return jnp.where(length > LEAST, product / jnp.maximum(length, LEAST), 0.0)


def correlation(profiles: Any, signatures: Any, used: Any, *, centred: bool) -> Any:
    """Return the cosine (or, `centred`, Pearson's correlation) of each profile with each signature.

    Parameters
    ----------
    profiles, signatures
        (profile, gene) and (signature, gene) changes.
    used
        (gene,) float of 0 and 1: genes that count.

    Returns
    -------
    jax.Array
        (profile, signature) in -1 to 1; 0 where one of them is constant.
    """
    part, aim = about(profiles, used, centred=centred), about(signatures, used, centred=centred)
    length = jnp.sqrt((aim**2).sum(1, keepdims=True))
    return divided(part @ (aim / jnp.maximum(length, LEAST)).T, part)


def enrichment(profiles: Any, sets: Any, used: Any) -> Any:
    """Return the enrichment score of each set in each profile: the weighted Kolmogorov-Smirnov statistic.

    Genes are ranked from the most raised to the most lowered; the running sum grows by ``|value|`` over the sum of
    it in the set at each gene of the set, and falls by one over the number of other genes at each of those. The score
    is what lies farthest from 0 (Subramanian et al. 2005, PNAS 102:15545, with weight 1).

    Parameters
    ----------
    profiles
        (profile, gene) changes; ties go to the gene that stands first.
    sets
        (set, gene) of 0 and 1.
    used
        (gene,) float of 0 and 1: genes that count.

    Returns
    -------
    jax.Array
        (profile, set) in -1 to 1; 0 for a set without a gene, or whose genes do not change.
    """
    used = jnp.asarray(used)
    sets = sets * used
    weight = jnp.abs(profiles) * used
    total = weight @ sets.T
    share = jnp.where(total > LEAST, 1.0 / jnp.maximum(total, LEAST), 0.0)
    miss = 1.0 / jnp.maximum(used.sum() - sets.sum(1), 1.0)

    def step(gene: Any, inside: Any, running: Any) -> Any:
        own = jnp.take_along_axis(weight, gene[:, None], axis=1) * share
        return running + jnp.where(inside > 0, own, -miss * used[gene][:, None])

    high, low = _extremes(profiles, sets, used, step)
    return jnp.where(total > LEAST, jnp.where(high >= -low, high, low), 0.0)


def kolmogorov(profiles: Any, sets: Any, used: Any) -> Any:
    """Return the Kolmogorov-Smirnov statistic of each set in each profile, as the first Connectivity Map has it.

    With t genes in the set at the places V(1) < V(2) < ... of n, a is the largest ``j/t - V(j)/n`` and b the largest
    ``V(j)/n - (j-1)/t``; the statistic is a where a > b, else -b (Lamb et al. 2006, Science 313:1929, supplement).
    Parameters and result are those of `enrichment`.
    """
    used = jnp.asarray(used)
    sets = sets * used
    size = sets.sum(1)
    inside_share, all_share = 1.0 / jnp.maximum(size, 1.0), 1.0 / used.sum()

    def step(gene: Any, inside: Any, running: Any) -> Any:
        return running + inside * inside_share - used[gene][:, None] * all_share

    def before(gene: Any, running: Any) -> Any:
        # V(j)/n - (j-1)/t is the negative of the sum with the j-th gene's place but not yet the gene.
        return running - used[gene][:, None] * all_share

    high, low = _extremes(profiles, sets, used, step, before)
    return jnp.where(size > 0, jnp.where(high > -low, high, low), 0.0)


def weighted_connectivity(profiles: Any, up: Any, down: Any, used: Any) -> Any:
    """Return the weighted connectivity score (WTCS) of each signature's sets in each profile, (profile, signature).

    Half the difference of the enrichment scores of raised and lowered genes where their signs differ, else 0
    (Subramanian et al. 2017, Cell 171:1437). Where a signature has one of the sets only, its score alone.

    Parameters
    ----------
    profiles, used
        As of `enrichment`.
    up, down
        (signature, gene) of 0 and 1.
    """
    return _two_sided(enrichment, profiles, up, down, used, both=0.5)


def first_connectivity(profiles: Any, up: Any, down: Any, used: Any) -> Any:
    """Return the raw connectivity score of the first Connectivity Map, (profile, signature).

    The statistic (`kolmogorov`) of raised genes less that of lowered ones where their signs differ, else 0 (Lamb et
    al. 2006). `drugexp.score.connectivity_scale.first_scaled` brings it to -1 to 1 over all profiles.
    """
    return _two_sided(kolmogorov, profiles, up, down, used, both=1.0)


def extreme_sum(profiles: Any, up: Any, down: Any, used: Any, *, extremes: int) -> Any:
    """Return the sum of each profile over the raised genes of each signature, less that over the lowered ones.

    Only the `extremes` most raised and most lowered genes of a profile count (XSum: Cheng et al. 2014, Genome Med.
    6:95). It has the unit of the profiles.

    Parameters
    ----------
    profiles, up, down, used
        As of `weighted_connectivity`.
    extremes
        How many at each end; of equal values at the border all count.
    """
    ranked = jnp.sort(jnp.where(used > 0, profiles, 0.0), axis=1)
    count = min(extremes, profiles.shape[1])
    low = jnp.minimum(ranked[:, count - 1 : count], 0.0)
    high = jnp.maximum(ranked[:, -count][:, None], 0.0)
    return jnp.where((profiles >= high) | (profiles <= low), profiles * used, 0.0) @ (up - down).T


def _two_sided(statistic: Any, profiles: Any, up: Any, down: Any, used: Any, *, both: float) -> Any:
    count = len(up)
    found = statistic(profiles, jnp.concatenate([up, down]), used)
    raised, lowered = found[:, :count], found[:, count:]
    single = ((up * used).sum(1) > 0) != ((down * used).sum(1) > 0)
    difference = raised - lowered
    opposed = jnp.where(jnp.sign(raised) != jnp.sign(lowered), difference * both, 0.0)
    return jnp.where(single, difference, opposed)


def _extremes(profiles: Any, sets: Any, used: Any, step: Any, before: Any = None) -> tuple[Any, Any]:
    """Return the highest and the lowest of a running sum over each profile's ranked genes, two (profile, set).

    One gene after the other over all pairs at once: what is held are three numbers a pair, not one a pair and gene.
    """
    # Genes that are not used come last, and move nothing there.
    order = jnp.argsort(jnp.where(used > 0, -profiles, jnp.inf), axis=1, stable=True)
    members = sets.T

    def one(state: Any, gene: Any) -> Any:
        running, high, low = state
        inside = members[gene]
        low = low if before is None else jnp.minimum(low, before(gene, running))
        running = step(gene, inside, running)
        low = jnp.minimum(low, running) if before is None else low
        return (running, jnp.maximum(high, running), low), None

    none = jnp.zeros((len(profiles), len(sets)), dtype=jnp.float32)
    (_, high, low), _ = jax.lax.scan(one, (none, none, none), order.T)
    return high, low
