"""Django's SQLite backend with a queue before the door, so that many writers wait their turn."""
