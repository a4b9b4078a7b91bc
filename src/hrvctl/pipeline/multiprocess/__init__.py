"""Dagster runs with a process for every op."""
