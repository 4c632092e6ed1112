"""The job that a process does for a search."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from drugexp.contract import parse_options
from drugexp.evaluate.plan import Plan, PlanModel, PlanScreen
from drugexp.evaluate.results import Results
from drugexp.evaluate.run import Run
from drugexp.evaluate.screens import read_material
from drugexp.evaluate.tuning.inner import Inner, inner_folds
from drugexp.evaluate.tuning.nested import settle
from drugexp.evaluate.tuning.search import help_search
from drugexp.evaluate.tuning.settings import TuneConfig
from drugexp.learn.models import Builder
from drugexp.predict.compilation import use_persistent_cache
from drugexp.registry import Registry, discover
from drugexp.represent.cache import FeatureStore


def folds_of(
    config: TuneConfig,
    registry: Registry,
    *,
    data_dir: str | Path | None = None,
    beside: Path | None = None,
    say: Callable[[str], None] | None = None,
) -> Inner:
    """Read the screens of a recipe and return the folds on which its model is tuned.

    Raises
    ------
    DrugexpError
        If the model or a data set is unknown or unreadable.
    """
    Builder(registry).build(config.model.name, config.model.options)
    plan = Plan(
        name=config.name,
        seed=config.seed,
        screens=tuple(PlanScreen(**dict(choice)) for choice in config.screens),
        cells=config.cells,
        omics=config.omics,
        models=(PlanModel(**dict(config.model)),),
        baselines=False,
        valid_share=config.valid_share,
    )
    material = read_material(plan, registry, data_dir, say, beside=beside)
    run = Run(plan, material, registry, Results(None), FeatureStore.default(), settle)
    return inner_folds(run, config.model, config.tune, material.screens, material.truth)


def jobs_of(
    config: TuneConfig, file: Path, count: int, *, data_dir: str | Path | None, beside: Path | None
) -> list[dict[str, Any]]:
    """Return one job for each process that is to work on a search."""
    place = {
        "config": config.model_dump(mode="json", exclude_unset=True),
        "file": str(file.absolute()),
        "data_dir": None if data_dir is None else str(Path(data_dir).absolute()),
        "beside": None if beside is None else str(beside.absolute()),
    }
    return [{"call": f"{__name__}:help_with", "arguments": place}] * count


def help_with(config: dict[str, Any], file: str, data_dir: str | None, beside: str | None) -> dict[str, Any]:
    """Work on a search until its variants are tried; the job behind `jobs_of`."""
    use_persistent_cache()
    told = parse_options(TuneConfig, config)
    inner = folds_of(told, discover(), data_dir=data_dir, beside=None if beside is None else Path(beside))
    help_search(inner, Path(file))
    return {}
