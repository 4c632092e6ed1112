# Runs mixOmics' block.splsda (GPL, not a part of drugexp) on blocks that diablo.py wrote: Rscript diablo_peer.R MIXOMICS
# FOLDER BLOCKS COMPONENTS KEEP, where MIXOMICS is a checkout of its repository, FOLDER has BLOCK.csv and, of new cells,
# new_BLOCK.csv for some blocks, both (cell, feature) with names, and classes.csv. KEEP: "BLOCK=8:25,..." or "all".
# With "data" for BLOCKS it writes the package's breast.TCGA into FOLDER instead. Debian: r-cran-rspectra, r-cran-igraph,
# r-cran-ellipse, r-cran-corpcor, r-cran-gridextra, r-bioc-biocparallel.
args <- commandArgs(TRUE)
if (args[3] == "data") {
  load(file.path(args[1], "data", "breast.TCGA.rda"))
  for (part in c("train", "test")) for (name in c("mirna", "mrna", "protein", "subtype")) {
    block <- breast.TCGA[[paste0("data.", part)]][[name]]
    if (!is.null(block)) write.csv(block, file.path(args[2], paste0(part, "_", name, ".csv")))
  }
  quit("no")
}
suppressMessages({
  library(MASS); library(BiocParallel); library(matrixStats); library(RSpectra); library(ggplot2); library(igraph)
  library(dplyr); library(tidyr)
})
for (file in list.files(file.path(args[1], "R"), "\\.[rR]$", full.names = TRUE)) {
  try(sys.source(file, envir = globalenv()), silent = TRUE)  # what needs plots in three dimensions is not asked for
}
names <- strsplit(args[3], ",")[[1]]
read <- function(file) as.matrix(read.csv(file.path(args[2], file), row.names = 1))
blocks <- setNames(lapply(paste0(names, ".csv"), read), names)
classes <- factor(read.csv(file.path(args[2], "classes.csv"), row.names = 1)[[1]])
count <- as.integer(args[4])
keep <- lapply(blocks, function(b) rep(ncol(b), count))
if (args[5] != "all") for (one in strsplit(args[5], ",")[[1]]) {
  parts <- strsplit(one, "=")[[1]]
  keep[[parts[1]]] <- as.integer(strsplit(parts[2], ":")[[1]])
}
design <- matrix(0.1, length(names), length(names), dimnames = list(names, names))
diag(design) <- 0
fitted <- suppressMessages(block.splsda(blocks, classes, ncomp = count, keepX = keep, design = design))
for (name in names) write.csv(fitted$variates[[name]], file.path(args[2], paste0("score_", name, ".csv")))
new <- Filter(function(n) file.exists(file.path(args[2], paste0("new_", n, ".csv"))), names)
told <- suppressWarnings(predict(fitted, setNames(lapply(paste0("new_", new, ".csv"), read), new)))
out <- sapply(c("centroids.dist", "mahalanobis.dist"), function(d) told$WeightedVote[[d]][, count])
write.csv(out, file.path(args[2], "told.csv"))
