"""One query and one target in, everything that explains the prediction out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from drugexp.biology.attribution.exact import exact_parts
from drugexp.biology.attribution.gradients import PathShares
from drugexp.biology.attribution.inputs import Query, one_row
from drugexp.biology.attribution.ownership import deal, levelled
from drugexp.biology.attribution.parts import Parts, Way
from drugexp.biology.attribution.removal import Predict, Removal, bins_gone, genes_gone, occlusion_parts
from drugexp.biology.attribution.substructures import Substructure, substructures
from drugexp.biology.attribution.trust import Trust, noise_p, rank_correlation, repeated, stability
from drugexp.errors import UsageError
from drugexp.learn.pipeline import Pipeline
from drugexp.predict.engine import Programs
from drugexp.represent.features import COLUMNS

Method = Literal["auto", "exact", "gradients", "occlusion"]
METHODS: tuple[Method, ...] = ("auto", "exact", "gradients", "occlusion")
LEAP, EARLY = 0.1, 0.01
"""A model leaps if so much of what a compound changes has happened after so much of the line to it."""
_FEW_ORDERS = 8


@dataclass(frozen=True, eq=False)
class Explained:
    """Why one number is predicted.

    Attributes
    ----------
    query
        The compound and its cell.
    parts
        Base and shares, in the model's space.
    way
        How they were found.
    atoms
        (atom,) shares; those of atoms that cannot be told apart are equal.
    unassigned
        Word -> share of the compound that no atom owns: ``atoms.sum() + sum(unassigned) == parts.of_compound``.
    substructures
        What fingerprints see, strongest first.
    cell_features
        Feature name -> (feature,) shares of the cell's features; see `cell_way`.
    cell_way
        How those were found; they belong to the sum of shares unless this is not `way` while `way` is ``exact``.
    trust
        How far to trust it.
    notes
        What the user should know.
    """

    query: Query
    parts: Parts
    way: Way
    atoms: np.ndarray
    unassigned: Mapping[str, float]
    substructures: tuple[Substructure, ...]
    cell_features: Mapping[str, np.ndarray]
    cell_way: str
    trust: Trust
    notes: tuple[str, ...]


class Explainer:
    """Explains predictions of one model; what it compiles is kept between queries.

    Parameters
    ----------
    pipeline
        The model.
    training
        Feature name -> (compound, column) fingerprints of training compounds; see
        `drugexp.biology.attribution.trust.noise_p`.
    """

    def __init__(self, pipeline: Pipeline, training: Mapping[str, np.ndarray] | None = None) -> None:
        self._fitted = pipeline.fitted
        self._programs = Programs(pipeline.fitted)
        self._training = training or {}
        offered = getattr(pipeline.fitted, "pure_apply", None)
        pure = offered() if offered is not None else None
        self._path = None if pure is None else PathShares(pure)

    def profile(self, query: Query) -> np.ndarray:
        """Return the predicted profile of a query in the model's space, (gene,) float64."""
        return self._profiles(query, one_row(query.compound), one_row(query.cell))[0]

    def _profiles(self, query: Query, compound: Mapping[str, np.ndarray], cell: Mapping[str, np.ndarray]) -> np.ndarray:
        mean, _ = self._programs.predict(query.batch(compound, cell))
        return mean.astype(np.float64)

    def explain(self, query: Query, weights: np.ndarray, method: Method = "auto", *, seed: int = 0) -> Explained:
        """Return why a number is predicted.

        Parameters
        ----------
        query
            One compound, cell, dose and time.
        weights
            (gene,) of the target.
        method
            How; ``auto``: the model's own account, else integrated gradients where the prediction grows
            with the compound, else by taking atoms away.
        seed
            Of what is drawn; the compound's SMILES enters too, so that no other query has a say.

        Raises
        ------
        UsageError
            If the model cannot be explained so.
        """

        def predict(compound: Mapping[str, np.ndarray], cell: Mapping[str, np.ndarray]) -> np.ndarray:
            return self._profiles(query, compound, cell) @ weights

        rng = np.random.default_rng([seed, *hashlib.sha256(query.smiles.encode()).digest()[:8]])
        notes: list[str] = []
        parts, way = self._parts(query, weights, method, predict, rng, notes)
        cell_features, cell_way = parts.cell, way if parts.cell else ""
        if query.in_a_cell and not parts.cell and way == "exact":
            # The model's own account leaves the cell in its base.
            cell_features, cell_way = genes_gone(query, predict), "occlusion"
        atoms, unassigned = _atoms(query, parts)
        shares = parts.compound if way != "occlusion" else bins_gone(query, predict)

        def again(other: Query) -> np.ndarray:
            return self._again(other, weights, way, rng)

        game = Removal(query)
        movable = game.can_lose_atoms
        gone = game.one_gone(predict, query.cell) if movable else np.zeros(0)
        trust = Trust(
            completeness=parts.error,
            stability=stability(atoms, repeated(query, again, rng)) if query.owners else float("nan"),
            agreement=rank_correlation(atoms, levelled(gone, query.classes)) if movable else float("nan"),
            p=noise_p(query, predict, self._training),
        )
        return Explained(
            query,
            parts,
            way,
            atoms,
            unassigned,
            substructures(query, shares),
            cell_features,
            cell_way,
            trust,
            tuple(notes),
        )

    def _parts(
        self,
        query: Query,
        weights: np.ndarray,
        method: Method,
        predict: Predict,
        rng: np.random.Generator,
        notes: list[str],
    ) -> tuple[Parts, Way]:
        if method in ("auto", "exact"):
            found = exact_parts(self._fitted, query, weights)
            if found is not None:
                return found, "exact"
            if method == "exact":
                raise UsageError("this model gives no exact account of itself", hint="Use --method auto.")
        if method in ("auto", "gradients"):
            why_not = self._no_gradients(query)
            if not why_not and method == "auto" and self.leap(query) > LEAP:
                why_not = (
                    "the prediction leaps as soon as a trace of the compound is there, so that gradients along the way "
                    "say little: atoms were taken away instead"
                )
                notes.append(why_not)
            if not why_not and self._path is not None:
                return self._path.parts(query, weights), "gradients"
            if method == "gradients":
                raise UsageError(why_not, hint="Use --method occlusion.")
        if not Removal(query).players or (query.asks_smiles and not Removal(query).can_lose_atoms):
            raise UsageError(
                "this model reads the SMILES itself: no atom can be taken away from what it sees",
                hint="Explain a model that reads fingerprints, descriptors or graphs.",
            )
        of_cell = self._path.cell_shares(query, weights) if self._path is not None else None
        return occlusion_parts(query, predict, rng, of_cell), "occlusion"

    def _no_gradients(self, query: Query) -> str:
        if self._path is None:
            return "this model has no gradients"
        if query.codes:
            return f"between two values of {query.codes[0]} lies nothing, so there are no gradients along a line"
        return ""

    def leap(self, query: Query) -> float:
        """Return the share of what the compound changes that has happened after a hundredth of the line to it."""
        rows = {n: np.stack([0 * row, EARLY * row, row]) for n, row in query.compound.items()}
        none, early, whole = self._profiles(query, rows, one_row(query.cell))
        return float(np.linalg.norm(early - none)) / max(float(np.linalg.norm(whole - none)), 1e-9)

    def _again(self, query: Query, weights: np.ndarray, way: Way, rng: np.random.Generator) -> np.ndarray:
        """Return the atoms of a query in its own cell alone, found the same way."""

        def predict(compound: Mapping[str, np.ndarray], cell: Mapping[str, np.ndarray]) -> np.ndarray:
            return self._profiles(query, compound, cell) @ weights

        if way == "exact":
            parts = exact_parts(self._fitted, query, weights)
            assert parts is not None  # noqa: S101 - it was there a moment ago
        elif way == "gradients":
            assert self._path is not None  # noqa: S101 - it was there a moment ago
            parts = self._path.compound_alone(query, weights)
        else:
            shares, none, every = Removal(query).shapley(predict, query.cell, rng, _FEW_ORDERS)
            parts = Parts(every, none, {}, {}, atoms=shares[: len(query.classes)])
        return _atoms(query, parts)[0]


def _atoms(query: Query, parts: Parts) -> tuple[np.ndarray, dict[str, float]]:
    """Return the shares of atoms, and those of the compound that no atom owns."""
    atoms = np.zeros(len(query.classes)) if parts.atoms is None else parts.atoms.copy()
    unassigned = dict(parts.other)
    for name, shares in parts.compound.items():
        if name in query.owners:
            dealt = deal(shares, query.owners[name])
            atoms += dealt.atoms
            if dealt.absent:
                unassigned[f"{name} that the compound lacks"] = dealt.absent
        else:
            unassigned[f"{name}, as a whole"] = float(shares.sum())
    return levelled(atoms, query.classes), unassigned


def fingerprints(pipeline: Pipeline) -> dict[str, np.ndarray]:
    """Return which Morgan bins training compounds have, (compound, column), for features that are those bins."""
    if pipeline.domain is None or not len(pipeline.domain.bits):
        return {}
    bins = np.unpackbits(pipeline.domain.bits, axis=1)
    state = pipeline.states.get("compound:morgan_counts", {})
    return {"morgan_counts": bins[:, np.asarray(state[COLUMNS])] if COLUMNS in state else bins}
