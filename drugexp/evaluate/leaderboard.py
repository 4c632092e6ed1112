"""Runs a plan: every model in every fold, each scored against what it never saw."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from drugexp.contract import Engine, Progress, silent
from drugexp.errors import ModelError, UsageError
from drugexp.evaluate.board import PROFILE_COLUMNS, Leaderboard
from drugexp.evaluate.jobs import pending
from drugexp.evaluate.plan import Plan, check_plan, read_plan
from drugexp.evaluate.render import write
from drugexp.evaluate.results import Results
from drugexp.evaluate.rows import Row, plan_rows
from drugexp.evaluate.run import Run
from drugexp.evaluate.screens import Material, read_material
from drugexp.evaluate.tuning.nested import sentence, settle
from drugexp.evaluate.tuning.search import check_search
from drugexp.learn.models import Builder
from drugexp.learn.splits import Split
from drugexp.registry import Registry
from drugexp.represent.cache import FeatureStore

__all__ = ["Leaderboard", "Plan", "evaluate", "read_plan", "run_plan"]

Say = Callable[[str], None]


def run_plan(
    plan: Plan,
    *,
    registry: Registry,
    data_dir: str | Path | None = None,
    output: str | Path | None = None,
    beside: Path | None = None,
    engine: Engine | None = None,
    progress: Progress | None = None,
    say: Say | None = None,
) -> Leaderboard:
    """Read the plan's data, run it, and write the leaderboard where an output folder is named.

    Each model x split x fold is kept in the folder as it is done; the same
    plan run again goes on from there.

    Parameters
    ----------
    plan
        What to run.
    registry
        Where readers, models, splitters and metrics are found.
    data_dir
        The data folder; default: ``DRUGEXP_DATA`` or the user's cache.
    output
        Folder for the leaderboard and the results.
    beside
        The plan's folder, in which ``.screen`` folders are looked for first.
    engine
        Computes what the output folder does not hold yet, before the plan is run; None: the plan does so itself.
    progress, say
        Told how far it is, and what the user should know.

    Raises
    ------
    DrugexpError
        With a sentence for the user.
    """
    check_rows(plan, registry)
    if engine is not None and output is None:
        raise UsageError("an engine keeps results in an output folder; name one")
    results = Results.below(output)
    material = read_material(plan, registry, data_dir, say, beside=beside)
    if engine is not None:
        run = Run(plan, material, registry, results, None, settle)
        engine.run(pending(run, data_dir=data_dir, output=str(output), beside=beside), progress=progress or silent)
    board = evaluate(
        plan, material, registry, results=results, store=FeatureStore.default(), progress=progress, say=say
    )
    if output is not None:
        write(board, Path(output))
    return board


def evaluate(
    plan: Plan,
    material: Material,
    registry: Registry,
    *,
    results: Results | None = None,
    store: FeatureStore | None = None,
    progress: Progress | None = None,
    say: Say | None = None,
) -> Leaderboard:
    """Run a plan on screens that are in memory; see `run_plan`.

    Parameters
    ----------
    material
        The screens of the plan, in its order, and the cells known by name.
    results
        Where each result is kept as it is done.
    store
        Cache of features on disk.
    """
    check_rows(plan, registry)
    notes = list(material.notes)

    def tell(sentence: str) -> None:
        notes.append(sentence)
        if say is not None:
            say(sentence)

    primary = material.screens[0]
    run = Run(plan, material, registry, results or Results(None), store, settle)
    rows = plan_rows(plan, primary, registry, tell)
    splits = [(name, split) for name in plan.splits for split in run.splits(name)]
    if not splits:
        raise UsageError(f"none of the folds {plan.only_folds} exists")
    done, total = 0, len(splits) * len(rows)
    tables, runs, proofs = [], [], {}
    for name, split in splits:
        proofs[f"{name} {split.fold}"] = dict(split.proof)
        truth = run.truth(split)
        tables += run.ceilings(name, split, truth)
        for row in rows:
            if progress is not None:
                progress(done, total, f"{name} fold {split.fold}: {row.label}")
            try:
                scores = run.result(name, split, row, truth)
            except ModelError as error:
                tell(f"{row.label} has no score in {name} fold {split.fold}: {error}")
            else:
                cost = {"seconds": scores.attrs["seconds"], "memory_mb": scores.attrs.get("memory_mb")}
                runs.append({"split": name, "fold": split.fold, "model": row.label, **cost})
                tables.append(scores)
                if "tuned" in scores.attrs:
                    tell(sentence(row.label, f"{name} fold {split.fold}", scores.attrs["tuned"]))
            done += 1
    if progress is not None:
        progress(total, total)
    if not runs:
        raise ModelError("no model could be scored", hint=notes[-1])
    for table in tables:
        table.attrs = {}
    scores = pd.concat(tables, ignore_index=True)
    profiles = _profiles(run, splits, rows, tell)
    return Leaderboard(
        plan=plan,
        scores=scores,
        profiles=profiles,
        runs=pd.DataFrame(runs),
        samples=primary.samples,
        proofs=proofs,
        unit=run.unit,
        data=tuple({"name": s.name, "profiles": len(s), **dict(s.provenance)} for s in material.screens),
        notes=tuple(dict.fromkeys(notes)),
    )


def _profiles(run: Run, splits: list[tuple[str, Split]], rows: list[Row], tell: Say) -> pd.DataFrame:
    """Return for each row and held-out profile what `Leaderboard.profiles` holds; tell of rows without intervals."""
    tables = []
    for name in run.plan.splits:
        own = [split for kind, split in splits if kind == name]
        near = pd.concat([run.domain(name, split) for split in own], ignore_index=True)
        for row in rows:
            found = run.intervals(name, own, row)
            table = near.assign(model=row.label)
            if found is None and run.lacks_residuals(name, own, row):
                tell(
                    f"{row.label} has no intervals in {name}: an earlier version kept its scores without its "
                    "residuals; evaluate into a new folder to have them"
                )
            if found is not None:
                table = table.merge(found.drop(columns="fold"), on=["split", "model", "sample"], how="left")
            tables.append(table)
    return pd.concat(tables, ignore_index=True).reindex(columns=PROFILE_COLUMNS)


def check_rows(plan: Plan, registry: Registry) -> None:
    """Refuse what cannot be run, before any data are read."""
    check_plan(plan, registry.names("splitter"))
    for choice in plan.models:
        registry.entry(("model", "network"), choice.name)
        if choice.tune is not None:
            check_search(choice, choice.tune, Builder(registry))
