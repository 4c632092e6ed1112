"""The way in for one query: a pipeline, a compound and a cell in, an `Explanation` out, no file between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from drugexp.biology.attribution.companions import nearest_companions, weighted_companions
from drugexp.biology.attribution.explaining import Explainer, Method, fingerprints
from drugexp.biology.attribution.explanation import LABELS, TOP, Explanation
from drugexp.biology.attribution.inputs import describe_query
from drugexp.biology.attribution.targets import Target
from drugexp.contract import Cells
from drugexp.learn.pipeline import Pipeline
from drugexp.registry import Registry
from drugexp.represent.features import COLUMNS


@dataclass(frozen=True, eq=False)
class Training:
    """The profiles that a model learnt from, in their order.

    Attributes
    ----------
    values
        (training sample, gene) in the model's space.
    compounds
        (training sample,) names.
    """

    values: np.ndarray
    compounds: tuple[str, ...]


class QueryExplainer:
    """Explains queries of one model; what it compiles is kept between them.

    Parameters
    ----------
    pipeline
        The model.
    registry
        Where featurisers are found.
    cells
        Cells that queries may name, blocks complete; default: those the model knows.
    training
        What the model learnt from, where it is at hand: then models with representer weights tell which training
        compounds add what. Else the nearest are told.
    """

    def __init__(
        self, pipeline: Pipeline, registry: Registry, cells: Cells | None = None, training: Training | None = None
    ) -> None:
        self._pipeline, self._registry, self._training = pipeline, registry, training
        self._cells = pipeline.cells if cells is None else cells
        self._explainer = Explainer(pipeline, fingerprints(pipeline))

    def explain(
        self,
        smiles: str,
        target: Target,
        *,
        cell: str = "",
        dose_um: float = float("nan"),
        hours: float = float("nan"),
        method: Method = "auto",
        seed: int = 0,
        top: int = TOP,
        labels: Mapping[str, Any] | None = None,
    ) -> Explanation:
        """Return why a number is predicted for one compound in one cell.

        Parameters
        ----------
        smiles
            Standard, as `drugexp.chemistry.parse.Compound.smiles` gives it.
        target
            What is explained: `gene_target`, `set_target` or `whole_profile` of
            `drugexp.biology.attribution.targets`, on the pipeline's genes.
        cell
            A name among the cells; empty: pooled.
        dose_um, hours
            In uM and h; NaN: not stated.
        method
            ``auto``, ``exact``, ``gradients`` or ``occlusion``.
        seed
            Of what is drawn.
        top
            How many training compounds.
        labels
            What else the explanation is to be called by; see `Explanation.labels`.

        Raises
        ------
        UsageError
            If the model cannot be explained so.
        """
        query = describe_query(self._pipeline, smiles, self._cells, cell, dose_um, hours, self._registry)
        weights = target.weights_of(self._explainer.profile(query))
        explained = self._explainer.explain(query, weights, method, seed=seed)
        notes = list(explained.notes)
        companions = nearest_companions(query, self._pipeline.domain, top)
        if self._training is not None:
            found = weighted_companions(
                self._pipeline.fitted,
                query,
                weights,
                self._training.values,
                self._training.compounds,
                self._pipeline.domain,
                top,
            )
            if isinstance(found, str):
                notes.append(f"training compounds: {found}")
            else:
                companions = found
        told = dict(zip(LABELS, ("", "compound", smiles, cell, dose_um, hours), strict=True)) | dict(labels or {})
        names = {n: _names(self._pipeline, n, len(row)) for n, row in query.cell.items()}
        return Explanation(told, target, explained, companions, names, space(self._pipeline), tuple(notes))


def space(pipeline: Pipeline) -> str:
    """Return what shares are in: the unit, or the model's own space where that is another."""
    steps: Sequence[str] = pipeline.transform.steps
    if not steps:
        return pipeline.unit.label
    return f"the model's own space ({', '.join(steps)} of {pipeline.unit.label})"


def _names(pipeline: Pipeline, feature: str, width: int) -> tuple[str, ...]:
    """Return what the columns of a cell feature are called: its genes, where its state has them, else numbers."""
    state = pipeline.states.get(f"cell:{feature}", {})
    genes = [str(g) for g in state.get("genes", ())]
    if COLUMNS in state and genes:
        genes = [genes[i] for i in np.asarray(state[COLUMNS]).tolist()]
    return tuple(genes) if len(genes) == width else tuple(f"{feature}[{i}]" for i in range(width))
