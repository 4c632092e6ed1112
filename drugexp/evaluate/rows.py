"""The rows of a leaderboard: each model, its controls, and what stands beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drugexp.contract import Needs, Screen
from drugexp.errors import DrugexpError
from drugexp.evaluate.plan import Plan, label_of
from drugexp.evaluate.references import Role
from drugexp.learn.models import Builder
from drugexp.learn.recipe import ModelChoice
from drugexp.registry import Registry

SHUFFLED_COMPOUNDS = "shuffled compounds"
SHUFFLED_CELLS = "shuffled cells"


@dataclass(frozen=True)
class Row:
    """One row: what is fitted, and in which role.

    Attributes
    ----------
    label
        Its name in the leaderboard.
    choice
        Model and options.
    role
        What it stands for.
    of
        The row it is a control of; empty for others.
    """

    label: str
    choice: ModelChoice
    role: Role
    of: str = ""


def plan_rows(plan: Plan, primary: Screen, registry: Registry, say: Callable[[str], None]) -> list[Row]:
    """Return all rows of a plan, references first, each model followed by its controls.

    A model that asks for no compound feature is blind by construction: it gets
    the role and no shuffled compounds. A reference that cannot be used here is left out and told.

    Raises
    ------
    DrugexpError
        If one of the plan's own models or its options are unknown, or it cannot be loaded.
    """
    builder = Builder(registry)
    rows: list[Row] = []

    def needs_of(choice: ModelChoice) -> Needs:
        return builder.needs(choice.name, choice.options)  # with those of the models it is built on

    def add(choice: ModelChoice, role: Role, needs: Needs) -> None:
        label = label_of(choice)
        rows.append(Row(label, choice, role))
        if role not in ("reference", "model"):
            return
        if plan.shuffled_compounds:
            rows.append(Row(f"{label}, {SHUFFLED_COMPOUNDS}", choice, "shuffled_compounds", label))
        if plan.shuffled_cells and needs.cell and primary.samples["cell"].nunique() > 1:
            rows.append(Row(f"{label}, {SHUFFLED_CELLS}", choice, "shuffled_cells", label))

    own = {label_of(m) for m in plan.models}
    for reference in plan.references if plan.baselines else ():
        if label_of(reference) in own or (reference.conditions and not _states_conditions(primary)):
            continue
        try:
            add(reference, reference.role, needs_of(reference))
        except DrugexpError as error:
            say(f"{label_of(reference)} is left out: {error}")
    for choice in plan.models:
        needs = needs_of(choice)
        add(choice, "model" if needs.compound or needs.smiles else "blind", needs)
    return rows


def _states_conditions(screen: Screen) -> bool:
    return any(screen.samples[column].nunique() > 1 for column in ("cell", "dose_um", "hours"))
