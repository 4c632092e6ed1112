"""A library as a stream of rows; no file is ever held whole."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from drugexp.chemistry.parse import Rejected
from drugexp.chemistry.sdf import read_sdf
from drugexp.errors import InputError, UsageError, first_line, unknown
from drugexp.intake.compounds_file import ID_NAMES, SMILES_NAMES
from drugexp.intake.formats.streams import read_lines
from drugexp.intake.genes import shortly
from drugexp.intake.library.rows import Row
from drugexp.intake.tables import STANDARD_INPUT, check_parquet_size, column_named, delimiter_of, format_of, spoken

_LINES = (".smi", ".smiles", ".ism", ".can", ".txt", "")
_TEXT_TABLES = (".csv", ".tsv")
_PARQUET_ROWS = 16_384


@dataclass(frozen=True)
class Columns:
    """Which columns of a table hold structures and names; None: found by their usual names."""

    smiles: str | None = None
    id: str | None = None


def read_library(sources: Sequence[str | Path], columns: Columns = Columns()) -> Iterator[Row]:
    """Yield the rows of files, folders (their files in alphabetical order) and, for ``-``, standard input.

    Formats are those of `drugexp.intake.compounds_file.read_compounds`. Blank lines are passed over. A row
    that cannot be read is yielded with its problem.

    Raises
    ------
    UsageError
        If a table has no such column, or none that looks like SMILES; if a folder holds no library.
    InputError
        If a file is missing, empty or cannot be read.
    """
    for path in files_of(sources):
        count = 0
        for row in _rows(path, columns):
            count += 1
            yield row
        if not count:
            raise InputError("there is no compound in it.", where=spoken(path))


def files_of(sources: Sequence[str | Path]) -> list[Path]:
    """Return the files of a library in the order in which they are read.

    Raises
    ------
    UsageError
        If a folder holds no file of a known ending.
    """
    found: list[Path] = []
    for source in sources:
        path = Path(source)
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(p for p in path.iterdir() if p.is_file() and _known(p) and not p.name.startswith("."))
        if not inside:
            raise UsageError("the folder holds no library", where=str(path), hint="Known: .csv .tsv .smi .sdf .parquet")
        found += inside
    return found


def _known(path: Path) -> bool:
    ending = format_of(path)
    return bool(ending) and ending in (*_LINES, *_TEXT_TABLES, ".sdf", ".parquet")


def _rows(path: Path, columns: Columns) -> Iterator[Row]:
    source, ending = spoken(path), format_of(path)
    if ending == ".parquet":
        return _from_parquet(path, columns)
    lines = _input_lines() if str(path) == STANDARD_INPUT else read_lines(path)
    if ending == ".sdf":
        return _from_sdf(lines, source, columns)
    if ending in _TEXT_TABLES:
        return _from_table(lines, source, columns)
    if ending not in _LINES:
        raise UsageError(f"ends in {ending!r}; valid: .csv .tsv .smi .txt .sdf .parquet", where=source)
    first = next(((n, line) for n, line in enumerate(lines, 1) if line.strip()), None)
    if first is None:
        return iter(())
    number, head = first
    rest = chain([head], lines)
    if ending in (".txt", "") and (columns.smiles or _names_smiles(head)):
        return _from_table(rest, source, columns, number - 1)
    return _from_lines(rest, source, number)


def _input_lines() -> Iterator[str]:
    with io.TextIOWrapper(sys.stdin.buffer, "utf-8-sig", "replace") as text:
        for line in text:
            yield line.rstrip("\n")


def _names_smiles(head: str) -> bool:
    return any(field.strip().strip('"').lower() in SMILES_NAMES for field in head.split(delimiter_of(head)))


def _from_lines(lines: Iterable[str], source: str, first: int) -> Iterator[Row]:
    begun = False
    for number, line in enumerate(lines, first):
        text = line.strip()
        smiles, _, name = text.partition("\t") if "\t" in text else text.partition(" ")
        if not smiles or (not begun and smiles.lower() in SMILES_NAMES):
            continue
        begun = True
        yield Row(source, number, name.strip() or f"row{number}", smiles)


def _from_table(lines: Iterable[str], source: str, columns: Columns, before: int = 0) -> Iterator[Row]:
    lines = iter(lines)
    head = next((line for line in lines if line.strip()), None)
    if head is None:
        return
    table = csv.reader(chain(f"{line}\n" for line in chain([head], lines)), delimiter=delimiter_of(head), strict=True)
    try:
        names = [field.strip() for field in next(table)]
        smiles, name = _places(names, columns, source)
        for fields in table:
            number = before + table.line_num
            if not any(map(str.strip, fields)):
                continue
            if len(fields) != len(names):
                told = f"the row has {len(fields)} fields, the header {len(names)}"
                yield Row(source, number, f"row{number}", "", told)
                continue
            given = "" if name is None else fields[name].strip()
            yield Row(source, number, given or f"row{number}", fields[smiles].strip())
    except csv.Error as error:
        raise InputError(f"row {before + table.line_num} cannot be read: {error}", where=source) from None


def _places(names: list[str], columns: Columns, where: str) -> tuple[int, int | None]:
    """Return where the column of structures stands, and that of names, if there is one."""
    smiles = _column(names, columns.smiles, SMILES_NAMES, "--smiles-column", where)
    if smiles is None:
        raise UsageError(
            f"no column looks like SMILES; the columns are {shortly([repr(n) for n in names], 12)}.",
            where=where,
            hint="Name it with --smiles-column.",
        )
    return smiles, _column(names, columns.id, ID_NAMES, "--id-column", where)


def _column(names: list[str], asked: str | None, usual: tuple[str, ...], option: str, where: str) -> int | None:
    found = asked if asked is not None else column_named(names, usual)
    if found is None:
        return None
    if found not in names:
        raise UsageError(unknown("column", found, names), where=where, hint=f"({option})")
    if names.count(found) > 1:
        raise InputError(f"the column {found!r} stands twice.", where=where, hint="Rename one of them.")
    return names.index(found)


def _from_sdf(lines: Iterable[str], source: str, columns: Columns) -> Iterator[Row]:
    for number, record in enumerate(read_sdf(lines), 1):
        name = record.title if columns.id is None else record.properties.get(columns.id, "")
        if isinstance(record.structure, Rejected):
            yield Row(source, number, name or f"row{number}", "", record.structure.reason)
        else:
            yield Row(source, number, name or f"row{number}", record.structure)


def _from_parquet(path: Path, columns: Columns) -> Iterator[Row]:
    source = str(path)
    if not path.is_file():
        raise InputError("there is no such file.", where=source)
    try:
        check_parquet_size(path)
        with pq.ParquetFile(path) as file:
            names = list(file.schema_arrow.names)
            smiles, name = _places(names, columns, source)
            wanted = list(dict.fromkeys(names[i] for i in (smiles, name) if i is not None))
            number = 0
            for batch in file.iter_batches(_PARQUET_ROWS, columns=wanted):
                texts = batch.column(names[smiles]).to_pylist()
                ids = texts if name is None else batch.column(names[name]).to_pylist()
                for text, given in zip(texts, ids, strict=True):
                    number += 1
                    told = "" if name is None or given is None else str(given).strip()
                    yield Row(source, number, told or f"row{number}", "" if text is None else str(text).strip())
    except (OSError, ValueError, TypeError, KeyError, pa.ArrowException) as error:
        raise InputError(f"cannot be read as parquet: {first_line(error)}", where=source) from None
