"""Expression of new cells, told from the blocks that they have, gene by gene and no further than it was proved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drugexp.biology.baseline.contest import held_out
from drugexp.biology.baseline.design import Design, gene_means
from drugexp.biology.baseline.models import model_named
from drugexp.score.baseline import across_cells, r2_over_gene_mean


@dataclass(frozen=True, eq=False)
class Skill:
    """How well the cells that were held out are told from some blocks.

    Attributes
    ----------
    blocks
        Their names; none: the gene's training mean.
    across_cells, r2
        (gene,) as in `Row`; 0 where the mean is told.
    error
        (gene,) root mean square of what is told less what was measured.
    told
        (gene,) whether the blocks beat the gene's mean; else its mean is told.
    """

    blocks: tuple[str, ...]
    across_cells: np.ndarray
    r2: np.ndarray
    error: np.ndarray
    told: np.ndarray


@dataclass(frozen=True, eq=False)
class Told:
    """Expression of new cells.

    Attributes
    ----------
    expression
        (new cell, gene).
    skills
        One of each set of blocks that new cells have.
    of
        (new cell,) which of these.
    """

    expression: np.ndarray
    skills: tuple[Skill, ...]
    of: np.ndarray


def tell(design: Design, new: np.ndarray, model: str, folds: np.ndarray, seed: int) -> Told:
    """Return the expression of new cells.

    Cells that lack blocks are told by a model that never saw these, with that model's own held-out errors.

    Parameters
    ----------
    design
        Expression and blocks of training cells.
    new
        (new cell, gene, block), NaN where missing.
    model
        A name of `MODELS`.
    folds
        (cell,): the fold in which each training cell is held out.
    seed
        Of the model.
    """
    has = np.isfinite(new).any(axis=1)
    sets, of = np.unique(has, axis=0, return_inverse=True)
    out, skills = np.empty(new.shape[:2]), []
    for number, one in enumerate(sets):
        rows = of.reshape(-1) == number
        names = tuple(name for name, there in zip(design.blocks, one, strict=True) if there)
        skill = prove(design, names, model, folds, seed)
        out[rows] = gene_means(design.expression, np.ones(len(design.cells), dtype=bool))
        if names:
            found = _fitted(design, names, new[rows][:, :, one], model, seed)
            out[rows] = np.where(skill.told, found, out[rows])
        skills.append(skill)
    return Told(out, tuple(skills), of.reshape(-1))


def prove(design: Design, blocks: tuple[str, ...], model: str, folds: np.ndarray, seed: int) -> Skill:
    """Return how well held-out training cells are told from some blocks, gene by gene.

    Parameters
    ----------
    design, model, folds, seed
        As in `tell`.
    blocks
        Names.
    """
    y = design.expression
    means = np.empty(y.shape)
    for fold in np.unique(folds):
        means[folds == fold] = gene_means(y, folds != fold)
    found = held_out(model, design.of(blocks), y, folds, seed) if blocks else means
    r2 = np.nan_to_num(r2_over_gene_mean(y, found, means))
    told = r2 > 0
    made = np.where(told, found, means)
    error = np.sqrt(np.nanmean((made - y) ** 2, axis=0))
    r = np.where(told, np.nan_to_num(across_cells(y, found, folds)), 0.0)
    return Skill(blocks, r, np.where(told, r2, 0.0), error, told)


def _fitted(design: Design, blocks: tuple[str, ...], new: np.ndarray, model: str, seed: int) -> np.ndarray:
    """Return what a model of all training cells says of new ones, (new cell, gene)."""
    x = np.concatenate([design.of(blocks), new])
    nothing = np.full(new.shape[:2], np.nan)
    train = np.arange(len(x)) < len(design.cells)
    found = model_named(model)(x, np.concatenate([design.expression, nothing]), train, seed)
    return np.asarray(found[~train])
