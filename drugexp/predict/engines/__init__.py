"""Engines: they run jobs that are names, paths and options, here or in other processes."""
