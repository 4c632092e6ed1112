"""How high a gene is expressed, told from the sequence of its promoter, for genes that were held out."""
