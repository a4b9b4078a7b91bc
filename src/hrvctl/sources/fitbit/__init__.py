"""Fitbit's export: Google Takeout, old and new folders."""
