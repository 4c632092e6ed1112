"""Salts, charges, mixtures and metals; agreement with RDKit's full pipeline and with the data."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from rdkit import Chem, rdBase
from rdkit.Chem.MolStandardize import rdMolStandardize

from drugexp.chemistry.identifiers import inchikey, inchikey14
from drugexp.chemistry.parse import Compound, Rejected, parse
from drugexp.chemistry.scaffolds import scaffold


def accepted(smiles: str) -> Compound:
    found = parse(smiles)
    assert isinstance(found, Compound), found
    return found


def refused(smiles: str) -> str:
    found = parse(smiles)
    assert isinstance(found, Rejected), found.smiles
    return found.reason


def full_pipeline(smiles: str) -> str:
    with rdBase.BlockLogs():
        mol = rdMolStandardize.FragmentParent(rdMolStandardize.Cleanup(Chem.MolFromSmiles(smiles)))
        return str(Chem.MolToSmiles(rdMolStandardize.Uncharger().uncharge(mol)))


@pytest.mark.parametrize(
    ("smiles", "parent", "notes"),
    [
        ("CC(=O)[O-].[Na+]", "CC(=O)O", ("salt removed: sodium", "charge neutralised")),
        ("[Na]OC(=O)c1ccccc1", "O=C(O)c1ccccc1", ("salt removed: sodium", "charge neutralised")),
        ("CN(C)CCOC(c1ccccc1)c1ccccc1.Cl", "CN(C)CCOC(c1ccccc1)c1ccccc1", ("salt removed: chloride",)),
        ("[NH3+]CC([O-])=O", "NCC(=O)O", ("charge neutralised",)),
        ("C[N+](C)(C)Cc1ccccc1.[Br-]", "C[N+](C)(C)Cc1ccccc1", ("salt removed: bromide",)),
        ("CCN(CC)CC.OC(=O)c1cc2ccccc2c(Cc2c(O)c(C(=O)O)cc3ccccc23)c1O.CN1CCN=C1/C=C/c1cccs1", None, None),
        ("[2H]C([2H])([2H])O", "CO", ("isotope labels removed",)),
        ("[CH3:1][OH:2]", "CO", ()),
        ("CCO.CCO", "CCO", ()),
        ("C[S+](C)[O-]", "C[S+](C)[O-]", ()),
        ("CS(C)=O", "C[S+](C)[O-]", ()),
        ("CN(=O)=O", "C[N+](=O)[O-]", ()),
    ],
)
def test_the_parent_is_found(smiles: str, parent: str | None, notes: tuple[str, ...] | None) -> None:
    found = accepted(smiles)
    if parent is None:  # The counter-ion is the larger part, and still goes.
        assert found.smiles == "CN1CCN=C1/C=C/c1cccs1"
        assert found.notes == ("salt removed: triethylamine, pamoate",)
        return
    assert found.smiles == parent
    assert found.notes == notes


def test_a_mixture_is_refused_and_its_parts_are_named() -> None:
    reason = refused("CC(=O)Oc1ccccc1C(=O)O.CC(C)Cc1ccc(C(C)C(=O)O)cc1")
    assert "mixture of 2 compounds" in reason
    assert "CC(=O)Oc1ccccc1C(=O)O" in reason
    assert "CC(C)Cc1ccc(C(C)C(=O)O)cc1" in reason


@pytest.mark.parametrize("smiles", ["[Na+].[Cl-]", "[Li+].[Li+].O=C([O-])[O-]", "O", "[H][H]", "[K+]"])
def test_no_organic_compound_is_refused(smiles: str) -> None:
    assert "only" in refused(smiles)


@pytest.mark.parametrize(
    ("smiles", "metal"),
    [("N.N.Cl[Pt]Cl", "Pt"), ("[Fe+2].[cH-]1cccc1.[cH-]1cccc1", "Fe"), ("C[Hg]Cl", "Hg"), ("O=[As]O[As]=O", "As")],
)
def test_a_metal_complex_is_kept_whole_and_flagged(smiles: str, metal: str) -> None:
    found = accepted(smiles)
    assert found.notes == (f"holds a metal ({metal})",)
    assert found.mol.GetNumHeavyAtoms() == Chem.MolFromSmiles(smiles).GetNumHeavyAtoms()


def test_tautomers_stay_apart_although_their_key_is_one() -> None:
    amide, acid = accepted("CC(=O)NC"), accepted("CC(O)=NC")
    assert amide.smiles != acid.smiles
    assert inchikey(amide.mol) == inchikey(acid.mol)


def test_the_first_block_of_the_key_knows_no_stereo() -> None:
    left, right = accepted("C[C@H](N)C(=O)O"), accepted("C[C@@H](N)C(=O)O")
    assert inchikey(left.mol) != inchikey(right.mol)
    assert inchikey14(left.mol) == inchikey14(right.mol) == "QNAYBMKLOCPYGJ"


def test_the_scaffold_of_a_chain_is_empty() -> None:
    assert scaffold(accepted("CCCCO").mol) == ""
    assert scaffold(accepted("C[C@H]1CCCC[C@@H]1O").mol) == "C1CCCCC1"


@pytest.mark.data
@pytest.mark.parametrize("screen", ["lincs_consensus", "fastpert_top20"])
def test_structures_agree_with_the_data(data_dir: Path, screen: str) -> None:
    table = pd.read_csv(data_dir / screen / "compounds.csv").dropna(subset=["smiles", "smiles_std"])
    table = table.sample(min(len(table), 400), random_state=0)
    agree, scaffolds, used = 0, 0, 0
    for row in table.itertuples():
        found = parse(row.smiles)
        if isinstance(found, Rejected):
            continue
        used += 1
        agree += found.smiles == row.smiles_std and inchikey14(found.mol) == row.inchikey14
        # The data leave the scaffold of salts empty.
        scaffolds += not isinstance(row.scaffold, str) or scaffold(found.mol) == row.scaffold
    assert used >= 0.99 * len(table)
    assert agree >= 0.99 * used
    assert scaffolds >= 0.995 * used


@pytest.mark.data
def test_the_guard_changes_nothing_against_the_full_pipeline(data_dir: Path) -> None:
    library = pd.read_csv(data_dir / "libraries" / "moses_200k.csv.gz", nrows=150)["smiles"]
    drugs = pd.read_csv(data_dir / "fastpert_top20" / "compounds.csv")["smiles"].dropna()
    charged = drugs[drugs.str.contains("[+-]", regex=True)]
    differ = [s for s in [*library, *charged] if accepted(s).smiles != full_pipeline(s)]
    assert all(any("metal" in note for note in accepted(s).notes) for s in differ)
    assert len(differ) <= 2
