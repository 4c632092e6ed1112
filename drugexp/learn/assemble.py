"""Joins screens into examples: one table of perturbations, one of cells, an index for each sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from drugexp.contract import Batch, Cells, Examples, GeneAxis, Items, Needs, Screen, State
from drugexp.contract.tables import coded, looked_up
from drugexp.errors import DataError
from drugexp.learn.groups import joint_groups
from drugexp.learn.outcomes import Head
from drugexp.learn.parts import Part
from drugexp.learn.selecting import Selection, select, with_columns
from drugexp.learn.targets import join_targets
from drugexp.learn.transforms import Transform
from drugexp.registry import Registry
from drugexp.represent.cache import FeatureStore
from drugexp.represent.features import cell_features, perturbation_features


@dataclass(frozen=True, eq=False)
class Assembled:
    """Examples and what was learnt on the way.

    Attributes
    ----------
    examples
        All training rows of all parts.
    transforms
        One for each part, fitted on its training rows.
    states
        Featuriser name -> what it learnt, "compound:NAME" or "cell:NAME".
    perturbations
        One row for each unique perturbation, in the order of the batch.
    cells
        The cells in the order of the batch.
    axes
        Feature name -> the axis of its columns, where it has one.
    notes
        What was done to training values before the transform, one sentence a screen.
    outcomes
        What leads back from the tasks that are outcomes.
    """

    examples: Examples
    transforms: tuple[Transform, ...]
    states: Mapping[str, State]
    perturbations: pd.DataFrame
    cells: Cells
    axes: Mapping[str, GeneAxis]
    notes: tuple[str, ...] = ()
    outcomes: tuple[Head, ...] = ()


def join_perturbations(screens: Sequence[Screen]) -> tuple[pd.DataFrame, list[np.ndarray]]:
    """Return the unique perturbations of all screens and, for each screen, each sample's row among them.

    Compounds are one by standard SMILES, others by kind and id. Targets known
    in any screen are joined.
    """
    tables = []
    for at, screen in enumerate(screens):
        table = screen.perturbations.fillna("").copy()
        compound = (table["kind"] == "compound") & (table["smiles"] != "")
        other = table["kind"] + ":" + table["id"].astype(str)
        table["key"] = np.where(compound, table["smiles"], other)
        table["screen"] = at
        tables.append(table)
    stacked = pd.concat(tables, ignore_index=True)
    joined = stacked.drop_duplicates("key").reset_index(drop=True)
    targets = stacked.groupby("key", sort=False)["targets"].agg(
        lambda s: "|".join(sorted({t for entry in s for t in str(entry).split("|") if t}))
    )
    joined["targets"] = targets.loc[joined["key"]].to_numpy()
    row_of_key = pd.Series(np.arange(len(joined)), index=joined["key"])
    index = []
    for table, screen in zip(tables, screens, strict=True):
        row_of_id = pd.Series(row_of_key.loc[table["key"]].to_numpy(dtype=np.int32), index=table["id"])
        index.append(looked_up(screen.samples["perturbation"], row_of_id))
    return joined, index


def as_items(perturbations: pd.DataFrame) -> Items:
    """Return joined perturbations as items; their SMILES are standard, so nothing is parsed again."""
    return Items(
        ids=tuple(perturbations["key"]),
        smiles=tuple(s or None for s in perturbations["smiles"]),
        targets=tuple(tuple(t for t in str(known).split("|") if t) for known in perturbations["targets"]),
    )


def join_cells(screens: Sequence[Screen], known: Cells) -> Cells:
    """Return all cells, the known panel first; a cell of a screen that the panel lacks brings its own blocks.

    Raises
    ------
    DataError
        If two sources give one block on different axes.
    """
    ids = list(known.ids)
    blocks = {name: [block.values] for name, block in known.blocks.items()}
    like = dict(known.blocks)
    for screen in screens:
        extra = [i for i, name in enumerate(screen.cells.ids) if name not in ids]
        if not extra:
            continue
        ids.extend(screen.cells.ids[i] for i in extra)
        for name, block in screen.cells.blocks.items():
            if name not in like:  # the cells so far lack it
                like[name] = block
                before = len(ids) - len(extra)
                blocks[name] = [np.full((before, len(block.features)), np.nan, dtype=np.float32)] if before else []
            if like[name].features.ids != block.features.ids:
                raise DataError(f"block {name!r} of the cells is not on the panel's axis", where=screen.name)
        for name, reference in like.items():
            own = screen.cells.blocks.get(name)
            empty = np.full((len(extra), len(reference.features)), np.nan, dtype=np.float32)
            blocks[name].append(empty if own is None else own.values[extra])
    joined = {
        name: type(like[name])(np.concatenate(v), like[name].features, like[name].unit) for name, v in blocks.items()
    }
    return Cells(tuple(ids), joined)


def assemble(
    parts: Sequence[Part],
    known: Cells,
    needs: Needs,
    registry: Registry,
    *,
    selections: Sequence[Selection] = (),
    store: FeatureStore | None = None,
) -> Assembled:
    """Join the training rows of all parts into examples.

    Parameters
    ----------
    parts
        The primary screen first. Structures must be standard (`learn.identity.identify`).
    known
        Cells known by name, with their blocks.
    needs
        The features the model asks for.
    registry
        Where featurisers are found.
    selections
        Which columns of features the model sees, chosen on these rows.
    store
        Cache of features on disk.
    """
    taken = [part.screen.take(part.rows) for part in parts]
    used = [_only_used(screen) for screen in taken]
    perturbations, compound_index = join_perturbations(used)
    cells = join_cells(used, known)
    in_training = np.unique(np.concatenate([cells.positions(s.samples["cell"].unique()) for s in used]))
    compound, compound_states = perturbation_features(as_items(perturbations), needs.compound, registry, store=store)
    in_training = in_training[in_training >= 0]
    cell, cell_states = cell_features(cells, needs.cell, registry, fit_rows=in_training if len(in_training) else None)
    axes = {n: GeneAxis(tuple(s["genes"]), s["namespace"]) for n, s in cell_states.items() if "genes" in s}
    targets = join_targets(parts, used)
    batch = Batch(
        compound=compound,
        cell=cell,
        compound_index=np.concatenate(compound_index),
        cell_index=np.concatenate([cell_index(screen, cells) for screen in used]),
        dose_um=np.concatenate([s.samples["dose_um"].to_numpy(dtype=np.float32) for s in used]),
        hours=np.concatenate([s.samples["hours"].to_numpy(dtype=np.float32) for s in used]),
        smiles=tuple(s or None for s in perturbations["smiles"]) if needs.smiles else (),
    )
    states = {f"compound:{n}": s for n, s in compound_states.items()} | {f"cell:{n}": s for n, s in cell_states.items()}
    groups = np.concatenate(joint_groups(used, "scaffold"))
    examples = Examples(batch, targets.tasks, groups)
    if selections:
        narrow, columns = select(selections, examples, in_training)
        examples, states = replace(examples, batch=narrow), with_columns(states, columns)
        axes |= {n: axes[n].subset(columns[f"cell:{n}"]) for n in axes if f"cell:{n}" in columns}
    return Assembled(examples, targets.transforms, states, perturbations, cells, axes, targets.notes, targets.outcomes)


def cell_index(screen: Screen, cells: Cells) -> np.ndarray:
    """Return each sample's row among the cells, (sample,) int32; -1 where it is pooled."""
    codes, names = coded(screen.samples["cell"])
    return cells.positions(names).astype(np.int32)[codes]


def _only_used(screen: Screen) -> Screen:
    used = screen.perturbations["id"].isin(screen.samples["perturbation"].unique())
    return replace(screen, perturbations=screen.perturbations[used])
