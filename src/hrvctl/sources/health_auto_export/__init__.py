"""Health Auto Export: the JSON that this iPhone app writes from Apple Health."""
