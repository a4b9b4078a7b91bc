"""hrvctl's own export, for moving a history to another home."""
