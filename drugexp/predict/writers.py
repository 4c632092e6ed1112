"""Writes predictions: csv, tsv, parquet, h5ad, GCT, GCTX, or a screen folder. A file appears only when it is whole."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TextIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from drugexp.contract import MISSING, OBSERVED, Block, Cells, Screen
from drugexp.errors import UsageError
from drugexp.intake.atomic import atomic_path
from drugexp.intake.formats.expression import Expression
from drugexp.intake.formats.gct import write_gct
from drugexp.intake.formats.gctx import write_gctx
from drugexp.intake.formats.h5ad import save_anndata
from drugexp.intake.screen_io import require_anndata, write_screen
from drugexp.predict.annotated import annotated
from drugexp.predict.predictions import Layer, Predictions


def check_output(path: str) -> None:
    """Refuse an output that cannot be written, before any work is done.

    Raises
    ------
    UsageError
        If the ending is unknown, the folder is missing or cannot be written to, or something else stands there.
    PluginError
        If the output is h5ad and anndata is not installed.
    """
    if path == "-":
        return
    target = Path(path)
    if target.suffix.lower() not in _DUMPS:
        raise UsageError(f"output {path!r} ends in {target.suffix or 'nothing'!r}; valid: {', '.join(_DUMPS)}")
    check_folder(path)
    if target.suffix.lower() == ".h5ad":
        require_anndata()
    if target.is_dir() and not (target / "screen.json").is_file():
        raise UsageError(f"{path!r} is a folder and no screen", hint="Choose another output.")


def check_folder(path: str) -> None:
    """Refuse a file whose folder is missing or cannot be written to."""
    folder = Path(path).parent
    if not folder.is_dir():
        raise UsageError(f"there is no folder {str(folder)!r}", hint="Make it first, or choose another place.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"the folder {str(folder)!r} is read-only", hint="Choose another place.")


def sd_path(path: Path) -> Path:
    """Return the file of standard deviations that stands beside a table of means.

    >>> sd_path(Path("out.csv")).name
    'out.sd.csv'
    """
    return path.with_name(f"{path.stem}.sd{path.suffix}")


def write(predictions: Predictions, path: str) -> list[Path]:
    """Write predictions in the format of the ending; return the files written.

    ``-`` writes the means as csv to standard output; an h5ad file holds means,
    standard deviations and intervals; every other output has the standard
    deviations beside it (see `sd_path`).
    """
    check_output(path)
    if path == "-":
        _write_csv(predictions.frame(), sys.stdout, ",")
        return []
    target = Path(path)
    return _DUMPS[target.suffix.lower()](predictions, target)


_Dump = Callable[[Predictions, Path], list[Path]]


def _in_two(dump: Callable[[Predictions, Layer, Path], None]) -> _Dump:
    def both(predictions: Predictions, target: Path) -> list[Path]:
        # The means come last: where they stand, everything stands.
        dump(predictions, "sd", sd_path(target))
        dump(predictions, "mean", target)
        return [target, sd_path(target)]

    return both


def _text(separator: str) -> Callable[[Predictions, Layer, Path], None]:
    def dump(predictions: Predictions, layer: Layer, path: Path) -> None:
        with atomic_path(path) as part:
            _write_csv(predictions.frame(layer), part, separator)

    return dump


def _write_csv(frame: pd.DataFrame, into: Path | TextIO, separator: str) -> None:
    # Doses and times stay as they came; six digits are for what was predicted.
    asked = frame[["dose_um", "hours"]].map(lambda v: "" if np.isnan(v) else np.format_float_positional(v, trim="-"))
    frame.assign(**asked).to_csv(into, sep=separator, index=False, lineterminator="\n", float_format="%.6g")


def _parquet(predictions: Predictions, layer: Layer, path: Path) -> None:
    table = pa.Table.from_pandas(predictions.labels(), preserve_index=False)
    values = getattr(predictions, layer)
    for at, gene in enumerate(predictions.genes.ids):
        table = table.append_column(gene, pa.array(np.ascontiguousarray(values[:, at])))
    facts = {f"drugexp.{k}": str(v) for k, v in predictions.provenance.items()} | {"drugexp.layer": layer}
    table = table.replace_schema_metadata(
        {**(table.schema.metadata or {}), **{k.encode(): v.encode() for k, v in facts.items()}}
    )
    # Dictionaries and statistics of ~1,000 float columns cost five times the writing itself.
    with atomic_path(path) as part:
        pq.write_table(table, part, use_dictionary=False, write_statistics=False, compression="zstd")


def _screen(predictions: Predictions, layer: Layer, path: Path) -> None:
    write_screen(as_screen(predictions, layer), path)


def _gct(predictions: Predictions, layer: Layer, path: Path) -> None:
    write_gct(as_expression(predictions, layer), path)


def _gctx(predictions: Predictions, layer: Layer, path: Path) -> None:
    write_gctx(as_expression(predictions, layer), path)


def _h5ad(predictions: Predictions, path: Path) -> list[Path]:
    save_anndata(annotated(predictions), path)
    return [path]


_DUMPS: Mapping[str, _Dump] = {
    ".csv": _in_two(_text(",")),
    ".tsv": _in_two(_text("\t")),
    ".parquet": _in_two(_parquet),
    ".h5ad": _h5ad,
    ".gct": _in_two(_gct),
    ".gctx": _in_two(_gctx),
    ".screen": _in_two(_screen),
}


def write_rejects(rejects: pd.DataFrame, path: str | Path) -> Path:
    """Write rejected rows as csv: source, row, column, value, reason."""
    with atomic_path(Path(path)) as part:
        rejects.to_csv(part, index=False, lineterminator="\n")
    return Path(path)


def rejects_path(output: str | None) -> Path:
    """Return where rejects go when no file is named: beside the output.

    >>> rejects_path("out.parquet").name
    'out.rejects.csv'
    """
    if output in (None, "-"):
        return Path("drugexp.rejects.csv")
    target = Path(str(output))
    return target.with_name(f"{target.stem}.rejects.csv")


def as_expression(predictions: Predictions, layer: Layer = "mean") -> Expression:
    """Return one layer of predictions as an expression table; the labels annotate its samples."""
    genes = pd.DataFrame(index=pd.Index(predictions.genes.ids, dtype=object, name="id"))
    labels = predictions.labels().set_index("query_id")
    return Expression(getattr(predictions, layer), labels, genes, unit=predictions.unit)


def as_screen(predictions: Predictions, layer: Layer = "mean") -> Screen:
    """Return one layer of predictions as a screen; the labels stand in its samples table."""
    table = predictions.table
    perturbations = table.drop_duplicates("smiles")
    samples = pd.DataFrame(
        {
            "perturbation": table["smiles"],
            "cell": table["cell"],
            "dose_um": table["dose_um"],
            "hours": table["hours"],
            "batch": "",
            "is_control": False,
            "weight": 1.0,
        }
    )
    extra = table.drop(columns=["smiles", "cell", "dose_um", "hours"])
    blank = dict.fromkeys(("inchikey14", "scaffold", "group", "targets"), "")
    values = getattr(predictions, layer)
    known = np.isfinite(values)
    return Screen(
        name=f"predictions: {layer}",
        values=np.where(known, values, 0.0),
        state=None if known.all() else np.where(known, OBSERVED, MISSING),
        genes=predictions.genes,
        unit=predictions.unit,
        samples=pd.concat([samples, extra], axis=1),
        perturbations=pd.DataFrame(
            {
                "id": perturbations["smiles"].to_numpy(),
                "kind": "compound",
                "name": perturbations["compound_id"].to_numpy(),
                "smiles": perturbations["smiles"].to_numpy(),
                **blank,
            }
        ),
        cells=Cells(tuple(c for c in dict.fromkeys(table["cell"]) if c), dict[str, Block]()),
        provenance=dict(predictions.provenance),
    )
