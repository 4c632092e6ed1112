"""Expression tables for the tests of formats."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from drugexp.errors import DrugexpError
from drugexp.intake.formats.expression import Expression, annotation_table

LABELS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8).filter(
    lambda t: t.strip() == t and t not in ("-666", "id", ".", "..") and "/" not in t
)
"""Texts that every format can hold."""


@st.composite
def expressions(draw: st.DrawFn, *, annotated: bool = True, dtype: type | None = None) -> Expression:
    """Small tables with odd labels, missing values and extreme numbers."""
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    dtype = dtype or draw(st.sampled_from([np.float32, np.float64]))
    width = np.finfo(dtype).bits
    number = st.floats(width=width, allow_infinity=False)
    values = np.array(draw(st.lists(number, min_size=rows * columns, max_size=rows * columns)), dtype=dtype)
    samples, genes = (draw(_axis(n, annotated)) for n in (rows, columns))
    return Expression(values.reshape(rows, columns), samples, genes)


@st.composite
def _axis(draw: st.DrawFn, n: int, annotated: bool) -> pd.DataFrame:
    ids = draw(st.lists(LABELS, min_size=n, max_size=n, unique=True))
    names = draw(st.lists(LABELS, max_size=2, unique=True)) if annotated else []
    texts = st.lists(st.one_of(LABELS, st.just("")), min_size=n, max_size=n)
    columns = {name: np.array(draw(texts), dtype=object) for name in names if name != "unit"}
    return annotation_table(ids, columns)


def reads_or_is_told(read: Callable[[], object], where: str) -> None:
    """Hold a reader to its promise: a table, or a sentence of ours that names the file."""
    sentence = where
    try:
        read()
    except DrugexpError as error:
        sentence = str(error)
    assert where in sentence


def plain(seed: int = 0, samples: int = 3, genes: int = 4) -> Expression:
    values = np.random.default_rng(seed).normal(size=(samples, genes)).astype(np.float32)
    return Expression(
        values,
        annotation_table([f"s{i}" for i in range(samples)], {"cell": np.array(["MCF7"] * samples, dtype=object)}),
        annotation_table([f"g{i}" for i in range(genes)]),
    )


def assert_same(found: Expression, wanted: Expression) -> None:
    """Values bit for bit, ids and annotations in their order."""
    np.testing.assert_array_equal(found.values, wanted.values)
    for mine, theirs in ((found.samples, wanted.samples), (found.genes, wanted.genes)):
        assert list(mine.index) == list(theirs.index)
        assert list(mine.columns) == list(theirs.columns)
        assert mine.astype(object).to_numpy().tolist() == theirs.astype(object).to_numpy().tolist()
