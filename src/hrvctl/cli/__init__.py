"""The only room that knows Typer: commands, rendering, the one error boundary."""
