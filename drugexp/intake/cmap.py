"""The labels of the Connectivity Map, under the names that its releases of 2017 and 2020 give them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from drugexp.contract.axis import GeneAxis
from drugexp.contract.screen import Cells, Screen
from drugexp.contract.tables import coded, looked_up, perturbation_table, sample_table
from drugexp.contract.units import Unit
from drugexp.errors import DataError
from drugexp.intake.amounts import doses_um, hours
from drugexp.intake.gaps import filled

MISSING = ("-666", "-666.0", "", "nan", "restricted")
"""What stands where nothing is known."""

SAMPLE_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "perturbation": ("pert_id", "pert_iname", "cmap_name"),
        "kind": ("pert_type",),
        "cell": ("cell_iname", "cell_id", "cell_mfc_name"),
        "batch": ("rna_plate", "det_plate", "bead_batch"),
        "dose": ("pert_dose", "pert_idose"),
        "dose_unit": ("pert_dose_unit",),
        "time": ("pert_time", "pert_itime"),
        "time_unit": ("pert_time_unit",),
    }
)
"""Columns of ``sig_info``, ``inst_info``, ``siginfo_beta`` and ``instinfo_beta``; the first that is there counts."""

PERTURBATION_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "id": ("pert_id",),
        "name": ("pert_iname", "cmap_name"),
        "smiles": ("canonical_smiles",),
        "key": ("inchi_key", "inchi_key_prefix"),
        "target": ("target",),
    }
)
"""Columns of ``pert_info`` and ``compoundinfo_beta``."""

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "trt_cp": "compound",
        "trt_sh": "knockdown",
        "trt_sh.cgs": "knockdown",
        "trt_xpr": "knockout",
        "trt_oe": "overexpression",
        "trt_oe.mut": "overexpression",
        "trt_lig": "ligand",
    }
)
"""The kind of a perturbation, by ``pert_type``."""


def is_cmap(labels: pd.DataFrame) -> bool:
    """Return whether labels are those of the Connectivity Map: a perturbation and its type stand in each row."""
    return {"pert_id", "pert_type"} <= set(map(str, labels.columns))


def cmap_samples(info: pd.DataFrame, where: str) -> pd.DataFrame:
    """Return the sample table of rows of ``sig_info`` or ``inst_info``; a column ``pert_type`` is kept.

    Doses that are no concentration (0.1 % of the vehicle) are not stated.

    Raises
    ------
    DataError
        If no column names the perturbation, its type or the cell.
    """
    found = {role: _column(info, names) for role, names in SAMPLE_NAMES.items()}
    for role in ("perturbation", "kind", "cell"):
        if found[role] is None:
            raise DataError(f"there is no column {' or '.join(SAMPLE_NAMES[role])}.", where=where)
    kind = _names(found["kind"])
    is_control = looked_up(kind, pd.Series({n: str(n).startswith("ctl_") for n in kind.cat.categories}))
    perturbation = _names(found["perturbation"])
    if is_control.any():
        perturbation = perturbation.cat.add_categories([c for c in [""] if c not in perturbation.cat.categories])
        perturbation = perturbation.mask(pd.Series(is_control), "")
    return sample_table(
        len(info),
        perturbation=perturbation.cat.remove_unused_categories().array,
        cell=_names(found["cell"]).array,
        batch="" if found["batch"] is None else _names(found["batch"]).array,
        dose_um=np.nan if found["dose"] is None else doses_um(found["dose"], _unit(found, "dose")),
        hours=np.nan if found["time"] is None else hours(found["time"], _unit(found, "time")),
        is_control=is_control,
        pert_type=kind.array,
    )


def cmap_perturbations(info: pd.DataFrame | None, samples: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Return the perturbation table of samples.

    Parameters
    ----------
    info
        ``pert_info`` or ``compoundinfo_beta``, in which a compound may have a row for each target; None: there is none.
    samples
        What `cmap_samples` gave.
    labels
        What it was given; names are taken from it where `info` has none.
    """
    treated = samples[~samples["is_control"]]
    first = treated.drop_duplicates("perturbation").index
    ids = treated.loc[first, "perturbation"].astype(str)
    kinds = [KINDS.get(str(k), str(k)) for k in treated.loc[first, "pert_type"]]
    own = _column(labels.iloc[first], ("pert_iname", "cmap_name"))
    names = ids.to_numpy(dtype=object) if own is None else _names(own).to_numpy(dtype=object)
    told = {} if info is None else _of_compounds(info, ids)
    known = told.pop("name", np.full(len(ids), "", dtype=object))
    told["name"] = [k or n or i for k, n, i in zip(known, names, ids, strict=True)]
    return perturbation_table(ids.to_numpy(dtype=object), **told).assign(kind=kinds)


