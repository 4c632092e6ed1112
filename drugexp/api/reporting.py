"""Predictions as a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

import pandas as pd

from drugexp.api.explaining import explain
from drugexp.api.models import DEFAULT, bundle_folder, bundle_hash, load, model_folders
from drugexp.api.predicting import Outcome, outcome
from drugexp.biology.movement.profiles import of_predictions
from drugexp.biology.movement.set_tables import set_table
from drugexp.contract import Progress, silent
from drugexp.errors import UsageError
from drugexp.intake.atomic import atomic_path
from drugexp.intake.gene_sets import read_gmt
from drugexp.learn.pipeline import Pipeline
from drugexp.predict.predictions import Predictions
from drugexp.predict.queries import rejections
from drugexp.screening.folder import Folder
from drugexp.show.hits_page import hits_sections
from drugexp.show.report_page import Report, Told, report_page
from drugexp.show.report_why import told_why

MOST = 120
"""Predictions on one page."""
HITS = 5
"""Best rows of each signature that a page on a screen shows in full."""
MOVED = 6
"""Gene sets told of each prediction."""
LISTED = 30
"""Best rows of each signature that it lists."""


@dataclass(frozen=True)
class Reported:
    """What came of a report.

    Attributes
    ----------
    path
        The page.
    outcome
        The predictions on it, rejected rows, and notes.
    """

    path: Path
    outcome: Outcome


def report(
    compounds: str | Path | Sequence[str] | pd.DataFrame = (),
    output: str | Path = "report.html",
    *,
    cells: Sequence[str] = (),
    baseline: str | Path | pd.DataFrame | None = None,
    baseline_scale: str | None = None,
    dose_um: Sequence[float] = (),
    hours: Sequence[float] = (),
    queries: str | Path | pd.DataFrame | None = None,
    model: str | Path | Pipeline | None = None,
    top: int = HITS,
    why: bool = True,
    gene_sets: str | Path | Sequence[str | Path] = (),
    smiles_column: str | None = None,
    id_column: str | None = None,
    progress: Progress = silent,
) -> Reported:
    """Write predictions as one page to read, print and send; it needs nothing beside itself.

    Parameters
    ----------
    compounds
        SMILES, files, or a table, as `predict` takes them; or the folder of a screen that was held against
        signatures: its best rows are then shown.
    output
        An ``.html`` file.
    cells, baseline, baseline_scale, dose_um, hours, queries, smiles_column, id_column
        As in `predict`.
    model
        Name, bundle folder, or what `load` returned; default: the bundled one, or that of the screen.
    top
        Of a screen: how many of the best rows of each signature are shown in full.
    why
        Whether atoms are coloured by what they add to the length of the profile, in the first condition of each
        compound.
    gene_sets
        GMT files; the sets that move most are told of each prediction, as `signature` tests them.
    progress
        Told how far the predictions are, then how far the explanations.

    Raises
    ------
    DrugexpError
        With a sentence, if nothing can be predicted, or more than fits on a page.
    """
    target = Path(output)
    if target.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"a report is an .html file, not {target.name}")
    if not target.parent.is_dir():
        raise UsageError(f"there is no folder {target.parent}")
    paths = [gene_sets] if isinstance(gene_sets, (str, Path)) else list(gene_sets)
    sets = {name: genes for path in paths for name, genes in read_gmt(path).items()}
    given = [str(compounds)] if isinstance(compounds, (str, Path)) else compounds
    screen = _screen_in(given)
    title = before = ""
    if screen is not None:
        if cells or len(dose_um) or len(hours) or queries is not None or baseline is not None:
            raise UsageError("a screen has its cells, doses and times; give nothing else beside its folder")
        model = _model_of(screen, model)
        hits = _hits(screen)
        title, before = f"The best of {screen.path.name}", _told(screen, hits)
        queries, given = _queries(hits, top), ()
    pipeline = model if isinstance(model, Pipeline) else load(DEFAULT if model is None else model)
    found = outcome(
        given,
        cells=cells,
        baseline=baseline,
        baseline_scale=baseline_scale,
        dose_um=dose_um,
        hours=hours,
        queries=queries,
        model=pipeline,
        smiles_column=smiles_column,
        id_column=id_column,
        progress=progress,
        most=MOST,
    )
    if found.predictions is None:
        return Reported(target, found)
    rejected = rejections(found.queries.rejects)
    told = _why(found.predictions, pipeline, baseline, baseline_scale, progress) if why else {}
    notes = list(found.notes)
    if sets:
        moved, note = _moved(found.predictions, sets)
        notes.append(note)
        none = Told()
        told = told | {at: replace(told.get(at, none), pathways=p, beside=b) for at, (p, b) in moved.items()}
    page = report_page(
        Report(found.predictions, pipeline.card, told, rejected, notes=notes, title=title, before=before)
    )
    with atomic_path(target) as part:
        part.write_text(page, encoding="utf-8")
    return Reported(target, found)


def _why(
    found: Predictions,
    pipeline: Pipeline,
    baseline: str | Path | pd.DataFrame | None,
    baseline_scale: str | None,
    progress: Progress,
) -> dict[int, Told]:
    """Return what drives the first prediction of each compound."""
    first = found.table.reset_index(drop=True).drop_duplicates(["compound_id", "smiles"])
    queries = first[["compound_id", "smiles", "cell", "dose_um", "hours"]]
    explained = explain(
        queries=queries, baseline=baseline, baseline_scale=baseline_scale, model=pipeline, progress=progress
    )
    return {int(at): told_why(one) for at, one in zip(first.index, explained, strict=True)}


def _moved(found: Predictions, sets: Mapping[str, Sequence[str]]) -> tuple[dict[int, tuple[pd.DataFrame, str]], str]:
    """Return the gene sets that move most in each prediction, what chance would give, and how many could be tested."""
    profiles = of_predictions(found)
    table, counts, note = set_table(profiles, sets)
    columns = ["set", "genes", "score", "q_value", "strongest"]
    table = table.assign(strongest=table["strongest"].str.replace("|", ", "))
    first = {query: part[columns].head(MOVED) for query, part in table.groupby("query", sort=False)}
    beside = {
        row[
            "query"
        ]: f"{row['sets_found']:.0f} sets with q below 0.05; {row['sets_by_chance']:.1f} with shuffled genes."
        for _, row in counts.iterrows()
    }
    return {at: (first[query], beside[query]) for at, query in enumerate(profiles.table["query"])}, note


def _screen_in(compounds: Sequence[str] | pd.DataFrame) -> Folder | None:
    if isinstance(compounds, pd.DataFrame) or len(compounds) != 1 or not Path(compounds[0]).is_dir():
        return None
    found = Folder(compounds[0])
    found.manifest()
    return found


def _model_of(screen: Folder, model: str | Path | Pipeline | None) -> str | Path | Pipeline:
    """Return the model of a screen, or the one that is given in its place if it is the same."""
    told = screen.manifest()
    if isinstance(model, Pipeline):
        return model
    chosen = told["model"] if model is None else model
    if model is None and chosen not in model_folders():
        raise UsageError(
            f"the screen was made with model {chosen}, which is not among the models that can be named",
            where=str(screen.path),
            hint="Give its bundle folder as --model.",
        )
    if bundle_hash(bundle_folder(chosen)) != told["bundle"]:
        raise UsageError(
            f"the screen was made with another bundle of model {told['model']}",
            where=str(screen.path),
            hint="Give that bundle's folder as --model.",
        )
    return chosen


def _hits(screen: Folder) -> pd.DataFrame:
    file = screen.path / "hits.csv"
    if not file.is_file():
        raise UsageError(
            "this screen has no hits",
            where=str(screen.path),
            hint="Hits come of a screen against signatures (--against) that was finished; else name compounds.",
        )
    text = ("signature", "compound_id", "smiles", "cell", "domain_reason", "nearest_compound")
    return pd.read_csv(file, dtype=dict.fromkeys(text, str)).fillna(dict.fromkeys(text, ""))


def _queries(hits: pd.DataFrame, top: int) -> pd.DataFrame:
    names = [name for name in ("compound_id", "smiles", "cell", "dose_um", "hours") if name in hits]
    return hits.loc[hits["rank"] <= top, names].drop_duplicates()


def _told(screen: Folder, hits: pd.DataFrame) -> str:
    told = screen.manifest()
    cells = ", ".join(told["cells"]) or "pooled over cells"
    words = [f"Screened: {', '.join(str(name) for name, _ in told['library'])}, in {cells}"]
    words += [f"at {', '.join(f'{d:g}' for d in told['dose_um'])} uM"] if told["dose_um"] else []
    words += [f"after {', '.join(f'{h:g}' for h in told['hours'])} h"] if told["hours"] else []
    return f"<p>{escape(' '.join(words))}.</p>{hits_sections(hits, LISTED)}"
