"""Oura: the account's CSV and JSON exports."""
