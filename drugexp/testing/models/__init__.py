"""The rules of models, one file a theme."""
