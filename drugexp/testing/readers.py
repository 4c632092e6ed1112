"""The rules of readers."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from drugexp.contract import Screen
from drugexp.errors import DrugexpError
from drugexp.intake.hashes import sha256
from drugexp.intake.manifest import parse_manifest
from drugexp.intake.store import DataFolder
from drugexp.testing.rule import ConformanceError, expect, listed
from drugexp.testing.things import Thing


def example_of(manifest: str | Path) -> dict[str, Any]:
    """Return the ``files`` and ``manifest`` of a reader's check for the manifest at a path, whose files lie beside it.

    Raises
    ------
    DataError
        If the manifest cannot be read, or a file is missing or altered.
    """
    path = Path(manifest)
    told = parse_manifest(path)
    return {"files": DataFolder(path.parent).verify(told), "manifest": told}


class ReaderTrial:
    """A reader, the files of one data set, and its manifest.

    Parameters
    ----------
    thing
        The reader.
    files
        Path below the set's folder -> path.
    manifest
        As the reader is given it; its unit and gene namespace are what the screen must have.
    options
        Options of the reader.
    """

    def __init__(
        self, thing: Thing, *, files: Mapping[str, Path], manifest: Any, options: Mapping[str, Any] | None = None
    ) -> None:
        self.thing, self.title = thing, thing.title
        self.files, self.manifest, self.options = dict(files), manifest, dict(options or {})

    def read(self, files: Mapping[str, Path] | None = None) -> Any:
        """Return the screen."""
        return self.thing.loaded(self.files if files is None else files, self.manifest, **self.options)

    @cached_property
    def screen(self) -> Any:
        """The screen, read once."""
        return self.read()


def valid_screen(trial: ReaderTrial) -> None:
    """It returns a Screen with samples, in the manifest's unit and gene namespace."""
    found = trial.screen
    expect(isinstance(found, Screen), f"a {type(found).__name__} came, not a Screen")
    expect(len(found) > 0, "the screen has no samples")
    for what, came, wanted in (
        ("unit", found.unit, getattr(trial.manifest, "unit", None)),
        ("gene namespace", found.genes.namespace, getattr(trial.manifest, "gene_namespace", None)),
    ):
        expect(wanted is None or came == wanted, f"{what} {came!r} came; the manifest says {wanted!r}")


def same_twice(trial: ReaderTrial) -> None:
    """The same files give the same screen."""
    first, second = trial.screen, trial.read()
    expect(np.array_equal(first.values, second.values), "the values of a second reading differ")
    expect(first.genes == second.genes, "the genes of a second reading differ")
    expect(first.samples.equals(second.samples), "the samples of a second reading differ")


def writes_nothing(trial: ReaderTrial) -> None:
    """It leaves the files and their folder as they were."""
    with tempfile.TemporaryDirectory() as folder:
        files = _copied(trial, Path(folder))
        before = _folder(Path(folder))
        trial.read(files)
        expect(_folder(Path(folder)) == before, "it wrote beside its files, or into them")


def tells_damage(trial: ReaderTrial) -> None:
    """A file that is empty or missing is told in a sentence; one cut in half never ends in another error."""
    for name in trial.files:
        for what in ("empty", "missing", "cut in half"):
            with tempfile.TemporaryDirectory() as folder:
                files = _copied(trial, Path(folder))
                content = files[name].read_bytes()
                if what == "missing":
                    files[name].unlink()
                else:
                    files[name].write_bytes(content[: len(content) // 2] if what == "cut in half" else b"")
                try:
                    found = trial.read(files)
                except DrugexpError:
                    continue
                except Exception as error:
                    raise ConformanceError(
                        f"with {name} {what}, {type(error).__name__} came ({error}); expected a DrugexpError"
                    ) from error
                unused = np.array_equal(found.values, trial.screen.values)
                expect(unused or what == "cut in half", f"with {name} {what}, it read another screen all the same")


def _copied(trial: ReaderTrial, folder: Path) -> dict[str, Path]:
    files = {}
    for name, path in trial.files.items():
        files[name] = folder / name
        files[name].parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, files[name])
    return files


def _folder(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): sha256(p) for p in sorted(folder.rglob("*")) if p.is_file()}


RULES = listed(valid_screen, same_twice, writes_nothing, tells_damage)
