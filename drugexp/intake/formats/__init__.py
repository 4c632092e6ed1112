"""Expression tables in the formats people have: csv, tsv, parquet, GCT, GCTX and h5ad, one format a file."""
