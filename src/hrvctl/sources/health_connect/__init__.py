"""Health Connect's export: the database that Android writes on a schedule."""
