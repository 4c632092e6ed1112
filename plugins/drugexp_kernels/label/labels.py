"""Known targets and mechanisms of compounds as vectors, and their prediction from structures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.linalg as sl

from drugexp_kernels.label.uncertainty import members


@dataclass(frozen=True, eq=False)
class LabelSpace:
    """A ridge from structures to label vectors.

    Attributes
    ----------
    vectors
        (labelled, direction) of the labelled compounds.
    inverse
        (labelled, labelled) ``(K + ridge)^-1``.
    dual
        (labelled, direction) ``(K + ridge)^-1 vectors``.
    group
        (labelled,).
    """

    vectors: np.ndarray
    inverse: np.ndarray
    dual: np.ndarray
    group: np.ndarray

    def predict(self, similarity: np.ndarray) -> np.ndarray:
        """Return the label vectors of compounds of any group, from (compound, labelled) similarities."""
        return similarity @ self.dual

    def predict_left_out(self, similarity: np.ndarray, group: np.ndarray) -> np.ndarray:
        """Return the label vectors of compounds, each predicted without the labelled ones of its group, (compound,).

        Leaving out the block B changes the dual to
        ``dual - inverse[:, B] (inverse_BB)^-1 dual_B``, which is 0 on B.
        """
        out = self.predict(similarity)
        labelled = {int(self.group[block[0]]): block for block in members(self.group)}
        for block in members(group):
            own = labelled.get(int(group[block[0]]))
            if own is not None:
                change = sl.solve(self.inverse[np.ix_(own, own)], self.dual[own], assume_a="pos")
                out[block] -= (similarity[block] @ self.inverse[:, own]) @ change
        return out


def label_vectors(values: np.ndarray, names: Sequence[str], rank: int) -> np.ndarray:
    """Return the vectors whose inner products compare labelled compounds, (compound, direction) float32.

    Labels of one kind (what stands before the colon of their name) form a
    block. A label counts by ``log(compounds / compounds that carry it)``; each
    block of each row has length 1, or 0 if it is empty.

    Parameters
    ----------
    values
        (compound, label), 0 where a label does not hold or is not known.
    names
        (label,).
    rank
        Directions kept, the strongest first; 0, or as many as labels: all, as they are.
    """
    held = np.maximum((values > 0).sum(0), 1)
    weighted = values * np.log(np.maximum(len(values) / held, 1.0 + 1e-6))
    kinds = np.array([name.partition(":")[0] for name in names])
    vectors: np.ndarray = np.zeros(values.shape, dtype=np.float32)
    for kind in np.unique(kinds):
        vectors[:, kinds == kind] = unit(weighted[:, kinds == kind])
    if 0 < rank < vectors.shape[1]:
        directions = np.linalg.eigh(vectors.T @ vectors)[1]
        vectors = vectors @ directions[:, ::-1][:, :rank]
    return vectors


def fit_labels(
    kernel: np.ndarray, vectors: np.ndarray, group: np.ndarray, weight: np.ndarray, ridge: float
) -> LabelSpace:
    """Return the ridge of label vectors on a kernel (labelled, labelled), float32."""
    noisy = kernel.astype(np.float32)
    noisy[np.diag_indices(len(noisy))] += (ridge / weight).astype(np.float32)
    inverse = inverted(noisy)
    return LabelSpace(vectors, inverse, inverse @ vectors, group)


def inverted(matrix: np.ndarray) -> np.ndarray:
    """Return the inverse of a symmetric positive definite matrix, which is overwritten."""
    factor = sl.cholesky(matrix, lower=True, overwrite_a=True, check_finite=False)
    potri = sl.get_lapack_funcs("potri", (factor,))
    lower = np.tril(potri(factor, lower=1, overwrite_c=1)[0])
    return lower + np.tril(lower, -1).T


def unit(vectors: np.ndarray) -> np.ndarray:
    """Return rows of length 1; a row of zeros stays."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
