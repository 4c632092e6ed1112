"""The parts of an evaluation as jobs that any engine can run; each keeps its result in the output folder."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from drugexp.contract import parse_options, silent
from drugexp.errors import ModelError, UsageError
from drugexp.evaluate.plan import Plan
from drugexp.evaluate.results import Results
from drugexp.evaluate.rows import plan_rows
from drugexp.evaluate.run import Run
from drugexp.evaluate.screens import read_material
from drugexp.evaluate.tuning.nested import settle
from drugexp.predict.compilation import use_persistent_cache
from drugexp.registry import discover
from drugexp.represent.cache import FeatureStore


def pending(
    run: Run, *, data_dir: str | Path | None, output: str | Path, beside: str | Path | None
) -> list[dict[str, Any]]:
    """Return one job for each row of each fold whose result is not kept yet.

    Parameters
    ----------
    run
        The plan on its screens.
    data_dir, output, beside
        As of `run_plan`; jobs name them in full, so that they may be run from anywhere.
    """
    place = {
        "plan": run.plan.model_dump(mode="json"),
        "data_dir": _absolute(data_dir),
        "output": _absolute(output),
        "beside": _absolute(beside),
    }
    rows = plan_rows(run.plan, run.material.screens[0], run.registry, silent)
    return [
        {
            "call": f"{__name__}:keep_result",
            "arguments": {"place": place, "split": name, "fold": split.fold, "row": row.label},
        }
        for name in run.plan.splits
        for split in run.splits(name)
        for row in rows
        if run.known(name, split, row) is None
    ]


def keep_result(place: dict[str, Any], split: str, fold: int, row: str) -> dict[str, Any]:
    """Compute the scores of one row in one fold and keep them; the job behind `pending`.

    Parameters
    ----------
    place
        ``plan`` as JSON, and the folders ``data_dir``, ``output`` and ``beside``.
    split, fold, row
        Which.

    Returns
    -------
    dict
        ``{}``, or the reason why the row has no score in ``failed``. A model that fails
        ends no evaluation: the plan tells it when it comes to this row.
    """
    run = _run(json.dumps(place, sort_keys=True))
    found = next((s for s in run.splits(split) if s.fold == fold), None)
    rows = {r.label: r for r in plan_rows(run.plan, run.material.screens[0], run.registry, silent)}
    if found is None or row not in rows:
        raise UsageError(f"the plan has no row {row!r} in fold {fold} of {split}")
    try:
        run.result(split, found, rows[row], run.truth(found))
    except ModelError as error:
        return {"failed": str(error)}
    return {}


@lru_cache(maxsize=1)
def _run(place: str) -> Run:
    """Read the screens of a plan once for all its jobs that a process runs."""
    told = json.loads(place)
    plan, registry = parse_options(Plan, told["plan"]), discover()
    use_persistent_cache()
    beside = None if told["beside"] is None else Path(told["beside"])
    material = read_material(plan, registry, told["data_dir"], beside=beside)
    return Run(plan, material, registry, Results.below(told["output"]), FeatureStore.default(), settle)


def _absolute(path: str | Path | None) -> str | None:
    return None if path is None else str(Path(path).absolute())
