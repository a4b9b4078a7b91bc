"""A cohort on disk or at an address: nights, plans, forecasts and seals."""
