"""All reads and writes of the home: SQLite, artifacts and the lock."""
