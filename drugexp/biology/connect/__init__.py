"""What profiles resemble: connectivity to reference signatures, mechanisms of the nearest compounds, reversal."""
