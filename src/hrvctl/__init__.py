"""hrvctl: forecast tomorrow morning's heart-rate variability, and keep an honest score."""
