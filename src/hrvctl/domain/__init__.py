"""Pure rules: no files, no clock, no environment, no Dagster, no Typer."""
