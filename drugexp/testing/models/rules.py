"""All rules of models, in the order in which they are told."""

from __future__ import annotations

from drugexp.testing.models import abilities, edges, form, keeping, prediction, signal

RULES = (
    *form.RULES,
    *prediction.RULES,
    *keeping.RULES,
    *signal.RULES,
    *edges.RULES,
    *abilities.RULES,
)
