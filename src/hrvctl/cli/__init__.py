"""Everything that uses Typer: commands, rendering, and the one place that reports errors."""
