"""Objections to a decision, heard by somebody else."""
