"""What a person does with a cohort: import, forecast, seal, verify, score, show."""
