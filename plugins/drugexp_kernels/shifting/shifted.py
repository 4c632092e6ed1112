"""A fitted cell shift: the backbone's prediction for the compound alone, shifted and scaled."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from drugexp.chemistry.packing import unpack_counts
from drugexp.chemistry.tanimoto import Levels, count_levels, expand, ratio, reached
from drugexp.contract import Batch, Factors, Fitted, Prediction, PureApply, State
from drugexp_kernels.shifting.amplitude import amplitude
from drugexp_kernels.shifting.cell_shift_options import CellShiftOptions
from drugexp_kernels.shifting.shift import line_scores

TILE = 256
"""Samples computed at once. Always as many, so that the numbers do not depend on the batch."""
SAME = 1e-4
"""A cell is a known line if no entry of its description is farther than this from the line's."""


def build_params(state: State, options: CellShiftOptions) -> dict[str, Any]:
    """Return the arrays the functions below read, made from a state alone."""
    kept = state["shift"]
    counts = unpack_counts(kept["counts"])
    levels = count_levels(counts)
    rank = kept["dual"].shape[1]
    dual = np.zeros((len(counts), len(kept["lines"]), rank), dtype=np.float32)
    dual[kept["compound"], kept["line"]] = kept["dual"]
    basis = np.zeros((rank, int(kept["all_genes"][0])), dtype=np.float32)
    basis[:, kept["genes"]] = kept["gain"] * kept["basis"].astype(np.float32)
    return {
        "feature": levels.feature,
        "below": levels.below,
        "step": levels.step,
        "reached": reached(counts, levels).astype(np.float32),
        "total": counts.sum(1),
        "dual": dual,
        "shared": np.float32(options.shared),
        "shared_weight": np.float32(options.shared_weight),
        "basis": basis,
        "offset": kept["offset"],
        "lines": kept["lines"],
        "strength": kept["strength"],
        "amplitude": {name: value[0] for name, value in state["amplitude"].items()},
    }


def encode_compound(params: Any, table: Any) -> dict[str, Any]:
    """Return scores ``shared`` (compound, direction) and ``own`` (compound, line, direction); 0 without a structure."""
    counts = jnp.asarray(table, dtype=jnp.float32)
    reach = expand(counts, Levels(params["feature"], params["below"], params["step"])) @ params["reached"].T
    kernel = ratio(reach, counts.sum(1), params["total"])
    scores = line_scores(kernel, params["dual"], params["shared"]) - params["offset"]
    scores = scores * (counts != 0).any(1)[:, None, None]
    shared = scores.mean(1)
    return {"shared": params["shared_weight"] * shared, "own": scores - shared[:, None]}


def encode_cell(params: Any, table: Any) -> Any:
    """Return how much of each line's own part a cell gets, (cell, line): nothing unless it is that line."""
    apart = jnp.abs(jnp.asarray(table, dtype=jnp.float32)[:, None] - params["lines"])
    same = (apart <= SAME).all(2)  # a row of NaN is no line; a maximum over NaN need not be NaN
    return same * params["strength"]


def shift_scores(u: Any, v: Any) -> Any:
    """Return what the shift at 10 uM is in its basis, (sample, direction)."""
    return u["shared"] + jnp.einsum("ql,qlr->qr", v, u["own"])


def shift_profile(params: Any, u: Any, v: Any) -> Any:
    """Return the shift at 10 uM, (sample, gene)."""
    return shift_scores(u, v) @ params["basis"]


def scale(params: Any, dose_um: Any) -> Any:
    """Return the amplitude of each dose, (sample, 1)."""
    a = params["amplitude"]
    return amplitude(dose_um, a["slope"], a["lowest"], a["highest"], jnp)[:, None]


