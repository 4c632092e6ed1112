"""Profiles of patients: every gene of a file, by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from drugexp.errors import InputError
from drugexp.intake.formats.door import open_expression
from drugexp.intake.formats.gene_dates import mended
from drugexp.intake.formats.gene_names import gene_names
from drugexp.intake.genes import OwnNames, shortly
from drugexp.intake.roles import plain

MOST_MISSING = 0.5
_PREDICTED = frozenset(("nearestsimilarity", "density", "doseum", "hours", "indomain", "nearestcell", "cellsimilarity"))
"""Columns of numbers in tables of predictions that are no genes, as `roles.plain` spells them."""


@dataclass(frozen=True, eq=False)
class Cohort:
    """Profiles of patients (or cell lines, or predictions).

    Attributes
    ----------
    names
        (patient,).
    genes
        (gene,) names, each once.
    values
        (patient, gene) float64, NaN where missing.
    table
        One row a patient: what else the file tells, as it stands.
    notes
        What the user should know.
    where
        The file.
    """

    names: tuple[str, ...]
    genes: tuple[str, ...]
    values: np.ndarray
    table: pd.DataFrame
    notes: tuple[str, ...]
    where: str


def read_cohort(
    path: str | Path, *, columns: Sequence[str] = (), layer: str | None = None, genes: OwnNames | None = None
) -> Cohort:
    """Read profiles, samples by genes, from any format of expression.

    Columns of one gene are averaged, genes missing in more than half of the patients and genes that never vary are
    left out, and so are columns that are called as annotations are. A table of genes by samples is turned.

    Parameters
    ----------
    path
        The file.
    columns
        That are no genes though they hold numbers: outcomes that stand in the same table.
    layer
        Of an h5ad file.
    genes
        What the user's own names of genes stand for.

    Raises
    ------
    InputError
        If it cannot be read, a name stands twice, or no gene is left.
    """
    with open_expression(path, layer=layer) as source:
        across, down = gene_names(source.genes, genes), gene_names(source.samples, genes)
        turned = down.found.coverage > across.found.coverage
        held = source.take().turned() if turned else source.take()
    names = tuple(str(n).strip() for n in held.samples.index)
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice or not all(names):
        what = f"{len(twice)} samples carry a name twice ({shortly(twice)})" if twice else "a sample has no name"
        raise InputError(f"{what}.", where=held.where, hint="Give each its own name.")
    spelt, dates = mended([str(g).strip() for g in held.genes.index])
    meant = [own.name if genes and (own := genes.of(name)) else name for name in spelt]
    told = {plain(c) for c in columns} | _PREDICTED
    is_gene = np.array([plain(g) not in told for g in meant], dtype=bool)
    table = held.samples.assign(
        **{g: held.values[:, at] for at, g in enumerate(meant) if not is_gene[at] and g not in held.samples}
    )
    values, kept = _merged(
        held.values[:, is_gene].astype(np.float64), [g for g, ok in zip(meant, is_gene, strict=True) if ok]
    )
    notes = [*held.notes, *dates]
    if turned:
        notes.append("the table had genes in its rows and was turned")
    if len(kept) < is_gene.sum():
        notes.append(f"{int(is_gene.sum()) - len(kept)} columns are of a gene that stands already; they were averaged")
    values, kept, dropped = _usable(values, kept)
    if not kept:
        raise InputError("no gene has values that differ between samples.", where=held.where)
    notes += dropped
    return Cohort(names, tuple(kept), values, table.set_axis(list(names), axis=0), tuple(notes), held.where)


def _merged(values: np.ndarray, genes: list[str]) -> tuple[np.ndarray, list[str]]:
    """Return the mean of the columns of each gene, NaN left out."""
    unique = list(dict.fromkeys(genes))
    if len(unique) == len(genes):
        return values, genes
    code = {g: i for i, g in enumerate(unique)}
    at = np.array([code[g] for g in genes])
    sums, count = np.zeros((len(unique), len(values))), np.zeros((len(unique), len(values)))
    np.add.at(sums, at, np.nan_to_num(values.T))
    np.add.at(count, at, np.isfinite(values.T))
    return np.divide(sums, count, out=np.full(sums.shape, np.nan), where=count > 0).T, unique


def _usable(values: np.ndarray, genes: list[str]) -> tuple[np.ndarray, list[str], list[str]]:
    """Return the genes that are measured often enough and vary, and sentences about the others."""
    there = np.isfinite(values)
    often = there.mean(axis=0) >= 1.0 - MOST_MISSING
    low, high = (f(np.where(there, values, s), axis=0) for f, s in ((np.min, np.inf), (np.max, -np.inf)))
    varies = high > low
    notes = []
    if not often.all():
        lost = [g for g, ok in zip(genes, often, strict=True) if not ok]
        notes.append(
            f"{len(lost)} genes are missing in more than half of the samples and are left out: {shortly(lost)}"
        )
    flat = [g for g, ok, v in zip(genes, often, varies, strict=True) if ok and not v]
    if flat:
        notes.append(f"{len(flat)} genes have one value in all samples and are left out: {shortly(flat)}")
    keep = often & varies
    gaps = int((~there[:, keep]).sum())
    if gaps:
        notes.append(
            f"{gaps:,} values are missing; where a model needs them, they are the mean of its training patients"
        )
    return values[:, keep], [g for g, k in zip(genes, keep, strict=True) if k], notes
