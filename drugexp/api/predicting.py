"""Predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

import drugexp
from drugexp.api.models import DEFAULT, load
from drugexp.contract import Cells, Progress, Unit, silent
from drugexp.errors import InputError, UsageError
from drugexp.intake.baseline_file import baseline_from_expression, baseline_from_frame, read_baseline
from drugexp.intake.baseline_scale import parse_scale
from drugexp.intake.compounds_file import repeated_ids
from drugexp.intake.formats.h5ad import from_anndata
from drugexp.intake.genes import NameTable, OwnNames, own_names
from drugexp.intake.genes.table import gene_table
from drugexp.learn.pipeline import Pipeline
from drugexp.predict.annotated import annotated
from drugexp.predict.compilation import use_persistent_cache
from drugexp.predict.gaps import told as told_gaps
from drugexp.predict.inputs import choose_cells, compound_table, query_table
from drugexp.predict.missing import fill_missing
from drugexp.predict.outcomes import check_outcomes
from drugexp.predict.outcomes import predict_outcomes as outcome_table
from drugexp.predict.predictions import Predictions
from drugexp.predict.queries import Queries, grid, listed
from drugexp.predict.run import Kind, check_kind
from drugexp.predict.run import predict as run_queries
from drugexp.preprocess.fill import Way
from drugexp.preprocess.scale import Kind as ScaleKind
from drugexp.registry import discover
from drugexp.represent.cache import FeatureStore

if TYPE_CHECKING:
    from anndata import AnnData


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of a prediction.

    Attributes
    ----------
    predictions
        None when every row was rejected, or on a dry run.
    queries
        What was asked, and the rows that were rejected.
    notes
        What the user should know (a salt removed, genes that were missing).
    outcomes
        One row a query and outcome, where these were asked for; see `drugexp.predict.outcomes.predict_outcomes`.
    """

    predictions: Predictions | None
    queries: Queries
    notes: tuple[str, ...]
    outcomes: pd.DataFrame | None = None


def outcome(
    compounds: Sequence[str] | pd.DataFrame = (),
    *,
    cells: Sequence[str] = (),
    baseline: str | Path | pd.DataFrame | AnnData | None = None,
    omics: Mapping[str, str | Path] | None = None,
    dose_um: Sequence[float] = (),
    hours: Sequence[float] = (),
    queries: str | Path | pd.DataFrame | None = None,
    model: str | Path | Pipeline = DEFAULT,
    kind: Kind = "change",
    smiles_column: str | None = None,
    id_column: str | None = None,
    progress: Progress = silent,
    dry_run: bool = False,
    group_by: Sequence[str] = (),
    per_cell: bool = False,
    layer: str | None = None,
    obs: str | Path | None = None,
    fill: Way = "mean",
    genes: NameTable | None = None,
    baseline_scale: str | None = None,
    most: int | None = None,
    outcomes: bool = False,
    profiles: bool = True,
) -> Outcome:
    """Predict, and tell what was rejected and what the user should know. `predict` is the short form.

    More than `most` predictions are refused before the first is made. With `outcomes` those that the model has learnt
    are told too; of a model without profiles, or without `profiles`, they are all.

    Raises
    ------
    DrugexpError
        With a sentence for the user.
    """
    registry = discover()
    use_persistent_cache()
    pipeline = model if isinstance(model, Pipeline) else load(model, registry=registry)
    check_kind(pipeline, kind)
    if outcomes:
        check_outcomes(pipeline)
    notes: list[str] = []
    own = None
    if baseline is None and (layer is not None or obs is not None):
        raise UsageError("a layer and a table of cells are those of a baseline; give the baseline too")
    if genes is not None and baseline is None:
        raise UsageError("a table of genes says what those of a baseline stand for; give the baseline too")
    if baseline is not None or group_by or per_cell:
        names = None if genes is None else own_names(genes)
        of_cells = _SingleCells(group_by, per_cell, obs)
        own, report = _own_cells(baseline, of_cells, layer, names, parse_scale(baseline_scale))
        notes.extend(names.notes if names else ())
        notes.extend(report)
    if omics:
        own, report = _with_omics(own, omics)
        notes.extend(report)
    list_with = f"drugexp models show {pipeline.name}"
    everything, wanted = choose_cells(pipeline.cells, cells, own, list_with=list_with)
    if queries is not None:
        if len(compounds) or cells or len(dose_um) or len(hours):
            raise UsageError("--queries names compound, cell, dose and time itself; give nothing else beside it")
        table, source = query_table(queries)
        asked = listed(table, source, everything.ids, list_with=list_with)
    else:
        table = compound_table(compounds, smiles_column, id_column)
        twice = repeated_ids(table)
        notes.extend([twice] if twice else [])
        asked = grid(table, wanted, dose_um, hours)
    notes.extend(asked.notes)
    if most is not None and len(asked) > most:
        raise UsageError(
            f"{len(asked):,} predictions are more than can be shown ({most})",
            hint="Name fewer compounds, cells or doses; `drugexp predict -o` writes all of them as a table.",
        )
    if dry_run or not len(asked):
        return Outcome(None, asked, tuple(notes))
    mine = frozenset(own.ids) if own is not None else frozenset()
    filled = fill_missing(everything, pipeline.cells, mine, fill) if pipeline.needs.cell else None
    told = None
    if outcomes:
        told = outcome_table(
            pipeline, asked, everything if filled is None else filled.cells, registry, store=FeatureStore.default()
        )
        if pipeline.unit is Unit.OUTCOME or not profiles:
            notes.extend([filled.note] if filled is not None and filled.note else [])
            return Outcome(None, asked, tuple(notes), told)
    predictions = run_queries(
        pipeline,
        asked,
        everything,
        registry,
        store=FeatureStore.default(),
        progress=progress,
        kind=kind,
        version=drugexp.__version__,
        own=mine,
        filled=filled,
    )
    if own is not None:
        more = {"gene_table": gene_table().version, "fill": fill}
        predictions = replace(predictions, provenance={**predictions.provenance, **more})
    if filled is not None and filled.note:
        notes.append(f"{filled.note}; {_for_it(predictions)}")
    if filled is not None:
        lacking = told_gaps(everything, filled.gaps, np.unique(everything.positions(asked.table["cell"])).tolist())
        notes.extend([f"{lacking}; {_for_it(predictions)}"] if lacking else [])
    return Outcome(predictions, asked, tuple(notes), told)


