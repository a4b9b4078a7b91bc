"""Health Auto Export: Apple Health's values by day or by sample, as JSON or CSV."""
