"""Why a model predicts what it predicts: shares of features, atoms, baseline genes and training compounds."""
