"""What a check looks at: an expression table, or a seeded part of its samples, with the roles of its columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from drugexp.contract.screen import OBSERVED, Screen
from drugexp.contract.tables import text
from drugexp.errors import InputError, UsageError, unknown
from drugexp.intake.formats.door import ENDINGS, Source, open_expression
from drugexp.intake.formats.expression import Expression, annotation_table
from drugexp.intake.formats.gene_names import GeneNames, gene_names
from drugexp.intake.quality.comparable import as_changes, as_logs
from drugexp.intake.quality.sentinels import sentinels, without
from drugexp.intake.roles import Roles, controls, usual_roles
from drugexp.intake.single_cell.layouts import detect
from drugexp.intake.store import read_screen
from drugexp.intake.tables import STANDARD_INPUT, format_of
from drugexp.preprocess.scale import Kind, Scale, detect_scale

MOST_ENTRIES = 10_000_000
"""Values looked at; of a larger file a part of the samples is drawn."""

_SOME = 0.05


@dataclass(frozen=True, eq=False)
class Measured:
    """What is looked at.

    Attributes
    ----------
    table
        Samples by genes, as they stand in the file.
    genes
        How its gene names read.
    roles
        What its columns mean.
    n_samples
        How many samples there are, of which `table` may be a part.
    notes
        What was done in reading, one sentence each.
    is_screen
        Whether it is a screen, which was made by rules, and not a table that somebody typed.
    """

    table: Expression
    genes: GeneNames
    roles: Roles
    n_samples: int
    notes: tuple[str, ...]
    is_screen: bool = False

    @cached_property
    def marks(self) -> Mapping[float, int]:
        """Which numbers stand for a missing value, and how often."""
        return sentinels(self.table.values)

    @cached_property
    def values(self) -> np.ndarray:
        """(sample, gene), NaN for sentinels and infinity too."""
        return without(self.table.values, self.marks)

    @cached_property
    def scale(self) -> Scale:
        """What the numbers mean."""
        return detect_scale(self.values)

    @cached_property
    def is_change(self) -> bool:
        """Whether zero means that nothing changed."""
        if self.table.unit is not None:
            return self.table.unit.is_change
        return self.scale.kind in (Kind.LOG2FC, Kind.ZSCORE) or self.scale.evidence.get("negative", 0.0) > 0.2

    @cached_property
    def logs(self) -> np.ndarray:
        """(sample, gene) on a scale on which samples can be compared: logarithms, or changes as they are."""
        return as_logs(self.values, self.scale)

    @cached_property
    def changes(self) -> np.ndarray:
        """(sample, gene) changes to the controls of the same batch and cells; see `as_changes`."""
        return self.logs if self.is_change else as_changes(self.logs, self.groups(self.roles.match), self.controls)

    @cached_property
    def controls(self) -> np.ndarray:
        """(sample,) bool."""
        return controls(self.table.samples, self.roles)

    @property
    def names(self) -> pd.Index:
        """The names of the samples."""
        return self.table.samples.index

    def groups(self, columns: tuple[str, ...]) -> np.ndarray:
        """Return what samples hold in some columns, joined, (sample,) str; empty where there are none."""
        held = [text(self.table.samples[column]) for column in columns]
        return np.array([" / ".join(row) for row in zip(*held, strict=True)] if held else [""] * len(self.names))


def measure(
    source: str | Path,
    *,
    data_dir: str | Path | None = None,
    layer: str | None = None,
    told: Mapping[str, str | None] | None = None,
    most: int = MOST_ENTRIES,
    seed: int = 0,
) -> Measured:
    """Read what a check looks at.

    Parameters
    ----------
    source
        A file of expression (see `open_expression`), a ``.screen`` folder or the name of a data set.
    data_dir
        Where data sets lie.
    layer
        Of an h5ad file.
    told
        What the user says of columns: ``batch``, ``compound``, ``cell``, ``dose``, ``hours``, ``control_column``,
        ``control``.
    most
        Values to look at; of a larger file a part of the samples is drawn.
    seed
        Of that draw.

    Raises
    ------
    UsageError
        If there is neither such a file nor such a set, or a column does not exist.
    InputError
        If it cannot be read.
    """
    path = Path(source)
    if str(source) != STANDARD_INPUT and format_of(path) not in ENDINGS:
        return _roles(_of_screen(read_screen(str(source), data_dir), most, seed), told or {})
    with open_expression(path, layer=layer) as opened:
        found = of_source(opened, most=most, seed=seed)
    return _roles(found, told or {})


def of_source(source: Source, *, most: int = MOST_ENTRIES, seed: int = 0) -> Measured:
    """Return what is looked at of an expression table, turned so that samples are its rows.

    Raises
    ------
    InputError
        If it holds no values.
    """
    across, down = gene_names(source.genes), gene_names(source.samples)
    turned = down.found.coverage > across.found.coverage and _are_genes(down)
    shape = len(source.samples), len(source.genes)
    n_samples, n_genes = shape[::-1] if turned else shape
    if not n_samples or not n_genes:
        raise InputError("the table holds no values.", where=source.where)
    rows = _drawn(n_samples, n_genes, most, seed)
    table = source.take(genes=rows).turned() if turned else source.take(samples=rows)
    notes = [*table.notes, *(["genes stand in its rows: it was turned"] if turned else [])]
    if rows is not None:
        notes.append(f"{len(rows):,} of {n_samples:,} samples were drawn (seed {seed}) and looked at")
    return Measured(table, down if turned else across, usual_roles(table.samples), n_samples, tuple(notes))


def _are_genes(names: GeneNames) -> bool:
    """Return whether names are genes, and not samples of which one is called like a gene by chance."""
    found = names.found
    return found.coverage > _SOME or len(found.known()) > len(found.names) / 2


def _drawn(samples: int, genes: int, most: int, seed: int) -> np.ndarray | None:
    """Return the rows to look at, in order; None: all."""
    if samples * genes <= most:
        return None
    count = max(1, most // genes)
    return np.sort(np.random.default_rng(seed).choice(samples, min(count, samples), replace=False))


def _of_screen(screen: Screen, most: int, seed: int) -> Measured:
    rows = _drawn(len(screen), len(screen.genes), most, seed)
    part = screen if rows is None else screen.take(rows)
    values = np.array(part.values)
    if part.state is not None:
        values[part.state != OBSERVED] = np.nan
    genes = annotation_table(screen.genes.ids)
    samples = part.samples.set_axis(pd.Index([f"s{i + 1}" for i in part.samples.index], name="id"))
    table = Expression(values, samples, genes, unit=screen.unit, where=screen.name)
    drawn = [] if rows is None else [f"{len(rows):,} of {len(screen):,} samples were drawn (seed {seed})"]
    return Measured(table, gene_names(genes), usual_roles(samples), len(screen), tuple(drawn), is_screen=True)


def _roles(measured: Measured, told: Mapping[str, str | None]) -> Measured:
    """Return the same with the roles that the user told, and those of a known study."""
    columns = [str(c) for c in measured.table.samples.columns]
    layout = detect(columns)
    roles = layout.roles if layout else measured.roles
    given: dict[str, Any] = {role: name for role, name in told.items() if name is not None}
    for role, name in given.items():
        if role != "control" and name not in columns:
            raise UsageError(unknown("column", name, columns), where=measured.table.where)
        if role in ("cell", "batch"):
            given[role] = (name,)
    return replace(measured, roles=replace(roles, **given))
