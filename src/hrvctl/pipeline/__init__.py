"""The only room that knows Dagster: ops, jobs, definitions, the runner."""
