"""Numbers out of text cells, with the damage that spreadsheets do to them: read rightly, or named."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from drugexp.errors import InputError

_BLANK = ("", "NA", "NaN", "nan", "N/A", "null")
_COMMA = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?")
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}([,.'\u2019 \u00a0\u202f]\d{3})+([.,]\d+)?")


def read_numbers(frame: pd.DataFrame, where: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the numbers of a table whose index names samples and whose columns name genes.

    Decimal commas are read as such where nothing speaks against it: no other
    number has a point, and not every one could be a thousands separator.

    Parameters
    ----------
    frame
        Text or numbers.
    where
        The file, for messages.

    Returns
    -------
    values
        (sample, gene) float64, NaN for empty cells.
    notes
        A sentence, where decimal commas were read.

    Raises
    ------
    InputError
        If a cell is no finite number, with its sample and gene.

    Examples
    --------
    >>> values, notes = read_numbers(pd.DataFrame({"TP53": ["5,25", "7"]}, index=["s1", "s2"]), "a.csv")
    >>> values.ravel().tolist(), notes
    ([5.25, 7.0], ('1 numbers with a decimal comma were read as such',))
    """
    if all(is_numeric_dtype(t) for t in frame.dtypes):
        values, notes = frame.to_numpy(np.float64, na_value=np.nan), tuple[str, ...]()
    else:
        values, notes = _parsed(frame, where)
    refuse(np.isinf(values), frame, "is infinite (log2 of 0? add 1 before taking it)", where)
    return values, notes


def is_number(value: object) -> bool:
    """Return whether a cell holds a number, be it with a decimal comma.

    >>> is_number("5.3"), is_number("5,3"), is_number("NA"), is_number("MCF7")
    (True, True, False, False)
    """
    text = str(value).strip()
    if text in _BLANK:
        return False
    try:
        float(text)
    except ValueError:
        return bool(_COMMA.fullmatch(text))
    return True


def is_blank(value: object) -> bool:
    """Return whether a cell holds nothing.

    >>> is_blank(""), is_blank("NA"), is_blank(float("nan")), is_blank("lung")
    (True, True, True, False)
    """
    return str(value).strip() in (*_BLANK, "None", "<NA>")


def _parsed(frame: pd.DataFrame, where: str) -> tuple[np.ndarray, tuple[str, ...]]:
    cells = frame.astype(object).to_numpy()
    blank = pd.isna(cells) | np.isin(cells.astype(str), _BLANK)
    flat = pd.to_numeric(pd.Series(cells.ravel(), dtype=object), errors="coerce")
    values = flat.to_numpy(np.float64, copy=True).reshape(frame.shape)
    wrong = np.isnan(values) & ~blank
    if not wrong.any():
        return values, ()
    texts = [str(t).strip() for t in cells[wrong]]
    if all(_COMMA.fullmatch(t) for t in texts):
        refuse(
            wrong & all(_EITHER.fullmatch(t) for t in texts),
            frame,
            "may be a decimal comma or a thousands separator (write a point, and no separator)",
            where,
        )
        if not any("." in str(t) for t in cells[~wrong & ~blank]):
            values[wrong] = [float(t.replace(",", ".")) for t in texts]
            return values, (f"{len(texts)} numbers with a decimal comma were read as such",)
    separated = np.array([bool(_THOUSANDS.fullmatch(t)) and not _COMMA.fullmatch(t) for t in texts])
    if separated.any():
        at = np.zeros_like(wrong)
        at[tuple(np.argwhere(wrong)[separated].T)] = True
        refuse(at, frame, "has a thousands separator (write 1234.5)", where)
    refuse(wrong, frame, "is not a number (write 5.3, with a point)", where)
    return values, ()


def refuse(wrong: np.ndarray, frame: pd.DataFrame, what: str, where: str) -> None:
    """Name the first cell that is marked in `wrong`, (sample, gene) bool, if there is one.

    Raises
    ------
    InputError
        If a cell is marked.
    """
    if wrong.any():
        row, column = (int(i) for i in np.argwhere(wrong)[0])
        more = f"; {int(wrong.sum()) - 1} more like it" if wrong.sum() > 1 else ""
        raise InputError(
            f"sample {str(frame.index[row])!r}, gene {str(frame.columns[column])!r}: "
            f"{str(frame.iloc[row, column])!r} {what}{more}.",
            where=where,
        )
