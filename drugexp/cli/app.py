"""The entry point: commands, errors as sentences, exit codes."""

from __future__ import annotations

import sys
from typing import Any

import typer

from drugexp.cli import (
    baseline,
    biomarkers,
    connect,
    data,
    evaluate,
    explain,
    integrate,
    models,
    network,
    plugins,
    predict,
    report,
    response,
    screen,
    signature,
    train,
    tune,
)
from drugexp.cli.outlets import open_outlets, output_unread
from drugexp.cli.verbs import WithPlugins
from drugexp.errors import DrugexpError
from drugexp.memory import collect_seldom


class _Quiet(WithPlugins):
    """Leaves as a tool in a pipeline should when it is interrupted or its reader has left (`| head`)."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        """Run the command; typer would answer these two in its own words and codes."""
        try:
            found = super().invoke(ctx)
            sys.stdout.flush()
        except KeyboardInterrupt:
            typer.echo("drugexp: interrupted", err=True)
            raise typer.Exit(130) from None
        except BrokenPipeError:
            output_unread()
            raise typer.Exit(0) from None
        return found


app = typer.Typer(
    name="drugexp",
    cls=_Quiet,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="What will this compound do to the expression of every gene in these cells?",
)
app.command("predict")(predict.predict)
app.command("screen")(screen.screen)
app.command("report")(report.report)
app.command("explain")(explain.explain)
app.command("signature")(signature.signature)
app.command("connect")(connect.connect)
app.command("train")(train.train)
app.command("tune")(tune.tune)
app.command("evaluate")(evaluate.evaluate)
app.command("network")(network.network)
app.command("integrate")(integrate.integrate)
app.command("biomarkers")(biomarkers.biomarkers)
app.add_typer(baseline.app, name="baseline")
app.add_typer(response.app, name="response")
app.add_typer(models.app, name="models")
app.add_typer(plugins.app, name="plugins")
app.add_typer(data.app, name="data")


def _version(wanted: bool) -> None:
    if wanted:
        from drugexp import __version__

        typer.echo(f"drugexp {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
    debug: bool = typer.Option(False, "--debug", help="Show a traceback when something fails."),
) -> None:
    # `main` reads --debug itself, so that it may stand anywhere in the line, and hands it on as the context's object.
    return None


def main() -> None:
    """Run a command; a failure is one sentence on standard error and an exit code."""
    collect_seldom()
    open_outlets()
    debug = "--debug" in sys.argv
    sys.argv = [a for a in sys.argv if a != "--debug"]
    try:
        app(prog_name="drugexp", obj={"debug": debug})
    except DrugexpError as error:
        if debug:
            raise
        typer.echo(f"drugexp: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        typer.echo("drugexp: interrupted", err=True)
        sys.exit(130)
    except MemoryError:
        if debug:
            raise
        typer.echo("drugexp: this needs more memory than there is", err=True)
        sys.exit(5)
    except Exception as error:
        if debug:
            raise
        typer.echo(f"drugexp: unexpected {type(error).__name__}: {error} (run again with --debug)", err=True)
        sys.exit(5)
