"""Django apps, lowest first; each owns its tables and nobody else writes to them."""
