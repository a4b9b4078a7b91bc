"""Fitbit: the account export and Google Takeout."""
