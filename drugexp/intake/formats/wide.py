"""Screens as one wide table: a row a sample, its labels first, then one column a gene. csv, tsv and parquet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from drugexp.contract.units import Unit
from drugexp.errors import InputError, first_line
from drugexp.intake.atomic import atomic_path
from drugexp.intake.formats.expression import annotation_table
from drugexp.intake.formats.labels import NAMESPACE, UNIT
from drugexp.intake.formats.lazy import ExpressionFile
from drugexp.intake.formats.numbers import read_numbers
from drugexp.intake.formats.streams import text_writer
from drugexp.intake.screen_io import NoScreenError, uncategorised
from drugexp.intake.tables import check_parquet_size, format_of, must_exist, read_table

WIDE_ENDINGS = (".parquet", ".csv", ".tsv")


def write_wide(frames: Iterator[pd.DataFrame], path: str | Path) -> None:
    """Write a table block by block, by the ending of the name; it appears whole or not at all.

    Raises
    ------
    UsageError
        If the place cannot be written to.
    """
    with atomic_path(path) as partial:
        if format_of(Path(path)) == ".parquet":
            _write_parquet(frames, partial)
        else:
            mark = "\t" if format_of(Path(path)) == ".tsv" else ","
            with text_writer(partial) as out:
                for number, frame in enumerate(frames):
                    frame.to_csv(out, sep=mark, index=False, header=not number, lineterminator="\n")


def _write_parquet(frames: Iterator[pd.DataFrame], path: Path) -> None:
    writer = None
    try:
        for frame in frames:
            table = pa.Table.from_pandas(frame, preserve_index=False)
            # Values of a measurement hardly repeat: dictionaries and statistics of them cost time and give nothing.
            writer = writer or pq.ParquetWriter(path, table.schema, use_dictionary=False, write_statistics=False)
            writer.write_table(table.cast(writer.schema))
    finally:
        if writer is not None:
            writer.close()


def read_wide_text(path: Path) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    """Return the labels, genes and values (sample, gene) of a csv or tsv table.

    Raises
    ------
    InputError
        If the file cannot be read, or a value is no number.
    DataError
        If no column ``unit`` parts labels and genes.
    """
    table = read_table(path)
    labels, genes = _parted(list(table.columns), str(path))
    values, _ = read_numbers(table[genes], str(path))
    about = table[labels].reset_index(drop=True)
    return about, _gene_table(genes, about), values


@contextmanager
def open_wide_parquet(path: Path) -> Iterator[WideParquet]:
    """Open a wide parquet table; values are read block by block.

    Raises
    ------
    InputError
        If it cannot be read as parquet.
    DataError
        If no column ``unit`` parts labels and genes.
    """
    must_exist(path)
    with _told(str(path)):
        check_parquet_size(path)
        file = pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 16)
    with file:
        yield WideParquet(file, str(path))


class WideParquet(ExpressionFile):
    """An open wide parquet table. It is quick to read from top to bottom, whatever the size of its row groups."""

    def __init__(self, file: pq.ParquetFile, where: str) -> None:
        with _told(where):
            schema = file.schema_arrow
        self._labels, self._genes = _parted(schema.names, where)
        strange = [n for n in self._genes if not _is_number(schema.field(n).type)]
        if strange:
            raise InputError(f"column {strange[0]!r} holds {schema.field(strange[0]).type}, no numbers.", where=where)
        if not file.metadata.num_rows:
            raise InputError("the table has no rows.", where=where)
        super().__init__(where, (file.metadata.num_rows, len(self._genes)), np.dtype(np.float32))
        self._file = file
        self._at, self._coming = 0, iter(())  # type: tuple[int, Iterator[np.ndarray]]
        self._held = np.empty((0, len(self._genes)), dtype=np.float32)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def labels(self) -> pd.DataFrame:
        """Return the labels, texts as categories."""
        types = {n: self._file.schema_arrow.field(n).type for n in self._labels}
        texts = [n for n, t in types.items() if pa.types.is_string(t) or pa.types.is_large_string(t)]
        with _told(self.where):
            found = self._file.read(columns=self._labels).to_pandas(categories=texts)
        return found.reset_index(drop=True)

    def _read_ids(self, samples: bool) -> pd.Index:
        return pd.Index([f"s{i + 1}" for i in range(self.shape[0])] if samples else self._genes, dtype=object)

    def _read_table(self, samples: bool) -> pd.DataFrame:
        return uncategorised(self.labels()) if samples else self._gene_table.reset_index(drop=True)

    @cached_property
    def _gene_table(self) -> pd.DataFrame:
        with _told(self.where):
            first = next(self._file.iter_batches(1, columns=self._labels)).to_pandas()
        return _gene_table(self._genes, first)

    def _unit(self) -> Unit | None:
        return None

    def _slab(self, rows: slice, columns: slice) -> np.ndarray:
        if rows.start < self._at:
            self._at, self._coming = 0, self._blocks()
            self._held = self._held[:0]
        elif not self._at and not len(self._held):
            self._coming = self._blocks()
        parts = []
        while self._at < rows.stop:
            if not len(self._held):
                self._held = next(self._coming)
            skipped, wanted = max(0, rows.start - self._at), rows.stop - self._at
            part = self._held[skipped:wanted]
            if len(part):
                parts.append(part[:, columns])
            taken = min(wanted, len(self._held))
            self._at, self._held = self._at + taken, self._held[taken:]
        return np.concatenate(parts)

    def _blocks(self) -> Iterator[np.ndarray]:
        with _told(self.where), np.errstate(over="ignore"):
            for batch in self._file.iter_batches(1024, columns=self._genes):
                yield np.column_stack([c.to_numpy(zero_copy_only=False).astype(np.float32) for c in batch.columns])
        raise InputError(f"it holds fewer than the {self.shape[0]} rows it tells of.", where=self.where)


@contextmanager
def _told(where: str) -> Iterator[None]:
    """Turn what pyarrow and pandas raise of a damaged file into a sentence."""
    try:
        yield
    except (OSError, ValueError, TypeError, LookupError, StopIteration, pa.ArrowException) as error:
        raise InputError(f"cannot be read as parquet: {first_line(error)}", where=where) from None


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind))


def _parted(columns: list[str], where: str) -> tuple[list[str], list[str]]:
    """Return the labels, up to the column ``unit``, and the genes behind it."""
    if UNIT not in columns or columns[-1] == UNIT:
        raise NoScreenError(
            f"no column {UNIT!r} parts labels and genes.",
            where=where,
            hint="A screen has its labels first, then the unit of its values, then one column a gene.",
        )
    if len(set(columns)) < len(columns):
        twice = next(c for c in columns if columns.count(c) > 1)
        raise InputError(f"the column {twice!r} stands twice.", where=where, hint="Rename one of them.")
    after = columns.index(UNIT) + 1
    return columns[:after], columns[after:]


def _gene_table(genes: list[str], labels: pd.DataFrame) -> pd.DataFrame:
    named = str(labels[NAMESPACE].iloc[0]) if NAMESPACE in labels else ""
    return annotation_table(genes, {NAMESPACE: [named] * len(genes)})
