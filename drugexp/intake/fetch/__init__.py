"""Bring the files of a data set from where its manifest says they are: whole and verified, or not at all."""
