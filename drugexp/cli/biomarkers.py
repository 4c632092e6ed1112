"""`drugexp biomarkers`."""

from __future__ import annotations

from typing import Annotated

import typer

from drugexp.cli.progress import progress_bar, teller


def biomarkers(
    profiles: Annotated[str, typer.Argument(help="Profiles of patients, measured or predicted, samples by genes.")],
    outcomes: Annotated[
        str | None, typer.Argument(help="A table of outcomes, patients in column 1; default: columns of the profiles.")
    ] = None,
    group: Annotated[str, typer.Option("--group", help="Column of classes.")] = "",
    positive: Annotated[str, typer.Option("--positive", help="The class a signature speaks for.")] = "",
    time: Annotated[str, typer.Option("--time", help="Column of survival times.")] = "",
    event: Annotated[str, typer.Option("--event", help="Column of events: 1 seen, 0 censored.")] = "",
    response: Annotated[str, typer.Option("--response", help="Column of a number.")] = "",
    covariate: Annotated[list[str] | None, typer.Option("--covariate", help="To adjust for; repeatable.")] = None,
    folds_by: Annotated[str, typer.Option("--folds-by", help="Column of what stays together, such as sites.")] = "",
    test: Annotated[str | None, typer.Option("--test", help="Profiles of other patients, to try it on.")] = None,
    test_outcomes: Annotated[str | None, typer.Option("--test-outcomes", help="Their outcomes.")] = None,
    folds: Annotated[int, typer.Option("--folds", min=2, help="Of the cross-validation.")] = 5,
    repeats: Annotated[int, typer.Option("--repeats", min=0, help="Of the shuffled control.")] = 20,
    errors: Annotated[float, typer.Option("--errors", min=0.01, help="Falsely stable genes to expect.")] = 1.0,
    ranks: Annotated[bool, typer.Option("--ranks", help="Test single genes by their ranks.")] = False,
    output: Annotated[
        str | None, typer.Option("-o", "--output", help="Genes as .csv, .tsv or .parquet; a page (.html); or a folder.")
    ] = None,
    simulated: Annotated[bool, typer.Option("--simulated", help="Say that these patients are made up.")] = False,
    seed: Annotated[int, typer.Option("--seed", min=0)] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No words and no progress.")] = False,
) -> None:
    """Find genes that tell an outcome, and how well they tell it in patients that were held out.

    Example: drugexp biomarkers profiles.csv outcomes.csv --time months --event died --covariate age -o biomarkers
    """
    from drugexp import api
    from drugexp.biology.biomarkers.study import Plan
    from drugexp.show.biomarkers_text import lines
    from drugexp.show.biomarkers_write import as_record, check_output, write_biomarkers

    check_output(output)
    plan = Plan(
        folds=folds,
        repeats=repeats,
        random=repeats,
        errors=errors,
        method="rank" if ranks else "parametric",
        seed=seed,
    )
    with progress_bar("trying genes", quiet) as progress:
        found = api.biomarkers(
            profiles,
            outcomes,
            group=group,
            positive=positive,
            time=time,
            event=event,
            response=response,
            covariates=covariate or [],
            folds_by=folds_by,
            test=test,
            test_outcomes=test_outcomes,
            plan=plan,
            progress=progress,
        )
    say = teller(quiet)
    notes = (
        (*found.notes, "these patients are simulated: nothing here is about real ones") if simulated else found.notes
    )
    for note in notes:
        say(note)
    if as_json:
        typer.echo(as_record(found.study, found.genes, notes))
    else:
        for line in lines(found.study, found.genes):
            typer.echo(line)
    if output is not None:
        write_biomarkers(found.study, found.genes, found.patients, notes, output)
        say(f"wrote {output}")
