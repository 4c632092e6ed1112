"""Sequences as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

Align = Literal["start", "centre", "end"]
OTHER = 4
"""The code of a letter that is not known, and of what lies beyond a sequence."""
_CODES = np.full(256, OTHER, dtype=np.int8)
_CODES[[ord(letter) for letter in "ACGT"]] = np.arange(4)


def encoded(sequences: Sequence[str], length: int, align: Align = "centre") -> np.ndarray:
    """Return A, C, G and T as 0 to 3 and the rest as 4, (gene, position) int8.

    Parameters
    ----------
    sequences
        In capitals.
    length
        Positions; longer sequences are cut and shorter ones filled up.
    align
        What stays in place: the start, the centre or the end of each.
    """
    out = np.full((len(sequences), length), OTHER, dtype=np.int8)
    for row, sequence in enumerate(sequences):
        codes = _CODES[np.frombuffer(sequence.encode("ascii"), dtype=np.uint8)]
        spare = length - len(codes)
        shift = {"start": 0, "centre": spare // 2, "end": spare}[align]
        first = max(shift, 0)
        part = codes[max(-shift, 0) :][: length - first]
        out[row, first : first + len(part)] = part
    return out


def kmers(codes: np.ndarray, k: int) -> np.ndarray:
    """Return the share of each word of k letters among those of a gene's promoter, (gene, 4^k).

    Words with a letter that is not known are left out.

    Parameters
    ----------
    codes
        (gene, position) as `encoded` gives it.
    k
        Letters.
    """
    genes, length = codes.shape
    out = np.zeros((genes, 4**k))
    if length < k:
        return out
    words = np.zeros((genes, length - k + 1), dtype=np.int64)
    known = np.ones(words.shape, dtype=bool)
    for at in range(k):
        letter = codes[:, at : length - k + 1 + at]
        words = 4 * words + np.where(letter < OTHER, letter, 0)
        known &= letter < OTHER
    for gene in range(genes):
        out[gene] = np.bincount(words[gene][known[gene]], minlength=4**k)
    return np.asarray(out / np.maximum(out.sum(axis=1, keepdims=True), 1))
