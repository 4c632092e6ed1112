"""The bundle: a trained pipeline as a folder of plain files.

``bundle.json`` names the files and their hashes, ``model.json`` holds
everything that is not an array, ``arrays.safetensors`` the arrays, and
``README.md`` is the model card. Loading runs no code from the folder.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from drugexp.contract import Block, Cells, Context, GeneAxis, Needs, Unit
from drugexp.errors import DrugexpError, ModelError, PluginError, UsageError
from drugexp.intake.atomic import atomic_path
from drugexp.learn.card import card_text
from drugexp.learn.conformal import Calibration
from drugexp.learn.domain import Domain
from drugexp.learn.models import Builder
from drugexp.learn.outcomes import Head
from drugexp.learn.pipeline import Pipeline
from drugexp.learn.recipe import ModelChoice
from drugexp.learn.state import flatten, unflatten
from drugexp.learn.transforms import Transform
from drugexp.registry import Registry

FORMAT = 1
_FILES = ("model.json", "arrays.safetensors", "README.md")


def save_bundle(pipeline: Pipeline, path: str | Path) -> Path:
    """Write a pipeline as a bundle folder; it appears under its name only when it is whole.

    Raises
    ------
    UsageError
        If the folder cannot be written or exists and is no bundle.
    """
    path = check_bundle_path(path)
    tree, arrays = flatten(_to_state(pipeline))
    contents = {
        "model.json": json.dumps(tree, indent=1, sort_keys=True).encode(),
        "arrays.safetensors": save_arrays(arrays),
        "README.md": card_text(pipeline).encode(),
    }
    index = {
        "format": FORMAT,
        "files": {n: {"sha256": hashlib.sha256(c).hexdigest(), "bytes": len(c)} for n, c in contents.items()},
    }
    with atomic_path(path) as part:
        part.mkdir()
        for name, content in contents.items():
            (part / name).write_bytes(content)
        (part / "bundle.json").write_text(json.dumps(index, indent=1))
    return path


def check_bundle_path(path: str | Path) -> Path:
    """Refuse a bundle folder that cannot be written, before any work is done.

    Raises
    ------
    UsageError
        If the folder above is missing, or something that is no bundle stands there.
    """
    path = Path(path)
    if not path.absolute().parent.is_dir():
        raise UsageError(f"there is no folder {str(path.absolute().parent)!r}", hint="Make it first.")
    if path.exists() and not (path / "bundle.json").is_file():
        raise UsageError(f"{str(path)!r} exists and is not a bundle", hint="Choose another output folder.")
    return path


def load_bundle(path: str | Path, registry: Registry) -> Pipeline:
    """Read a bundle folder.

    Raises
    ------
    ModelError
        If a file is missing, truncated or altered, or the format is another one.
    PluginError
        If the plugin the model comes from is not there.
    """
    path = Path(path)
    contents = _verified(path)
    try:
        arrays = load_arrays(contents["arrays.safetensors"])
        return _from_state(unflatten(json.loads(contents["model.json"]), arrays), registry)
    except DrugexpError:
        raise
    except Exception as error:  # whatever a strange file makes the readers or a plugin trip over
        raise ModelError(f"the bundle cannot be read: {type(error).__name__}: {error}", where=str(path)) from error


def _verified(path: Path) -> dict[str, bytes]:
    """Return the contents of the bundle's files after checking their hashes."""
    if not (path / "bundle.json").is_file():
        raise ModelError("this is not a model bundle (no bundle.json in it)", where=str(path))
    try:
        index = json.loads((path / "bundle.json").read_text())
        stated, files = index["format"], {n: index["files"][n]["sha256"] for n in _FILES}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError("its bundle.json is damaged", where=str(path), hint="Copy the bundle again.") from error
    if stated != FORMAT:
        raise ModelError(f"the bundle has format {stated}; this drugexp reads format {FORMAT}", where=str(path))
    contents = {}
    for name, expected in files.items():
        try:
            contents[name] = (path / name).read_bytes()
        except OSError as error:
            raise ModelError(f"{name} cannot be read: {error.strerror}", where=str(path)) from error
        if hashlib.sha256(contents[name]).hexdigest() != expected:
            raise ModelError(
                f"{name} was changed or cut short after the bundle was made",
                where=str(path),
                hint="Copy the bundle again or train it anew.",
            )
    return contents


def _to_state(p: Pipeline) -> dict[str, Any]:
    return {
        "name": p.name,
        "model": p.model.model_dump(mode="json"),
        "fitted": p.fitted.state(),
        "genes": p.genes.state(),
        "unit": p.unit.value,
        "transform": {"steps": list(p.transform.steps), "scale": p.transform.scale},
        "needs": {"compound": list(p.needs.compound), "cell": list(p.needs.cell), "smiles": p.needs.smiles},
        "states": {name: dict(state) for name, state in p.states.items()},
        "cells": _cells_state(p.cells),
        "calibration": None if p.calibration is None else vars(p.calibration),
        "domain": None if p.domain is None else {f.name: getattr(p.domain, f.name) for f in fields(p.domain)},
        "card": dict(p.card),
        **({"outcomes": [head.state() for head in p.outcomes]} if p.outcomes else {}),
    }


def _cells_state(cells: Cells) -> dict[str, Any]:
    blocks = [
        {
            "name": name,
            "values": np.asarray(b.values),
            "unit": b.unit.value,
            "ids": list(b.features.ids),
            "namespace": b.features.namespace,
        }
        for name, b in cells.blocks.items()
    ]
    return {"ids": list(cells.ids), "blocks": blocks}


def _insist_on_plugin(choice: ModelChoice, home: str, registry: Registry) -> None:
    try:
        registry.entry(("model", "network"), choice.name)
    except UsageError:
        raise PluginError(
            f"the bundle holds a {choice.bare!r} of the distribution {home!r}, which is not here or does not load.",
            hint=f"pip install {home}; `drugexp plugins doctor` tells what is wrong with one that is there.",
        ) from None


def _from_state(s: dict[str, Any], registry: Registry) -> Pipeline:
    choice = ModelChoice.model_validate(s["model"])
    home = choice.name.partition(":")[0]
    _insist_on_plugin(choice, home, registry)
    builder = Builder(registry, home=home)
    model, options = builder.build(choice.name, choice.options)
    blocks = {
        b["name"]: Block(b["values"], GeneAxis(tuple(b["ids"]), b["namespace"]), Unit(b["unit"]))
        for b in s["cells"]["blocks"]
    }
    calibration, domain = s["calibration"], s["domain"]
    if domain is not None:
        fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in domain.items()}
        domain = Domain(**fields)
    return Pipeline(
        name=s["name"],
        model=choice,
        fitted=model.restore(s["fitted"], options, context=Context(models=builder)),
        genes=GeneAxis.restore(s["genes"]),
        unit=Unit(s["unit"]),
        transform=Transform(tuple(s["transform"]["steps"]), s["transform"]["scale"]),
        needs=Needs(tuple(s["needs"]["compound"]), tuple(s["needs"]["cell"]), s["needs"]["smiles"]),
        states=dict(s["states"]),
        cells=Cells(tuple(s["cells"]["ids"]), blocks),
        calibration=None if calibration is None else Calibration(**calibration),
        domain=domain,
        card=s["card"],
        outcomes=tuple(Head.restore(head) for head in s.get("outcomes", ())),
    )
