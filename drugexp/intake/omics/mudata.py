"""Several kinds of omics in one MuData file (.h5mu)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import h5py

from drugexp.errors import InputError, UsageError, unknown
from drugexp.intake.formats.expression import Expression
from drugexp.intake.formats.h5ad import H5ad
from drugexp.intake.formats.hdf5 import opened
from drugexp.intake.screen_io import require_anndata

MODALITIES: Mapping[str, str] = MappingProxyType(
    {
        "rna": "expression",
        "gex": "expression",
        "expression": "expression",
        "atac": "chromatin",
        "chromatin": "chromatin",
        "histone": "chromatin",
        "prot": "protein",
        "protein": "protein",
        "adt": "protein",
        "meth": "methylation",
        "methylation": "methylation",
        "mut": "mutation",
        "mutation": "mutation",
        "mutations": "mutation",
        "cnv": "copy_number",
        "cna": "copy_number",
        "copy_number": "copy_number",
    }
)
"""What a modality is called -> the block it is."""


def read_h5mu(path: str | Path, *, names: Mapping[str, str] | None = None) -> dict[str, Expression]:
    """Read the modalities of a MuData file that are kinds of omics; modality by modality, each with its own cells.

    Parameters
    ----------
    path
        The file.
    names
        Name of a modality -> block, where it is not called as in `MODALITIES`.

    Returns
    -------
    dict
        Block -> its table.

    Raises
    ------
    InputError
        If the file is no MuData, no modality is known, or two are one block.
    UsageError
        If a modality in `names` is not there.
    PluginError
        If anndata is not installed.
    """
    require_anndata()
    chosen = {**MODALITIES, **{name.lower(): block for name, block in (names or {}).items()}}
    file = opened(path, _whole)
    try:
        stored = {str(name): file["mod"][name] for name in file["mod"]}
        lost = [name for name in names or {} if name.lower() not in {s.lower() for s in stored}]
        if lost:
            raise UsageError(unknown("modality", lost[0], stored), where=str(path))
        found: dict[str, Expression] = {}
        for name, group in stored.items():
            block = chosen.get(name.lower())
            if block is None:
                continue
            if block in found:
                raise InputError(f"two modalities are {block}, the second is {name!r}.", where=str(path))
            found[block] = H5ad(group, f"{path}, {name}").take()
    finally:
        file.close()
    if not found:
        raise InputError(
            f"no modality is known; there are {', '.join(stored) or 'none'}.",
            where=str(path),
            hint=f"Name them {', '.join(MODALITIES)}, or say what yours are.",
        )
    return found


def _whole(file: h5py.File, where: str) -> h5py.File:
    if not isinstance(file.get("mod"), h5py.Group):
        raise InputError("this HDF5 file is no MuData: there is no mod.", where=where)
    return file
