"""What moves in a profile."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from drugexp.api.models import DEFAULT
from drugexp.api.predicting import outcome
from drugexp.biology.connect.references import of_table
from drugexp.biology.movement.activity_tables import activity_table
from drugexp.biology.movement.dose_tables import dose_tables
from drugexp.biology.movement.found import Movement
from drugexp.biology.movement.pairs import Along, compare
from drugexp.biology.movement.profiles import Profiles, of_measured, of_predictions, of_references
from drugexp.biology.movement.set_tables import Test, set_table
from drugexp.biology.movement.strongest import strongest_genes
from drugexp.contract import Progress, Screen, Unit, silent
from drugexp.errors import InputError, UsageError, unknown
from drugexp.intake.formats.door import TABLE_ENDINGS
from drugexp.intake.gene_sets import read_gmt
from drugexp.intake.genes import NameTable, landmark_axis, own_names
from drugexp.intake.regulon_file import read_regulons
from drugexp.intake.signature_file import read_signatures
from drugexp.intake.store import read_screen
from drugexp.intake.tables import format_of
from drugexp.learn.pipeline import Pipeline
from drugexp.predict.queries import REJECT_COLUMNS

if TYPE_CHECKING:
    from anndata import AnnData

MOST_PROFILES = 2000
TESTS = ("mean-z", "over-representation", "gsea")
ALONG = ("compound", "cell", "dose", "time")


def signature(
    compounds: str | Sequence[str] | pd.DataFrame = (),
    *,
    profiles: str | Path | Screen | None = None,
    pick: str | Sequence[str] = (),
    cells: str | Sequence[str] = (),
    baseline: str | Path | pd.DataFrame | AnnData | None = None,
    dose_um: float | Sequence[float] = (),
    hours: float | Sequence[float] = (),
    model: str | Path | Pipeline = DEFAULT,
    top: int = 50,
    gene_sets: str | Path | Sequence[str | Path] = (),
    test: Test = "mean-z",
    regulons: str | Path | None = None,
    least: int = 5,
    along: Along | None = None,
    curve_genes: str | Sequence[str] = (),
    draws: int = 1000,
    seed: int = 0,
    genes: NameTable | None = None,
    smiles_column: str | None = None,
    id_column: str | None = None,
    data_dir: str | Path | None = None,
    progress: Progress = silent,
) -> Movement:
    """Tell what moves in profiles: genes, gene sets, regulators, differences between profiles, dose-response.

    Parameters
    ----------
    compounds
        SMILES, files, or a table with a column ``smiles``; predicted with `model`, and every gene has an interval.
    profiles
        Instead: measured profiles: a data set's name, a screen, or a table of changes.
    pick
        Of `profiles`: the compounds wanted, by id or name.
    cells, baseline, dose_um, hours, model
        Of what is predicted; see `drugexp.predict`.
    top
        How many raised and lowered genes are told, and looked at by ``over-representation``.
    gene_sets
        GMT files.
    test
        ``mean-z``, ``over-representation``, or ``gsea`` (gseapy's prerank; the extra ``enrichment``).
    regulons
        Table of ``source, target, weight``: their activity by a univariate linear model.
    least
        Sets and regulators with fewer genes among those of the profiles are left out.
    along
        Compare every two profiles that differ in ``compound``, ``cell``, ``dose`` or ``time`` alone.
    curve_genes
        Of dose-response curves, where profiles have several doses; none: the strongest at the highest dose.
    draws, seed
        Of shuffled genes.
    genes
        What your own names of genes stand for, in a table of `profiles` or `regulons`.
    data_dir
        The data folder.

    Raises
    ------
    DrugexpError
        With a sentence for the user.
    """
    if test not in TESTS:
        raise UsageError(unknown("test", test, TESTS))
    if along is not None and along not in ALONG:
        raise UsageError(unknown("thing to compare", along, ALONG))
    if top < 1 or least < 2 or draws < 1:
        raise UsageError("top and draws are 1 or more, least is 2 or more")
    own = None if genes is None else own_names(genes)
    paths = [gene_sets] if isinstance(gene_sets, (str, Path)) else list(gene_sets)
    sets = {name: found for path in paths for name, found in read_gmt(path).items()}
    notes: list[str] = []
    rejects = pd.DataFrame(columns=list(REJECT_COLUMNS))
    asked = isinstance(compounds, pd.DataFrame) or len(compounds) > 0
    if asked == (profiles is not None):
        raise UsageError(
            "no profile was asked for" if not asked else "compounds and profiles are two questions; give one of them",
            hint="Give compounds to predict, or measured profiles.",
        )
    if profiles is not None:
        found = _measured(profiles, data_dir, genes, notes).picked([pick] if isinstance(pick, str) else list(pick))
    else:
        made = outcome(
            [compounds] if isinstance(compounds, str) else compounds,
            cells=[cells] if isinstance(cells, str) else cells,
            baseline=baseline,
            dose_um=np.atleast_1d(np.asarray(dose_um, dtype=float)).tolist(),
            hours=np.atleast_1d(np.asarray(hours, dtype=float)).tolist(),
            model=model,
            smiles_column=smiles_column,
            id_column=id_column,
            progress=progress,
        )
        notes.extend(made.notes)
        rejects = made.queries.rejects
        if made.predictions is None:
            first = rejects.iloc[0]
            raise InputError(f"no compound can be used; the first: {first['value']!r}: {first['reason']}")
        found = of_predictions(made.predictions)
    if len(found) > MOST_PROFILES:
        raise UsageError(
            f"{len(found):,} profiles are too many to be told one by one (at most {MOST_PROFILES:,})",
            hint="Pick some of them with --pick, or give fewer compounds, cells or doses.",
        )
    tables: dict[str, pd.DataFrame] = {}
    queries = found.table
    if found.lower is not None and found.upper is not None:
        queries = queries.assign(clear_genes=((found.lower > 0) | (found.upper < 0)).sum(axis=1))
    if sets:
        tables["sets"], counts, note = set_table(found, sets, test=test, least=least, top=top, draws=draws, seed=seed)
        queries = queries.merge(counts, on="query")
        notes.append(note)
    if regulons is not None:
        known = read_regulons(regulons, found.genes, least=least, own=own)
        tables["activities"], counts = activity_table(found, known, seed=seed)
        queries = queries.merge(counts, on="query")
        notes.extend(known.notes)
    if along is not None:
        tables["pairs"], tables["differences"] = compare(found, along, top=top, draws=draws, seed=seed)
    chosen = [curve_genes] if isinstance(curve_genes, str) else list(curve_genes)
    tables["curves"], tables["trends"] = dose_tables(found, chosen)
    if chosen and tables["curves"].empty:
        raise UsageError("no compound has two doses, so there is no curve", hint="Give two doses or more.")
    strongest = strongest_genes(found, top)
    return Movement(queries, strongest, rejects, found.unit, found.coverage, found.kind, tuple(notes), **tables)


def _measured(
    profiles: str | Path | Screen, data_dir: str | Path | None, genes: NameTable | None, notes: list[str]
) -> Profiles:
    if isinstance(profiles, Screen):
        return of_measured(profiles)
    name = str(profiles)
    if format_of(Path(name)) not in TABLE_ENDINGS:
        return of_measured(read_screen(name, data_dir))
    table = read_signatures(name, landmark_axis(), genes=None if genes is None else own_names(genes))
    notes.extend(table.notes)
    return of_references(of_table(table, landmark_axis(), name), Unit.LOG2FC)