def _for_it(predictions: Predictions) -> str:
    wider = predictions.provenance.get("wider_for_missing_genes", 0.0)
    if not wider:
        return "no prediction depends on them"
    return f"intervals are {wider:.1%} wider for it on average"


def _with_omics(own: Cells | None, omics: Mapping[str, str | Path]) -> tuple[Cells, tuple[str, ...]]:
    """Return the user's cells with further blocks, matched by the cells' names."""
    # Imported here, so that a prediction without such blocks does not wait for their readers.
    from drugexp.intake.omics.joining import join_blocks, named_blocks
    from drugexp.intake.omics.sources import read_cells

    if own is not None and "expression" in omics:
        raise UsageError("expression is given twice: as the baseline, and as a block of omics")
    more, notes = read_cells(omics)
    cells, told = join_blocks({**({} if own is None else named_blocks(own)), **named_blocks(more)})
    return cells, (*notes, *told)


@dataclass(frozen=True)
class _SingleCells:
    """What is asked of a file of single cells: how they make baselines, and a table of labels."""

    group_by: Sequence[str]
    per_cell: bool
    obs: str | Path | None

    @property
    def asked(self) -> bool:
        """Whether anything is."""
        return bool(self.group_by or self.per_cell or self.obs is not None)


def _own_cells(
    baseline: str | Path | pd.DataFrame | AnnData | None,
    wanted: _SingleCells,
    layer: str | None,
    genes: OwnNames | None,
    scale: ScaleKind | None,
) -> tuple[Cells, tuple[str, ...]]:
    # Imported here, so that a prediction for known cells does not wait for the reader of single cells.
    from drugexp.intake.single_cell.baseline import cells_from_single_cell, holds_single_cells

    if isinstance(baseline, (str, Path)) and (
        wanted.asked or (scale in (None, ScaleKind.COUNTS) and holds_single_cells(baseline, layer))
    ):
        return cells_from_single_cell(
            baseline, wanted.group_by, per_cell=wanted.per_cell, layer=layer, genes=genes, labels=wanted.obs
        )
    if baseline is None or wanted.asked:
        raise UsageError("baselines by group or by cell come out of a file of single cells; give it as baseline")
    if isinstance(baseline, (str, Path)):
        return read_baseline(baseline, layer=layer, genes=genes, scale=scale)
    if layer is not None:
        raise UsageError("a layer is chosen in a file; put what you want into X")
    if isinstance(baseline, pd.DataFrame):
        return baseline_from_frame(baseline, genes=genes, scale=scale)
    return baseline_from_expression(from_anndata(baseline, where="baseline"), genes=genes, scale=scale)


