"""Gene symbols that a spreadsheet has turned into dates: SEPT2 becomes 2-Sep, MARCH1 becomes 1-Mar.

See Ziemann, Eren and El-Osta, Genome Biology 17:177 (2016). The symbols were
renamed since (SEPTIN2, MARCHF1), for this very reason.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_OTHER_WORDS = {"sept": 9, "mrz": 3, "mär": 3, "march": 3, "okt": 10, "dez": 12}
_DAY_FIRST = re.compile(r"(?P<day>\d{1,2})[-./ ]+(?P<month>[^\W\d_]{3,5})\.?([-./ ]+(\d{2}|\d{4}))?")
_MONTH_FIRST = re.compile(r"(?P<month>[^\W\d_]{3,5})[-./ ]+(?P<day>\d{1,2})")
_ISO = re.compile(r"\d{4}-(?P<month>\d{2})-(?P<day>\d{2})([ T]00:00(:00)?)?")


def meant(name: str) -> tuple[str, ...]:
    """Return the symbols that may have become this date, none if it is no such date.

    >>> meant("2-Sep"), meant("1-Mar"), meant("Dec-01"), meant("2002-09-02"), meant("TP53")
    (('SEPTIN2',), ('MARCHF1', 'MTARC1'), ('DELEC1', 'BHLHE40'), ('SEPTIN2',), ())
    """
    for pattern in (_DAY_FIRST, _MONTH_FIRST, _ISO):
        found = pattern.fullmatch(name.strip())
        if found:
            return _symbols(_month(found["month"]), int(found["day"]))
    return ()


def _month(text: str) -> int:
    if text.isdecimal():
        return int(text)
    word = text.lower()
    return _OTHER_WORDS.get(word) or (_MONTHS.index(word) + 1 if word in _MONTHS else 0)


def _symbols(month: int, day: int) -> tuple[str, ...]:
    if month == 9 and day <= 14:
        return (f"SEPTIN{day}",)
    if month == 9 and day == 15:
        return ("SELENOF",)
    if month == 3 and day <= 11:
        return (f"MARCHF{day}", f"MTARC{day}") if day <= 2 else (f"MARCHF{day}",)
    return {(12, 1): ("DELEC1", "BHLHE40"), (12, 2): ("BHLHE41",), (10, 4): ("POU5F1",)}.get((month, day), ())


def mended(names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return gene names with dates turned back where one gene alone can be meant, and a sentence about it.

    Names of which half or more are dates are no gene names, and stay.

    >>> mended(["TP53", "2-Sep", "MYC"])
    (('TP53', 'SEPTIN2', 'MYC'), ('1 gene names are dates that a spreadsheet made: 2-Sep was SEPTIN2',))
    """
    names = tuple(names)
    dates = {name: meant(name) for name in dict.fromkeys(names) if name[:1].isalnum() and meant(name)}
    if not dates or len(dates) * 2 >= len(names):
        return names, ()
    back = {name: genes[0] for name, genes in dates.items() if len(genes) == 1}
    shown = [f"{name} was {' or '.join(genes)}" for name, genes in list(dates.items())[:5]]
    more = f" and {len(dates) - 5} more" if len(dates) > 5 else ""
    sentence = f"{len(dates)} gene names are dates that a spreadsheet made: {', '.join(shown)}{more}"
    return tuple(back.get(n, n) for n in names), (sentence,)
