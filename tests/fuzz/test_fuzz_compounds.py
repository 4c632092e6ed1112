"""Files of SMILES and of structures."""

from __future__ import annotations

from pathlib import Path

from damage import damaged, keep_the_law, tries
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from drugexp.chemistry.parse import Compound, parse
from drugexp.intake.compounds_file import read_compounds

SMILES = b"smiles name\nCC(=O)Oc1ccccc1C(=O)O aspirin\nCN1C=NC2=C1C(=O)N(C(=O)N2C)C caffeine\nCCO\n"


def _record(smiles: str, name: str, *, v3000: bool = False) -> str:
    mol = Chem.MolFromSmiles(smiles)
    mol.SetProp("_Name", name)
    return f"{Chem.MolToMolBlock(mol, forceV3000=v3000)}> <dose>\n10\n\n$$$$\n"


SDF = (
    (_record("CCO", "ethanol") + _record("c1ccccc1O", "phenol")).encode(),
    (_record("CCO", "ethanol", v3000=True) + _record("c1ccccc1O", "phenol")).encode(),
)


@tries()
@given(content=damaged([SMILES]) | st.binary(max_size=300), ending=st.sampled_from([".smi", ".txt", ".can"]))
def test_lines_of_smiles(tmp_path: Path, content: bytes, ending: str) -> None:
    keep_the_law(read_compounds, tmp_path / f"a{ending}", content)


@tries(2)
@given(content=damaged(SDF) | st.binary(max_size=300))
def test_structures(tmp_path: Path, content: bytes) -> None:
    keep_the_law(read_compounds, tmp_path / "a.sdf", content)


@tries(2)
@given(smiles=damaged([b"CC(=O)Oc1ccccc1C(=O)O", b"C[C@H](N)C(=O)[O-].[Na+]", b"[13CH4]"]) | st.binary(max_size=60))
def test_one_smiles(smiles: bytes) -> None:
    text = smiles.decode("utf-8", errors="replace")
    found = parse(text)
    assert isinstance(found, Compound) or found.reason
