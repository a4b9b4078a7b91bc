"""What each command and op does: load, call the domain, save. Neither Dagster nor Typer."""
