"""GCT 1.2 and 1.3, the text tables of the Connectivity Map and GenePattern: genes in rows, samples in columns.

The layout is that of the published convention (clue.io/connectopedia/gct_format)::

    #1.3
    genes <tab> samples <tab> gene annotations <tab> sample annotations
    id <tab> names of the gene annotations <tab> sample ids
    one line a sample annotation: name, a filler for each gene annotation, values
    one line a gene: id, its annotations, values

Version 1.2 has two numbers, no sample annotations, and one gene annotation,
called Description. An annotation that is empty or -666 is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from drugexp.errors import InputError, UsageError
from drugexp.intake.atomic import atomic_path
from drugexp.intake.formats.expression import Expression, annotation_table, stated_unit
from drugexp.intake.formats.streams import read_lines, text_writer

MISSING = "-666"
"""What stands for a missing annotation (and, in old files, for a missing value)."""

_NO_VALUE = frozenset(("", "na", "n/a", "nan", "-nan", "null", "none", "#n/a", MISSING))
_DIMENSIONS = {"#1.2": 2, "#1.3": 4}


def read_gct(path: str | Path, *, dtype: type[np.floating] = np.float64) -> Expression:
    """Read a GCT file, 1.2 or 1.3, also packed (``.gz``, ``.zst``).

    The file is read line by line into one array; annotations stay text, empty where missing.

    Parameters
    ----------
    path
        The file.
    dtype
        Of the values: float64, or float32 for half of the memory.

    Raises
    ------
    InputError
        If the file is no GCT, is cut off, disagrees with its own counts, or
        holds a value that is no number: with line and column.
    """
    return parse_gct(read_lines(Path(path)), str(path), dtype)


def parse_gct(lines: Iterator[str], where: str, dtype: type[np.floating] = np.float64) -> Expression:
    """Return the table of the lines of a GCT file; see `read_gct`."""
    reader = _Reader(lines, where)
    version = _version(reader)
    genes, samples, gene_heads, sample_heads = _dimensions(reader, version)
    head = reader.fields(1 + gene_heads + samples, "the header")
    gene_names = _unique(head[1 : 1 + gene_heads], "gene annotation", reader)
    ids = head[1 + gene_heads :]
    about_samples: dict[str, list[str]] = {}
    for _ in range(sample_heads):
        name, *fields = reader.fields(len(head), f"the {sample_heads} lines of sample annotations")
        if name in about_samples:
            raise InputError(f"line {reader.line}: the sample annotation {name!r} stands twice.", where=where)
        about_samples[name] = [_annotation(f) for f in fields[gene_heads:]]
    values = _room(genes, samples, dtype, where)
    gene_ids: list[str] = []
    about_genes: list[list[str]] = [[] for _ in gene_names]
    marked = 0
    for at in range(genes):
        fields = reader.fields(len(head), f"the {genes} genes that line 2 announces", done=at)
        gene_ids.append(fields[0])
        for column, field in zip(about_genes, fields[1:], strict=False):
            column.append(_annotation(field))
        marked += _numbers(fields[1 + gene_heads :], values[at], 1 + gene_heads, ids, reader)
    reader.expect_end(genes)
    table = annotation_table(ids, about_samples)
    described = {n: c for n, c in zip(gene_names, about_genes, strict=True) if version == "#1.3" or any(c)}
    notes = (f"{marked} values are {MISSING}, which stands for missing",) if marked else ()
    return Expression(
        values.T, table, annotation_table(gene_ids, described), unit=stated_unit(table), notes=notes, where=where
    )


class _Reader:
    """Counts lines and splits them into as many fields as there must be."""

    def __init__(self, lines: Iterator[str], where: str) -> None:
        self._lines, self.where, self.line = lines, where, 0

    def text(self) -> str | None:
        text = next(self._lines, None)
        self.line += text is not None
        return text

    def fields(self, count: int, part: str, *, done: int | None = None) -> list[str]:
        text = self.text()
        if text is None:
            after = "" if done is None else f" after {done} of them"
            raise InputError(
                f"the file ends at line {self.line}, within {part}{after}.", where=self.where, hint="Is it cut off?"
            )
        fields = text.split("\t")
        # A spreadsheet pads lines with tabs.
        if len(fields) > count and not any(fields[count:]):
            del fields[count:]
        if len(fields) != count:
            raise InputError(f"line {self.line} has {len(fields)} fields, and {count} are due.", where=self.where)
        return fields

    def expect_end(self, genes: int) -> None:
        while (text := self.text()) is not None:
            if text.strip():
                raise InputError(f"line {self.line} stands after the {genes} genes of line 2.", where=self.where)


def _version(reader: _Reader) -> str:
    text = reader.text()
    version = (text or "").strip()
    if version not in _DIMENSIONS:
        shown = repr(version[:40]) if version else "nothing"
        raise InputError(f"line 1 holds {shown}; a GCT file starts with #1.2 or #1.3.", where=reader.where)
    return version


def _dimensions(reader: _Reader, version: str) -> tuple[int, int, int, int]:
    fields = (reader.text() or "").split()
    due = _DIMENSIONS[version]
    try:
        counts = [int(f) for f in fields]
    except ValueError:
        counts = []
    if len(counts) != due or min(counts) < 0 or 0 in counts[:2]:
        asked = "genes, samples" + (", gene annotations, sample annotations" if due == 4 else "")
        raise InputError(f"line 2 holds {' '.join(fields)[:60]!r}; {due} counts are due ({asked}).", where=reader.where)
    genes, samples, *heads = counts
    gene_heads, sample_heads = heads or (1, 0)
    return genes, samples, gene_heads, sample_heads


def _room(genes: int, samples: int, dtype: type[np.floating], where: str) -> np.ndarray:
    try:
        return np.empty((genes, samples), dtype=dtype)
    except (MemoryError, ValueError, OverflowError):
        raise InputError(
            f"{genes} genes x {samples} samples, as line 2 has it, do not fit into memory.", where=where
        ) from None


def _unique(names: list[str], kind: str, reader: _Reader) -> list[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InputError(f"line {reader.line}: the {kind} {name!r} stands twice.", where=reader.where)
        seen.add(name)
    return names


def _annotation(text: str) -> str:
    return "" if text == MISSING else text


def _numbers(fields: list[str], into: np.ndarray, offset: int, ids: Sequence[str], reader: _Reader) -> int:
    """Fill `into` with the numbers of one line; return how many were marked missing by -666."""
    if not any("_" in f for f in fields) and MISSING not in fields:
        try:
            into[:] = fields
        except ValueError:
            pass
        else:
            return 0
    for at, text in enumerate(fields):
        plain = text.strip()
        try:
            into[at] = np.nan if plain.lower() in _NO_VALUE else float(plain.replace("_", "?"))
        except ValueError:
            raise InputError(
                f"line {reader.line}, column {offset + at + 1} (sample {ids[at]!r}): {plain[:40]!r} is not a number.",
                where=reader.where,
                hint="Write 5.3, with a point.",
            ) from None
    return fields.count(MISSING)


def write_gct(expression: Expression, path: str | Path, *, version: Literal["1.2", "1.3"] = "1.3") -> None:
    """Write a GCT file, packed if the name ends in ``.gz`` or ``.zst``; numbers read back exactly.

    Annotations become text, and missing ones -666.

    Raises
    ------
    UsageError
        If the place cannot be written to, a label holds a tab or a line
        break, or 1.2 is asked for and cannot hold the annotations.
    """
    where = str(path)
    genes, samples = _texts(expression.genes, where), _texts(expression.samples, where)
    if version == "1.2" and (samples.shape[1] or genes.shape[1] > 1):
        raise UsageError(
            "GCT 1.2 holds no sample annotations and one gene annotation.", where=where, hint="Write version 1.3."
        )
    if version == "1.2" and not genes.shape[1]:
        genes = genes.assign(Description=MISSING)
    with atomic_path(path) as part, text_writer(part) as out:
        counts = [len(genes), len(samples)]
        if version == "1.3":
            counts += [genes.shape[1], samples.shape[1]]
        out.write(f"#{version}\n" + "\t".join(map(str, counts)) + "\n")
        names = [_clean(str(c), where) for c in genes.columns]
        out.write("\t".join(["id" if version == "1.3" else "Name", *names, *samples.index]) + "\n")
        for name in samples.columns:
            out.write("\t".join([_clean(str(name), where), *(["na"] * len(names)), *samples[name]]) + "\n")
        rows = genes.itertuples(name=None)
        for about, values in zip(rows, expression.values.T, strict=True):
            out.write("\t".join([*about, *_digits(values)]) + "\n")


def _digits(values: np.ndarray) -> list[str]:
    """Return the fewest digits that read back as the same numbers; what is -666 does not look missing."""
    written = pa.array(np.ascontiguousarray(values)).cast(pa.string()).to_pylist()
    other = {"nan": "NaN", MISSING: f"{MISSING}.0"}
    return [other.get(text, text) for text in written]


def _texts(table: pd.DataFrame, where: str) -> pd.DataFrame:
    """Return a table of texts: ids in the index, -666 for what is missing."""
    columns = {name: [_text(v, where) for v in table[name].tolist()] for name in table.columns}
    return pd.DataFrame(columns, index=[_clean(str(i), where) for i in table.index], dtype=object)


def _text(value: Any, where: str) -> str:
    text = "" if value is None or value is pd.NA or value != value else str(value)
    return _clean(text, where) or MISSING


def _clean(text: str, where: str) -> str:
    if any(c in text for c in "\t\n\r\0") or any("\ud800" <= c <= "\udfff" for c in text):
        raise UsageError(
            f"the label {text[:40]!r} holds a tab, a line break or no text, which GCT cannot hold.", where=where
        )
    return text