class FittedCellShift:
    """A fitted cell shift.

    Parameters
    ----------
    state
        Shift and amplitude, without the backbone's.
    backbone
        Fitted; asked for pooled cells, dose and time.
    """

    def __init__(self, state: State, backbone: Fitted, options: CellShiftOptions) -> None:
        self.kept, self.backbone, self.options = state, backbone, options
        self.params = jax.tree.map(jnp.asarray, build_params(state, options))

    def state(self) -> State:
        """Return everything `CellShift.restore` needs."""
        return self.kept | {"backbone": self.backbone.state()}

    def factors(self) -> Factors | None:
        """Return the model taken apart, or None where the backbone cannot be."""
        return self._parts

    @cached_property
    def _parts(self) -> Factors | None:
        taken = getattr(self.backbone, "factors", lambda: None)()
        if taken is None:
            return None
        names = (self.options.feature, self.options.cell_feature)
        return Factors(
            {"own": self.params, "backbone": taken.params},
            partial(_both_compounds, taken, names[0]),
            partial(_both_cells, taken, names[1]),
            partial(_both_combined, taken),
            has_sd=taken.has_sd,
            coefficients=taken.coefficients and partial(_both_coefficients, taken),
            basis=taken.basis and partial(_both_bases, taken),
        )

    def pure_apply(self) -> PureApply | None:
        """Return the mean as one function of one example, or None where the backbone has no factors."""
        factors = self.factors()
        return None if factors is None else PureApply.of(factors)

    def predict(self, batch: Batch) -> Prediction:
        """Return the shifted profiles; the backbone is asked once for each compound."""
        compounds, place = np.unique(batch.compound_index, return_inverse=True)
        base = self.backbone.predict(_pooled(batch, compounds))
        table = np.asarray(batch.compound[self.options.feature], dtype=np.float32)
        cells = np.asarray(batch.cell.get(self.options.cell_feature, np.empty((0, 0))), dtype=np.float32)
        width = self.params["lines"].shape[1]
        pooled = np.full((1, width), np.nan, dtype=np.float32)
        cells = np.vstack([cells, pooled]) if cells.size else pooled
        mean = np.empty((len(batch), len(base.genes)), dtype=np.float32)
        sd = None if base.sd is None else np.empty_like(mean)
        order = np.argsort(place, kind="stable")
        for start in range(0, len(order), TILE):
            rows = order[start : start + TILE]
            padded = np.resize(rows, TILE)
            # Without cell features every sample is pooled.
            which = batch.cell_index[padded] if len(cells) > 1 else np.full(TILE, -1)
            added, by = _tile(self.params, table[batch.compound_index[padded]], cells[which], batch.dose_um[padded])
            added, by = np.asarray(added)[: len(rows)], np.asarray(by)[: len(rows)]
            mean[rows] = by * (base.mean[place[rows]] + added)
            if sd is not None and base.sd is not None:
                sd[rows] = by * base.sd[place[rows]]
        return Prediction(mean, base.genes, base.unit, sd)


@jax.jit
def _tile(params: Any, compounds: Any, cells: Any, dose_um: Any) -> tuple[Any, Any]:
    return shift_profile(params, encode_compound(params, compounds), encode_cell(params, cells)), scale(params, dose_um)


def _pooled(batch: Batch, compounds: np.ndarray) -> Batch:
    nowhere = np.full(len(compounds), np.nan, dtype=np.float32)
    return Batch(
        batch.compound,
        batch.cell,
        compounds.astype(np.int32),
        np.full(len(compounds), -1, dtype=np.int32),
        nowhere,
        nowhere,
        batch.smiles,
    )


def _both_compounds(taken: Factors, feature: str, params: Any, features: Mapping[str, Any]) -> Any:
    backbone = taken.encode_compound(params["backbone"], features)
    return {"backbone": backbone, "shift": encode_compound(params["own"], features[feature])}


def _both_cells(taken: Factors, feature: str, params: Any, features: Mapping[str, Any]) -> Any:
    pooled = {name: jnp.full_like(jnp.asarray(table, dtype=jnp.float32), jnp.nan) for name, table in features.items()}
    if feature in features and features[feature].shape[1]:
        lines = encode_cell(params["own"], features[feature])
    else:
        lines = jnp.zeros((1, len(params["own"]["lines"])))
    return {"backbone": taken.encode_cell(params["backbone"], pooled), "lines": lines}


def _both_combined(taken: Factors, params: Any, u: Any, v: Any, dose_um: Any, _: Any) -> tuple[Any, Any]:
    nowhere = jnp.full_like(jnp.asarray(dose_um, dtype=jnp.float32), jnp.nan)
    mean, sd = taken.combine(params["backbone"], u["backbone"], v["backbone"], nowhere, nowhere)
    by = scale(params["own"], dose_um)
    return by * (mean + shift_profile(params["own"], u["shift"], v["lines"])), by * sd


def _both_coefficients(taken: Factors, params: Any, u: Any, v: Any, dose_um: Any, _: Any) -> Any:
    nowhere = jnp.full_like(jnp.asarray(dose_um, dtype=jnp.float32), jnp.nan)
    assert taken.coefficients is not None  # noqa: S101 - asked for only where it is there
    base = taken.coefficients(params["backbone"], u["backbone"], v["backbone"], nowhere, nowhere)
    both = jnp.concatenate([base, shift_scores(u["shift"], v["lines"])], axis=1)
    return scale(params["own"], dose_um) * both


def _both_bases(taken: Factors, params: Any) -> Any:
    assert taken.basis is not None  # noqa: S101 - as above
    return jnp.concatenate([taken.basis(params["backbone"]), params["own"]["basis"]])
