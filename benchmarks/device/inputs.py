"""Real molecules, the cells of the bundled model, and a network fitted to a planted effect."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from drugexp.chemistry.fingerprints import bits
from drugexp.chemistry.parse import Compound, parse
from drugexp.contract import Batch, Context, Examples, GeneAxis, Items, Target, Task, Unit
from drugexp.learn.network.model import network_model
from drugexp.learn.pipeline import Pipeline, describe
from drugexp.learn.precision import full_precision
from drugexp.registry import Registry
from drugexp.represent.features import cell_features, perturbation_features
from drugexp_networks.multitask import MultiTask

GENES, COMPOUND, CELL = 978, ("morgan_counts", "fast_descriptors"), ("expression",)


@dataclass(frozen=True, eq=False)
class Library:
    """Molecules with what models and similarity read of them.

    Attributes
    ----------
    bundled, network
        Compound and cell features, each name -> (item, feature): of the bundled model, and of the network.
    bits
        (compound, bit) uint8 Morgan bits.
    """

    bundled: tuple[dict[str, np.ndarray], dict[str, np.ndarray]]
    network: tuple[dict[str, np.ndarray], dict[str, np.ndarray]]
    bits: np.ndarray


def read(path: Path, count: int) -> list[str]:
    """Return the first SMILES of a table of molecules: the column named so, or the first."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        head = next(file).rstrip("\n").split(",")
        at = next((i for i, name in enumerate(head) if name.lower() == "smiles"), 0)
        return [line.rstrip("\n").split(",")[at] for line, _ in zip(file, range(count), strict=False)]


def library(path: Path, count: int, cells: int, pipeline: Pipeline, registry: Registry) -> Library:
    """Read and describe `count` molecules and the first `cells` of the pipeline's cells."""
    found = [c for c in map(parse, read(path, count)) if isinstance(c, Compound)]
    smiles, mols = tuple(c.smiles for c in found), tuple(c.mol for c in found)
    items = Items(smiles, smiles, molecules=mols)
    bundled = describe(pipeline, items, pipeline.cells, registry)
    own = perturbation_features(items, COMPOUND, registry)[0], cell_features(pipeline.cells, CELL, registry)[0]
    return Library(_few_cells(bundled, cells), _few_cells(own, cells), bits(mols))


def _few_cells(features: tuple[Any, Any], cells: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    return dict(features[0]), {name: np.asarray(table)[:cells] for name, table in features[1].items()}


def grid(features: tuple[dict[str, np.ndarray], dict[str, np.ndarray]], compounds: int) -> Batch:
    """Return every pair of the first compounds and all cells, at 10 uM and 24 h."""
    compound = {name: table[:compounds] for name, table in features[0].items()}
    count, cells = (len(next(iter(part.values()))) for part in (compound, features[1]))
    return Batch(
        compound=compound,
        cell=features[1],
        compound_index=np.repeat(np.arange(count, dtype=np.int32), cells),
        cell_index=np.tile(np.arange(cells, dtype=np.int32), count),
        dose_um=np.full(count * cells, 10, np.float32),
        hours=np.full(count * cells, 24, np.float32),
    )


def fitted_network(found: Library, steps: int, compounds: int = 2000) -> Any:
    """Return the multi-task network as it is by default, fitted to effects planted in fingerprints and cells."""
    rng = np.random.default_rng(0)
    whole = grid(found.network, compounds)
    batch = whole.take(np.sort(rng.permutation(len(whole))[: min(len(whole), 20_000)]))
    effect = _unit(np.log1p(batch.compound["morgan_counts"].astype(np.float32)) @ _normal(rng, 2048, 32))
    moved = _unit(np.nan_to_num(batch.cell["expression"]) @ _normal(rng, GENES, 32))
    codes = effect[batch.compound_index] * (1 + 0.5 * moved[batch.cell_index])
    values = _unit(codes @ _normal(rng, 32, GENES)) + 0.5 * _normal(rng, len(batch), GENES)
    genes = GeneAxis(tuple(f"g{i}" for i in range(GENES)))
    target = Target(Task("planted", genes, Unit.ZSCORE), np.arange(len(batch)), values, np.ones(len(batch), np.float32))
    model = network_model(MultiTask)
    options = model.Options(steps=steps)
    with full_precision():
        return model.fit(Examples(batch, (target,), np.arange(len(batch))), None, options, context=Context(), seed=0)


def _normal(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.normal(size=shape).astype(np.float32)


def _unit(x: np.ndarray) -> np.ndarray:
    return x / max(float(x.std()), 1e-9)
