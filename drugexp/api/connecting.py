"""What profiles resemble, and what reverses them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from drugexp.api.models import DEFAULT, load
from drugexp.api.predicting import outcome
from drugexp.biology.connect.found import Connections
from drugexp.biology.connect.measures import Aims, Measure, check_measure
from drugexp.biology.connect.references import References, of_predictions, of_screen, of_table, tamed
from drugexp.biology.connect.study import By, Queries, Question, Want, answer
from drugexp.biology.naming import told_apart
from drugexp.chemistry.identifiers import inchikey14
from drugexp.contract import GeneAxis, Progress, Screen, silent
from drugexp.errors import InputError, UsageError
from drugexp.intake.formats.door import TABLE_ENDINGS
from drugexp.intake.genes import NameTable, OwnNames, landmark_axis, own_names
from drugexp.intake.mechanism_file import Mechanisms, is_mechanism_table, labelled_mechanisms, read_mechanisms
from drugexp.intake.query_genes import listed_signature, read_differential, read_gene_list, set_signatures
from drugexp.intake.signature_file import LEAST_GENES, SignatureTable, read_signatures
from drugexp.intake.store import read_screen
from drugexp.intake.tables import format_of
from drugexp.learn.pipeline import Pipeline
from drugexp.predict.predictions import Predictions
from drugexp.predict.queries import REJECT_COLUMNS
from drugexp.predict.queries import Queries as Asked

MOST_PREDICTED = 50_000
"""Profiles that are predicted into memory; more are for `drugexp screen`."""


def connect(
    compounds: str | Sequence[str] | pd.DataFrame = (),
    *,
    reference: str | Path | Screen | None = None,
    library: str | Path | Sequence[str] | pd.DataFrame | None = None,
    profiles: str | Path | Screen | None = None,
    up: str | Path | Sequence[str] | None = None,
    down: str | Path | Sequence[str] | None = None,
    sets: str | Path | None = None,
    table: str | Path | None = None,
    column: str | None = None,
    cells: str | Sequence[str] = (),
    dose_um: float | Sequence[float] = (),
    hours: float | Sequence[float] = (),
    model: str | Path | Pipeline = DEFAULT,
    measure: Measure = "wtcs",
    want: Want = "mimic",
    by: By = "signature",
    set_size: int = 50,
    extremes: int = 100,
    top: int = 50,
    mechanisms: str | Path | None = None,
    nearest: int = 10,
    draws: int = 500,
    seed: int = 0,
    genes: NameTable | None = None,
    smiles_column: str | None = None,
    id_column: str | None = None,
    data_dir: str | Path | None = None,
    progress: Progress = silent,
) -> Connections:
    """Find the compounds whose profiles are like a query, or like its reverse.

    Queries are predicted profiles of `compounds`, measured `profiles`, lists of raised and lowered genes, gene `sets`
    or a `table` of a differential analysis: one of these. They are held against a `reference` of measured profiles,
    or against a `library` whose profiles are predicted.

    Parameters
    ----------
    compounds
        SMILES, files, or a table with a column ``smiles``; predicted with `model` in `cells` at `dose_um`, `hours`.
    reference
        Name of a data set, a screen (``.screen``, h5ad, GCT, GCTX), or a table of profiles.
    library
        Compounds as `compounds` are given; predicted likewise.
    profiles
        A screen, or a table of changes: genes by signatures.
    up, down
        Genes: a file with one a line, or their names.
    sets
        GMT file; ``X_UP`` with ``X_DN`` are one query.
    table, column
        One row a gene, and its column of changes.
    cells, dose_um, hours, model
        Of what is predicted; see `drugexp.predict`.
    measure
        ``wtcs``: weighted connectivity (Subramanian et al. 2017); ``ks``: that of the first Connectivity Map (Lamb et
        al. 2006); ``xsum``: extreme sum (Cheng et al. 2014); ``cosine``; ``pearson``.
    want
        ``mimic`` or ``reverse``.
    by
        ``signature``: each reference profile stands alone; ``compound``: one score a compound.
    set_size
        How many raised and lowered genes of a profile are looked up.
    extremes
        Of ``xsum``: how many genes at each end of a reference count.
    top
        How many references of each query are told; 0: all.
    mechanisms
        What compounds do: a table (``moa``, and ``inchikey14``, ``smiles`` or a name), or a data set (``hub_labels``).
    nearest
        How many annotated compounds vote for a mechanism.
    draws, seed
        Random signatures that each query is held beside.
    genes
        What your own names of genes stand for.
    data_dir
        The data folder.

    Raises
    ------
    DrugexpError
        With a sentence for the user.
    """
    check_measure(measure)
    if min(set_size, extremes, nearest) < 1 or min(top, draws) < 0:
        raise UsageError("sizes of sets, extremes and neighbours are 1 or more; top and draws are 0 or more")
    given = _given(compounds, profiles, up if up is not None else down, sets, table)
    if (reference is None) == (library is None):
        raise UsageError(
            "one thing to search is needed" if reference is None else "a reference or a library is searched, not both",
            hint="Give a reference (measured profiles, such as lincs_consensus) or a library of SMILES.",
        )
    own = None if genes is None else own_names(genes)
    maker = _Maker(model, cells, dose_um, hours, smiles_column, id_column, progress)
    found = maker.references(library) if library is not None else _reference(reference, own, data_dir)
    if given == "compounds":
        queries, used = maker.queries(compounds, found, set_size)
    elif given == "profiles" and (isinstance(profiles, Screen) or format_of(Path(str(profiles))) not in TABLE_ENDINGS):
        queries, used = _of_screen(profiles, found, set_size, data_dir)
    else:
        said = _signatures(given, found.genes, profiles, up, down, sets, table, column, own)
        maker.notes.extend(said.notes)
        queries, used = _of_signatures(said, found, set_size, whole=given in ("profiles", "table"))
    searched = References(found.labels, found.values, found.genes, used, found.kind)
    known = None if mechanisms is None else _mechanisms(mechanisms, data_dir)
    labels = found.labels
    told = None if known is None else known.of(labels["inchikey14"], labels["compound_id"], labels["name"])
    if told is not None and not any(told):
        maker.notes.append(f"{known.source if known else ''} knows no mechanism of any reference")
    question = Question(measure, extremes, want, by, set_size, top, nearest, draws, seed)
    made = answer(queries, searched, question, told)
    rejects = pd.concat([r for r in maker.rejects if len(r)] or maker.rejects[:1] or [_no_rejects()], ignore_index=True)
    return Connections(made.ranking, made.queries, made.mechanisms, rejects, found.kind, (*maker.notes, *made.notes))


def _no_rejects() -> pd.DataFrame:
    return pd.DataFrame(columns=list(REJECT_COLUMNS))


def _given(compounds: object, profiles: object, lists: object, sets: object, table: object) -> str:
    asked = compounds if isinstance(compounds, pd.DataFrame) or len(compounds) else None  # type: ignore[arg-type]
    all_of = {"compounds": asked, "profiles": profiles, "lists": lists, "sets": sets, "table": table}
    kinds = [name for name, one in all_of.items() if one is not None]
    if len(kinds) != 1:
        raise UsageError(
            "no query was given" if not kinds else f"queries of one kind are needed; these came: {', '.join(kinds)}",
            hint="Give compounds, profiles, lists of raised and lowered genes, gene sets, or a differential table.",
        )
    return kinds[0]


class _Maker:
    """Predicts compounds, and collects what is said of them."""

    def __init__(
        self,
        model: str | Path | Pipeline,
        cells: str | Sequence[str],
        dose_um: float | Sequence[float],
        hours: float | Sequence[float],
        smiles_column: str | None,
        id_column: str | None,
        progress: Progress,
    ) -> None:
        self._model, self._pipeline = model, None if not isinstance(model, Pipeline) else model
        self._cells = [cells] if isinstance(cells, str) else list(cells)
        self._dose, self._hours = (np.atleast_1d(np.asarray(v, dtype=float)).tolist() for v in (dose_um, hours))
        self._columns = {"smiles_column": smiles_column, "id_column": id_column}
        self._progress = progress
        self.notes: list[str] = []
        self.rejects: list[pd.DataFrame] = []

    def predicted(self, compounds: str | Path | Sequence[str] | pd.DataFrame) -> tuple[Predictions, list[str]]:
        """Return profiles of compounds, and the InChIKey-14 of each."""
        if self._pipeline is None:
            self._pipeline = load(self._model) if not isinstance(self._model, Pipeline) else self._model
        listed = [str(compounds)] if isinstance(compounds, (str, Path)) else compounds
        how = {"cells": self._cells, "dose_um": self._dose, "hours": self._hours, "model": self._pipeline}
        asked = outcome(listed, dry_run=True, **how, **self._columns).queries  # type: ignore[arg-type]
        if len(asked) > MOST_PREDICTED:
            raise UsageError(
                f"{len(asked):,} profiles are too many to be held in memory (at most {MOST_PREDICTED:,})",
                hint="Screen such a library instead: drugexp screen LIBRARY --against SIGNATURE.",
            )
        found = outcome(listed, progress=self._progress, **how, **self._columns)  # type: ignore[arg-type]
        self.notes.extend(found.notes)
        self.rejects.append(found.queries.rejects)
        if found.predictions is None:
            first = found.queries.rejects.iloc[0]
            raise InputError(f"no compound can be used; the first: {first['value']!r}: {first['reason']}")
        return found.predictions, _keys(found.queries)

    def references(self, library: str | Path | Sequence[str] | pd.DataFrame) -> References:
        """Return the profiles of a library."""
        return of_predictions(*self.predicted(library))

    def queries(
        self, compounds: str | Sequence[str] | pd.DataFrame, found: References, size: int
    ) -> tuple[Queries, np.ndarray]:
        """Return predicted profiles as queries, and the genes that count."""
        predictions, keys = self.predicted(compounds)
        table = predictions.table
        names = told_apart(table)
        more = table[["cell", "dose_um", "hours", "in_domain", "domain_reason"]]
        labels = pd.DataFrame({"query": names, "inchikey14": keys}).join(more.reset_index(drop=True))
        at = predictions.genes.positions(found.genes.ids)
        used = _enough(found.used & (at >= 0), "the model and the reference")
        values = np.where(used, tamed(predictions.mean, predictions.unit)[:, at], 0.0)
        return Queries(labels, Aims.of_profiles(values, used, size)), used


def _keys(asked: Asked) -> list[str]:
    keys = [inchikey14(compound.mol) for compound in asked.compounds]
    return [keys[at] for at in asked.compound_index]


def _enough(used: np.ndarray, who: str) -> np.ndarray:
    if used.sum() < LEAST_GENES:
        raise InputError(f"{who} share {int(used.sum())} genes; at least {LEAST_GENES} are needed.")
    return used


def _reference(reference: object, own: OwnNames | None, data_dir: str | Path | None) -> References:
    if isinstance(reference, Screen):
        return of_screen(reference)
    name = str(reference)
    if format_of(Path(name)) in TABLE_ENDINGS:
        return of_table(read_signatures(name, landmark_axis(), genes=own), landmark_axis(), name)
    return of_screen(read_screen(name, data_dir))


def _of_screen(
    profiles: object, found: References, size: int, data_dir: str | Path | None
) -> tuple[Queries, np.ndarray]:
    screen = profiles if isinstance(profiles, Screen) else read_screen(str(profiles), data_dir)
    asked = of_screen(screen)
    at = asked.genes.positions(found.genes.ids)
    used = found.used & (at >= 0)
    used[used] &= asked.used[at[used]]
    used = _enough(used, "the profiles and the reference")
    values = np.where(used, asked.values[:, at], 0.0)
    names = told_apart(asked.labels)
    labels = pd.DataFrame({"query": names, "inchikey14": asked.labels["inchikey14"].to_numpy()})
    labels = labels.join(asked.labels[["cell", "dose_um", "hours"]].reset_index(drop=True))
    return Queries(labels, Aims.of_profiles(values, used, size)), used


def _signatures(
    given: str,
    axis: GeneAxis,
    profiles: object,
    up: str | Path | Sequence[str] | None,
    down: str | Path | Sequence[str] | None,
    sets: str | Path | None,
    table: str | Path | None,
    column: str | None,
    own: OwnNames | None,
) -> SignatureTable:
    if given == "profiles":
        return read_signatures(str(profiles), axis, genes=own)
    if given == "table" and table is not None:
        return read_differential(table, axis, column=column, own=own)
    if given == "sets" and sets is not None:
        return set_signatures(sets, axis, own=own)
    lists = [read_gene_list(one) if isinstance(one, (str, Path)) else tuple(one or ()) for one in (up, down)]
    name = next((Path(one).stem for one in (up, down) if isinstance(one, (str, Path))), "query")
    return listed_signature(lists[0], lists[1], axis, name=name, own=own)


def _of_signatures(said: SignatureTable, found: References, size: int, *, whole: bool) -> tuple[Queries, np.ndarray]:
    values = np.nan_to_num(said.values)
    used = found.used & (~np.isnan(said.values).any(axis=0) if whole else True)
    used = _enough(used, "the signatures and the reference")
    labels = pd.DataFrame({"query": said.names, "inchikey14": ""})
    # A list is looked up whole: it was somebody's choice.
    limit = size if whole else values.shape[1]
    return Queries(labels, Aims.of_profiles(values, used, limit)), used


def _mechanisms(source: str | Path, data_dir: str | Path | None) -> Mechanisms:
    if is_mechanism_table(source):
        return read_mechanisms(source)
    return labelled_mechanisms(read_screen(str(source), data_dir))
