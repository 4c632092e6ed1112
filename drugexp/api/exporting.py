"""Models for hosts without drugexp."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np
from safetensors.numpy import save

import drugexp
from drugexp.api.models import DEFAULT, load
from drugexp.errors import InputError, UsageError
from drugexp.intake.atomic import atomic_path
from drugexp.learn.pipeline import Pipeline, describe_cells
from drugexp.predict.engine import factors_of
from drugexp.predict.exporting import check_platforms, export
from drugexp.registry import Registry, discover
from drugexp.screening.describing import Described, Describer

FORMAT = 1
MANIFEST = "manifest.json"
_UNDO = {"signed_log": "sign(y) * (exp(abs(y)) - 1)", "gene_scale": "y * scale"}


def export_model(
    model: str | Path = DEFAULT, output: str | Path = "exported", *, platforms: Sequence[str] = ("cpu", "cuda", "tpu")
) -> Path:
    """Write a model's programs, lowered ahead of time, into a folder that JAX reads without drugexp.

    The folder holds one program each for compounds, cells and samples, the model's arrays, the features of the cell
    lines it knows, and a manifest.

    Parameters
    ----------
    model
        Name or bundle folder.
    output
        The folder; an export that stands there is replaced.
    platforms
        Among cpu, cuda, rocm and tpu; none of them needs to be here.

    Raises
    ------
    UsageError
        If a platform is unknown, flatbuffers is missing, the model cannot be taken apart into pure programs, or the
        folder holds something else.
    """
    chosen, path = check_platforms(platforms), _free(Path(output))
    registry = discover()
    pipeline = load(model, registry=registry)
    factors = factors_of(pipeline.fitted)
    if factors is None:
        raise UsageError(
            f"model {pipeline.name!r} offers no factors, pure functions of compound and cell, so it cannot be exported",
            hint="Product kernels, linear models and networks offer them.",
        )
    compound = _described(pipeline, ["C"], registry).features
    cells = {n: np.asarray(x, order="C") for n, x in describe_cells(pipeline, pipeline.cells, registry).items()}
    found = export(factors, compound, cells, chosen)
    scale = pipeline.transform.scale
    files = {f"{name}.jax": content for name, content in found.programs.items()}
    files["parameters.safetensors"] = save(found.parameters)
    files["cells.safetensors"] = save(cells)
    if scale is not None:
        files["transform.safetensors"] = save({"scale": np.asarray(scale, order="C")})
    told = {
        "format": FORMAT,
        "drugexp": drugexp.__version__,
        "jax": jax.__version__,
        "calling_convention": found.convention,
        "platforms": chosen,
        "model": pipeline.name,
        "unit": pipeline.unit.value,
        "space": pipeline.transform.unit(pipeline.unit).value,
        "undo": [{"step": step, "formula": _UNDO[step]} for step in reversed(pipeline.transform.steps)],
        "genes": pipeline.genes.ids,
        "cells": pipeline.cells.ids,
        "programs": {name: {"file": f"{name}.jax", **facts} for name, facts in found.told.items()},
        "files": {n: {"sha256": hashlib.sha256(c).hexdigest(), "bytes": len(c)} for n, c in files.items()},
    }
    with atomic_path(path) as part:
        part.mkdir()
        for name, content in files.items():
            (part / name).write_bytes(content)
        (part / MANIFEST).write_text(json.dumps(told, indent=1))
    return path


def compound_features(
    smiles: Sequence[str], model: str | Path = DEFAULT
) -> tuple[Mapping[str, np.ndarray], np.ndarray]:
    """Return what a model reads of compounds, for its exported programs.

    Parameters
    ----------
    smiles
        Structures.
    model
        Name or bundle folder.

    Returns
    -------
    tuple
        Feature name -> (compound, feature), and (compound,) the positions of the SMILES that could be read.

    Raises
    ------
    InputError
        If none can be read.
    """
    registry = discover()
    found = _described(load(model, registry=registry), smiles, registry)
    if not len(found.kept):
        why = next(iter(found.rejected.values()), "there is none")
        raise InputError(f"none of the SMILES can be read: {why}")
    return found.features, found.kept


def _described(pipeline: Pipeline, smiles: Sequence[str], registry: Registry) -> Described:
    states: dict[str, Any] = {n.partition(":")[2]: s for n, s in pipeline.states.items() if n.startswith("compound")}
    return Describer(pipeline.needs, states, registry)(smiles, [""] * len(smiles))


def _free(path: Path) -> Path:
    if path.exists() and not (path / MANIFEST).is_file() and not (path.is_dir() and not any(path.iterdir())):
        raise UsageError(f"{str(path)!r} exists and is no export", hint="Choose another output folder.")
    return path
