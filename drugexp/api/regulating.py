"""Networks of regulation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

from drugexp.biology.regulation.methods import METHODS
from drugexp.biology.regulation.study import Judged, Network, infer, judge
from drugexp.contract import Progress, Screen, silent
from drugexp.errors import InputError, PluginError, UsageError, unknown
from drugexp.intake.edges_file import read_edges, read_regulators, read_targets
from drugexp.intake.formats.door import TABLE_ENDINGS, read_expression
from drugexp.intake.genes import shortly
from drugexp.intake.store import read_screen
from drugexp.intake.tables import format_of
from drugexp.predict.placing import COLUMNS as PLACED

LABELS = ("dose_um", "hours", *PLACED)
"""Columns of predictions that hold numbers and are no genes."""


@dataclass(frozen=True, eq=False)
class Regulation:
    """What `network` found.

    Attributes
    ----------
    network
        Scored edges; `Network.edges` is their table.
    judged
        How well each method finds the gold standard; empty without one.
    samples
        Profiles that it was found from.
    notes
        What the user should know.
    """

    network: Network
    judged: tuple[Judged, ...]
    samples: int
    notes: tuple[str, ...]

    def scores(self) -> pd.DataFrame:
        """Return one row a method: AUPR with its interval, AUROC, early precision, chance and shuffled."""
        return pd.DataFrame(
            [
                {
                    "method": one.method,
                    "aupr": one.scores.aupr,
                    "low": one.low,
                    "high": one.high,
                    "auroc": one.scores.auroc,
                    "early_precision": one.scores.early_precision,
                    "chance": one.scores.chance,
                    "shuffled": one.shuffled,
                }
                for one in self.judged
            ]
        )


def network(
    profiles: str | Path | Screen | pd.DataFrame,
    *,
    methods: str | Sequence[str] = ("forest",),
    regulators: str | Path | Sequence[str] | None = None,
    genes: Sequence[str] = (),
    targets: str | Path | Mapping[str, Sequence[str]] | bool = False,
    gold: str | Path | pd.DataFrame | None = None,
    seed: int = 0,
    data_dir: str | Path | None = None,
    progress: Progress = silent,
) -> Regulation:
    """Find which genes regulate which, from measured or predicted profiles.

    Parameters
    ----------
    profiles
        A data set's name, a screen, or a table: one row a profile, one column a gene (`drugexp predict -o` writes
        such tables); at least eight profiles.
    methods
        Names: ``forest``, ``boosting``, ``sparse``, ``correlation``, ``partial``; or ``all``. Several have a consensus.
    regulators
        Genes that may regulate: a file, or names; None: every gene.
    genes
        Keep to these genes; none: all.
    targets
        Targets of compounds: a file with compounds and genes, or compound -> genes; True: those that the screen tells.
        What moves where a regulator was hit enters the consensus, as directions.
    gold
        Known edges to be held against: a file, or a table with ``regulator`` and ``target``.
    seed
        Of what is drawn.
    data_dir
        The data folder.
    progress
        Told before each method.

    Raises
    ------
    DrugexpError
        With a sentence for the user.
    """
    chosen = _methods(methods)
    values, names, compounds, screen = _profiles(profiles, data_dir)
    notes: list[str] = []
    if genes:
        keep = _among(genes, names, "gene", notes)
        values, names = values[:, keep], tuple(names[i] for i in keep)
    known = np.isfinite(values).all(axis=0)
    if not known.all():
        notes.append(f"{int((~known).sum())} genes that are missing in some profiles were left out")
        values, names = values[:, known], tuple(n for n, k in zip(names, known.tolist(), strict=True) if k)
    if len(names) < 2:
        raise InputError(f"{len(names)} genes are in all profiles; a network needs two")
    given = read_regulators(regulators) if isinstance(regulators, (str, Path)) else regulators
    at = np.arange(len(names)) if given is None else np.array(_among(given, names, "regulator", notes))
    hit = None
    if targets is not False:
        hit = _hits(targets, names, compounds, screen, notes)
    found = infer(values, names, at, chosen, hit=hit, seed=seed, progress=progress)
    judged: tuple[Judged, ...] = ()
    if gold is not None:
        each, more = judge(found, gold if isinstance(gold, pd.DataFrame) else read_edges(gold), seed=seed)
        judged, notes = tuple(each), [*notes, *more]
    return Regulation(found, judged, len(values), tuple(notes))


def _methods(given: str | Sequence[str]) -> list[str]:
    names = [given] if isinstance(given, str) else list(dict.fromkeys(given))
    names = list(METHODS) if names == ["all"] else names
    if not names:
        raise UsageError("no method was named", hint=f"Give some of {', '.join(METHODS)}.")
    for name in names:
        if name not in METHODS:
            raise UsageError(unknown("method", name, [*METHODS, "all"]))
        lacking = [package for package in METHODS[name].needs if find_spec(package) is None]
        if lacking:
            raise PluginError(
                f"method {name} needs {lacking[0]}, which is not installed",
                hint="pip install 'drugexp[models]', or choose --method correlation.",
            )
    return names


def _profiles(
    given: str | Path | Screen | pd.DataFrame, data_dir: str | Path | None
) -> tuple[np.ndarray, tuple[str, ...], list[str], Screen | None]:
    """Return values (profile, gene), names of genes, the compound of each profile, and the screen if it is one."""
    if isinstance(given, (str, Path)) and format_of(Path(given)) in TABLE_ENDINGS:
        table = read_expression(given)
        keep = [i for i, name in enumerate(table.genes.index) if str(name) not in LABELS]
        labels = table.samples.reset_index()
        named = labels["compound_id"] if "compound_id" in labels else labels.iloc[:, 0]
        names = tuple(str(table.genes.index[i]) for i in keep)
        return np.asarray(table.values, dtype=np.float64)[:, keep], names, named.astype(str).tolist(), None
    if isinstance(given, pd.DataFrame):
        numeric = given.drop(columns=[c for c in LABELS if c in given]).select_dtypes("number")
        named = given["compound_id"] if "compound_id" in given else given.index.to_series()
        return numeric.to_numpy(np.float64), tuple(map(str, numeric.columns)), named.astype(str).tolist(), None
    screen = given if isinstance(given, Screen) else read_screen(str(given), data_dir)
    rows = np.flatnonzero(~screen.samples["is_control"].to_numpy(dtype=bool))
    part = screen.take(rows)
    values = np.array(part.values[:], dtype=np.float64)
    if part.state is not None:
        values[np.asarray(part.state[:]) == 0] = np.nan
    return values, screen.genes.ids, part.samples["perturbation"].astype(str).tolist(), part


def _among(wanted: Sequence[str], names: Sequence[str], what: str, notes: list[str]) -> list[int]:
    at = {name: i for i, name in enumerate(names)}
    found = sorted({at[name] for name in wanted if name in at})
    lost = [name for name in dict.fromkeys(wanted) if name not in at]
    if not found:
        raise UsageError(unknown(what, str(lost[0]) if lost else "", names))
    if lost:
        notes.append(f"{len(lost)} of {len(set(wanted))} {what}s are not among the profiles' genes: {shortly(lost)}")
    return found


def _hits(
    given: str | Path | Mapping[str, Sequence[str]] | bool,
    names: Sequence[str],
    compounds: Sequence[str],
    screen: Screen | None,
    notes: list[str],
) -> dict[int, np.ndarray]:
    """Return which profiles hit the product of which gene."""
    if given is True:
        if screen is None:
            raise UsageError("a table tells no targets of its compounds", hint="Give a file of targets.")
        table = screen.perturbations
        listed = {
            str(i): tuple(t for t in str(g).split("|") if t) for i, g in zip(table["id"], table["targets"], strict=True)
        }
        each = [listed.get(name, ()) for name in compounds]
    else:
        assert not isinstance(given, bool)  # noqa: S101 - said above
        known = (
            {str(k).lower(): tuple(v) for k, v in given.items()} if isinstance(given, Mapping) else read_targets(given)
        )
        called = (
            dict(zip(screen.perturbations["id"].astype(str), screen.perturbations["name"].astype(str), strict=True))
            if screen
            else {}
        )
        each = [known.get(c.lower()) or known.get(called.get(c, "").lower(), ()) for c in compounds]
    at = {name: i for i, name in enumerate(names)}
    hit: dict[int, np.ndarray] = {}
    for row, genes in enumerate(each):
        for gene in genes:
            if gene in at:
                hit.setdefault(at[gene], np.zeros(len(each), dtype=bool))[row] = True
    known_of = sum(map(bool, each))
    notes.append(
        f"targets are known of {known_of} of {len(each)} profiles; {len(hit)} of these genes are in the profiles"
    )
    return hit
