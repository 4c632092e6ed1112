"""Parts of a screen: every n-th shard, for one process of many."""

from __future__ import annotations

from typing import NamedTuple

from drugexp.errors import UsageError


class Part(NamedTuple):
    """One of several parts of a screen.

    Attributes
    ----------
    number
        Which, from 1.
    total
        How many there are.
    """

    number: int
    total: int

    @classmethod
    def of(cls, number: int, total: int) -> Part:
        """Return a part.

        Raises
        ------
        UsageError
            If it is not one of 1 to `total`.
        """
        if not 1 <= number <= total:
            raise UsageError(f"there is no part {number} of {total}", hint="Parts are 1/N to N/N.")
        return cls(number, total)

    @classmethod
    def read(cls, text: str) -> Part:
        """Return the part that a text such as ``2/8`` says.

        Raises
        ------
        UsageError
            If it says none.

        Examples
        --------
        >>> Part.read("2/8")
        Part(number=2, total=8)
        """
        number, slash, total = text.partition("/")
        if not (slash and number.isdecimal() and total.isdecimal()):
            raise UsageError(f"part {text!r} is not of the form K/N, such as 2/8")
        return cls.of(int(number), int(total))

    def makes(self, shard: int) -> bool:
        """Whether it makes a shard; they are dealt out in turn."""
        return shard % self.total == self.number - 1


WHOLE = Part(1, 1)
