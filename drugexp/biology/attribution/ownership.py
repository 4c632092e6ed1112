"""From features to atoms: which environments set which columns, and how shares are dealt out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Owners:
    """The environments of one compound that set the columns of one fingerprint.

    Attributes
    ----------
    column
        (environment,) the column each adds 1 to; several may share one (folded, or the same thing twice).
    atoms
        (environment, atom) bool: what each reads.
    words
        (environment,) how it is written.
    width
        Columns of the feature.
    """

    column: np.ndarray
    atoms: np.ndarray
    words: tuple[str, ...]
    width: int

    def counts(self, kept: np.ndarray | None = None) -> np.ndarray:
        """Return the feature as it is with some environments only, (row, column) float32, clipped as counts are.

        Parameters
        ----------
        kept
            (row, environment) bool; None: one row with all.
        """
        rows = np.ones((1, len(self.column)), dtype=bool) if kept is None else kept
        out = np.zeros((len(rows), self.width), dtype=np.float32)
        row, environment = np.nonzero(rows)
        np.add.at(out, (row, self.column[environment]), 1.0)
        return np.minimum(out, 255.0)

    def intact(self, present: np.ndarray) -> np.ndarray:
        """Return which environments are whole where some atoms are gone, (row, environment); `present` (row, atom)."""
        missing = (~present).astype(np.float32) @ self.atoms.T.astype(np.float32)
        return np.asarray(missing == 0)

    def take(self, kept: np.ndarray) -> Owners:
        """Return some of the environments, (environment,) bool."""
        words = tuple(w for w, k in zip(self.words, kept, strict=True) if k)
        return Owners(self.column[kept], self.atoms[kept], words, self.width)


@dataclass(frozen=True, eq=False)
class Dealt:
    """Shares of a fingerprint's columns, dealt out.

    Attributes
    ----------
    atoms
        (atom,).
    environments
        (environment,).
    absent
        The sum over columns that no environment sets: what the compound lacks.
    """

    atoms: np.ndarray
    environments: np.ndarray
    absent: float


def deal(shares: np.ndarray, owners: Owners) -> Dealt:
    """Deal the share of each column evenly to the environments that set it, and theirs evenly to their atoms.

    Nothing is lost: ``atoms.sum() + absent == shares.sum()``.

    Parameters
    ----------
    shares
        (column,).
    owners
        Of the same feature.
    """
    setters = np.bincount(owners.column, minlength=owners.width)
    each = shares[owners.column] / np.maximum(setters[owners.column], 1)
    size = np.maximum(owners.atoms.sum(axis=1), 1)
    atoms = (each / size) @ owners.atoms if len(each) else np.zeros(owners.atoms.shape[1])
    return Dealt(np.asarray(atoms, dtype=np.float64), each, float(shares[setters == 0].sum()))


def levelled(values: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return values with those of atoms that cannot be told apart set to their mean; the sum stays.

    >>> levelled(np.array([1.0, 3.0, 5.0]), np.array([0, 0, 1])).tolist()
    [2.0, 2.0, 5.0]
    """
    _, at, size = np.unique(classes, return_inverse=True, return_counts=True)
    return np.asarray((np.bincount(at.ravel(), weights=values) / size)[at.ravel()])
