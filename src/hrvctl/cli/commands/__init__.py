"""One file a verb; each imports what is heavy inside the command that needs it."""
