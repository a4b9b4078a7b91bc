"""Many people at once: their nights as tables, and the evening of each of them."""
