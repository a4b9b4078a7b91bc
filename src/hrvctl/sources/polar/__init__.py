"""Polar Flow: the account export, and JSON saved from AccessLink."""