def predict(
    compounds: str | Sequence[str] | pd.DataFrame = (),
    *,
    cells: str | Sequence[str] = (),
    baseline: str | Path | pd.DataFrame | AnnData | None = None,
    omics: Mapping[str, str | Path] | None = None,
    dose_um: float | Sequence[float] = (),
    hours: float | Sequence[float] = (),
    queries: str | Path | pd.DataFrame | None = None,
    model: str | Path | Pipeline = DEFAULT,
    kind: Kind = "change",
    group_by: str | Sequence[str] = (),
    per_cell: bool = False,
    layer: str | None = None,
    obs: str | Path | None = None,
    fill: Way = "mean",
    genes: NameTable | None = None,
    baseline_scale: str | None = None,
    output: Literal["frame", "anndata"] = "frame",
) -> pd.DataFrame | AnnData:
    """Predict what compounds do to the expression of every gene.

    Parameters
    ----------
    compounds
        SMILES, files, or a table with a column ``smiles`` (and ``compound_id``).
    cells
        Cell lines the model knows; none: pooled over cells.
    baseline
        Your own unperturbed expression, samples by genes: a file, a table or AnnData. log2 expression; counts,
        counts per million and intensities become it.
        Or an h5ad file of single cells with raw counts; their sum is the baseline.
    omics
        What else is known of your cells, for models that learnt from it: block (``mutation``, ``copy_number``,
        ``methylation``, ``chromatin``, ``protein``) -> a file, or a data set that has it. Cells are matched by name;
        one that lacks a block is predicted from the others, with wider intervals.
    dose_um, hours
        Doses in uM and times in h; every combination is predicted.
    queries
        Instead of all these: a table with one row a prediction, columns
        ``compound_id, smiles, cell, dose_um, hours``.
    model
        Name, bundle folder, or what `load` returned.
    kind
        ``change``, or ``expression``: baseline plus change, for models in log2 fold changes.
    group_by
        Columns of single cells: the cells that agree in them are one baseline.
    per_cell
        Each single cell is its own baseline.
    layer
        Which matrix of an h5ad baseline is read: a layer's name, ``X`` or ``raw``; default: ``X``, or of single cells
        the layer ``counts`` where there is one.
    obs
        A table of labels of single cells, their names (barcodes) in its first column.
    fill
        What stands for genes that your cells lack: the ``mean`` of the cells the model knows, that of the nearest of
        them (``knn``), or what ridge regression infers from the genes you have (``linear``, for L1000 data).
        Intervals grow by what this leaves open.
    baseline_scale
        What the values of `baseline` are, where that is not clear: ``counts``, ``cpm``, ``intensities``, ``log2`` or
        ``ln``.
    genes
        What your own names of genes stand for: a table or a file with the columns ``id`` and ``symbol`` (or
        ``entrez``, ``ensembl``), or name -> symbol.
    output
        ``frame``: labels, then one column a gene; ``anndata``: means in ``X``,
        layers ``sd, lower, upper``, unit and model in ``uns["drugexp"]``.

    Returns
    -------
    pandas.DataFrame or anndata.AnnData
        One row a query that could be used. Rejected rows stand in ``.attrs["rejects"]`` (frame; one
        dict a row, so that pandas can join and write the frame) or ``.uns["drugexp"]["rejects"]`` (AnnData).

    Raises
    ------
    DrugexpError
        With a sentence, if nothing can be predicted.
    """
    found = outcome(
        [compounds] if isinstance(compounds, str) else compounds,
        cells=[cells] if isinstance(cells, str) else cells,
        baseline=baseline,
        omics=omics,
        dose_um=np.atleast_1d(np.asarray(dose_um, dtype=float)).tolist(),
        hours=np.atleast_1d(np.asarray(hours, dtype=float)).tolist(),
        queries=queries,
        model=model,
        kind=kind,
        group_by=[group_by] if isinstance(group_by, str) else group_by,
        per_cell=per_cell,
        layer=layer,
        obs=obs,
        fill=fill,
        genes=genes,
        baseline_scale=baseline_scale,
    )
    if found.predictions is None:
        first = found.queries.rejects.iloc[0]
        raise InputError(f"no row can be used; the first: {first['value']!r}: {first['reason']}")
    if output == "anndata":
        return annotated(found.predictions, found.queries.rejects)
    frame = found.predictions.frame()
    frame.attrs["rejects"] = found.queries.rejects.to_dict("records")
    return frame
