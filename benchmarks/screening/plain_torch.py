"""What one writes without drugexp: RDKit and PyTorch in one loop, a network of the same size, profiles to one file.

    python plain_torch.py LIBRARY OUT

Needs rdkit, torch and numpy alone. The weights are random: only the time is looked at.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator

BATCH, WIDTH, CODE, RANK, GENES = 512, 512, 128, 128, 978


def network() -> torch.nn.Module:
    """Return fingerprint to profile: encoder, code, decoder of low rank."""
    return torch.nn.Sequential(
        torch.nn.Linear(2048, WIDTH),
        torch.nn.LayerNorm(WIDTH),
        torch.nn.GELU(),
        torch.nn.Linear(WIDTH, CODE),
        torch.nn.LayerNorm(CODE),
        torch.nn.Linear(CODE, WIDTH),
        torch.nn.GELU(),
        torch.nn.Linear(WIDTH, RANK),
        torch.nn.Linear(RANK, GENES),
    )


def main() -> None:
    """Predict all rows."""
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    model, parts, batch = network().eval(), [], []

    def flush() -> None:
        with torch.inference_mode():
            parts.append(model(torch.log1p(torch.from_numpy(np.stack(batch)).float())).numpy().astype(np.float16))
        batch.clear()

    for line in Path(sys.argv[1]).open():  # noqa: SIM115 - to the end of the process
        batch.append(generator.GetCountFingerprintAsNumPy(Chem.MolFromSmiles(line.split()[0])))
        if len(batch) == BATCH:
            flush()
    if batch:
        flush()
    np.save(sys.argv[2], np.concatenate(parts))


if __name__ == "__main__":
    main()
