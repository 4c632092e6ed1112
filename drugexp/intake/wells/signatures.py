"""From wells to signatures: plates taken out, replicates collapsed, and how well they agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from drugexp.contract.options import parse_options
from drugexp.contract.screen import MISSING, OBSERVED, Block, Cells, Screen
from drugexp.contract.tables import sample_table, text
from drugexp.contract.units import Unit
from drugexp.errors import InputError
from drugexp.intake.cells import BLOCK
from drugexp.intake.wells.agreement import Agreement, agreement
from drugexp.intake.wells.normalised import Logs, as_logs, choose_controls
from drugexp.intake.wells.options import UNIT_OF, SignatureOptions
from drugexp.intake.wells.source import Wells
from drugexp.intake.wells.strength import strength, weigh
from drugexp.preprocess.collapse import collapse
from drugexp.preprocess.replicates import replicate_correlation

_KEYS = ("perturbation", "cell", "dose_um", "hours")


@dataclass(frozen=True, eq=False)
class Signatures:
    """Signatures out of wells.

    Attributes
    ----------
    screen
        One sample a treatment. Beside the columns of every screen: ``n_replicates``; ``replicate_r``, the mean
        Pearson correlation between replicates; ``strong_genes`` and ``tas`` (see `activity`); ``wells``.
    rejected
        Labels of wells that were left out, and the ``reason``.
    agreement
        How well replicates agree, beside chance.
    chance_tas
        (draw,) ``tas`` of wells of different treatments on the same plates.
    notes
        What was done, one sentence each.
    """

    screen: Screen
    rejected: pd.DataFrame
    agreement: tuple[Agreement, ...]
    chance_tas: np.ndarray
    notes: tuple[str, ...]


def signatures(wells: Wells, options: Mapping[str, Any] | SignatureOptions | None = None) -> Signatures:
    """Return plate-normalised, replicate-collapsed signatures.

    Replicates are wells of one compound, cell, dose and time. Wells of plates without controls are
    rejected where wells are compared with controls; the rest is kept.

    Parameters
    ----------
    wells
        Measured wells.
    options
        `SignatureOptions`, or some of its fields.

    Raises
    ------
    UsageError
        If an option is unknown or makes no sense.
    InputError
        If no treated well can be used.
    """
    chosen = parse_options(SignatureOptions, options)
    source = wells.screen
    logs, lost = choose_controls(as_logs(source, chosen), chosen)
    reason = np.where(lost, _no_controls(chosen), "")
    if chosen.need_smiles:
        known = set(source.perturbations.loc[source.perturbations["smiles"] != "", "id"])
        bare = ~source.samples["is_control"].to_numpy(bool) & ~source.samples["perturbation"].isin(known).to_numpy()
        reason = np.where(bare & (reason == ""), "no SMILES", reason)
    own = source.samples[[*_KEYS, "batch", *(["well"] if "well" in source.samples else [])]]
    both = (wells.rejected, own[reason != ""].assign(reason=reason[reason != ""]))
    rejected = [row for table in both for row in table.to_dict("records")]
    unused = source.samples["is_control"].to_numpy(bool) & ~logs.used
    logs = logs.take(np.flatnonzero((reason == "") & ~unused))
    treated = np.flatnonzero(~logs.samples["is_control"].to_numpy(bool))
    if not len(treated):
        raise InputError("no treated well can be used: " + (_no_controls(chosen) if lost.any() else "all are controls"))
    screen, agreed, chance_tas = _collapsed(logs, treated, source, chosen)
    return Signatures(
        screen,
        pd.DataFrame(rejected) if rejected else pd.DataFrame(columns=["reason"]),
        agreed,
        chance_tas,
        (*wells.notes, *logs.notes, *_without_structure(screen)),
    )


def _without_structure(screen: Screen) -> tuple[str, ...]:
    bare = int((screen.perturbations["smiles"] == "").sum())
    told = f"{bare} of {len(screen.perturbations)} compounds have no SMILES; models of structure cannot learn from them"
    return (told,) if bare else ()


def _no_controls(options: SignatureOptions) -> str:
    return (
        "no control well of these cells on the plate"
        if options.control_half is None
        else "too few control wells to halve"
    )


def _collapsed(
    logs: Logs, treated: np.ndarray, source: Screen, options: SignatureOptions
) -> tuple[Screen, tuple[Agreement, ...], np.ndarray]:
    changes = logs.changes(options.normalise, min_mad=options.min_mad, clip=options.clip)[treated]
    samples, plate = logs.samples.iloc[treated].reset_index(drop=True), logs.plate[treated]
    code = _conditions(samples, plate if options.within_plate else None)
    agreed = agreement(logs, treated, code, changes, options)
    if options.collapse == "none":
        code = np.arange(len(treated))
    weighed = weigh(changes, code, logs.genes, options)
    values = collapse(changes, code, weighed.weights)
    number = np.bincount(code)
    strong = strength(changes, logs, treated, code, weighed, options)
    within = replicate_correlation(changes, code, plate, seed=options.seed, draws=0)
    replicate_r = np.full(len(number), np.nan)
    replicate_r[within.conditions] = within.found
    first = samples.iloc[np.unique(code, return_index=True)[1]].reset_index(drop=True)
    known = np.isfinite(values)
    screen = Screen(
        source.name,
        np.where(known, values, 0.0),
        logs.genes,
        UNIT_OF[options.normalise],
        sample_table(
            len(first),
            **{key: first[key].to_numpy() for key in _KEYS},
            batch=_joined(text(samples["batch"]), code),
            weight=weighed.effective / weighed.effective.mean(),
            n_replicates=number,
            replicate_r=replicate_r,
            strong_genes=strong.strong_genes,
            tas=strong.score,
            **({"wells": _joined(text(samples["well"]), code)} if "well" in samples else {}),
        ),
        source.perturbations[source.perturbations["id"].isin(first["perturbation"])],
        _cells(logs, tuple(dict.fromkeys(c for c in first["cell"] if c))),
        state=None if known.all() else np.where(known, OBSERVED, MISSING),
        provenance={**source.provenance, "signatures": options.model_dump(), "steps": list(logs.notes)},
    )
    return screen, agreed, strong.chance


def _conditions(samples: pd.DataFrame, plate: np.ndarray | None) -> np.ndarray:
    """Return the condition of each well, 0, 1, ... in the order in which they occur."""
    labels = samples[list(_KEYS)] if plate is None else samples[list(_KEYS)].assign(plate=plate)
    return labels.groupby(list(labels.columns), sort=False, dropna=False).ngroup().to_numpy(np.int64)


def _joined(names: np.ndarray, code: np.ndarray) -> np.ndarray:
    """Return the distinct names of each condition, joined by ``|``, (condition,) object."""
    table = pd.DataFrame({"code": code, "name": names}).drop_duplicates().groupby("code", sort=True)["name"]
    return table.agg(lambda held: "|".join(sorted(held))).to_numpy(dtype=object)


def _cells(logs: Logs, names: tuple[str, ...]) -> Cells:
    """Return the cells of the signatures with the mean log2 expression of their control wells."""
    cell = text(logs.samples["cell"])
    if not names or not logs.used.any():
        return Cells(names)
    means = np.full((len(names), len(logs.genes)), np.nan)
    for at, name in enumerate(names):
        own = logs.values[logs.used & (cell == name)]
        held = np.isfinite(own)
        count = held.sum(axis=0)
        np.divide(np.where(held, own, 0.0).sum(axis=0), count, out=means[at], where=count > 0)
    return Cells(names, {BLOCK: Block(means, logs.genes, Unit.LOG2_EXPRESSION)})
