"""The strongest genes of each compound and cell; what is not listed is censored."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from drugexp.contract.axis import GeneAxis
from drugexp.contract.options import Options, parse_options
from drugexp.contract.screen import CENSORED, MISSING, OBSERVED, Cells, Screen
from drugexp.contract.tables import perturbation_table, sample_table, text
from drugexp.contract.units import Unit
from drugexp.errors import DataError
from drugexp.intake.annotations import known_targets
from drugexp.intake.manifest import Manifest
from drugexp.intake.readers.tables import numbers, read_csv, read_parquet


class TopOptions(Options):
    """Options of the reader.

    Attributes
    ----------
    min_count
        A gene enters the axis if at least so many pairs list it.
    lowest
        Effects below it are artefacts and count as missing.
    """

    min_count: int = 30
    lowest: float = -5.0


def read(files: Mapping[str, Path], manifest: Manifest, **options: Any) -> Screen:
    """Read ``top20.parquet`` and ``compounds.csv``: one sample for each pair of compound and cell.

    Genes are listed by size of effect, so an unlisted gene lies within plus or
    minus the smallest listed effect of its pair: CENSORED, with that bound.
    """
    chosen = parse_options(TopOptions, options, where=f"data set {manifest.name!r}")
    table = read_parquet(files["top20.parquet"], ("cell", "compound", "gene", "lfc"))
    compounds = read_csv(files["compounds.csv"], ("compound", "smiles_std", "inchikey14", "scaffold"))
    lost = table[["compound", "cell"]].isna().any(axis=1).to_numpy()
    if lost.any():
        raise DataError(
            f"row {int(np.argmax(lost)) + 1} names no compound or no cell", where=f"{manifest.name}/top20.parquet"
        )
    by_pair = table.groupby(["compound", "cell"], sort=True)
    pair, pairs = by_pair.ngroup().to_numpy(), by_pair.size().reset_index()
    effect = numbers(table, ("lfc",), f"{manifest.name}/top20.parquet", dtype=np.float32)[:, 0]
    real = effect >= chosen.lowest
    bound = np.full(len(pairs), np.inf, dtype=np.float32)
    np.minimum.at(bound, pair[real], np.abs(effect[real]))
    if np.isinf(bound).any():
        raise DataError("a pair lists artefacts only", where=manifest.name)
    counts = table.loc[real, "gene"].value_counts()
    if counts.max() < chosen.min_count:
        raise DataError(f"no gene is listed {chosen.min_count} times; lower min_count", where=manifest.name)
    genes = GeneAxis(tuple(sorted(counts.index[counts >= chosen.min_count])), manifest.gene_namespace or "symbol")
    column = genes.positions(table["gene"])
    values = np.zeros((len(pairs), len(genes)), dtype=np.float32)
    state = np.full(values.shape, CENSORED, dtype=np.uint8)
    listed, artefact = (column >= 0) & real, (column >= 0) & ~real
    values[pair[listed], column[listed]] = effect[listed]
    state[pair[listed], column[listed]] = OBSERVED
    state[pair[artefact], column[artefact]] = MISSING
    perturbations = perturbation_table(
        compounds["compound"],
        smiles=text(compounds["smiles_std"]),
        inchikey14=text(compounds["inchikey14"]),
        scaffold=text(compounds["scaffold"]),
        known_targets=known_targets(files),
    )
    cell = text(pairs["cell"])
    samples = sample_table(len(pairs), perturbation=text(pairs["compound"]), cell=cell)
    cells = Cells(tuple(sorted(set(cell))))
    return Screen(manifest.name, values, genes, Unit.RANK_EFFECT, samples, perturbations, cells, state, bound)
