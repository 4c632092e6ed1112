"""Choosing a model's settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from drugexp.contract import Progress, parse_options, silent
from drugexp.errors import UsageError
from drugexp.evaluate.tuning.outcome import Found
from drugexp.evaluate.tuning.report import STUDY, best_recipe, sentences, write
from drugexp.evaluate.tuning.search import check_optuna, search
from drugexp.evaluate.tuning.settings import Search, TuneConfig, read_config
from drugexp.evaluate.tuning.work import folds_of, jobs_of
from drugexp.intake.fetch.locks import held
from drugexp.learn.recipe import Recipe
from drugexp.predict.compilation import use_persistent_cache
from drugexp.predict.engines.choice import make_engine
from drugexp.registry import discover
from drugexp.show.path_page import write_path


@dataclass(frozen=True, eq=False)
class Tuned:
    """A tuned model.

    Attributes
    ----------
    recipe
        With the best settings; `drugexp.train` takes it.
    found
        All variants, the best, and how much its score owes to the choice.
    sentences
        What there is to say of it.
    """

    recipe: Recipe
    found: Found
    sentences: tuple[str, ...]


def tune(
    config: str | Path | TuneConfig,
    *,
    output: str | Path | None = None,
    data_dir: str | Path | None = None,
    trials: int | None = None,
    jobs: int = 1,
    progress: Progress = silent,
    say: Callable[[str], None] = silent,
) -> Tuned:
    """Choose the settings of a recipe's model on inner folds of whole scaffolds.

    Parameters
    ----------
    config
        A TOML file: a recipe, and how it is searched in a table ``[tune]``.
    output
        Folder for the best recipe, the table of variants, a summary and the search itself, which goes on there.
    data_dir
        The data folder; default: ``DRUGEXP_DATA`` or the user's cache.
    trials
        How many variants, in the place of what the config says.
    jobs
        How many processes try variants; more than one need an output.
    progress, say
        Told how far it is.

    Raises
    ------
    DrugexpError
        With a sentence for the user.
    """
    check_optuna()
    beside = None if isinstance(config, TuneConfig) else Path(config).parent
    config = config if isinstance(config, TuneConfig) else read_config(config)
    if trials is not None:
        told = {**config.tune.model_dump(exclude_unset=True), "trials": trials}
        config = config.model_copy(update={"tune": parse_options(Search, told, where="tune")})
    if jobs < 1 or (jobs > 1 and output is None):
        raise UsageError("one process tries the variants, or several that share an output folder", where="jobs")
    use_persistent_cache()
    registry = discover()
    inner = folds_of(config, registry, data_dir=data_dir, beside=beside, say=say)
    if output is None:
        found = search(inner, progress=progress)
        recipe = best_recipe(config, found)
        return Tuned(recipe, found, tuple(sentences(found, config.tune.path)))
    folder = Path(output)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / STUDY

    def in_processes() -> None:
        engine = make_engine(registry, "local", {"workers": jobs})
        engine.run(jobs_of(config, file, jobs, data_dir=data_dir, beside=beside), progress=progress)

    def busy() -> None:
        raise UsageError("another process is at work on this search", where=str(file))

    with held(file.with_suffix(".lock"), busy):
        found = search(inner, file=file, helpers=in_processes if jobs > 1 else None, progress=progress)
    recipe = write(config, found, folder, beside=beside)
    if config.tune.path:
        write_path(found, config.tune.path, config.name, folder)
    return Tuned(recipe, found, tuple(sentences(found, config.tune.path)))
