"""What people and programs open: api (JSON), console (staff), portal (everyone)."""
