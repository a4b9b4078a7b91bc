"""Samsung Health: the zip of CSV and JSON files that the app exports."""
