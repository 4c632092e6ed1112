"""What is kept of each predicted profile, as columns of a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import jax
import jax.numpy as jnp
import numpy as np
import pyarrow as pa

from drugexp.learn.pipeline import Pipeline
from drugexp.predict.heads import PROFILES, Head
from drugexp.screening.basis import basis_of
from drugexp.screening.scores import Measure, Signatures, score_head

Kind = Literal["dense", "top", "coefficients", "scores"]
Precision = Literal["float16", "float32"]
Want = Literal["mimic", "reverse"]


class Output(Protocol):
    """One way to keep profiles."""

    def head(self, pipeline: Pipeline) -> Head:
        """Return what is computed of profiles on the device."""
        ...

    def facts(self) -> dict[str, Any]:
        """Return what two screens must agree on to be one, as plain values."""
        ...

    def width(self, pipeline: Pipeline) -> int:
        """Return how many numbers the head makes of a profile."""
        ...

    def columns(self, found: np.ndarray, pipeline: Pipeline) -> tuple[dict[str, pa.Array], np.ndarray]:
        """Return columns of what the head made of rows, (row, width), and the values that a hash is made of."""
        ...

    @property
    def chooses(self) -> bool:
        """Whether some rows of a shard are kept only."""
        ...

    def chosen(self, values: np.ndarray) -> np.ndarray:
        """Return positions of the rows of a shard that are kept, in order."""
        ...


class _All:
    """All rows are kept."""

    chooses = False

    def chosen(self, values: np.ndarray) -> np.ndarray:
        """Return all positions."""
        return np.arange(len(values))


@dataclass(frozen=True)
class Dense(_All):
    """Whole profiles, one binary value a row: `profiles` in `drugexp.screening.read` gives them back."""

    precision: Precision = "float16"

    def head(self, pipeline: Pipeline) -> Head:
        """Return the profiles; those of half precision in the unit of the model, since NumPy is slow at halving."""
        if self.precision == "float32":
            return PROFILES

        def halved(_: Any, mean: Any) -> tuple[Any, ...]:
            return (pipeline.transform.inverse(mean, jnp).astype(jnp.float16),)

        return Head((), halved)

    def facts(self) -> dict[str, Any]:
        """Return the precision."""
        return {"keep": "dense", "precision": self.precision}

    def width(self, pipeline: Pipeline) -> int:
        """Return the number of genes."""
        return len(pipeline.genes)

    def columns(self, found: np.ndarray, pipeline: Pipeline) -> tuple[dict[str, pa.Array], np.ndarray]:
        """Return the column ``profile``."""
        done = found.dtype == np.float16
        values = np.ascontiguousarray(found if done else pipeline.transform.inverse(found))
        return {"profile": _binary(values)}, values


@dataclass(frozen=True)
class Top(_All):
    """The most raised and the most lowered genes of each row, by name and value.

    Attributes
    ----------
    count
        How many of each.
    """

    count: int = 50

    def head(self, pipeline: Pipeline) -> Head:
        """Return positions and changes of the genes, found on the device: those raised most, those lowered most."""
        count = self._count(pipeline)

        def strongest(_: Any, mean: Any) -> tuple[Any, ...]:
            change = pipeline.transform.inverse(mean, jnp)
            parts = []
            for sign in (1.0, -1.0):
                values, at = jax.lax.top_k(sign * change, count)  # ties go to the gene that stands first
                parts += [at.astype(jnp.float32), sign * values]
            return (jnp.concatenate(parts, axis=1),)

        return Head((), strongest)

    def facts(self) -> dict[str, Any]:
        """Return how many genes."""
        return {"keep": "top", "count": self.count}

    def width(self, pipeline: Pipeline) -> int:
        """Return how many numbers there are of a profile: a position and a change of each gene."""
        return 4 * self._count(pipeline)

    def columns(self, found: np.ndarray, pipeline: Pipeline) -> tuple[dict[str, pa.Array], np.ndarray]:
        """Return the columns ``up``, ``up_change``, ``down``, ``down_change``, lists each."""
        count, names = self._count(pipeline), pa.array(pipeline.genes.ids, pa.string())
        columns: dict[str, pa.Array] = {}
        for label, start in (("up", 0), ("down", 2 * count)):
            at = pa.array(found[:, start : start + count].ravel().astype(np.int32))
            columns[label] = pa.FixedSizeListArray.from_arrays(names.take(at), count)
            change = pa.array(found[:, start + count : start + 2 * count].ravel())
            columns[f"{label}_change"] = pa.FixedSizeListArray.from_arrays(change, count)
        return columns, found

    def _count(self, pipeline: Pipeline) -> int:
        return min(self.count, len(pipeline.genes))


def _first(_: Any, coefficients: Any) -> tuple[Any, ...]:
    return (coefficients,)


@dataclass(frozen=True)
class Coefficients(_All):
    """Coefficients of profiles in the model's basis, which is written once beside the shards."""

    precision: Precision = "float32"

    def head(self, pipeline: Pipeline) -> Head:
        """Return the coefficients."""
        return Head((), _first, lambda _: (), _first)

    def facts(self) -> dict[str, Any]:
        """Return the precision."""
        return {"keep": "coefficients", "precision": self.precision}

    def width(self, pipeline: Pipeline) -> int:
        """Return the number of directions of the basis."""
        return len(basis_of(pipeline))

    def columns(self, found: np.ndarray, pipeline: Pipeline) -> tuple[dict[str, pa.Array], np.ndarray]:
        """Return the column ``coefficients``."""
        values = np.ascontiguousarray(found.astype(self.precision))
        return {"coefficients": _binary(values)}, values


@dataclass(frozen=True, eq=False)
class Scores:
    """How like signatures each row is; profiles are not kept, and where the model allows it not made.

    Attributes
    ----------
    signatures
        What rows are held against.
    measure
        See `score_head`.
    want
        Whether hits are like a signature or its reverse.
    best
        Of each shard, keep the rows among its best so many of a signature; None: all.
    """

    signatures: Signatures
    measure: Measure = "cosine"
    want: Want = "mimic"
    best: int | None = None
    digest: str = field(default="")

    def head(self, pipeline: Pipeline) -> Head:
        """Return the scores."""
        return score_head(self.signatures, self.measure)

    def facts(self) -> dict[str, Any]:
        """Return the signatures by name and hash, and how they are scored."""
        names = list(self.signatures.names)
        told = {"signatures": names, "signature_hash": self.digest, "measure": self.measure}
        return {"keep": "scores", **told, "want": self.want, "best": self.best}

    def width(self, pipeline: Pipeline) -> int:
        """Return the number of signatures."""
        return len(self.signatures.names)

    def columns(self, found: np.ndarray, pipeline: Pipeline) -> tuple[dict[str, pa.Array], np.ndarray]:
        """Return one column a signature."""
        values = np.ascontiguousarray(found.astype(np.float32))
        named = zip(self.signatures.names, values.T, strict=True)
        return {f"score:{name}": pa.array(np.ascontiguousarray(column)) for name, column in named}, values

    @property
    def chooses(self) -> bool:
        """Whether the best rows are kept only."""
        return self.best is not None

    def chosen(self, values: np.ndarray) -> np.ndarray:
        """Return the rows among the best of any signature; ties go to the row that stands first."""
        sign = -1.0 if self.want == "mimic" else 1.0
        order = np.argsort(sign * values, axis=0, kind="stable")[: self.best]
        return np.unique(order)


def _binary(values: np.ndarray) -> pa.Array:
    width = values.shape[1] * values.dtype.itemsize
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), len(values), [None, pa.py_buffer(values)])
