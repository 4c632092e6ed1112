"""Rows that could not be used, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

TOLD = 5
"""Rejected rows that are told one by one."""


def tell_rejected(rejects: pd.DataFrame, say: Callable[[str], None]) -> None:
    """Tell the first few of the rows that a verb could not use."""
    from drugexp.predict.queries import rejections

    for words in rejections(rejects.head(TOLD)):
        say(f"rejected: {words}")
