"""Explanations: what drives a prediction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from drugexp.api.data import read_screen
from drugexp.api.models import DEFAULT, load
from drugexp.biology.attribution.explaining import METHODS, Method
from drugexp.biology.attribution.explanation import TOP, Explanation
from drugexp.biology.attribution.one import QueryExplainer, Training
from drugexp.biology.attribution.targets import Target, gene_target, set_target, whole_profile
from drugexp.contract import Cells, GeneAxis, Progress, Screen, silent
from drugexp.errors import InputError, UsageError, unknown
from drugexp.intake.baseline_file import baseline_from_frame, read_baseline
from drugexp.intake.baseline_scale import parse_scale
from drugexp.intake.gene_sets import read_gmt
from drugexp.intake.genes import reconcile
from drugexp.learn.identity import identify
from drugexp.learn.pipeline import Pipeline
from drugexp.predict.compilation import use_persistent_cache
from drugexp.predict.inputs import choose_cells, compound_table, query_table
from drugexp.predict.missing import fill_missing
from drugexp.predict.placing import placed
from drugexp.predict.queries import Queries, grid, listed
from drugexp.registry import discover

LISTED = "given genes"
"""What the mean over a list of genes is called."""


@dataclass(frozen=True, eq=False)
class Explanations:
    """Explained predictions, one for each query and target.

    Attributes
    ----------
    found
        In the order of the queries, then of the targets.
    rejects
        Rows that could not be used, with the reason.
    notes
        What the user should know.
    """

    found: tuple[Explanation, ...]
    rejects: pd.DataFrame
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.found)

    def __iter__(self) -> Iterator[Explanation]:
        return iter(self.found)

    def __getitem__(self, at: int) -> Explanation:
        return self.found[at]

    def frame(self, top: int | None = TOP) -> pd.DataFrame:
        """Return all of them in one table, one row a part; see `Explanation.frame`."""
        return pd.concat([one.frame(top) for one in self.found], ignore_index=True)


def explain(
    compounds: str | Sequence[str] | pd.DataFrame = (),
    *,
    cells: str | Sequence[str] = (),
    baseline: str | Path | pd.DataFrame | None = None,
    baseline_scale: str | None = None,
    dose_um: float | Sequence[float] = (),
    hours: float | Sequence[float] = (),
    queries: str | Path | pd.DataFrame | None = None,
    model: str | Path | Pipeline = DEFAULT,
    gene: str | Sequence[str] = (),
    genes: Sequence[str] = (),
    gene_sets: str | Path | Mapping[str, Sequence[str]] | None = None,
    pathway: str | Sequence[str] = (),
    method: Method = "auto",
    training: str | Path | Screen | None = None,
    top: int = TOP,
    seed: int = 0,
    smiles_column: str | None = None,
    id_column: str | None = None,
    progress: Progress = silent,
) -> Explanations:
    """Tell what drives predictions: atoms, substructures, genes of the baseline, training compounds.

    Parameters
    ----------
    compounds, cells, baseline, baseline_scale, dose_um, hours, queries, model
        What is predicted; see `drugexp.predict`.
    gene
        Genes, each explained by itself.
    genes
        Genes whose mean is explained.
    gene_sets
        A GMT file, or name -> genes.
    pathway
        Names of gene sets in `gene_sets`; the mean of each is explained.
    method
        ``exact``: the model's own account; ``gradients``: integrated gradients; ``occlusion``: Shapley's value of
        atoms taken away; ``auto``: the first of these that suits the model.
    training
        The screen that the model learnt from. Models that tell the weight of each training profile then tell
        what each training compound adds; otherwise those that look most alike are named.
    top
        How many training compounds.
    seed
        Of what is drawn.
    smiles_column, id_column
        Columns of the tables of compounds.
    progress
        Told how many explanations are done.

    Returns
    -------
    Explanations
        Without `gene`, `genes` and `pathway` the whole profile is explained: its length.

    Raises
    ------
    DrugexpError
        With a sentence, if nothing can be explained.
    """
    if method not in METHODS:
        raise UsageError(unknown("method", method, METHODS))
    registry = discover()
    use_persistent_cache()
    pipeline = model if isinstance(model, Pipeline) else load(model, registry=registry)
    notes: list[str] = []
    targets = _targets(pipeline, _many(gene), genes, gene_sets, _many(pathway), notes)
    own = None
    if baseline is not None:
        scale = parse_scale(baseline_scale)
        own, report = (
            baseline_from_frame(baseline, scale=scale)
            if isinstance(baseline, pd.DataFrame)
            else read_baseline(Path(baseline), scale=scale)
        )
        notes.extend(report)
    everything, asked = _queries(
        pipeline, compounds, _many(cells), own, dose_um, hours, queries, smiles_column, id_column
    )
    notes.extend(asked.notes)
    mine = frozenset(own.ids) if own is not None else frozenset()
    rows = asked.table.to_dict("records")
    if pipeline.domain is not None and len(asked):
        told = placed(pipeline, asked.compounds, asked.compound_index, asked.table, everything, mine)
        rows = [
            {**row, "in_domain": inside, "domain_reason": why}
            for row, inside, why in zip(rows, told["in_domain"], told["domain_reason"], strict=True)
        ]
    if pipeline.needs.cell:
        filled = fill_missing(everything, pipeline.cells, mine, "mean")
        everything = filled.cells
        notes.extend([filled.note] if filled.note else [])
    explainer = QueryExplainer(
        pipeline, registry, everything, None if training is None else _training(pipeline, training)
    )
    found: list[Explanation] = []
    for row, at in zip(rows, asked.compound_index.tolist(), strict=True):
        for target in targets:
            progress(len(found), len(rows) * len(targets), target.name)
            one = explainer.explain(
                asked.compounds[at].smiles,
                target,
                cell=str(row["cell"]),
                dose_um=float(row["dose_um"]),
                hours=float(row["hours"]),
                method=method,
                seed=seed,
                top=top,
                labels=row,
            )
            found.append(one)
    return Explanations(tuple(found), asked.rejects, tuple(notes))


def _many(given: str | Sequence[str]) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


def _queries(
    pipeline: Pipeline,
    compounds: str | Sequence[str] | pd.DataFrame,
    names: Sequence[str],
    own: Cells | None,
    dose_um: float | Sequence[float],
    hours: float | Sequence[float],
    queries: str | Path | pd.DataFrame | None,
    smiles_column: str | None,
    id_column: str | None,
) -> tuple[Cells, Queries]:
    list_with = f"drugexp models show {pipeline.name}"
    everything, wanted = choose_cells(pipeline.cells, names, own, list_with=list_with)
    doses, times = (np.atleast_1d(np.asarray(v, dtype=float)).tolist() for v in (dose_um, hours))
    given = [compounds] if isinstance(compounds, str) else compounds
    if queries is None:
        return everything, grid(compound_table(given, smiles_column, id_column), wanted, doses, times)
    if len(given) or names or doses or times:
        raise UsageError("--queries names compound, cell, dose and time itself; give nothing else beside it")
    table, source = query_table(queries)
    return everything, listed(table, source, everything.ids, list_with=list_with)


def _targets(
    pipeline: Pipeline,
    gene: Sequence[str],
    genes: Sequence[str],
    gene_sets: str | Path | Mapping[str, Sequence[str]] | None,
    pathway: Sequence[str],
    notes: list[str],
) -> list[Target]:
    axis = pipeline.genes
    if pathway and gene_sets is None:
        raise UsageError("pathways are those of a file of gene sets", hint="Give --gene-sets FILE.gmt too.")
    sets: Mapping[str, Sequence[str]] = {}
    if gene_sets is not None:
        sets = read_gmt(gene_sets) if isinstance(gene_sets, (str, Path)) else gene_sets
        if not pathway:
            raise UsageError(
                f"{len(sets):,} gene sets are there, and none is asked for",
                hint=f"Name one with --pathway, such as {next(iter(sets), '')!r}.",
            )
    found = [gene_target(g, axis) for g in _on_axis(gene, axis)]
    notes.extend(
        f"{name} was read as {own}"
        for name, own in zip((*gene, *genes), _on_axis((*gene, *genes), axis), strict=True)
        if own != name
    )
    wanted: list[tuple[str, Mapping[str, Sequence[str]]]] = [(name, sets) for name in pathway]
    for name, source in [*wanted, *([(LISTED, {LISTED: genes})] if genes else [])]:
        renamed = {n: _on_axis(g, axis) if n == name else g for n, g in source.items()}
        target = set_target(name, renamed, axis)
        if target.genes < len(set(renamed[name])):
            notes.append(f"{name}: {target.genes} of {len(set(renamed[name]))} genes are among those of the model")
        found.append(target)
    return found or [whole_profile(axis)]


def _on_axis(names: Sequence[str], axis: GeneAxis) -> list[str]:
    """Return the axis's own names for genes in any naming; those it lacks stay as they are."""
    at = [int(reconcile([str(name)], axis).positions[0]) for name in names]
    return [axis.ids[i] if i >= 0 else str(name) for name, i in zip(names, at, strict=True)]


def _training(pipeline: Pipeline, given: str | Path | Screen) -> Training:
    screen = given if isinstance(given, Screen) else read_screen(given)
    screen = identify(screen, pipeline.cells).screen
    if screen.genes.ids != pipeline.genes.ids:
        raise InputError(f"the training screen {screen.name!r} has other genes than the model")
    values = pipeline.transform.forward(np.asarray(screen.values)).astype(np.float64)
    return Training(np.nan_to_num(values), tuple(screen.samples["perturbation"].astype(str)))
