"""Leaderboards from a plan."""

from __future__ import annotations

from pathlib import Path

from drugexp.contract import Progress, silent
from drugexp.errors import UsageError
from drugexp.evaluate.curve import Curve
from drugexp.evaluate.curve import learning_curve as run_curve
from drugexp.evaluate.leaderboard import Leaderboard, check_rows, read_plan, run_plan
from drugexp.evaluate.results import Results
from drugexp.evaluate.screens import read_material
from drugexp.predict.compilation import use_persistent_cache
from drugexp.predict.engines.choice import make_engine
from drugexp.registry import discover
from drugexp.represent.cache import FeatureStore
from drugexp.show.curve_page import write_curve
from drugexp.show.leaderboard_page import write_page


def evaluate(
    plan: str | Path,
    *,
    output: str | Path | None = None,
    data_dir: str | Path | None = None,
    engine: str | None = None,
    workers: int | None = None,
    progress: Progress = silent,
) -> Leaderboard:
    """Score models over splits and folds as a plan says, with every baseline and control beside them.

    Parameters
    ----------
    plan
        A TOML file.
    output
        Folder of the leaderboard, as text, tables and a page (``leaderboard.html``); a run that was stopped goes on
        there.
    data_dir
        The data folder; default: ``DRUGEXP_DATA`` or the user's cache.
    engine
        Name of what fits the models, such as ``local`` (several processes); default: this process. Needs an output.
    workers
        How many processes an engine uses; default: its own choice.
    progress
        Told how far it is.

    Raises
    ------
    DrugexpError
        With a sentence for the user.
    """
    if workers is not None and engine is None:
        raise UsageError("workers are those of an engine; name one, such as 'local'")
    use_persistent_cache()
    registry = discover()
    options = {} if workers is None else {"workers": workers}
    board = run_plan(
        read_plan(plan),
        registry=registry,
        data_dir=data_dir,
        output=output,
        beside=Path(plan).parent,
        engine=None if engine is None else make_engine(registry, engine, options),
        progress=progress,
    )
    if output is not None:
        write_page(board, Path(output))
    return board


def learning_curve(
    plan: str | Path,
    *,
    output: str | Path | None = None,
    data_dir: str | Path | None = None,
    progress: Progress = silent,
) -> Curve:
    """Score the rows of a plan with ever more training compounds, as its `learning_curve` says.

    Parameters
    ----------
    plan
        A TOML file.
    output
        Folder of the curve (``learning_curve.html``, ``.md``, ``.csv``); a run that was stopped goes on there.
    data_dir
        The data folder; default: ``DRUGEXP_DATA`` or the user's cache.
    progress
        Told how far it is.

    Raises
    ------
    DrugexpError
        With a sentence for the user.
    """
    use_persistent_cache()
    registry, told = discover(), read_plan(plan)
    check_rows(told, registry)
    results = Results.below(output)
    material = read_material(told, registry, data_dir, beside=Path(plan).parent)
    curve = run_curve(told, material, registry, results=results, store=FeatureStore.default(), progress=progress)
    if output is not None:
        write_curve(curve, Path(output))
    return curve
