"""WHOOP: JSON saved from version 1 or 2 of its developer API."""
