"""A model blind to the cell, shifted by what a known cell line does differently and scaled by the dose.

``A(dose) * (backbone[compound] + w * g * shared[compound] + s[line] * g * own[compound, line])``.
The line's own part is 0 for every cell that the lists do not hold, a user's
own included: how a new line departs from the others was not learnable.
The time is not used: no effect of it was learnt.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from drugexp.chemistry.packing import pack_counts
from drugexp.contract import Context, Examples, Model, ModelBuilder, Needs, OneOf, Options, Span, State
from drugexp.errors import ModelError
from drugexp_kernels.shifting import shift
from drugexp_kernels.shifting.amplitude import fit_amplitude
from drugexp_kernels.shifting.cell_shift_options import CellShiftOptions
from drugexp_kernels.shifting.listings import Listings, read_listings
from drugexp_kernels.shifting.shifted import FittedCellShift


class CellShift:
    """A backbone of any kind, the shift of known lines from lists of genes, the amplitude of the dose."""

    name = "cell-shift"
    Options = CellShiftOptions

    def needs(self, options: CellShiftOptions) -> Needs:
        """Say which features the shift reads; the platform adds those of the backbone."""
        return Needs(compound=(options.feature,), cell=(options.cell_feature,))

    def search_space(self, options: CellShiftOptions) -> dict[str, Span | OneOf]:
        """Return what is worth trying of the shift; the backbone has a space of its own."""
        return {
            "shared": Span(0.0, 1.0),
            "ridge": Span(0.3, 30.0, log=True),
            "rank": Span(20, 300, log=True, whole=True),
            "shared_weight": Span(0.0, 1.0),
            "full_rows": Span(10, 1000, log=True, whole=True),
        }

    def built_on(self, options: CellShiftOptions) -> Sequence[tuple[str, dict[str, Any]]]:
        """Return the backbone's name and options."""
        return [(options.backbone.name, options.backbone.options)]

    def training_needs(self, options: CellShiftOptions, models: ModelBuilder) -> Needs:
        """Say what the fit reads: also what only the fit of the backbone does."""
        backbone, chosen = models.build(options.backbone.name, options.backbone.options)
        extra = getattr(backbone, "training_needs", None)
        asked = backbone.needs(chosen) if extra is None else extra(chosen, models)
        own = self.needs(options)
        return Needs(
            compound=tuple(dict.fromkeys((*own.compound, *asked.compound))),
            cell=tuple(dict.fromkeys((*own.cell, *asked.cell))),
            smiles=asked.smiles,
        )

    def fit(
        self, train: Examples, valid: Examples | None, options: CellShiftOptions, *, context: Context, seed: int
    ) -> FittedCellShift:
        """Fit the backbone and the shift to `train`; the seed deals groups into the folds that size the shift."""
        backbone, chosen = _backbone(options, context)
        listings = read_listings(train, options.shift_task, options.feature, options.cell_feature, options.min_listed)
        base = backbone.fit(train, valid, chosen, context=context, seed=seed)
        context.progress(0, 3, "similarity of the listed compounds")
        kernel = shift.similarity(listings)
        context.progress(1, 3, "size of the shift")
        shared = shift.held_out_shared(listings, kernel, options, seed)
        counts = train.batch.compound[options.feature][train.all().compound_index]
        size = shift.gain(listings, shared, train.primary, counts)
        context.progress(2, 3, "shift of each line")
        found = shift.fit_shift(listings, kernel, np.arange(len(listings.line)), options)
        grown = fit_amplitude(train.batch, [t for t in train.targets[1:] if t.task.name in options.dose_tasks])
        context.progress(3, 3, "done")
        genes = train.primary.task.genes
        state = {
            "shift": _stored(listings, found, size, options) | {"all_genes": np.array([len(genes)], np.int32)},
            "amplitude": {name: np.float32(value).reshape(1) for name, value in vars(grown).items()},
        }
        return FittedCellShift(state, base, options)

    def restore(self, state: State, options: CellShiftOptions, *, context: Context) -> FittedCellShift:
        """Return the fitted model that gave `state`."""
        backbone, chosen = _backbone(options, context)
        own = {name: state[name] for name in ("shift", "amplitude")}
        return FittedCellShift(own, backbone.restore(state["backbone"], chosen, context=context), options)


def _backbone(options: CellShiftOptions, context: Context) -> tuple[Model, Options]:
    if context.models is None:
        raise ModelError("the cell shift is built on another model and was given no way to build one")
    return context.models.build(options.backbone.name, options.backbone.options)


def _stored(listings: Listings, found: shift.Shift, size: float, options: CellShiftOptions) -> dict[str, Any]:
    """Return the arrays of the shift, duals and directions in half precision."""
    pairs = listings.pairs
    strength = np.where(pairs >= options.full_rows, 1.0, pairs / (pairs + options.full_rows))
    half, single = np.float16, np.float32
    return {
        "counts": pack_counts(listings.counts),
        "compound": listings.compound.astype(np.int32),
        "line": listings.line.astype(np.int32),
        "dual": found.dual[listings.compound, listings.line].astype(half),
        "basis": found.basis.astype(half),
        "offset": found.offset.astype(single),
        "genes": listings.genes.astype(np.int32),
        "lines": listings.lines.astype(single),
        "pairs": pairs.astype(np.int32),
        "strength": strength.astype(single),
        "gain": np.array([size], dtype=single),
    }
