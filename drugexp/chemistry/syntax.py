"""Says in a sentence what is wrong with the writing of a SMILES."""

from __future__ import annotations

import re

TOKEN = re.compile(r"\[[^\[\]]+\]|Br|Cl|[BCNOPSFIbcnops]|->|<-|[-=#$:/\\.()]|%\d\d|%\(\d+\)|\d")
"""One token: a bracket atom, a one- or two-letter atom, a bond, a branch or a ring number."""
_REACTION_ARROW = re.compile(r"(?<!-)>")


def fault(smiles: str) -> str | None:
    """Return what breaks the grammar of SMILES, or None where nothing does.

    >>> fault("C1CC")
    'ring bond 1 is opened and not closed'
    >>> fault("CX")
    "'X' at character 2 is no part of a SMILES"
    """
    if any(c.isspace() for c in smiles):
        return "it holds a space; keep names in a column of their own"
    if _REACTION_ARROW.search(smiles):
        return "it is a reaction ('>'); give one compound"
    depth, at = 0, 0
    open_rings: set[str] = set()
    while at < len(smiles):
        token = TOKEN.match(smiles, at)
        if token is None:
            return _stray(smiles[at], at)
        text = token.group()
        depth += (text == "(") - (text == ")")
        if depth < 0:
            return f"')' at character {at + 1} closes nothing"
        if text[0] == "%" or text.isdigit():
            open_rings ^= {text.strip("%()")}
        at = token.end()
    if depth:
        return "a '(' is not closed"
    if open_rings:
        return f"ring bond {min(open_rings)} is opened and not closed"
    return None


def _stray(character: str, at: int) -> str:
    if character == "*":
        return "it holds an unspecified atom ('*')"
    if character == "~":
        return "it holds an unspecified bond ('~')"
    if character == "[":
        return f"'[' at character {at + 1} is not closed"
    return f"{character!r} at character {at + 1} is no part of a SMILES"
