"""Outcomes of compounds, alone or in cells, as a screen whose axis holds outcomes in the place of genes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from drugexp.contract import MISSING, OBSERVED, Cells, GeneAxis, Options, Screen, Unit, parse_options
from drugexp.contract.tables import perturbation_table, sample_table, text
from drugexp.errors import UsageError, unknown
from drugexp.intake.cells import cell_key
from drugexp.intake.manifest import find_manifest, load_manifests
from drugexp.intake.outcome_table import Told, read_outcome_table
from drugexp.intake.readers.tables import numbers, read_csv, read_parquet
from drugexp.intake.store import read_screen, set_files
from drugexp.intake.tables import format_of
from drugexp.registry import Registry

ALL = "all"
"""Stands for every outcome there is."""

_TABLES = (".csv", ".tsv", ".txt", ".parquet")
_ENDING = "_response.parquet"
_HOURS = {"gdsc1": 72.0, "gdsc2": 72.0}


class TableOptions(Options):
    """Options of a table of outcomes.

    Attributes
    ----------
    least
        Classes of mechanism that fewer rows name are left out.
    """

    least: int = 3


class ResponseOptions(Options):
    """Options of a set of drug responses.

    Attributes
    ----------
    response
        Which of its tables.
    """

    response: str = "gdsc2"


def read_outcomes(
    name: str,
    wanted: Sequence[str],
    known: Cells,
    *,
    data_dir: str | Path | None = None,
    registry: Registry | None = None,
    beside: Path | None = None,
    options: Mapping[str, Any] | None = None,
) -> tuple[Screen, tuple[str, ...]]:
    """Read outcomes: of a table, of a set of drug responses, or of a screen of labels.

    Parameters
    ----------
    name
        A table (csv, tsv, parquet) with a column of SMILES, perhaps of cells, and one for each outcome; a set that
        holds ``<response>_response.parquet`` and ``drugs.csv``, such as ``gdsc_ccle``; or a screen of labels, such as
        ``hub_labels``.
    wanted
        Names of outcomes; of labels also what stands before their colon (``moa``); ``all``.
    known
        Cell lines known by name. Rows of others are left out, and told.
    data_dir, registry, beside
        As of `read_screen`.
    options
        `TableOptions`, `ResponseOptions`, or those of the set's reader.

    Returns
    -------
    tuple
        The screen, in the unit ``outcome``; and what the user should know.

    Raises
    ------
    UsageError
        If the name, an option or an outcome is unknown, or the screen holds genes.
    InputError
        If a table cannot be used, naming row and column.
    DataError
        If files are missing or altered.
    """
    options = dict(options or {})
    if format_of(Path(name)) in _TABLES:
        table = parse_options(TableOptions, options, where=f"outcomes {name!r}")
        told = read_outcome_table(_beside(name, beside), None if ALL in wanted else list(wanted), least=table.least)
        return _joined(Path(name).stem, told, known, {})
    if not name.endswith((".toml", ".screen")):
        manifest = find_manifest(name, load_manifests())
        if any(file.path.endswith(_ENDING) for file in manifest.files) and not manifest.reader:
            chosen = parse_options(ResponseOptions, options, where=f"data set {name!r}")
            facts = {"licence": manifest.licence, "citation": manifest.citation, "source": manifest.source}
            told = _responses(name, chosen.response, wanted, data_dir)
            return _joined(f"{name}/{chosen.response}", told, known, facts)
    screen = read_screen(name, data_dir, registry=registry, beside=beside, options=options)
    return _labels(screen, wanted), ()


def _beside(name: str, beside: Path | None) -> Path:
    own = Path() if beside is None else beside
    return own / name if (own / name).exists() else Path(name)


def _responses(name: str, response: str, wanted: Sequence[str], data_dir: str | Path | None) -> Told:
    files = set_files(name, data_dir)
    there = [path.removesuffix(_ENDING) for path in files if path.endswith(_ENDING)]
    if response not in there:
        raise UsageError(unknown("response", response, there), where=f"data set {name!r}")
    where = f"{name}/{response}{_ENDING}"
    table = read_parquet(files[response + _ENDING], ("cell", "drug"))
    columns = [str(c) for c in table.columns if c not in ("cell", "drug")]
    chosen = columns if ALL in wanted else list(wanted)
    for column in chosen:
        if column not in columns:
            raise UsageError(unknown("outcome", column, columns), where=where)
    rows = pd.DataFrame(numbers(table, chosen, where), columns=chosen)
    rows = rows.assign(drug=text(table["drug"]), cell=text(table["cell"]))
    drugs = read_csv(files["drugs.csv"], ("drug", "smiles_std"))
    smiles = dict(zip(text(drugs["drug"]), text(drugs["smiles_std"]), strict=True))
    lacking = ~rows["drug"].isin([drug for drug, one in smiles.items() if one])
    notes = (f"{where}: {int(lacking.sum()):,} rows of drugs without a structure are left out",) * bool(lacking.any())
    means = rows[~lacking].groupby(["drug", "cell"], sort=True)[chosen].mean().reset_index()
    return Told(
        smiles=means["drug"].map(smiles).to_numpy(dtype=object),
        names=means["drug"].to_numpy(dtype=object),
        cells=means["cell"].to_numpy(dtype=object),
        dose_um=np.full(len(means), np.nan),
        hours=np.full(len(means), _HOURS.get(response, np.nan)),
        rows=np.arange(1, len(means) + 1),
        columns=tuple(chosen),
        values=means[chosen].to_numpy(np.float64),
        where=where,
        cell_column="cell",
        notes=notes,
    )


def _joined(name: str, told: Told, known: Cells, facts: Mapping[str, Any]) -> tuple[Screen, tuple[str, ...]]:
    """Return a screen of the rows whose cells are known; cells carry the panel's names."""
    panel = {cell_key(cell): cell for cell in known.ids}
    cells = np.array([panel.get(cell_key(str(c)), "") if c and panel else c for c in told.cells], dtype=object)
    lost = (told.cells != "") & (cells == "")
    notes = list(told.notes)
    if lost.any():
        at = int(np.argmax(lost))
        first = unknown("cell line", str(told.cells[at]), known.ids)
        place = f", row {told.rows[at]}, column {told.cell_column!r}" if told.of_a_file else ""
        names = len(set(told.cells[lost]))
        notes.append(f"{told.where}{place}: {first}; {int(lost.sum()):,} rows of {names} unknown cells are left out")
    told.insist_on_rows(~lost, known)
    keep = np.flatnonzero(~lost)
    smiles = told.smiles[keep]
    unique, first_at = np.unique(smiles.astype(str), return_index=True)
    values = told.values[keep]
    seen = np.isfinite(values)
    screen = Screen(
        name,
        np.where(seen, values, 0.0),
        GeneAxis(told.columns, "label"),
        Unit.OUTCOME,
        sample_table(
            len(keep), perturbation=smiles, cell=cells[keep], dose_um=told.dose_um[keep], hours=told.hours[keep]
        ),
        perturbation_table(unique, smiles=unique, name=told.names[keep][first_at]),
        Cells(tuple(sorted({c for c in cells[keep] if c}))),
        None if seen.all() else np.where(seen, OBSERVED, MISSING),
        provenance=dict(facts),
    )
    return screen, tuple(notes)


