"""Counter-ions, co-formers and solvents that stand beside a drug in its salt form."""

from __future__ import annotations

from functools import cache

from rdkit import Chem

# Neutral forms without stereo; what is no drug here although it may be one elsewhere (lysine, choline).
_ORGANIC = {
    "acetate": "CC(=O)O",
    "formate": "O=CO",
    "trifluoroacetate": "O=C(O)C(F)(F)F",
    "oxalate": "O=C(O)C(=O)O",
    "malonate": "O=C(O)CC(=O)O",
    "succinate": "O=C(O)CCC(=O)O",
    "fumarate or maleate": "O=C(O)C=CC(=O)O",
    "malate": "O=C(O)CC(O)C(=O)O",
    "tartrate": "O=C(O)C(O)C(O)C(=O)O",
    "citrate": "O=C(O)CC(O)(CC(=O)O)C(=O)O",
    "lactate": "CC(O)C(=O)O",
    "glycolate": "O=C(O)CO",
    "propionate": "CCC(=O)O",
    "adipate": "O=C(O)CCCCC(=O)O",
    "gluconate": "O=C(O)C(O)C(O)C(O)C(O)CO",
    "glucuronate": "O=C(O)C1OC(O)C(O)C(O)C1O",
    "mucate": "O=C(O)C(O)C(O)C(O)C(O)C(=O)O",
    "lactobionate": "O=C(O)C(O)C(O)C(OC1OC(CO)C(O)C(O)C1O)C(O)CO",
    "stearate": "CCCCCCCCCCCCCCCCCC(=O)O",
    "benzoate": "O=C(O)c1ccccc1",
    "hippurate": "O=C(O)CNC(=O)c1ccccc1",
    "hydroxynaphthoate": "O=C(O)c1cc2ccccc2cc1O",
    "xinafoate": "O=C(O)c1ccc2ccccc2c1O",
    "pamoate": "O=C(O)c1cc2ccccc2c(Cc2c(O)c(C(=O)O)cc3ccccc23)c1O",
    "mesylate": "CS(=O)(=O)O",
    "esylate": "CCS(=O)(=O)O",
    "edisylate": "O=S(=O)(O)CCS(=O)(=O)O",
    "isethionate": "O=S(=O)(O)CCO",
    "besylate": "O=S(=O)(O)c1ccccc1",
    "tosylate": "Cc1ccc(S(=O)(=O)O)cc1",
    "napsylate": "O=S(=O)(O)c1ccc2ccccc2c1",
    "camsylate": "CC1(C)C2CCC1(CS(=O)(=O)O)C(=O)C2",
    "triflate": "O=S(=O)(O)C(F)(F)F",
    "methyl sulfate": "COS(=O)(=O)O",
    "ethyl sulfate": "CCOS(=O)(=O)O",
    "8-chlorotheophylline": "Cn1c(=O)c2[nH]c(Cl)nc2n(C)c1=O",
    "picrate": "O=[N+]([O-])c1cc([N+](=O)[O-])c(O)c([N+](=O)[O-])c1",
    "glycine": "NCC(=O)O",
    "lysine": "NCCCCC(N)C(=O)O",
    "arginine": "N=C(N)NCCCC(N)C(=O)O",
    "glutamate": "NC(CCC(=O)O)C(=O)O",
    "aspartate": "NC(CC(=O)O)C(=O)O",
    "choline": "C[N+](C)(C)CCO",
    "meglumine": "CNCC(O)C(O)C(O)C(O)CO",
    "tromethamine": "NC(CO)(CO)CO",
    "ethanolamine": "NCCO",
    "diethanolamine": "OCCNCCO",
    "triethanolamine": "OCCN(CCO)CCO",
    "diethylamine": "CCNCC",
    "triethylamine": "CCN(CC)CC",
    "tert-butylamine": "CC(C)(C)N",
    "ethylenediamine": "NCCN",
    "piperazine": "C1CNCCN1",
    "cyclohexylamine": "NC1CCCCC1",
    "dicyclohexylamine": "C1CCC(NC2CCCCC2)CC1",
    "benzathine": "c1ccc(CNCCNCc2ccccc2)cc1",
    "methanol": "CO",
    "ethanol": "CCO",
    "isopropanol": "CC(C)O",
    "acetone": "CC(C)=O",
    "acetonitrile": "CC#N",
    "DMSO": "C[S+](C)[O-]",
    "DMF": "CN(C)C=O",
    "ethyl acetate": "CCOC(C)=O",
    "tetrahydrofuran": "C1CCOC1",
    "dioxane": "C1COCCO1",
    "chloroform": "ClC(Cl)Cl",
    "dichloromethane": "ClCCl",
    "chloral hydrate": "OC(O)C(Cl)(Cl)Cl",
    "toluene": "Cc1ccccc1",
}
_INORGANIC = {
    "carbonate": "O=C(O)O",
    "carbon dioxide": "O=C=O",
    "thiocyanate": "N#CS",
    "cyanide": "C#N",
    "water": "O",
    "chloride": "Cl",
    "bromide": "Br",
    "iodide": "I",
    "fluoride": "F",
    "ammonia": "N",
    "sulfate": "O=S(=O)(O)O",
    "phosphate": "O=P(O)(O)O",
    "nitrate": "O=[N+]([O-])O",
    "perchlorate": "[O-][Cl+3]([O-])([O-])O",
    "hexafluorophosphate": "F[P-](F)(F)(F)(F)F",
    "tetrafluoroborate": "F[B-](F)(F)F",
    "sodium": "[Na+]",
    "potassium": "[K+]",
    "lithium": "[Li+]",
    "calcium": "[Ca+2]",
    "magnesium": "[Mg+2]",
    "zinc": "[Zn+2]",
    "aluminium": "[Al+3]",
}


@cache
def organic() -> dict[str, str]:
    """Return name by canonical SMILES of the organic counter-ions, co-formers and solvents."""
    return {Chem.CanonSmiles(smiles): name for name, smiles in _ORGANIC.items()}


@cache
def inorganic() -> dict[str, str]:
    """Return name by canonical SMILES of the inorganic ones, carbonates and cyanides included."""
    return {Chem.CanonSmiles(smiles): name for name, smiles in _INORGANIC.items()}
