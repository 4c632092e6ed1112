# Runs MOFA 1.6 (LGPL, not a part of drugexp) on blocks that integration.py wrote: Rscript integration_peer.R FOLDER
# BLOCKS FACTORS SEED, where FOLDER has BLOCK.csv (cell, feature). Written in 2018, it asks numpy and scipy for names that
# they have dropped since; these are given back. Debian: r-bioc-mofa, python3-sklearn, python3-h5py, python3-pandas.
Sys.setenv(RETICULATE_PYTHON = "/usr/bin/python3")
suppressMessages(suppressWarnings(library(MOFA)))
reticulate::py_run_string("
import numpy, scipy
scipy.random = numpy.random
numpy.float, numpy.int, numpy.bool, numpy.object = float, int, bool, object
import mofapy, mofapy.core.entry_point
setattr(mofapy, 'core.entry_point', mofapy.core.entry_point)
")
args <- commandArgs(TRUE)
read <- function(name) {
  m <- t(as.matrix(read.csv(file.path(args[1], paste0(name, ".csv")), header = FALSE, na.strings = "nan")))
  dimnames(m) <- list(paste0(name, seq_len(nrow(m))), paste0("cell", seq_len(ncol(m))))
  m
}
names <- strsplit(args[2], ",")[[1]]
object <- createMOFAobject(setNames(lapply(names, read), names))
data <- getDefaultDataOptions()
model <- getDefaultModelOptions(object)
model$numFactors <- as.integer(args[3])
train <- getDefaultTrainOptions()
train$seed <- as.integer(args[4])
train$DropFactorThreshold <- 0.01
train$maxiter <- 1000
object <- runMOFA(
  prepareMOFA(object, DataOptions = data, ModelOptions = model, TrainOptions = train),
  outfile = file.path(args[1], "fitted.hdf5")
)
write.table(getFactors(object), file.path(args[1], "factors.csv"), sep = ",", row.names = FALSE, col.names = FALSE)