def _labels(screen: Screen, wanted: Sequence[str]) -> Screen:
    """Return the outcomes that are wanted of a screen of labels.

    Of labels of one kind (``moa:...``) a compound that carries none is not known to lack all of them: they are missing.
    """
    if screen.genes.namespace != "label":
        raise UsageError(
            f"{screen.name!r} holds changes of {len(screen.genes)} genes, no outcomes", hint="Leave `outcomes` out."
        )
    kinds = np.array([label.partition(":")[0] for label in screen.genes.ids], dtype=object)
    names = np.array(screen.genes.ids, dtype=object)
    keep = np.zeros(len(names), dtype=bool)
    for one in wanted:
        found = np.ones(len(names), dtype=bool) if one == ALL else (names == one) | (kinds == one)
        if not found.any():
            raise UsageError(unknown("outcome", one, sorted({*kinds, *names})), where=f"data set {screen.name!r}")
        keep |= found
    values = np.asarray(screen.values)
    seen = np.ones(values.shape, dtype=bool) if screen.state is None else np.asarray(screen.state) == OBSERVED
    if screen.unit is Unit.LABEL:
        for kind in set(kinds):
            mine = kinds == kind
            seen[:, mine] &= np.max(values[:, mine], axis=1, keepdims=True) > 0
    rows = seen[:, keep].any(axis=1)
    return Screen(
        screen.name,
        np.where(seen, values, 0.0)[rows][:, keep],
        GeneAxis(tuple(names[keep]), "label"),
        Unit.OUTCOME,
        screen.samples[rows],
        screen.perturbations,
        screen.cells,
        np.where(seen, OBSERVED, MISSING)[rows][:, keep],
        provenance=dict(screen.provenance),
    )
