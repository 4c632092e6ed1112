"""Joint clusters of cells from sparse latent variables."""
