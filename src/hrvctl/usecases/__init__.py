"""What each command and op does: load, call the domain, save; without Dagster and Typer."""
