"""The jitted trainer, and the adapter that makes any network a model."""
