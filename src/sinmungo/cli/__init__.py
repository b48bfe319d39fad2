"""The ``sinmungo`` command."""
