"""The only reader and writer of the home: SQLite, artifacts, the lock."""
