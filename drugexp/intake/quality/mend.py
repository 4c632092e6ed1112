"""The steps that mend an expression table: each returns the table and what it changed in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Literal, TypeAlias, get_args

import numpy as np
import pandas as pd

from drugexp.contract.axis import GeneAxis
from drugexp.contract.units import Unit
from drugexp.errors import InputError, UsageError, unknown
from drugexp.intake.formats.expression import Expression
from drugexp.intake.formats.gene_dates import mended
from drugexp.intake.genes import Merge, Reconciled, reconcile
from drugexp.intake.genes.table import gene_table
from drugexp.intake.quality.changes import Change
from drugexp.intake.quality.missing import empty
from drugexp.intake.quality.sentinels import sentinels, without
from drugexp.preprocess.conversion import convert, formula
from drugexp.preprocess.impute import Fill, fit_mean, fit_neighbours
from drugexp.preprocess.low_rank import fit_low_rank
from drugexp.preprocess.scale import Kind, detect_scale

Way = Literal["mean", "knn", "low-rank"]
Mended: TypeAlias = tuple[Expression, list[Change]]

_ENTRY_BY_ENTRY = 10_000
"""Beyond so many values, the log counts them by gene."""
_LINEAR = (Kind.COUNTS, Kind.CPM)


def marks_to_missing(table: Expression) -> Mended:
    """Return the table with NaN for numbers that stand for missing, and for infinity."""
    values = np.asarray(table.values)
    found = without(values, sentinels(values))
    why = "it stands for a missing value"
    return replace(table, values=found), _by_entry(table, values, np.isnan(found) & ~np.isnan(values), why)


def genes_renamed(table: Expression) -> Mended:
    """Return the table with dates turned back to genes, and retired symbols and aliases to those of today.

    Only the ids of the genes are renamed, where they are symbols and one gene alone can be meant.
    """
    before = [str(n) for n in table.genes.index]
    undated = list(mended(before)[0])
    why = {at: "a spreadsheet made a date of it" for at, (a, b) in _differing(before, undated)}
    after = undated
    found = [reconcile(undated, axis) for axis in (None, _approved())]
    if found[0].namespace == "symbol":
        after = [_today(name, at, found) for at, name in enumerate(undated)]
        why |= {at: f"older symbol ({gene_table().version})" for at, _ in _differing(undated, after)}
    changed = [Change("gene renamed", "", a, a, b, why[at]) for at, (a, b) in _differing(before, after)]
    return _with_genes(table, after), changed


def genes_merged(table: Expression) -> Mended:
    """Return the table with one column for each gene name: counts and CPM added up, anything else averaged."""
    names = [str(n) for n in table.genes.index]
    times = Counter(names)
    if len(times) == len(names):
        return table, []
    merge: Merge = "sum" if detect_scale(np.asarray(table.values)).kind in _LINEAR else "mean"
    axis = GeneAxis(tuple(times), "label")
    at = axis.positions(names)
    values = np.asarray(table.values, dtype=np.float64)
    held = np.isfinite(values)
    total, count = np.zeros((len(values), len(axis))), np.zeros((len(values), len(axis)), dtype=np.int64)
    np.add.at(total.T, at, np.where(held, values, 0.0).T)
    np.add.at(count.T, at, held.T)
    by = count if merge == "mean" else np.minimum(count, 1)
    found = np.divide(total, by, out=np.full(total.shape, np.nan), where=count > 0)
    first = pd.Index(names).duplicated()
    rule = "counts of one gene add up" if merge == "sum" else "the mean of what was measured"
    changed = [
        Change("genes merged", "", name, f"{n} columns", f"1 column ({merge})", rule)
        for name, n in times.items()
        if n > 1
    ]
    return replace(table, values=found, genes=table.genes[~first]), changed


def samples_renamed(table: Expression) -> Mended:
    """Return the table with a number behind the second and further samples of one name."""
    before = [str(n) for n in table.samples.index]
    taken, after = set(before), []
    seen: Counter[str] = Counter()
    for name in before:
        seen[name] += 1
        new, number = name, seen[name]
        while number > 1 and new in taken:
            new, number = f"{name}.{number}", number + 1
        taken.add(new)
        after.append(new)
    why = "each sample needs a name of its own"
    changed = [Change("sample renamed", f"row {at + 1}", "", a, b, why) for at, (a, b) in _differing(before, after)]
    return replace(table, samples=table.samples.set_axis(pd.Index(after, dtype=object, name="id"))), changed


def empty_dropped(table: Expression) -> Mended:
    """Return the table without genes and samples that hold no value.

    A sample of nothing but 0 goes; a gene then left without any value goes too.

    Raises
    ------
    InputError
        If nothing is left.
    """
    changed: list[Change] = []
    why = "it holds no value"
    while True:
        samples, genes = empty(np.asarray(table.values))
        if samples.all() or genes.all():
            raise InputError("no sample holds a value.", where=table.where)
        if not (samples.any() or genes.any()):
            return table, changed
        changed += [Change("sample dropped", str(n), why=why) for n in table.samples.index[samples]]
        changed += [Change("gene dropped", "", str(n), why=why) for n in table.genes.index[genes]]
        table = table.take(samples=~samples, genes=~genes)


def to_log2(table: Expression, said: Kind | None) -> Mended:
    """Return the table as log2 expression.

    Parameters
    ----------
    table
        Any scale.
    said
        What it is; None: what it looks like, where that is beyond doubt.

    Raises
    ------
    InputError
        If there is no way to log2 expression, or it is not clear what the values are.
    """
    values = np.asarray(table.values)
    seen = detect_scale(values)
    if said is None and not seen.sure and seen.kind is not Kind.LOG2:
        raise InputError(
            f"it is not clear what the values are: {seen.sentence}.", where=table.where, hint="Say it with --scale."
        )
    kind = said or seen.kind
    total = seen.total if seen.kind is kind else None
    try:
        how = formula(kind, Kind.LOG2, total=total)
        found = convert(values, kind, Kind.LOG2, total=total)
    except InputError as error:
        raise InputError(error.message, where=table.where) from None
    if how == "none":
        return table, []
    samples = table.samples.assign(unit=Unit.LOG2_EXPRESSION.value) if "unit" in table.samples else table.samples
    change = Change("scale", before=kind.label, after=Kind.LOG2.label, why=how)
    return replace(table, values=found, samples=samples, unit=Unit.LOG2_EXPRESSION), [change]


def imputed(table: Expression, way: str, seed: int) -> Mended:
    """Return the table with missing values estimated from all its samples; the log counts them by gene.

    Raises
    ------
    UsageError
        If the way is unknown.
    InputError
        If the values are counts, of which no estimate is one.
    """
    if way not in get_args(Way):
        raise UsageError(unknown("way to impute", way, get_args(Way)))
    values = np.asarray(table.values)
    gone = np.isnan(values)
    if not gone.any():
        return table, []
    if detect_scale(values).kind is Kind.COUNTS:
        raise InputError("missing counts are not estimated.", where=table.where, hint="Convert them: --to log2.")
    fits: dict[str, Callable[[np.ndarray], Fill]] = {
        "mean": fit_mean,
        "knn": fit_neighbours,
        "low-rank": lambda v: fit_low_rank(v, seed=seed),
    }
    found = fits[way](values).fill(values)
    counts = gone.sum(axis=0)
    why = f"estimated by {way} from all samples of the table"
    changed = [
        Change("imputed", "", str(table.genes.index[at]), f"{counts[at]} missing", f"{counts[at]} estimates", why)
        for at in np.flatnonzero(counts)
    ]
    return replace(table, values=found), changed


@cache
def _approved() -> GeneAxis:
    """Return the approved symbols of all human genes."""
    return GeneAxis(gene_table().symbols)


def _today(name: str, at: int, found: Sequence[Reconciled]) -> str:
    """Return a gene's symbol of today: that of the landmark genes where it is one, else the approved one."""
    for known in found:
        reading = known.readings[at]
        if reading.position >= 0:
            # trp53 is no way to write an older symbol of a human gene: it is another animal's gene.
            older = reading.how in ("retired", "alias") and name.replace("orf", "ORF").isupper()
            return known.axis.ids[reading.position] if older else name
    return name


def _with_genes(table: Expression, names: Sequence[str]) -> Expression:
    return replace(table, genes=table.genes.set_axis(pd.Index(names, dtype=object, name="id")))


def _differing(before: Sequence[str], after: Sequence[str]) -> list[tuple[int, tuple[str, str]]]:
    return [(at, pair) for at, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]]


def _by_entry(table: Expression, values: np.ndarray, wrong: np.ndarray, why: str) -> list[Change]:
    """Return a change for each entry, or for each gene where they are many."""
    what, samples, genes = "set to missing", table.samples.index, table.genes.index
    if wrong.sum() <= _ENTRY_BY_ENTRY:
        places = np.argwhere(wrong).tolist()
        return [Change(what, str(samples[i]), str(genes[j]), f"{values[i, j]:g}", "", why) for i, j in places]
    counts = wrong.sum(axis=0)
    return [Change(what, f"{counts[j]} samples", str(genes[j]), "", "", why) for j in np.flatnonzero(counts)]
