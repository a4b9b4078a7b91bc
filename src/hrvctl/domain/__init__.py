"""Computation alone: no files, clock, environment, Dagster or Typer."""
