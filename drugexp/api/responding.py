"""Drug response as such: how well it is predicted where it was held out, and which compounds to try on a cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from drugexp.api.predicting import predict
from drugexp.biology.response.build import Built, build, values_of
from drugexp.biology.response.contest import Contest, contest
from drugexp.biology.response.grid import Grid
from drugexp.biology.response.kernels import STRUCTURE
from drugexp.biology.response.ladder import ladder
from drugexp.biology.response.ranking import Ranking, rank
from drugexp.biology.response.spec import check_kind
from drugexp.biology.response.splits import check_hold
from drugexp.errors import UsageError, unknown
from drugexp.intake.cell_blocks import read_block
from drugexp.intake.cells import cell_key
from drugexp.intake.response_sets import read_response_set
from drugexp.intake.responses import Responses, matched, read_responses, read_tissues

PROFILE = "profile"
"""The feature of compounds that a bundled model predicts: the change of expression, pooled over cells."""


@dataclass(frozen=True, eq=False)
class ResponseBoard:
    """What models know of drug responses.

    Attributes
    ----------
    contests
        One for each split.
    measure
        What the values are called.
    notes
        What the user should know.
    """

    contests: tuple[Contest, ...]
    measure: str
    notes: tuple[str, ...]


def evaluate_response(
    responses: str | Path,
    *,
    compounds: str | Path | None = None,
    blocks: Mapping[str, str | Path] | None = None,
    tissues: str | Path | None = None,
    value: str = "",
    screen: str = "gdsc2",
    log: bool = False,
    use: Sequence[str] = (),
    splits: Sequence[str] = ("cell", "compound"),
    models: Sequence[str] = ("kernel", "ridge"),
    profile: str = "",
    folds: int = 5,
    controls: bool = True,
    seed: int = 0,
    data_dir: str | Path | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> ResponseBoard:
    """Score models of drug response beside naive baselines, on what was held out.

    Parameters
    ----------
    responses
        A table (cell, compound or SMILES, value), or a data set such as ``gdsc_ccle``.
    compounds
        A file of compounds with SMILES, where the table only names them.
    blocks
        Name -> file of untreated cells, one row a cell: ``expression``, ``mutation``, whatever there is.
    tissues
        A table of cells and their tissues.
    value, screen
        Column of the values; table of a set (``gdsc1``, ``gdsc2``, ``ccle``).
    log
        Take the natural logarithm of a table's values.
    use
        Blocks in the order in which they are added; empty: all.
    splits
        Any of ``pair, cell, compound, scaffold, tissue``.
    models
        Any of ``kernel, ridge, boosting``; the first is shown step by step.
    profile
        A model (such as ``default``) whose predicted change of expression becomes a feature of each compound.
    folds, controls, seed
        Of each split; whether shuffled controls are run.
    data_dir
        The data folder.
    progress
        Told how many fits are done.

    Raises
    ------
    DrugexpError
        With a sentence.
    """
    holds = [check_hold(s) for s in splits]
    kinds = [check_kind(m) for m in models]
    if not holds or not kinds:
        raise UsageError("name at least one split and one model")
    told = _told(responses, compounds, blocks or {}, tissues, value, screen, log, data_dir)
    built = build(_using(told, use))
    notes = list(built.notes)
    features = [STRUCTURE]
    if profile:
        built, said = with_profiles(built, profile)
        notes.append(said)
        features.append(PROFILE)
    specs = ladder(kinds, features, tuple(built.grid.blocks), controls)
    done: list[Contest] = []
    total = folds * len(specs) * len(holds)
    for at, hold in enumerate(holds):

        def tell(count: int, _: int, word: str, before: int = at * folds * len(specs)) -> None:
            if progress is not None:
                progress(before + count, total, word)

        done.append(contest(built.grid, specs, hold, folds=folds, seed=seed, progress=tell))
    return ResponseBoard(tuple(done), told.measure, tuple(notes))


def _told(
    responses: str | Path,
    compounds: str | Path | None,
    blocks: Mapping[str, str | Path],
    tissues: str | Path | None,
    value: str,
    screen: str,
    log: bool,
    data_dir: str | Path | None,
) -> Responses:
    path = Path(responses)
    if path.suffix or path.exists() or str(responses) == "-":
        told = read_responses(responses, value=value, compounds=compounds, log=log)
    else:
        told = read_response_set(str(responses), screen=screen, value=value, data_dir=data_dir)
    own = {name: read_block(file) for name, file in blocks.items()}
    more = {} if tissues is None else read_tissues(tissues)
    return replace(told, blocks={**told.blocks, **own}, tissues={**told.tissues, **more})


def _using(told: Responses, use: Sequence[str]) -> Responses:
    for name in use:
        if name not in told.blocks:
            raise UsageError(unknown("block of the cells", name, told.blocks), hint="Give it with --block NAME=FILE.")
    return replace(told, blocks={n: told.blocks[n] for n in use}) if use else told


def with_profiles(built: Built, model: str) -> tuple[Built, str]:
    """Return a grid whose compounds carry the change of expression that a model predicts, pooled over cells."""
    wanted = pd.DataFrame({"compound_id": [str(i) for i in range(len(built.smiles))], "smiles": list(built.smiles)})
    made = predict(wanted, model=model)
    if not isinstance(made, pd.DataFrame):
        raise TypeError("predictions are a table here")
    genes = made.columns[list(made.columns).index("model") + 1 :]
    values = np.full((len(built.smiles), len(genes)), np.nan, dtype=np.float32)
    values[made["compound_id"].astype(int).to_numpy()] = made[genes].to_numpy(dtype=np.float32)
    grid = replace(built.grid, features={**built.grid.features, PROFILE: values})
    inside = float(made["in_domain"].mean())
    said = f"profiles predicted by {model}, pooled over cells; {inside:.0%} of the compounds are in its domain"
    return replace(built, grid=grid), said


@dataclass(frozen=True, eq=False)
class Ranked:
    """Compounds for cells.

    Attributes
    ----------
    table
        One row a cell and compound, best first for each cell: ``cell, rank, compound, smiles, predicted, lower, upper,
        compound_mean``, ``cells`` (that were treated with it), ``relative`` (predicted less the compound's mean),
        ``specific`` (the interval excludes that mean) and ``measured`` (where the cell was treated with it; never
        used).
    rankings
        Of each cell.
    measure
        What the values are called.
    notes
        What the user should know.
    """

    table: pd.DataFrame
    rankings: Mapping[str, Ranking]
    measure: str
    notes: tuple[str, ...]


def rank_response(
    responses: str | Path,
    *,
    cells: Sequence[str] = (),
    profiles: Mapping[str, str | Path] | None = None,
    compounds: str | Path | None = None,
    blocks: Mapping[str, str | Path] | None = None,
    value: str = "",
    screen: str = "gdsc2",
    log: bool = False,
    use: Sequence[str] = (),
    model: str = "kernel",
    profile: str = "",
    by: str = "predicted",
    higher: bool | None = None,
    folds: int = 5,
    coverage: float = 0.9,
    seed: int = 0,
    data_dir: str | Path | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> Ranked:
    """Rank compounds for cell lines or patients, as if these had never been treated.

    Parameters
    ----------
    responses, compounds, blocks, value, screen, log, use, profile, data_dir
        What to learn from; see `evaluate_response`.
    cells
        Cell lines of the responses or blocks.
    profiles
        Name of a block -> file of new cells or patients, one row each. A cell that stands in some of the files only
        is predicted from these.
    model
        ``kernel``, ``ridge`` or ``boosting``.
    by
        ``predicted``, or ``relative`` to the compound's mean: what this cell answers to more than others do.
    higher
        Whether more is more sensitive; None: for activity areas and pIC50 only.
    folds, coverage, seed
        Of the intervals.
    progress
        Told how many fits are done.

    Raises
    ------
    DrugexpError
        With a sentence.
    """
    if by not in ("predicted", "relative"):
        raise UsageError(unknown("order", by, ("predicted", "relative")))
    if not 0 < coverage < 1:
        raise UsageError(f"the coverage {coverage} is not between 0 and 1")
    if not cells and not profiles:
        raise UsageError("name a cell line with --cell, or give a profile with --patient NAME=FILE")
    kind = check_kind(model)
    told = _using(_told(responses, compounds, blocks or {}, None, value, screen, log, data_dir), use)
    own = {}
    for name, file in (profiles or {}).items():
        if name not in told.blocks:
            raise UsageError(unknown("block of the cells", name, told.blocks), hint="Learn from it with --block.")
        own[name] = read_block(file, [str(c) for c in told.blocks[name].columns])
    built = build(told)
    notes, features = list(built.notes), [STRUCTURE]
    if profile:
        built, said = with_profiles(built, profile)
        notes.append(said)
        features.append(PROFILE)
    grid, rows, said_of = with_cells(built, told, list(cells), own)
    notes += said_of
    found = rank(grid, rows, kind=kind, features=features, folds=folds, coverage=coverage, seed=seed, progress=progress)
    more = higher if higher is not None else any(w in told.measure.lower() for w in ("act_area", "pic50"))
    tables = [_ranked(r, grid, row, built.smiles, by, more) for r, row in zip(found, rows, strict=True)]
    named = {grid.cells[row]: r for r, row in zip(found, rows, strict=True)}
    return Ranked(pd.concat(tables, ignore_index=True), named, told.measure, tuple(notes))


def with_cells(
    built: Built, told: Responses, cells: Sequence[str], own: Mapping[str, pd.DataFrame]
) -> tuple[Grid, list[int], list[str]]:
    """Return the grid with new cells below the others, the rows that are asked for, and sentences.

    Raises
    ------
    UsageError
        If a cell is not known.
    """
    grid, notes = built.grid, []
    names = list(grid.cells)
    for table in told.blocks.values():  # one line may be spelt in two ways: that of the responses counts
        of_block = [str(c) for c in table.index]
        names += [c for c, where in zip(of_block, matched(of_block, names), strict=True) if where < 0]
    at = matched(cells, names)
    for asked, where in zip(cells, at, strict=True):
        if where < 0:
            raise UsageError(unknown("cell line", asked, names))
    wanted = list(dict.fromkeys(names[i] for i in at))
    patients = list(dict.fromkeys(str(n) for t in own.values() for n in t.index))
    twice = set(patients) & set(names)
    if twice:
        notes.append(
            f"{len(twice)} profiles carry the name of a known cell ({min(twice)}), whose responses are not used"
        )
    fresh = [n for n in wanted if n not in grid.cells]
    extra = [*fresh, *(f"{p} (profile)" if p in names else p for p in patients)]
    values = np.concatenate([grid.values, np.full((len(extra), len(grid.compounds)), np.nan)])
    blocks = {}
    for name, values_there in grid.blocks.items():
        parts = [values_there, values_of(name, told.blocks[name], fresh)]
        axis = list(built.axes[name])
        mine = own[name].reindex(columns=axis) if name in own else pd.DataFrame(columns=axis, dtype="float32")
        parts.append(values_of(name, mine.reindex(patients), patients))
        blocks[name] = np.concatenate(parts)
        if name in own and (share := float(np.isin(axis, own[name].columns).mean())) < 1:
            notes.append(f"{name}: the profiles have {share:.0%} of the features; the others stand at the mean")
    tissues = None if grid.tissues is None else np.concatenate([grid.tissues, np.full(len(extra), "")])
    keys = [cell_key(c) for c in (*grid.cells, *fresh, *patients)]
    groups = np.unique(np.array(keys, dtype=object).astype(str), return_inverse=True)[1]
    made = replace(grid, values=values, cells=(*grid.cells, *extra), cell_groups=groups, tissues=tissues, blocks=blocks)
    rows = [made.cells.index(n) for n in wanted] + list(range(len(grid.cells) + len(fresh), len(made.cells)))
    return made, rows, notes


def _ranked(r: Ranking, grid: Grid, row: int, smiles: Sequence[str], by: str, higher: bool) -> pd.DataFrame:
    relative = r.predicted - r.compound_mean
    table = pd.DataFrame(
        {
            "cell": grid.cells[row],
            "rank": 0,
            "compound": grid.compounds,
            "smiles": smiles,
            "predicted": r.predicted,
            "lower": r.low,
            "upper": r.high,
            "compound_mean": r.compound_mean,
            "cells": r.cells,
            "relative": relative,
            "specific": (r.low > r.compound_mean) | (r.high < r.compound_mean),
            "measured": grid.values[row],
        }
    )
    table = table.sort_values(by, ascending=not higher, kind="stable", ignore_index=True)
    return table.assign(rank=np.arange(1, len(table) + 1))
