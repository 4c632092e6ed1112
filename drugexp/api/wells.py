"""Signatures out of wells."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from drugexp.contract import Unit, parse_options
from drugexp.errors import UsageError, unknown
from drugexp.intake.wells.options import SignatureOptions
from drugexp.intake.wells.signatures import Signatures
from drugexp.intake.wells.signatures import signatures as make
from drugexp.intake.wells.source import read_wells
from drugexp.intake.wells.write import check_outputs, write_signatures
from drugexp.registry import discover


def signatures(
    source: str | Path,
    *,
    output: str | Path | None = None,
    data_dir: str | Path | None = None,
    columns: Mapping[str, str | None] | None = None,
    unit: str | Unit | None = None,
    layer: str | None = None,
    **options: Any,
) -> Signatures:
    """Make plate-normalised, replicate-collapsed signatures out of wells.

    Parameters
    ----------
    source
        A data set with wells, a ``.screen`` folder of wells, or a file of expression with one sample a well.
    output
        A ``.screen`` folder, or an h5ad, GCT or GCTX file.
    data_dir
        The data folder; default: ``DRUGEXP_DATA`` or the user's cache.
    columns
        Of a file, where they have other names than usual: ``compound``, ``smiles``, ``cell``, ``dose``,
        ``dose_unit``, ``hours``, ``plate``, ``well``, ``control_column`` and ``control`` (what it holds in controls).
    unit
        Of a file: ``counts`` or ``log2_expression``; default: as its numbers tell.
    layer
        Of an h5ad file.
    **options
        Fields of `drugexp.intake.wells.options.SignatureOptions`.

    Returns
    -------
    Signatures
        The ``screen``, the ``rejected`` wells, the ``agreement`` of replicates beside chance, and ``notes``.

    Raises
    ------
    DrugexpError
        With a sentence for the user.
    """
    chosen = parse_options(SignatureOptions, options)
    if output is not None:
        check_outputs(output)
    wells = read_wells(source, data_dir=data_dir, columns=columns, unit=_unit(unit), layer=layer, registry=discover())
    found = make(wells, chosen)
    if output is not None:
        write_signatures(found.screen, output)
    return found


def _unit(named: str | Unit | None) -> Unit | None:
    if named is None:
        return None
    if named not in (valid := (Unit.COUNTS.value, Unit.LOG2_EXPRESSION.value)):
        raise UsageError(unknown("unit of wells", str(named), valid))
    return Unit(named)