def cmap_screen(
    labels: pd.DataFrame,
    axis: GeneAxis,
    values: np.ndarray,
    *,
    name: str,
    unit: Unit,
    where: str,
    compounds: pd.DataFrame | None = None,
) -> Screen:
    """Return the screen of rows of ``sig_info`` or ``inst_info``.

    Parameters
    ----------
    labels
        One row a sample.
    axis
        Of the columns of `values`.
    values
        (sample, gene), in memory or `Rows`; what is not finite is missing.
    name, unit
        Of the screen.
    where
        The file of the labels, as a message calls it.
    compounds
        ``pert_info`` or ``compoundinfo_beta``, where it is there.
    """
    samples = cmap_samples(labels, where)
    measured, state = filled(values)
    return Screen(
        name=name,
        values=measured,
        state=state,
        genes=axis,
        unit=unit,
        samples=samples,
        perturbations=cmap_perturbations(compounds, samples, labels),
        cells=Cells(tuple(c for c in samples["cell"].unique() if c)),
    )


def _of_compounds(info: pd.DataFrame, ids: pd.Series) -> dict[str, Any]:
    found = {role: _column(info, names) for role, names in PERTURBATION_NAMES.items()}
    if found["id"] is None:
        return {}
    names = found["id"].astype(str).to_numpy()
    told = {}
    for role, column in found.items():
        if column is None or role == "id":
            continue
        texts = pd.Series(_names(column).astype(str).to_numpy(), index=names)
        joined = texts[texts != ""].groupby(level=0).agg(lambda t: "|".join(dict.fromkeys(t)))
        told[role] = joined.reindex(ids).fillna("").to_numpy(dtype=object)
    keys = told.pop("key", None)
    targets = told.pop("target", None)
    if "smiles" in told:
        told["smiles"] = [s.partition("|")[0] for s in told["smiles"]]
    if "name" in told:
        told["name"] = [n.partition("|")[0] for n in told["name"]]
    if keys is not None:
        told["inchikey14"] = [k[:14] for k in keys]
    return told if targets is None else told | {"targets": targets}


def _column(table: pd.DataFrame, names: tuple[str, ...]) -> pd.Series | None:
    return next((table[name].reset_index(drop=True) for name in names if name in table.columns), None)


def _unit(found: Mapping[str, pd.Series | None], of: str) -> pd.Series | None:
    """Return the column of units, where the amounts are numbers; ``pert_idose`` has the unit in its text."""
    column = found[of]
    is_text = column is not None and str(column.name).startswith("pert_i")
    return None if is_text else found[f"{of}_unit"]


def _names(column: pd.Series) -> pd.Series:
    """Return texts as categories, empty where missing."""
    codes, names = coded(column)
    texts = ["" if str(n) in MISSING else str(n) for n in names]
    unique = list(dict.fromkeys(texts))
    place = {name: i for i, name in enumerate(unique)}
    moved = np.array([place[t] for t in texts], dtype=np.int64)
    return pd.Series(pd.Categorical.from_codes(moved[codes], unique))
