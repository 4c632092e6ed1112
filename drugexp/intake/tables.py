"""Users' tables: csv, tsv, txt and parquet, read without guessing what the cells mean."""

from __future__ import annotations

import csv
import io
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from drugexp.errors import InputError, first_line
from drugexp.intake.bounds import too_much
from drugexp.intake.packed import open_bytes

STANDARD_INPUT = "-"
_NAME_OF_INPUT = "standard input"
_DELIMITERS = ("\t", ";", ",")
_EXCEL = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def read_table(path: str | Path, *, unique: bool = True) -> pd.DataFrame:
    """Read a table; every cell is text, empty where nothing stands.

    The delimiter (comma, semicolon or tab) is found in the header; UTF-8 with
    or without a byte order mark, UTF-16 with one and Latin-1 are understood,
    and so are files ending in ``.gz`` or ``.zst``.

    Parameters
    ----------
    path
        The file, or ``-`` for standard input.
    unique
        Refuse two columns of one name.

    Returns
    -------
    pandas.DataFrame
        Its index, called ``row``, is the line in the file (a parquet table: the row from 1).
        Column names are as written.

    Raises
    ------
    InputError
        If the file cannot be read, is empty, has no header, or has a row with
        more or fewer fields than the header.
    """
    path = Path(path)
    if str(path) == STANDARD_INPUT:
        table = parse_table(standard_input(), _NAME_OF_INPUT)
    elif format_of(path) == ".parquet":
        table = read_parquet_table(path)
        table = table.astype(object).where(table.notna(), "").astype(str)
    else:
        table = parse_table(decode(read_bytes(path), str(path)), str(path))
    twice = table.columns[table.columns.duplicated()]
    if unique and len(twice):
        raise InputError(f"the column {str(twice[0])!r} stands twice.", where=spoken(path), hint="Rename one of them.")
    return table


def standard_input() -> str:
    """Return the text that comes on standard input; see `decode`."""
    return decode(sys.stdin.buffer.read(), _NAME_OF_INPUT)


def spoken(path: str | Path) -> str:
    """Return what a message calls a file.

    >>> spoken("-"), spoken("cells.csv")
    ('standard input', 'cells.csv')
    """
    return _NAME_OF_INPUT if str(path) == STANDARD_INPUT else str(path)


def format_of(path: Path) -> str:
    """Return the ending of a file name that tells its format, in lower case.

    >>> format_of(Path("A.CSV.gz"))
    '.csv'
    """
    endings = [s.lower() for s in path.suffixes if s.lower() not in (".gz", ".zst")]
    return endings[-1] if endings else ""


def read_parquet_table(path: Path) -> pd.DataFrame:
    """Read a parquet table with its own types, rows numbered from 1.

    Raises
    ------
    InputError
        If it is no parquet file, has no rows, or tells of more rows than its size can hold.
    """
    must_exist(path)
    try:
        check_parquet_size(path)
        table = pd.read_parquet(path)
    except (OSError, ValueError, TypeError, KeyError, pa.ArrowException) as error:
        raise InputError(f"cannot be read as parquet: {first_line(error)}", where=str(path)) from None
    if not isinstance(table.index, pd.RangeIndex):
        table = table.reset_index()
    if table.empty:
        raise InputError("the table has no rows.", where=str(path))
    table.index = pd.RangeIndex(1, len(table) + 1, name="row")
    return table


def check_parquet_size(path: Path) -> None:
    """Refuse a parquet file that tells of more than its size can hold: a few bytes can stand for a billion values.

    What pyarrow raises of a damaged file passes through.

    Raises
    ------
    InputError
        If it does.
    """
    about, size = pq.read_metadata(path), path.stat().st_size
    if too_much(8 * about.num_rows * about.num_columns, size):
        raise InputError(
            f"it tells of {about.num_rows:,} rows x {about.num_columns:,} columns, too many for {size:,} bytes.",
            where=str(path),
        )


def read_bytes(path: Path) -> bytes:
    """Return the content of a file, unpacked if its name ends in ``.gz`` or ``.zst``.

    Raises
    ------
    InputError
        If there is no such file, or it cannot be unpacked or becomes too much.
    """
    must_exist(path)
    try:
        with open_bytes(path) as file:
            return file.read()
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"cannot be read: {error}", where=str(path)) from None
    except MemoryError:
        raise InputError("it does not fit into memory.", where=str(path)) from None


def decode(content: bytes, where: str) -> str:
    """Return the text of a file's content.

    Raises
    ------
    InputError
        If it is empty, a workbook, or no text at all.
    """
    if content.startswith(_EXCEL):
        raise InputError("this is a workbook or an archive, not a text table.", where=where, hint="Save it as csv.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = content.decode("utf-16", errors="replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("latin-1")
    if "\0" in text:
        raise InputError("this is not a text file.", where=where)
    if not text.strip():
        raise InputError("the file is empty.", where=where)
    return text


def parse_table(text: str, where: str) -> pd.DataFrame:
    """Return the table of a text; see `read_table`."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text), strict=True)
    header: list[str] = []
    rows, lines = [], []
    try:
        for fields in reader:
            if not any(f.strip() for f in fields) and (header or len(fields) < 2):
                continue
            if not header:
                header = [f.strip() for f in fields]
                _check_header(header, where)
                continue
            if len(fields) != len(header):
                raise InputError(
                    f"row {reader.line_num} has {len(fields)} fields, the header has {len(header)}.",
                    where=where,
                    hint="Put a field that holds the delimiter in quotes.",
                )
            rows.append([f.strip() for f in fields])
            lines.append(reader.line_num)
    except csv.Error as error:
        raise InputError(f"row {reader.line_num} cannot be read: {error}", where=where) from None
    if not rows:
        raise InputError("the table has a header but no rows.", where=where)
    # Columns are set afterwards: two may carry one name.
    table = pd.DataFrame(rows, index=pd.Index(lines, name="row"), dtype=object)
    return table.set_axis(header, axis=1)


def delimiter_of(text: str) -> str:
    r"""Return the delimiter that occurs most in the first line that is not blank; a comma if none does.

    >>> delimiter_of("a;b;c\n1;2;3,5")
    ';'
    """
    first = next(line for line in text.splitlines() if line.strip())
    outside = "".join(first.split('"')[::2])
    return max((*_DELIMITERS[::-1],), key=outside.count)


def column_named(columns: Sequence[str], names: Sequence[str]) -> str | None:
    """Return the column that carries the first of `names` that occurs, without regard to case."""
    lower = {c.lower(): c for c in reversed(list(columns))}
    return next((lower[n] for n in names if n in lower), None)


def _check_header(header: list[str], where: str) -> None:
    if not any(header):
        raise InputError("the first row holds no column names.", where=where)
    fractions = [name for name in header[1:] if _is_fraction(name)]
    if fractions:
        raise InputError(
            f"the first row holds the number {fractions[0]!r} where column names are expected.",
            where=where,
            hint="Add a header.",
        )


def _is_fraction(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return "." in name


def must_exist(path: Path) -> None:
    """Refuse a path that is a folder, or where nothing stands."""
    if path.is_dir():
        raise InputError("this is a folder, not a file.", where=str(path))
    if not path.is_file():
        raise InputError("there is no such file.", where=str(path))
